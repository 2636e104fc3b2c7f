"""A handle on an open database: how it is shown, ends, and gets into other processes, by pickling or by forking."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from html import escape
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self
from weakref import WeakSet

from sqlalchemy import URL

from .checks import called, seconds
from .connecting import connected, named
from .errors import BadInput, PlasticDBError, StoreError
from .graph.neo4j.address import is_neo4j
from .graph.store import GraphStore
from .journal.journal import Journal
from .memory.display import table
from .sql import migrations
from .sql.engine import close, renew, shown_url, sql_url
from .waiting import waited

__all__ = ["Address", "Handle", "address", "again", "watch"]


_HERE: dict[Address, Handle] = {}
"""What this process has opened again, from pickles: one handle of each, that stays open."""
_SECRET = re.compile("password|passwd|pwd|secret", re.IGNORECASE)
_OPENING = Lock()
_WATCHED: WeakSet[Handle] = WeakSet()
_PARENTS: list[object] = []
"""Connections of the process that this one was forked from: they are never used nor closed here."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is, whatever folder a process is in. It has no password."""

    db: str
    journal: str
    username: str
    database: str | None
    timeout: float


def address(
    db: str, journal: str, username: str, database: str | None, timeout: float, clock: Callable[[], float]
) -> Address | str:
    """The address of a database, or why another process cannot open it. `db` may be that of a Neo4j."""
    if clock is not time.time:
        return "a database with a clock of its own cannot be opened again elsewhere; open it there"
    graph, kept = (_everywhere(one) for one in (db, journal))
    if graph is None or kept is None:
        return "a database in memory is its process's own; give it a file, or export it"
    return Address(graph, kept, username, database, timeout)


def _everywhere(one: str) -> str | None:
    """An address that means the same in every folder, without a password; None where there is none."""
    if is_neo4j(one):
        return one
    url = sql_url(one)
    if url.get_backend_name() != "sqlite":
        left = url.difference_update_query([name for name in url.query if _SECRET.search(name)])
        parts = {name: getattr(left, name) for name in ("username", "host", "port", "database", "query")}
        url = URL.create(left.drivername, **parts)
    elif url.database in (None, "", ":memory:"):
        return None
    else:
        url = url.set(database=str(Path(url.database).absolute()))
    return url.render_as_string(hide_password=False)


def again(where: Address, reopen: Callable[..., Handle]) -> Handle:
    """The handle that this process has for an address; it is opened once, and stays open.

    A password comes from the environment, as the process finds it: NEO4J_PASSWORD, and what PostgreSQL's clients know.
    """
    with _OPENING:
        known = _HERE.get(where)
        if known is None or known.closed:
            password = os.environ.get("NEO4J_PASSWORD")
            if is_neo4j(where.db) and password is None:
                raise BadInput(
                    f"a pickled database has no password: set NEO4J_PASSWORD in the process that opens {where.db} again"
                )
            how: dict[str, Any] = {"username": where.username, "password": password, "database": where.database}
            known = _HERE[where] = reopen(where.db, where.journal, timeout=where.timeout, create=False, **how)
        return known


def watch(db: Handle) -> None:
    """Renew the connections of a handle where its process is forked."""
    _WATCHED.add(db)


def _forked() -> None:
    global _OPENING
    _OPENING = Lock()
    for db in list(_WATCHED):
        _PARENTS.append(db._renew())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


class Handle:
    """What is open of a database: its journal and its graph.

    Parameters
    ----------
    journal, store
        Where events and graph are.
    clock
        Gives the time in seconds since 1970.
    """

    def __init__(self, journal: Journal, store: GraphStore, clock: Callable[[], float] = time.time) -> None:
        self._journal, self._store, self._clock = journal, store, clock
        self._address: Address | str = "only what `PlasticDB.open` gave can be opened again in another process"
        self._where = ""
        self.closed = False

    @classmethod
    def open(
        cls,
        db: str | Path = "plasticdb.db",
        journal: str | Path | None = None,
        *,
        username: str = "neo4j",
        password: str | None = None,
        database: str | None = None,
        timeout: float = 30.0,
        wait: float = 0.0,
        clock: Callable[[], float] = time.time,
        create: bool = True,
    ) -> Self:
        """Open a database; a SQLite file is made if it is not there.

        Parameters
        ----------
        db
            The graph: a path, `sqlite:///FILE`, `:memory:`, `postgresql+psycopg://...`, `neo4j://HOST` (also
            `neo4j://HOST/DATABASE`) or `bolt://HOST`.
        journal
            A path or SQL URL; default the graph's own database, beside Neo4j `plasticdb-journal.db`.
        username, password, database
            For Neo4j (its database is `neo4j` where none is named here or in `db`).
        timeout
            Seconds to wait for a lock, or for a server that is away or does not answer.
        wait
            Seconds to wait first for servers that are starting.
        clock
            Gives the time in seconds since 1970; decay goes by it.
        create
            Make a SQLite file that is not there.

        Raises
        ------
        BadInput
            An address that cannot be used, or a file that is not there.
        SchemaBehind
            The journal's server has no tables yet, or older ones: see `Migrations`.
        StoreError, Unavailable
            The journal cannot be opened. A graph that does not answer is found when it is needed.
        """
        up_by, clock = time.monotonic() + seconds("wait", wait), called("clock", clock)
        graph, kept = named(db, journal)
        engine, store = connected(graph, kept, username, password, database, timeout, create)
        with ExitStack() as opened:
            opened.callback(close, engine)
            opened.callback(store.close)
            waited(up_by, lambda: migrations.check(engine, "journal"))
            if wait:
                waited(up_by, store.migrations)
            made = cls(Journal(engine), store, clock)
            made._address = address(graph, kept, username, database, timeout, clock)
            made._where = graph if is_neo4j(graph) else shown_url(sql_url(graph))
            opened.pop_all()
        watch(made)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled, it is its address without a password; unpickled, the handle that the process has for that.

        Raises
        ------
        BadInput
            For a database in memory, or one with a clock of its own.
        """
        if isinstance(self._address, str):
            raise BadInput(self._address)
        return again, (self._address, type(self).open)

    def _renew(self) -> object:
        """In a forked process: leave the connections to the parent, and make others. It happens by itself.

        What is returned is to be kept: it must not be closed here.
        """
        self._journal.renew()
        return renew(self._journal.engine), self._store.renew()

    def close(self) -> None:
        """Note the session's end and give the connections back."""
        try:
            with suppress(StoreError):  # what was done is done: to fail now would say that it was not
                self._journal.end_session(self._clock())
        finally:
            self._let_go()

    def _let_go(self) -> None:
        self.closed = True
        self._store.close()
        close(self._journal.engine)

    def __repr__(self) -> str:
        if self.closed:
            return f"<PlasticDB {self._where!r}, closed>"
        try:
            known = self._journal.memories()
        except PlasticDBError:
            return f"<PlasticDB {self._where!r}>"
        shown = [f"{memory.name} ({memory.kind}, {memory.position:,} events)" for memory in known[:5]]
        more = [f"... {len(known) - 5:,} more"] if len(known) > 5 else []
        return f"<PlasticDB {self._where!r}: {', '.join(shown + more) or 'no memory yet'}>"

    def _repr_html_(self) -> str:
        try:
            rows = [{"memory": m.name, "kind": m.kind, "events": m.position} for m in self._journal.memories()]
        except PlasticDBError:
            return escape(repr(self))
        return table(rows, caption=self._where)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None or issubclass(kind, Exception):
            self.close()
        else:
            # Ctrl-C may have hit between the beginning of a transaction and the block that ends it: to write once more
            # would be to wait for ourselves. The session has no end then, as if it had been killed.
            self._let_go()
