"""The law of shortcuts: chance makes none, what belongs together gets one, and no node becomes a hub."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plasticdb.kit.shortcuts import MOST, best, by_shares, evident, surprise


def test_chance_makes_no_shortcut_among_a_million_pairs_and_those_that_belong_together_get_one() -> None:
    rng = np.random.default_rng(0)
    chance = rng.uniform(0.01, 30.0, 1_000_000)
    assert evident(rng.poisson(chance), chance, 1_500).sum() <= 1
    assert evident(rng.poisson(chance + 3 * np.sqrt(chance) + 40), chance, 1_500).mean() > 0.95


@given(st.integers(0, 1000), st.floats(1e-6, 1e3), st.integers(0, 10**6))
def test_five_above_chance_are_needed_at_least_and_more_is_never_less_evident(
    many: int, chance: float, nodes: int
) -> None:
    few, more = evident(np.array([many, many + 1]), np.array([chance, chance]), nodes).tolist()
    assert not few or many >= chance + 5
    assert more or not few


def test_a_surprise_bounds_how_likely_chance_makes_as_many() -> None:
    drawn = np.random.default_rng(0).poisson(4.0, 1_000_000)
    for many in (5, 8, 12):
        assert (drawn >= many).mean() <= np.exp(-surprise(np.array([many]), np.array([4.0]))[0])


def test_chance_by_shares_is_what_independent_members_make() -> None:
    rng = np.random.default_rng(0)
    often = rng.dirichlet(np.ones(30))
    met = np.zeros((30, 30))
    for _ in range(20_000):
        a, b = rng.choice(30, 2, p=often)
        met[min(a, b), max(a, b)] += a != b
    one, other = np.nonzero(np.triu(np.ones((30, 30)), 1))
    chance = by_shares(one, other, (met + met.T).sum(axis=0))
    assert np.isclose(chance.sum(), met.sum(), rtol=0.1)
    assert not evident(met[one, other], chance, 30).any()


PAIRS = st.lists(st.tuples(st.integers(0, 8), st.integers(9, 60), st.integers(1, 3)), unique_by=lambda p: p[:2])


@given(PAIRS, st.integers(1, 4))
def test_no_node_keeps_more_than_its_best(pairs: list[tuple[int, int, int]], most: int) -> None:
    one, other, worth = np.array(pairs, np.int64).reshape(-1, 3).T
    kept = best(one, other, worth.astype(float), most)
    for end in (one, other):
        assert np.bincount(end[kept], minlength=1).max(initial=0) <= most
    alone = np.bincount(np.concatenate([one, other]), minlength=61) <= most
    assert kept[alone[one] & alone[other]].all()


def test_a_pair_stays_only_if_it_is_among_the_best_of_both() -> None:
    hub, far = np.zeros(40, np.int64), np.arange(1, 41)
    kept = best(hub, far, np.arange(40.0))
    assert far[kept].tolist() == list(range(41 - MOST, 41))


@given(PAIRS, st.integers(0, 9))
def test_which_are_the_best_does_not_depend_on_their_order(pairs: list[tuple[int, int, int]], seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(pairs))
    one, other, worth = np.array(pairs, np.int64).reshape(-1, 3).T
    kept = best(one, other, worth.astype(float), 2)
    assert best(one[order], other[order], worth[order].astype(float), 2).tolist() == kept[order].tolist()
