"""Predictions against the oracle, symbol by symbol; completing and scoring."""

from __future__ import annotations

from collections.abc import Iterator
from math import log
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import BadInput, BadMemory, NothingLearned, PlasticDB

from ..effort import times

words = st.text("abc", max_size=6)


@settings(deadline=None, max_examples=times(20))
@given(st.lists(words, min_size=1, max_size=15), words, st.integers(1, 6))
def test_predictions_equal_the_oracle(oracle: ModuleType, some: list[str], prompt: str, depth: int) -> None:
    reference = oracle.Memory(depth)
    for sample in some:
        reference.learn(sample)
    vocabulary = sorted({*"".join(some), "$"})
    expected = reference.predict(tuple(prompt), vocabulary)
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", depth=depth)
        memory.learn_many(some)
        found = {symbol.replace("␃", "$"): p for symbol, p in memory.predict(prompt).items()}
    assert found == pytest.approx(expected, abs=1e-9)


def test_inhibition_equals_the_oracle(oracle: ModuleType) -> None:
    """A sample weakened below zero speaks against its symbols."""
    reference = oracle.Memory(5)
    for sample, mass in (("ann", 1.0), ("anna", 1.0), ("ann", -1.7)):
        reference.learn(sample, mass)
    with PlasticDB.open(":memory:") as db:
        db.sequence("m").learn_many(["ann", "anna"])
        db.sequence("m").weaken("ann", by=1.7)
        found = {symbol.replace("␃", "$"): p for symbol, p in db.sequence("m").predict("ann").items()}
    assert found == pytest.approx(reference.predict(tuple("ann"), ["a", "n", "$"]), abs=1e-9)


@pytest.fixture
def db() -> Iterator[PlasticDB]:
    with PlasticDB.open(":memory:") as db:
        db.sequence("m").learn_many(["emma", "emily", "ann", "anna", "emil"])
        yield db


def test_a_distribution_sums_to_one_and_is_ranked(db: PlasticDB) -> None:
    p = db.sequence("m").predict("em")
    assert sum(p.values()) == pytest.approx(1)
    assert list(p.values()) == sorted(p.values(), reverse=True)
    assert list(db.sequence("m").predict("em", top=2)) == list(p)[:2]


def test_a_cold_and_a_warm_prediction_are_one(db: PlasticDB) -> None:
    warm, said = db.sequence("m").predict("em"), db.sequence("m").complete("e", n=20, seed=1)
    db.sequence("m").release()
    assert db.sequence("m").predict("em") == warm
    assert db.sequence("m").complete("e", n=20, seed=1) == said


@pytest.mark.parametrize("prompt", ["em", "emx", "xyz", ""])
def test_what_was_asked_once_is_not_fetched_again(db: PlasticDB, prompt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    db.sequence("m").release()
    first = db.sequence("m").predict(prompt)
    monkeypatch.setattr(db._store, "fetch", None)
    assert db.sequence("m").predict(prompt) == first


def test_what_was_not_there_is_there_when_it_was_learned(db: PlasticDB) -> None:
    db.sequence("m").release()
    before = db.sequence("m").predict("xyz")
    assert "q" not in before
    db.sequence("m").learn("xyzq")
    warm = db.sequence("m").predict("xyz")
    assert next(iter(warm)) == "q"
    db.sequence("m").release()
    assert db.sequence("m").predict("xyz") == warm


def test_the_same_seed_gives_the_same_samples(db: PlasticDB) -> None:
    assert db.sequence("m").complete("em", n=5, seed=1) == db.sequence("m").complete("em", n=5, seed=1)
    assert db.sequence("m").complete("em", n=9, seed=1) != db.sequence("m").complete("em", n=9, seed=2)
    assert all(text.startswith("em") for text in db.sequence("m").complete("em", n=5, seed=3, temperature=2.0))


def test_greedy_takes_the_most_likely_symbol(db: PlasticDB) -> None:
    text = db.sequence("m").complete("", greedy=True)[0]
    for i, symbol in enumerate([*text, "␃"]):
        assert next(iter(db.sequence("m").predict(text[:i]))) == symbol


def test_completing_ends_at_the_longest_sample() -> None:
    with PlasticDB.open(":memory:") as db:
        db.sequence("m", max_symbols=20).learn_many(["a" * 20])
        assert len(db.sequence("m").complete("a", greedy=True)[0]) <= 20


def test_a_score_is_the_sum_of_its_predictions(db: PlasticDB) -> None:
    expected = -sum(log(db.sequence("m").predict("emma"[:i])[s]) for i, s in enumerate("emma␃"))
    score = db.sequence("m").score(["emma", "ann"])
    assert score.nats[0] == pytest.approx(expected)
    assert score.symbols == (5, 4)
    assert score.nats_per_symbol == pytest.approx(sum(score.nats) / 9)


def test_a_symbol_never_learned_is_unlikely_but_possible(db: PlasticDB) -> None:
    strange, plain = db.sequence("m").score(["emzq", "emma"]).nats
    assert plain < strange < 100
    assert db.sequence("m").score(["emma"]).nats[0] == pytest.approx(plain)
    assert "z" not in db.sequence("m").predict("em")


def test_scoring_learns_nothing(db: PlasticDB) -> None:
    before = db.memory("m").stats()
    db.sequence("m").score(["zoe"] * 3)
    assert db.memory("m").stats() == before


def test_scoring_nothing_is_zero(db: PlasticDB) -> None:
    assert db.sequence("m").score([]).nats_per_symbol == 0.0


def test_an_unknown_memory_names_those_that_exist(db: PlasticDB) -> None:
    with pytest.raises(BadMemory, match="there is no memory 'x'; the memories are: m"):
        db.sequence("x").predict("em")


def test_an_empty_memory_says_so(db: PlasticDB) -> None:
    db.sequence("m").unlearn(["emma", "emily", "ann", "anna", "emil"])
    with pytest.raises(NothingLearned, match="has learned nothing yet"):
        db.sequence("m").predict("em")


@pytest.mark.parametrize("temperature", [0.001, 1e-300])
def test_the_lowest_temperatures_take_the_most_likely(db: PlasticDB, temperature: float) -> None:
    assert db.sequence("m").complete("em", temperature=temperature) == db.sequence("m").complete("em", greedy=True)


def test_a_negative_seed_is_refused(db: PlasticDB) -> None:
    with pytest.raises(BadInput, match="a seed must be a whole number, 0 or more, not -5"):
        db.sequence("m").complete("em", seed=-5)


def test_a_temperature_of_zero_is_refused(db: PlasticDB) -> None:
    with pytest.raises(BadInput, match="temperature must be above 0"):
        db.sequence("m").complete("em", temperature=0)
