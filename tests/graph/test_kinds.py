"""The part of the graph that a kind from another package declares: its tables, its indexes, and Cypher."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import neo4j
import numpy as np
import pytest

from plasticdb import SchemaBehind, StoreError
from plasticdb.cypher import engine
from plasticdb.graph.neo4j.store import Neo4jStore
from plasticdb.graph.sql import SQLStore
from plasticdb.graph.store import Changes, EdgeChanges, GraphStore, NodeChanges
from plasticdb.kinds import Event, Kind, registered
from plasticdb.memory.verify import differences
from plasticdb.schema import Index, Node, Property, Relationship, check_schema

Connect = Callable[[], GraphStore]
GROUP = Node(
    "Group",
    "Its name and its property's are words of SQL.",
    (Property("order", "int", "a number"), Property("key", "int", "a key", True)),
    unique="key",
    parent="WITHIN",
    indexes=(Index("between", "order"),),
)
LEAF = Node("Leaf", "Another label with the same type of parent.", (Property("w", "float", "w"),), parent="WITHIN")
WITHIN = Relationship("WITHIN", "To a smaller group.", "Group", "Group")
BELOW = Relationship("WITHIN", "To a smaller leaf.", "Leaf", "Leaf", stored="within_leaf")
HAS = Relationship("HAS", "Without properties.", "Group", "Leaf")
LIKES = Relationship(
    "LIKES", "How much.", "Leaf", "Group", (Property("when", "float", "w"),), indexes=(Index("strongest", "when"),)
)
KIND = Kind(
    "toy", "A toy.", "a:b", "a:b", (Event("learn", "learned", sample=True),), (GROUP, LEAF), (WITHIN, BELOW, HAS, LIKES)
)  # fmt: skip
LATER = replace(
    KIND,
    nodes=(
        replace(
            GROUP,
            properties=(*GROUP.properties, Property("later", "int", "added later", True)),
            indexes=(*GROUP.indexes, Index("between", "later")),
        ),
        LEAF,
    ),
)


@pytest.fixture(params=["sqlite", "postgres", "neo4j"])
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connect]:
    """Opens a store on a graph that has never heard of the toy, and makes it forget the toy in the end."""
    opened: list[GraphStore] = []
    url = request.getfixturevalue("postgres_new") if request.param == "postgres" else str(tmp_path / "m.db")
    server = request.getfixturevalue("neo4j_server") if request.param == "neo4j" else None

    def one() -> GraphStore:
        if server is None:
            opened.append(SQLStore.connect(url))
        else:
            opened.append(Neo4jStore.connect(server.uri, server.username, server.password))
        return opened[-1]

    yield one
    for store in opened:
        store.close()
    if server is not None:
        with neo4j.GraphDatabase.driver(server.uri, auth=(server.username, server.password)) as driver:
            for name in ("group_id", "group_key", "leaf_id"):
                driver.execute_query(f"DROP CONSTRAINT {name} IF EXISTS", database_="neo4j")
            for name in ("group_order", "group_later"):
                driver.execute_query(f"DROP INDEX {name} IF EXISTS", database_="neo4j")
            gone = "MATCH (m:Migration) WHERE m.name STARTS WITH 'kind_toy_' DELETE m"
            driver.execute_query(gone, database_="neo4j")


def missing(store: GraphStore) -> list[str]:
    return [name for name, applied in store.migrations() if not applied]


def journal(store: GraphStore) -> str:
    """The journal that the graph is of: a server's is that of other tests."""
    if isinstance(store, Neo4jStore):
        return str(store.sessions.read("OPTIONAL MATCH (g:Graph) RETURN g.journal AS j", {})["j"] or "a" * 32)
    return "a" * 32


def test_what_a_kind_declares_is_made_once_and_what_it_adds_later(connect: Connect) -> None:
    store = connect()
    store.migrate()
    assert missing(store) == []
    with registered(KIND):
        assert missing(store) == [KIND.schema]
        if isinstance(store, SQLStore) and store.engine.dialect.name == "sqlite":
            store.check(journal(store))
        else:
            with pytest.raises(SchemaBehind, match="run `plasticdb migrate up`"):
                store.check(journal(store))
            assert store.migrate() == [KIND.schema]
        assert missing(store) == []
        assert store.migrate() == []
    with registered(LATER):
        assert missing(connect()) == [LATER.schema]
        assert store.migrate() == [LATER.schema]
        assert missing(store) == []
        assert list(store.between("nobody", LATER.nodes[0], "later", 0, 1, ["id", "later"])) == ["id", "later"]
    assert missing(store) == []


def changes(numbers: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Changes:
    """Two groups, one in the other, and two leaves likewise; both groups have the first leaf, which likes the first."""
    ids, leaves = numbers[:2], numbers[2:]
    of = {"order": np.array([3, 4]), "key": np.array([None, numbers[0]], object)}
    groups = NodeChanges(GROUP, {"id": ids} | of | {"parent": np.array([None, ids[0]], object)})
    under = NodeChanges(LEAF, {"id": leaves, "w": np.array([0.5, 0.6]), "parent": np.array([None, leaves[0]], object)})
    has = EdgeChanges(HAS, {"source": ids, "target": leaves[[0, 0]]})
    likes = EdgeChanges(LIKES, {"source": leaves[:1], "target": ids[:1], "when": np.array([2.5])})
    return Changes((groups, under), (has, likes), {"energy": 0.25, "leaves": 2})


def test_its_graph_is_kept_and_asked_in_cypher(connect: Connect) -> None:
    store, memory = connect(), f"toy-{uuid.uuid4()}"
    numbers = np.sort(np.array([uuid.uuid4().int >> 66 for _ in range(4)], np.int64))
    ids, leaves = numbers[:2], numbers[2:]
    with registered(KIND):
        store.migrate()
        store.create(memory, "toy")
        assert store.apply(memory, changes(numbers), 0, 1, "b")
        assert store.between(memory, GROUP, "order", 0, 3, ["id"])["id"].tolist() == ids[:1].tolist()
        assert store.strongest(memory, LIKES, leaves, "when", 1)["when"].tolist() == [2.5]
        assert store.subtree(memory, LEAF, leaves[:1], ["id"])["id"].tolist() == leaves[1:].tolist()
        assert [table["target"].tolist() for table in store.scan_edges(memory, HAS)] == [leaves[[0, 0]].tolist()]
        query = "MATCH (a {memory: $m})-[r]->(b) RETURN labels(a)[0] AS a, type(r) AS r, labels(b)[0] AS b"
        assert sorted(tuple(row.values()) for row in engine.rows(store, query, {"m": memory})) == [
            ("Group", "HAS", "Leaf"),
            ("Group", "HAS", "Leaf"),
            ("Group", "WITHIN", "Group"),
            ("Leaf", "LIKES", "Group"),
            ("Leaf", "WITHIN", "Leaf"),
        ]
        total = "MATCH (m:Memory {name: $m}) RETURN m.energy AS energy, m.leaves AS leaves"
        assert list(engine.rows(store, total, {"m": memory})) == [{"energy": 0.25, "leaves": 2}]
        store.clear(memory)
        counts = store.counts()
        assert [counts[name] for name in ("Group", "Leaf", "within", "within_leaf", "has", "likes")] == [0] * 6
        store.drop(memory)


def test_two_graphs_of_it_are_compared(tmp_path: Path) -> None:
    with registered(KIND):
        stores = [SQLStore.connect(str(tmp_path / name)) for name in ("one.db", "two.db")]
        for store in stores:
            store.check("a" * 32)
            store.create("m", "toy")
            store.apply("m", changes(np.arange(1, 5)), 0, 1, "b")
        assert differences(stores[0], stores[1], "m") == []
        nearly = Changes(totals={"energy": 0.25 + 1e-12, "leaves": 2})
        assert stores[1].apply("m", nearly, 1, 2, "c")
        assert differences(stores[0], stores[1], "m") == []
        gone = EdgeChanges(HAS, delete={"source": np.array([2]), "target": np.array([3])})
        assert stores[1].apply("m", Changes((), (gone,), {"energy": 0.5, "leaves": 2}), 2, 3, "d")
        assert differences(stores[0], stores[1], "m") == ["total energy: 0.25 here, 0.5 there", "HAS 2 3: only here"]
        for store in stores:
            store.close()


def test_a_copy_for_cypher_that_lacks_a_kind_is_not_used_for_it(tmp_path: Path) -> None:
    store = SQLStore.connect(str(tmp_path / "m.db"))
    store.check("a" * 32)
    assert list(engine.rows(store, "MATCH (n) RETURN count(n) AS n", {})) == [{"n": 0}]
    with registered(KIND):
        store.check("a" * 32)
        assert list(engine.rows(store, "MATCH (g:Group)-[:WITHIN]->() RETURN g.order AS o", {})) == []
    store.close()


def test_a_column_that_may_not_be_empty_is_not_added_later(tmp_path: Path) -> None:
    store = SQLStore.connect(str(tmp_path / "m.db"))
    with registered(KIND):
        store.check("a" * 32)
    later = replace(LEAF, properties=(*LEAF.properties, Property("more", "int", "always there")))
    with registered(replace(KIND, nodes=(GROUP, later))), pytest.raises(StoreError, match="has no column more"):
        store.check("a" * 32)
    store.close()


@pytest.mark.parametrize(
    ("nodes", "edges", "says"),
    [
        ((GROUP,), (), r"Group needs its parent relationship: declare Relationship\('WITHIN'"),
        ((GROUP, replace(LEAF, label="group")), (WITHIN,), "share the table 'group'"),
        ((GROUP, replace(GROUP, stored="other")), (WITHIN,), "share the label 'Group'"),
        ((GROUP, LEAF), (WITHIN, replace(BELOW, stored=None)), "share the table 'within'"),
        (
            (LEAF, GROUP),
            (WITHIN, BELOW, HAS, replace(HAS, target="Group", stored="x")),
            "share the type and the source",
        ),
        ((LEAF, GROUP), (WITHIN, BELOW, replace(HAS, type="WITHIN", source="Other", stored="x")), "take another type"),
        ((replace(GROUP, unique="nothing"),), (WITHIN,), "'key' by 'nothing', which is not a property of type int"),
        ((replace(GROUP, indexes=(Index("nearest", "order"),)),), (WITHIN,), "'nearest' by 'order'.* of type vector"),
        ((replace(GROUP, indexes=(Index("between", "order", "order"),)),), (WITHIN,), "unless 'order', which only"),
        ((Node("a b", "", ()),), (), "'a b' cannot be a name in the graph"),
        ((Node("Memory", "", ()),), (), "'Memory' cannot be a name in the graph"),
    ],
)
def test_declarations_that_contradict_each_other_are_refused(
    nodes: tuple[Node, ...], edges: tuple[Relationship, ...], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        check_schema(nodes, edges)
