"""Laws of stores: reading nodes by their keys, trees, relationships, and whole memories in order."""

from __future__ import annotations

import numpy as np

from ..graph.store import Changes, EdgeChanges, GraphStore, NodeChanges
from ..kit.tables import height
from .graphs import (
    ABOVE,
    INSIDE,
    LINK,
    NAMED,
    PLACE,
    TOPIC,
    TOPIC_COLUMNS,
    TREE,
    ids,
    key,
    keys,
    learn,
    links,
    live,
    rows,
    table,
    terms,
    texts,
    topic,
    topics,
)
from .laws import equal
from .store_laws import on_a_memory

__all__ = [
    "check_a_second_label_with_a_parent",
    "check_asking_for_no_keys",
    "check_columns_have_the_types_of_the_schema",
    "check_edges_out_of_sources",
    "check_edges_without_properties",
    "check_fetch_by_a_unique_key",
    "check_fetch_by_parent_gives_the_children",
    "check_fetch_gives_what_was_created",
    "check_ids_have_63_bits_and_a_unique_key_may_be_missing",
    "check_reading_an_empty_memory",
    "check_scans_are_in_order_and_in_parts",
    "check_subtree_is_everything_strictly_below",
]


@on_a_memory
def check_reading_an_empty_memory(store: GraphStore, memory: str) -> None:
    """Reading what is not there gives tables without rows, which have the columns that were asked for."""
    for by in ("id", "slot", "parent"):
        found = store.fetch(memory, TOPIC, by, keys(memory, "em"), TOPIC_COLUMNS)
        equal((list(found), height(found)), (TOPIC_COLUMNS, 0), f"an empty memory, by {by}")
    equal(height(store.edges(memory, LINK, keys(memory, "em"))), 0, "relationships of an empty memory")
    equal(height(store.subtree(memory, TOPIC, keys(memory, "em"), ["id"])), 0, "the tree of an empty memory")
    equal(list(store.scan_nodes(memory, TOPIC, ["id"])), [], "a scan of an empty memory's nodes")
    for edge in (LINK, NAMED, ABOVE):
        equal(list(store.scan_edges(memory, edge)), [], f"a scan of an empty memory's {edge.type}")


@on_a_memory
def check_asking_for_no_keys(store: GraphStore, memory: str) -> None:
    """Asking for no keys gives tables without rows, which have their columns."""
    learn(store, memory)
    nothing = np.empty(0, np.int64)
    equal(list(store.fetch(memory, TOPIC, "id", nothing, TOPIC_COLUMNS)), TOPIC_COLUMNS, "columns of no nodes")
    equal(set(store.edges(memory, LINK, nothing)), {"source", "target", "weight", "fired"}, "columns of no edges")
    equal(set(store.edges(memory, NAMED, nothing)), {"source", "target"}, "columns of no edges without properties")
    equal(height(store.subtree(memory, TOPIC, nothing, ["id"])), 0, "what is below nothing")


@on_a_memory
def check_columns_have_the_types_of_the_schema(store: GraphStore, memory: str) -> None:
    """Numbers come in int64 and float64 columns; texts, and numbers that may be missing, in columns of objects."""
    learn(store, memory)
    for found in (
        store.fetch(memory, TOPIC, "id", keys(memory, *TREE), TOPIC_COLUMNS),
        store.fetch(memory, TOPIC, "id", np.empty(0, np.int64), TOPIC_COLUMNS),
        next(iter(store.scan_nodes(memory, TOPIC, TOPIC_COLUMNS))),
    ):
        types = {kind: {name for name in found if found[name].dtype.kind == kind} for kind in "ifO"}
        expected = {
            "i": {"id", "length", "count"},
            "f": {"mass", "total"},
            "O": {"parent", "chain", "text", "slot"},
        }
        equal(types, expected, "the types of columns")
    edges = store.edges(memory, LINK, keys(memory, "em"))
    types_of_edges = [edges[name].dtype.kind for name in ("source", "target", "weight", "fired")]
    equal(types_of_edges, ["i", "i", "f", "i"], "the types of a relationship's columns")


@on_a_memory
def check_fetch_gives_what_was_created(store: GraphStore, memory: str) -> None:
    """Nodes come back as they were created, each once, also where a key is asked for twice or is not there."""
    learn(store, memory)
    found = store.fetch(memory, TOPIC, "id", keys(memory, *TREE, "unknown"), TOPIC_COLUMNS)
    equal(rows(found), rows({name: topics(memory, TREE).create[name] for name in TOPIC_COLUMNS}), "topics by id")
    equal(height(store.fetch(memory, TOPIC, "id", keys(memory, "em", "em"), ["id"])), 1, "a topic asked for twice")


@on_a_memory
def check_fetch_by_a_unique_key(store: GraphStore, memory: str) -> None:
    """Nodes are found by their label's unique key."""
    learn(store, memory)
    slot = topic(memory, "emma", "em")["slot"]
    found = store.fetch(memory, TOPIC, "slot", np.array([slot, 77]), ["text", "slot"])
    equal(rows(found), [("emma", slot)], "topics by slot")


@on_a_memory
def check_fetch_by_parent_gives_the_children(store: GraphStore, memory: str) -> None:
    """Nodes are found by their parents."""
    learn(store, memory)
    children = store.fetch(memory, TOPIC, "parent", keys(memory, "em"), ["text"])
    equal(texts(children), {"emma", "emily"}, "the children of `em`")
    children = store.fetch(memory, TOPIC, "parent", keys(memory, "", "em", "anna"), ["text"])
    equal(texts(children), set(TREE) - {""}, "the children of three topics")


@on_a_memory
def check_subtree_is_everything_strictly_below(store: GraphStore, memory: str) -> None:
    """A subtree has all nodes below its roots, each once, and a root only where it is below another one."""
    learn(store, memory)
    below = store.subtree(memory, TOPIC, keys(memory, ""), ["text"])
    equal(texts(below), set(TREE) - {""}, "what is below the root")
    below = store.subtree(memory, TOPIC, keys(memory, "em", "anna"), ["text"])
    equal(texts(below), {"emma", "emily"}, "what is below `em` and `anna`")
    below = store.subtree(memory, TOPIC, keys(memory, "", "em"), TOPIC_COLUMNS)
    equal(sorted(below["text"]), ["anna", "em", "emily", "emma"], "what is below the root and `em`")


@on_a_memory
def check_edges_out_of_sources(store: GraphStore, memory: str) -> None:
    """Relationships are found by their sources, with their properties."""
    learn(store, memory)
    expected = links(memory, {("em", "m"): 1.5, ("em", "i"): 0.5})
    found = store.edges(memory, LINK, keys(memory, "em", "emma", "unknown"))
    equal(rows({name: found[name] for name in expected}), rows(expected), "links from `em`")


@on_a_memory
def check_edges_without_properties(store: GraphStore, memory: str) -> None:
    """A relationship type without properties is stored, found, counted, deleted and cleared as any other is."""
    before = store.counts()["law_named"]
    live(store, memory)
    em, (first, second) = key(memory, "em"), ids(memory, [0, 1]).tolist()
    expected = [(first, em), (second, em)]
    equal(rows(store.edges(memory, NAMED, ids(memory, [0, 1, 2]))), expected, "edges by their sources")
    equal(
        rows(store.pairs(memory, NAMED, ids(memory, [1, 2]), keys(memory, "em", "em"))), expected[1:], "edges by pairs"
    )
    (found,) = store.scan_edges(memory, NAMED)
    equal((list(found), rows(found)), (["source", "target"], expected), "a scan of the edges")
    equal(store.counts()["law_named"] - before, 2, "the number of edges")
    gone = table([{"source": second, "target": em}], NAMED)
    assert store.apply(memory, Changes((), (EdgeChanges(NAMED, delete=gone),)), 1, 2, "b"), "a batch must be applied"
    equal(rows(store.edges(memory, NAMED, ids(memory, [0, 1]))), expected[:1], "what is left of the edges")
    store.clear(memory)
    equal(store.counts()["law_named"] - before, 0, "the number of edges after clearing")


@on_a_memory
def check_a_second_label_with_a_parent(store: GraphStore, memory: str) -> None:
    """Two labels may have a parent each: the trees are apart, and both are read, scanned, moved and cleared."""
    live(store, memory)
    root = ids(memory, [0])
    below = store.subtree(memory, PLACE, root, ["number"])
    equal(sorted(below["number"].tolist()), [*range(1, 9)], "what is below the first place")
    (edges,) = store.scan_edges(memory, INSIDE)
    equal(edges["target"].tolist(), ids(memory, range(1, 9)).tolist(), "a scan of the parent relationship")
    equal(list(store.scan_edges(memory, ABOVE)), [], "the other parent relationship, of which there is none")
    move = table([{"id": int(ids(memory, [2])[0]), "parent": int(ids(memory, [1])[0]), "spot": None}], PLACE)
    assert store.apply(memory, Changes((NodeChanges(PLACE, move=move),)), 1, 2, "moved"), "a move must be applied"
    children = store.fetch(memory, PLACE, "parent", ids(memory, [1]), ["number"])
    equal(children["number"].tolist(), [2], "the children of the second place")
    equal(height(store.subtree(memory, PLACE, root, ["number"])), 8, "what is below the first place after a move")
    before = store.counts()["law_inside"]
    store.clear(memory)
    equal(before - store.counts()["law_inside"], 8, "parent relationships that are cleared")


@on_a_memory
def check_scans_are_in_order_and_in_parts(store: GraphStore, memory: str) -> None:
    """Scans give all nodes by id and all relationships by source and target, in tables of the size asked for."""
    tree: dict[str, str | None] = {"": None} | {f"{i}": "" for i in range(10, 31)}
    weights = {(f"{i}", symbol): float(i) for i in range(10, 31) for symbol in "abc"[: i % 4]}
    edges = EdgeChanges(LINK, create=links(memory, weights))
    created = topics(memory, tree)
    created.create["slot"][:] = None
    changes = Changes((created, terms(memory, "abc")), (edges,))
    assert store.apply(memory, changes, 0, 1, "b"), "the first batch of a memory must be applied"

    parts = list(store.scan_nodes(memory, TOPIC, ["text", "id"], rows=5))
    scanned = [i for part in parts for i in part["id"].tolist()]
    equal(scanned, sorted(keys(memory, *tree).tolist()), "the ids of a scan")
    equal([t for part in parts for t in part["text"]], created.create["text"].tolist(), "the texts of a scan")
    equal([list(part) for part in parts], [["text", "id"]] * 5, "the columns of a scan")
    equal([height(part) for part in parts], [5, 5, 5, 5, 2], "the rows of its parts")
    whole = list(store.scan_nodes(memory, TOPIC, ["text", "parent"]))
    equal([list(part) for part in whole], [["text", "parent"]], "a scan without ids")
    equal(texts(whole[0]), set(tree), "the texts of a scan without ids")

    parts = list(store.scan_edges(memory, LINK, rows=4))
    found = [row for part in parts for row in zip(*(part[n].tolist() for n in edges.create), strict=True)]
    equal(found, list(zip(*(c.tolist() for c in edges.create.values()), strict=True)), "a scan of relationships")
    assert len(parts) > 4, "a scan of relationships must come in parts"


@on_a_memory
def check_ids_have_63_bits_and_a_unique_key_may_be_missing(store: GraphStore, memory: str) -> None:
    """Ids go up to 2^63 - 1; several nodes may have no unique key."""
    top = 2**63 - 1 - key(memory, "") % 1000
    first = topic(memory, "x", None, id=top, slot=None, chain="suffix")
    second = topic(memory, "y", None, id=top - 1, slot=top) | {"parent": top}
    third = topic(memory, "z", None, id=1 + key(memory, "") % 1000, slot=None)
    created = NodeChanges(TOPIC, create=table([first, second, third], TOPIC))
    assert store.apply(memory, Changes((created,)), 0, 1, "b"), "the first batch of a memory must be applied"
    found = store.fetch(memory, TOPIC, "id", np.array([top, top - 1, third["id"]]), ["id", "slot", "parent"])
    expected = [(row["id"], row["slot"], row["parent"]) for row in (first, second, third)]
    equal(rows(found), sorted(expected, key=repr), "nodes with the largest ids")
    equal(store.fetch(memory, TOPIC, "slot", np.array([top]), ["id"])["id"].tolist(), [top - 1], "a node by its slot")
