"""What every graph store does, as examples; read it beside `plasticdb/stores/base.py`.

The memory of these tests knows the names emma, emily and anna: `em` is what the first two share.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

import numpy as np
import pytest

from plasticdb.errors import Collision, WrongJournal
from plasticdb.schema import ATOM, CONCEPT, SYNAPSE, Node, Relationship
from plasticdb.stores.base import CLEARING, Changes, EdgeChanges, GraphStore, NodeChanges, Table, height

Connect = Callable[[], GraphStore]
TREE = {"": None, "em": "", "emma": "em", "emily": "em", "anna": ""}
COLUMNS = ["id", "parent", "chain", "at", "text", "length", "r_level", "count", "mass", "total", "slot"]


def key(memory: str, name: str) -> int:
    return int.from_bytes(blake2b(f"{memory}\0{name}".encode(), digest_size=8).digest(), "big") >> 1


def table(rows: list[dict[str, Any]], node: Node | Relationship) -> Table:
    """Rows as sorted columns of the types in the schema."""
    dtypes = {"int": np.int64, "float": np.float64, "text": object}
    types: dict[str, Any] = {p.name: object if p.nullable else dtypes[p.type] for p in node.properties}
    rows = sorted(rows, key=lambda row: (row.get("id", 0), row.get("source", 0), row.get("target", 0)))
    columns: Table = {}
    for name in rows[0]:
        columns[name] = np.empty(len(rows), types.get(name, object if name == "parent" else np.int64))
        columns[name][:] = [row[name] for row in rows]
    return columns


def concept(memory: str, text: str, parent: str | None, **changed: Any) -> dict[str, Any]:
    above = None if parent is None else key(memory, parent)
    edge = text.removeprefix(parent or "")[:1]
    row: dict[str, Any] = {
        "id": key(memory, text),
        "parent": above,
        "chain": "prefix",
        "at": 0,
        "text": text,
        "length": len(text),
    }
    row |= {"r_level": 0, "count": 1, "mass": 1.0, "total": 0.0, "slot": key(memory, f"{above} {edge}")}
    return row | changed


def concepts(memory: str, tree: Mapping[str, str | None]) -> NodeChanges:
    return NodeChanges(CONCEPT, create=table([concept(memory, t, p) for t, p in tree.items()], CONCEPT))


def atoms(memory: str, symbols: str) -> NodeChanges:
    rows = [{"id": key(memory, f"atom {s}"), "symbol": s, "count": 1} for s in symbols]
    return NodeChanges(ATOM, create=table(rows, ATOM))


def synapses(memory: str, weights: Mapping[tuple[str, str], float]) -> Table:
    rows = [
        {"source": key(memory, text), "target": key(memory, f"atom {symbol}"), "weight": weight, "fired": 1}
        for (text, symbol), weight in weights.items()
    ]
    return table(rows, SYNAPSE)


def keys(memory: str, *texts: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array([key(memory, text) for text in texts], np.int64)


def learn(store: GraphStore, memory: str) -> None:
    """The names of the example, with three synapses, at position 3."""
    edges = synapses(memory, {("em", "m"): 1.5, ("em", "i"): 0.5, ("anna", "m"): -2.0})
    nodes = (concepts(memory, TREE), atoms(memory, "mi"))
    assert store.apply(memory, Changes(nodes, (EdgeChanges(SYNAPSE, create=edges),), {"samples": 3}), 0, 3, "learned")


def rows(table: Table) -> list[tuple[Any, ...]]:
    return sorted(zip(*(column.tolist() for column in table.values()), strict=True), key=repr)


def everything(store: GraphStore, memory: str) -> list[list[tuple[Any, ...]]]:
    """All that a memory has in the graph."""
    scans = (
        store.scan_nodes(memory, CONCEPT, COLUMNS),
        store.scan_nodes(memory, ATOM, ["id", "symbol", "count"]),
        store.scan_edges(memory, SYNAPSE),
    )
    return [[row for table in scan for row in rows(table)] for scan in scans]


def texts(table: Table) -> set[str]:
    return set(table["text"].tolist())


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


# Applying.


def test_update_changes_only_what_it_names(store: GraphStore, memory: str) -> None:
    learn(store, memory)
    nodes = NodeChanges(CONCEPT, update={"id": keys(memory, "em"), "count": np.array([9]), "mass": np.array([2.5])})
    edges = EdgeChanges(SYNAPSE, update=synapses(memory, {("em", "m"): 7.0}))
    before = everything(store, memory)
    assert store.apply(memory, Changes((nodes,), (edges,)), 3, 4, "b")
    after = everything(store, memory)
    assert [len(set(new) - set(old)) for old, new in zip(before, after, strict=True)] == [1, 0, 1]
    found = store.fetch(memory, CONCEPT, "id", keys(memory, "em"), ["text", "count", "mass", "total"])
    assert rows(found) == [("em", 9, 2.5, 0.0)]


def test_a_split_moves_the_old_child_and_a_new_concept_takes_its_slot(store: GraphStore, memory: str) -> None:
    learn(store, memory)
    old = concept(memory, "anna", "")
    moved = concept(memory, "anna", "an")
    move = table([{name: moved[name] for name in ("id", "parent", "slot")}], CONCEPT)
    create = table([concept(memory, "an", ""), concept(memory, "andy", "an")], CONCEPT)
    assert store.apply(memory, Changes((NodeChanges(CONCEPT, create=create, move=move),)), 3, 4, "split")
    found = store.fetch(memory, CONCEPT, "slot", np.array([old["slot"], moved["slot"]]), ["text", "parent"])
    assert rows(found) == rows({"text": np.array(["an", "anna"]), "parent": keys(memory, "", "an")})
    assert texts(store.fetch(memory, CONCEPT, "parent", keys(memory, ""), ["text"])) == {"em", "an"}
    assert texts(store.fetch(memory, CONCEPT, "parent", keys(memory, "an"), ["text"])) == {"anna", "andy"}


def test_delete_takes_the_relationships_along(store: GraphStore, memory: str) -> None:
    learn(store, memory)
    gone = synapses(memory, {("em", "m"): 0, ("em", "i"): 0})
    kept = concept(memory, "emma", "", slot=concept(memory, "em", "")["slot"])
    move = table([{name: kept[name] for name in ("id", "parent", "slot")}], CONCEPT)
    nodes = NodeChanges(CONCEPT, delete=np.sort(keys(memory, "em", "emily")), move=move)
    edges = EdgeChanges(SYNAPSE, delete={name: gone[name] for name in ("source", "target")})
    assert store.apply(memory, Changes((nodes,), (edges,)), 3, 4, "unlearned")
    assert texts(store.subtree(memory, CONCEPT, keys(memory, ""), ["text"])) == {"emma", "anna"}
    (left,) = store.scan_edges(memory, SYNAPSE)
    assert left["weight"].tolist() == [-2.0]
    assert height(store.fetch(memory, CONCEPT, "id", keys(memory, "em", "emily"), ["id"])) == 0


def test_a_lost_compare_and_set_leaves_nothing(store: GraphStore, memory: str) -> None:
    learn(store, memory)
    before = everything(store, memory), store.memory(memory)
    create = concepts(memory, {"zoe": ""})
    update = NodeChanges(CONCEPT, update={"id": keys(memory, "em"), "count": np.array([100])})
    delete = EdgeChanges(SYNAPSE, delete=synapses(memory, {("em", "m"): 0}))
    for expected in (2, 4, 0, CLEARING):
        assert not store.apply(memory, Changes((create, update), (delete,), {"samples": 9}), expected, 5, "late")
    assert (everything(store, memory), store.memory(memory)) == before


def test_the_same_batch_twice_is_a_success_and_adds_nothing(store: GraphStore, memory: str) -> None:
    learn(store, memory)
    before = everything(store, memory), store.memory(memory)
    learn(store, memory)
    assert (everything(store, memory), store.memory(memory)) == before


def test_an_empty_batch_moves_the_position(store: GraphStore, memory: str) -> None:
    learn(store, memory)
    before = everything(store, memory)
    assert store.apply(memory, Changes(totals={"erased": 1}), 3, 8, "nothing")
    found = store.memory(memory)
    assert found is not None
    assert (found.position, found.batch, found.totals) == (8, "nothing", {"erased": 1})
    assert everything(store, memory) == before


def test_a_memory_that_is_not_there_cannot_be_written(store: GraphStore) -> None:
    name = f"never-{uuid.uuid4()}"
    assert not store.apply(name, Changes((concepts(name, TREE),)), 0, 1, "b")
    assert list(store.scan_nodes(name, CONCEPT, ["id"])) == []


@pytest.mark.parametrize("same", ["id", "slot"])
def test_two_things_with_one_key_are_an_error_and_nothing_is_changed(store: GraphStore, memory: str, same: str) -> None:
    learn(store, memory)
    before = everything(store, memory), store.memory(memory)
    row = concept(memory, "zoe", "") | {same: concept(memory, "em", "")[same]}
    changes = Changes((atoms(memory, "z"), NodeChanges(CONCEPT, create=table([row], CONCEPT))))
    with pytest.raises(Collision, match="verify"):
        store.apply(memory, changes, 3, 4, "b")
    assert (everything(store, memory), store.memory(memory)) == before


# Two memories, two writers.


def test_memories_do_not_see_each_other(store: GraphStore, memory: str) -> None:
    other = f"{memory}-other"
    store.create(other, "sequence")
    try:
        learn(store, memory)
        learn(store, other)
        mine = keys(memory, *TREE)
        slots = np.array([concept(memory, t, p)["slot"] for t, p in TREE.items()])
        for by, wanted in (("id", mine), ("slot", slots), ("parent", mine)):
            assert height(store.fetch(memory, CONCEPT, by, wanted, ["id"])) > 0
            assert height(store.fetch(other, CONCEPT, by, wanted, ["id"])) == 0
        assert height(store.subtree(other, CONCEPT, mine, ["id"])) == 0
        assert sum(map(height, store.scan_nodes(memory, CONCEPT, ["id"]))) == len(TREE)
        assert sum(map(height, store.scan_edges(memory, SYNAPSE))) == 3
        before = everything(store, memory), store.memory(memory)
        store.clear(other)
        store.drop(other)
        assert (everything(store, memory), store.memory(memory)) == before
    finally:
        store.drop(other)


def test_two_writers_lose_nothing(store: GraphStore, connect: Connect, memory: str) -> None:
    assert store.apply(memory, Changes((concepts(memory, {"": None}),)), 0, 1, "root")
    root, times = keys(memory, ""), 60

    def write(letter: str) -> None:
        mine = connect()
        for i in range(times):
            created = atoms(memory, "x").create | {"id": keys(memory, f"{letter}{i}")}
            while True:
                seen = mine.memory(memory)
                assert seen is not None
                count = mine.fetch(memory, CONCEPT, "id", root, ["count"])["count"]
                changes = (NodeChanges(CONCEPT, update={"id": root, "count": count + 1}), NodeChanges(ATOM, created))
                if mine.apply(memory, Changes(changes), seen.position, seen.position + 1, f"{letter}{i}"):
                    break

    run_at_once(lambda: write("a"), lambda: write("b"))
    found = store.memory(memory)
    assert found is not None
    assert found.position == 1 + 2 * times
    assert store.fetch(memory, CONCEPT, "id", root, ["count"])["count"].tolist() == [1 + 2 * times]
    acknowledged = keys(memory, *(f"{letter}{i}" for letter in "ab" for i in range(times)))
    assert height(store.fetch(memory, ATOM, "id", acknowledged, ["id"])) == 2 * times


def run_at_once(*works: Callable[[], object]) -> None:
    """Run in threads and raise what one of them raised."""
    errors: list[BaseException] = []
    start = threading.Barrier(len(works))

    def guarded(work: Callable[[], object]) -> None:
        start.wait()
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


# Throwing away.


def test_clear_keeps_the_memory_and_nothing_in_it(store: GraphStore, memory: str) -> None:
    learn(store, memory)
    store.clear(memory)
    found = store.memory(memory)
    assert found is not None
    assert (found.kind, found.position, found.batch, found.totals) == ("sequence", 0, "", {})
    assert everything(store, memory) == [[], [], []]
    learn(store, memory)
    assert len(everything(store, memory)[0]) == len(TREE)


def test_a_clear_that_was_killed_is_finished_by_the_next(store: GraphStore, memory: str) -> None:
    learn(store, memory)
    half = NodeChanges(CONCEPT, delete=keys(memory, "emily"))  # this is how a killed clear leaves a memory
    assert store.apply(memory, Changes((half,)), 3, CLEARING, "")
    for expected in (0, 3):
        assert not store.apply(memory, Changes((concepts(memory, {"zoe": ""}),)), expected, expected + 1, "b")
    store.clear(memory)
    found = store.memory(memory)
    assert found is not None
    assert (found.position, found.batch, found.totals) == (0, "", {})
    assert everything(store, memory) == [[], [], []]


def test_drop_removes_the_memory(store: GraphStore, memory: str) -> None:
    learn(store, memory)
    store.drop(memory)
    assert store.memory(memory) is None
    assert everything(store, memory) == [[], [], []]
    store.drop(memory)
    store.clear(memory)
    assert store.memory(memory) is None


# The journal that a graph was made from.


@pytest.mark.usefixtures("no_journal")
def test_a_graph_remembers_its_journal(store: GraphStore) -> None:
    mine, other = str(uuid.uuid4()), str(uuid.uuid4())
    store.check(mine)
    store.check(mine)
    with pytest.raises(WrongJournal) as refused:
        store.check(other)
    for part in (mine[:8], other[:8], "--journal"):
        assert part in str(refused.value)


@pytest.mark.usefixtures("no_journal")
def test_of_two_journals_at_once_one_gets_the_graph(connect: Connect) -> None:
    won: list[str] = []
    lost: list[str] = []

    def check(journal: str) -> None:
        try:
            connect().check(journal)
            won.append(journal)
        except WrongJournal:
            lost.append(journal)

    run_at_once(*(lambda: check(str(uuid.uuid4())) for _ in range(4)))
    assert (len(won), len(lost)) == (1, 3)
    connect().check(won[0])


def test_migrations_are_applied_once(store: GraphStore) -> None:
    assert store.migrate() == []
    assert store.migrations()
    assert all(applied for _, applied in store.migrations())
