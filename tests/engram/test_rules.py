"""Nearness, lifespans, and the turn of a tick, one at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plasticdb.engram.rules import expiry, lifespan, near, nearness, turn

float32 = st.floats(width=32, allow_nan=False, min_value=-8, max_value=8)


def test_nearness_is_the_distance_to_the_centre_of_working_memory() -> None:
    """As far as ranking goes: the difference of two nearnesses is that of the squared distances to the centre."""
    rng = np.random.default_rng(0)
    working, vectors = rng.normal(size=(5, 8)).astype(np.float32), rng.normal(size=(30, 8)).astype(np.float32)
    to_centre = -np.sum((vectors - working.mean(axis=0)) ** 2, axis=1)
    difference = nearness(vectors, working) - to_centre
    np.testing.assert_allclose(difference, difference[0], atol=1e-5)


def test_nearness_keeps_its_digits_far_from_the_origin() -> None:
    vectors = np.array([[100_000, 0], [100_001, 0], [100_002, 0]], np.float32)
    assert nearness(vectors, vectors[:1]).tolist() == [0, -1, -4]


def test_of_equally_near_engrams_the_older_is_reminded() -> None:
    numbers, vectors = np.array([3, 5, 8, 9]), np.array([[1], [-1], [0], [1]], np.float32)
    assert near(numbers, vectors, np.zeros((1, 1), np.float32), 3).tolist() == [8, 3, 5]
    assert near(numbers, vectors, np.zeros((1, 1), np.float32), 9).tolist() == [8, 3, 5, 9]


def test_nothing_is_near_to_nothing() -> None:
    assert near(np.array([3]), np.zeros((1, 2), np.float32), np.zeros((0, 2), np.float32), 4).tolist() == []
    assert near(np.array([], np.int64), np.zeros((0, 2), np.float32), np.zeros((1, 2), np.float32), 4).tolist() == []


@given(
    st.floats(width=32, min_value=0.125, max_value=500),
    st.lists(st.lists(float32, max_size=2), max_size=12),
    st.integers(0, 2**28),
)
def test_an_expiry_is_a_float32_lifespan_that_is_one_less_each_tick(
    initial: float, rewards: list[list[float]], tick: int
) -> None:
    """Exactly, wherever the clock stands, as long as the engram lives."""
    expected, expires_at = np.float32(initial), expiry(tick, initial)
    for deltas in rewards:
        for delta in deltas:
            expires_at = expiry(tick, lifespan(expires_at, tick, delta))
            expected += np.float32(delta)
        expected -= np.float32(1)
        tick += 1
        assert (expected > 0) == (expires_at > tick)
        if expected <= 0:
            break
        assert lifespan(expires_at, tick) == expected


def test_working_memory_becomes_short_term_and_the_oldest_overflow() -> None:
    ended = turn(working=np.array([7, 8]), short=np.array([2, 4, 5]), expired=np.array([], np.int64), capacity=3)
    assert (ended.short.tolist(), ended.long.tolist(), ended.died.tolist()) == ([7, 8], [2, 4], [])


def test_what_dies_still_took_a_place() -> None:
    """5 and 7 die, so there would have been room for 2; it was counted before."""
    ended = turn(working=np.array([7]), short=np.array([2, 5]), expired=np.array([0, 5, 7]), capacity=2)
    assert (ended.short.tolist(), ended.long.tolist(), ended.died.tolist()) == ([], [2], [0, 5, 7])


@pytest.mark.parametrize(("capacity", "short", "long"), [(0, [], [1, 2, 3]), (1, [3], [1, 2]), (9, [2, 3], [])])
def test_a_small_capacity_lets_working_memory_pass_at_once(capacity: int, short: list[int], long: list[int]) -> None:
    ended = turn(np.array([2, 3]), np.array([1]), np.array([], np.int64), capacity)
    assert (ended.short.tolist(), ended.long.tolist()) == (short, long)


@given(st.integers(0, 6), st.integers(0, 6), st.sets(st.integers(0, 20)), st.integers(0, 8))
def test_a_turn_puts_each_engram_in_one_place(working: int, short: int, expired: set[int], capacity: int) -> None:
    before, fresh = np.arange(5, 5 + short), np.arange(5 + short, 5 + short + working)
    ended = turn(fresh, before, np.array(sorted(expired), np.int64), capacity)
    changed = [*ended.short.tolist(), *ended.long.tolist(), *ended.died.tolist()]
    assert len(changed) == len(set(changed))
    assert set(ended.died.tolist()) == expired
    stayed = set(before.tolist()) - set(changed)
    assert len(stayed | set(ended.short.tolist())) <= capacity
    assert max(ended.long, default=0) <= min([*stayed, *ended.short.tolist()], default=99)
