"""Every store under the same tests: `store` is one, `connect` opens another on the same graph, `memory` is its own."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import neo4j
import pytest
from sqlalchemy import text

from plasticdb.graph.neo4j.store import Neo4jStore
from plasticdb.graph.sql import SQLStore
from plasticdb.graph.store import GraphStore

Connect = Callable[[], GraphStore]


@pytest.fixture(params=["sqlite", "postgres", "neo4j"])
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connect]:
    opened: list[GraphStore] = []

    def one() -> GraphStore:
        store: GraphStore
        match request.param:
            case "sqlite":
                store = SQLStore.connect(f"sqlite:///{tmp_path / 'memory.db'}")
            case "postgres":
                store = SQLStore.connect(request.getfixturevalue("postgres_url"))
            case _:
                server = request.getfixturevalue("neo4j_server")
                store = Neo4jStore.connect(server.uri, server.username, server.password)
        opened.append(store)
        return store

    yield one
    for store in opened:
        store.close()


@pytest.fixture
def store(connect: Connect) -> GraphStore:
    store = connect()
    if not all(applied for _, applied in store.migrations()):
        store.migrate()
    return store


@pytest.fixture
def memory(store: GraphStore) -> Iterator[str]:
    """The name of an empty memory; the databases are shared, so every test has one of its own."""
    name = f"test-{uuid.uuid4()}"
    store.create(name, "sequence")
    yield name
    store.drop(name)


@pytest.fixture
def no_journal(store: GraphStore, request: pytest.FixtureRequest) -> Iterator[None]:
    """A graph that has not seen a journal; what it had remembered is put back afterwards."""
    if isinstance(store, SQLStore):

        def run(statement: str, **parameters: Any) -> list[Any]:
            with store.engine.begin() as connection:
                result = connection.execute(text(statement), parameters)
                return list(result.scalars()) if result.returns_rows else []

        kept = run("SELECT journal FROM graph")
        run("DELETE FROM graph")
        yield
        run("DELETE FROM graph")
        for journal in kept:
            run("INSERT INTO graph (id, journal) VALUES (1, :journal)", journal=journal)
        return
    server = request.getfixturevalue("neo4j_server")
    with neo4j.GraphDatabase.driver(server.uri, auth=(server.username, server.password)) as driver:
        kept = driver.execute_query("MATCH (g:Graph) WITH g, g.journal AS j DELETE g RETURN j", database_="neo4j")[0]
        yield
        driver.execute_query("MATCH (g:Graph) DELETE g", database_="neo4j")
        for record in kept:
            driver.execute_query("CREATE (:Graph {id: 0, journal: $j})", j=record["j"], database_="neo4j")
