"""Feeding files."""

from __future__ import annotations

from pathlib import Path

import pytest

from plasticdb import BadInput, BadMemory, PlasticDB


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    with PlasticDB.open("m.db") as db:
        yield db


def write(name: str, text: str) -> str:
    Path(name).write_text(text)
    return name


def test_a_file_is_learned_once(db: PlasticDB) -> None:
    file = write("names.txt", "emma\nemily\nemma\n")
    first, second = db.ingest("m", [file]), db.ingest("m", [file])
    assert (first.learned, first.skipped, second.learned, second.skipped) == (3, 0, 0, 3)
    assert (first.concepts, first.synapses) == (second.concepts, second.synapses)
    write("names.txt", "zoe\nemma\nemily\nemma\nemma\n")
    assert db.ingest("m", [file]).learned == 2


def test_batches_do_not_change_what_is_learned(db: PlasticDB) -> None:
    told: list[int] = []
    done = db.ingest("m", [write("names.txt", "emma\nemily\nann\n")], batch=2, progress=told.append)
    assert (done.learned, told) == (3, [2, 3])


def test_what_cannot_be_learned_is_named_and_the_rest_is_learned(db: PlasticDB) -> None:
    Path("names.txt").write_bytes(b"emma\n\xff\nan\x00n\n" + b"a" * 11 + b"\nzoe\n")
    done = db.ingest("m", ["names.txt"], max_symbols=10)
    assert (done.learned, done.rejected) == (2, 3)
    assert [line.split(": ")[0] for line in done.rejections] == ["names.txt:2", "names.txt:3", "names.txt:4"]


def test_mirroring_unlearns_what_left_the_source(db: PlasticDB) -> None:
    file = write("names.txt", "emma\nemily\nann\n")
    other = write("other.txt", "emily\n")
    db.ingest("m", [file, other])
    write("names.txt", "emma\nzoe\n")
    done = db.ingest("m", [file], mirror=True)
    assert (done.learned, done.skipped, done.unlearned) == (1, 1, 2)
    assert db.stats("m")["samples"] == 3
    with pytest.raises(BadInput, match="is empty"):
        db.ingest("m", [write("names.txt", "")], mirror=True)
    assert db.stats("m")["samples"] == 3


def test_what_cannot_be_read_is_not_what_left_the_source(db: PlasticDB) -> None:
    file, other = write("names.txt", "emma\nemily\nann\n"), write("other.txt", "bob\nzoe\n")
    db.ingest("m", [file, other])
    Path(file).write_bytes(b"emma\n\xff\n")
    write("other.txt", "bob\n")
    done = db.ingest("m", [file, other], mirror=True)
    assert (done.rejected, done.unread, done.unlearned) == (1, [file], 1)
    assert db.stats("m")["samples"] == 4


def test_where_all_is_rejected_no_memory_is_made(db: PlasticDB) -> None:
    Path("names.txt").write_bytes(b"\xff\n")
    done = db.ingest("new", ["names.txt"])
    assert (done.rejected, done.concepts, len(done.rejections)) == (1, 0, 1)
    assert db.memories() == []


@pytest.mark.parametrize("source", ["", " ", "\udcff"])
def test_a_source_has_a_name(db: PlasticDB, source: str) -> None:
    for act in (db.sequence("m").learn, db.sequence("m").unlearn):
        with pytest.raises(BadInput, match="a source's name must have a character"):
            act("emma", source=source)
    assert db.memories() == []


def test_a_text_is_no_list_of_samples(db: PlasticDB) -> None:
    for act in (db.sequence("m").learn_many, db.sequence("m").score):
        with pytest.raises(BadInput, match=r"a list of samples, such as \['emma'\]"):
            act("emma")


def test_json_lines_may_bring_their_ids(db: PlasticDB) -> None:
    file = write("names.jsonl", '{"text": "emma", "id": 1}\n{"text": "emma", "id": 2}\n{"text": "ann", "id": 1}\n')
    done = db.ingest("m", [file], input="jsonl")
    assert (done.learned, done.skipped) == (2, 1)


def test_other_options_than_the_memorys_own_are_refused(db: PlasticDB) -> None:
    file = write("names.txt", "emma\n")
    db.ingest("m", [file], depth=3)
    db.ingest("m", [file], depth=3)
    with pytest.raises(BadMemory, match="'m' was made with depth 3, not 5"):
        db.ingest("m", [file], depth=5)
