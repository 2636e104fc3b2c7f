"""Fitting against the plain rule: each sample is predicted by a memory that never learned it, and parameters go uphill."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import log, sqrt
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import PlasticDB
from plasticdb.sequence.asking.ask import trusted
from plasticdb.sequence.fit import fitting
from plasticdb.sequence.fit.fitting import windows
from plasticdb.sequence.memory import SequenceMemory
from plasticdb.sequence.prediction.parameters import Gates, Parameters

from ...effort import times
from ..plainly import Answer, answer

VIEWS = "suffix 2, position all"
words = st.text("abc", max_size=5)
SOME = ["ab", "abc", "abca", "ab", "cab", "bab", "", "abcab"]


def left_out(oracle: ModuleType, some: list[str], parameters: Parameters) -> Iterator[tuple[str, Answer]]:
    """Each symbol of each sample, and what a memory of the others says there."""
    vocabulary = sorted({symbol for sample in some for symbol in sample} | {oracle.STOP})
    for i, sample in enumerate(some):
        others = oracle.Memory(2)
        for other in some[:i] + some[i + 1 :]:
            others.learn(other)
        for k, symbol in enumerate((*sample, oracle.STOP), 1):
            chains = list(oracle.chains((oracle.START, *sample[: k - 1]), *others.depths))
            yield symbol, answer(others.contexts, chains, vocabulary, parameters, k)


def taught(db: PlasticDB, some: list[str]) -> tuple[SequenceMemory, Parameters]:
    """A memory, and its parameters before any fit."""
    memory = db.sequence("m", views=VIEWS)
    memory.learn_many(some)
    memory.predict("")
    first = trusted(memory._held, memory.options.view_set)
    return memory, replace(first, gates=replace(first.gates, place=np.zeros((20, 3))))


def parameters(memory: SequenceMemory) -> Parameters:
    memory.predict("")
    found = memory._held.parameters
    assert found is not None
    return found


@settings(deadline=None, max_examples=times(10))
@given(st.lists(words, min_size=2, max_size=8))
def test_each_sample_is_predicted_by_a_memory_without_it(oracle: ModuleType, some: list[str]) -> None:
    with PlasticDB.open(":memory:") as db:
        memory, first = taught(db, some)
        found = memory.consolidate()
        expected = [-log(said.p[symbol]) for symbol, said in left_out(oracle, some, first)]
        assert found.symbols == len(expected)
        assert found.nats == pytest.approx(sum(expected), abs=1e-9)


def slope(loss: Callable[[float], float]) -> float:
    return (loss(1e-5) - loss(-1e-5)) / 2e-5


def moved(array: Any, at: tuple[int, ...], by: float) -> Any:
    array = array.copy()
    array[at] += by
    return array


GATES = [(what, view) for what in ("present", "depth", "confidence", "place") for view in (0, 1)]


@pytest.mark.parametrize(
    ("what", "view", "far"), [*((*one, 0.02) for one in GATES), ("depth", 2, 0.1), ("place", 2, 0.1)]
)
def test_a_gate_goes_up_the_slope_of_what_was_said(oracle: ModuleType, what: str, view: int, far: float) -> None:
    """Behind the two views is what they say of the stop."""
    with PlasticDB.open(":memory:") as db:
        memory, first = taught(db, SOME)
        memory.consolidate()
        now = parameters(memory)
    gone = getattr(now.gates, what) - getattr(first.gates, what)
    mine = gone[view : view + 1] if what == "confidence" else gone[:, view : view + 1]
    row, column = np.unravel_index(np.abs(mine).argmax(), mine.shape)
    at = (view, int(column)) if what == "confidence" else (int(row), view)

    def said(by: float) -> float:
        gates: Gates = replace(first.gates, **{what: moved(getattr(first.gates, what), at, by)})
        return sum(log(one.p[symbol]) for symbol, one in left_out(oracle, SOME, replace(first, gates=gates)))

    g = slope(said)
    assert abs(g) > 1e-3
    assert gone[at] == pytest.approx(far * g / sqrt(g * g + 1.0), abs=1e-8)


@pytest.mark.parametrize(("view", "depth"), [(0, 0), (0, 1), (0, 2), (1, 1), (1, 3)])
def test_a_discount_goes_up_the_slope_of_its_own_view(oracle: ModuleType, view: int, depth: int) -> None:
    with PlasticDB.open(":memory:") as db:
        memory, first = taught(db, SOME)
        memory.consolidate()
        now = parameters(memory)

    def said(by: float) -> float:
        d = first.discount.copy()
        d[view, depth] = 1.0 / (1.0 + np.exp(-np.log(d[view, depth] / (1.0 - d[view, depth])) - by))
        every = left_out(oracle, SOME, replace(first, discount=d))
        return sum(log(one.base[symbol] * one.ratios[view][symbol]) for symbol, one in every)

    g = slope(said)
    assert abs(g) > 1e-3
    logits = [np.log(one.discount[view, depth] / (1.0 - one.discount[view, depth])) for one in (first, now)]
    assert logits[1] - logits[0] == pytest.approx(0.05 * g / sqrt(g * g + 1e-4), abs=1e-7)


@pytest.mark.parametrize(("view", "depth"), [(0, 1), (0, 2), (1, 2)])
def test_a_strength_goes_up_the_slope_of_its_own_view(oracle: ModuleType, view: int, depth: int) -> None:
    with PlasticDB.open(":memory:") as db:
        memory, first = taught(db, SOME)
        memory.consolidate()
        now = parameters(memory)

    def said(by: float) -> float:
        strength = first.strength.copy()
        strength[view, depth] *= np.exp(by)
        every = left_out(oracle, SOME, replace(first, strength=strength))
        return sum(log(one.base[symbol] * one.ratios[view][symbol]) for symbol, one in every)

    g = slope(said)
    went = np.log(now.strength[view, depth] / first.strength[view, depth])
    assert went == pytest.approx(0.05 * g / sqrt(g * g + 1e-4), abs=1e-7)


def test_how_much_is_looked_through_at_a_time_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for cells in (fitting.CELLS, 20):
        monkeypatch.setattr(fitting, "CELLS", cells)
        with PlasticDB.open(":memory:") as db:
            memory, _ = taught(db, SOME)
            nats = memory.consolidate().nats
            found.append((nats, parameters(memory)))
    (nats, one), (again, other) = found
    assert again == pytest.approx(nats, abs=1e-9)
    assert np.allclose(one.discount, other.discount, atol=1e-12)
    assert np.allclose(one.gates.confidence, other.gates.confidence, atol=1e-12)


def test_what_was_not_met_stays() -> None:
    with PlasticDB.open(":memory:") as db:
        memory, first = taught(db, SOME)
        memory.consolidate()
        now = parameters(memory)
    assert (now.gates.present[[0, 2]] == first.gates.present[[0, 2]]).all()  # the suffix speaks everywhere
    assert (now.gates.place[9:] == 0).all()
    assert (now.strength[0, 3:] == first.strength[0, 3:]).all()


def test_windows_end_where_they_are_full() -> None:
    assert windows(np.array([512, 511, 1, 600])).tolist() == [0, 1, 3, 4]
