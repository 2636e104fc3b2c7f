"""The rules of shortcuts: chance makes none, use keeps one, and one that is not used fades."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plasticdb.engram import apart
from plasticdb.kit.plasticity import Synapses


def traces(weight: float, importance: float = 0.0, since: float = 0.0) -> Synapses:
    return Synapses(np.array([weight]), np.array([importance]), np.array([since]))


def test_chance_is_what_independent_firings_make() -> None:
    rng = np.random.default_rng(0)
    firings, reach = 100_000, 8
    one, other = (np.sort(rng.choice(firings, 300, replace=False)) for _ in range(2))
    within = int((np.abs(one[:, None] - other) <= reach).sum())
    (expected,) = apart.by_chance(np.array([300]), np.array([300]), reach, np.array([float(firings)]))
    assert within == pytest.approx(expected, rel=0.3)


@given(st.floats(0, 1), st.floats(0, 50), st.integers(0, 10**6), st.booleans())
def test_an_occasion_makes_a_trace_stronger_than_it_had_faded_to_and_never_more_than_1(
    weight: float, importance: float, now: int, shortcut: bool
) -> None:
    met = apart.met(traces(weight, importance), np.array([shortcut]), now)
    assert 0 <= met.weight[0] <= 1
    assert met.weight[0] >= 0.2
    assert met.since[0] == now
    assert met.importance[0] >= importance
    assert shortcut or met.importance[0] == importance


def test_a_shortcut_that_foretold_much_lasts_longer() -> None:
    new = used = traces(0.8)
    for now in range(1_000, 20_000, 1_000):
        used = apart.met(used, np.array([True]), now)
    assert apart.faint(new, 41_000).tolist() == [True]
    assert apart.faint(used, 19_000 + 41_000).tolist() == [False]
    assert apart.faint(used, 10_000_000).tolist() == [True]
