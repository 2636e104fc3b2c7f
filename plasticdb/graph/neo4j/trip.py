"""Several statements of a transaction in one trip to the server.

The driver waits for the answer of each statement before it sends the next. Most statements of a small batch take the server
less time than their way takes, so they are sent together here, and their answers read one after the other. The driver has
no public call for that: this reaches into a transaction (a test says when a new driver has none of this any more).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import neo4j

__all__ = ["together"]


def together(tx: neo4j.ManagedTransaction, statements: Sequence[tuple[str, dict[str, Any]]]) -> list[list[Any]]:
    """Run statements one after the other, of which none needs the answer of another; the records of each, as lists.

    Raises what the driver raises of the first that fails; those behind it are not run then.
    """
    connection: Any = tx._error_handling_connection  # as the driver's own: what fails here ends the transaction
    found: list[list[Any]] = []
    for query, parameters in statements:
        records: list[Any] = []
        connection.run(query, parameters=parameters)
        connection.pull(on_records=records.extend)
        found.append(records)
    connection.send_all()
    connection.fetch_all()
    return found
