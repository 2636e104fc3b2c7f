"""A memory with an embedder takes texts where others take vectors; what was made of them is in its options and its graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plasticdb import BadInput, BadMemory, PlasticDB
from plasticdb.engram import embed as module
from plasticdb.engram.embed import GROUP
from plasticdb.engram.memory import EngramMemory
from plasticdb.engram.terms import terms


class Lengths:
    """An embedder of two numbers: how long a text is, and how many words it has."""

    version = "3"
    made: Any = None
    """What it gives instead."""

    def __call__(self, texts: Sequence[str]) -> Any:
        if Lengths.made is not None:
            return Lengths.made(texts)
        return [[len(text), len(text.split())] for text in texts]


LENGTHS = Lengths()


@pytest.fixture(autouse=True)
def packages(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The embedder `lengths` is installed, until what this gives is called."""
    found = [EntryPoint("lengths", f"{__name__}:LENGTHS", GROUP)]
    monkeypatch.setattr(module, "entry_points", lambda group: found if group == GROUP else [])
    monkeypatch.setattr(Lengths, "made", None)
    monkeypatch.setattr(Lengths, "version", "3")
    return found.clear


@pytest.fixture
def db() -> Iterator[PlasticDB]:
    with PlasticDB.open(":memory:") as opened:
        yield opened


def test_texts_are_remembered_and_asked_for_where_vectors_are(db: PlasticDB) -> None:
    notes = db.engrams("notes", embedder="ngrams")
    ids = notes.remember(["Ann drinks green tea", "it rains in Bern"], [{"day": 1}, None]).ids
    (found,) = notes.recall("who drinks tea?", k=1)
    assert (found.id, found.text, found.payload) == (ids[0], "Ann drinks green tea", {"day": 1})
    notes.tick()
    came = notes.step(["Ann drinks tea again"])
    assert ("it rains in Bern", None) in [(one.text, one.payload) for one in came]
    assert notes.history(ids[1])[0]["text"] == "it rains in Bern"
    assert {one.text for one in notes.associations(ids[1])} == {"Ann drinks green tea", "Ann drinks tea again"}


def test_the_embedder_is_stamped_and_a_memory_that_is_opened_again_uses_it(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.engrams("notes", embedder="lengths", lifespan=9.0).remember(["three words here"])
    with PlasticDB.open(tmp_path / "m.db") as db:
        notes = db.engrams("notes")
        made = notes.options
        assert (made.embedder, made.embedder_version, made.dimension, made.lifespan) == ("lengths", "3", 2, 9.0)
        notes.remember(["one"])
        assert notes.recall("four words in it", k=1)[0].text == "three words here"
        assert db.engrams("notes", embedder="lengths").options == made


def test_with_an_embedder_notes_stay_and_words_have_stems_unless_something_else_is_asked(db: PlasticDB) -> None:
    made = db.engrams("notes", embedder="ngrams").options
    assert (made.lifespan, made.language, made.stop_words) == (None, "english", True)
    other = db.engrams(
        "other", embedder="ngrams", lifespan=5.0, language="none", stop_words=False, dimension=64
    ).options
    assert (other.lifespan, other.language, other.stop_words, other.dimension) == (5.0, "none", False, 64)
    plain = db.engrams("plain", dimension=3).options
    assert (plain.lifespan, plain.embedder, plain.language, plain.stop_words) == (32.0, None, None, False)


def test_the_terms_of_texts_are_in_the_graph(db: PlasticDB) -> None:
    said = "Running dogs run"
    db.engrams("notes", embedder="ngrams").remember([said])
    db.engrams("exact", embedder="ngrams", language="none", stop_words=False).remember([said])
    asked = "MATCH (e:Engram {memory: $memory})-[m:MENTIONS]->(t:Term) RETURN t.text AS term, m.count AS count"
    for memory, how in (("notes", ("english", True)), ("exact", ("none", False))):
        found = {row["term"]: row["count"] for row in db.query(asked, memory=memory)}
        assert found == terms(said, *how)


def test_a_stream_is_named_by_the_call_and_otherwise_by_the_session(db: PlasticDB) -> None:
    notes = db.engrams("notes", embedder="ngrams")
    notes.remember(["one", "two"])
    notes.step(["hello"], stream="talk")
    notes.remember(["three"])
    notes.step(["goodbye"], stream="talk")
    asked = (
        "MATCH (a:Engram)-[n:NEXT]->(b:Engram) RETURN a.text AS a, n.stream AS stream, b.text AS b ORDER BY b.number"
    )
    assert [tuple(row.values()) for row in db.query(asked)] == [
        ("one", "session 1", "two"), ("two", "session 1", "three"), ("hello", "talk", "goodbye"),
    ]  # fmt: skip
    plain = db.engrams("plain", dimension=1)
    plain.remember([[1], [2]])
    plain.remember([[3], [4]], stream="numbers")
    assert [s["name"] for s in db.query("MATCH (s:Stream {memory: 'plain'}) RETURN s.name AS name")] == ["numbers"]


def test_vectors_that_its_embedder_could_have_made_are_taken_too(db: PlasticDB) -> None:
    notes = db.engrams("notes", embedder="lengths")
    notes.remember(["a b c"])
    (one,) = notes.remember([[-100, 20]], ["long"]).ids
    found = notes.recall([-99.0, 20.0], k=1)[0]
    assert (found.id, found.text, found.payload) == (one, None, "long")
    assert notes.verify() == []


@pytest.mark.parametrize(
    "texts",
    [
        ["", " \n\t"],
        ["the of and"],
        ["\U0010ffff \U0001f600 \u4e2d\u6587 \ufdd0 e\u0301 \u202e"],
        ["".join(map(chr, range(1, 0xD800, 7)))],
        ["".join(map(chr, range(0xE000, 0x110000, 97)))],
        ["word " * 200_000],
        [" ".join(f"w{i}" for i in range(20_000))],
        ["x" * 100_000],
    ],
    ids=[
        "empty",
        "stop words",
        "planes",
        "first plane",
        "all planes",
        "1 MB of one word",
        "many words",
        "one long word",
    ],
)
def test_hostile_texts_are_remembered_found_again_and_rebuilt(db: PlasticDB, texts: list[str]) -> None:
    notes = db.engrams("notes", embedder="ngrams")
    ids = notes.remember(texts).ids
    assert [notes.get(id).text for id in ids] == texts
    assert ids[0] in {one.id for one in notes.recall(texts[0])}
    notes.tick()
    assert notes.verify() == []


def test_an_operation_is_done_once_whatever_its_embedder_makes_of_it_later(db: PlasticDB) -> None:
    notes = db.engrams("notes", embedder="lengths")
    first = notes.remember(["a b"], operation="one")
    stepped = notes.step(["c"], operation="two")
    Lengths.made = lambda texts: [[9.0, 9.0]] * len(texts)
    assert notes.remember(["a b"], operation="one").ids == first.ids
    assert notes.step(["c"], operation="two") == stepped
    assert notes.stats()["short"] == 2
    with pytest.raises(BadInput, match="the operation 'one' was another one"):
        notes.remember(["a c"], operation="one")


def test_without_its_embedder_a_memory_does_all_but_read_texts(tmp_path: Path, packages: Callable[[], None]) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.engrams("notes", embedder="lengths").remember(["one", "two words"])
        packages()
    with PlasticDB.open(tmp_path / "m.db") as db, PlasticDB.open(tmp_path / "other.db") as other:
        notes = db.engrams("notes")
        assert db.memory("notes").rebuild() == 2
        assert notes.verify() == []
        assert notes.recall([3.0, 1.0], k=1)[0].text == "one"
        db.export(to=tmp_path / "m.jsonl")
        other.import_(tmp_path / "m.jsonl")
        assert other.memory("notes").verify() == []
        said = (
            "^'notes' needs its embedder for texts, or another one by `reembed`: unknown embedder 'lengths'; choose one of "
            r"ngrams, or install a package with an entry point in plasticdb\.embedders$"
        )
        for verb in (notes.recall, lambda text: notes.remember([text]), lambda text: notes.step([text])):
            with pytest.raises(BadInput, match=said):
                verb("one")


def test_another_embedder_version_or_dimension_is_refused_with_what_to_do(db: PlasticDB) -> None:
    db.engrams("notes", embedder="lengths").remember(["one"])
    for options, said in (
        (
            {"embedder": "ngrams"},
            "with embedder 'lengths', not 'ngrams'; leave the option out, or change it with `reembed`",
        ),
        ({"dimension": 5}, "with dimension 2, not 5; leave the option out, or change it with `reembed`"),
        ({"embedder": "lengths", "language": "none"}, "with language 'english', not 'none'; leave the option out"),
    ):
        with pytest.raises(BadMemory, match=f"^'notes' was made {said}"):
            db.engrams("notes", **options)  # type: ignore[arg-type]
    Lengths.version = "4"
    said = "^'notes' was made with version '3' of the embedder 'lengths', and '4' is installed; install that one, or"
    with pytest.raises(BadMemory, match=said):
        db.engrams("notes", embedder="lengths")
    with PlasticDB.open(":memory:") as other:
        db.copy(other)
        with pytest.raises(BadMemory, match=said):
            other.engrams("notes").recall("one")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"embedder": "words"}, "unknown embedder 'words'; choose one of ngrams, lengths, or install a package"),
        (
            {"embedder": "lengths", "dimension": 3},
            "the embedder 'lengths' makes vectors of 2 numbers, not 3; leave the",
        ),
        ({"embedder": "ngrams", "dimension": 0}, "vectors cannot have 0 dimensions"),
        ({"embedder": "ngrams", "language": "klingon"}, "language must be arabic, .* or none, not 'klingon'"),
        ({"embedder": 7}, "embedder must be a text, not 7"),
        ({"dimension": 3, "language": "english"}, "language is an option of memories of texts; name an embedder"),
        ({"dimension": 3, "stop_words": True}, "stop_words is an option of memories of texts; name an embedder"),
    ],
)
def test_a_memory_that_cannot_be_made_so_is_not_made(db: PlasticDB, options: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        db.engrams("notes", **options)
    assert "\n" not in str(refused.value)
    assert db.memories() == []


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (lambda m: m.remember([]), "there is no text to remember; give at least one"),
        (lambda m: m.remember("a text"), r"texts must be a list of texts, such as \['a text'\], not one text"),
        (lambda m: m.remember(["a", None]), "text 2 of 2 must be a text, not None"),
        (lambda m: m.remember(["a", 7]), "text 2 of 2 must be a text, not 7"),
        (lambda m: m.remember(["a\0b"]), r"a text has the character U\+0000, which a database does not keep"),
        (lambda m: m.remember(["fine", "\ud800"]), r"text 2 of 2 has half of a character \(a surrogate\)"),
        (lambda m: m.remember(["x" * 1_000_001]), "a text has 1,000,001 characters, and 1,000,000 is the most"),
        (lambda m: m.remember([[1, 2, 3]]), r"give texts, or vectors as its embedder 'lengths' makes them: 'm' has vectors of 2"),
        (lambda m: m.remember([None]), "give texts, or vectors as its embedder 'lengths' makes them: vectors must be numbers"),
        (lambda m: m.remember(["a"], [1, 2]), "give one of the payloads for each of the 1 texts, not 2"),
        (lambda m: m.remember(["a", "b"], [1, {1}]), "payload 2 of 2: a payload must be JSON"),
        (lambda m: m.remember(["a"], stream=""), "a stream's name must have 1 to 2,000 bytes as UTF-8, not ''"),
        (lambda m: m.remember(["a"], stream=7), "a stream's name must be a text, not 7"),
        (lambda m: m.step(["a"], stream="\0"), r"a stream's name has the character U\+0000"),
        (lambda m: m.recall(["a"]), "a question is one text, not a list of texts; ask one after the other"),
        (lambda m: m.recall("a\0"), r"a text has the character U\+0000"),
        (lambda m: m.recall([1.0]), "give texts, or vectors as its embedder 'lengths' makes them: 'm' has vectors of 2"),
    ],
)  # fmt: skip
def test_bad_texts_are_one_line_and_change_nothing(
    db: PlasticDB, bad: Callable[[EngramMemory], object], said: str
) -> None:
    refuses(db.engrams("m", embedder="lengths"), bad, said)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda texts: [[1.0, float("nan")]] * len(texts), "the embedder returned values that are no finite numbers"),
        (
            lambda texts: [[1.0, 1e30]] * len(texts),
            "the embedder 'lengths' returned a vector that has a value that is not",
        ),
        (lambda texts: [1.0, 2.0], r"the embedder returned an array of shape \(2,\) for 1 texts"),
        (lambda texts: [[1.0, 2.0]] * 3, r"the embedder returned an array of shape \(3, 2\) for 1 texts"),
        (
            lambda texts: [[1.0] * 5] * len(texts),
            "the embedder 'lengths' returned vectors of 5 numbers, where it made 2 before",
        ),
        (lambda texts: [[]] * len(texts), r"the embedder returned an array of shape \(1, 0\) for 1 texts"),
        (lambda texts: 1 / 0, "the embedder failed: ZeroDivisionError: division by zero"),
    ],
)
def test_an_embedder_that_makes_something_else_changes_nothing(db: PlasticDB, made: Any, said: str) -> None:
    memory = db.engrams("m", embedder="lengths")
    memory.remember(["first"])
    Lengths.made = made
    for verb in (lambda m: m.remember(["a"]), lambda m: m.step(["a"]), lambda m: m.recall("a")):
        refuses(memory, verb, said)


def test_an_embedder_whose_vectors_change_their_size_within_a_call_changes_nothing(db: PlasticDB) -> None:
    memory = db.engrams("m", embedder="lengths")
    Lengths.made = lambda texts: np.ones((len(texts), 2 if len(texts) > 100 else 3))
    refuses(memory, lambda m: m.remember(["a"] * 300), "the embedder returned vectors of 2 and of 3 numbers")


@pytest.mark.parametrize(
    "bad", [lambda m: m.remember(["a"]), lambda m: m.recall("a"), lambda m: m.step(np.array(["a"]))]
)
def test_texts_for_a_memory_without_an_embedder_are_refused(
    db: PlasticDB, bad: Callable[[EngramMemory], object]
) -> None:
    refuses(
        db.engrams("m", dimension=4), bad, r"vectors must be numbers, an array of \[n, 4\]: 'm' has no embedder; texts"
    )


def refuses(memory: EngramMemory, bad: Callable[[EngramMemory], object], said: str) -> None:
    """It is refused in a line, and nothing is changed."""
    before = None if memory._is_new() else memory.stats()
    with pytest.raises(BadInput, match=said) as refused:
        bad(memory)
    assert "\n" not in str(refused.value)
    assert (None if memory._is_new() else memory.stats()) == before
