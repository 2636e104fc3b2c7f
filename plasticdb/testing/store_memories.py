"""Laws of stores: the node of a memory, clearing and dropping it, migrations, and the journal of a graph."""

from __future__ import annotations

import uuid
from contextlib import closing

from ..errors import WrongJournal
from ..graph.store import CLEARING, Changes, GraphStore, NodeChanges
from .graphs import TOPIC, TREE, keys, learn, scanned, texts, topics
from .laws import equal, refused, run_at_once
from .store_laws import OpenStore, on_a_memory, on_a_store

__all__ = [
    "check_a_clear_that_was_killed_is_finished_by_the_next",
    "check_a_graph_has_one_journal",
    "check_a_memory_is_none_until_it_is_created",
    "check_any_text_is_a_name_and_a_value",
    "check_clear_leaves_the_memory_and_nothing_in_it",
    "check_create_makes_an_empty_memory_once",
    "check_drop_removes_the_memory",
    "check_migrations_are_applied_once",
    "check_totals_may_be_floats",
]

_NAMES = ["it's", 'a "quote"', "`back` ticks", "two\nlines", "語 🧠", "a:b/c\\d {$x}", " "]


@on_a_memory
def check_a_memory_is_none_until_it_is_created(store: GraphStore, memory: str) -> None:
    """A store has no node of a memory that nobody created."""
    equal(store.memory(f"never-{uuid.uuid4()}"), None, "a memory that was never created")


@on_a_memory
def check_create_makes_an_empty_memory_once(store: GraphStore, memory: str) -> None:
    """Creating a memory a second time changes nothing."""
    found = store.memory(memory)
    assert found is not None, "a memory that was created must be there"
    equal((found.name, found.kind, found.position, found.totals), (memory, "law", 0, {}), "a new memory")
    learn(store, memory)
    store.create(memory, "another kind")
    found = store.memory(memory)
    assert found is not None, "a memory must stay when it is created again"
    own = (found.name, found.kind, found.position, found.batch, found.totals)
    equal(own, (memory, "law", 3, "learned", {"samples": 3}), "a memory that is created twice")


@on_a_memory
def check_any_text_is_a_name_and_a_value(store: GraphStore, memory: str) -> None:
    """Names of memories and texts of nodes may have quotes, line ends and any character."""
    for text in _NAMES:
        name = f"{text}{uuid.uuid4()}"
        store.create(name, "law")
        try:
            changes = Changes((topics(name, {"": None, name: ""}),))
            assert store.apply(name, changes, 0, 1, name), f"a batch of the memory {name!r} must be applied"
            assert store.memory(name) is not None, f"the memory {name!r} must be there"
            (found,) = store.scan_nodes(name, TOPIC, ["id", "text"])
            equal(texts(found), {"", name}, "texts")
        finally:
            store.drop(name)
        equal(store.memory(name), None, "a memory that was dropped")


@on_a_memory
def check_totals_may_be_floats(store: GraphStore, memory: str) -> None:
    """A memory's totals come back as they were: whole numbers as these, floats as floats."""
    totals = {"samples": 2**53 + 1, "mass": 0.1, "whole": 2.0, "least": -1e300}
    assert store.apply(memory, Changes(totals=totals), 0, 1, "totals"), "a batch of totals must be applied"
    found = store.memory(memory)
    assert found is not None, "a memory must stay"
    equal(found.totals, totals, "totals")
    equal({name: type(n) for name, n in found.totals.items()}, {n: type(v) for n, v in totals.items()}, "their types")


@on_a_memory
def check_clear_leaves_the_memory_and_nothing_in_it(store: GraphStore, memory: str) -> None:
    """Clearing removes all nodes and relationships, sets the position to 0, and gives a new batch."""
    learn(store, memory)
    before = store.memory(memory)
    store.clear(memory)
    found = store.memory(memory)
    assert before is not None, "a memory must be there"
    assert found is not None, "a memory must stay when it is cleared"
    equal((found.kind, found.position, found.totals), ("law", 0, {}), "a memory that was cleared")
    assert found.batch not in ("", before.batch), "a writer that was about to apply must notice a clearing"
    assert not any(scanned(store, memory)), "clearing must remove all nodes and relationships"
    learn(store, memory)
    equal(len(scanned(store, memory)[0]), len(TREE), "topics that are learned after a clearing")


@on_a_memory
def check_a_clear_that_was_killed_is_finished_by_the_next(store: GraphStore, memory: str) -> None:
    """A memory at the position CLEARING takes no batch, and clearing it again finishes."""
    learn(store, memory)
    half = NodeChanges(TOPIC, delete=keys(memory, "emily"))  # this is how a killed clear leaves a memory
    assert store.apply(memory, Changes((half,)), 3, CLEARING, ""), "a batch to the position CLEARING must be applied"
    for expected in (0, 3):
        late = store.apply(memory, Changes((topics(memory, {"zoe": ""}),)), expected, expected + 1, "b")
        assert not late, "a memory that is being cleared must take no batch"
    store.clear(memory)
    found = store.memory(memory)
    assert found is not None, "a memory must stay when it is cleared"
    equal((found.position, found.totals), (0, {}), "a memory whose clearing was finished")
    assert not any(scanned(store, memory)), "clearing must remove all nodes and relationships"


@on_a_memory
def check_drop_removes_the_memory(store: GraphStore, memory: str) -> None:
    """Dropping removes the memory's node too, may be done twice, and a dropped memory can be cleared."""
    learn(store, memory)
    store.drop(memory)
    equal(store.memory(memory), None, "a memory that was dropped")
    assert not any(scanned(store, memory)), "dropping must remove all nodes and relationships"
    store.drop(memory)
    store.clear(memory)
    equal(store.memory(memory), None, "a memory that was dropped and cleared")


@on_a_store
def check_a_graph_has_one_journal(open_store: OpenStore) -> None:
    """Of several journals that claim a new graph one gets it; the graph refuses all others and says which is which."""
    won: list[str] = []
    lost: list[str] = []

    def claim(journal: str) -> None:
        with closing(open_store()) as store:
            try:
                store.check(journal)
                won.append(journal)
            except WrongJournal:
                lost.append(journal)

    run_at_once(*(lambda: claim(str(uuid.uuid4())) for _ in range(4)))
    equal((len(won), len(lost)), (1, 3), "journals that got a graph, and that did not (give a graph that had none)")
    with closing(open_store()) as store:
        store.check(won[0])
        store.check(won[0])
        other = str(uuid.uuid4())
        with refused(WrongJournal, won[0][:8], other[:8], "--journal"):
            store.check(other)


@on_a_store
def check_migrations_are_applied_once(open_store: OpenStore) -> None:
    """A store that was migrated has all migrations, and migrating it again does nothing."""
    with closing(open_store()) as store:
        equal(store.migrate(), [], "migrations that are applied again")
        assert store.migrations(), "a store must list its migrations"
        assert all(applied for _, applied in store.migrations()), "a store must say that they are applied"
