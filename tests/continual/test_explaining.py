"""Why a sample gets its label: which neurons are near it, and how far."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plasticdb import PlasticDB
from plasticdb.continual.memory import ContinualClassifier
from plasticdb.errors import BadInput, NeverLearned, NothingLearned

from .test_memory import clouds


@pytest.fixture
def db() -> Any:
    with PlasticDB.open(":memory:") as found:
        yield found


def many(db: PlasticDB, **options: Any) -> ContinualClassifier:
    """A memory in which labels have several neurons each: each label has two places."""
    memory = db.classifier("m", **options)
    for far in (0.0, 60.0, 0.0):
        samples, labels = clouds(120)
        memory.learn_many(samples + far, labels)
    return memory


def test_the_neuron_that_decides_comes_first(db: PlasticDB) -> None:
    memory = many(db)
    assert memory.stats()["neurons"] > 3
    new, _ = clouds(30, seed=1)
    for sample in np.vstack([new, new + 60.0]):
        why, likely = memory.explain(sample, top=100), memory.predict_proba_one(sample)
        assert why[0].label == memory.predict_one(sample)
        assert {one.label: one.p for one in why if one.p} == {name: p for name, p in likely.items() if p}
        spoke = [one.label for one in why if one.p]
        assert len(set(spoke)) == len(spoke), "one neuron speaks for a label"
        best = {one.label: one for one in reversed(why)}
        assert [one for one in why if one.p] == [one for one in why if best[one.label] is one and likely[one.label]]
        assert memory.explain(sample, top=2) == why[:2]


def test_a_distance_says_how_unlike_a_sample_is_to_what_is_known(db: PlasticDB) -> None:
    """One standard deviation in each number is 1; the square, twice as far is four times as much."""
    memory = db.classifier("m", ridge=0.0, rank=1, novelty=100.0)
    samples = np.random.default_rng(0).normal(size=(4000, 3))
    memory.learn_many(samples - samples.mean(axis=0), ["noise"] * 4000)
    assert memory.stats()["neurons"] == 1
    for far, expected in ((0, 0.0), (1, 1.0), (2, 4.0), (10, 100.0)):
        (why,) = memory.explain([far, -far, far])
        assert why.distance == pytest.approx(expected, rel=0.1, abs=1e-3)
        assert (why.label, why.p, why.seen) == ("noise", 1.0, 4000.0)
    assert 0.5 < why.usual < 2.0


def test_neurons_are_listed_by_page_and_by_label(db: PlasticDB) -> None:
    memory = many(db)
    every = memory.neurons()
    assert len(every) == memory.stats()["neurons"]
    assert [one.number for one in every] == sorted({one.number for one in every})
    assert memory.neurons(limit=2) == every[:2]
    assert memory.neurons(after=every[1].number, limit=2) == every[2:4]
    assert memory.neurons("bob") == [one for one in every if one.label == "bob"]
    asked = "MATCH (n:Neuron)-[s:SAYS]->(l:Label {name: 'bob'}) WHERE s.weight > 0.5 RETURN n.number AS number ORDER BY number"
    assert [row["number"] for row in db.query(asked)] == [one.number for one in memory.neurons("bob")]
    first = memory.neuron(0)
    assert first == every[0]
    samples, labels = clouds(120)
    mine = samples[[label == first.label for label in labels]]
    assert np.linalg.norm(first.mean - mine.mean(axis=0)) < 1.0
    assert memory.explain(first.mean)[0].neuron == 0
    assert "mean" not in repr(first), "a thousand numbers say nothing at a prompt"


def test_as_it_was_it_says_why_it_said_so(db: PlasticDB) -> None:
    memory = many(db)
    before = memory.explain([9, 0, 0, 9])
    memory.forget("bob")
    with memory.as_of(360) as past:
        assert past.explain([9, 0, 0, 9]) == before
    assert all(one.label != "bob" for one in memory.explain([9, 0, 0, 9], top=100))


def test_what_cannot_be_explained(db: PlasticDB) -> None:
    memory = many(db)
    for bad, said in (
        (lambda: memory.explain([1, 2]), "'m' has samples of 4 numbers, and these have 2"),
        (lambda: memory.explain([[1, 2, 3, 4]]), "a sample must be a list of 4 numbers, one after the other"),
        (lambda: memory.explain([1, 2, 3, 4], top=0), "top must be a whole number, 1 or more, not 0"),
        (lambda: memory.neurons(limit=0), "limit must be a whole number, 1 or more, not 0"),
        (lambda: memory.neurons(after=-1), "after must be a whole number"),
        (lambda: memory.neurons(1.5), "a label must be of type int, str or bool, not 1.5"),  # type: ignore[arg-type]
        (lambda: memory.neuron(10**30), f"there is no neuron {10**30} in 'm', which has "),
        (lambda: memory.neuron("0"), "a neuron's number must be a whole number, not '0'"),  # type: ignore[arg-type]
    ):
        with pytest.raises(BadInput, match=said.replace("[", r"\[")):
            bad()
    with pytest.raises(NeverLearned, match=r"'m' has no label 'bop' \(did you mean 'bob'\?\); its labels are: 'ann', "):
        memory.neurons("bop")
    for name in ("ann", "bob", "cem"):
        memory.forget(name)
    assert memory.neurons() == []
    with pytest.raises(NothingLearned, match="'m' has learned nothing yet, or forgot all; learn samples with labels"):
        memory.explain([1, 2, 3, 4])
    with pytest.raises(BadInput, match="there is no neuron 0 in 'm', which has 0; `neurons` lists them"):
        memory.neuron(0)
