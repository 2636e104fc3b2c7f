"""Every store keeps the laws of stores (`plasticdb.testing`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import neo4j
import pytest
from sqlalchemy import text

from plasticdb.graph.neo4j.store import Neo4jStore
from plasticdb.graph.sql import SQLStore
from plasticdb.graph.store import GraphStore
from plasticdb.testing import store_checks

OpenStore = Callable[[], GraphStore]


@pytest.fixture(params=["sqlite", "postgres", "neo4j"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenStore]:
    """Opens a store on a graph that knows no journal; what the graph of a server knew is put back afterwards."""
    if request.param == "sqlite":
        yield lambda: SQLStore.connect(f"sqlite:///{tmp_path / 'memory.db'}")
    elif request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
        with _no_journal_in_sql(url):
            yield lambda: SQLStore.connect(url)
    else:
        server = request.getfixturevalue("neo4j_server")
        with _no_journal_in_neo4j(server):
            yield lambda: Neo4jStore.connect(server.uri, server.username, server.password)


@pytest.mark.parametrize("check", store_checks(), ids=lambda check: check.__name__)
def test_a_store_keeps(check: Callable[[OpenStore], None], open_store: OpenStore) -> None:
    check(open_store)


@contextmanager
def _no_journal_in_sql(url: str) -> Iterator[None]:
    store = SQLStore.connect(url)

    def run(statement: str, **parameters: Any) -> list[Any]:
        with store.engine.begin() as connection:
            result = connection.execute(text(statement), parameters)
            return list(result.scalars()) if result.returns_rows else []

    before = run("SELECT journal FROM graph")
    run("DELETE FROM graph")
    yield
    run("DELETE FROM graph")
    for journal in before:
        run("INSERT INTO graph (id, journal) VALUES (1, :journal)", journal=journal)
    store.close()


@contextmanager
def _no_journal_in_neo4j(server: Any) -> Iterator[None]:
    with neo4j.GraphDatabase.driver(
        server.uri, auth=(server.username, server.password), notifications_min_severity="OFF"
    ) as driver:
        before = driver.execute_query("MATCH (g:Graph) WITH g, g.journal AS j DELETE g RETURN j", database_="neo4j")[0]
        yield
        driver.execute_query("MATCH (g:Graph) DELETE g", database_="neo4j")
        for record in before:
            driver.execute_query("CREATE (:Graph {id: 0, journal: $j})", j=record["j"], database_="neo4j")
