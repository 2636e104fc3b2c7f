"""The migrations of a database: which there are, and applying them. It is opened for that alone, whatever is in it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Self

from sqlalchemy import Engine

from .checks import seconds
from .connecting import connected, named
from .graph.store import GraphStore
from .sql import migrations
from .sql.engine import close
from .waiting import waited

__all__ = ["Migrations"]


class Migrations:
    """The migrations of a journal and its graph. Use `Migrations.open`, best in a `with` statement.

    `PlasticDB.open` asks for tables that are up to date, which a new server does not have; this does not.

    Examples
    --------
    >>> with Migrations.open(":memory:") as migrations:
    ...     any(applied for _, applied in migrations.status()), len(migrations.up()) > 0, migrations.up()
    (False, True, [])
    """

    def __init__(self, engine: Engine, store: GraphStore) -> None:
        self._engine, self._store = engine, store

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
        create: bool = True,
    ) -> Self:
        """Connect to a database; the parameters are those of `PlasticDB.open`."""
        up_by = time.monotonic() + seconds("wait", wait)
        made = cls(*connected(*named(db, journal), username, password, database, timeout, create))
        if wait:
            try:
                waited(up_by, made.status)
            except BaseException:
                made.close()
                raise
        return made

    def status(self) -> list[tuple[str, bool]]:
        """(name, applied) of every migration of journal and graph."""
        return migrations.status(self._engine, "journal") + self._store.migrations()

    def up(self) -> list[str]:
        """Apply what is missing; the names of what was applied."""
        return migrations.migrate(self._engine, "journal") + self._store.migrate()

    def found(self) -> list[str]:
        """Make journal and graph where there is nothing of them yet; what is there is left as it is."""
        made = []
        if not any(applied for _, applied in migrations.status(self._engine, "journal")):
            made += migrations.migrate(self._engine, "journal")
        if not any(applied for _, applied in self._store.migrations()):
            made += self._store.migrate()
        return made

    def close(self) -> None:
        """Give the connections back."""
        self._store.close()
        close(self._engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
