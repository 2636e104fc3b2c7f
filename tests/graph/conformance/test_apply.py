"""How every graph store writes: all of a batch or nothing, once, by one writer at a time."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

import numpy as np
import pytest

from plasticdb.errors import Collision, WrongJournal
from plasticdb.graph.store import CLEARING, Changes, EdgeChanges, GraphStore, NodeChanges
from plasticdb.kit.tables import height
from plasticdb.sequence.schema import ATOM, CONCEPT, SYNAPSE

from .parts import (
    TREE,
    Connect,
    atoms,
    concept,
    concepts,
    everything,
    keys,
    learn,
    rows,
    synapses,
    table,
    texts,
)

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
    before = store.memory(memory)
    store.clear(memory)
    found = store.memory(memory)
    assert before is not None
    assert found is not None
    assert (found.kind, found.position, found.totals) == ("sequence", 0, {})
    assert found.batch not in ("", before.batch), "a writer that was about to apply must notice"
    assert not any(everything(store, memory))
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
    assert (found.position, found.totals) == (0, {})
    assert not any(everything(store, memory))


def test_drop_removes_the_memory(store: GraphStore, memory: str) -> None:
    learn(store, memory)
    store.drop(memory)
    assert store.memory(memory) is None
    assert not any(everything(store, memory))
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
