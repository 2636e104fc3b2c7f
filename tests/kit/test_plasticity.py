"""The laws of plasticity."""

from __future__ import annotations

import numpy as np
import pytest

from plasticdb.kit.plasticity import Decay, told, weigh

DAY = 86400.0


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
