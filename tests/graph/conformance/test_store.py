"""What every graph store does, as examples; read it beside `plasticdb/graph/store.py`.

The memory of these tests knows the names emma, emily and anna: `em` is what the first two share.
"""

from __future__ import annotations

import uuid

import numpy as np
import pytest

from plasticdb.graph.store import Changes, EdgeChanges, GraphStore, NodeChanges
from plasticdb.kit.tables import height
from plasticdb.sequence.schema import CONCEPT, SYNAPSE

from .parts import (
    COLUMNS,
    TREE,
    atoms,
    concept,
    concepts,
    key,
    keys,
    learn,
    rows,
    synapses,
    table,
    texts,
)

# A memory's node.


def test_memory_is_none_until_it_is_created(store: GraphStore) -> None:
    assert store.memory(f"never-{uuid.uuid4()}") is None


def test_create_makes_an_empty_memory_once(store: GraphStore, memory: str) -> None:
    learn(store, memory)
    store.create(memory, "another kind")
    found = store.memory(memory)
    assert found is not None
    assert (found.name, found.kind, found.position, found.batch, found.totals) == (
        memory, "sequence", 3, "learned", {"samples": 3}
    )  # fmt: skip


@pytest.mark.parametrize("name", ["it's", 'a "quote"', "`back` ticks", "two\nlines", "語 🧠", "a:b/c\\d {$x}", " "])
def test_any_text_is_a_name_and_a_concept(store: GraphStore, name: str) -> None:
    name = f"{name}{uuid.uuid4()}"
    store.create(name, "sequence")
    try:
        assert store.apply(name, Changes((concepts(name, {"": None, name: ""}),)), 0, 1, name)
        assert store.memory(name) is not None
        (found,) = store.scan_nodes(name, CONCEPT, ["id", "text"])
        assert texts(found) == {"", name}
    finally:
        store.drop(name)
    assert store.memory(name) is None


# Reading.


def test_reading_an_empty_memory(store: GraphStore, memory: str) -> None:
    for by in ("id", "slot", "parent"):
        found = store.fetch(memory, CONCEPT, by, keys(memory, "em"), COLUMNS)
        assert list(found) == COLUMNS
        assert height(found) == 0
    assert height(store.edges(memory, SYNAPSE, keys(memory, "em"))) == 0
    assert height(store.subtree(memory, CONCEPT, keys(memory, "em"), ["id"])) == 0
    assert list(store.scan_nodes(memory, CONCEPT, ["id"])) == []
    assert list(store.scan_edges(memory, SYNAPSE)) == []


def test_asking_for_no_keys(store: GraphStore, memory: str) -> None:
    learn(store, memory)
    nothing = np.empty(0, np.int64)
    assert list(store.fetch(memory, CONCEPT, "id", nothing, COLUMNS)) == COLUMNS
    assert set(store.edges(memory, SYNAPSE, nothing)) == {"source", "target", "weight", "fired"}
    assert height(store.subtree(memory, CONCEPT, nothing, ["id"])) == 0


def test_columns_have_the_types_of_the_schema(store: GraphStore, memory: str) -> None:
    learn(store, memory)
    for found in (
        store.fetch(memory, CONCEPT, "id", keys(memory, *TREE), COLUMNS),
        store.fetch(memory, CONCEPT, "id", np.empty(0, np.int64), COLUMNS),
        next(store.scan_nodes(memory, CONCEPT, COLUMNS)),
    ):
        kinds = {kind: {name for name in found if found[name].dtype.kind == kind} for kind in "ifO"}
        assert kinds == {
            "i": {"id", "at", "length", "r_level", "count"},
            "f": {"mass", "total"},
            "O": {"parent", "chain", "text", "slot"},
        }
    edges = store.edges(memory, SYNAPSE, keys(memory, "em"))
    assert [edges[name].dtype.kind for name in ("source", "target", "weight", "fired")] == ["i", "i", "f", "i"]


def test_fetch_gives_what_was_created(store: GraphStore, memory: str) -> None:
    learn(store, memory)
    found = store.fetch(memory, CONCEPT, "id", keys(memory, *TREE, "unknown"), COLUMNS)
    assert rows(found) == rows({name: concepts(memory, TREE).create[name] for name in COLUMNS})


def test_fetch_of_the_same_key_twice_gives_one_row(store: GraphStore, memory: str) -> None:
    learn(store, memory)
    assert height(store.fetch(memory, CONCEPT, "id", keys(memory, "em", "em"), ["id"])) == 1


def test_fetch_by_slot(store: GraphStore, memory: str) -> None:
    learn(store, memory)
    slot = concept(memory, "emma", "em")["slot"]
    found = store.fetch(memory, CONCEPT, "slot", np.array([slot, 77]), ["text", "slot"])
    assert rows(found) == [("emma", slot)]


def test_fetch_by_parent_gives_the_children(store: GraphStore, memory: str) -> None:
    learn(store, memory)
    assert texts(store.fetch(memory, CONCEPT, "parent", keys(memory, "em"), ["text"])) == {"emma", "emily"}
    assert texts(store.fetch(memory, CONCEPT, "parent", keys(memory, "", "em", "anna"), ["text"])) == set(TREE) - {""}


def test_subtree_is_everything_strictly_below(store: GraphStore, memory: str) -> None:
    learn(store, memory)
    assert texts(store.subtree(memory, CONCEPT, keys(memory, ""), ["text"])) == set(TREE) - {""}
    assert texts(store.subtree(memory, CONCEPT, keys(memory, "em", "anna"), ["text"])) == {"emma", "emily"}
    below = store.subtree(memory, CONCEPT, keys(memory, "", "em"), COLUMNS)  # a root below another one
    assert sorted(below["text"]) == ["anna", "em", "emily", "emma"]


def test_edges_out_of_sources(store: GraphStore, memory: str) -> None:
    learn(store, memory)
    expected = synapses(memory, {("em", "m"): 1.5, ("em", "i"): 0.5})
    found = store.edges(memory, SYNAPSE, keys(memory, "em", "emma", "unknown"))
    assert rows({name: found[name] for name in expected}) == rows(expected)


def test_scans_are_in_order_and_in_parts(store: GraphStore, memory: str) -> None:
    tree: dict[str, str | None] = {"": None} | {f"{i}": "" for i in range(10, 31)}
    weights = {(f"{i}", symbol): float(i) for i in range(10, 31) for symbol in "abc"[: i % 4]}
    edges = EdgeChanges(SYNAPSE, create=synapses(memory, weights))
    created = concepts(memory, tree)
    created.create["slot"][:] = None
    assert store.apply(memory, Changes((created, atoms(memory, "abc")), (edges,)), 0, 1, "b")

    parts = list(store.scan_nodes(memory, CONCEPT, ["text", "id"], rows=5))
    ids = np.concatenate([part["id"] for part in parts])
    assert ids.tolist() == sorted(keys(memory, *tree).tolist())
    assert [text for part in parts for text in part["text"]] == created.create["text"].tolist()
    assert [list(part) for part in parts] == [["text", "id"]] * 5
    assert [height(part) for part in parts] == [5, 5, 5, 5, 2]

    parts = list(store.scan_edges(memory, SYNAPSE, rows=4))
    found = [row for part in parts for row in zip(*(part[n].tolist() for n in edges.create), strict=True)]
    assert found == list(zip(*(column.tolist() for column in edges.create.values()), strict=True))
    assert len(parts) > 4


def test_a_scan_gives_just_the_columns_asked_for(store: GraphStore, memory: str) -> None:
    learn(store, memory)
    (found,) = store.scan_nodes(memory, CONCEPT, ["text", "parent"])
    assert list(found) == ["text", "parent"]
    assert texts(found) == set(TREE)


def test_ids_have_63_bits_and_a_slot_may_be_none(store: GraphStore, memory: str) -> None:
    top = 2**63 - 1 - key(memory, "") % 1000
    context = concept(memory, "x", None, id=top, slot=None, chain="suffix")
    other = concept(memory, "y", None, id=top - 1, slot=top) | {"parent": top}
    third = concept(memory, "z", None, id=1 + key(memory, "") % 1000, slot=None)
    created = NodeChanges(CONCEPT, create=table([context, other, third], CONCEPT))
    assert store.apply(memory, Changes((created,)), 0, 1, "b")
    found = store.fetch(memory, CONCEPT, "id", np.array([top, top - 1, third["id"]]), ["id", "slot", "parent"])
    assert rows(found) == rows(
        {n: np.array([r[n] for r in (context, other, third)], object) for n in ("id", "slot", "parent")}
    )
    assert store.fetch(memory, CONCEPT, "slot", np.array([top]), ["id"])["id"].tolist() == [top - 1]
