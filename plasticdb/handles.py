"""One database in several processes: what of a handle goes into another one, by pickling or by forking."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Protocol
from weakref import WeakSet

from sqlalchemy import URL

from .errors import BadInput
from .graph.neo4j.address import is_neo4j
from .sql.engine import sql_url

__all__ = ["Address", "address", "again", "watch"]


class Handle(Protocol):
    """An open database, as far as it matters here."""

    closed: bool

    def _renew(self) -> object: ...


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
