"""The laws of plasticity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plasticdb.kit.plasticity import (
    Decay,
    Synapses,
    credited,
    depressed,
    faded,
    mattered,
    potentiated,
    protected,
    pruned,
    settled,
    told,
    weigh,
)

DAY = 86400.0
shares = st.floats(0, 1)
amounts = st.floats(0, 1e6)
half_lives = st.floats(1e-3, 1e9)


def test_what_a_synapse_told_grows_ever_slower() -> None:
    steps = np.diff(told(np.arange(0, 10, dtype=float)))
    assert steps[0] == 1
    assert (np.diff(steps) < 0).all()


def test_a_sample_halves_with_each_half_life() -> None:
    decays = [Decay(position=10 + i, first=1, last=9, time=i * DAY, half_life=DAY) for i in (1, 2, 3)]
    args = np.array([1.0, 4.0]), np.array([0.0, 2 * DAY]), np.array([1, 2])
    assert weigh(*args, decays, 11).tolist() == [1.0, 4.0]
    assert weigh(*args, decays, 100).tolist() == pytest.approx([1 / 8, 2.0])


def test_decaying_often_is_decaying_once() -> None:
    often = [Decay(position=10 + i, first=1, last=9, time=i * DAY / 7, half_life=DAY) for i in range(1, 15)]
    once = [Decay(position=10, first=1, last=9, time=2 * DAY, half_life=DAY)]
    args = np.array([3.0]), np.array([0.0]), np.array([1])
    assert weigh(*args, often, 100) == pytest.approx(weigh(*args, once, 100))


def test_a_decay_touches_only_its_span_and_what_is_before_it() -> None:
    decay = Decay(position=5, first=2, last=3, time=DAY, half_life=DAY)
    args = np.ones(4), np.zeros(4), np.array([1, 2, 3, 4])
    assert weigh(*args, [decay], 6).tolist() == [1, 0.5, 0.5, 1]
    assert weigh(*args, [decay], np.array([6, 5, 6, 6])).tolist() == [1, 1, 0.5, 1]


def test_a_clock_that_ran_backwards_counts_as_no_time() -> None:
    assert weigh(np.ones(1), np.array([DAY]), np.array([1]), [Decay(5, 1, 1, 0.0, DAY)], 6).tolist() == [1]


@given(weight=shares, rate=shares)
def test_a_synapse_that_is_right_gains_and_stays_at_most_1(weight: float, rate: float) -> None:
    assert weight <= potentiated(weight, rate) <= 1 + 1e-15
    assert potentiated(weight, 0.0) == weight
    assert potentiated(weight, 1.0) == pytest.approx(1)


@given(weight=shares, rate=shares, importance=amounts, more=amounts, kappa=amounts)
def test_a_synapse_that_is_wrong_loses_the_less_the_more_it_matters(
    weight: float, rate: float, importance: float, more: float, kappa: float
) -> None:
    left = depressed(weight, importance, rate, kappa)
    assert 0 <= weight * (1 - rate) <= left <= weight
    assert left <= depressed(weight, importance + more, rate, kappa)
    assert depressed(weight, importance, rate, 0.0) == weight * (1 - rate)


def test_synapses_that_are_wrong_again_and_again_come_near_0_and_never_below() -> None:
    weight = np.ones(3)
    for _ in range(1000):
        weight = np.asarray(depressed(weight, np.array([0.0, 10.0, 1e6]), 0.3, 1.0))
    assert (weight >= 0).all()
    assert weight[0] < 1e-100
    assert weight[1] < 1e-10
    assert weight[2] > 0.999


@given(rate=shares, importance=amounts, kappa=amounts)
def test_importance_protects_and_never_forbids(rate: float, importance: float, kappa: float) -> None:
    assert 0 <= protected(rate, importance, kappa) <= rate
    assert protected(1.0, importance, kappa) > 0


@given(importance=amounts, before=amounts, after=amounts)
def test_importance_grows_by_the_error_that_was_prevented(importance: float, before: float, after: float) -> None:
    found = credited(importance, before, after)
    assert found == importance + (before - after if after < before else 0)
    assert found >= importance


@given(weight=shares, times=st.lists(st.floats(0, 1e4), max_size=20), half_life=half_lives, importance=amounts)
def test_to_look_often_is_to_look_once(weight: float, times: list[float], half_life: float, importance: float) -> None:
    one = Synapses(np.array([weight]), np.array([importance]), np.zeros(1))
    often = one
    for time in [*times, 1e4]:  # in any order: a clock that ran backwards counts as no time
        often = settled(often, time, half_life, 0.5)
    assert often.weight == pytest.approx(settled(one, 1e4, half_life, 0.5).weight, rel=1e-9, abs=1e-300)
    assert (often.since == 1e4).all()


@given(weight=shares, elapsed=st.floats(-1e6, 1e6), half_life=half_lives, importance=amounts, more=amounts)
def test_what_matters_fades_later(
    weight: float, elapsed: float, half_life: float, importance: float, more: float
) -> None:
    left = faded(weight, elapsed, half_life, importance, 1.0)
    assert 0 <= left <= weight
    assert left <= faded(weight, elapsed, half_life, importance + more, 1.0)
    if elapsed <= 0:
        assert left == weight


def test_a_synapse_that_matters_has_a_longer_half_life() -> None:
    assert faded(1.0, 3 * DAY, DAY, importance=4.0, kappa=0.5) == pytest.approx(0.5)


def test_importance_counts_from_when_it_came() -> None:
    one = Synapses(np.array([0.8]), np.array([0.0]), np.array([0.0]))
    then = mattered(one, 3.0, 0.0, DAY, DAY, 1.0)
    assert (then.weight.tolist(), then.importance.tolist(), then.since.tolist()) == ([0.4], [3.0], [DAY])
    assert settled(then, 5 * DAY, DAY, 1.0).weight == pytest.approx(0.2)


@pytest.mark.parametrize("seed", range(5))
def test_settling_when_used_is_sweeping_over_all_at_every_tick(seed: int) -> None:
    """A day of 2,880 ticks: a sweep fades all 200 synapses at each; the lazy ones are looked at only when used."""
    rng = np.random.default_rng(seed)
    n, ticks, half_life, kappa, rate = 200, 2880, 5000.0, 0.7, 0.2
    lazy = Synapses(rng.random(n), 5 * rng.random(n) * (rng.random(n) < 0.5), np.zeros(n))
    weight, importance = lazy.weight.copy(), lazy.importance.copy()
    looked = 0
    for tick in range(1, ticks + 1):
        now = 30.0 * tick
        weight *= 0.5 ** (30.0 / (half_life * (1 + kappa * importance)))
        if rng.random() < 0.2:
            some = np.unique(rng.integers(0, n, 3))
            looked += len(some)
            part = Synapses(lazy.weight[some], lazy.importance[some], lazy.since[some])
            match rng.integers(3):
                case 0:
                    part = settled(part, now, half_life, kappa)
                    part = replace(part, weight=np.asarray(potentiated(part.weight, rate)))
                    weight[some] += rate * (1 - weight[some])
                case 1:
                    part = settled(part, now, half_life, kappa)
                    part = replace(part, weight=np.asarray(depressed(part.weight, part.importance, rate, kappa)))
                    weight[some] *= 1 - rate / (1 + kappa * importance[some])
                case _:
                    before, after = rng.random(len(some)), rng.random(len(some))
                    part = mattered(part, before, after, now, half_life, kappa)
                    importance[some] += np.maximum(before - after, 0)
            lazy.weight[some], lazy.importance[some], lazy.since[some] = part.weight, part.importance, part.since
    assert looked < 0.01 * n * ticks
    np.testing.assert_allclose(settled(lazy, 30.0 * ticks, half_life, kappa).weight, weight, rtol=1e-9, atol=0)
    np.testing.assert_allclose(lazy.importance, importance, rtol=1e-12)


def test_the_weakest_are_pruned_whatever_their_sign() -> None:
    assert pruned(np.array([0.0, -0.5, 0.05, 0.1]), 0.1).tolist() == [True, False, True, False]
