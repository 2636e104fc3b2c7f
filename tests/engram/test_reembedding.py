"""Another embedder takes the place of a memory's own: all at once, whatever happens meanwhile, and as the journal says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plasticdb import BadInput, BadMemory, PlasticDB
from plasticdb.engram import embed as module
from plasticdb.engram import embedding
from plasticdb.engram.embed import GROUP
from plasticdb.engram.events import Update
from plasticdb.engram.memory import EngramMemory
from plasticdb.engram.schema import ENGRAM
from plasticdb.engram.working_set import LAST
from plasticdb.journal.journal import Written
from plasticdb.memory.requests import Asking, Between, Nearest
from plasticdb.memory.verify import differences


class Vowels:
    """An embedder: how often each vowel is in a text."""

    version = "1"
    read: list[str] = []  # noqa: RUF012
    """All texts that it was given."""
    fails_at = ""

    def __call__(self, texts: Sequence[str]) -> Any:
        if Vowels.fails_at in texts:
            raise RuntimeError("the model is away")
        Vowels.read += texts
        return [[text.count(vowel) for vowel in "aeiou"] for text in texts]


VOWELS = Vowels()
TEXTS = [f"{'a' * (i % 5)}{'e' * (i % 3)}{'o' * (i % 7)} note {i}" for i in range(200)]


@pytest.fixture(autouse=True)
def packages(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The embedder `vowels` is installed, until what this gives is called."""
    found = [EntryPoint("vowels", f"{__name__}:VOWELS", GROUP)]
    monkeypatch.setattr(module, "entry_points", lambda group: found if group == GROUP else [])
    monkeypatch.setattr(embedding, "_AT_ONCE", 50)
    monkeypatch.setattr(Vowels, "read", [])
    monkeypatch.setattr(Vowels, "fails_at", "nothing")
    return found.clear


@pytest.fixture
def db(tmp_path: Path) -> Iterator[PlasticDB]:
    with PlasticDB.open(tmp_path / "m.db") as opened:
        yield opened


@pytest.fixture
def notes(db: PlasticDB) -> EngramMemory:
    """200 notes with vectors of n-grams, of which some died."""
    made = db.engrams("notes", embedder="ngrams", dimension=16)
    made.remember(TEXTS[:150])
    made.reward({7: -1000.0})
    made.step(TEXTS[150:])
    return made


def vectors(memory: EngramMemory) -> dict[str, list[float]]:
    """The vector that the graph has of each text."""

    def asked() -> Asking[Any]:
        first = memory._held.first
        return (yield Between(ENGRAM, "id", first, first + LAST, ["id", "text", "vector"]))

    rows = memory._ask(asked)
    return {
        text: np.frombuffer(vector, "<f4").tolist() for text, vector in zip(rows["text"], rows["vector"], strict=True)
    }


def test_all_vectors_are_made_again_and_the_options_say_by_whom(notes: EngramMemory) -> None:
    told: list[tuple[int, int]] = []
    assert notes.reembed("vowels", progress=lambda *done: told.append(done)) == 200
    assert told == [(50, 200), (100, 200), (150, 200), (200, 200)]
    made = notes.options
    assert (made.embedder, made.embedder_version, made.dimension) == ("vowels", "1", 5)
    assert vectors(notes) == {text: VOWELS([text])[0] for text in TEXTS}
    assert notes.verify() == []
    assert notes.reembed("vowels") == 0
    notes.step(["aaaa bbb"])
    assert notes.verify() == []


def test_without_either_embedder_a_rebuild_makes_the_same_graph(
    db: PlasticDB, notes: EngramMemory, tmp_path: Path, packages: Callable[[], None]
) -> None:
    notes.reembed("vowels")
    packages()
    with PlasticDB.open(tmp_path / "other.db") as other, PlasticDB.open(tmp_path / "third.db") as third:
        db.export("notes", tmp_path / "notes.jsonl")
        other.import_(tmp_path / "notes.jsonl")
        db.copy(third)
        other.memory("notes").rebuild()
        for copied in (other, third):
            assert differences(db._store, copied._store, "notes") == []
            assert copied.memory("notes").verify() == []
            assert copied.engrams("notes").options == notes.options


def test_until_the_last_vector_is_made_all_is_as_before(notes: EngramMemory) -> None:
    asked = notes.recall("note 17 aa", k=5)

    def still(done: int, total: int) -> None:
        assert notes.options.embedder == "ngrams"
        assert notes.recall("note 17 aa", k=5) == asked

    notes.reembed("vowels", progress=still)
    assert notes.options.embedder == "vowels"


def test_it_goes_on_where_it_was(notes: EngramMemory) -> None:
    Vowels.fails_at = TEXTS[120]
    with pytest.raises(BadInput, match=r"^the embedder failed: RuntimeError: the model is away$"):
        notes.reembed("vowels")
    assert notes.options.embedder == "ngrams"
    assert notes.verify() == []
    Vowels.fails_at = "nothing"
    assert notes.reembed("vowels") == 100
    assert sorted(Vowels.read) == sorted(["a text", *TEXTS, "a text"])
    assert notes.verify() == []


def test_one_that_was_not_finished_is_no_part_of_another(notes: EngramMemory) -> None:
    Vowels.fails_at = TEXTS[120]
    with pytest.raises(BadInput):
        notes.reembed("vowels")
    assert notes.reembed("ngrams", dimension=8) == 200
    assert (notes.options.embedder, notes.options.dimension) == ("ngrams", 8)
    Vowels.fails_at = "nothing"
    assert notes.reembed("vowels") == 100
    assert notes.verify() == []


def test_what_happens_meanwhile_counts(notes: EngramMemory) -> None:
    """A note is remembered, one gets another text, and one is forgotten, after their vectors were prepared."""
    (changed,) = notes._notes(["uuuu"])

    def meanwhile(done: int, total: int) -> None:
        if done == 100:
            notes.remember(["iiii"])
            update = Update(vector=changed.vector, text="uuuu", terms=changed.terms)
            events = [Written("update", update.written(), target=3), Written("unlearn", target=5)]
            notes._journal.append(notes._open(), events, 1.0)
            notes.sync()

    assert notes.reembed("vowels", progress=meanwhile) == 202
    assert vectors(notes) == {text: VOWELS([text])[0] for text in (*TEXTS[:2], "uuuu", TEXTS[3], *TEXTS[5:], "iiii")}
    assert notes.verify() == []


def test_a_process_that_knew_the_old_embedder_goes_on_with_the_new_one(notes: EngramMemory, tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as elsewhere:
        stale = elsewhere.engrams("notes")
        stale.recall("note 3")
        notes.reembed("vowels")
        stale.remember(["uuuuu"])
        stale.step(["iiiii"])
        assert [vectors(notes)[text] for text in ("uuuuu", "iiiii")] == VOWELS(["uuuuu", "iiiii"])
        assert {"uuuuu", "iiiii"} <= {one.text for one in stale.recall("uuuuu", k=202)}
        assert stale.options == notes.options
        with pytest.raises(BadMemory, match="was made with embedder 'vowels', not 'ngrams'"):
            elsewhere.engrams("notes", embedder="ngrams")
    assert notes.verify() == []


def test_as_of_a_time_before_it_has_the_vectors_and_the_embedder_of_then(notes: EngramMemory) -> None:
    before, asked = notes.stats()["position"], notes.recall("note 17 aa", k=5)
    notes.reembed("vowels")
    with notes.as_of(before) as then:
        assert then.recall("note 17 aa", k=5) == asked
        assert (then.options.embedder, then.options.dimension) == ("ngrams", 16)
    with notes.as_of(notes.stats()["position"]) as now:
        assert now.options == notes.options


def test_as_of_its_middle_is_refused(notes: EngramMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plasticdb.engram.reembedding._LARGEST", 500)  # of 200 vectors of 5 numbers
    notes.reembed("vowels")
    last = notes.stats()["position"]
    with pytest.raises(BadInput, match=f"'notes' was being changed at {last - 1}; ask as of {last - 2} or of {last}"):
        notes.as_of(last - 1).__enter__()
    assert notes.verify() == []


def test_a_memory_of_no_notes_at_all_changes_its_embedder(db: PlasticDB) -> None:
    notes = db.engrams("notes", embedder="ngrams")
    with pytest.raises(BadMemory, match="there is no memory 'notes'"):
        notes.reembed("vowels")
    ids = notes.remember(["one"]).ids
    notes._journal.append(notes._open(), [Written("unlearn", target=ids[0])], 1.0)
    notes.sync()
    assert notes.reembed("vowels") == 0
    assert notes.options.dimension == 5
    notes.remember(["two"])
    assert notes.verify() == []


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"embedder": "words"}, "unknown embedder 'words'"),
        ({"embedder": 7}, "an embedder's name must be a text, not 7"),
        (
            {"embedder": "vowels", "dimension": 7},
            "the embedder 'vowels' makes vectors of 5 numbers, not 7; leave the dimension",
        ),
        ({"embedder": "ngrams", "dimension": 0}, "dimension must be a whole number from 1 to 65,536, not 0"),
        ({"embedder": "vowels", "progress": 7}, "progress must be a function, not 7"),
    ],
)
def test_what_cannot_be_is_one_line_and_changes_nothing(notes: EngramMemory, how: Any, said: str) -> None:
    before = notes.stats()
    with pytest.raises(BadInput, match=said) as refused:
        notes.reembed(**how)
    assert "\n" not in str(refused.value)
    assert notes.stats() == before


def test_vectors_that_no_embedder_made_are_named(db: PlasticDB, notes: EngramMemory) -> None:
    ids = notes.remember([[0.5] * 16, [1.0] * 16]).ids
    said = f"^2 notes of 'notes' were given as vectors \\({ids[0]}, {ids[1]}\\), which no other embedder can make; forget them"
    with pytest.raises(BadInput, match=said):
        notes.reembed("vowels")
    plain = db.engrams("plain", dimension=2)
    plain.remember([[1, 2]])
    with pytest.raises(
        BadInput, match=r"^'plain' has vectors and no texts, which an embedder could read; make another"
    ):
        plain.reembed("vowels")


def test_the_index_of_neo4j_has_no_vectors_of_texts(neo4j_db: PlasticDB) -> None:
    """It is not asked by a memory of texts, and would take most of what a commit takes."""
    notes = neo4j_db.engrams("notes", embedder="ngrams", dimension=16)
    notes.remember(TEXTS[:30])

    def found() -> int:
        cue = notes._cue(TEXTS[3]).vector

        def asked() -> Asking[Any]:
            return (yield Nearest(ENGRAM, cue, 30))

        return len(notes._ask(asked))

    assert found() == 0
    notes.reembed("vowels")
    assert found() == 0
    assert notes.verify() == []
    assert notes.recall(TEXTS[3], k=1)[0].text == TEXTS[3]
