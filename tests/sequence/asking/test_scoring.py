"""Scores of many samples at once: each is the sum of its predictions, whatever is beside it."""

from __future__ import annotations

from collections.abc import Iterator
from math import log
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import BadInput, PlasticDB
from plasticdb.sequence.asking import scoring

from ...effort import times

words = st.text("ab", max_size=7)
SETS = ["suffix 3", "suffix 2, position 3", "suffix 2, skip 2 of 4, follower", "suffix 2, position all"]
NAMES = ["emma", "emily", "ann", "anna", "emil"]


@pytest.fixture
def db() -> Iterator[PlasticDB]:
    with PlasticDB.open(":memory:") as db:
        db.sequence("m").learn_many(NAMES)
        yield db


@settings(deadline=None, max_examples=times(15))
@given(st.sampled_from(SETS), st.lists(words, min_size=1, max_size=8), st.lists(words, max_size=5))
def test_a_score_is_the_sum_of_predictions(views: str, learned: list[str], samples: list[str]) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", views=views)
        memory.learn_many([*learned, "ab"])
        memory.weaken(learned[0], by=1.5)
        found = memory.score(samples)
        assert found.symbols == tuple(len(sample) + 1 for sample in samples)
        for sample, nats in zip(samples, found.nats, strict=True):
            expected = -sum(log(memory.predict(sample[:i])[s]) for i, s in enumerate([*sample, "␃"]))
            assert nats == pytest.approx(expected, abs=1e-9)


@settings(deadline=None, max_examples=times(15))
@given(st.sampled_from(SETS), st.lists(st.text("abxyz", max_size=7), max_size=8), st.integers(1, 20))
def test_what_is_scored_beside_a_sample_makes_no_difference(views: str, samples: list[str], size: int) -> None:
    """Also where symbols were never learned: each sample has its own of those."""
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", views=views)
        memory.learn_many(["ab", "abba", "b"])
        alone = [memory.score([sample]).nats[0] for sample in samples]
        assert memory.score(samples).nats == pytest.approx(alone, abs=1e-9)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(scoring, "CHARACTERS", size)
            patched.setattr(scoring, "SYNAPSES", size)
            assert memory.score(samples).nats == pytest.approx(alone, abs=1e-9)


@pytest.mark.parametrize("views", SETS)
def test_a_strange_symbol_is_one_more_of_its_sample(views: str) -> None:
    """Of nothing but strange symbols each is as likely as the memory's uniform start makes it."""
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", views=views)
        memory.learn("a")
        one, two = memory.score(["z", "zy"]).nats
        assert log(3) < one < two, "the stop, an a, and one that is strange"


def test_surprise_is_what_a_score_says_of_each(db: PlasticDB) -> None:
    samples = ["emma", "xqz", ""]
    score = db.sequence("m").score(samples)
    surprise = db.sequence("m").surprise(samples)
    assert surprise.tolist() == list(score.nats)
    assert db.sequence("m").surprise(samples, per_symbol=True) == pytest.approx(surprise / [5, 4, 1])
    assert surprise.argmax() == 1, "an outlier stands out"


@pytest.mark.parametrize(
    "make", [list, tuple, iter, np.array, lambda s: np.array(s, object), lambda s: (one for one in s)]
)
def test_samples_are_any_iterable_and_any_column(db: PlasticDB, make: Any) -> None:
    assert db.sequence("m").score(make(NAMES)) == db.sequence("m").score(NAMES)
    db.sequence("other").learn_many(make(NAMES))
    assert db.memory("other").stats()["samples"] == len(NAMES)


def test_a_column_of_arrow() -> None:
    arrow = pytest.importorskip("pyarrow", reason="NOT TESTED with Arrow: pyarrow is not installed")
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m")
        memory.learn_many(arrow.array(NAMES))
        assert memory.score(arrow.chunked_array([NAMES[:2], NAMES[2:]])) == memory.score(NAMES)
        assert memory.complete(arrow.array(["em", "a"]), greedy=True) == memory.complete(["em", "a"], greedy=True)
        with pytest.raises(BadInput, match="sample 2 of 3: a sample must be a text or a list of symbols, not None"):
            memory.score(arrow.array(["emma", None, "ann"]))


@pytest.mark.parametrize("odd", [None, float("nan"), 7, "a\nb", "half \ud800"])
def test_one_odd_value_of_a_column_is_named(db: PlasticDB, odd: Any) -> None:
    with pytest.raises(BadInput, match=r"^sample 2 of 3: a sample "):
        db.sequence("m").score(np.array(["emma", odd, "ann"], object))
    with pytest.raises(BadInput, match=r"^sample 2 of 3: a sample .*; nothing was learned"):
        db.sequence("m").learn_many(["emma", odd, "ann"])


def test_a_sample_that_is_too_long_is_named(db: PlasticDB) -> None:
    with pytest.raises(BadInput, match=r"sample 2 of 2: a sample has 5 symbols, and this memory takes 4"):
        db.sequence("short", max_symbols=4).learn_many(np.array(["emma", "emily"]))
