"""SQL engines for the journal and the graph: which address is what, and the settings that make SQLite durable."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock, RLock
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.pool import NullPool, StaticPool

from ..errors import BadInput
from ..kit.masking import masked
from . import readonly
from .errors import FOREIGN

__all__ = ["close", "connect", "frozen", "renew", "shown_url", "spare_open", "sql_url"]

TIMEOUT = 30.0
"""Seconds to wait for a lock or a server."""
IDLE = 1.0
"""Seconds after which a connection to a server is asked whether it is still there before it is used."""
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
    named = text.split("@")[-1]  # what may be before it is nobody's business
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise BadInput(
            f"{named!r} is not a database URL; give a path, sqlite:///FILE or postgresql+psycopg://HOST/NAME"
        ) from None
    if url.drivername != url.drivername.lower():
        raise BadInput(f"{url.drivername}:// is not used here; write it in small letters: {url.drivername.lower()}://")
    backend, _, driver = url.drivername.partition("+")
    if backend == "sqlite":
        return _sqlite_url(url, named)
    if backend == "postgres" or (backend == "postgresql" and driver not in ("", "psycopg")):
        rest = named.removeprefix(f"{url.drivername}://")
        raise BadInput(f"{url.drivername}:// is not used here; write postgresql+psycopg://{rest}")
    if backend != "postgresql":
        raise BadInput(f"a {backend} database cannot be used; take SQLite, PostgreSQL or Neo4j")
    return url.set(drivername="postgresql+psycopg")


def _sqlite_url(url: URL, named: str) -> URL:
    if url.host:
        file = f"{url.host}/{url.database}" if url.database else url.host
        raise BadInput(f"{named} names no file, since two slashes begin the name of a host; write sqlite:///{file}")
    if url.query:
        raise BadInput(f"{named} has options, which are not used here; write sqlite:///{url.database}")
    return url


def shown_url(url: URL) -> str:
    """A URL as it may be printed: SQLite's file, or the server without the password."""
    if url.get_backend_name() == "sqlite":
        return url.database or "memory"
    return masked(url.render_as_string(hide_password=True))


def connect(url: URL, timeout: float = TIMEOUT) -> Engine:
    """An engine whose transactions are durable when they return; nothing is opened yet."""
    return (_sqlite if url.get_backend_name() == "sqlite" else _postgres)(url, timeout)


def _sqlite(url: URL, timeout: float) -> Engine:
    folder = Path(url.database or "").parent
    if not folder.is_dir():
        raise BadInput(f"the folder {folder} does not exist; make it, or give another database")
    in_memory = url.database in (None, "", ":memory:")  # one connection for all threads, or each would have a database
    arguments = {"timeout": timeout, "factory": _Connection, "check_same_thread": False}
    options: dict[str, Any] = {"timeout": timeout, "turn" if in_memory else "writing": RLock()}
    sealed = not in_memory and readonly.sealed(url.database or "")
    # Without an end to the connections: one that Ctrl-C left in a traceback is not missed.
    pool: dict[str, Any] = {"poolclass": StaticPool} if in_memory else {"max_overflow": -1}
    if sealed:
        pool, arguments["uri"] = {"poolclass": NullPool}, True
    engine = create_engine(url, connect_args=arguments, execution_options=options, **pool)
    if sealed:
        event.listen(engine, "do_connect", _read_only)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", _keep_sqlite)
    if not in_memory and not sealed:
        with _OPENING:
            _OPEN[engine] = str(Path(url.database or "").absolute())
    return engine


def _postgres(url: URL, timeout: float) -> Engine:
    try:
        from . import postgres
    except ModuleNotFoundError:
        raise BadInput("PostgreSQL needs a driver: pip install 'plasticdb[postgres]'") from None
    engine = create_engine(
        url,
        connect_args=postgres.parameters(url, timeout),
        execution_options={"timeout": timeout},
        max_overflow=-1,
    )

    @event.listens_for(engine, "checkin")
    def rests(_: object, record: Any) -> None:
        record.info["since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def asked(connection: Any, record: Any, _: object) -> None:
        """Ask a connection that rested long whether it is still there: to ask each time would double the round trips."""
        if time.monotonic() - record.info.get("since", 0.0) > IDLE and not engine.dialect.do_ping(connection):
            raise DisconnectionError

    @event.listens_for(engine, "do_connect")
    def connected(_: object, __: object, arguments: Any, how: Any) -> Any:
        return postgres.connected(timeout, arguments, how)

    return engine


class _Connection(sqlite3.Connection):
    """A connection that knows the cursors that are open on it."""

    def __init__(self, *arguments: Any, **how: Any) -> None:
        super().__init__(*arguments, **how)
        self.cursors: WeakSet[sqlite3.Cursor] = WeakSet()

    def cursor(self, *how: Any) -> Any:
        made = super().cursor(*how)
        self.cursors.add(made)
        return made


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
    event.listen(engine, "do_connect", _refuse, insert=True)
    with _OPENING:
        _OPEN.pop(engine, None)


def renew(engine: Engine) -> object:
    """In a forked process: leave the connections to the parent, and make others. What is returned is to be kept: it must
    not be closed here. A database in memory is now one of this process's own."""
    if engine.get_execution_options().get("turn"):
        return None
    parents = engine.pool
    engine.dispose(close=False)
    if engine.dialect.name == "sqlite":
        engine.update_execution_options(writing=RLock())  # another thread of the parent may have had it
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
        raise sqlite3.DatabaseError(FOREIGN)
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


def _keep_sqlite(context: ExceptionContext) -> MemoryError | None:
    """Ctrl-C breaks no connection to a file; SQLAlchemy would close it, and with it throw a database in memory away.

    A lack of memory stays one: SQLAlchemy would call it an error of the statement.
    """
    context.is_disconnect = False
    found = context.original_exception
    return MemoryError(*found.args) if isinstance(found, MemoryError) else None


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
