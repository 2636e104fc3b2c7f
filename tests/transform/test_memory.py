"""A transform memory: what is written is read, consolidates, and is the same when it is made again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import networkx
import numpy as np
import pytest
from numpy.typing import NDArray

from plasticdb import PlasticDB
from plasticdb.errors import BadInput, BadMemory, NothingLearned, StoreError
from plasticdb.transform.memory import TransformMemory
from plasticdb.transform.reading import capped

Floats = NDArray[np.float64]


@pytest.fixture
def db() -> Iterator[PlasticDB]:
    with PlasticDB.open(":memory:") as database:
        yield database


@pytest.fixture
def arm(db: PlasticDB) -> TransformMemory:
    return db.transforms("arm", key_dimension=4, value_dimension=2)


def linear(pairs: int, seed: int = 0) -> tuple[Floats, Floats]:
    """Keys of 4 numbers, with values of 2 by one linear map."""
    keys = np.random.default_rng(seed).normal(size=(pairs, 4))
    return keys, keys @ np.arange(8.0).reshape(4, 2) + 1


def random(pairs: int, seed: int = 1) -> tuple[Floats, Floats]:
    """Keys of 4 numbers, with values of 2 that nothing can know."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(pairs, 4)), rng.normal(size=(pairs, 2))


def test_what_is_written_is_read_before_and_after_it_consolidates(arm: TransformMemory) -> None:
    keys, values = linear(100)
    assert arm.write(keys, values, source="a day") == list(range(1, 101))
    assert np.array_equal(arm.read_many(keys), values)
    assert (arm.stats()["slots"], arm.stats()["raw"], arm.stats()["floats"]) == (100, 100, 600)
    done = arm.consolidate()
    assert (done.slots, done.raw, done.absorbed) == (1, 0, 100)
    assert np.abs(arm.read_many(keys) - values).max() <= 1e-9
    assert (arm.stats()["slots"], arm.stats()["archived"], arm.stats()["floats"]) == (1, 100, 4 + 2 + 8 + 42 + 3)
    (share,) = arm.read(keys[0]).slots
    assert (share.state, share.share) == ("transform", 1.0)


def test_a_transform_absorbs_more(arm: TransformMemory) -> None:
    keys, values = linear(90)
    arm.write(keys[:70], values[:70])
    arm.consolidate()
    (before,) = arm.list(state="transform")
    arm.write(keys[70:] / 2, values[70:] / 2 + 0.5)
    done = arm.consolidate()
    (after,) = arm.list(state="transform")
    assert (done.slots, done.absorbed, arm.stats()["position"]) == (1, 20, 70 + 2 + 20 + 1)
    assert (before.id, before.n, after.id, after.n) == (72, 70, 72, 90)
    assert arm.consolidate().absorbed == 0
    assert arm.stats()["position"] == 93
    assert arm.verify() == []


def test_a_map_that_is_not_linear_is_mixed_and_forgets(arm: TransformMemory, db: PlasticDB) -> None:
    keys, values = linear(300)
    values = np.tanh((values - 1) / 4)
    arm.write(keys, values, source="good")
    arm.write(*random(20), source="bad")
    done = arm.consolidate(mode="general")
    assert (done.mode, arm.stats()["mode"]) == ("general", "general")
    found = arm.read(keys[0] + 0.1)
    assert sum(one.share for one in found.slots) == pytest.approx(1.0)
    assert arm.verify() == []
    arm.unlearn("bad")
    assert arm.verify() == []
    never = db.transforms("never", 4, 2)
    never.write(keys, values)
    for one in (arm, never):
        one.consolidate(mode="general", afresh=True)
    asked = keys[::3] + 0.1
    assert np.abs(arm.read_many(asked) - never.read_many(asked)).max() <= 1e-9
    assert not np.allclose(arm.read_many(asked), arm.read_many(asked, mode="exact"))


def test_what_is_mixed_is_fitted_again_when_one_of_it_is_gone(arm: TransformMemory) -> None:
    keys, values = linear(300)
    arm.write(keys, np.tanh((values - 1) / 4))
    assert arm.consolidate(mode="general").transforms > 1
    gone, *left = arm.list(state="transform", limit=1000)
    before = [one.value for one in left]
    arm.forget([one.id for one in arm.list(state="archived", limit=1000) if one.into == gone.id])
    now = arm.list(state="transform", limit=1000)
    assert [one.id for one in now] == [one.id for one in left]
    assert not all(np.array_equal(one.value, was) for one, was in zip(now, before, strict=True))
    assert arm.verify() == []


def test_equal_keys_with_unlike_values_stay_raw_and_the_newest_answers(arm: TransformMemory) -> None:
    keys, values = linear(20)
    arm.write(np.vstack([keys, keys[:1]]), np.vstack([values, values[:1] + 7]))
    done = arm.consolidate(mode="exact")
    assert done.unlike == 2
    assert np.abs(arm.read_many(keys[:1]) - values[:1] - 7).max() <= 1e-9
    assert np.abs(arm.read_many(keys[1:]) - values[1:]).max() <= 1e-6


def test_keys_may_be_near_by_their_direction(db: PlasticDB) -> None:
    by = db.transforms("by direction", 2, 1, similarity="cosine")
    by.write([[3.0, 4.0], [100.0, 0.0]], [[1.0], [2.0]])
    assert by.get(1).key.tolist() == [0.6, 0.8]
    assert by.read_many([[0.3, 0.4], [1e-200, 0.0], [9.0, 1.0]]).tolist() == [[1.0], [2.0], [2.0]]
    by.consolidate()
    assert by.read([30, 40]).value == pytest.approx([1.0])
    for call in (lambda: by.write([[1, 1], [0, 0]], [[1], [1]]), lambda: by.read([0, 0])):
        with pytest.raises(BadInput, match="is all zeros, which has no direction to be near by"):
            call()
    with pytest.raises(BadInput, match="similarity must be one of l2, cosine, not 'dot'"):
        db.transforms("x", 2, 1, similarity="dot").write([[1, 1]], [[1]])


def test_a_budget_bounds_the_slots_and_the_answer_says_what_that_costs(arm: TransformMemory) -> None:
    keys, values = random(60)
    arm.write(keys, values)
    done = arm.consolidate(budget=5, mode="exact")
    assert done.slots == done.transforms + done.raw <= 5
    off = np.linalg.norm(arm.read_many(keys) - values, axis=1)
    assert (done.largest, done.mean) == pytest.approx((off.max(), off.mean()))


@pytest.mark.parametrize("pairs", [1, 2, 5])
@pytest.mark.parametrize("mode", ["auto", "exact", "general"])
def test_few_pairs_and_keys_of_less_than_their_dimension_consolidate(
    arm: TransformMemory, pairs: int, mode: str
) -> None:
    keys = np.arange(1.0, pairs + 1)[:, None] * np.array([[1, 2, 0, 0]])
    values = keys[:, :2] * 3
    arm.write(keys, values)
    arm.consolidate(mode=mode)
    # A general read is damped: it promises nothing of what was written.
    assert np.abs(arm.read_many(keys) - values).max() <= (1e-3 if mode == "general" else 1e-6)
    assert arm.verify() == []


def test_a_tolerance_of_0_leaves_raw_what_does_not_come_out_to_the_last_digit(arm: TransformMemory) -> None:
    keys, values = random(30)
    arm.write(keys, values)
    arm.consolidate(tolerance=0.0, mode="exact")
    assert np.array_equal(arm.read_many(keys), values)


def test_one_is_like_it_was_if_it_was_given_away_and_taken_in(
    arm: TransformMemory, db: PlasticDB, tmp_path: Path
) -> None:
    keys, values = linear(30)
    arm.write(keys, values, payload=[{"i": i} for i in range(30)], source="s", stream="here")
    arm.consolidate()
    arm.forget(3)
    db.export("arm", tmp_path / "arm.jsonl")
    with PlasticDB.open(tmp_path / "other.db") as other:
        other.import_(tmp_path / "arm.jsonl")
        theirs = other.transforms("arm")
        assert np.array_equal(theirs.read_many(keys), arm.read_many(keys))
        assert theirs.get(5).payload == {"i": 4}
    with PlasticDB.open(":memory:") as other:
        db.copy(other, "arm")
        assert np.array_equal(other.transforms("arm").read_many(keys), arm.read_many(keys))
    found = list(db.query("MATCH (t:Slot)-[:ABSORBED]->(p:Slot) RETURN t.n AS n, count(p) AS pairs"))
    assert found == [{"n": 29, "pairs": 29}]
    db.export("arm", tmp_path / "arm.graphml", format="graphml")
    graph = networkx.read_graphml(tmp_path / "arm.graphml")
    (transform,) = (node for _, node in graph.nodes(data=True) if node.get("state") == 2)
    assert json.loads(transform["matrix"]) == pytest.approx([0, 2, 4, 6, 1, 3, 5, 7])


def test_one_key_is_written_as_it_is(arm: TransformMemory) -> None:
    assert arm.write([1, 2, 3, 4], [5, 6], payload={"a": 1}) == [1]
    found = arm.read([1, 2, 3, 4])
    assert (found.value.tolist(), found.mode) == ([5.0, 6.0], "none")
    assert [(one.id, one.state, one.share, one.distance) for one in found.slots] == [(1, "raw", 1.0, 0.0)]
    assert arm.get(1).payload == {"a": 1}


def test_it_is_there_when_it_is_opened_again_and_the_same_when_it_is_made_again(tmp_path: Path) -> None:
    keys, values = linear(60)
    with PlasticDB.open(tmp_path / "m.db") as db:
        arm = db.transforms("arm", 4, 2)
        arm.write(keys[:40], values[:40])
        arm.consolidate()
        arm.write(keys[40:], values[40:] + 1)
        arm.consolidate()
        found = arm.read_many(keys)
    with PlasticDB.open(tmp_path / "m.db") as db:
        arm = db.transforms("arm")
        assert np.array_equal(arm.read_many(keys), found)
        assert arm.verify() == []
        arm.rebuild()
        assert np.array_equal(arm.read_many(keys), found)


def test_a_new_one_needs_its_dimensions(db: PlasticDB) -> None:
    with pytest.raises(BadMemory, match=r"there is no memory 'arm'.*its key_dimension and its value_dimension"):
        db.transforms("arm", key_dimension=4)


def test_what_a_source_wrote_is_unlearned_from_what_absorbed_it(arm: TransformMemory, db: PlasticDB) -> None:
    (keys, values), (wrong, values_of_it) = linear(40), random(3)
    arm.write(keys, values, source="good")
    arm.write(wrong, values_of_it, source="bad")
    arm.consolidate(budget=2)
    assert arm.unlearn("bad") == 3
    assert arm.verify() == []
    assert arm.stats()["archived"] + arm.stats()["raw"] == 40
    arm.consolidate(afresh=True)
    never = db.transforms("never", 4, 2)
    never.write(keys, values)
    never.consolidate()
    assert np.abs(arm.read_many(keys) - never.read_many(keys)).max() <= 1e-9
    assert arm.stats()["floats"] == never.stats()["floats"]


def test_a_transform_goes_with_the_last_of_its_pairs(arm: TransformMemory) -> None:
    ids = arm.write(*linear(10))
    arm.consolidate()
    receipt = arm.forget(ids)
    assert (receipt.raw, receipt.transforms, len(receipt.ids)) == (0, 1, 10)
    assert (arm.stats()["slots"], arm.stats()["archived"]) == (0, 0)
    assert arm.consolidate().slots == 0
    with pytest.raises(NothingLearned, match="there is no slot in 'arm' to answer; write pairs to it first"):
        arm.read([1, 2, 3, 4])
    assert arm.verify() == []


def test_pairs_are_got_and_listed(arm: TransformMemory) -> None:
    keys, values = linear(5)
    arm.write(keys[:4], values[:4], external_ids=["a", "b", "c", "d"], source="s", stream="walk")
    arm.consolidate()
    arm.write(keys[4], values[4])
    assert (arm.get("b").id, arm.get("b").state, arm.get("b").stream) == (2, "archived", "walk")
    assert np.array_equal(arm.get("b").key, keys[1])
    assert arm.get(arm.get("b").into or 0).state == "transform"
    assert [one.id for one in arm.list(stream="walk", limit=2)] == [1, 2]
    assert [one.id for one in arm.list(stream="walk", after=2)] == [3, 4]
    assert [one.state for one in arm.list(state="raw")] == ["raw"]
    arm.forget("b")
    with pytest.raises(BadInput, match="the pair 2 of 'arm' was forgotten at"):
        arm.get(2)


def test_an_external_id_is_written_once(arm: TransformMemory) -> None:
    keys, values = linear(3)
    assert arm.write(keys, values, external_ids=["a", "b", "c"], source="s") == [1, 2, 3]
    assert arm.write(keys[::-1], values, external_ids=["c", "b", "x"], source="s") == [3, 2, 4]


def test_an_operation_is_done_once(arm: TransformMemory) -> None:
    keys, values = linear(3)
    assert arm.write(keys, values, operation="o") == arm.write(keys, values, operation="o") == [1, 2, 3]
    assert arm.consolidate(operation="p") == arm.consolidate(operation="p")
    assert arm.forget(1, operation="q") == arm.forget(1, operation="q")
    assert arm.stats()["archived"] == 2


def test_it_follows_what_another_process_does(tmp_path: Path) -> None:
    keys, values = random(40)
    with PlasticDB.open(tmp_path / "m.db") as one, PlasticDB.open(tmp_path / "m.db") as two:
        mine, theirs = one.transforms("arm", 4, 2), two.transforms("arm", 4, 2)
        mine.write(keys[:10], values[:10])
        assert np.array_equal(theirs.read_many(keys[:10]), values[:10])
        mine.write(keys[10:20], values[10:20])
        assert np.array_equal(theirs.read_many(keys[:20]), values[:20])
        theirs.consolidate()
        assert np.abs(mine.read_many(keys[:20]) - values[:20]).max() <= 1e-6
        mine.forget(source=None, ids=[3])
        theirs.write(keys[20:], values[20:])
        assert np.array_equal(mine.read_many(keys), theirs.read_many(keys))


def test_it_is_as_it_was(arm: TransformMemory) -> None:
    keys, values = linear(20)
    arm.write(keys, values)
    arm.consolidate()
    arm.forget(list(range(1, 11)))
    with arm.as_of(20) as then:
        assert then.stats()["raw"] == 20
        assert np.array_equal(then.read_many(keys), values)


def test_a_graph_that_lost_a_slot_is_not_read(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.transforms("arm", 4, 2).write(*linear(5))
    with closing(sqlite3.connect(tmp_path / "m.db")) as graph, graph:
        graph.execute("DELETE FROM slot WHERE number = 3")
    with PlasticDB.open(tmp_path / "m.db") as db:
        with pytest.raises(
            StoreError, match="the graph of 'arm' has not the slots that it says it has: run `plasticdb verify"
        ):
            db.transforms("arm").read([1, 2, 3, 4])
        db.memory("arm").rebuild()
        assert [one.id for one in db.transforms("arm").read(linear(5)[0][2]).slots] == [3]


def test_numbers_as_large_and_as_small_as_they_come(arm: TransformMemory) -> None:
    keys = np.array([[1e15, 0, 0, 1], [-1e15, 1, 0, 0], [1e-300, 0, 0, 0], [5e-324, 0, 0, 0], [0, 0, 0, 0]])
    values = np.array([[1e15, -1e15], [1e-300, 5e-324], [0, 1], [1, 0], [-0.0, 2]])
    arm.write(keys, values)
    assert np.array_equal(arm.read_many(keys), values)
    for mode in ("exact", "general", "auto"):
        arm.consolidate(mode=mode, afresh=True)
        assert np.isfinite(arm.read_many(keys)).all()
        assert arm.verify() == []
    arm.consolidate(mode="exact", afresh=True)
    assert np.abs(arm.read_many(keys) - values).max() <= 1e-6


def test_a_matrix_that_was_changed_by_hand_is_named(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        arm = db.transforms("arm", 4, 2)
        arm.write(*linear(20))
        arm.consolidate()
        (number,) = (one.id for one in arm.list(state="transform"))
    with closing(sqlite3.connect(tmp_path / "m.db")) as graph, graph:
        (matrix,) = graph.execute("SELECT matrix FROM slot WHERE state = 2").fetchone()
        changed = np.frombuffer(matrix, "<f8") * (1 + 1e-6)
        graph.execute("UPDATE slot SET matrix = ? WHERE state = 2", (changed.tobytes(),))
    with PlasticDB.open(tmp_path / "m.db") as db:
        (said,) = db.memory("arm").verify()
        assert "matrix" in said
        assert db.transforms("arm").get(number).state == "transform"
        db.memory("arm").rebuild()
        assert db.memory("arm").verify() == []


BAD: dict[str, tuple[Any, str]] = {
    "a value that is true": (lambda arm: arm.write([[1, 2, 3, 4]], [[True, False]]), "values must be numbers"),
    "a key of an axis more": (lambda arm: arm.write([[[1, 2, 3, 4]]], [[1, 2]]), r"of \[m, 4\], not of \[1, 1, 4\]"),
    "one number": (lambda arm: arm.write(1, 2), r"not of \[1\]"),
    "complex numbers": (lambda arm: arm.read_many(np.ones((1, 4), complex)), "queries must be numbers"),
    "an empty query": (lambda arm: arm.read([]), "a query must be 4 numbers|this query has 0"),
    "keys of another dimension": (
        lambda arm: arm.write([[1, 2]], [[1, 2]]),
        r"has keys of 4 numbers, .* not of \[1, 2\]",
    ),
    "too few values": (
        lambda arm: arm.write(np.ones((2, 4)), np.ones((1, 2))),
        "2 keys and 1 values; nothing was written",
    ),
    "no keys": (lambda arm: arm.write(np.ones((0, 4)), np.ones((0, 2))), "there is no key to write"),
    "a number that is none": (
        lambda arm: arm.write([[1, 2, 3, np.nan]], [[1, 2]]),
        "key 1 of 1 has a number that is not",
    ),
    "a value that is infinite": (lambda arm: arm.write([[1, 2, 3, 4]], [[1, np.inf]]), "value 1 of 1 has a number"),
    "a number that is too large": (lambda arm: arm.write([[1, 2, 3, 1e16]], [[1, 2]]), r"beyond 1e\+15"),
    "texts": (lambda arm: arm.write([["a"] * 4], [[1, 2]]), "keys must be numbers"),
    "ragged": (lambda arm: arm.write([[1, 2, 3, 4], [1]], [[1, 2], [1, 2]]), "keys must be numbers"),
    "None": (lambda arm: arm.write(None, None), "keys must be numbers"),
    "a query of another dimension": (lambda arm: arm.read([1, 2]), "has keys of 4 numbers, and this query has 2"),
    "queries as a key": (lambda arm: arm.read_many([1, 2, 3, 4]), r"an array of \[m, 4\], not of \[4\]"),
    "a mode": (lambda arm: arm.read([1, 2, 3, 4], mode="fast"), "unknown mode 'fast'; choose one of exact, general"),
    "a budget of 0": (lambda arm: arm.consolidate(budget=0), "budget must be a whole number, 1 or more, not 0"),
    "a tolerance below 0": (lambda arm: arm.consolidate(tolerance=-1), "tolerance must be a number, 0 or more"),
    "nothing to forget": (lambda arm: arm.forget(), "say which pairs"),
    "an unknown pair": (lambda arm: arm.forget(99), "there never was a pair 99 in 'arm'; nothing was forgotten"),
    "an unknown source": (lambda arm: arm.unlearn("somebody"), "nothing in 'arm' is of a source 'somebody'"),
    "too few payloads": (
        lambda arm: arm.write(np.ones((2, 4)), np.ones((2, 2)), payload=[1]),
        "give a payload for each",
    ),
    "too few external ids": (lambda arm: arm.write(np.ones((2, 4)), np.ones((2, 2)), external_ids=["a"]), "not 1"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_an_error_in_one_line(what: str, arm: TransformMemory) -> None:
    arm.write([0, 0, 0, 1], [1, 1])
    call, said = BAD[what]
    with pytest.raises(BadInput, match=said) as error:
        call(arm)
    assert "\n" not in str(error.value)
    assert arm.stats()["position"] == 1


def test_what_is_absorbed_comes_out_right_also_where_keys_are_far_from_zero(db: PlasticDB) -> None:
    rng = np.random.default_rng(0)
    far = db.transforms("far", key_dimension=3, value_dimension=2)
    keys, values = rng.normal(size=(20, 3)) * 1e-8 + 1e6, rng.normal(size=(20, 2))
    far.write(keys, values)
    assert far.consolidate().largest <= 1e-6
    assert np.abs(far.read_many(keys) - values).max() <= 1e-6


def test_many_equal_keys_with_unlike_values(db: PlasticDB) -> None:
    same = db.transforms("same", key_dimension=1, value_dimension=1)
    same.write(np.ones((40, 1)), np.arange(40.0)[:, None])
    done = same.consolidate()
    assert (done.unlike, done.raw) == (40, 40)
    assert same.read([1.0]).value.tolist() == [39.0]


def test_no_value_of_a_transform_is_longer_than_the_cap() -> None:
    values = np.random.default_rng(0).normal(size=(10_000, 8)) * 100
    for cap in (16.0, 4 * 8**0.5):
        assert np.sqrt((capped(values, cap) ** 2).sum(axis=1)).max() <= cap
    assert (capped(values, np.inf) == values).all()
