"""The oracle is the reference: it matches every golden trace to the last bit, and each quirk is one that shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from .golden import Step, Trace
from .oracle import CLEAN, NULL, REFERENCE, Oracle, Parameters, Quirks, Reminded, rows

EXACT = ("reminded_stm", "initial_raw")
AS_MULTISETS = ("found_local", "final_ltm", "reminded")
STATE = ("types", "lifespan", "counts", "ids", "age")
SMALL = Parameters(num_reminded_stm=1, stm_capacity=1, ltm_search_depth=0, initial_lifespan=3, num_final_ltms=1)


def replay(trace: Trace, quirks: Quirks = REFERENCE) -> Iterator[tuple[Oracle, Reminded, Step]]:
    """Every step of every memory of a trace; a step's arrays are cut to the memory's rows."""
    memories = rows(trace.rows, trace.dimension, trace.parameters, quirks)
    share = trace.rows // len(memories)
    for step in trace.steps:
        for i, memory in enumerate(memories):
            mine = {name: array[i * share : (i + 1) * share] for name, array in step.items()}
            memory.add(mine["data"])
            reminded = memory.remind(mine.get("rand"))
            memory.adjust(mine["reminded"], mine["delta"])
            yield memory, reminded, mine


def test_it_matches_every_golden_trace(trace: Trace) -> None:
    for memory, reminded, step in replay(trace):
        for name in EXACT:
            np.testing.assert_array_equal(getattr(reminded, name), step[name], name)
        for name in AS_MULTISETS:
            np.testing.assert_array_equal(np.sort(getattr(reminded, name)), np.sort(step[name]), name)
        for name in STATE:
            if name in step:  # the older release had no ids and no age
                np.testing.assert_array_equal(getattr(memory, name), step[name], name)


def test_without_quirks_it_still_matches_a_trace_in_which_none_showed(clean_trace: Trace) -> None:
    for memory, reminded, step in replay(clean_trace, CLEAN):
        assert chosen(reminded.reminded) == chosen(step["reminded"])
        for name in STATE:
            np.testing.assert_array_equal(getattr(memory, name), step[name], name)


def chosen(reminded: NDArray[Any]) -> list[set[int]]:
    return [set(row[row >= 0].tolist()) for row in reminded]


@pytest.mark.parametrize("quirk", ["unselected_seed", "first_slot", "padding_competes"])
def test_a_quirk_shows_in_a_golden_trace(traces: list[Trace], quirk: str) -> None:
    without = replace(REFERENCE, **{quirk: False})
    assert any(
        chosen(reminded.reminded) != chosen(step["reminded"])
        for trace in traces
        for _, reminded, step in replay(trace, without)
    )


def test_a_vector_near_zero_competes_with_padding() -> None:
    """Quirk C. Nothing is left to walk to, so -1 is found beside the one long-term engram, and is nearer."""
    for competes, expected in ((True, -1), (False, 0)):
        memory = Oracle(1, 1, replace(SMALL, ltm_search_depth=1), replace(REFERENCE, padding_competes=competes))
        for value in (5, 0, 0):
            memory.add(np.full((1, 1, 1), value))
            reminded = memory.remind(np.ones((1, 1, 3)))
            memory.adjust(np.array([[0]]), np.array([[1.0]]))
        assert reminded.final_ltm.tolist() == [[expected]]


def two_rows(quirks: Quirks) -> Oracle:
    """Row 0: one long-term, one short-term engram; row 1: padding, and one long-term engram."""
    memory = Oracle(2, 1, SMALL, quirks)
    memory.add(np.ones((2, 1, 1)))
    memory.adjust(np.array([[-1], [-1]]), np.zeros((2, 1)))
    memory.add(np.ones((2, 1, 1)))
    memory.adjust(np.array([[-1], [1]]), np.array([[0], [-9]]))
    return memory


def test_a_place_among_long_term_engrams_is_taken_for_a_slot() -> None:
    """Quirk D: row 1 is reminded of its padding, at slot 0, in place of the engram at slot 1."""
    for mistaken, expected in ((True, [[0], [0]]), (False, [[0], [1]])):
        memory = two_rows(replace(REFERENCE, local_as_slot=mistaken))
        memory.add(np.ones((2, 1, 1)))
        assert memory.remind(np.ones((2, 1, 3))).final_ltm.tolist() == expected


def test_padding_that_is_given_a_lifespan_lives() -> None:
    """Quirk E."""
    for revived, expected in ((True, 4), (False, -1)):
        memory = two_rows(replace(REFERENCE, padding_revived=revived))
        memory.adjust(np.array([[-1], [0]]), np.array([[0], [6]]))
        assert memory.types[1, 0] == NULL
        assert memory.lifespan[1, 0] == expected


def test_padding_that_lives_keeps_what_it_fired_with_until_it_is_buried() -> None:
    """Quirk E, step by step: row 1 is reminded of its padding (quirk D), which fires and is given a lifespan."""
    memory = two_rows(REFERENCE)
    steps = []
    for lifespans in ([9, 9], [0, 9], [-9, 9]):
        memory.add(np.ones((2, 1, 1)))
        added = memory.counts[1].tolist()
        memory.remind(np.ones((2, 2, 5)))
        memory.adjust(np.array([[-1, -1], [0, 1]]), np.array([[0, 0], lifespans]))
        steps.append((added, memory.types[1].tolist(), memory.counts[1].tolist()))
    kept = [[0, -1, 1], [-1, 0, 0], [1, 0, 1]]  # -1, and what firing added
    assert steps[0] == ([[-1, -1, 0], [-1, 0, 0], [0, 0, 0]], [NULL, 3, 2], kept)
    assert [row[:3] for row in steps[1][0][:3]] == kept
    assert steps[1][0][3] == [row[3] for row in steps[1][0]] == [0, 0, 0, 0]
    assert steps[1][1][0] == NULL
    assert steps[1][2][0][0] == 1  # it fired once more
    assert NULL not in steps[2][1]


def test_rows_that_share_a_length_are_padded() -> None:
    """Quirk F. Rows of their own have the same engrams and no padding."""
    apart = rows(2, 1, SMALL, CLEAN)
    assert [len(memory.types) for memory in apart] == [1, 1]
    together = two_rows(REFERENCE)
    assert together.types[1].tolist() == [NULL, 3]
