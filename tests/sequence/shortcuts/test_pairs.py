"""Pairs that are far apart in many samples: counted as a reader would, found where they are planted, and nowhere else."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plasticdb.kit.shortcuts import MOST
from plasticdb.sequence.shortcuts import pairs as module
from plasticdb.sequence.shortcuts.pairs import Read, Window, apart, far, pairs

SAMPLES = st.lists(st.lists(st.integers(-1, 4), max_size=9), min_size=1, max_size=5)


def read(samples: list[list[int]]) -> Read:
    flat = np.array([code for sample in samples for code in sample], np.int64)
    return Read(flat, np.cumsum([0, *map(len, samples)]), np.ones(len(samples)))


def plainly(sample: list[int], window: Window) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """The pairs of one sample that are near, and those that are apart and not near."""
    near, far = set(), set()
    for (i, a), (j, b) in combinations(enumerate(sample), 2):
        if -1 not in (a, b) and a != b and j - i <= window.reach:
            (near if j - i <= window.near else far).add((min(a, b), max(a, b)))
    return near, far - near


@given(SAMPLES, st.integers(1, 3), st.integers(1, 4), st.integers(1, 3))
def test_pairs_are_those_that_one_finds_by_looking_at_each_two_symbols(
    samples: list[list[int]], near: int, more: int, turns: int
) -> None:
    window = Window(near, near + more)
    found: list[list[int]] = [[], []]
    for turn in range(turns):
        for of, keys in zip(found, pairs(read(samples), window, 5, turn, turns), strict=True):
            of += keys.tolist()
    expected = [plainly(sample, window) for sample in samples]
    for which in (0, 1):
        keys = sorted((i * 5 + a) * 5 + b for i, both in enumerate(expected) for a, b in both[which])
        assert sorted(found[which]) == keys


@given(SAMPLES)
def test_samples_are_counted_and_not_how_often_two_are_apart_in_one(samples: list[list[int]]) -> None:
    window = Window(1, 4)
    counted = Counter(pair for sample in samples for pair in plainly(sample, window)[1])
    keys, weight = apart(read(samples), window, 5)
    assert dict(zip(map(tuple, np.stack(np.divmod(keys, 5)).T.tolist()), weight.tolist(), strict=True)) == counted


NOISE = 200


def planted(rng: np.random.Generator, some: list[tuple[int, int]], times: int, samples: int = 600) -> list[list[int]]:
    """Samples of noise, in which each of some pairs is so many times, 5 to 20 symbols apart."""
    made = [rng.integers(100, 100 + NOISE, rng.integers(25, 40)).tolist() for _ in range(samples)]
    for one, other in some:
        for i in rng.choice(samples, times, replace=False).tolist():
            at = int(rng.integers(0, 4))
            made[i][at], made[i][at + int(rng.integers(5, 20))] = one, other
    return made


def test_planted_pairs_are_found_and_next_to_nothing_else() -> None:
    some = [(2 * i, 2 * i + 1) for i in range(20)]
    found = far(read(planted(np.random.default_rng(0), some, 15)), Window(4, 24), 100 + NOISE)
    made = set(zip(found.one.tolist(), found.other.tolist(), strict=True))
    assert set(some) <= made
    assert len(made) <= len(some) / 0.95
    assert (found.occasions - found.expected >= 5).all()


def test_those_that_are_near_each_other_have_a_context_and_need_no_shortcut() -> None:
    samples = planted(np.random.default_rng(1), [(0, 1), (2, 3)], 30)
    for sample in samples[:20]:
        sample[-2:] = [2, 3]
    found = far(read(samples), Window(4, 24), 100 + NOISE)
    made = set(zip(found.one.tolist(), found.other.tolist(), strict=True))
    assert (0, 1) in made
    assert (2, 3) not in made


def test_none_becomes_a_hub() -> None:
    rng = np.random.default_rng(2)
    some = [(0, 1 + i) for i in range(24)]
    found = far(read(planted(rng, some, 25, 1_000)), Window(4, 24), 100 + NOISE)
    assert np.bincount(np.concatenate([found.one, found.other])).max() == MOST


def test_parts_and_turns_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = read(planted(np.random.default_rng(3), [(0, 1), (2, 3)], 15, 300))
    whole = far(samples, Window(4, 24), 100 + NOISE)
    monkeypatch.setattr(module, "PART", 100)
    monkeypatch.setattr(module, "MOST_PAIRS", 30_000)
    parts = far(samples, Window(4, 24), 100 + NOISE)
    for name in whole.__slots__:
        np.testing.assert_allclose(np.sort(getattr(parts, name)), np.sort(getattr(whole, name)), rtol=1e-12)


def test_nothing_comes_of_nothing() -> None:
    assert not len(far(read([[], [-1, -1]]), Window(1, 3), 4).one)
