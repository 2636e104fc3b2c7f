"""The rules, put together, are the reference without its quirks: on its own traces and on any other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from plasticdb.engram.rules import LONG, SHORT

from .clean import Memory
from .golden import Trace
from .oracle import CLEAN, Oracle, Parameters, rows

Array = NDArray[Any]

STATE = ("types", "lifespan", "counts", "ids", "age")


class AsDrawn:
    """Chooses as the reference does: the highest number drawn for a short-term place and a slot; draws [S, N]."""

    def __init__(self, memory: Memory, draws: Array | None) -> None:
        self.draws, self.long = draws, memory.at(LONG)
        self.slots = {number: i for i, number in enumerate(memory.engrams)}
        self.short = {number: i for i, number in enumerate(memory.at(SHORT).tolist())}

    def among(self, source: int, targets: Array) -> int:
        assert self.draws is not None
        return int(targets[np.argmax([self.draws[self.short[source], self.slots[t]] for t in targets.tolist()])])

    def place(self, source: int, places: int) -> int:
        assert places == len(self.long)
        return int(np.searchsorted(self.long, self.among(source, self.long)))


def check(memory: Memory, expected: dict[str, Any]) -> None:
    for name, found in memory.state().items():
        np.testing.assert_array_equal(found, expected[name], name)


def test_the_rules_match_the_golden_traces_in_which_no_quirk_showed(clean_trace: Trace) -> None:
    memories = [Memory(clean_trace.parameters, clean_trace.dimension) for _ in range(clean_trace.rows)]
    for step in clean_trace.steps:
        for row, memory in enumerate(memories):
            memory.remember(step["data"][row])
            numbers = np.array(list(memory.engrams))
            reminded, _ = memory.remind(AsDrawn(memory, step["rand"][row] if "rand" in step else None))
            slots = step["reminded"][row]
            assert sorted(reminded.tolist()) == sorted(numbers[slots[slots >= 0]].tolist())
            rewards = zip(numbers[slots].tolist(), step["delta"][row].tolist(), slots.tolist(), strict=True)
            memory.reward({number: delta for number, delta, slot in rewards if slot >= 0})
            memory.end_tick()
            check(memory, {name: step[name][row] for name in STATE})


# Small numbers: squared distances are exact, and many are equal.
vectors = st.lists(st.lists(st.integers(-3, 3), min_size=2, max_size=2), min_size=1, max_size=4)
parameters = st.builds(
    Parameters,
    num_reminded_stm=st.integers(0, 4),
    stm_capacity=st.integers(0, 6),
    ltm_search_depth=st.integers(0, 4),
    initial_lifespan=st.sampled_from([0.3, 1.0, 2.5, 4.0, 9.0]),
    num_final_ltms=st.integers(0, 4),
)
turns = st.tuples(vectors, st.integers(1, 2), st.integers(0, 2**32 - 1))


@settings(deadline=None, max_examples=400)
@given(parameters, st.lists(turns, min_size=1, max_size=20), st.sampled_from([0.0, 1.0, 3.0]))
def test_the_rules_equal_the_oracle_without_quirks(options: Parameters, steps: list[Any], scale: float) -> None:
    memory, oracle = Memory(options, 2), Oracle(1, 2, options, CLEAN)
    for data, reminds, seed in steps:
        rng = np.random.default_rng(seed)
        memory.remember(np.array(data, np.float32))
        oracle.add(np.array([data]))
        numbers = np.array(list(memory.engrams))
        for _ in range(reminds):
            draws = rng.uniform(0.01, 1, (1, len(numbers), len(numbers)))
            reminded, _ = memory.remind(AsDrawn(memory, draws[0]))
            slots = oracle.remind(draws).reminded[0]
            slots = slots[slots >= 0]
            assert sorted(reminded.tolist()) == numbers[slots].tolist()
        deltas = (scale * rng.normal(0.8, 1, len(slots))).astype(np.float32)
        memory.reward(dict(zip(numbers[slots].tolist(), deltas.tolist(), strict=True)))
        memory.end_tick()
        oracle.adjust(slots[None], deltas[None])
        check(memory, {name: getattr(oracle, name)[0] for name in STATE})


@pytest.mark.parametrize("seed", range(4))
def test_rows_of_a_batch_are_memories_of_their_own(seed: int) -> None:
    """Three rows without quirks and three memories, over 60 steps of vectors around zero."""
    rng = np.random.default_rng(seed)
    options = Parameters(4, 10, 3, 6, 4)
    memories, oracles, most = [Memory(options, 8) for _ in range(3)], rows(3, 8, options, CLEAN), 0
    for _ in range(60):
        data = rng.normal(size=(3, int(rng.integers(1, 6)), 8)).astype(np.float32)
        for memory, oracle, vectors in zip(memories, oracles, data, strict=True):
            memory.remember(vectors)
            oracle.add(vectors[None])
            draws = rng.uniform(0.01, 1, (len(memory.engrams), len(memory.engrams)))
            numbers = np.array(list(memory.engrams))
            reminded, way = memory.remind(AsDrawn(memory, draws))
            slots = oracle.remind(draws[None]).reminded
            assert sorted(reminded.tolist()) == numbers[slots[slots >= 0]].tolist()
            deltas = rng.uniform(0, 6, slots.shape).astype(np.float32)
            rewards = zip(slots[0].tolist(), deltas[0].tolist(), strict=True)
            memory.reward({int(numbers[slot]): delta for slot, delta in rewards if slot >= 0})
            memory.end_tick()
            oracle.adjust(slots, deltas)
            check(memory, {name: getattr(oracle, name)[0] for name in STATE})
            most = max(most, len(way.found))
    assert most > 8  # walks went far enough to show something
