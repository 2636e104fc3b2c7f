"""What the engram memory does, takes and refuses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from plasticdb import BadInput, BadMemory, PlasticDB
from plasticdb.engram.memory import EngramMemory

from .lives import lived


def test_what_is_near_comes_up_and_what_fired_with_it_is_brought_along() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("notes", dimension=2, near=1)
        tea, rain = memory.remember([[1, 0], [0, 1]], ["tea", {"what": "rain"}]).ids
        memory.remind()
        assert memory.tick() == 1
        memory.remember([[0.9, 0]])
        (one,) = memory.remind()
        assert (one.id, one.payload, one.level, one.lifespan, one.why) == (tea, "tea", "short-term", 31.0, "near")
        found = memory.recall([1.0, 0.0], k=3)
        assert [r.why for r in found] == ["near", "near", "brought"]
        assert (found[2].id, found[2].payload, found[2].via) == (rain, {"what": "rain"}, tea)
        assert [(a.id, a.fired, a.probability) for a in memory.associations(rain)] == [(tea, 1, 1.0)]
        assert memory.reward({tea: 2.5}) == 1
        assert [(e["event"], e["tick"]) for e in memory.history(tea)] == [
            ("born", 0), ("fired", 0), ("fired", 1), ("rewarded", 1),
        ]  # fmt: skip


def test_a_life_ends_in_the_tick_in_which_the_graph_loses_it() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = lived(db, 40)
        alive = {row["n"] for row in db.query("MATCH (e:Engram) RETURN e.number AS n")}
        events = {id: memory.history(id) for id in range(1, 150) if memory_has(memory, id)}
        assert len(events) > 20
        assert {id for id, life in events.items() if life[-1]["event"] != "died"} == alive & set(events)


def memory_has(memory: EngramMemory, id: int) -> bool:
    try:
        memory.history(id)
    except BadInput:
        return False
    return True


def test_a_walk_says_from_where_it_came() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = lived(db, 80)
        memory.remember(np.ones((2, 4)))
        found = memory.remind()
        walked = [one for one in found if one.why == "walked"]
        assert {one.level for one in walked} == {"long-term"}
        assert {one.level for one in found if one.why == "near"} == {"short-term"}
        known = {row["n"] for row in db.query("MATCH (e:Engram) RETURN e.number AS n")}
        assert {one.via for one in walked} <= known


def test_an_external_id_is_remembered_once() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=1)
        assert memory.remember([[1], [2]], external_ids=["a", "b"]).ids == [1, 2]
        again = memory.remember([[1], [3], [3]], external_ids=["a", "c", "c"])
        assert (again.ids, again.skipped) == ([1, 3, 3], 2)
        assert memory.stats()["working"] == 3


@pytest.mark.parametrize("owner", ["", " ", "a/b"])
def test_an_owner_that_could_be_another_is_refused(owner: str) -> None:
    with (
        PlasticDB.open(":memory:") as db,
        pytest.raises(BadInput, match="an owner's name must have a character and no '/'"),
    ):
        db.engrams("m", dimension=1, owner=owner)


def test_of_an_owner_without_a_memory_no_other_is_named() -> None:
    with PlasticDB.open(":memory:") as db:
        db.engrams("m", dimension=1, owner="ann").remember([[1.0]])
        with pytest.raises(
            BadMemory, match=r"^'bob' has no memory 'm' yet; a new one needs its dimension, or an embedder$"
        ):
            db.engrams("m", owner="bob")


def test_owners_know_nothing_of_each_other() -> None:
    with PlasticDB.open(":memory:") as db:
        one, other = (db.engrams("agent", owner=owner, dimension=1) for owner in ("ann", "bob"))
        one.remember([[1]], ["mine"])
        other.remember([[1]], ["his"])
        assert [r.payload for r in other.recall([1], k=5)] == ["his"]
        assert {m["memory"] for m in db.memories()} == {"agent/ann", "agent/bob"}


def test_the_same_journal_makes_the_same_choices() -> None:
    with PlasticDB.open(":memory:") as one, PlasticDB.open(":memory:") as other:
        found = [lived(db, 50).recall([0.0] * 4, k=9) for db in (one, other)]
        assert found[0] == found[1]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (lambda m: m.remember([[1, 2]]), r"has vectors of 4 numbers, an array of \[n, 4\], not of \[1, 2\]"),
        (lambda m: m.remember([1, 2, 3, 4]), r"has vectors of 4 numbers, an array of \[n, 4\], not of \[4\]"),
        (lambda m: m.remember([[1, 2, 3, float("nan")]]), "not finite"),
        (lambda m: m.remember([[1, 2, 3, float("inf")]]), "not finite"),
        (lambda m: m.remember([[1, 2, 3, 1e300]]), "not finite"),
        (lambda m: m.remember(np.empty((0, 4))), "no vector to remember"),
        (lambda m: m.remember("abcd"), "vectors must be numbers"),
        (lambda m: m.remember([[1, 2, 3], [4]]), "vectors must be numbers"),
        (lambda m: m.remember([[1, 2, 3, 4]], ["a", "b"]), "give one of the payloads for each of the 1 vectors"),
        (lambda m: m.remember([[1, 2, 3, 4]], [{1, 2}]), "a payload must be JSON"),
        (lambda m: m.remember([[1, 2, 3, 4]], [float("nan")]), "a payload must be JSON"),
        (lambda m: m.remember([[1, 2, 3, 4]] * 2, ["fine", "x" * 1_000_001]), "and 1,000,000 is the most"),
        (lambda m: m.remember([[1, 2, 3, 4]], None, [7]), "external id 1 must be a text, not 7"),
        (lambda m: m.reward({1: 2.0, 999: 1.0, -3: 1.0}), "no such engrams are alive in 'm': 999, -3"),
        (lambda m: m.reward({1: float("nan")}), "the reward of 1 must be a number"),
        (lambda m: m.reward({1: "much"}), "the reward of 1 must be a number"),
        (lambda m: m.reward({1: 10**400}), "the reward of 1 must be a number"),
        (lambda m: m.reward({"1": 1.0}), "no such engrams are alive in 'm': '1'"),
        (lambda m: m.reward([1]), "a reward is ticks by id, such as {17: 2.5}, and no list"),
        (lambda m: m.step([[0, 0, 0, 1]], lambda _: [1]), "a reward is ticks by id"),
        (lambda m: m.step([[0, 0, 0, 1]], lambda _: m.remember([[0] * 4])), "it cannot use 'm', which is in the middle of a"),
        (lambda m: m.step([[0, 0, 0, 1]], lambda _: m.recall([0] * 4)), "it cannot use 'm', which is in the middle of a step"),
        (lambda m: m.remember([[1, 2, 3, 4]], None, ["\ud800"]), "external id 1 has half of a character"),
        (lambda m: m.remember([[0] * 4, [0, float("inf"), 0, 0]]), "vector 2 of 2 has a value that is not finite"),
        (lambda m: m.step([[0, 0, 0, 1]], lambda _: {999: 1.0}), "no such engrams are alive in 'm': 999"),
        (lambda m: m.recall([1, 2, 3, 4], k=0), "k must be a whole number, 1 or more, not 0"),
        (lambda m: m.recall([1, 2, 3, 4], offset=-1), "offset must be a whole number, 0 or more, not -1"),
        (lambda m: m.recall([1, 2, 3, 4], offset=1), "a memory of vectors has no pages, .*; give a higher k"),
        (lambda m: m.recall([1, 2, 3, 4], min_score=float("nan")), "min_score must be a number, not nan"),
        (lambda m: m.recall([1, 2, 3, 4], levels="short"), "unknown level 'short'; choose one of working, short-term, long-term"),
        (lambda m: m.recall([1, 2, 3, 4], since=9, until=8), "since 9 is after until 8; give the earlier time first"),
        (lambda m: m.recall([1, 2, 3, 4], until="soon"), "until must be a time such as 2026-11-21T10:00, .* not 'soon'"),
        (lambda m: m.recall([1, 2, 3, 4], where={}), "a filter must name a field"),
        (lambda m: m.recall([1, 2, 3, 4], where={"a": 1}), "no payload in 'm' is an object, so there is no field 'a'"),
        (lambda m: m.recall([1, 2, 3, 4], explain=1), "explain must be True or False, not 1"),
        (lambda m: m.recall([1, 2]), r"has vectors of 4 numbers, an array of \[n, 4\], not of \[1, 2\]"),
        (lambda m: m.associations(999), "no engram 999 is alive in 'm'"),
        (lambda m: m.history(999), "there never was an engram 999 in 'm'"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_changes_nothing(bad: Callable[[EngramMemory], object], said: str) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=4)
        memory.remember([[1, 1, 1, 1]], ["first"])
        before = memory.stats()
        with pytest.raises(BadInput, match=said) as refused:
            bad(memory)
        assert "\n" not in str(refused.value)
        assert memory.stats() == before
        assert db.memory("m").verify() == []


def test_another_dimension_another_kind_and_no_memory_at_all() -> None:
    with PlasticDB.open(":memory:") as db:
        db.engrams("m", dimension=4).remember([[1, 1, 1, 1]])
        db.sequence("s").learn("emma")
        with pytest.raises(BadMemory, match="'m' was made with dimension 4, not 5"):
            db.engrams("m", dimension=5)
        with pytest.raises(BadMemory, match="'s' is a memory of the kind 'sequence', not 'engram'"):
            db.engrams("s", dimension=4)
        with pytest.raises(BadMemory, match="'m' is a memory of the kind 'engram', not 'sequence'"):
            db.sequence("m").predict("em")
        with pytest.raises(BadMemory, match="there is no memory 'x'; the memories are: m, s"):
            db.engrams("x")
        with pytest.raises(BadMemory, match="there is no memory 'y'"):
            db.engrams("y", dimension=3).tick()
        for options in ({"dimension": 0}, {"dimension": 2, "lifespan": float("nan")}, {"dimension": 2, "near": -1}):
            with pytest.raises(BadInput):
                db.engrams("z", **options)  # type: ignore[arg-type]
        assert {m["memory"] for m in db.memories()} == {"m", "s"}


def test_zeros_and_float64_are_vectors_too() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=2)
        memory.remember(np.array([[0.0, 0.0], [1 / 3, 1.0]]), [0, 1])
        near = memory.recall([np.float32(1 / 3), 1.0], k=1)
        assert (near[0].payload, near[0].distance) == (1, 0.0)


def test_a_new_memory_can_be_asked_before_it_remembers() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=1)
        assert memory.recall([1.0]) == []
        assert memory.remind() == []
        assert db.memories() == []
        with pytest.raises(BadMemory, match="there is no memory 'm'"):
            memory.tick()
        with pytest.raises(BadInput, match=r"has vectors of 1 numbers"):
            memory.recall([1.0, 2.0])


def test_very_many_are_recalled_after_very_many_fired_together() -> None:
    rng = np.random.default_rng(0)
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=2)
        memory.remember(rng.normal(size=(2000, 2)))
        memory.remind()
        memory.tick()
        assert len(memory.recall([0.0, 0.0], 10**12)) == 2000


def test_what_was_later_is_not_in_the_history_as_of_before() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=1, lifespan=1.0)
        (id,) = memory.remember([[1.0]]).ids
        memory.tick()
        assert [one["event"] for one in memory.history(id)] == ["born", "died"]
        with db.memory("m").as_of(id) as then:
            assert isinstance(then, EngramMemory)
            assert [one["event"] for one in then.history(id)] == ["born"]


def test_with_nothing_in_working_memory_nothing_is_reminded() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=1)
        memory.remember([[1]])
        memory.tick()
        position = memory.stats()["position"]
        assert memory.remind() == []
        assert memory.reward({}) == 0
        assert memory.stats()["position"] == position
