"""What callers give as samples and labels: what is taken, as it was given, and what is refused with nothing learned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from plasticdb import BadInput, BadMemory, PlasticDB


@pytest.fixture
def db() -> Iterator[PlasticDB]:
    with PlasticDB.open(":memory:") as found:
        yield found


class Frame:
    """A table as pandas has one: an array when numpy asks for it."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.array([[0, 1], [9, 8]], dtype or np.float64)


class Column:
    """A column as Arrow has one."""

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("its values are not plain; to_pylist makes them so")

    def to_pylist(self) -> list[str]:
        return ["a", "b"]


@pytest.mark.parametrize(
    "samples",
    [
        [[0, 1], [9, 8]],
        [(0.0, 1.0), np.array([9, 8])],
        np.array([[0, 1], [9, 8]], np.float32),
        np.array([[0, 1], [9, 8]], np.uint8),
        np.asfortranarray([[0, 1], [9, 8]]),
        np.array([[0, 1, 0], [9, 8, 0]])[:, :2],
        Frame(),
    ],
)
def test_samples_may_be_any_numbers_in_rows(db: PlasticDB, samples: Any) -> None:
    memory = db.classifier("m")
    assert memory.learn_many(samples, ["a", "b"]) == 2
    assert memory.predict_many(samples) == ["a", "b"]
    assert [one.mean for one in memory.neurons()] == [(0.0, 1.0), (9.0, 8.0)]


@pytest.mark.parametrize(
    ("labels", "kept"),
    [
        (np.array([3, -4]), [3, -4]),
        ([np.int8(3), np.uint16(4)], [3, 4]),
        ([np.int64(3), 4], [3, 4]),
        ([2**63 - 1, -(2**63)], [2**63 - 1, -(2**63)]),
        (np.array([True, False]), [True, False]),
        ([np.bool_(True), False], [True, False]),
        (np.array(["a", "ß"]), ["a", "ß"]),
        ([np.str_("a"), "😀"], ["a", "😀"]),
        (np.array(["a", "b"], object), ["a", "b"]),
        (("a", "b"), ["a", "b"]),
        (iter(["a", "b"]), ["a", "b"]),
        (Column(), ["a", "b"]),
        ([" ", "\n"], [" ", "\n"]),
        (["x" * 2000, "\u0085"], ["x" * 2000, "\u0085"]),
    ],
)
def test_labels_come_back_as_pythons(db: PlasticDB, labels: Any, kept: list[Any]) -> None:
    memory = db.classifier("m")
    memory.learn_many([[0, 1], [9, 8]], labels)
    memory.release()
    found = memory.predict_many([[0, 1], [9, 8]])
    assert found == kept
    assert [type(one) for one in found] == [type(one) for one in kept]
    assert memory.verify() == []
    assert memory.forget(kept[0]) == 1


def test_bytes_numbers_and_more_are_no_labels(db: PlasticDB) -> None:
    memory = db.classifier("m")
    memory.learn_many([[0, 1], [9, 8]], ["a", "b"])
    refused: list[tuple[Any, str]] = [
        ("a\x00b", "label 1 has the character U+0000, which a database does not keep: 'a\\x00b'; nothing was learned"),
        ("\ud800", "label 1 has half of a character (a surrogate), which UTF-8 cannot write: '\\ud800'; nothing was"),
        ("x" * 2001, "label 1 must have 1 to 2,000 bytes as UTF-8, not"),
        (2**63, "label 1 must be of type int, str or bool, not 9223372036854775808; nothing was learned"),
        (np.uint64(2**63), "label 1 must be of type int, str or bool, not 9223372036854775808; nothing was learned"),
        (np.float64(1), "label 1 must be of type int, str or bool, not 1.0; nothing was learned"),
        (b"a", "label 1 must be of type int, str or bool, not a bytes; nothing was learned"),
        (["a"], "label 1 must be of type int, str or bool, not a list; nothing was learned"),
        (1j, "label 1 must be of type int, str or bool, not a complex; nothing was learned"),
        (True, "'m' has labels of type str, and True is bool; nothing was learned"),
    ]
    for label, said in refused:
        with pytest.raises(BadInput) as error:
            memory.learn_many([[0, 1]], [label])
        assert str(error.value).startswith(said)
        assert "\n" not in str(error.value)
        with pytest.raises(BadInput) as error:
            memory.learn_one([0, 1], label)
        assert str(error.value).startswith(said)
    assert memory.stats()["position"] == 2


def test_a_sample_that_is_wrong_among_many_learns_none(db: PlasticDB) -> None:
    memory = db.classifier("m", batch=2)
    good = np.arange(20.0).reshape(10, 2)
    for at, (wrong, said) in enumerate(
        [
            (np.nan, "sample 1 of 10 has a number that is not finite (NaN or infinite), or beyond 1e+100; nothing was"),
            (np.inf, "sample 2 of 10 has a number that is not finite"),
            (-np.inf, "sample 3 of 10 has a number that is not finite"),
            (2e100, "sample 4 of 10 has a number that is not finite (NaN or infinite), or beyond 1e+100"),
        ]
    ):
        samples = good.copy()
        samples[at, 1] = wrong
        with pytest.raises(BadInput) as error:
            memory.learn_many(samples, ["a"] * 10)
        assert str(error.value).startswith(said)
    ragged = [*good.tolist()[:5], [1.0, 2.0, 3.0]]
    with pytest.raises(BadInput, match=r"samples must be numbers, an array of \[n, dimension\]; nothing was learned"):
        memory.learn_many(ragged, ["a"] * 6)
    assert db.memories() == [], "not even a memory was made"
    assert memory.learn_many(good, ["a"] * 10) == 10, "and what was wrong decided nothing of it"


def test_none_are_learned_and_asked_for_too(db: PlasticDB) -> None:
    memory = db.classifier("m")
    nothing: list[Any] = [[], np.zeros((0, 2)), np.zeros((0, 5))]
    for none in nothing:
        assert memory.learn_many(none, []) == 0
    assert db.memories() == []
    memory.learn_many([[0, 1], [9, 8]], ["a", "b"])
    assert memory.predict_many([]) == memory.predict_many(np.zeros((0, 2))) == []
    assert memory.predict_proba_many([]).shape == (0, 2)
    with pytest.raises(BadInput, match="'m' has samples of 2 numbers, and these have 3"):
        memory.predict_many(np.zeros((0, 3)))


def test_whoever_comes_second_learns_what_the_memory_is(db: PlasticDB) -> None:
    """Two handles of a memory that is not there yet: the first samples decide, for both."""
    first, second = db.classifier("m"), db.classifier("m")
    first.learn_many([[0, 1]], ["a"])
    with pytest.raises((BadInput, BadMemory), match="'m' "):
        second.learn_many([[1, 2, 3]], ["a"])
    with pytest.raises((BadInput, BadMemory), match="'m' "):
        db.classifier("m").learn_many([[1, 2]], [7])
    assert db.classifier("m").learn_many([[1, 2]], ["b"]) == 1
    assert first.stats()["samples"] == 2


def test_one_label_and_one_sample_are_enough(db: PlasticDB) -> None:
    memory = db.classifier("m")
    memory.learn_one([5.0], False)
    assert memory.predict_one([-3.0]) is False
    assert memory.predict([1e99]) == {False: 1.0}
    assert memory.explain([5.0])[0].distance == 0.0
