"""What speaks for a note, each way by numbers that a person can check."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plasticdb.engram.evidence import Neighbours, cofirings, cosines, likeness, mentions, rarity

ALONE = np.array([-1, -1, -1, -1])


def alone(rows: int) -> Neighbours:
    return Neighbours.of(ALONE[:rows], ALONE[:rows])


def row(*rows: int) -> np.ndarray:
    return np.array(rows, np.int64)


def some(*numbers: float) -> np.ndarray:
    return np.array(numbers, float)


def test_bm25_by_hand() -> None:
    """Three notes of 2, 4 and 6 terms; `a` is in the first once and in the second twice, `b` in the third."""
    found = mentions([(row(0, 1), some(1, 2)), (row(2), some(1))], row(2, 4, 6), 3, alone(3))
    a, b = math.log(1 + 1.5 / 2.5), math.log(1 + 2.5 / 1.5)
    held_back = [0.6 * (1 - 0.4 + 0.4 * length / 4) for length in (2, 4, 6)]
    expected = [a * 1 / (1 + held_back[0]), a * 2 / (2 + held_back[1]), b * 1 / (1 + held_back[2])]
    assert found.whole.tolist() == pytest.approx([score / (a + b) for score in expected])
    assert found.own.tolist() == found.whole.tolist()


def test_a_term_that_nobody_mentions_lowers_what_the_others_say() -> None:
    known, unknown = (row(0), some(1)), (row(), some())
    alone_, beside = (mentions(terms, row(2, 2), 2, alone(2)).whole[0] for terms in ([known], [known, unknown]))
    assert beside == pytest.approx(alone_ * rarity(2, 1) / (rarity(2, 1) + rarity(2, 0)))


def test_without_any_term_nothing_is_mentioned() -> None:
    for terms, lengths in (([], row(3, 3)), ([(row(), some())], row(0, 0))):
        assert mentions(terms, lengths, 2, alone(2)).whole.tolist() == [0, 0]


CHAIN = Neighbours.of(np.array([-1, 0, 1, 2]), np.array([1, 2, 3, -1]))


def test_evidence_halves_with_each_step_along_a_stream() -> None:
    assert CHAIN.spread(some(8, 0, 0, 0)).tolist() == [8, 4, 2, 0]
    assert CHAIN.spread(some(0, 8, 0, 0)).tolist() == [4, 8, 4, 2]
    assert CHAIN.spread(some(0, 8, 0, 0), time=0).tolist() == [0, 8, 0, 0]


@given(st.lists(st.integers(0, 5), min_size=4, max_size=4), st.sampled_from([0.0, 0.5, 1.0]))
def test_a_few_counts_spread_as_all_would(counts: list[int], time: float) -> None:
    rows = np.flatnonzero(counts)
    spread = CHAIN.spread_some(rows, some(*counts)[rows], time)
    assert spread.tolist() == CHAIN.spread(some(*counts), time).tolist()


def test_two_terms_in_neighbouring_notes_count_together() -> None:
    """The question's terms are in the first and the second note, and each in one of the two last, which are far apart."""
    near = Neighbours.of(np.array([-1, 0, -1, -1]), np.array([1, -1, -1, -1]))
    found = mentions([(row(0, 2), some(1, 1)), (row(1, 3), some(1, 1))], row(3, 3, 3, 3), 4, near)
    assert found.whole[0] == found.whole[1] > found.whole[2] == found.whole[3]
    assert found.own.tolist()[0] < found.whole[0]
    assert found.own.tolist()[2:] == found.whole.tolist()[2:]


def test_a_note_says_most_of_what_is_its_own() -> None:
    found = mentions([(row(1), some(1))], row(3, 3, 3, 3), 4, CHAIN)
    assert found.whole.argmax() == 1
    assert found.own.tolist() == pytest.approx([0, found.own[1], 0, 0])


def test_cosines_are_of_a_row_alone() -> None:
    rng = np.random.default_rng(0)
    vectors, cue = rng.normal(size=(1000, 33)).astype(np.float32), rng.normal(size=33).astype(np.float32)
    norms = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
    every = cosines(vectors, norms, cue)
    assert every == pytest.approx(vectors @ cue / np.linalg.norm(vectors, axis=1) / np.linalg.norm(cue), abs=1e-5)
    some_ = rng.permutation(1000)[:77]
    assert (cosines(vectors[some_], norms[some_], cue) == every[some_]).all()


def test_what_has_no_direction_is_like_nothing() -> None:
    vectors = np.array([[0, 0], [np.nan, np.nan], [2, 0]], np.float32)
    norms = np.array([0, 2, 2], np.float32)
    assert cosines(vectors, norms, np.array([1, 0], np.float32)).tolist() == [0, 0, 1]
    assert cosines(vectors, norms, np.array([0, 0], np.float32)).tolist() == [0, 0, 0]


def test_the_average_note_is_no_answer_and_the_question_itself_is_one() -> None:
    found = likeness(some(*[0.5] * 300, 1.0, 0.1), np.ones(302, bool), Neighbours.of(*[np.full(302, -1)] * 2))
    assert found.whole[300] == pytest.approx(0.4)
    assert found.whole[301] == 0
    assert found.whole[:300].max() < 0.02


def test_the_dead_are_not_in_the_average() -> None:
    alive = np.array([True, True, False, False])
    assert likeness(some(0.9, 0.1, 0.9, 0.9), alive, alone(4)).whole.tolist()[:2] == (
        likeness(some(0.9, 0.1), alive[:2], alone(2)).whole.tolist()
    )
    assert likeness(some(0.9, 0.1, 0.9, 0.9), alive, alone(4)).whole.tolist()[2:] == [0, 0]


def test_firing_with_the_best_counts_by_how_good_that_is() -> None:
    """7 fired each time with 1, the best, and with 2; 8 half the times with 2, which is half as good."""
    share, source = some(1, 0.5, 0.5), row(1, 2, 2)
    found = cofirings(share, source, row(4, 4, 2), (row(4, 4, 4), row(4, 4, 4)), row(7, 7, 8))
    assert [part.tolist() for part in found] == [[7, 8], [1, 0.25], [1, 2]]
