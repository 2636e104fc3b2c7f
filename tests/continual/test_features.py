"""Mappings from features to numbers are samples, too: the same vector everywhere, and what another memory knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import BadInput, BadMemory, PlasticDB
from plasticdb.continual.events import check, read, written
from plasticdb.continual.features import hashed, vectors
from plasticdb.continual.options import HASHED, Options
from plasticdb.journal.events import Event
from plasticdb.testing.memory_case import agree

from ..effort import times

FEATURES = st.dictionaries(st.text(min_size=1, max_size=5), st.floats(-1e6, 1e6), min_size=1, max_size=9)
FRUIT = [{"red": 1, "round": 2}, {"yellow": 1.0, "long": np.float32(2)}, {"round": 2, "red": np.int64(1)}, {"long": 3}]
NAMES = ["apple", "banana", "apple", "banana"]


@pytest.fixture
def db() -> Iterator[PlasticDB]:
    with PlasticDB.open(":memory:") as found:
        yield found


def test_a_feature_has_a_place_and_a_sign_for_ever() -> None:
    """What other numbers would do to every memory that there is: its neurons would stand elsewhere."""
    assert [int(np.flatnonzero(hashed({name: 1.0}, 512))[0]) for name in ("red", "suffix:em", "␂ü")] == [134, 273, 406]
    assert [hashed({name: 2.5}, 512).sum() for name in ("red", "suffix:em", "␂ü")] == [2.5, -2.5, 2.5]


@given(FEATURES, st.integers(1, 40))
@settings(max_examples=times(50), deadline=None)
def test_a_vector_is_the_sum_of_its_features_in_any_order(features: dict[str, float], dimension: int) -> None:
    found = hashed(features, dimension)
    assert found.shape == (dimension,)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, sum(hashed({name: value}, dimension) for name, value in features.items()))
    np.testing.assert_array_equal(found, hashed(dict(reversed(features.items())), dimension))


@given(FEATURES.filter(lambda found: all("\x00" not in name for name in found)), st.sampled_from([7, 'a"}', "ß", True]))
@settings(max_examples=times(50), deadline=None)
def test_a_mapping_is_read_back_as_it_was(features: dict[str, float], label: Any) -> None:
    (payload,) = written([features], [label])
    assert json.loads(payload) == {"f": features, "y": label}
    x, y = read(payload, 8)
    np.testing.assert_array_equal(x, vectors([features], 8)[0])
    assert (y, type(y)) == (label, type(label))
    assert check(Event(1, 1, "learn", 0.0, 1, payload=payload, mass=1.0), Options(8, None, "sparse"))


def test_a_journal_has_only_what_the_memory_takes() -> None:
    def learned(payload: str) -> Event:
        return Event(1, 1, "learn", 0.0, 1, payload=payload, mass=1.0)

    (sparse,), (dense,) = written([{"red": 1.0}], ["a"]), written(np.array([[1.0, 2.0]]), ["a"])
    assert check(learned(sparse), Options(2, "str", "sparse"))
    assert not check(learned(sparse), Options(2, "str"))
    assert not check(learned(sparse), Options(2, "int", "sparse"))
    for bad in ('{"f":{},"y":"a"}', '{"f":{"red":"1"},"y":"a"}', '{"f":{"red":NaN},"y":"a"}', '{"f":[1],"y":"a"}'):
        with pytest.raises(BadInput):
            check(learned(bad), Options(2, "str", "sparse"))
    with pytest.raises(KeyError):
        check(learned(dense), Options(2, "str", "sparse"))


def test_what_was_learned_is_known_in_every_process(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        fruit = db.classifier("fruit", features="sparse")
        assert fruit.learn_many(FRUIT, NAMES) == 4
        assert fruit.learn_one({"red": 2}, "apple", external_id="i") == 1
        assert fruit.learn_one({"red": 2}, "apple", external_id="i") == 0
        here = fruit.predict_proba_one({"red": 1})
    with PlasticDB.open(tmp_path / "m.db") as db:
        fruit = db.classifier("fruit")
        assert fruit.stats()["dimension"] == HASHED
        assert fruit.predict_many([{"red": 1, "unheard of": 0.1}, {"long": 2}]) == ["apple", "banana"]
        assert fruit.predict_one({"yellow": 1}) == "banana"
        assert fruit.predict_proba_one({"red": 1}) == here
        assert fruit.predict_proba_many([]).shape == (0, 2)
        assert fruit.explain({"red": 1}, top=1)[0].label == "apple"
        assert fruit.verify() == []
        with fruit.as_of(2) as past:
            assert past.labels() == {"apple": 1, "banana": 1}
        assert fruit.forget("banana") == 2
        assert fruit.predict_one({"yellow": 1}) == "apple"
        assert fruit.verify() == []


def test_a_mapping_is_learned_as_its_vector_would_be(db: PlasticDB) -> None:
    db.classifier("m", 6, features="sparse").learn_many(FRUIT, NAMES)
    with PlasticDB.open(":memory:") as other:
        other.classifier("m", 6).learn_many(vectors([{k: float(v) for k, v in one.items()} for one in FRUIT], 6), NAMES)
        agree(db._store, other._store, "m", "the graph")


def test_one_memory_learns_from_what_another_knows(db: PlasticDB) -> None:
    """A sequence memory that was never told what a name is, and a classifier above it."""
    italian = "giulia francesca alessandro lorenzo martina giovanni chiara matteo antonio lucia".split()
    finnish = "aino mikko päivi heikki kaisa ville anneli jukka tuula pekka".split()
    names, language = db.sequence("names"), db.classifier("language", features="sparse")
    names.learn_many([*italian, *finnish])
    language.learn_many(names.features(italian), ["italian"] * 10, source="italian")
    language.learn_many(names.features(finnish), ["finnish"] * 10)
    assert language.predict_many(names.features(["alessandra", "mikki", "antonia", "heikko"])) == [
        "italian", "finnish", "italian", "finnish",
    ]  # fmt: skip
    language.unlearn("italian")
    assert language.labels() == {"finnish": 10}


BAD: list[tuple[Any, str]] = [
    ([[1.0, 2.0]], "a sample must be a mapping from features to numbers, not a list; nothing"),
    (np.zeros((2, 3)), "sample 1 of 2 must be a mapping from features to numbers, not a ndarray; nothing"),
    (["red"], "a sample must be a mapping from features to numbers, not 'red'; nothing"),
    ([{"red": 1}, {}], "sample 2 of 2 has no features; it needs one at least; nothing"),
    ([{"red": float("nan")}], "'red' of a sample must be a finite number (up to 1e+100), not nan; nothing"),
    ([{"red": 1}, {"red": np.inf}], "'red' of sample 2 of 2 must be a finite number (up to 1e+100), not inf; nothing"),
    ([{"red": 2e100}], "'red' of a sample must be a finite number (up to 1e+100), not 2e+100; nothing"),
    ([{"red": "1"}], "'red' of a sample must be a finite number (up to 1e+100), not '1'; nothing"),
    ([{"red": None}], "'red' of a sample must be a finite number (up to 1e+100), not None; nothing"),
    ([{"red": 1}, {7: 1}], "a feature of sample 2 of 2 must be a text, not 7; nothing"),
    ([{"a\x00b": 1}], "a feature of a sample has the character U+0000, which a database does not keep"),
    ([{"\ud800": 1}], "a feature of a sample has half of a character (a surrogate), which UTF-8 cannot write"),
]


@pytest.mark.parametrize(("samples", "said"), BAD)
def test_what_is_no_mapping_is_refused_in_one_line_and_nothing_is_learned(
    db: PlasticDB, samples: Any, said: str
) -> None:
    memory = db.classifier("m", features="sparse")
    memory.learn_many(FRUIT, NAMES)
    for ask in (lambda: memory.learn_many(samples, ["apple"] * len(samples)), lambda: memory.predict_many(samples)):
        with pytest.raises(BadInput) as refused:
            ask()
        assert str(refused.value).startswith(f"'m' has sparse samples: {said.removesuffix('; nothing')}")
        assert "\n" not in str(refused.value)
    with pytest.raises(BadInput, match=r"; nothing was learned$"):
        memory.learn_many(samples, ["apple"] * len(samples))
    assert memory.stats()["position"] == 4


def test_one_mapping_is_no_list_of_them(db: PlasticDB) -> None:
    memory = db.classifier("m", features="sparse")
    with pytest.raises(
        BadInput, match=r"samples must be a list of samples, such as \[...\], not a dict; nothing was learned"
    ):
        memory.learn_many({"red": 1}, ["apple"])
    with pytest.raises(BadInput, match="a sample must be a mapping from features to numbers, not a list"):
        memory.learn_one([{"red": 1}], "apple")
    assert db.memories() == []


def test_a_memory_of_numbers_takes_no_mappings(db: PlasticDB) -> None:
    said = "'m' has samples of numbers, and no mappings; a memory that is made with features 'sparse' takes these"
    new = db.classifier("m")
    for ask in (lambda: new.learn_many(FRUIT, NAMES), lambda: new.learn_one(FRUIT[0], "apple")):
        with pytest.raises(BadInput, match=f"^{said}; nothing was learned$"):
            ask()
    assert db.memories() == []
    new.learn_many([[1, 2]], ["a"])
    for asked in (lambda: new.predict_many(FRUIT), lambda: new.predict_one(FRUIT[0])):
        with pytest.raises(BadInput, match=f"^{said}$"):
            asked()
    with pytest.raises(BadMemory, match="'m' was made with features 'dense', not 'sparse'"):
        db.classifier("m", features="sparse")
    with pytest.raises(BadInput, match="features must be dense or sparse, not 'some'"):
        db.classifier("other", features="some")
