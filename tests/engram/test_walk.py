"""Firings become synapses, and walkers follow them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plasticdb.engram.firings import Synapses, add, count, probability
from plasticdb.engram.walk import NOWHERE, AtRandom, begin, lead, step, walk

firings = st.lists(st.sets(st.integers(0, 9), max_size=6), max_size=8)


def synapses(*edges: tuple[int, int, int]) -> Synapses:
    """From (source, target, count)."""
    source, target, counts = np.array(sorted(edges), np.int64).reshape(-1, 3).T
    return Synapses(source, target, counts)


def edges(some: Synapses) -> list[tuple[int, int, int]]:
    return list(zip(some.source.tolist(), some.target.tolist(), some.count.tolist(), strict=True))


def rows(sets: list[set[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Who fired in which firing, in no order."""
    pairs = np.array([(i, engram) for i, members in enumerate(sets) for engram in members], np.int64).reshape(-1, 2)
    pairs = np.random.default_rng(0).permutation(pairs)
    return pairs[:, 0], pairs[:, 1]


def test_a_count_is_the_number_of_shared_firings() -> None:
    some = count(np.array([1, 3]), *rows([{1, 2}, {1, 2, 3}, {2, 4}]))
    assert edges(some) == [(1, 2, 2), (1, 3, 1), (3, 1, 1), (3, 2, 1)]


@given(firings, st.sets(st.integers(0, 9)))
def test_counts_equal_a_matrix(sets: list[set[int]], sources: set[int]) -> None:
    matrix = np.zeros((10, 10), np.int64)
    for members in sets:
        matrix[np.ix_(sorted(members), sorted(members))] += 1
    np.fill_diagonal(matrix, 0)
    expected = [(i, int(j), int(matrix[i, j])) for i in sorted(sources) for j in np.flatnonzero(matrix[i])]
    assert edges(count(np.array(sorted(sources), np.int64), *rows(sets))) == expected


@given(firings, st.integers(0, 8))
def test_what_was_consolidated_and_what_fired_since_add_up(sets: list[set[int]], cut: int) -> None:
    everyone = np.arange(10)
    kept = count(everyone, *rows(sets[:cut]))
    assert edges(add(kept, count(everyone, *rows(sets[cut:])))) == edges(count(everyone, *rows(sets)))


def test_a_probability_is_the_share_of_the_source_s_firings() -> None:
    some = synapses((1, 2, 3), (2, 1, 3))
    assert probability(some, np.array([4, 3])).tolist() == [0.75, 1.0]


def test_an_engram_leads_to_the_one_it_fired_with_most() -> None:
    some = synapses((1, 10, 2), (1, 11, 5), (1, 12, 4), (2, 10, 1))
    assert lead(np.array([2, 1, 3]), some, AtRandom(np.random.default_rng(0))).tolist() == [10, 11, NOWHERE]


def test_equally_strong_synapses_are_chosen_from_at_random() -> None:
    some, rng = synapses((1, 10, 2), (1, 11, 2), (1, 12, 1), (1, 13, 2)), np.random.default_rng(1)
    chosen = [int(lead(np.array([1]), some, AtRandom(rng))[0]) for _ in range(600)]
    shares = {target: chosen.count(target) / 600 for target in sorted(set(chosen))}
    assert shares == pytest.approx({10: 1 / 3, 11: 1 / 3, 13: 1 / 3}, abs=0.08)


def test_a_walk_says_from_where_each_engram_was_reached() -> None:
    graph = synapses((10, 11, 3), (10, 12, 9), (12, 13, 1), (11, 10, 3), (12, 10, 9), (13, 12, 1))
    way = walk(np.array([7, 8, 9]), np.array([10, NOWHERE, 10]), 2, lambda at: graph.among(at), np.arange(10, 14))
    assert dict(zip(way.found.tolist(), way.via.tolist(), strict=True)) == {10: 7, 12: 10, 13: 12}


def test_of_equally_strong_synapses_a_walker_follows_that_to_the_older() -> None:
    graph = synapses((10, 12, 2), (10, 11, 2))
    assert step(begin(np.array([1]), np.array([10])), graph, np.arange(10, 13)).at.tolist() == [11]


def test_a_walker_without_a_synapse_goes_to_the_oldest_left() -> None:
    way = begin(np.array([1, 2]), np.array([3, 5]))
    assert step(way, synapses((3, 5, 9)), np.array([3, 4, 5, 6])).at.tolist() == [4]


def test_walkers_end_where_nothing_is_left() -> None:
    way = walk(np.array([1]), np.array([3]), 5, lambda at: synapses(), np.array([3, 4]))
    assert way.found.tolist() == [3, 4]
    assert way.at.tolist() == []


def test_walkers_go_their_own_ways() -> None:
    graph = synapses((3, 8, 2), (4, 7, 2))
    way = step(begin(np.array([1, 2]), np.array([3, 4])), graph, np.arange(3, 9))
    assert dict(zip(way.found.tolist(), way.via.tolist(), strict=True)) == {3: 1, 4: 2, 7: 4, 8: 3}


def test_walkers_decide_before_any_has_moved() -> None:
    """Both go to 6; had the first blocked it, the second would have gone to 7."""
    graph = synapses((3, 6, 2), (4, 6, 2), (4, 7, 1))
    way = step(begin(np.array([1, 2]), np.array([3, 4])), graph, np.arange(3, 8))
    assert (way.at.tolist(), way.found.tolist(), way.via.tolist()) == ([6], [3, 4, 6], [1, 2, 3])


def test_a_walk_looks_only_at_where_walkers_stand() -> None:
    """So what it costs depends on depth and walkers, and not on how much is stored."""
    asked: list[list[int]] = []
    ring = synapses(*((i, (i + 1) % 1000, 2) for i in range(1000)))

    def fetch(at: np.ndarray) -> Synapses:
        asked.append(at.tolist())
        return ring.among(at)

    walk(np.array([0, 0]), np.array([500, 900]), 3, fetch, np.arange(8))
    assert asked == [[500, 900], [501, 901], [502, 902]]


def test_no_start_is_no_walk() -> None:
    way = walk(np.array([1, 2]), np.full(2, NOWHERE), 5, lambda at: synapses(), np.array([], np.int64))
    assert way.found.tolist() == way.via.tolist() == []
