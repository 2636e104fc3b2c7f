"""Forgetting notes: nothing of them is left, and the receipt says what there was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import BadInput, PlasticDB
from plasticdb.engram import forgetting
from plasticdb.engram.memory import EngramMemory
from plasticdb.kinds import find
from plasticdb.testing.memory_case import snapshot

SECRET = "zxqv"
ENGRAM = find("engram")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[PlasticDB]:
    with PlasticDB.open(tmp_path / "m.db") as db:
        yield db


@pytest.fixture
def notes(db: PlasticDB) -> EngramMemory:
    """Three notes that fired together, of two speakers."""
    memory = db.engrams("m", dimension=2)
    said = [{"speaker": "Ann", "said": "tea"}, {"speaker": "Bob"}, {"speaker": "Ann"}]
    memory.remember([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], said, ["a", "b", "c"])
    memory.remind()
    return memory


def everywhere(folder: Path) -> list[str]:
    """The files in which the secret is."""
    return [file.name for file in folder.rglob("*") if file.is_file() and SECRET.encode() in file.read_bytes()]


def test_a_receipt_says_what_is_gone(notes: EngramMemory) -> None:
    receipt = notes.forget(["a", 2])
    assert receipt == forgetting.Receipt(
        {"ids": ["a", 2], "erase": False}, [1, 2], engrams=2, dead=0, firings=2, synapses=0, terms=0, texts=0
    )
    assert [one.id for one in notes.list()] == [3]
    assert [one.id for one in notes.recall([1.0, 0.0])] == [3]
    assert notes.verify() == []


def test_a_receipt_is_not_counted_from_what_was_planned(notes: EngramMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engram that the store still has is said to be left."""
    real, graph = EngramMemory._act, notes._store

    def kept(self: EngramMemory, *how: Any, **by: Any) -> Any:
        done = real(self, *how, **by)
        rows = graph.between("m", ENGRAM.nodes[0], "id", 0, 2**62, ["id", "number"], None)  # type: ignore[union-attr]
        assert rows["number"].tolist() == [2, 3]
        return replace(done, numbers=[2])

    monkeypatch.setattr(EngramMemory, "_act", kept)
    receipt = notes.forget(1)
    assert (receipt.engrams, receipt.left) == (0, 2)  # the engram, and its part in the firing


def test_notes_are_forgotten_by_what_their_payloads_are(notes: EngramMemory) -> None:
    assert notes.forget(where={"speaker": "Ann"}).ids == [1, 3]
    assert [one.payload for one in notes.list()] == [{"speaker": "Bob"}]


def test_notes_are_forgotten_by_stream(db: PlasticDB) -> None:
    memory = texts(db)
    memory.remember(["tea", "rain"], stream="one")
    memory.remember(["snow"], stream="two")
    assert memory.forget(stream="one").ids == [1, 2]
    assert memory.forget(stream="two", where=None).terms == 1


def test_what_is_forgotten_can_be_remembered_again(notes: EngramMemory) -> None:
    notes.forget("a")
    again = notes.remember([[1.0, 0.0]], ["again"], ["a"])
    assert again.skipped == 0
    assert notes.get("a").id == again.ids[0]
    assert notes.forget("a").ids == again.ids


def test_a_note_that_has_died_is_forgotten_in_the_journal(db: PlasticDB) -> None:
    memory = db.engrams("m", dimension=2, lifespan=1.0)
    memory.remember([[1.0, 0.0]], [SECRET], ["a"])
    memory.tick()
    receipt = memory.forget("a", erase=True)
    assert (receipt.engrams, receipt.dead, receipt.texts, receipt.left) == (0, 1, 1, 0)
    assert [one["event"] for one in memory.history(1)] == ["born", "died", "forgotten"]
    assert memory.verify() == []


def test_what_was_forgotten_can_be_erased_later(notes: EngramMemory, tmp_path: Path) -> None:
    notes.update("a", payload=SECRET)
    notes.forget("a")
    assert everywhere(tmp_path)
    assert notes.forget(1, erase=True).texts == 2
    assert everywhere(tmp_path) == []
    assert notes.verify() == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (lambda m: m.forget(), "say which notes: their ids, or where, source, stream"),
        (lambda m: m.forget([]), "there is no id; give at least one"),
        (lambda m: m.forget([1, 1]), "the id 1 is given twice"),
        (lambda m: m.forget([1, "a"]), "the id 1 is given twice; give each once; nothing was forgotten"),
        (lambda m: m.forget([1, 99, "x"]), "there never was an engram 99, 'x' in 'm', or it was erased; nothing was"),
        (lambda m: m.forget(1.5), "ids must be a list of ids"),
        (lambda m: m.forget(1, where={"speaker": "Ann"}), "give ids, or where and stream, and not both"),
        (lambda m: m.forget(where={}), "a filter must name a field"),
        (lambda m: m.forget(where={"speaker": "Zoe"}), "no note in 'm' is so; nothing was forgotten"),
        (
            lambda m: m.forget(where={"speker": "Ann"}),
            "no payload in 'm' has the field 'speker' (did you mean 'speaker'?)",
        ),
        (lambda m: m.forget(where={"speker": "Ann"}, erase=True), "has the field 'speker'"),
        (lambda m: m.forget(stream="none"), "no note in 'm' is so; nothing was forgotten"),
        (lambda m: m.forget(source="none"), "nothing in 'm' is of a source 'none'; nothing was forgotten"),
        (lambda m: m.forget(1, erase="yes"), "erase must be True or False, not 'yes'"),
        (lambda m: [m.forget(3), m.forget([1, 3])], "the engram 3 of 'm' was forgotten at "),
        (lambda m: [m.forget(3, erase=True), m.forget(3, erase=True)], "already; nothing was forgotten"),
    ],
)
def test_what_cannot_be_forgotten_is_said_in_a_line(
    notes: EngramMemory, asked: Callable[[EngramMemory], object], said: str
) -> None:
    with pytest.raises(BadInput) as refused:
        asked(notes)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert [one.id for one in notes.list()][:2] == [1, 2], "nothing is half-done"
    assert notes.verify() == []


def test_an_operation_forgets_once_and_answers_the_same(notes: EngramMemory) -> None:
    first = notes.forget("a", erase=True, operation="one")
    notes.remember([[5.0, 5.0]], ["new"], ["a"])
    assert notes.forget("a", erase=True, operation="one") == first
    assert notes.get("a").payload == "new"
    with pytest.raises(BadInput, match="the operation 'one' was another one"):
        notes.remember([[1.0, 1.0]], operation="one")


def test_what_is_erased_is_in_no_file_copy_or_export(
    db: PlasticDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With updates of it, operations that brought it up, copies for Cypher and graphs of the past."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    memory = db.engrams("m", dimension=2)
    memory.remember([[1.0, 0.0], [0.0, 1.0]], [{"v": f"{SECRET} one"}, "stays"], [SECRET, "b"], operation="made")
    memory.tick()
    memory.update(SECRET, payload={"v": f"{SECRET} two"}, operation="updated")
    stepped = partial(memory.step, [[1.0, 0.5]], None, [{"v": f"{SECRET} three"}], operation="stepped")
    assert [one.payload for one in stepped()] == [{"v": f"{SECRET} two"}, "stays"]
    memory.update(SECRET, payload={"v": f"{SECRET} 4"})
    assert [one.payload for one in stepped()] == [{"v": f"{SECRET} two"}, "stays"], "as it was answered"
    assert next(iter(db.query("MATCH (e:Engram) WHERE e.payload CONTAINS $v RETURN count(*) AS n", v=SECRET))) == {
        "n": 2
    }
    with memory.as_of(1) as then:
        assert then.get(SECRET).payload == {"v": f"{SECRET} one"}
    with PlasticDB.open(tmp_path / "copy.db") as copied:
        db.copy(copied)
    assert len(everywhere(tmp_path)) > 2, "in the log, in the copy, in what Cypher and as_of were asked of"
    with PlasticDB.open(tmp_path / "m.db") as other:  # which has the write-ahead log open
        assert len(other.engrams("m").list()) == 3
        receipt = memory.forget(where={"v": [f"{SECRET} 4", f"{SECRET} three"]}, erase=True, operation="forgotten")
        assert (receipt.engrams, receipt.texts, receipt.left) == (2, 4, 0)
        assert everywhere(tmp_path) == ["copy.db"]
    with PlasticDB.open(tmp_path / "copy.db") as copied:
        db.copy(copied)
        assert everywhere(tmp_path) == []
        assert copied.memory("m").verify() == []
    db.export("m", tmp_path / "m.jsonl")
    with PlasticDB.open(tmp_path / "new.db") as new:
        new.import_(tmp_path / "m.jsonl")
        assert new.memory("m").verify() == []
    assert [*db.query("MATCH (e:Engram) RETURN e.payload AS payload")] == [{"payload": '"stays"'}]
    assert [one.payload for one in stepped()] == [None, "stays"]
    memory.rebuild()
    assert memory.verify() == []
    assert everywhere(tmp_path) == []


def texts(db: PlasticDB) -> EngramMemory:
    return db.engrams("texts", embedder="ngrams")


def test_a_text_that_is_erased_takes_its_terms_along(db: PlasticDB, tmp_path: Path) -> None:
    memory = texts(db)
    memory.remember([f"Ann drinks {SECRET}", "Ann drinks tea"], stream=f"{SECRET} stream")
    memory.update(1, text=f"Ann drank {SECRET}s")
    receipt = memory.forget(1, erase=True)
    assert (receipt.terms, receipt.texts) == (2, 2)
    assert memory.forget(2, erase=True).terms == 3
    assert everywhere(tmp_path) == []
    assert memory.verify() == []


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 1000), st.integers(1, 20), st.lists(st.integers(0, 40), min_size=1, max_size=5, unique=True))
def test_erased_and_made_again_the_graph_is_the_same_in_batches_of_any_size(
    seed: int, batch: int, chosen: list[int]
) -> None:
    """The places of long-term engrams, their levels and who is the least useful do not depend on an erased text."""
    rng = np.random.default_rng(seed)
    assert ENGRAM is not None
    options = {"dimension": 2, "lifespan": 30.0, "capacity": 3, "capacity_long": 12}
    with PlasticDB.open(":memory:") as db:
        memory: Any = db.memory("m", "engram", **options)
        for i in range(25):
            memory.step(rng.normal(size=(2, 2)), lambda found: {one.id: 2.5 for one in found if one.id % 3}, [i, i])
            numbers = [one.id for one in memory.list()]
            if i in chosen:
                memory.forget(rng.permutation(numbers)[:3].tolist(), erase=bool(i % 2))
        assert memory.stats()["long"] <= 12
        before, totals = snapshot(db._store, "m", ENGRAM), db._store.memory("m").totals  # type: ignore[union-attr]
        memory.batch = batch
        memory.rebuild()
        assert snapshot(db._store, "m", ENGRAM) == before
        after = db._store.memory("m").totals  # type: ignore[union-attr]
        assert {n: v for n, v in after.items() if n != "erased"} == {n: v for n, v in totals.items() if n != "erased"}
        assert memory.verify() == []
