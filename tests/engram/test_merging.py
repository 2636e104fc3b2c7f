"""Notes that are nearly the same become one, which answers for all of them; and forgetting any leaves the others right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plasticdb import BadInput, BadMemory, PlasticDB
from plasticdb.engram.memory import EngramMemory
from plasticdb.engram.schema import ENGRAM

TEA, RAIN = "Ann drinks green tea", "it rains in Bern"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[PlasticDB]:
    with PlasticDB.open(tmp_path / "m.db") as db:
        yield db


@pytest.fixture
def notes(db: PlasticDB) -> EngramMemory:
    """Two notes, of which the first was said again by Bob, as note 3."""
    memory = db.engrams("m", embedder="ngrams", merge_above=0.9, lifespan=10.0)
    memory.remember([TEA, RAIN], [{"by": "Ann"}, {"by": "Ann"}], ["a", "b"], stream="monday")
    memory.tick()
    memory.remember([f"{TEA}!"], [{"by": "Bob"}], ["c"], stream="tuesday")
    return memory


def chains(db: PlasticDB) -> dict[str, list[tuple[int, int]]]:
    """Which engram comes before which, by stream."""
    found: dict[str, list[tuple[int, int]]] = {}
    asked = "MATCH (a:Engram)-[e:NEXT]->(b:Engram) RETURN e.stream AS stream, a.number AS one, b.number AS next ORDER BY one"
    for row in db.query(asked):
        found.setdefault(row["stream"], []).append((row["one"], row["next"]))
    return found


def test_the_merged_one_answers_for_both(db: PlasticDB, notes: EngramMemory) -> None:
    assert [one.id for one in notes.list()] == [1, 2]
    one = notes.get("c")
    assert (one.id, one.external_id, one.text, one.payload, one.stream) == (1, "a", TEA, {"by": "Ann"}, "monday")
    (copy,) = one.copies
    assert copy["text"] == f"{TEA}!"
    assert (copy["external_id"], copy["payload"], copy["stream"]) == ("c", {"by": "Bob"}, "tuesday")
    number = copy["id"]
    assert notes.get(number).id == 1
    best, other = notes.recall("who drinks tea?", k=2)
    assert (best.id, best.copies, other.copies) == (1, (number,), ())
    asked = "MATCH (e:Engram)-[:ANSWERS_FOR]->(c:Copy) RETURN e.number AS into, c.number AS number, c.text AS text"
    assert [dict(row) for row in db.query(asked)] == [{"into": 1, "number": number, "text": f"{TEA}!"}]
    assert notes.verify() == []


def test_a_filter_finds_what_a_copy_was_given(notes: EngramMemory) -> None:
    assert [one.id for one in notes.list(where={"by": "Bob"})] == [1]
    assert [one.id for one in notes.list(stream="tuesday")] == [1]
    assert notes.list(where={"by": "Bob"}, levels=["working"]) == []
    assert [one.id for one in notes.recall("tea", where={"by": "Bob"})] == [1]


def test_what_is_less_alike_stays_by_itself(notes: EngramMemory) -> None:
    (number,) = notes.remember(["Ann drinks black coffee"]).ids
    assert [one.id for one in notes.list()] == [1, 2, number]


def test_of_one_call_each_is_merged_into_the_nearest_before_it(db: PlasticDB) -> None:
    memory = db.engrams("m", embedder="ngrams", merge_above=1.0)
    assert memory.remember([TEA, RAIN, TEA, RAIN, TEA]).ids == [1, 2, 3, 4, 5]
    assert [(one.id, [copy["id"] for copy in one.copies]) for one in memory.list()] == [(1, [3, 5]), (2, [4])]


def test_an_id_that_comes_twice_is_neither_remembered_nor_merged_again(notes: EngramMemory) -> None:
    number = notes.get("a").copies[0]["id"]
    again = notes.remember([TEA, RAIN, TEA], external_ids=["c", "d", "d"])
    assert (again.ids[0], again.skipped) == (number, 1 + 1)
    assert notes.get("d").id == 2
    assert [len(one.copies) for one in notes.list()] == [1, 1]


def test_the_same_operation_answers_the_same(notes: EngramMemory) -> None:
    first = notes.remember([RAIN], external_ids=["r"], operation="once")
    position = notes.stats()["position"]
    assert notes.remember([RAIN], external_ids=["r"], operation="once") == first
    assert notes.stats()["position"] == position


def test_it_lives_on_and_says_so(notes: EngramMemory) -> None:
    assert [one.lifespan for one in notes.list()] == [10.0, 9.0]
    said = [(one["event"], one.get("lifespan")) for one in notes.history(1)]
    assert said == [("born", None), ("remembered again", 10.0)]
    assert [one["event"] for one in notes.history("c")] == ["born", "merged"]
    notes.remember([RAIN], lifespan=50.0)
    assert notes.get(2).lifespan == 50.0


def test_what_was_remembered_again_is_more_useful(db: PlasticDB) -> None:
    memory = db.engrams("m", embedder="ngrams", merge_above=0.9, capacity=0, capacity_long=2)
    memory.remember([TEA, RAIN, "Bob plays chess"])
    memory.remember([TEA, RAIN])
    memory.remember(["a new bike"])
    for _ in range(2):
        memory.tick()
    assert [one.text for one in memory.list()] == [TEA, RAIN]


def test_whoever_names_a_copy_means_what_answers_for_it(notes: EngramMemory) -> None:
    number = notes.get("a").copies[0]["id"]
    with pytest.raises(
        BadInput, match=f"the note {number} was merged into 1, which answers for it; update 1, or forget"
    ):
        notes.update("c", payload="new")
    assert notes.update("a", payload="new") == 1
    assert notes.pin(["c", "a"]) == 1
    assert notes.reward({number: 2.0, 1: 1.0}) == 1
    one = notes.get(1)
    assert (one.payload, one.pinned, one.rewarded) == ("new", True, 3.0)
    assert one.copies[0]["payload"] == {"by": "Bob"}


def test_forgetting_the_copy_leaves_the_other(notes: EngramMemory) -> None:
    receipt = notes.forget("c")
    assert (receipt.engrams, receipt.copies, receipt.dead, receipt.left) == (0, 1, 0, 0)
    assert notes.get("a").copies == ()
    with pytest.raises(BadInput, match="was forgotten at"):
        notes.get("c")
    assert notes.verify() == []


def test_forgetting_the_other_leaves_the_copy_as_it_was_told(db: PlasticDB, notes: EngramMemory) -> None:
    notes.remember(["the sun is out"], stream="tuesday")
    number = notes.get("a").copies[0]["id"]
    receipt = notes.forget("a")
    assert (receipt.engrams, receipt.terms, receipt.left) == (1, 0, 0)  # its terms are the other's, too
    one = notes.get("c")
    assert (one.id, one.text, one.payload, one.stream) == (number, f"{TEA}!", {"by": "Bob"}, "tuesday")
    assert (one.born, one.level, one.copies) == (1, "short-term", ())
    assert chains(db) == {"tuesday": [(number, number + 2)]}
    assert [one.id for one in notes.recall("tea", k=1)] == [number]
    assert notes.verify() == []


def test_the_first_of_several_copies_answers_for_the_others(db: PlasticDB) -> None:
    memory = db.engrams("m", embedder="ngrams", merge_above=0.9)
    memory.remember([RAIN, TEA, "one", TEA, "two", TEA], external_ids=list("abcdef"), stream="s")
    assert chains(db) == {"s": [(1, 2), (2, 3), (3, 5)]}
    memory.forget("b")
    assert memory.get("f").id == memory.get("d").id == 4
    assert chains(db) == {"s": [(1, 3), (3, 4), (4, 5)]}
    memory.forget(["d", "f"])
    assert chains(db) == {"s": [(1, 3), (3, 5)]}
    assert memory.verify() == []


@pytest.mark.parametrize("how", [{"ids": ["a", "c"]}, {"ids": ["c", "a"]}, {"stream": "s"}, {"where": {"tea": True}}])
def test_both_are_forgotten_at_once(tmp_path: Path, how: dict[str, Any]) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        memory = db.engrams("m", embedder="ngrams", merge_above=0.9)
        memory.remember(["zxqv tea", "zxqv tea"], [{"tea": True}, {"tea": True}], ["a", "c"], stream="s")
        memory.remember([RAIN])
        receipt = memory.forget(**how, erase=True)
        assert (receipt.ids, receipt.engrams, receipt.copies, receipt.texts, receipt.left) == ([1, 2], 1, 1, 2, 0)
        assert [one.text for one in memory.list()] == [RAIN]
        assert memory.verify() == []
    assert [file.name for file in tmp_path.rglob("*") if file.is_file() and b"zxqv" in file.read_bytes()] == []


@pytest.mark.parametrize("who", ["a", "c"])
def test_of_an_erased_one_no_byte_is_left_and_the_other_is_right(tmp_path: Path, who: str) -> None:
    secret, public = ("zxqv" if who == "a" else "open"), ("zxqv" if who == "c" else "open")
    with PlasticDB.open(tmp_path / "m.db") as db:
        memory = db.engrams("m", embedder="ngrams", merge_above=0.1, lifespan=5.0)
        memory.remember([f"{secret} green tea"], external_ids=["a"])
        memory.tick()
        memory.remember([f"{public} green tea"], external_ids=["c"])
        memory.forget(who, erase=True)
        (one,) = memory.list()
        assert (one.text, one.copies, one.lifespan) == ("open green tea", (), 5.0)
        assert memory.verify() == []
        memory.batch = 1
        memory.rebuild()
        assert memory.list() == [one]
    assert [file.name for file in tmp_path.rglob("*") if file.is_file() and b"zxqv" in file.read_bytes()] == []


def test_in_long_term_memory_the_copy_takes_a_place_of_its_own(db: PlasticDB) -> None:
    memory = db.engrams("m", embedder="ngrams", merge_above=0.9, capacity=0)
    memory.remember([TEA, RAIN, "Bob plays chess", TEA], external_ids=list("abcd"))
    for _ in range(2):
        memory.tick()
    assert memory.stats()["long"] == 3
    memory.forget("a")
    assert memory.get("d").level == "long-term"
    assert memory.stats()["long"] == 3
    (rows,) = db._store.scan_nodes("m", ENGRAM, ["number", "place"])
    places = [place - memory._held.first_place for place in rows["place"].tolist()]
    assert sorted(places) == [0, 1, 2]
    assert memory.verify() == []


def test_both_die_together(db: PlasticDB, notes: EngramMemory) -> None:
    for _ in range(10):
        notes.tick()
    assert notes.list() == []
    assert (db._store.counts()["Copy"], db._store.counts()["answers_for"]) == (0, 0)
    with pytest.raises(BadInput, match="was merged into 1, and is not there any more"):
        notes.get("c")
    assert notes.verify() == []


def test_a_step_merges_too(notes: EngramMemory) -> None:
    notes.step([RAIN], payloads=["again"])
    assert [copy["payload"] for copy in notes.get(2).copies] == ["again"]
    assert notes.verify() == []


def test_another_process_recalls_what_it_would_if_it_were_new(tmp_path: Path) -> None:
    """Its index knew the copy as an engram, or knew none at all."""
    with PlasticDB.open(tmp_path / "m.db") as one, PlasticDB.open(tmp_path / "m.db") as other:
        mine, theirs = (db.engrams("m", embedder="ngrams", merge_above=0.9) for db in (one, other))
        mine.remember([TEA, RAIN, TEA], stream="s")
        for change in (lambda: mine.forget(1), lambda: mine.remember([RAIN, "new"]), lambda: mine.forget(2)):
            theirs.recall("tea")
            change()
            fresh = one.engrams("m")
            assert theirs.recall("tea") == mine.recall("tea") == fresh.recall("tea")


def test_another_embedder_reads_copies_too(notes: EngramMemory) -> None:
    assert notes.reembed("ngrams", dimension=64) == 3
    assert notes.verify() == []
    notes.forget("a")
    assert notes.recall("tea", k=1)[0].text == f"{TEA}!"
    notes.rebuild()
    assert len(notes._index.vectors[0] if notes.recall("tea") else []) == 64


def test_vectors_that_were_given_are_merged_by_the_same_cosine(db: PlasticDB) -> None:
    memory = db.engrams("m", embedder="ngrams", merge_above=0.99)
    memory.remember(np.stack([np.eye(256)[0], 2 * np.eye(256)[0], np.zeros(256), np.zeros(256)]))
    assert [one.id for one in memory.list()] == [1, 3, 4]  # nothing is like zeros


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"embedder": "ngrams", "merge_above": 0}, "merge_above must be a cosine above 0, up to 1, not 0"),
        ({"embedder": "ngrams", "merge_above": 1.5}, "up to 1, not 1.5"),
        ({"embedder": "ngrams", "merge_above": float("nan")}, "merge_above must be a number, not nan"),
        ({"embedder": "ngrams", "merge_above": True}, "merge_above must be a number, not True"),
        ({"dimension": 2, "merge_above": 0.9}, "merge_above is an option of memories of texts; name an embedder"),
    ],
)
def test_what_cannot_be_merged_by(db: PlasticDB, how: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        db.engrams("m", **how)


def test_it_is_the_memorys_own(notes: EngramMemory, db: PlasticDB) -> None:
    assert notes.stats()["merge_above"] == 0.9
    with pytest.raises(BadMemory, match="merge_above"):
        db.engrams("m", merge_above=0.5)
