"""What is forgotten never was: the graph is that of a memory which only ever learned the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import BadInput, NeverLearned, PlasticDB
from plasticdb.continual.memory import ContinualClassifier
from plasticdb.testing.memory_case import agree

from ..effort import times

LABELS, SOURCES = ["tea", "rain", "Zürich"], [None, "a", "b", "c"]
Part = tuple[str, str | None, int, int]
"""A label, a source, how many samples, and the seed that they follow from."""
PARTS = st.tuples(st.sampled_from(LABELS), st.sampled_from(SOURCES), st.integers(1, 25), st.integers(0, 9))
FORGOTTEN = st.tuples(st.none() | st.sampled_from(LABELS), st.sampled_from(SOURCES)).filter(any)
OPTIONS = st.fixed_dictionaries(
    {
        "budget": st.sampled_from([1, 2, 4, 2000]),
        "share": st.sampled_from([1, 3, 40]),
        "rank": st.sampled_from([0, 1, 16]),
        "novelty": st.sampled_from([0.0, 1.5, 4.0]),
        "mature": st.just(2),
        "mistakes": st.just(1),
        "winners": st.sampled_from([1, 3, 16]),
    }
)
"""So small that neurons grow, split and become one within a few samples."""


def samples(part: Part) -> np.ndarray:
    label, _, many, seed = part
    rng = np.random.default_rng(seed)
    return rng.normal(size=(many, 2)).round(1) + 1.5 * LABELS.index(label) * rng.choice([-1, 1], size=(many, 1))


def learn(memory: ContinualClassifier, part: Part) -> None:
    label, source, many, _ = part
    memory.learn_many(samples(part), [label] * many, source=source)


@given(PARTS, st.lists(PARTS | FORGOTTEN, min_size=1, max_size=9), FORGOTTEN, OPTIONS, st.sampled_from([1, 7, 8192]))
@settings(max_examples=times(25), deadline=None)
def test_the_graph_is_that_of_what_is_left(
    first: Part, steps: list[Any], last: Any, options: dict[str, Any], batch: int
) -> None:
    left: list[Part] = []
    with PlasticDB.open(":memory:") as db, PlasticDB.open(":memory:") as other:
        memory, rest = db.classifier("m", 2, batch=batch, **options), other.classifier("m", 2, **options)
        for step in [first, *steps, last]:
            if len(step) == 4:
                learn(memory, step)
                left.append(step)
                continue
            label, source = step
            gone = [part for part in left if label in (None, part[0]) and source in (None, part[1])]
            left = [part for part in left if part not in gone]
            if gone:
                assert memory.forget(label, source) == sum(part[2] for part in gone)
            else:
                with pytest.raises(NeverLearned):
                    memory.forget(label, source)
        for part in left:
            learn(rest, part)
        if left:
            agree(db._store, other._store, "m", "the graph")
            assert memory.labels() == rest.labels()
            asked = np.random.default_rng(1).normal(size=(20, 2))
            np.testing.assert_array_equal(memory.predict_proba_many(asked), rest.predict_proba_many(asked))
        else:
            assert memory.stats()["neurons"] == memory.stats()["samples"] == 0
        assert memory.verify() == []


def test_neurons_grew_split_and_became_one_in_what_is_tried() -> None:
    """What the property above tries has all of it: budgets that are met, and neurons that were merged."""
    with PlasticDB.open(":memory:") as db:
        memory = db.classifier("m", 2, budget=4, share=3, mature=2, mistakes=1, novelty=1.5)
        for seed in range(6):
            learn(memory, (LABELS[seed % 3], SOURCES[seed % 4], 25, seed))
        stats = memory.stats()
        assert stats["neurons"] <= 4 < stats["next"]
        before = memory.neurons()
        memory.forget(source="a")
        assert memory.neurons() != before


def test_forgetting_may_be_asked_for_in_any_order() -> None:
    parts: list[Part] = [
        (label, source, 10, i) for i, (label, source) in enumerate(zip(LABELS * 2, "aabbcc", strict=True))
    ]
    with PlasticDB.open(":memory:") as db, PlasticDB.open(":memory:") as other:
        for opened, order in ((db, "ab"), (other, "ba")):
            for part in parts:
                learn(opened.classifier("m"), part)
            for source in order:
                opened.classifier("m").unlearn(source)
        agree(db._store, other._store, "m", "the graph")


def test_what_cannot_be_forgotten_leaves_all_as_it_is() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.classifier("m")
        memory.learn_many([[0, 0], [9, 9]], [1, 2], source="s")
        before = memory.stats()
        refusals: list[tuple[Any, Any, str]] = [
            (lambda: memory.forget(3), NeverLearned, "'m' has no label 3; its labels are: 1, 2; nothing was forgotten"),
            (lambda: memory.forget("1"), NeverLearned, "'m' has no label '1'; its labels are: 1, 2; nothing was forgotten"),
            (lambda: memory.forget(True), NeverLearned, "'m' has no label True; its labels are: 1, 2; nothing was"),
            (lambda: memory.forget(source="t"), NeverLearned, "nothing was learned from a source 't'; the sources are: s"),
            (lambda: memory.forget(1, "t"), NeverLearned, "nothing was learned from a source 't'"),
            (lambda: memory.forget(), BadInput, "say which samples: their label, or their source, or both"),
            (lambda: memory.forget(2**70), BadInput, "a label must be of type int, str or bool, not 1180591620717411303424"),
            (lambda: memory.forget("a\x00b"), BadInput, "a label has the character U+0000"),
            (lambda: memory.forget("\ud800"), BadInput, "a label has half of a character (a surrogate)"),
            (lambda: memory.forget(1, erase="yes"), BadInput, "erase must be True or False, not 'yes'"),  # type: ignore[arg-type]
            (lambda: memory.unlearn("t"), NeverLearned, "nothing was learned from a source 't'"),
            (lambda: memory.unlearn(7), BadInput, "a source's name must be a text, not 7"),  # type: ignore[arg-type]
        ]  # fmt: skip
        for bad, kind, said in refusals:
            with pytest.raises(kind) as refused:
                bad()
            assert str(refused.value).startswith(said)
            assert memory.stats() == before
        assert memory.forget(np.int64(1)) == 1  # type: ignore[arg-type]
        with pytest.raises(NeverLearned, match="'m' has no label 1; its labels are: 2"):
            memory.forget(1)
