"""What a memory keeps from its making: how texts are tidied and cut, also where it was made before there were such options."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plasticdb import BadInput, BadMemory, PlasticDB
from plasticdb.kit.words import EDITION


@pytest.fixture
def db() -> Iterator[PlasticDB]:
    with PlasticDB.open(":memory:") as db:
        yield db


def old(db: PlasticDB, name: str = "m", **options: Any) -> None:
    """Make a memory as it was made when there were three options."""
    db._journal.create(name, "sequence", {"tokenizer": "chars", "depth": 5, "max_symbols": 10_000} | options)


def texts(db: PlasticDB, name: str = "m") -> list[str]:
    return sorted(concept.text for concept in db.sequence(name).concepts() if concept.text.endswith("␃"))


def test_texts_are_one_in_a_normal_form_and_in_lower_case(db: PlasticDB) -> None:
    memory = db.sequence("m", tokenizer="words", normalize="NFC", lower=True)
    assert memory.learn_many(["Cafe\u0301  olé", "café OLÉ", "CAFÉ olé"], source="s").learned == 3
    assert texts(db) == ["café olé ␃"]
    assert memory.complete("CAFÉ ", greedy=True) == ["CAFÉ olé"], "the prompt stays as it was given"
    assert memory.score(["CAFÉ OLÉ"]).nats == memory.score(["café olé"]).nats
    assert memory.unlearn("Café\tOlé", all=True) == 3
    assert db.memory("m").verify() == []


def test_a_text_is_learned_once_however_it_is_written(db: PlasticDB, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("Emma\nemma\nEmily\n")
    memory = db.sequence("m", normalize="NFC", lower=True)
    assert memory.ingest([str(file)], source="s").learned == 3
    file.write_text("EMMA\nEMMA\n")
    done = memory.ingest([str(file)], source="s", mirror=True)
    assert (done.learned, done.skipped, done.unlearned) == (0, 2, 1)
    assert texts(db) == ["emma␃"]


def test_words_keep_the_edition_of_unicode_that_they_were_cut_by(db: PlasticDB) -> None:
    db.sequence("m", tokenizer="words").learn("don't")
    db.sequence("c").learn("don't")
    assert db.memory("m").stats()["unicode"] == EDITION
    assert "unicode" not in db.memory("c").stats()
    db._journal.create("later", "sequence", {"tokenizer": "words", "depth": 5, "max_symbols": 10, "unicode": "99.0"})
    with pytest.raises(BadInput, match=r"words were cut by Unicode 99\.0, which this plasticdb does not have; upgrade"):
        db.sequence("later")


def test_words_of_a_time_without_editions_are_refused_and_can_be_dropped(db: PlasticDB) -> None:
    old(db, tokenizer="words")
    with pytest.raises(BadInput, match=r"made before 0\.1\.0, when words were cut by other rules; drop it and ingest"):
        db.sequence("m")
    db.drop("m")
    db.sequence("m", tokenizer="words").learn("don't")
    assert texts(db) == ["don't ␃"]


def test_a_memory_that_was_made_before_has_the_defaults(db: PlasticDB) -> None:
    old(db)
    db.sequence("m").learn("Emma")
    assert db.sequence("m", depth=5, lower=False).options.normalize is None
    assert texts(db) == ["Emma␃"]
    for asked in ({"normalize": "NFC"}, {"lower": True}):
        (name,) = asked
        with pytest.raises(BadMemory, match=f"'m' was made without {name}, not with .*; leave the option out"):
            db.sequence("m", **asked)  # type: ignore[arg-type]


def test_old_and_new_memories_of_the_same_options_can_be_merged_and_copied(db: PlasticDB, tmp_path: Path) -> None:
    old(db)
    db.sequence("m").learn("emma", source="s", id="1")
    file = tmp_path / "m.jsonl"
    db.export("m", file)
    with PlasticDB.open(":memory:") as new:
        db.copy(new, "m")
        new.sequence("m").learn("ann")
        new.import_(file, merge=True)
        assert new.memory("m").stats()["samples"] == 2
        lower = new.sequence("lower", lower=True)
        lower.learn("Emma")
        with pytest.raises(BadMemory, match="'lower' here has lower True and not False"):
            new.import_(file, name="lower", merge=True)


def test_an_option_that_a_newer_version_made_is_named(db: PlasticDB) -> None:
    old(db, colour="red")
    with pytest.raises(BadMemory, match="made with colour, by a newer plasticdb; upgrade"):
        db.sequence("m")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"normalize": "NFD"}, "normalize must be NFC or NFKC, not 'NFD'"),
        ({"lower": "yes"}, "lower must be True or False, not 'yes'"),
        ({"tokenizer": "bytes", "lower": True}, "bytes are taken as they are"),
        ({"tokenizer": "bytes", "normalize": "NFC"}, "bytes are taken as they are"),
    ],
)
def test_options_that_are_none(db: PlasticDB, options: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        db.sequence("m", **options)
    assert db.memories() == []
