"""A memory of a kind that this version does not know: it is named, with what to do, and all others work."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from plasticdb import BadInput, PlasticDB, UnknownKind
from plasticdb.journal.journal import Written

NAMED = (
    "'later' is a memory of kind 'dream', which this version of plasticdb does not know; upgrade plasticdb, or install "
    "the package that brings it"
)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[PlasticDB]:
    """The memories `a` and `z`, and between them one that a newer version made."""
    with PlasticDB.open(tmp_path / "m.db") as made:
        made.sequence("a").learn("emma", source="s")
        row = made._journal.create("later", "dream", {"colour": "red"})
        made._journal.append(row, [Written("learn", "a dream", external_id="1"), Written("wake")], 5.0)
        made.engrams("z", dimension=2).remember([[1.0, 2.0]])
        yield made


def test_the_others_are_listed_and_asked(db: PlasticDB) -> None:
    assert [(row["memory"], row["kind"], row["behind"]) for row in db.memories()] == [
        ("a", "sequence", 0), ("later", "dream", 2), ("z", "engram", 0),
    ]  # fmt: skip
    assert "later (dream, 2 events)" in repr(db)
    (session,) = db.sessions()
    assert session["learn"] == 3
    assert "wake" not in session
    assert db.sequence("a").sources()[0]["learned"] == 1
    assert [len(memory.sessions()) for memory in (db.sequence("a"), db.engrams("z"))] == [1, 1]
    assert db.sequence("a").predict("emm")
    assert db.memory("a").verify() == []
    assert {row["part"] for row in db.schema()} >= {"(:Concept)", "(:Engram)"}


def test_the_others_catch_up(db: PlasticDB) -> None:
    for name in ("a", "z"):
        db._store.clear(name)
    with pytest.raises(UnknownKind, match=NAMED):
        db.sync()
    assert [row["behind"] for row in db.memories()] == [0, 2, 0]


@pytest.mark.parametrize(
    "verb",
    [
        lambda db: db.memory("later"),
        lambda db: db.sequence("later"),
        lambda db: db.memory("later", "engram", dimension=2),
    ],
    ids=["memory", "sequence", "engrams"],
)
def test_it_is_named_with_what_to_do(db: PlasticDB, verb: Callable[[PlasticDB], Any]) -> None:
    with pytest.raises(UnknownKind, match=NAMED):
        verb(db)


def test_it_can_be_exported_and_is_imported_where_it_is_known(db: PlasticDB, tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    assert [row["position"] for row in db.export(None, file)] == [1, 2, 1]
    records = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [r["payload"] for r in records if r.get("external_id") == "1"] == ["a dream"]
    with PlasticDB.open(":memory:") as other:
        with pytest.raises(BadInput, match=f"line 6: {NAMED}; nothing was imported"):
            other.import_(file)
        db.export("z", tmp_path / "z.jsonl")
        other.import_(tmp_path / "z.jsonl")
        assert [row["memory"] for row in other.memories()] == ["z"]


def test_its_journal_is_copied(db: PlasticDB) -> None:
    with PlasticDB.open(":memory:") as other:
        with pytest.raises(UnknownKind, match=NAMED):
            db.copy(other)
        assert [(row["memory"], row["position"], row["behind"]) for row in other.memories()] == [
            ("a", 1, 0), ("later", 2, 2), ("z", 1, 0),
        ]  # fmt: skip
        with pytest.raises(UnknownKind, match=NAMED):
            db.copy(other)


def test_it_can_be_dropped(db: PlasticDB) -> None:
    db.drop("later")
    assert [row["memory"] for row in db.memories()] == ["a", "z"]
    assert db.sync() == {"a": 0, "z": 0}
