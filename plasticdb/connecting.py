"""Where a database is: the engine of its journal and the store of its graph, before anything in them is looked at."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import URL, Engine

from .checks import flag, path, seconds, shown
from .errors import BadInput
from .files.folders import forget_caches
from .graph.neo4j.address import is_neo4j
from .graph.sql import SQLStore
from .graph.store import GraphStore
from .kinds import beginnings
from .kit.texts import is_text
from .sql.engine import close, connect, sql_url

__all__ = ["connected", "named"]


def named(db: str | Path, journal: str | Path | None) -> tuple[str, str]:
    """The addresses of the graph and of its journal."""
    if not isinstance(db, str | Path) or not isinstance(journal, str | Path | None):
        wrong = journal if isinstance(db, str | Path) else db
        raise BadInput(f"a database must be a path or a URL, not {shown(wrong)}")
    if "neo4j" in (db, journal):
        raise BadInput(
            "'neo4j' alone is not an address: write neo4j://HOST, or ./neo4j for a file of that name (the command's "
            "`--db neo4j` is the Neo4j of NEO4J_URI)"
        )
    graph = path("a database", db)
    if journal is not None:
        return graph, path("a journal", journal)
    return graph, "plasticdb-journal.db" if is_neo4j(graph) else graph


def connected(
    graph: str,
    journal: str,
    username: str,
    password: str | None,
    database: str | None,
    timeout: float,
    create: bool,
) -> tuple[Engine, GraphStore]:
    """The journal's engine and the graph's store, at two addresses; the rest is as in `PlasticDB.open`."""
    timeout, create = seconds("timeout", timeout), flag("create", create)
    for what, said in (("username", username), ("password", password), ("database", database)):
        if said is not None and not is_text(said):  # which is not shown: it may be the password
            raise BadInput(f"{what} must be a text")
    kept = sql_url(journal)
    where = None if is_neo4j(graph) else sql_url(graph)
    with ExitStack() as opened:
        store: GraphStore | None = None
        if where is None:
            try:
                from .graph.neo4j.store import Neo4jStore
            except ModuleNotFoundError:
                raise BadInput("Neo4j needs its driver: pip install 'plasticdb[neo4j]'") from None

            store = Neo4jStore.connect(graph, username, password or "", database, timeout)
            opened.callback(store.close)
        for url in {kept, where or kept}:
            _begin(url, create, journal=url == kept != where)
        engine = connect(kept, timeout)
        opened.callback(close, engine)
        if store is None:
            store = SQLStore(engine if where is None or where == kept else connect(where, timeout))
        opened.pop_all()
    return engine, store


def _begin(url: URL, create: bool, journal: bool = False) -> None:
    """Raise BadInput where a SQLite file is not there and may not be made; a new one has no caches of an older one."""
    named = url.database if url.get_backend_name() == "sqlite" else None
    if named in (None, "", ":memory:") or Path(str(named)).exists():
        return
    if not create:
        beside = " (the journal, which is a file of its own here: --journal)" if journal else ""
        raise BadInput(f"there is no database {named}{beside}; begin with {beginnings()}, or give another --db")
    forget_caches(url)
