"""Where a database is: the engine of its journal and the store of its graph, before anything in them is looked at."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, Engine

from .database import connect, sql_url
from .errors import BadInput
from .stores.base import GraphStore
from .stores.sql import SQLStore

__all__ = ["NEO4J_SCHEMES", "connected"]

NEO4J_SCHEMES = tuple(f"{scheme}{security}://" for scheme in ("neo4j", "bolt") for security in ("", "+s", "+ssc"))


def connected(
    db: str | Path,
    journal: str | Path | None,
    username: str,
    password: str | None,
    database: str,
    timeout: float,
    create: bool,
) -> tuple[Engine, GraphStore]:
    """The journal's engine and the graph's store; the parameters are those of `PlasticDB.open`."""
    if not isinstance(db, str | Path) or not isinstance(journal, str | Path | None):
        raise BadInput(f"a database is a path or a URL, and no {type(db).__name__}")
    graph = str(db)
    in_neo4j = graph.startswith(NEO4J_SCHEMES)
    kept = sql_url(str(journal) if journal is not None else "plasticdb-journal.db" if in_neo4j else graph)
    where = None if in_neo4j else sql_url(graph)
    if not create:
        for url in {kept, where} - {None}:
            _must_exist(url)
    engine = connect(kept, timeout)
    if where is not None:
        return engine, SQLStore(engine if where == kept else connect(where, timeout))
    from .stores.neo4j import Neo4jStore

    return engine, Neo4jStore.connect(graph, username, password or "", database, timeout)


def _must_exist(url: URL | None) -> None:
    if url is None or url.get_backend_name() != "sqlite" or url.database in (None, ":memory:"):
        return
    if not Path(url.database or "").exists():
        raise BadInput(
            f"there is no database {url.database}; begin with `plasticdb ingest` or `plasticdb engram remember`, "
            "or give another --db"
        )
