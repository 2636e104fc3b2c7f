"""What a Neo4j server's refusals mean, in our words, and its values in plain ones."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import neo4j
from neo4j._exceptions import BoltError, SocketDeadlineExceededError
from neo4j.exceptions import AuthError, ConfigurationError, ConstraintError, DriverError, Neo4jError, TransientError

from ...errors import Collision, StoreError, Unavailable

__all__ = ["FAILURES", "explained", "first_line", "is_hopeless", "plain"]

FAILURES = (Neo4jError, DriverError, BoltError, SocketDeadlineExceededError, OSError)
"""Whatever a call of the driver raises where the server or the network is the reason: not all of it is the driver's own."""


@contextmanager
def explained(where: str, database: str) -> Iterator[None]:
    """Turn the driver's errors into ours; no message has a password in it."""
    try:
        yield
    except FAILURES as error:
        raise _in_our_words(error, where, database) from error


def _in_our_words(error: Exception, where: str, database: str) -> StoreError:
    match error:
        case AuthError():
            return StoreError(f"{where} refused the user name or password; set NEO4J_USERNAME and NEO4J_PASSWORD")
        case ConstraintError():
            return Collision(
                f"{where} already has what this batch creates ({first_line(error)}); nothing was changed: "
                "run `plasticdb verify`"
            )
        case TransientError() if "OutOfMemory" in (error.code or ""):
            return StoreError(
                f"{where} has too little memory for this transaction; use a smaller --batch, "
                "or raise its dbms.memory.transaction.total.max"
            )
        case TransientError():
            return Unavailable(f"{where} is busy or starting ({first_line(error)}); try again")
        case Neo4jError(code="Neo.ClientError.Database.DatabaseNotFound"):
            return StoreError(f"{where} has no database {database!r}; set NEO4J_DATABASE, or name it in the URL")
        case Neo4jError():
            if error.is_retryable():  # a member of a cluster that is no leader any more, say
                return Unavailable(f"no server of {where} takes this now ({first_line(error)}); try again")
            return StoreError(f"{where} refused: {first_line(error)}")
        case ConfigurationError():
            return StoreError(f"{where} cannot be used like this: {_line(error)}")
    match is_hopeless(error):
        case "encrypted":
            return StoreError(
                f"{where}: the encrypted connection failed; if its certificate is signed by itself, write neo4j+ssc:// or "
                "bolt+ssc://; else check that it is for this name"
            )
        case "another":
            return StoreError(f"{where} is not a Neo4j, but another server; the port of Bolt is 7687 by default")
    if any(isinstance(cause, ssl.SSLError) for cause in _causes(error)):  # or the network ended it
        return Unavailable(
            f"{where}: the encrypted connection failed; if the server does not encrypt, write neo4j:// or bolt://"
        )
    # ServiceUnavailable, SessionExpired, no connection in time, a reset that the driver did not expect
    return Unavailable(
        f"{where} does not answer; check that it is up and that this is its address (--wait waits for one that is starting)"
    )


def is_hopeless(error: BaseException) -> str:
    """Why it is no use to connect again: `encrypted` (or not), or `another` server than a Neo4j; else nothing."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return "encrypted"
        if (isinstance(cause, BoltError) and "incorrect port number" in str(cause)) or "looks like HTTP" in str(cause):
            return "another"
    return ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _line(error: Exception) -> str:
    return str(error).partition("\n")[0]


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
