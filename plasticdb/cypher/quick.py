"""Asking a SQLite file whose copy is up to date, with next to nothing imported: what makes the command quick.

It imports neither numpy nor SQLAlchemy. Whatever is not simple (no copy yet, another schema, no such file) is left to
the long way round, `PlasticDB.open(...).query(...)`, which makes the copy. A copy that goes after it was found is made
again here, with all that this imports.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from ..files.folders import folder
from ..sql import readonly
from .asking import Cypher
from .view import current, key

__all__ = ["fresh"]


def fresh(db: str) -> Cypher | None:
    """Cypher on the copy of the graph in a SQLite file; None where there is no up-to-date copy."""
    path = db.removeprefix("sqlite:///")
    if "://" in path or path == ":memory:" or not Path(path).is_file():
        return None

    def name() -> str:
        how, before = f"{Path(path).absolute().as_uri()}?mode=ro", None
        if readonly.sealed(path):
            how, before = readonly.address(path)
        with readonly.steady(before), closing(sqlite3.connect(how, uri=True)) as connection:
            return key(connection.execute("SELECT name, position, batch FROM graph_memory ORDER BY name").fetchall())

    def make(end: float | None) -> Path:  # where somebody has written since, or deleted the copy
        from ..graph.sql import SQLStore
        from .engine import copied

        with closing(SQLStore.connect(db)) as store:
            return copied(store, end)

    cypher = None
    try:
        kept = folder(path, path, "cypher")
        if any(kept.glob("*.lbug")):
            cypher = Cypher(name, kept, make)
            cypher.start()  # it gets ready while we look
            if current(kept, name()) is not None:
                return cypher
    except (sqlite3.Error, OSError):
        pass
    if cypher is not None:
        cypher.close()
    return None
