"""What a Neo4j server's refusals mean, in our words, and its values in plain ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import neo4j
from neo4j.exceptions import AuthError, ConstraintError, DriverError, Neo4jError, TransientError

from ..errors import Collision, StoreError, Unavailable

__all__ = ["explained", "first_line", "plain"]


@contextmanager
def explained(where: str, database: str) -> Iterator[None]:
    """Turn the driver's errors into ours; no message has a password in it."""
    try:
        yield
    except AuthError as error:
        raise StoreError(f"{where} refused the user name or password; set NEO4J_USERNAME and NEO4J_PASSWORD") from error
    except ConstraintError as error:
        raise Collision(
            f"{where} already has what this batch creates ({first_line(error)}); nothing was changed: "
            "run `plasticdb verify`"
        ) from error
    except TransientError as error:
        if "OutOfMemory" in error.code:
            raise StoreError(
                f"{where} has too little memory for this transaction; use a smaller --batch, "
                "or raise its dbms.memory.transaction.total.max"
            ) from error
        raise Unavailable(f"{where} is busy or starting ({first_line(error)}); try again") from error
    except Neo4jError as error:
        if error.code == "Neo.ClientError.Database.DatabaseNotFound":
            raise StoreError(f"{where} has no database {database!r}; set NEO4J_DATABASE") from error
        raise StoreError(f"{where} refused: {first_line(error)}") from error
    except DriverError as error:  # ServiceUnavailable, SessionExpired, no connection in time
        raise Unavailable(f"{where} does not answer; check that it is up and that this is its address") from error


def first_line(error: Neo4jError) -> str:
    """What the server says, in one line; the `EXPLAIN ` before a query does not count as columns of it."""
    line = (error.message or error.code or "").partition("\n")[0]
    return re.sub(r" \(line 1, column (\d+) \(offset: \d+\)\)", lambda m: f" (column {int(m[1]) - 8})", line)


def plain(value: Any) -> Any:
    """A value of a query's row without the driver's classes."""
    match value:
        case neo4j.graph.Node():
            return {"labels": sorted(value.labels)} | {k: plain(v) for k, v in value.items()}
        case neo4j.graph.Relationship():
            return {"type": value.type} | {k: plain(v) for k, v in value.items()}
        case neo4j.graph.Path():
            path: list[Any] = [value.start_node]
            for relationship, node in zip(value.relationships, value.nodes[1:], strict=True):
                path += [relationship, node]
            return [plain(part) for part in path]
        case dict():
            return {k: plain(v) for k, v in value.items()}
        case list() | tuple():
            return [plain(v) for v in value]
        case _:
            return value.iso_format() if hasattr(value, "iso_format") else value
