"""Predictions against the oracle, symbol by symbol; completing and scoring."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import log
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import BadInput, BadMemory, NothingLearned, PlasticDB
from plasticdb.sequence.memory import SequenceMemory
from plasticdb.sequence.prediction.parameters import DEPTHS, PLACES, Gates, Parameters, begun

from ...effort import times
from ..plainly import Answer, answer

words = st.text("abc", max_size=6)


def said(
    oracle: ModuleType, reference: Any, prompt: str, place: int, parameters: Parameters | None = None, last: int = 0
) -> Answer:
    """What the plain rule says after a prompt. place: as far as the view `position` reaches."""
    history = (oracle.START, *prompt)
    chains = list(oracle.chains(history, *reference.depths))
    if len(history) > place:
        chains[1] = []
    vocabulary = sorted({s for _, _, heard in reference.contexts.values() for s in heard})
    return answer(reference.contexts, chains if place else chains[:1], vocabulary, parameters, len(history), last)


def predicted(memory: SequenceMemory, prompt: str) -> dict[str, float]:
    """What a memory says, in the symbols of the oracle."""
    return {symbol.replace("␃", "$"): p for symbol, p in memory.predict(prompt).items()}


@settings(deadline=None, max_examples=times(20))
@given(st.lists(words, min_size=1, max_size=15), words, st.integers(1, 6), st.sampled_from([0, 3, 60]))
def test_predictions_equal_the_oracle(oracle: ModuleType, some: list[str], prompt: str, depth: int, place: int) -> None:
    reference = oracle.Memory(depth)
    for sample in some:
        for i, symbol in enumerate((*sample, oracle.STOP), 1):
            chains = oracle.chains((oracle.START, *sample[: i - 1]), *reference.depths)
            for chain in chains[: 1 + (i <= place)]:
                reference.fire(chain, symbol)
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", views=f"suffix {depth}" + (f", position {place}" if place else ""))
        memory.learn_many(some)
        assert predicted(memory, prompt) == pytest.approx(said(oracle, reference, prompt, place).p, abs=1e-9)


def random_parameters(seed: int, last: bool) -> Parameters:
    """Any numbers, such as a fit may come to."""
    some, first = np.random.default_rng(seed), begun(2, *np.zeros((2, 2, DEPTHS), np.int64))
    gates = Gates(
        *(some.normal(0.5 * (not i), 0.2, size) for i, size in enumerate([(4, 2), (DEPTHS, 3), (2, DEPTHS * 8)])),
        some.normal(0, 0.2, (0 if last else PLACES, 3)),
        some.normal(0, 0.2, (4 if last else 0, 2)),
    )
    strength = some.uniform(0.01, 2.0, (2, DEPTHS))
    strength[0, 0] = 0.0
    return replace(first, discount=some.uniform(0.05, 0.95, (2, DEPTHS)), strength=strength, gates=gates)


@settings(deadline=None, max_examples=times(20))
@given(st.lists(words, min_size=1, max_size=15), words, st.integers(0, 1000), st.booleans())
def test_fitted_parameters_count_as_the_oracle_says(
    oracle: ModuleType, some: list[str], prompt: str, seed: int, last: bool
) -> None:
    reference = oracle.Memory(5)
    for sample in some:
        reference.learn(sample)
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", views="suffix 5, position all")
        memory.learn_many(some)
        memory.predict(prompt)
        parameters = memory._held.parameters = random_parameters(seed, last)
        code = memory._held.vocabulary.codes[prompt[-1]] if prompt else 0
        expected = said(oracle, reference, prompt, 99, parameters, code).p
        assert predicted(memory, prompt) == pytest.approx(expected, abs=1e-9)


def test_inhibition_equals_the_oracle(oracle: ModuleType) -> None:
    """A sample weakened below zero takes its symbols back: a negative weight counts as none."""
    reference = oracle.Memory(5)
    for sample, mass in (("ann", 1.0), ("anna", 1.0), ("ann", -1.7)):
        reference.learn(sample, mass)
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", views="suffix 5, position all")
        memory.learn_many(["ann", "anna"])
        memory.weaken("ann", by=1.7)
        assert predicted(memory, "ann") == pytest.approx(said(oracle, reference, "ann", 99).p, abs=1e-9)


def test_a_view_that_is_absent_does_not_vote() -> None:
    """Behind the last place of `position` the suffix speaks alone, as if there were no other view."""
    samples = ["emma", "emily", "ann", "anna", "emil"]
    with PlasticDB.open(":memory:") as db:
        two, one = db.sequence("two", views="suffix 3, position 2"), db.sequence("one", views="suffix 3")
        for memory in (two, one):
            memory.learn_many(samples)
        assert two.predict("em") == pytest.approx(one.predict("em"), abs=1e-12)
        assert two.predict("e")["m"] != pytest.approx(one.predict("e")["m"], abs=1e-3)


def test_predictions_are_the_same_whatever_the_order_and_the_batches() -> None:
    samples = ["emma", "emily", "ann", "anna", "emil", "emma", "mia"]
    said = []
    with PlasticDB.open(":memory:") as db:
        for name, order, batch in (("a", samples, 50_000), ("b", samples[::-1], 1), ("c", sorted(samples), 3)):
            memory = db.sequence(name, batch=batch)
            memory.learn_many([*order, "zoe"])
            memory.unlearn("zoe")
            said.append([memory.predict(prompt) for prompt in ("", "em", "ann", "xyz")])
    for one in said[1:]:
        for p, first in zip(one, said[0], strict=True):
            assert p == pytest.approx(first, abs=1e-9)


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
