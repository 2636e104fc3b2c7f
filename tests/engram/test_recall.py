"""The nearest engrams, and what they bring along."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plasticdb.engram.firings import Synapses, count
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


def test_what_several_bring_comes_from_the_strongest() -> None:
    some = Synapses(np.array([1, 1, 2, 2]), np.array([8, 9, 1, 8]), np.array([1, 2, 3, 4]))
    numbers, via, strength = brought(np.array([2, 1]), some, np.array([4, 4, 4, 4]), k=9)
    assert (numbers.tolist(), via.tolist(), strength.tolist()) == ([8, 9], [2, 1], [1.0, 0.25])
    assert 1 not in numbers  # it was near itself
    assert brought(np.array([2, 1]), some, np.array([4, 4, 4, 4]), k=1)[0].tolist() == [8]


def test_what_was_seen_together_comes_back_together() -> None:
    """500 pairs of unlike vectors, each seen together 5 times among 5,000 others: cue one, and look for the other."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(6000, 32)).astype(np.float32)
    pairs = rng.permutation(6000)[:1000].reshape(500, 2)
    others = np.setdiff1d(np.arange(6000), pairs)
    together = [*np.array_split(others, 625), *np.repeat(pairs, 5, axis=0)]
    fired = [np.unique(np.concatenate([some, rng.choice(6000, 6)])) for some in together]  # with whatever else
    firing, engram = np.repeat(np.arange(len(fired)), [len(some) for some in fired]), np.concatenate(fired)
    fires = np.bincount(engram, minlength=6000)
    near_alone = with_synapses = 0
    for cue, partner in pairs[:100]:
        near, _ = nearest(vectors[cue] + rng.normal(scale=0.1, size=32).astype(np.float32), vectors, 10)
        near_alone += partner in near
        synapses = count(near[:5], firing, engram)
        with_synapses += partner in brought(near[:5], synapses, fires[synapses.source], 5)[0]
    assert near_alone <= 5
    assert with_synapses >= 95
