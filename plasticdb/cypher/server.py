"""A read-only query on Neo4j: checked by the server's own plan, streamed, and bounded in time and in size."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import neo4j
from neo4j.exceptions import Neo4jError, TransientError

from ..errors import BadInput, StoreError, Unavailable
from ..graph.neo4j.answers import FAILURES, explained, first_line, plain
from ..graph.neo4j.limits import Limit, cut_short, limited
from ..graph.neo4j.sessions import Sessions
from ..graph.store import CLEARING, check_whole
from .plan import check_plan

__all__ = ["rows"]

GRACE = 0.5
"""Seconds more than the timeout until the answer is given up here: the server knows the timeout too, and says so."""
ROOM = 64 << 20
"""Bytes that are read before a row is handed out; as objects of Python they are ten times as large."""


_CLEARED = "MATCH (m:Memory {position: $clearing}) RETURN m.name AS name LIMIT 1"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query, how long it may take, and whether its plan is wanted and not its rows."""

    query: str
    parameters: Mapping[str, Any]
    timeout: float | None
    explain: bool


def rows(
    sessions: Sessions, query: str, parameters: Mapping[str, Any], *, timeout: float | None, explain: bool
) -> Iterator[dict[str, Any]]:
    """The rows of a query, as they come; with `explain` its plan. Raises what `engine.rows` does."""
    limit = Limit(until=None if timeout is None else time.monotonic() + timeout + GRACE)
    found = _insisting(sessions, _Asked(query, parameters, timeout, explain), limit)
    try:
        while True:
            limit.room = ROOM
            with limited(limit):  # whoever takes the rows may use this thread in between
                row = next(found, None)
            if row is None:
                return
            yield row
    finally:
        with limited(limit):
            found.close()  # type: ignore[attr-defined]


def _insisting(sessions: Sessions, asked: _Asked, limit: Limit) -> Iterator[dict[str, Any]]:
    """The rows; where none of them came, from the beginning again after a failure that may pass."""
    again = sessions.retrying(limit)
    connecting = min(sessions.connecting(), asked.timeout or float("inf"))
    begun = False
    while True:
        with explained(sessions.where, sessions.database):
            try:
                for row in _rows(sessions, asked, limit, connecting):
                    begun = True
                    yield row
                return
            except FAILURES as error:
                limit.go_on()
                if (said := _of_the_query(error, limit)) is not None:
                    raise said from error
                pause = None if begun else again(error)
                if pause is None:
                    raise
        time.sleep(pause)


def _rows(sessions: Sessions, asked: _Asked, limit: Limit, connecting: float) -> Iterator[dict[str, Any]]:
    query, parameters = asked.query, dict(asked.parameters)

    @neo4j.unit_of_work(timeout=asked.timeout)
    def planned(tx: neo4j.ManagedTransaction) -> Mapping[str, Any]:
        summary = tx.run(f"EXPLAIN {query}", parameters).consume()
        check_plan(summary.query_type, summary.plan)
        return summary.plan or {}

    with sessions.open(neo4j.READ_ACCESS, connecting) as session, cut_short(limit):
        # The server refuses to write in a read transaction; what is left are files, addresses and the server itself: its
        # plan says what a query does before anything of it runs. A cluster's leader is asked for it, so that whoever then
        # answers knows all that the leader knows now, also what other processes wrote.
        plan = session.execute_write(planned) if sessions.routed else session.execute_read(planned)
        if asked.explain:
            yield {"plan": str(plan.get("args", {}).get("string-representation", ""))}
            return
        with session.begin_transaction(timeout=asked.timeout) as tx, cut_short(limit):
            for row in tx.run(_CLEARED, clearing=CLEARING):
                check_whole(row["name"], CLEARING)
            result = tx.run(query, parameters)
            for record in result:
                yield {key: plain(value) for key, value in zip(record.keys(), record.values(), strict=True)}
            if result.consume().counters.contains_updates:  # nothing was committed
                raise BadInput("query is read-only, and this one wrote; nothing of it was kept")


def _of_the_query(error: Exception, limit: Limit) -> StoreError | BadInput | None:
    """What an error says of the query, if it is not about the server."""
    code = (error.code or "") if isinstance(error, Neo4jError) else ""
    if "TransactionTimedOut" in code or (limit.silent and limit.until is not None):
        return Unavailable("query: it took longer than --timeout; ask for less (LIMIT), or allow more")
    if limit.room is not None and limit.room < 0:
        return BadInput(f"query: more than {ROOM >> 20} MB came at once; RETURN less in a row")
    if isinstance(error, TransientError) and "OutOfMemory" in code:
        return StoreError("query: the server does not have the memory for it; ask for less (LIMIT)")
    if isinstance(error, Neo4jError) and code.startswith(("Neo.ClientError.Statement.", "Neo.ClientError.Procedure.")):
        return BadInput(f"query: {first_line(error)}")
    return None
