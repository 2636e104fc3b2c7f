"""SQL engines for the journal and the graph: settings that make SQLite durable, and errors in words."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from threading import Lock, RLock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import NullPool, StaticPool

from . import readonly
from .errors import BadInput, NoRoom, StoreError, Unavailable
from .masking import masked

__all__ = [
    "close",
    "connect",
    "frozen",
    "reading",
    "renew",
    "shown",
    "spare_open",
    "sql_url",
    "truncate_log",
    "unbound",
    "writing",
]

TIMEOUT = 30.0
"""Seconds to wait for a lock or a server."""
_FOREIGN = "another program's tables"
_OPEN: WeakKeyDictionary[Engine, str] = WeakKeyDictionary()
"""The SQLite files that this process has open; a file may be open by several engines."""
_OPENING = Lock()


def sql_url(text: str) -> URL:
    """A path or a SQLAlchemy URL as a URL."""
    if not text.strip():
        raise BadInput("no database is named; give a path, or leave --db out for plasticdb.db in this folder")
    if text in ("sqlite://", "sqlite:///"):
        raise BadInput(f"{text} names no file; write sqlite:///FILE")
    if "://" not in text:
        return URL.create("sqlite", database=text)
    try:
        url = make_url(text)
    except ArgumentError:
        raise BadInput(
            f"{text.split('@')[-1]!r} is no database URL; give a path, sqlite:///FILE or postgresql+psycopg://HOST/NAME"
        ) from None
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise BadInput(f"a {url.get_backend_name()} database cannot be used; take SQLite, PostgreSQL or Neo4j")
    return url


def shown(url: URL) -> str:
    """A URL as it may be printed: SQLite's file, or the server without the password."""
    if url.get_backend_name() == "sqlite":
        return url.database or "memory"
    return masked(url.render_as_string(hide_password=True))


def connect(url: URL, timeout: float = TIMEOUT) -> Engine:
    """An engine whose transactions are durable when they return; nothing is opened yet."""
    if url.get_backend_name() == "sqlite":
        folder = Path(url.database or "").parent
        if not folder.is_dir():
            raise BadInput(f"the folder {folder} does not exist; make it, or give another database")
        how: dict[str, Any] = {"connect_args": {"timeout": timeout}}
        if url.database in (None, "", ":memory:"):  # one connection for all threads, or each would have a database
            how = {"connect_args": {"timeout": timeout, "check_same_thread": False}, "poolclass": StaticPool}
            how["execution_options"] = {"turn": RLock()}
        elif readonly.sealed(url.database or ""):
            how = {"connect_args": {"timeout": timeout, "uri": True}, "poolclass": NullPool}
        engine = create_engine(url, **how)
        if how.get("poolclass") is NullPool:
            event.listen(engine, "do_connect", _read_only)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        if "poolclass" not in how:
            with _OPENING:
                _OPEN[engine] = str(Path(url.database or "").absolute())
        return engine
    try:
        engine = create_engine(url, connect_args={"connect_timeout": max(1, int(timeout))})
    except (ModuleNotFoundError, NoSuchModuleError):
        raise BadInput(
            "PostgreSQL needs a driver: pip install 'plasticdb[postgres]' and a URL postgresql+psycopg://..."
        ) from None

    @event.listens_for(engine, "connect")
    def wait_for_locks(connection: Any, _: object) -> None:
        connection.execute(f"SET lock_timeout = {int(timeout * 1000)}")
        connection.commit()

    return engine


def frozen(there: Path, file: Path) -> Engine:
    """An engine on a SQLite file that is `there`, is called `file` in what is said of it, and is never changed any more.

    It is read without locks, by one connection that stays open whatever becomes of the file: another would find another
    file there, or none.
    """
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        connect_args={"check_same_thread": False, "isolation_level": None, "uri": True},
        poolclass=StaticPool,
        execution_options={"turn": RLock()},
    )

    @event.listens_for(engine, "do_connect")
    def read_only(_: object, __: object, arguments: list[Any], ___: object) -> None:
        arguments[0] = f"{there.absolute().as_uri()}?mode=ro&immutable=1"

    return engine


def close(engine: Engine) -> None:
    """Give the connections back; whoever uses the engine after that gets a BadInput, and no new connection."""
    engine.dispose()
    event.listen(engine, "do_connect", _refuse)
    with _OPENING:
        _OPEN.pop(engine, None)


def renew(engine: Engine) -> object:
    """In a forked process: leave the connections to the parent, and make others. What is returned is to be kept: it must
    not be closed here. A database in memory is now one of this process's own."""
    if engine.get_execution_options().get("turn"):
        return None
    parents = engine.pool
    engine.dispose(close=False)
    return parents


def spare_open(file: str | Path) -> None:
    """Raise BadInput where a file is a SQLite database that this process has open, or belongs to one.

    To open and close it once more would drop the locks that SQLite has on it (POSIX locks are the process's), and
    another process would then overwrite what is committed here.
    """
    try:
        given = os.stat(file)
    except (OSError, ValueError):
        return
    with _OPENING:
        names = [f"{name}{part}" for name in _OPEN.values() for part in ("", "-wal", "-shm")]
    for name in names:
        with suppress(OSError):
            if os.path.samestat(given, os.stat(name)):
                raise BadInput(f"{file} is the database that is open; give another file")


def _refuse(*_: object) -> None:
    raise BadInput("the database was closed; open it again")


def _read_only(_: object, record: Any, arguments: list[Any], __: object) -> None:
    arguments[0], record.info["stamp"] = readonly.address(arguments[0])


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # transactions begin where _begin_sqlite says, and not at the first write
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if tables and not tables & {"journal_version", "graph_version"}:
        raise sqlite3.DatabaseError(_FOREIGN)
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",  # what is unlearned and erased must not linger in free pages
        "cache_size = -65536",
        "temp_store = MEMORY",
    ):
        try:
            _patiently(connection, f"PRAGMA {pragma}")
        except sqlite3.OperationalError as error:
            if "readonly" not in str(error):  # a read-only file can still be asked
                raise


def _patiently(connection: sqlite3.Connection, statement: str) -> None:
    """Execute it when it can be: two processes that turn a new file to WAL are refused at once, whatever the timeout."""
    end = time.monotonic() + connection.execute("PRAGMA busy_timeout").fetchone()[0] / 1000
    while True:
        try:
            connection.execute(statement)
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
        time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent read."""
    with _explained(engine), _turn(engine), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with readonly.steady(connection.info.get("stamp")), connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that holds the write lock from its start (SQLite), or locks the rows that it names (PostgreSQL)."""
    with (
        _explained(engine),
        _turn(engine),
        engine.connect().execution_options(write=True) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def unbound(engine: Engine) -> Iterator[Connection]:
    """A connection on which each statement is a transaction of its own, as VACUUM needs."""
    with _explained(engine), engine.connect() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")


def _turn(engine: Engine) -> AbstractContextManager[Any]:
    """That of a thread, where all threads have one connection."""
    turn: AbstractContextManager[Any] = engine.get_execution_options().get("turn") or nullcontext()
    return turn


def truncate_log(engine: Engine) -> None:
    """Empty SQLite's write-ahead log, which keeps what was overwritten until the last process closes the file.

    Raises Unavailable where another process reads so long that it cannot be done.
    """
    if engine.dialect.name == "sqlite":
        with _explained(engine), _turn(engine), engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
            connection.exec_driver_sql("BEGIN")
        if busy:
            raise Unavailable(
                f"the log of {shown(engine.url)} still has the erased texts, since another process reads the file; "
                "run `plasticdb sync` when it is done"
            )


@contextmanager
def _explained(engine: Engine) -> Iterator[None]:
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        raise _explain(error, shown(engine.url)) from None


def _explain(error: Exception, name: str) -> StoreError:
    cause = error.orig if isinstance(error, DBAPIError) else error
    text = str(cause).strip().split("\n")[0]
    low = text.lower()
    if "locked" in low or "lock timeout" in low or "busy" in low:
        return Unavailable(f"{name} is locked by another process; try again when it is done")
    if "readonly" in low or "read-only" in low:
        return StoreError(f"{name} is read-only; make it writable, or copy it and use the copy")
    if text == _FOREIGN:
        return StoreError(f"{name} is a database of another program; give another file (this one was not touched)")
    if "not a database" in low:
        return StoreError(f"{name} is no database; give another file (this one was not touched)")
    if "disk is full" in low or "disk i/o" in low or "no space" in low:
        return NoRoom(
            f"the disk that holds {name} is full or failing ({text}); what was learned before stays: make room"
        )
    if "unable to open" in low:
        return StoreError(f"{name} cannot be opened; check that it is a file and that you may read and write it")
    if "malformed" in low:
        return StoreError(f"{name} is damaged ({text}); restore a copy")
    if "password" in low or "authentication" in low or "role" in low:
        return StoreError(f"{name} refused the user name or password")
    if any(word in low for word in ("connect", "closed", "terminat", "timeout")):
        return Unavailable(f"{name} does not answer; try again when it is up")
    return StoreError(f"{name}: {text}")
