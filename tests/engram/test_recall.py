"""The nearest engrams, and what they bring along."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plasticdb import PlasticDB
from plasticdb.engram import ask
from plasticdb.engram.firings import Synapses
from plasticdb.engram.index import Index
from plasticdb.engram.recall import brought, nearest


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), max_size=12), st.integers(0, 15))
def test_the_nearest_are_the_first_of_all_sorted_by_distance(points: list[tuple[int, int]], k: int) -> None:
    vectors, cue = np.array(points, np.float32).reshape(-1, 2), np.array([1, 0], np.float32)
    expected = sorted(range(len(points)), key=lambda i: ((points[i][0] - 1) ** 2 + points[i][1] ** 2, i))[:k]
    found, squared = nearest(cue, vectors, k)
    assert found.tolist() == expected
    assert squared.tolist() == [(points[i][0] - 1) ** 2 + points[i][1] ** 2 for i in expected]


def test_many_vectors_are_looked_at_part_by_part() -> None:
    vectors = np.random.default_rng(0).normal(size=(5000, 4)).astype(np.float32)
    for wanted in (0, 1023, 1024, 4999):
        found, squared = nearest(vectors[wanted], vectors, 3)
        assert found[0] == wanted
        assert squared[0] == 0
        assert (np.diff(squared) > 0).all()


def test_what_is_nowhere_is_not_found() -> None:
    vectors = np.array([[0], [np.nan], [3e38], [-3e38]], np.float32)  # so far apart that a square is infinite
    for k, found in ((0, []), (1, [0]), (9, [0, 2, 3])):
        assert nearest(np.array([1], np.float32), vectors, k)[0].tolist() == found
    assert nearest(np.array([1], np.float32), vectors[1:2], 3)[0].tolist() == []


def floats(*numbers: float) -> Any:
    return np.array(numbers, np.float32)


def test_what_several_bring_comes_from_the_strongest() -> None:
    some = Synapses(np.array([1, 1, 2]), np.array([8, 9, 8]), np.array([1, 2, 4]))
    vectors = np.array([[0, 0], [0, 0], [0, 9], [9, 0]], np.float32)
    fires = np.array([4, 4, 4]), np.array([4, 4, 4])
    numbers, via, strength = brought(np.array([2, 1]), floats(0, 0), some, fires, vectors, k=9)
    assert (numbers.tolist(), via.tolist()) == ([8, 9], [2, 1])
    assert strength.tolist() == pytest.approx([0.625, 0.25], abs=1e-3)
    assert brought(np.array([2, 1]), floats(0, 0), some, fires, vectors, k=1)[0].tolist() == [8]


def test_what_fires_with_everything_is_brought_last() -> None:
    some = Synapses(np.array([1, 1]), np.array([8, 9]), np.array([4, 2]))
    vectors = np.array([[0, 0], [0, 9], [9, 0]], np.float32)
    assert brought(np.array([1]), floats(0), some, (np.array([4, 4]), np.array([1000, 2])), vectors, 2)[0].tolist() == [
        9,
        8,
    ]


def test_a_stranger_among_the_nearest_brings_hardly_anything() -> None:
    some = Synapses(np.array([1, 2]), np.array([8, 9]), np.array([1, 4]))
    vectors = np.array([[0, 0], [0, 9], [9, 0], [9, 9]], np.float32)
    fires = np.array([4, 4]), np.array([4, 4])
    assert brought(np.array([1, 2]), floats(0, 81), some, fires, vectors, 2)[0].tolist() == [8, 9]


def test_what_is_alike_counts_together() -> None:
    """One thing met twice, as 7 and 9, beside another, 8, that fired more often with the cue than either of these; and
    once 9 came, 7 has little to add."""
    some = Synapses(np.array([1, 1, 1]), np.array([7, 8, 9]), np.array([2, 3, 2]))
    vectors = np.array([[0, 0], [9, 0], [0, 9], [9, 0.1]], np.float32)
    fires = np.array([4, 4, 4]), np.array([4, 4, 4])
    assert brought(np.array([1]), floats(0), some, fires, vectors, 3)[0].tolist() == [9, 8, 7]


def test_nothing_is_brought_where_nothing_fired() -> None:
    nothing = np.empty(0, np.int64)
    found = brought(
        np.array([1]),
        floats(0),
        Synapses(nothing, nothing, nothing),
        (nothing, nothing),
        np.zeros((1, 2), np.float32),
        3,
    )
    assert [len(part) for part in found] == [0, 0, 0]


@pytest.mark.parametrize("options", [{}, {"near": 0, "far": 0}], ids=["with whatever else comes up", "alone"])
def test_what_was_seen_together_comes_back_together(options: dict[str, int]) -> None:
    """Pairs of unlike vectors, each seen together 5 times among others: cue one, and look for the other."""
    rng = np.random.default_rng(0)
    pairs, others = rng.normal(size=(20, 2, 64)), rng.normal(size=(200, 2, 64))
    order = rng.permutation(np.concatenate([np.repeat(np.arange(20), 5), -1 - np.arange(200)])).tolist()
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=64, lifespan=1e6, **options)
        for k in order:
            memory.step(pairs[k] if k >= 0 else others[-1 - k], None, [[k, 0], [k, 1]])
        hits = near = 0
        for k in range(20):
            found = memory.recall(pairs[k, 0] + rng.normal(scale=0.1, size=64), 10)
            hits += any(one.payload == [k, 1] for one in found)
            near += any(one.payload == [k, 1] for one in found if one.why == "near")
    assert hits >= 19
    assert near <= 1


def test_a_large_memory_is_searched_by_neo4j_s_own_index(neo4j_db: PlasticDB, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    vectors, cues = rng.normal(size=(3000, 16)), rng.normal(size=(20, 16))
    memory, other = neo4j_db.engrams("m", dimension=16), neo4j_db.engrams("other", dimension=16)
    other.remember(vectors + 1e-3)  # as near as those of the memory itself
    memory.remember(vectors)
    other.tick()
    memory.tick()
    exact = [[one.id for one in memory.recall(cue, 6)] for cue in cues]
    monkeypatch.setattr(ask, "_INDEXED", 100)
    monkeypatch.setattr(Index, "catch_up", None)  # nothing else is looked at
    found = [[one.id for one in memory.recall(cue, 6)] for cue in cues]
    assert sum(len({*a} & {*b}) for a, b in zip(exact, found, strict=True)) >= 0.95 * 6 * 20


def test_where_the_index_of_neo4j_finds_too_few_all_are_looked_at(
    neo4j_db: PlasticDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ask, "_INDEXED", 10)
    rng = np.random.default_rng(0)
    crowd, few = neo4j_db.engrams("crowd", dimension=2), neo4j_db.engrams("few", dimension=2, capacity=0)
    crowd.remember(rng.normal(size=(5000, 2)))
    ids = few.remember(100 + rng.normal(size=(20, 2))).ids
    few.tick()
    assert {one.id for one in few.recall([0.0, 0.0], 20)} == set(ids)
