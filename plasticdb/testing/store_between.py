"""Laws of stores: vectors, reads that an index bounds, and relationships of one type between other labels."""

from __future__ import annotations

import numpy as np

from ..graph.store import Changes, GraphStore, NodeChanges
from ..kit.tables import height
from .graphs import (
    CLOSE,
    LINK,
    PLACE,
    PLACE_COLUMNS,
    TERM,
    ids,
    key,
    keys,
    learn,
    live,
    made_places,
    place,
    rows,
    table,
    terms,
)
from .laws import equal, refused
from .store_laws import fresh, on_a_memory

__all__ = [
    "check_a_verb_without_its_index_is_refused",
    "check_an_index_finds_what_is_near_in_one_memory_or_there_is_none",
    "check_between_is_in_order_and_bounded",
    "check_fetch_by_an_index_gives_all_that_have_the_key",
    "check_one_type_between_other_labels_is_another_relationship",
    "check_pairs_are_those_asked_for",
    "check_strongest_is_the_first_of_each_source",
    "check_vectors_come_back_as_they_were",
]


@on_a_memory
def check_vectors_come_back_as_they_were(store: GraphStore, memory: str) -> None:
    """A vector comes back as the same float32s, and floats as the same float64s."""
    live(store, memory)
    made = made_places(memory)
    found = store.fetch(memory, PLACE, "id", ids(memory, [1, 2, 3]), ["number", "vector", "numbers"])
    for name in ("vector", "numbers"):
        there = dict(zip(found["number"].tolist(), found[name].tolist(), strict=True))
        equal(there, {i: made[name][i] for i in (1, 2, 3)}, f"the property {name}")
    (scanned,) = store.scan_nodes(memory, PLACE, PLACE_COLUMNS)
    equal(rows(scanned), rows({name: made[name] for name in PLACE_COLUMNS}), "a scan of places")
    spots = keys(memory, "spot 4", "spot 7")
    equal(store.fetch(memory, PLACE, "spot", spots, ["number"])["number"].tolist(), [4], "places by their spot")


@on_a_memory
def check_between_is_in_order_and_bounded(store: GraphStore, memory: str) -> None:
    """`between` gives the nodes in a range of an indexed number, in the order of that number and their ids."""
    live(store, memory)

    def numbers(by: str, low: float, high: float, most: int | None = None) -> list[int]:
        found: list[int] = store.between(memory, PLACE, by, low, high, ["number"], most)["number"].tolist()
        return found

    equal(numbers("level", 1, 2), [6, 7, 8], "levels 1 to 2")
    equal(numbers("level", 2, 3), [6, 7, 8, 0, 1, 2, 3, 4, 5], "levels 2 to 3")
    equal(numbers("level", 3, 3, 2), [0, 1], "the first two of level 3")
    equal(numbers("expires_at", -np.inf, 11.0), [0, 1, 2], "all up to 11")
    equal(numbers("expires_at", 11.1, 11.4), [], "none between 11.1 and 11.4")
    seventh = int(ids(memory, [7])[0])
    equal(numbers("id", seventh, seventh + 93), [7, 8], "a range of ids")
    equal(store.between("another", PLACE, "level", 1, 3, PLACE_COLUMNS)["id"].tolist(), [], "places of another memory")
    assert store.apply(memory, Changes((terms(memory, "x"),)), 1, 2, "b"), "a batch must be applied"
    found = store.between(memory, TERM, "id", 0, 2**63 - 1, ["symbol", "count"])
    equal(rows(found), [("x", 1)], "a range of ids of a label without an index")


@on_a_memory
def check_fetch_by_an_index_gives_all_that_have_the_key(store: GraphStore, memory: str) -> None:
    """Nodes are found by a number with an index for `key`, which several may have."""
    changes = Changes((terms(memory, "xyz"),))
    changes.nodes[0].create["count"][:] = [7, 7, 8]
    assert store.apply(memory, changes, 0, 1, "made"), "the first batch of a memory must be applied"
    found = store.fetch(memory, TERM, "count", np.array([7, 9]), ["id", "count"])
    wanted = [(i, 7) for i in sorted(changes.nodes[0].create["id"][:2].tolist())]
    equal(sorted(rows(found)), wanted, "terms by their count")


@on_a_memory
def check_a_verb_without_its_index_is_refused(store: GraphStore, memory: str) -> None:
    """A store refuses to look through a whole label where a kind declares no index."""
    live(store, memory)
    one = ids(memory, [0])
    for asked in (
        lambda: store.fetch(memory, PLACE, "level", one, ["id"]),
        lambda: store.between(memory, PLACE, "number", 0, 1, ["id"]),
        lambda: store.strongest(memory, LINK, one, "fired", 1),
        lambda: store.nearest(memory, TERM, np.zeros(2, np.float32), 1),
    ):
        with refused(ValueError, "no index"):
            asked()


@on_a_memory
def check_strongest_is_the_first_of_each_source(store: GraphStore, memory: str) -> None:
    """`strongest` gives the relationships of each source with the highest number, and of equals the first targets."""
    live(store, memory)
    found = store.strongest(memory, CLOSE, ids(memory, [0, 2, 100]), "fired", 3)
    first = int(ids(memory, [0])[0])
    relative = sorted(
        zip(
            (found["source"] - first).tolist(), (found["target"] - first).tolist(), found["fired"].tolist(), strict=True
        )
    )
    equal(relative, [(0, 1, 2), (0, 3, 7), (0, 5, 7), (2, 0, 2), (2, 1, 4)], "the strongest three of each source")
    equal(height(store.strongest(memory, CLOSE, np.empty(0, np.int64), "fired", 3)), 0, "the strongest of no source")


@on_a_memory
def check_pairs_are_those_asked_for(store: GraphStore, memory: str) -> None:
    """`pairs` gives the relationships that there are between pairs of nodes."""
    live(store, memory)
    found = store.pairs(memory, CLOSE, ids(memory, [0, 3, 2, 4]), ids(memory, [3, 0, 4, 100]))
    first, third = ids(memory, [0, 3]).tolist()
    expected = [(first, third, 7), (third, first, 7)]
    equal(rows({name: found[name] for name in ("source", "target", "fired")}), expected, "relationships of pairs")
    nothing = np.empty(0, np.int64)
    equal(height(store.pairs(memory, CLOSE, nothing, nothing)), 0, "relationships of no pair")


@on_a_memory
def check_an_index_finds_what_is_near_in_one_memory_or_there_is_none(store: GraphStore, memory: str) -> None:
    """`nearest` gives nodes of its memory alone, or none where the store has no such index."""
    vectors = np.random.default_rng(1).normal(scale=10, size=(20, 7)).astype("<f4")
    near = [4, 9, 15]  # much nearer than all others: an index may round what it compares
    vectors[near] = vectors[4] + np.array([[0], [0.1], [0.2]], np.float32)
    with fresh(store) as other:
        for name in (memory, other):
            made = [place(name, i, vector=vector.tobytes()) for i, vector in enumerate(vectors)]
            changes = Changes((NodeChanges(PLACE, table(made, PLACE)),))
            assert store.apply(name, changes, 0, 1, "made"), "the first batch of a memory must be applied"
        found = sorted(store.nearest(memory, PLACE, vectors[4], 3).tolist())
        assert found in ([], ids(memory, near).tolist()), f"the nearest three must be {near}, or none: {found}"
        equal(len(store.nearest(memory, PLACE, np.zeros(9, np.float32), 3)), 0, "places near a vector of other size")


@on_a_memory
def check_one_type_between_other_labels_is_another_relationship(store: GraphStore, memory: str) -> None:
    """Two relationships may have one type, between other labels: each is stored, counted and cleared by itself."""
    before = store.counts()

    def more() -> dict[str, int]:
        return {name: n - before[name] for name, n in store.counts().items() if n != before[name]}

    with fresh(store) as other:
        learn(store, memory)
        live(store, other)
        equal(height(store.edges(memory, CLOSE, keys(memory, "em"))), 0, "places close to a topic")
        equal(height(store.edges(other, LINK, ids(other, [1]))), 0, "links of a place")
        found = store.edges(other, CLOSE, ids(other, [1]))
        expected = [(int(ids(other, [0])[0]), 2), (int(ids(other, [2])[0]), 4)]
        equal(rows({name: found[name] for name in ("target", "fired")}), expected, "places close to the second")
        expected_counts = {
            "Memory": 1, "LawTopic": 6, "LawTerm": 2, "law_above": 4, "law_link": 3,
            "LawPlace": 9, "law_inside": 8, "law_named": 2, "law_place_link": 18,
        }  # fmt: skip
        equal(more(), expected_counts, "what there is more of each")
        store.clear(other)
        equal(list(store.scan_edges(other, CLOSE)), [], "places that are close, after clearing")
        equal(more()["law_link"], 3, "the links of the memory that was not cleared")
        equal(key(memory, "em") in store.edges(memory, LINK, keys(memory, "em"))["source"], True, "the link's source")
