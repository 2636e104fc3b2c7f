"""A memory keeps what the ways of recalling weigh, and a question may weigh them otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from plasticdb import BadInput, BadMemory, PlasticDB

TEXTS = ["Ann drinks tea", "tea and more tea", "Bob sleeps", "rain at sea"]


def test_a_memory_weighs_as_its_embedder_wants_unless_it_was_made_otherwise() -> None:
    with PlasticDB.open(":memory:") as db:
        usual, own = db.engrams("usual", embedder="ngrams"), db.engrams("own", embedder="ngrams", weights="time 0")
        for memory in (usual, own):
            memory.remember(TEXTS)
        assert usual.stats()["weights"] == {"terms": 1.0, "vector": 0.25, "cofired": 0.1, "time": 1.0}
        assert own.stats()["weights"] == {"terms": 1.0, "vector": 0.25, "cofired": 0.1, "time": 0.0}
        assert any("time" in one.ways for one in usual.recall("tea"))
        assert not any("time" in one.ways for one in own.recall("tea"))
        assert [(one.id, one.score) for one in own.recall("tea", weights="time 1")] == [
            (one.id, one.score) for one in usual.recall("tea")
        ]
        assert all(one.ways.keys() <= {"terms"} for one in own.recall("tea", weights="vector 0, cofired 0"))
        assert db.engrams("own", weights=" time 0.0").stats() == own.stats()
        with pytest.raises(BadMemory, match=r"was made with weights 'time 0', not 'time 0\.5'"):
            db.engrams("own", weights="time 0.5")


def test_a_memory_of_vectors_weighs_nothing() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=2)
        memory.remember([[1, 0]])
        assert memory.stats()["weights"] is None
        with pytest.raises(
            BadInput, match="'m' is a memory of vectors, in which nothing is weighed; leave weights out"
        ):
            memory.recall([1, 0], weights="vector 1")
        with pytest.raises(BadInput, match="weights is an option of memories of texts; name an embedder"):
            db.engrams("other", dimension=2, weights="vector 1")


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ("", "a text must not be empty|weights are ways with a number each"),
        (
            "vectors 1",
            "weights are ways with a number each, such as 'vector 0.5, time 0', not 'vectors 1'; the ways are terms",
        ),
        ("vector", "weights are ways with a number each"),
        ("vector 1, ", "weights are ways with a number each"),
        ("time -1", "time must have one weight, a number from 0 to 1,000, unlike in 'time -1'"),
        ("time nan", "time must have one weight"),
        ("time much", "time must have one weight"),
        ("time 1, time 2", "time must have one weight"),
        (5, "weights must be a text"),
    ],
)
def test_what_is_no_weight_is_refused(weights: Any, says: str) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", embedder="ngrams")
        memory.remember(TEXTS)
        for ask in (
            lambda: memory.recall("tea", weights=weights),
            lambda: db.engrams("n", embedder="ngrams", weights=weights),
        ):
            with pytest.raises(BadInput, match=says) as refused:
                ask()
            assert "\n" not in str(refused.value)
