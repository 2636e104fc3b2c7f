"""A transform memory by time: from a key with noise a sequence comes back, forward and backward, whatever became of its pairs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from plasticdb import PlasticDB
from plasticdb.errors import BadInput, BadMemory
from plasticdb.transform.memory import TransformMemory

Floats = NDArray[np.float64]


@pytest.fixture
def db() -> Iterator[PlasticDB]:
    with PlasticDB.open(":memory:") as database:
        yield database


@pytest.fixture
def walk(db: PlasticDB) -> TransformMemory:
    """Three pairs of one stream, with two of another one between them."""
    memory = db.transforms("walk", key_dimension=1, value_dimension=1)
    for key, stream in ((1, "a"), (10, "b"), (2, "a"), (20, "b"), (3, "a")):
        memory.write([[key]], [[-key]], stream, {"at": key})
    return memory


def keys(found: Any) -> list[float]:
    return [float(one.key[0]) for one in found]


def links(db: PlasticDB) -> list[tuple[Any, ...]]:
    asked = "MATCH (a:Slot)-[r:NEXT]->(b:Slot) RETURN a.number, b.number, r.stream, b.after, r.at = b.number"
    return sorted(tuple(row.values()) for row in db.query(asked))


def recalled(memory: TransformMemory, items: Floats, seed: int = 1) -> float:
    """Of the items of some sequences the share that comes back in its place, from a first or last key with 20 % noise."""
    rng, right = np.random.default_rng(seed), 0
    for some in items:
        first, last = (one + rng.normal(scale=0.2, size=one.shape) for one in (some[0], some[-1]))
        there = memory.recall_forward(first, steps=len(some) - 1), memory.recall_backward(last, steps=len(some) - 1)
        for found, wanted in zip(there, (some, some[::-1]), strict=True):
            right += sum(np.array_equal(one.value, item) for one, item in zip(found, wanted, strict=True))
    return float(right / (2 * items.shape[0] * items.shape[1]))


def test_what_was_written_one_after_the_other_is_linked(walk: TransformMemory, db: PlasticDB) -> None:
    assert links(db) == [(1, 3, "a", 1, True), (2, 4, "b", 2, True), (3, 5, "a", 3, True)]
    assert [tuple(row.values()) for row in db.query("MATCH (s:SlotStream) RETURN s.name, s.last, s.slots")] == [
        ("a", 5, 3),
        ("b", 4, 2),
    ]


def test_from_a_key_a_stream_is_followed_both_ways(walk: TransformMemory) -> None:
    (cue, behind) = walk.recall_forward([1.2])
    assert (cue.id, cue.stream, behind.id, behind.value.tolist(), behind.payload) == (1, "a", 3, [-2.0], {"at": 2})
    assert keys(walk.recall_forward([0.9], steps=9)) == [1, 2, 3]
    assert keys(walk.recall_backward([3.4], steps=1)) == [3, 2]
    assert keys(walk.recall_backward([19], steps=9)) == [20, 10]
    assert keys(walk.recall_forward([3], steps=9)) == [3]
    assert keys(walk.recall_forward([2.1], steps=0)) == [2]


def test_a_stream_is_chosen_and_pairs_in_none_are_passed_over(walk: TransformMemory) -> None:
    walk.write([[1.0]], [[7.0]])
    assert keys(walk.recall_forward([1], steps=1)) == [1, 2]
    assert keys(walk.recall_forward([1], steps=1, stream="b")) == [10, 20]


def test_sequences_come_back_also_consolidated_reopened_and_made_again(tmp_path: Path) -> None:
    items = np.random.default_rng(0).normal(size=(8, 50, 16))
    with PlasticDB.open(tmp_path / "m.db") as db:
        memory = db.transforms("m", key_dimension=16, value_dimension=16)
        for i, some in enumerate(items):
            memory.write(some, some, stream=f"sequence {i}")
        assert recalled(memory, items) >= 0.99
        memory.consolidate()
        assert memory.stats()["archived"] > 350
        assert recalled(memory, items) >= 0.99
    with PlasticDB.open(tmp_path / "m.db") as db:
        memory = db.transforms("m")
        assert recalled(memory, items) >= 0.99
        assert memory.verify() == []
        memory.rebuild()
        assert recalled(memory, items) >= 0.99


def test_sequences_that_are_written_in_turn_are_kept_apart(db: PlasticDB) -> None:
    items = np.random.default_rng(0).normal(size=(5, 10, 8))
    memory = db.transforms("m", key_dimension=8, value_dimension=8)
    for at in range(10):
        for i in range(5):
            memory.write(items[i, at], items[i, at], stream=f"{i}")
    assert recalled(memory, items) >= 0.99
    assert memory.verify() == []


@pytest.mark.parametrize(
    ("gone", "batch"), [([1], 100), ([3], 1), ([5], 100), ([1, 3], 100), ([5, 3], 1), ([1, 3, 5], 100)]
)
def test_what_is_forgotten_leaves_no_trace_in_a_stream(gone: list[int], batch: int, db: PlasticDB) -> None:
    memory = db.transforms("m", key_dimension=1, value_dimension=1, batch=batch)
    for key, stream in ((1, "a"), (10, "b"), (2, "a"), (20, "b"), (3, "a")):
        memory.write([[key]], [[key]], stream, source="kept" if key >= 10 else "s")
    memory.consolidate()
    memory.forget(gone)
    left = [n for n in (1, 3, 5) if n not in gone]
    expected = [(a, b, "a") for a, b in pairwise(left)] + [(2, 4, "b")]
    assert [row[:3] for row in links(db)] == sorted(expected)
    assert all(row[4] for row in links(db))
    assert memory.verify() == []
    memory.write([[4.0]], [[4.0]], "a")
    assert len(memory.recall_backward([4.0], steps=9)) == len(left) + 1
    assert memory.verify() == []


def test_links_do_not_depend_on_the_batch() -> None:
    made = []
    for batch in (3, 1_000):
        with PlasticDB.open(":memory:") as db:
            memory = db.transforms("m", key_dimension=2, value_dimension=2, batch=batch)
            rows = np.random.default_rng(0).normal(size=(12, 2))
            for i in range(0, 12, 4):
                memory.write(rows[i : i + 4], rows[i : i + 4], stream=f"{i % 8}")
            memory.forget([2, 3, 9])
            memory.rebuild()
            made.append([row[:4] for row in links(db)])
    assert made[0] == made[1]


def test_another_process_sees_what_was_written_and_forgotten(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as one, PlasticDB.open(tmp_path / "m.db") as two:
        mine, theirs = one.transforms("m", 1, 1), two.transforms("m", 1, 1)
        mine.write([[1], [2], [3]], [[1], [2], [3]], "a")
        assert keys(theirs.recall_forward([1], 9)) == [1, 2, 3]
        mine.write([[4]], [[4]], "a")
        assert keys(theirs.recall_forward([1], 9)) == [1, 2, 3, 4]
        mine.forget(2)
        assert keys(theirs.recall_forward([1], 9)) == [1, 3, 4]
        theirs.consolidate()
        assert keys(mine.recall_forward([1], 9)) == [1, 3, 4]


def test_it_is_asked_as_it_was(walk: TransformMemory) -> None:
    with walk.as_of(3) as then:
        assert keys(then.recall_forward([1], 9)) == [1, 2]


def test_a_cue_before_anything_was_written(db: PlasticDB) -> None:
    memory = db.transforms("m", key_dimension=1, value_dimension=1)
    with pytest.raises(BadMemory, match="there is no memory 'm'"):
        memory.recall_forward([1])
    memory.write([[1]], [[1]])
    with pytest.raises(BadInput, match="nothing in 'm' is in a stream; name one where you write"):
        memory.recall_forward([1])


BAD: dict[str, tuple[Any, str]] = {
    "a stream that is not there": (
        lambda m: m.recall_forward([1], stream="aa"),
        r"there is no stream 'aa' in 'walk' \(did you mean 'a'\?\)",
    ),
    "a key of another dimension": (lambda m: m.recall_forward([1, 2]), "has keys of 1 numbers, and this query has 2"),
    "a key that is no number": (lambda m: m.recall_backward([np.nan]), "has a number that is not finite"),
    "steps below 0": (lambda m: m.recall_forward([1], steps=-1), "steps must be a whole number, 0 or more, not -1"),
    "a use of a slot that is not there": (lambda m: m.use(99), "there is no slot 99 in 'walk'; nothing was noted"),
    "a use of no slot": (lambda m: m.use([]), "there is no slot; give at least one"),
    "a use of a text": (
        lambda m: m.use(["x"]),
        "a slot's number must be a whole number from 1 to 281,474,976,710,656, not",
    ),
    "a use of a slot twice": (lambda m: m.use([1, 1]), "the slot 1 is given twice"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_an_error_in_one_line(what: str, walk: TransformMemory) -> None:
    call, said = BAD[what]
    with pytest.raises(BadInput, match=said) as error:
        call(walk)
    assert "\n" not in str(error.value)
    assert walk.stats()["position"] == 5


def test_sequences_come_back_on_neo4j(tmp_path: Path, neo4j_new: Any) -> None:
    """As from SQLite: also consolidated, and opened again."""
    where = {"username": neo4j_new.username, "password": neo4j_new.password, "journal": tmp_path / "journal.db"}
    items = np.random.default_rng(0).normal(size=(8, 50, 16))
    with PlasticDB.open(neo4j_new.uri, **where) as db:
        db.migrate()
        memory = db.transforms("m", key_dimension=16, value_dimension=16)
        for i, some in enumerate(items):
            memory.write(some, some, stream=f"sequence {i}")
        assert recalled(memory, items) >= 0.99
        memory.consolidate(mode="exact")
        assert recalled(memory, items) >= 0.99
    with PlasticDB.open(neo4j_new.uri, **where) as db:
        memory = db.transforms("m")
        assert recalled(memory, items) >= 0.99
        memory.forget([2, 50])
        assert memory.verify() == []
