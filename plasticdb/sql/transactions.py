"""Transactions: functions of a connection that can be done again, for as long as it takes, and leave nothing behind.

Whoever gives a function to `read` or `write` promises that it may be called several times. One that writes is done again
also where it may have been committed, since the answer to COMMIT was lost: then it finds out (by the operation that it
notes, see `operations`, or by what it sets), and changes nothing twice.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from itertools import count
from typing import Any, TypeVar, cast
from weakref import WeakSet

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from ..errors import Unavailable, Uncertain
from . import readonly
from .engine import shown_url
from .errors import explain, fault

__all__ = ["glance", "read", "reading", "truncate_log", "unbound", "write"]

T = TypeVar("T")

TRIES = 8
"""How often a transaction that was in conflict with others is done at least before it is given up."""
_ANSWERED: WeakSet[Engine] = WeakSet()
"""The servers that have answered before: if one is away it is waited for, and else it is no server, or a wrong address."""
# PostgreSQL may be set not to wait for its disk. What is stronger than `on`, or as durable on this server, is kept.
_DURABLE = "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"


class _Unanswered(Exception):
    """The connection broke in COMMIT: what was written is there, or is not."""

    def __init__(self, cause: Exception) -> None:
        self.cause = cause


def read(engine: Engine, work: Callable[[Connection], T]) -> T:
    """One consistent read."""
    return _persistently(engine, lambda: _transact(engine, work, write=False))


def write(engine: Engine, work: Callable[[Connection], T], operation: str | None = None) -> T:
    """One transaction that holds the write lock from its start (SQLite), or locks the rows that it names (PostgreSQL).

    Raises Uncertain, with the `operation` that `work` notes, where nobody knows whether it was committed; and where it
    notes none, since it sets what it sets however often it is done, Unavailable.
    """
    return _persistently(engine, lambda: _transact(engine, work, write=True), operation)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent read whose rows are passed on as they come: unlike `read`, it cannot be done again."""
    with _turn(engine):
        connection = raw = None
        try:
            connection = _connected(engine, write=False)
            raw = connection.connection.dbapi_connection
            connection.begin()
            with readonly.steady(connection.info.get("stamp")):
                yield connection
            connection.commit()
        except BaseException as error:
            _undo(raw)
            if isinstance(error, DBAPIError | sqlite3.Error):
                raise explain(error, shown_url(engine.url)) from None
            raise
        finally:
            if connection is not None:
                connection.close()


def glance(engine: Engine, statement: str, parameters: tuple[Any, ...]) -> list[Any]:
    """The rows of one statement that reads. Unlike `read` it begins no transaction, and so asks the database once.

    Where threads compute, each wait for an answer is also one for Python's lock, which may take longer than all else.
    """
    if not isinstance(engine.pool, NullPool):  # whose database is sealed: `read` looks whether it changed
        with suppress(*_errors(engine)), _turn(engine), _unbegun(engine) as cursor:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall())
    return read(engine, lambda connection: list(connection.exec_driver_sql(statement, parameters)))


@contextmanager
def _unbegun(engine: Engine) -> Iterator[Any]:
    """A cursor of a connection that is in no transaction."""
    pooled = engine.raw_connection()
    raw: Any = pooled.dbapi_connection
    try:
        if engine.dialect.name == "postgresql":
            raw.autocommit = True
        cursor = raw.cursor()
        try:
            yield cursor
        finally:
            cursor.close()
    except BaseException:
        _undo(raw)
        if engine.dialect.name == "postgresql":
            pooled.invalidate()
        raise
    finally:
        if engine.dialect.name == "postgresql" and pooled.is_valid:
            raw.autocommit = False
        pooled.close()


def _errors(engine: Engine) -> tuple[type[Exception], ...]:
    """What a driver raises; `read` does it again then, and says what is wrong."""
    return DBAPIError, cast(Any, engine.dialect).loaded_dbapi.Error


def unbound(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Statements that are each a transaction of their own, as VACUUM needs; all of it is done again where that may help."""

    def attempt() -> T:
        with engine.connect() as connection:
            return work(connection.execution_options(isolation_level="AUTOCOMMIT"))

    return _persistently(engine, attempt)


def truncate_log(engine: Engine) -> None:
    """Empty SQLite's write-ahead log, which keeps what was overwritten until the last process closes the file.

    Raises Unavailable where another process reads so long that it cannot be done.
    """
    if engine.dialect.name != "sqlite":
        return

    def work(connection: Connection) -> Any:
        connection.exec_driver_sql("COMMIT")
        busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        connection.exec_driver_sql("BEGIN")
        return busy

    with _writing(engine):
        busy = read(engine, work)
    if busy:
        raise Unavailable(
            f"the log of {shown_url(engine.url)} still has the erased texts, since another process reads the file; "
            "run `plasticdb sync` when it is done"
        )


def _persistently(engine: Engine, attempt: Callable[[], T], operation: str | None = None) -> T:
    """Do it until it is done: again after a conflict, a broken connection, or an answer that was lost; within the timeout."""
    timeout, answered, unknown = engine.get_execution_options().get("timeout", 0.0), engine in _ANSWERED, False
    end = None
    for tries in count(1):
        try:
            done = attempt()
            _ANSWERED.add(engine)
            return done
        except _Unanswered as unanswered:
            error, unknown = unanswered.cause, True
        except (DBAPIError, sqlite3.Error) as failed:
            error = failed
        kind = fault(error)
        answered = answered or kind in ("lost", "conflict")
        end = end or time.monotonic() + timeout
        least = TRIES if kind == "conflict" else 2
        if kind is None or not answered or (tries >= least and time.monotonic() > end):
            raise _given_up(engine, error, unknown, operation) from None
        time.sleep(random.uniform(0, min(1.0, 0.005 * 2**tries)))
    raise AssertionError


def _given_up(engine: Engine, error: Exception, unknown: bool, operation: str | None) -> Exception:
    name = shown_url(engine.url)
    if not unknown:
        return explain(error, name)
    if operation is None:
        return Unavailable(f"{name} does not answer; try again when it is up: nothing is done twice")
    return Uncertain(
        f"nobody knows whether it was done: the connection to {name} broke during the commit; when that is up, run it "
        f"again with --operation {operation} (in Python operation={operation!r}): it is then done once in all",
        operation,
    )


def _transact(engine: Engine, work: Callable[[Connection], T], write: bool) -> T:
    """Do it once. However it ends, by Ctrl-C as well, no transaction and no lock is left, whoever keeps the traceback."""
    with _turn(engine), _writing(engine) if write else nullcontext():
        connection = raw = None
        try:
            connection = _connected(engine, write)
            raw = connection.connection.dbapi_connection
            connection.begin()
            if write and engine.dialect.name == "postgresql":
                connection.exec_driver_sql(_DURABLE)
            with readonly.steady(connection.info.get("stamp")):
                done = work(connection)
            _commit(connection, write)
            return done
        except BaseException:
            _undo(raw)
            raise
        finally:
            if connection is not None:
                connection.close()


def _commit(connection: Connection, write: bool) -> None:
    try:
        connection.commit()
    except DBAPIError as error:
        if write and fault(error) in ("lost", "away"):
            raise _Unanswered(error) from None
        raise


def _connected(engine: Engine, write: bool) -> Connection:
    connection = engine.connect()
    if write:
        return connection.execution_options(write=True)
    if engine.dialect.name == "postgresql":
        return connection.execution_options(isolation_level="REPEATABLE READ")
    return connection


def _undo(raw: Any) -> None:
    """End SQLite's transaction: a cursor that somebody still holds would keep its locks, and so our own next write away."""
    if isinstance(raw, sqlite3.Connection):
        for cursor in list(getattr(raw, "cursors", ())):
            with suppress(sqlite3.Error):
                cursor.close()
        if raw.in_transaction:
            raw.rollback()


def _turn(engine: Engine) -> AbstractContextManager[Any]:
    """That of a thread, where all threads have one connection."""
    turn: AbstractContextManager[Any] = engine.get_execution_options().get("turn") or nullcontext()
    return turn


def _writing(engine: Engine) -> AbstractContextManager[Any]:
    """That of a thread that writes to a SQLite file: it takes one at a time, and would have the others ask in vain."""
    writing: AbstractContextManager[Any] = engine.get_execution_options().get("writing") or nullcontext()
    return writing
