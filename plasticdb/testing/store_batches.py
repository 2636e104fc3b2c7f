"""Laws of stores: a batch is applied as a whole or not at all, once, and by one writer at a time."""

from __future__ import annotations

import uuid
from contextlib import closing

import numpy as np

from ..errors import Collision
from ..graph.store import CLEARING, Changes, EdgeChanges, GraphStore, NodeChanges
from ..kit.tables import height
from .graphs import (
    LINK,
    TERM,
    TOPIC,
    TREE,
    keys,
    learn,
    links,
    rows,
    scanned,
    table,
    terms,
    texts,
    topic,
    topics,
)
from .laws import equal, refused, run_at_once
from .store_laws import OpenStore, fresh, on_a_memory, on_a_store

__all__ = [
    "check_a_batch_after_another_one_is_refused",
    "check_a_lost_compare_and_set_leaves_nothing",
    "check_a_memory_that_is_not_there_cannot_be_written",
    "check_a_split_moves_the_old_child_and_a_new_node_takes_its_slot",
    "check_an_empty_batch_moves_the_position",
    "check_delete_takes_the_relationships_along",
    "check_memories_do_not_see_each_other",
    "check_the_same_batch_twice_is_a_success_and_adds_nothing",
    "check_two_things_with_one_key_are_an_error_and_nothing_is_changed",
    "check_two_writers_lose_nothing",
    "check_update_changes_only_what_it_names",
]


@on_a_memory
def check_update_changes_only_what_it_names(store: GraphStore, memory: str) -> None:
    """An update leaves all other nodes, relationships and properties as they were."""
    learn(store, memory)
    nodes = NodeChanges(TOPIC, update={"id": keys(memory, "em"), "count": np.array([9]), "mass": np.array([2.5])})
    edges = EdgeChanges(LINK, update=links(memory, {("em", "m"): 7.0}))
    before = scanned(store, memory)
    assert store.apply(memory, Changes((nodes,), (edges,)), 3, 4, "b"), "an update must be applied"
    changed = [len(set(new) - set(old)) for old, new in zip(before, scanned(store, memory), strict=True)]
    equal(changed, [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0], "how many of each label and relationship changed")
    found = store.fetch(memory, TOPIC, "id", keys(memory, "em"), ["text", "count", "mass", "total"])
    equal(rows(found), [("em", 9, 2.5, 0.0)], "what was updated")


@on_a_memory
def check_a_split_moves_the_old_child_and_a_new_node_takes_its_slot(store: GraphStore, memory: str) -> None:
    """In one batch a node may leave its unique key, and a new one take it: what moves, moves first."""
    learn(store, memory)
    old = topic(memory, "anna", "")
    moved = topic(memory, "anna", "an")
    move = table([{name: moved[name] for name in ("id", "parent", "slot")}], TOPIC)
    create = table([topic(memory, "an", ""), topic(memory, "andy", "an")], TOPIC)
    changes = Changes((NodeChanges(TOPIC, create=create, move=move),))
    assert store.apply(memory, changes, 3, 4, "split"), "a split must be applied"
    found = store.fetch(memory, TOPIC, "slot", np.array([old["slot"], moved["slot"]]), ["text", "parent"])
    expected = rows({"text": np.array(["an", "anna"]), "parent": keys(memory, "", "an")})
    equal(rows(found), expected, "topics by their slots")
    children = store.fetch(memory, TOPIC, "parent", keys(memory, ""), ["text"])
    equal(texts(children), {"em", "an"}, "the children of the root")
    children = store.fetch(memory, TOPIC, "parent", keys(memory, "an"), ["text"])
    equal(texts(children), {"anna", "andy"}, "the children of `an`")


@on_a_memory
def check_delete_takes_the_relationships_along(store: GraphStore, memory: str) -> None:
    """A node that is deleted leaves no relationship, and what was below it may move up in the same batch."""
    learn(store, memory)
    gone = links(memory, {("em", "m"): 0, ("em", "i"): 0})
    stays = topic(memory, "emma", "", slot=topic(memory, "em", "")["slot"])
    move = table([{name: stays[name] for name in ("id", "parent", "slot")}], TOPIC)
    nodes = NodeChanges(TOPIC, delete=np.sort(keys(memory, "em", "emily")), move=move)
    edges = EdgeChanges(LINK, delete={name: gone[name] for name in ("source", "target")})
    assert store.apply(memory, Changes((nodes,), (edges,)), 3, 4, "unlearned"), "a deletion must be applied"
    below = store.subtree(memory, TOPIC, keys(memory, ""), ["text"])
    equal(texts(below), {"emma", "anna"}, "what is left below the root")
    (left,) = store.scan_edges(memory, LINK)
    equal(left["weight"].tolist(), [-2.0], "the weights of the links that are left")
    found = store.fetch(memory, TOPIC, "id", keys(memory, "em", "emily"), ["id"])
    equal(height(found), 0, "topics that were deleted")


@on_a_memory
def check_a_lost_compare_and_set_leaves_nothing(store: GraphStore, memory: str) -> None:
    """A batch for another position is refused as a whole."""
    learn(store, memory)
    before = scanned(store, memory), store.memory(memory)
    create = topics(memory, {"zoe": ""})
    update = NodeChanges(TOPIC, update={"id": keys(memory, "em"), "count": np.array([100])})
    delete = EdgeChanges(LINK, delete=links(memory, {("em", "m"): 0}))
    for expected in (2, 4, 0, CLEARING):
        late = store.apply(memory, Changes((create, update), (delete,), {"samples": 9}), expected, 5, "late")
        assert not late, f"a batch for position {expected} must be refused at position 3"
    equal((scanned(store, memory), store.memory(memory)), before, "a memory whose batches were refused")


@on_a_memory
def check_a_batch_after_another_one_is_refused(store: GraphStore, memory: str) -> None:
    """With `after` a batch is applied only behind that one: a graph that was made again has another at its position."""
    learn(store, memory)
    before = scanned(store, memory), store.memory(memory)
    changes = Changes((topics(memory, {"zoe": ""}),))
    assert not store.apply(memory, changes, 3, 4, "b", after="another"), "a batch after another one must be refused"
    equal((scanned(store, memory), store.memory(memory)), before, "a memory whose batch was refused")
    assert store.apply(memory, changes, 3, 4, "b", after="learned"), "a batch after the last one must be applied"
    assert store.apply(memory, changes, 3, 4, "b", after="learned"), "a batch that is applied already is a success"


@on_a_memory
def check_the_same_batch_twice_is_a_success_and_adds_nothing(store: GraphStore, memory: str) -> None:
    """A batch that is applied already, by its id, is a success and changes nothing."""
    learn(store, memory)
    before = scanned(store, memory), store.memory(memory)
    learn(store, memory)
    equal((scanned(store, memory), store.memory(memory)), before, "a memory whose batch came twice")


@on_a_memory
def check_an_empty_batch_moves_the_position(store: GraphStore, memory: str) -> None:
    """A batch without changes still moves the position and sets the totals."""
    learn(store, memory)
    before = scanned(store, memory)
    assert store.apply(memory, Changes(totals={"erased": 1}), 3, 8, "nothing"), "an empty batch must be applied"
    found = store.memory(memory)
    assert found is not None, "a memory must stay"
    equal((found.position, found.batch, found.totals), (8, "nothing", {"erased": 1}), "after an empty batch")
    equal(scanned(store, memory), before, "the graph after an empty batch")


@on_a_store
def check_a_memory_that_is_not_there_cannot_be_written(open_store: OpenStore) -> None:
    """A batch for a memory that nobody created is refused."""
    name = f"never-{uuid.uuid4()}"
    with closing(open_store()) as store:
        assert not store.apply(name, Changes((topics(name, TREE),)), 0, 1, "b"), "such a batch must be refused"
        equal(list(store.scan_nodes(name, TOPIC, ["id"])), [], "the nodes of a memory that is not there")


@on_a_memory
def check_two_things_with_one_key_are_an_error_and_nothing_is_changed(store: GraphStore, memory: str) -> None:
    """A second node with an id, or with a unique key, is a Collision, and the batch is refused as a whole."""
    learn(store, memory)
    before = scanned(store, memory), store.memory(memory)
    for same in ("id", "slot"):
        row = topic(memory, "zoe", "") | {same: topic(memory, "em", "")[same]}
        changes = Changes((terms(memory, "z"), NodeChanges(TOPIC, create=table([row], TOPIC))))
        with refused(Collision, "verify"):
            store.apply(memory, changes, 3, 4, "b")
        equal((scanned(store, memory), store.memory(memory)), before, f"a memory with a second node of one {same}")


@on_a_memory
def check_memories_do_not_see_each_other(store: GraphStore, memory: str) -> None:
    """What a memory reads is its own, and clearing or dropping another one leaves it."""
    with fresh(store) as other:
        learn(store, memory)
        learn(store, other)
        mine = keys(memory, *TREE)
        slots = np.array([topic(memory, t, p)["slot"] for t, p in TREE.items()])
        for by, wanted in (("id", mine), ("slot", slots), ("parent", mine)):
            assert height(store.fetch(memory, TOPIC, by, wanted, ["id"])), f"a memory must find its nodes by {by}"
            equal(height(store.fetch(other, TOPIC, by, wanted, ["id"])), 0, f"nodes of another memory by {by}")
        equal(height(store.subtree(other, TOPIC, mine, ["id"])), 0, "the tree of another memory")
        equal(sum(map(height, store.scan_nodes(memory, TOPIC, ["id"]))), len(TREE), "a memory's own topics")
        equal(sum(map(height, store.scan_edges(memory, LINK))), 3, "a memory's own links")
        before = scanned(store, memory), store.memory(memory)
        store.clear(other)
        store.drop(other)
        equal((scanned(store, memory), store.memory(memory)), before, "a memory beside one that was dropped")


@on_a_store
def check_two_writers_lose_nothing(open_store: OpenStore) -> None:
    """Of two writers at one position one wins, and whatever was acknowledged is there."""
    with closing(open_store()) as store, fresh(store) as memory:
        assert store.apply(memory, Changes((topics(memory, {"": None}),)), 0, 1, "root"), "the root must be applied"
        root, times = keys(memory, ""), 60

        def write(letter: str) -> None:
            with closing(open_store()) as mine:
                for i in range(times):
                    created = terms(memory, "x").create | {"id": keys(memory, f"{letter}{i}")}
                    while True:
                        seen = mine.memory(memory)
                        assert seen is not None, "a memory must stay"
                        count = mine.fetch(memory, TOPIC, "id", root, ["count"])["count"]
                        more = NodeChanges(TOPIC, update={"id": root, "count": count + 1})
                        changes = Changes((more, NodeChanges(TERM, created)))
                        if mine.apply(memory, changes, seen.position, seen.position + 1, f"{letter}{i}"):
                            break

        run_at_once(lambda: write("a"), lambda: write("b"))
        found = store.memory(memory)
        assert found is not None, "a memory must stay"
        equal(found.position, 1 + 2 * times, "the position after two writers")
        counts = store.fetch(memory, TOPIC, "id", root, ["count"])["count"].tolist()
        equal(counts, [1 + 2 * times], "what both counted")
        acknowledged = keys(memory, *(f"{letter}{i}" for letter in "ab" for i in range(times)))
        equal(height(store.fetch(memory, TERM, "id", acknowledged, ["id"])), 2 * times, "what both created")
