"""Continuing many prompts together: each sample is what it would be alone."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import NothingLearned, PlasticDB
from plasticdb.sequence.asking import completing
from plasticdb.sequence.asking.completing import Chance, draws

from ...effort import times

NAMES = ["emma", "emily", "ann", "anna", "emil", "maria", "mia"]
SETS = [
    "suffix 3",
    "suffix 2, position 3",
    "suffix 2, skip 2 of 4, follower",
    "suffix 5, position all",
    "suffix 64, position 64",
]


@pytest.fixture
def db() -> Iterator[PlasticDB]:
    with PlasticDB.open(":memory:") as db:
        db.sequence("m").learn_many(NAMES)
        yield db


def alone(memory: Any, prompt: str, seed: int, sample: int, temperature: float) -> str:
    """One sample as it is said to be made: a number a step, and the symbol at that part of the distribution."""
    text = prompt
    for step in range(memory.options.max_symbols - len(prompt)):
        p = memory.predict(text)
        codes = [memory._held.vocabulary.symbols[code] for code in memory._held.vocabulary.atoms.tolist()]
        said = np.array([p[symbol] for symbol in codes]) ** (1 / temperature)
        upto = said.cumsum()
        (drawn,) = draws(seed, np.array([sample]), step)
        symbol = codes[int(np.searchsorted(upto, drawn * upto[-1], "right"))]
        if symbol == "␃":
            break
        text += symbol
    return text


@settings(deadline=None, max_examples=times(10))
@given(st.sampled_from(SETS), st.text("eman", max_size=6), st.integers(0, 2**70), st.sampled_from([0.5, 1.0, 2.0]))
def test_each_sample_is_drawn_from_the_predictions(views: str, prompt: str, seed: int, temperature: float) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", views=views, max_symbols=30)
        memory.learn_many(NAMES)
        found = memory.complete(prompt, 3, seed=seed, temperature=temperature)
        assert found == [alone(memory, prompt, seed, i, temperature) for i in range(3)]


def test_a_sample_is_the_same_however_many_are_asked_for(db: PlasticDB, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = db.sequence("m")
    many = memory.complete("em", 50, seed=7)
    assert len(set(many)) > 5
    assert memory.complete("em", 5, seed=7) == many[:5]
    monkeypatch.setattr(completing, "MOST", 3)
    assert memory.complete("em", 50, seed=7) == many


@pytest.mark.parametrize("greedy", [False, True])
def test_many_prompts_are_continued_as_each_alone(db: PlasticDB, greedy: bool) -> None:
    memory = db.sequence("m")
    prompts = ["em", "", "zzz", "maria maria maria maria"]
    each = [text for prompt in prompts for text in memory.complete(prompt, 3, seed=1, greedy=greedy)]
    assert memory.complete(prompts, 3, seed=1, greedy=greedy) == each
    assert memory.complete(iter(prompts), 3, seed=1, greedy=greedy) == each
    assert memory.complete(np.array(prompts), 3, seed=1, greedy=greedy) == each


@pytest.mark.parametrize("none", [[], (), iter([]), np.array([], str)])
def test_no_prompts_are_continued_to_nothing(db: PlasticDB, none: Any) -> None:
    assert db.sequence("m").complete(none, 3) == []
    assert db.sequence("m").complete("em", 0) == []


def test_prompts_of_symbols() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("w", tokenizer="symbols")
        memory.learn_many([["to", "be"], ["to", "do"]])
        one = memory.complete(["to"], 4, seed=2)
        assert all(isinstance(found, list) and found[0] == "to" for found in one)
        assert memory.complete([["to"], ["to", "be"]], 4, seed=2) == one + memory.complete(["to", "be"], 4, seed=2)


def test_words_and_bytes_are_continued_together() -> None:
    with PlasticDB.open(":memory:") as db:
        db.sequence("w", tokenizer="words").learn_many(["so it goes.", "so it went, once"])
        db.sequence("b", tokenizer="bytes").learn_many([b"\x00\x01\xff", b"\x00\x02"])
        assert set(db.sequence("w").complete("so it", 200, seed=1)) >= {"so it goes.", "so it went, once"}
        assert set(db.sequence("b").complete(b"\x00", 50, seed=1)) >= {b"\x00\x01\xff", b"\x00\x02"}


def test_a_prompt_that_is_too_long_is_not_continued() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", max_symbols=4)
        memory.learn("aaaa")
        assert memory.complete(["aaaa", "aaa"], greedy=True) == ["aaaa", "aaaa"]


def test_an_empty_memory_says_so() -> None:
    with PlasticDB.open(":memory:") as db:
        db.sequence("m").learn("a")
        db.sequence("m").unlearn("a")
        with pytest.raises(NothingLearned, match="has learned nothing yet"):
            db.sequence("m").complete("a", 2)


def test_chance_is_even() -> None:
    found = draws(3, np.arange(100_000), 5)
    assert 0 <= found.min() < 1e-3
    assert 1 - 1e-3 < found.max() < 1
    counts = np.bincount((found * 10).astype(int))
    assert abs(counts - 10_000).max() < 500
    p = np.array([[0.2, 0.5, 0.3]]).repeat(100_000, axis=0)
    shares = np.bincount(Chance(4).choose(p, np.arange(100_000), 0)) / 100_000
    assert shares == pytest.approx([0.2, 0.5, 0.3], abs=0.01)


def test_steps_and_samples_draw_apart() -> None:
    table = np.array([draws(1, np.arange(50), step) for step in range(50)])
    assert len(np.unique(table)) == 2_500
    assert abs(np.corrcoef(table[:, 0], table[:, 1])[0, 1]) < 0.5
    assert (draws(1, np.arange(50), 0) != draws(2, np.arange(50), 0)).all()


def test_arrow_columns_are_prompts(db: PlasticDB) -> None:
    """Whatever has `to_pylist` as Arrow's columns do; its values are no texts."""

    class Column(SimpleNamespace):
        def __iter__(self) -> Iterator[object]:
            return iter([object()])

        def to_pylist(self) -> list[str]:
            return ["em", "a"]

    assert db.sequence("m").complete(Column(), greedy=True) == db.sequence("m").complete(["em", "a"], greedy=True)  # type: ignore[arg-type]
