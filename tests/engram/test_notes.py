"""An engram memory as a store of notes: they are got, listed, updated and pinned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from plasticdb import BadInput, PlasticDB
from plasticdb.engram.memory import EngramMemory
from plasticdb.engram.notes import Noted
from plasticdb.testing import Clock

SAID = [{"speaker": "Ann", "n": 1}, {"speaker": "Bob", "n": 2}, "no object", {"speaker": "Ann", "n": 4}]


@pytest.fixture
def clock() -> Clock:
    return Clock(1_700_000_000.0)


@pytest.fixture
def db(clock: Clock) -> Iterator[PlasticDB]:
    with PlasticDB.open(":memory:", clock=clock) as db:
        yield db


@pytest.fixture
def notes(db: PlasticDB, clock: Clock) -> EngramMemory:
    """Four notes, a minute apart, in two streams."""
    memory = db.engrams("m", dimension=2)
    for i, said in enumerate(SAID):
        memory.remember([[float(i), 0.0]], [said], [f"x{i}"], stream="odd" if i % 2 else "even")
        clock.now += 60
    return memory


def numbers(found: list[Noted]) -> list[int]:
    return [one.id for one in found]


def test_a_note_is_got_by_its_number_or_by_the_id_that_it_was_given(notes: EngramMemory) -> None:
    assert notes.get("x1") == notes.get(2) == Noted(
        2, "x1", None, {"speaker": "Bob", "n": 2}, "working", 32.0, 0, 1_700_000_060.0, "odd", 0, 0.0, False
    )  # fmt: skip


def test_a_text_is_got_with_its_note(db: PlasticDB) -> None:
    memory = db.engrams("texts", embedder="ngrams")
    (id,) = memory.remember(["Ann drinks tea"]).ids
    assert (memory.get(id).text, memory.get(id).lifespan) == ("Ann drinks tea", float("inf"))


def test_what_is_not_alive_is_said_with_what_became_of_it_and_when(notes: EngramMemory, clock: Clock) -> None:
    notes.forget("x0")
    notes.reward({2: -32.0})
    notes.tick()
    with pytest.raises(BadInput, match="the engram 1 of 'm' was forgotten at 2023-11-14T22:17:20"):
        notes.get("x0")
    with pytest.raises(BadInput, match="the engram 2 of 'm' died in tick 1, at 2023-11-14T22:17:20"):
        notes.get(2)
    with pytest.raises(BadInput, match="there never was an engram 99 in 'm'"):
        notes.get(99)
    with pytest.raises(BadInput, match="there never was an engram 'x9' in 'm', or it was erased"):
        notes.get("x9")


def test_one_that_went_as_the_least_useful_is_said_to_have(db: PlasticDB) -> None:
    memory: Any = db.memory("m", "engram", dimension=2, capacity=0, capacity_long=1)
    memory.remember([[0.0, 0.0], [1.0, 0.0]])
    memory.tick()
    with pytest.raises(BadInput, match="the engram 1 of 'm' died as the least useful of more than 1"):
        memory.get(1)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [1, 2, 3, 4]),
        ({"where": {"speaker": "Ann"}}, [1, 4]),
        ({"where": {"speaker": "Ann", "n": {">": 1}}}, [4]),
        ({"stream": "odd"}, [2, 4]),
        ({"levels": ["working"]}, [1, 2, 3, 4]),
        ({"levels": ["long-term", "short-term"]}, []),
        ({"since": 1_700_000_060.0}, [2, 3, 4]),
        ({"since": "2023-11-14T22:14:21", "until": "2023-11-14T22:15:20"}, [3]),
        ({"until": 1_700_000_060.0}, [1, 2]),
        ({"until": 1_699_999_999.0}, []),
        ({"limit": 2}, [1, 2]),
        ({"limit": 2, "after": 2}, [3, 4]),
        ({"limit": 1, "after": 1, "where": {"speaker": "Ann"}}, [4]),
        ({"after": 4}, []),
    ],
)
def test_notes_are_listed_by_what_they_are(notes: EngramMemory, asked: dict[str, Any], found: list[int]) -> None:
    assert numbers(notes.list(**asked)) == found


def test_a_memory_that_is_not_made_yet_has_none(db: PlasticDB) -> None:
    assert db.engrams("new", dimension=2).list() == []


def test_notes_are_listed_as_they_were(notes: EngramMemory) -> None:
    notes.update(1, payload="later")
    notes.forget(2)
    with notes.as_of(4) as then:
        assert [one.payload for one in then.list()] == SAID
        assert then.get("x1").id == 2


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (lambda m: m.list(where={"speker": "Ann"}), "no payload in 'm' has the field 'speker' (did you mean 'speaker'?)"),
        (lambda m: m.list(since=2, until=1), "since 2 is after until 1; give the earlier time first"),
        (lambda m: m.list(since="noon"), "since must be a time such as 2026-11-21T10:00, or seconds since 1970"),
        (lambda m: m.list(levels=["medium"]), "unknown level 'medium'; choose one of working, short-term, long-term"),
        (lambda m: m.list(limit=0), "limit must be a whole number, 1 or more, not 0"),
        (lambda m: m.update(1), "give a payload or a text; nothing was updated"),
        (lambda m: m.update(1, text="tea"), "'m' has no embedder"),
        (lambda m: m.update(1, payload=object()), "a payload must be JSON"),
        (lambda m: m.update("x9", payload=1), "there never was an engram 'x9' in 'm', or it was erased; nothing was updated"),
        (lambda m: m.pin([1, "x0"]), "the id 1 is given twice; give each once; nothing was pinned"),
        (lambda m: m.pin([1, 99]), "there never was an engram 99 in 'm'; nothing was pinned"),
        (lambda m: [m.forget(3), m.unpin([1, 3])], "was forgotten at 2023-11-14T22:17:20+00:00; nothing was unpinned"),
        (lambda m: m.remember([[0.0, 0.0]], lifespan=0), "lifespan must be a number of ticks above 0"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_in_a_line(
    notes: EngramMemory, asked: Callable[[EngramMemory], object], said: str
) -> None:
    before = [notes.get(1), notes.get(2), notes.get(4)]
    with pytest.raises(BadInput) as refused:
        asked(notes)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert [notes.get(1), notes.get(2), notes.get(4)] == before


def test_a_filter_where_no_payload_is_an_object_says_so(db: PlasticDB) -> None:
    memory = db.engrams("m", dimension=2)
    memory.remember([[0.0, 0.0]], ["text"])
    with pytest.raises(BadInput, match="no payload in 'm' is an object, so there is no field 'speaker'"):
        memory.list(where={"speaker": "Ann"})


def test_a_note_gets_another_payload_or_another_text(db: PlasticDB) -> None:
    memory = db.engrams("m", embedder="ngrams")
    (id,) = memory.remember(["Ann drinks tea"], [1], ["a"]).ids
    assert memory.update("a", payload=None) == id
    assert (memory.get(id).payload, memory.get(id).text) == (None, "Ann drinks tea")
    memory.update(id, text="it rains in Bern", operation="once")
    memory.update(id, text="it rains in Bern", operation="once")
    assert memory.recall("rain", k=1)[0].id == id
    assert [one.score for one in memory.recall("tea")] == [0.0], "nothing speaks for it any more"
    assert [one["event"] for one in memory.history(id)] == ["born", "updated", "updated"]
    assert memory.verify() == []


def test_what_is_pinned_never_dies_until_it_is_unpinned(db: PlasticDB) -> None:
    memory = db.engrams("m", dimension=2, lifespan=2.0)
    memory.remember([[0.0, 0.0], [1.0, 0.0]])
    assert memory.pin(1) == 1
    for _ in range(5):
        memory.tick()
    assert numbers(memory.list()) == [1]
    assert (memory.get(1).pinned, memory.get(1).lifespan) == (True, float("inf"))
    assert memory.unpin([1]) == 1
    assert memory.get(1).lifespan == 2.0
    memory.tick()
    memory.tick()
    assert memory.list() == []
    told = [(one["event"], one["tick"]) for one in memory.history(1)]
    assert told == [("born", 0), ("pinned", 0), ("unpinned", 5), ("died", 7)]
    assert memory.verify() == []


def test_notes_can_live_longer_than_others_and_those_that_were_there_do_not(db: PlasticDB) -> None:
    memory = db.engrams("m", dimension=2, lifespan=2.0)
    memory.remember([[0.0, 0.0]], external_ids=["a"])
    done = memory.remember([[0.0, 0.0], [1.0, 0.0]], external_ids=["a", "b"], lifespan=9.0, operation="one")
    assert memory.remember([[0.0, 0.0], [1.0, 0.0]], external_ids=["a", "b"], lifespan=9.0, operation="one") == done
    assert (done.ids, done.skipped) == ([1, 2], 1)
    assert [one.lifespan for one in memory.list()] == [2.0, 9.0]
    memory.step([[2.0, 0.0]], lifespan=5.0)
    assert [one.lifespan for one in memory.list()] == [1.0, 8.0, 4.0]
    assert [one["event"] for one in memory.history(2)][:2] == ["born", "given a lifespan"]
    assert memory.verify() == []


def test_an_operation_is_tried_again_where_ids_are_given_and_where_not(db: PlasticDB) -> None:
    memory = db.engrams("m", dimension=2)
    first = memory.remember([[0.0, 0.0], [1.0, 0.0]], lifespan=9.0, operation="one")
    assert memory.remember([[0.0, 0.0], [1.0, 0.0]], lifespan=9.0, operation="one") == first
    with pytest.raises(BadInput, match="the operation 'one' was another one"):
        memory.remember([[0.0, 0.0], [1.0, 0.0]], lifespan=8.0, operation="one")
    assert first.ids == [1, 2]


def test_external_ids_are_unique_within_a_source(db: PlasticDB) -> None:
    memory = db.engrams("m", dimension=2)
    memory.remember([[0.0, 0.0]], ["Ann's"], ["1"], source="Ann")
    memory.remember([[1.0, 0.0]], ["Bob's"], ["1"], source="Bob")
    assert memory.remember([[1.0, 0.0]], ["again"], ["1"], source="Bob").skipped == 1
    with pytest.raises(BadInput, match="several sources of 'm' have the id '1'; give the number: 1 of Ann, 2 of Bob"):
        memory.get("1")
    assert [(one["source"], one["learned"]) for one in memory.sources()] == [("Ann", 1), ("Bob", 1)]
    assert memory.forget("1", source="Ann").ids == [1]
    assert memory.get("1").payload == "Bob's"
    with pytest.raises(BadInput, match=r"is of a source 'Bobb' \(did you mean 'Bob'\?\)"):
        memory.forget(source="Bobb")
    assert memory.forget(source="Bob").ids == [2]
    assert memory.verify() == []


def test_a_budget_lets_the_least_useful_go_and_the_pinned_stay(db: PlasticDB) -> None:
    memory: Any = db.memory("m", "engram", dimension=2, capacity=0, near=0, far=0, capacity_long=40, lifespan=1000.0)
    memory.remember([[float(i), 0.0] for i in range(40)])
    memory.tick()
    memory.reward({2: 1.0, 3: 0.5, **dict.fromkeys(range(5, 41), 9.0)})
    memory.pin(1)
    memory.remember([[50.0, 0.0]])
    memory.tick()
    alive = numbers(memory.list())
    assert memory.stats()["long"] == len(alive) == 38, "a twentieth of them goes at once"
    assert set(range(1, 41)) - set(alive) == {3, 4}, "1 is pinned; the newest goes too, which nobody rewarded"
