"""What only the Neo4j store does: its errors, its read-only queries, and how much work it gives the server."""

from __future__ import annotations

import logging
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import neo4j
import numpy as np
import pytest

from plasticdb import PlasticDB
from plasticdb.cypher import engine
from plasticdb.engram.schema import ENGRAM
from plasticdb.errors import BadInput, StoreError, Unavailable
from plasticdb.graph.neo4j import cypher
from plasticdb.graph.neo4j.columns import statements
from plasticdb.graph.neo4j.store import BATCH, Neo4jStore
from plasticdb.graph.store import CLEARING, Changes, EdgeChanges, NodeChanges
from plasticdb.kinds import nodes
from plasticdb.kit.tables import Table, height
from plasticdb.sequence.schema import ABSTRACTS, ATOM, CONCEPT, SYNAPSE

from ...driver_log import listening

COLUMNS = ["id", "parent", "text", "slot"]


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.fixture
def memory(neo4j_store: Neo4jStore) -> Iterator[str]:
    name = f"test-{uuid.uuid4()}"
    neo4j_store.create(name, "sequence")
    yield name
    neo4j_store.drop(name)


@pytest.fixture
def driver(neo4j_server: Any) -> Iterator[neo4j.Driver]:
    auth = (neo4j_server.username, neo4j_server.password)
    with neo4j.GraphDatabase.driver(neo4j_server.uri, auth=auth, notifications_min_severity="OFF") as driver:
        yield driver


def chain(length: int) -> NodeChanges:
    """Concepts of which each is the parent of the next."""
    ids = np.sort(np.random.default_rng().choice(2**62, length, replace=False))
    create: Table = {p.name: np.zeros(length, float if p.type == "float" else int) for p in CONCEPT.properties}
    create |= {"id": ids, "chain": np.full(length, "prefix", object), "text": np.full(length, "x", object)}
    create["slot"] = ids
    create["parent"] = np.array([None, *ids[:-1].tolist()], object)
    return NodeChanges(CONCEPT, create=create)


def symbols(count: int) -> NodeChanges:
    ids = np.sort(np.random.default_rng().choice(2**62, count, replace=False))
    return NodeChanges(ATOM, create={"id": ids, "symbol": np.full(count, "s", object), "count": np.ones(count, int)})


def fan(concepts: NodeChanges, atom: NodeChanges) -> EdgeChanges:
    """A synapse from every concept to the first atom."""
    sources = concepts.create["id"]
    edges = {"source": sources, "target": np.repeat(atom.create["id"][:1], len(sources))}
    return EdgeChanges(SYNAPSE, edges | {"weight": np.ones(len(sources)), "fired": np.ones(len(sources), int)})


# Errors.


def test_a_server_that_is_away_is_waited_for_once_and_reported_without_a_password(closed_port: int) -> None:
    store = Neo4jStore.connect(f"bolt://127.0.0.1:{closed_port}", "neo4j", "secret-word", timeout=1.0)
    began = time.monotonic()
    for ask in (
        lambda: store.memory("m"),
        lambda: store.create("m", "sequence"),
        lambda: list(engine.rows(store, "RETURN 1", {})),
        store.migrate,
    ):
        with pytest.raises(Unavailable) as refused:
            ask()
        assert f"bolt://127.0.0.1:{closed_port} does not answer" in str(refused.value)
        assert "check that it is up" in str(refused.value)
        assert "secret-word" not in str(refused.value)
        assert time.monotonic() - began > 0.9
    assert time.monotonic() - began < 3  # and not 1 s each
    store.close()


def test_a_wrong_password_is_not_repeated(neo4j_server: Any) -> None:
    # As nobody: the server locks a user who was refused several times.
    store = Neo4jStore.connect(neo4j_server.uri, f"nobody-{uuid.uuid4()}", "secret-word")
    with pytest.raises(StoreError, match="NEO4J_USERNAME and NEO4J_PASSWORD") as refused:
        store.memory("m")
    assert not isinstance(refused.value, Unavailable)
    assert "secret-word" not in str(refused.value)
    store.close()


def test_a_database_that_is_not_there(neo4j_server: Any) -> None:
    store = Neo4jStore.connect(neo4j_server.uri, neo4j_server.username, neo4j_server.password, database="nowhere")
    with pytest.raises(StoreError, match="no database 'nowhere'; set NEO4J_DATABASE"):
        store.memory("m")
    store.close()


def test_routing_addresses_work(neo4j_server: Any) -> None:
    uri = neo4j_server.uri.replace("bolt://", "neo4j://")
    store = Neo4jStore.connect(uri, neo4j_server.username, neo4j_server.password)
    assert list(engine.rows(store, "RETURN 1 AS one", {})) == [{"one": 1}]
    store.close()


@pytest.mark.parametrize("missing", ["parent", "update", "synapse"])
def test_a_graph_that_does_not_fit_a_batch_is_left_alone(neo4j_store: Neo4jStore, memory: str, missing: str) -> None:
    concepts, atom = chain(3), symbols(1)
    changes = {
        "parent": Changes((NodeChanges(CONCEPT, concepts.create | {"parent": np.array([None, 5, 7], object)}),)),
        "update": Changes((NodeChanges(ATOM, update={"id": atom.create["id"], "count": np.array([1])}), concepts)),
        "synapse": Changes((concepts,), (fan(concepts, atom),)),
    }[missing]
    with pytest.raises(StoreError, match="run `plasticdb verify`"):
        neo4j_store.apply(memory, changes, 0, 1, "b")
    assert list(neo4j_store.scan_nodes(memory, CONCEPT, ["id"])) == []
    assert neo4j_store.memory(memory).position == 0  # type: ignore[union-attr]


# Queries.


def test_a_query_gives_plain_values(neo4j_store: Neo4jStore, memory: str) -> None:
    concepts, atom = chain(2), symbols(1)
    neo4j_store.apply(memory, Changes((concepts, atom), (fan(concepts, atom),)), 0, 1, "b")
    query = """
        MATCH p = (c:Concept {memory: $query})-[e:SYNAPSE]->(a:Atom) WHERE NOT ()-[:ABSTRACTS]->(c)
        RETURN c, e, p, [a, {deep: e}] AS list, date('2001-02-03') AS day, $parameters AS given, null AS nothing
    """
    (row,) = engine.rows(neo4j_store, query, {"query": memory, "parameters": [1, "x"]})
    concept = {"labels": ["Concept"], "memory": memory, "id": int(concepts.create["id"][0]), "text": "x"}
    synapse = {"type": "SYNAPSE", "weight": 1.0, "fired": 1}
    symbol = {"labels": ["Atom"], "memory": memory, "id": int(atom.create["id"][0]), "symbol": "s", "count": 1}
    assert concept.items() <= row["c"].items()
    assert row["e"] == synapse
    assert row["p"] == [row["c"], synapse, symbol]
    assert row["list"] == [symbol, {"deep": synapse}]
    assert (row["day"], row["given"], row["nothing"]) == ("2001-02-03", [1, "x"], None)


def test_a_query_streams(neo4j_store: Neo4jStore) -> None:
    found = engine.rows(neo4j_store, "UNWIND range(1, 1000000000) AS i RETURN i", {})
    assert [next(found) for _ in range(3)] == [{"i": 1}, {"i": 2}, {"i": 3}]
    found.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "query",
    [
        "CREATE (:Sneaked)",
        "/* MATCH */ MERGE (n:Sneaked) RETURN n",
        "MATCH (n:Memory) SET n.position = 7 RETURN n",
        "MATCH (n) DETACH DELETE n",
        "MATCH (n) CALL (n) {DETACH DELETE n} IN TRANSACTIONS",
        "CREATE INDEX sneaked FOR (n:Sneaked) ON (n.x)",
        "CREATE USER sneaked SET PASSWORD 'sneaked-password'",
        "CALL db.createLabel('Sneaked')",
        "CALL dbms.killConnections(['bolt-0'])",
        "TERMINATE TRANSACTIONS 'neo4j-transaction-0'",
    ],
)
def test_a_query_that_writes_is_refused(neo4j_store: Neo4jStore, memory: str, driver: neo4j.Driver, query: str) -> None:
    with pytest.raises(BadInput, match="query is read-only"):
        list(engine.rows(neo4j_store, query, {}))
    assert driver.execute_query("MATCH (n:Sneaked) RETURN n", database_="neo4j").records == []
    assert neo4j_store.memory(memory).position == 0  # type: ignore[union-attr]


def test_the_server_refuses_writes_even_if_the_plan_says_that_it_reads(neo4j_store: Neo4jStore) -> None:
    with (
        neo4j_store.sessions.open(neo4j.READ_ACCESS) as session,
        pytest.raises(neo4j.exceptions.ClientError, match="read access"),
    ):
        session.run("CREATE (:Sneaked)").consume()


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("MATC (n)", r"query: Invalid input 'MATC': expected .*\(column 1\)$"),
        ("RETURN foo(1)", r"^query: Unknown function 'foo' \(column 8\)$"),
        ("RETURN 1/0", r"^query: / by zero$"),
        ("CALL no.such()", r"the procedure no\.such \(line 1, column 6\) may do more than read the graph"),
        ("EXPLAIN CREATE (:Sneaked)", "EXPLAIN before a query is not taken here; use --explain"),
    ],
)
def test_a_query_that_is_wrong_says_where_in_one_line(neo4j_store: Neo4jStore, query: str, says: str) -> None:
    with pytest.raises(BadInput, match=says) as refused:
        list(engine.rows(neo4j_store, query, {}))
    assert "\n" not in str(refused.value)


# Work.


class Queries(logging.Handler):
    """Counts what the driver sends."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.sent = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.sent += "C: RUN" in str(record.msg)


@pytest.fixture
def queries() -> Iterator[Queries]:
    counter = Queries()
    with listening(counter):
        yield counter


def test_only_vectors_without_a_text_are_in_the_index(neo4j_db: PlasticDB) -> None:
    """It is dear to keep, and a memory of texts recalls without it."""
    words, vectors = neo4j_db.engrams("words", embedder="ngrams"), neo4j_db.engrams("vectors", dimension=256)
    words.remember(["Ann drinks tea", "it rains"])
    vectors.remember(np.eye(2, 256))
    store = neo4j_db._store
    found = {name: len(store.nearest(name, ENGRAM, np.ones(256, np.float32), 2)) for name in ("words", "vectors")}
    assert found == {"words": 0, "vectors": 2}


def test_a_batch_is_a_constant_number_of_statements(
    neo4j_store: Neo4jStore, memory: str, queries: Queries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plasticdb.graph.neo4j.store.BATCH", 1_000)
    sent = []
    for position, rows in enumerate([1, 2, 500, 1_000, 1_001]):
        concepts, atoms = chain(rows + 1), symbols(rows)
        edges = fan(NodeChanges(CONCEPT, {"id": concepts.create["id"][:rows]}), atoms)
        before = queries.sent
        assert neo4j_store.apply(memory, Changes((concepts, atoms), (edges,)), position, position + 1, str(position))
        sent.append(queries.sent - before)
    # lock, concepts, atoms, parents, synapses, position; and one for each 1,000 rows more, of concepts then of all
    assert sent == [6, 6, 6, 7, 10]


def test_a_look_at_the_position_is_one_query(neo4j_store: Neo4jStore, memory: str, queries: Queries) -> None:
    neo4j_store.memory(memory)
    assert queries.sent == 1
    neo4j_store.fetch(memory, CONCEPT, "id", np.arange(BATCH), COLUMNS)
    neo4j_store.edges(memory, SYNAPSE, np.arange(BATCH))
    assert queries.sent == 3


@pytest.mark.parametrize("rows", [0, 100, 2_000])
def test_no_statement_searches_the_whole_graph(
    neo4j_store: Neo4jStore, memory: str, driver: neo4j.Driver, rows: int
) -> None:
    # The planner goes by samples of the indexes: those of a graph that was empty a moment ago say that it still is.
    driver.execute_query("CALL db.prepareForReplanning()", database_="neo4j")
    concepts, atoms = chain(rows + 1), symbols(rows + 1)
    neo4j_store.apply(memory, Changes((concepts, atoms), (fan(concepts, atoms),)), 0, 1, "b")
    statements = [
        *(cypher.fetch(CONCEPT, by, COLUMNS) for by in ("id", "slot", "parent")),
        *(cypher.delete_memory_nodes(node) for node in nodes()),
        cypher.subtree(CONCEPT, COLUMNS),
        cypher.scan_nodes(CONCEPT, COLUMNS),
        cypher.scan_edges(SYNAPSE),
        cypher.scan_edges(ABSTRACTS),
        cypher.edges(SYNAPSE),
        cypher.create_parents(CONCEPT),
        cypher.unparent(CONCEPT),
        cypher.update_nodes(CONCEPT, ["count"]),
        cypher.delete_nodes(CONCEPT),
        cypher.create_edges(SYNAPSE),
        cypher.update_edges(SYNAPSE, ["weight"]),
        cypher.delete_edges(SYNAPSE),
    ]
    some: dict[str, Any] = {"memory": memory, "after": 0, "rows": 10, "source": 0, "target": 0}
    for statement in statements:
        ends = ["source", "target"] if "$source[i]" in statement else []
        lists = ["keys", "id", "parent", "count", "weight", *ends]
        parameters = some | {name: list(range(1000)) for name in lists}
        plan = driver.execute_query(f"EXPLAIN {statement}", parameters, database_="neo4j").summary.plan
        assert plan is not None
        assert [name for name in operators(plan) if "Scan" in name] == [], statement


@pytest.mark.parametrize("hub", ["source", "target"])
@pytest.mark.parametrize("use", ["update", "delete", "pairs"])
def test_an_edge_is_found_from_its_end_with_fewer(
    neo4j_store: Neo4jStore, memory: str, driver: neo4j.Driver, hub: str, use: str
) -> None:
    # The context of nothing is followed by every word of a memory; the word `the` follows nearly every context.
    concepts, atoms = (chain(500), symbols(1)) if hub == "target" else (chain(1), symbols(500))
    ends = np.broadcast_arrays(concepts.create["id"], atoms.create["id"])
    edges = {"source": ends[0], "target": ends[1], "weight": np.ones(500), "fired": np.ones(500, int)}
    neo4j_store.apply(memory, Changes((concepts, atoms), (EdgeChanges(SYNAPSE, edges),)), 0, 1, "b")
    statement = {
        "update": cypher.update_edges(SYNAPSE, ["weight", "fired"]),
        "delete": cypher.delete_edges(SYNAPSE),
        "pairs": cypher.pairs(SYNAPSE),
    }[use]
    driver.execute_query("CALL db.prepareForReplanning()", database_="neo4j")
    parameters = {name: column.tolist() for name, column in edges.items()}
    profile = driver.execute_query(f"PROFILE {statement}", parameters, database_="neo4j").summary.profile
    assert profile is not None
    assert hits(profile) < 500 * 20


def test_no_node_is_sought_after_others_were_deleted() -> None:
    # Each time the server copies the list of what the transaction has deleted: 60,000 numbers for one node.
    old, new, atoms = chain(4), chain(2), symbols(3)
    gone, left = old.create["id"][:3], old.create["id"][3:]
    freed = {"slot": np.array([5], object), "parent": np.array([int(new.create["id"][0])], object)}
    moved = {"id": left} | freed
    concepts = NodeChanges(CONCEPT, new.create, {"id": left, "count": left}, moved, gone)
    fewer = NodeChanges(ATOM, delete=atoms.create["id"][:2])
    edges = fan(new, NodeChanges(ATOM, {"id": atoms.create["id"][2:]}))
    there = {"source": left, "target": atoms.create["id"][2:]}
    edges = EdgeChanges(SYNAPSE, edges.create, there | {"weight": np.ones(1)}, there)
    sent = [(query, table) for query, table, _ in statements(Changes((concepts, fewer), (edges,))) if height(table)]
    assert [query for query, _ in sent[-2:]] == [cypher.delete_nodes(ATOM), cypher.delete_nodes(CONCEPT)]
    assert not any("DETACH" in query for query, _ in sent[:-2])
    # The keys that they had are free for others by then.
    assert [query for query, table in sent if "slot" in table and set(gone) <= set(table["id"])] == [
        cypher.update_nodes(CONCEPT, ["slot"])
    ]


def hits(plan: dict[str, Any]) -> int:
    """What a profiled statement read and wrote, in the server's unit."""
    return int(plan.get("dbHits", 0)) + sum(map(hits, plan.get("children", [])))


def operators(plan: dict[str, Any]) -> list[str]:
    return [plan["operatorType"], *(name for child in plan.get("children", []) for name in operators(child))]


def test_nothing_is_written_but_what_the_schema_has(neo4j_store: Neo4jStore, memory: str, driver: neo4j.Driver) -> None:
    concepts, atom = chain(2), symbols(1)
    changes = Changes((concepts, atom), (fan(concepts, atom),), {"samples": 2})
    assert neo4j_store.apply(memory, changes, 0, 1, "b")
    assert not neo4j_store.apply(memory, changes, 0, 1, "late")

    def found(query: str) -> set[str]:
        return {key for record in driver.execute_query(query, m=memory, database_="neo4j").records for key in record[0]}

    assert found("MATCH (m:Memory {name: $m}) RETURN keys(m)") == {"name", "kind", "position", "batch", "samples"}
    for node in (CONCEPT, ATOM):
        known = {"id", "memory", *(p.name for p in node.properties)}
        assert found(f"MATCH (n:{node.label} {{memory: $m}}) RETURN keys(n)") == known
    edges = "MATCH (n:Concept {memory: $m})-[e:%s]->() RETURN keys(e)"
    assert found(edges % "SYNAPSE") == {"weight", "fired"}
    assert found(edges % "ABSTRACTS") == set()


def test_two_clears_at_once_both_succeed(neo4j_store: Neo4jStore, memory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plasticdb.graph.neo4j.store.CLEAR", 100)
    assert neo4j_store.apply(memory, Changes((chain(2_000),)), 0, 1, "b")
    clears = [threading.Thread(target=neo4j_store.clear, args=[memory]) for _ in range(2)]
    for thread in clears:
        thread.start()
    for thread in clears:
        thread.join()
    assert neo4j_store.memory(memory).position == 0  # type: ignore[union-attr]
    assert list(neo4j_store.scan_nodes(memory, CONCEPT, ["id"])) == []


def test_a_clear_stops_where_another_one_has_finished(
    neo4j_store: Neo4jStore, memory: str, driver: neo4j.Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plasticdb.graph.neo4j.store.CLEAR", 100)
    assert neo4j_store.apply(memory, Changes((chain(5_000),)), 0, 1, "b")
    clear = threading.Thread(target=neo4j_store.clear, args=[memory])
    clear.start()
    while neo4j_store.memory(memory).position != CLEARING:  # type: ignore[union-attr]
        pass
    # Another process has thrown the rest away, and a writer has learned anew.
    driver.execute_query("MATCH (m:Memory {name: $m}) SET m.position = 2", m=memory, database_="neo4j")
    left = sum(height(part) for part in neo4j_store.scan_nodes(memory, CONCEPT, ["id"]))
    clear.join()
    assert left > 0
    assert sum(height(part) for part in neo4j_store.scan_nodes(memory, CONCEPT, ["id"])) == left
    assert neo4j_store.memory(memory).position == 2  # type: ignore[union-attr]
