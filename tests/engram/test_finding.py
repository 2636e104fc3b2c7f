"""Recalling by a text: what speaks for a note adds up, and says where it comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plasticdb import PlasticDB
from plasticdb.engram.memory import EngramMemory
from plasticdb.errors import BadInput

TALK = [
    ("Ann", "Did you get the tickets for the concert?"),
    ("Bob", "Yes, four of them, in the front row."),
    ("Ann", "My brother will be so happy."),
    ("Bob", "The train leaves at noon on Sunday."),
    ("Ann", "Then I will bake a cake."),
    ("Bob", "Chocolate, please!"),
]


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def talked(db: PlasticDB, **options: Any) -> EngramMemory:
    notes = db.engrams("notes", embedder="ngrams", **options)
    for speaker, text in TALK:
        notes.step([text], payloads=[{"speaker": speaker}], stream="talk")
    return notes


def test_evidence_adds_up_to_the_score() -> None:
    with PlasticDB.open(":memory:") as db:
        for one in talked(db).recall("the concert tickets", min_score=1e-9):
            assert sum(one.ways.values()) == pytest.approx(one.score)
            assert one.why == max(one.ways, key=lambda way: one.ways[way])
            assert set(one.ways) <= {"terms", "vector", "time", "cofired"}
            assert all(0 < value <= 1 for value in one.ways.values())


def test_an_answer_comes_behind_the_question_that_it_belongs_to() -> None:
    with PlasticDB.open(":memory:") as db:
        found = talked(db).recall("concert tickets", k=2)
    assert [one.text for one in found] == [TALK[0][1], TALK[1][1]]
    assert (found[0].why, found[0].via) == ("terms", None)
    assert (found[1].why, found[1].via) == ("time", found[0].id)


def test_the_better_comes_first_and_of_equals_the_older() -> None:
    with PlasticDB.open(":memory:") as db:
        notes = db.engrams("notes", embedder="ngrams")
        for i in range(6):
            notes.remember(["one cat", "two dogs"], stream=f"s{i}")
        found = notes.recall("cat", k=12)
        assert [one.text for one in found[:6]] == ["one cat"] * 6
        assert [one.id for one in found[:6]] == sorted(one.id for one in found[:6])
        assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
        pages = [notes.recall("cat", k=5, offset=offset) for offset in (0, 5, 10, 15)]
        assert [one for page in pages for one in page] == found


def test_what_nothing_speaks_for_comes_last_or_not_at_all() -> None:
    with PlasticDB.open(":memory:") as db:
        notes = db.engrams("notes", embedder="ngrams")
        notes.remember(["aaa", "bbb"], stream="s")
        notes.remember(["ccc"], stream="t")
        assert [(one.text, one.score, one.why) for one in notes.recall("", 2)] == [
            ("aaa", 0, "none"),
            ("bbb", 0, "none"),
        ]
        assert notes.recall("", min_score=1e-9) == []
        assert [one.text for one in notes.recall("bbb")] == ["bbb", "aaa", "ccc"]


def test_a_mistyped_question_finds_by_the_parts_of_its_words() -> None:
    with PlasticDB.open(":memory:") as db:
        found = talked(db).recall("choclate", k=1)[0]
    assert (found.text, found.why) == ("Chocolate, please!", "vector")


def test_what_fired_together_comes_back_together() -> None:
    """Pairs of unlike texts, each seen together 5 times among others: ask for one, and look for the other."""
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("bcdfgklmnprst") + list("aeiou"), 7)) for _ in range(1000)]
    pairs, others = [words[2 * k : 2 * k + 2] for k in range(15)], [words[2 * k : 2 * k + 2] for k in range(15, 150)]
    order = rng.permutation(np.concatenate([np.repeat(np.arange(15), 5), -1 - np.arange(135)])).tolist()
    with PlasticDB.open(":memory:") as db:
        notes = db.engrams("notes", embedder="ngrams", near=0, far=0)
        for step, k in enumerate(order):
            both = pairs[k] if k >= 0 else others[-1 - k]
            for part, text in enumerate(both):
                notes.remember([text], [[k, part]], stream=f"{step}-{part}")
            notes.remind()
            notes.tick()
        hits = sum(any(one.payload == [k, 1] for one in notes.recall(pairs[k][0], 10)) for k in range(15))
        one = next(one for one in notes.recall(pairs[0][0], 10) if one.payload == [0, 1])
    assert hits == 15
    assert one.why == "cofired"
    assert one.via is not None


def test_only_those_that_a_filter_takes() -> None:
    with PlasticDB.open(":memory:", clock=(clock := Clock())) as db:
        notes = talked(db)
        clock.now = 2_000.0
        notes.step(["The concert was great"], payloads=[{"speaker": "Ann"}], stream="talk")
        ask = "the concert tickets"
        everything = notes.recall(ask)
        for how, taken in (
            ({"where": {"speaker": "Bob"}}, lambda one: one.payload["speaker"] == "Bob"),
            ({"since": 1_500}, lambda one: one.text == "The concert was great"),
            ({"until": "1970-01-01T00:20"}, lambda one: one.text != "The concert was great"),
            ({"levels": "short-term"}, lambda one: one.level == "short-term"),
            ({"levels": ["working", "long-term"]}, lambda one: one.level != "short-term"),
            ({"min_score": 0.2}, lambda one: one.score >= 0.2),
            ({"since": 3_000}, lambda one: False),
        ):
            assert notes.recall(ask, **how) == [one for one in everything if taken(one)], how
        assert notes.recall(ask, 1, where={"speaker": "Bob"})[0].payload == {"speaker": "Bob"}


def test_a_filter_follows_what_is_remembered_updated_and_gone() -> None:
    with PlasticDB.open(":memory:") as db:
        notes = talked(db, lifespan=3.0, capacity=2)
        bobs = {"speaker": "Bob"}
        for number in range(5):
            found = notes.recall("cake chocolate train", where=bobs)
            assert found == [one for one in notes.recall("cake chocolate train") if one.payload == bobs]
            notes.step([f"more cake {number}"], payloads=[bobs if number % 2 else {"speaker": "Ann", "n": number}])
        with pytest.raises(BadInput, match="no payload in 'notes' has the field 'speker'"):
            notes.recall("cake", where={"speker": "Bob"})


def test_what_was_left_out_is_told_and_why() -> None:
    with PlasticDB.open(":memory:") as db:
        notes = talked(db)
        found = notes.recall("concert tickets train", k=1, where={"speaker": "Bob"}, explain=True)
        assert [(one.text, one.left_out) for one in found] == [(TALK[1][1], None), (TALK[0][1], "filtered")]
        best = notes.recall("concert tickets train")[0]
        found = notes.recall("concert tickets train", k=3, min_score=best.score, explain=True)
        assert [one.left_out for one in found] == [None, "below min_score", "below min_score", "below min_score"]
        found = notes.recall("concert tickets train", k=2, offset=1, explain=True)
        assert [one.left_out for one in found] == [None, None, "on a page before", "below the cut"]


def test_of_the_dead_it_is_told_what_they_would_have_said() -> None:
    """As they were in the end; of what was forgotten nothing is told."""
    with PlasticDB.open(":memory:") as db:
        notes = db.engrams("notes", embedder="ngrams", lifespan=2.0, merge_above=0.99)
        notes.remember(["a concert in Bern", "tickets for it", "the secret concert"], external_ids=["a", "b", "c"])
        notes.update("b", text="tickets for the concert", payload="new")
        notes.forget("c", erase=True)
        for _ in range(2):
            notes.tick()
        assert notes.recall("concert tickets") == []
        for _ in range(2):
            notes.remember(["the concert was great", "cake"])  # the second time both are copies
        found = notes.recall("concert tickets", k=2, explain=True)
        assert [(one.text, one.payload, one.level, one.left_out) for one in found] == [
            ("the concert was great", None, "working", None),
            ("cake", None, "working", None),
            ("tickets for the concert", "new", "dead", "dead"),
            ("a concert in Bern", None, "dead", "dead"),
        ]
        assert found[2].score == sum(found[2].ways.values()) > found[3].score > 0
        assert [one.id for one in notes.recall("concert tickets", k=2)] == [one.id for one in found[:2]]


def test_where_all_are_dead_that_is_told() -> None:
    with PlasticDB.open(":memory:") as db:
        notes = db.engrams("notes", embedder="ngrams", lifespan=1.0)
        notes.remember(["a concert in Bern"])
        notes.tick()
        assert [one.left_out for one in notes.recall("concert", explain=True)] == ["dead"]


def test_it_is_the_same_in_a_process_that_was_just_started_and_after_a_rebuild(tmp_path: Path) -> None:
    questions = ("the concert tickets", "Who bakes a cake for Sunday?", "choclate")
    with PlasticDB.open(tmp_path / "m.db") as db:
        notes = talked(db)
        for _ in range(2):
            notes.recall("cake")
            notes.step(["I like cake"], stream="other")
        before = [notes.recall(question) for question in questions]
    with PlasticDB.open(tmp_path / "m.db") as db:
        notes = db.engrams("notes")
        assert [notes.recall(question) for question in questions] == before
        notes.rebuild()
        assert [notes.recall(question) for question in questions] == before


def test_one_that_died_is_as_if_it_had_never_been() -> None:
    with PlasticDB.open(":memory:") as db:
        with_, without = (db.engrams(name, embedder="ngrams", lifespan=2.0) for name in ("with", "without"))
        with_.remember(["a red cat", "a cat and a dog"], stream="s")
        for memory in (with_, without):
            memory.tick() if memory is with_ else None
            memory.tick() if memory is with_ else None
            memory.remember(["a cat", "the dog sleeps", "rain"], stream="s")
        found = [
            [(one.text, one.score, one.ways) for one in memory.recall("cat and dog")] for memory in (with_, without)
        ]
    assert found[0] == found[1]


def test_hostile_texts_are_remembered_and_recalled() -> None:
    long = "needle " + "straw " * 150_000
    with PlasticDB.open(":memory:") as db:
        notes = db.engrams("notes", embedder="ngrams")
        notes.remember(["", "the of and", long, "日本語のテキスト", "👍🏽 \u0301", "' OR 1=1 --"], stream="s")
        assert notes.recall("needle")[0].text == long
        assert notes.recall("日本")[0].text == "日本語のテキスト"
        for question in ("", "the of and", "\u0301", "👍🏽", long):
            notes.recall(question)


def test_a_vector_can_be_asked_of_texts() -> None:
    with PlasticDB.open(":memory:") as db:
        notes = talked(db)
        vector = notes._notes(["Chocolate, please!"])[0].vector
        assert notes.recall(vector, k=1)[0].text == "Chocolate, please!"


def test_a_memory_of_vectors_takes_the_same_filters() -> None:
    with PlasticDB.open(":memory:") as db:
        plain = db.engrams("plain", dimension=2)
        plain.step([[0, 0], [0, 1]], payloads=[{"a": 1}, {"a": 2}])
        plain.step([[5, 5]], payloads=[{"a": 1}])
        assert [one.payload["a"] for one in plain.recall([0, 0], 9, where={"a": 1})] == [1, 1]
        assert [one.id for one in plain.recall([0, 0], 9, levels="short-term")] == [
            one.id for one in plain.recall([0, 0], 9) if one.level == "short-term"
        ]
        for one in plain.recall([0, 0], 9):
            assert one.score == sum(one.ways.values()) > 0


def test_scores_are_the_same_on_every_store(neo4j_db: PlasticDB) -> None:
    questions = ("the concert tickets", "Who bakes a cake for Sunday?", "choclate", "")
    with PlasticDB.open(":memory:") as db:
        both = [[talked(one).recall(question, explain=True) for question in questions] for one in (db, neo4j_db)]
    assert both[0] == both[1]
