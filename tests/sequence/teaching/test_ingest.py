"""Feeding files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from plasticdb import BadInput, BadMemory, PlasticDB
from plasticdb.journal import history


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
    first, second = db.sequence("m").ingest([file]), db.sequence("m").ingest([file])
    assert (first.learned, first.skipped, second.learned, second.skipped) == (3, 0, 0, 3)
    assert (first.concepts, first.synapses) == (second.concepts, second.synapses)
    write("names.txt", "zoe\nemma\nemily\nemma\nemma\n")
    assert db.sequence("m").ingest([file]).learned == 2


def test_batches_do_not_change_what_is_learned(db: PlasticDB) -> None:
    told: list[int] = []
    done = db.sequence("m", batch=2).ingest([write("names.txt", "emma\nemily\nann\n")], progress=told.append)
    assert (done.learned, told) == (3, [2, 3])


def test_what_cannot_be_learned_is_named_and_the_rest_is_learned(db: PlasticDB) -> None:
    Path("names.txt").write_bytes(b"emma\n\xff\nan\x00n\n" + b"a" * 11 + b"\nzoe\n")
    done = db.sequence("m", max_symbols=10).ingest(["names.txt"])
    assert (done.learned, done.rejected) == (2, 3)
    assert [line.split(": ")[0] for line in done.rejections] == ["names.txt:2", "names.txt:3", "names.txt:4"]


def test_mirroring_unlearns_what_left_the_source(db: PlasticDB) -> None:
    file = write("names.txt", "emma\nemily\nann\n")
    other = write("other.txt", "emily\n")
    db.sequence("m").ingest([file, other])
    write("names.txt", "emma\nzoe\n")
    done = db.sequence("m").ingest([file], mirror=True)
    assert (done.learned, done.skipped, done.unlearned) == (1, 1, 2)
    assert db.memory("m").stats()["samples"] == 3
    with pytest.raises(BadInput, match="is empty"):
        db.sequence("m").ingest([write("names.txt", "")], mirror=True)
    assert db.memory("m").stats()["samples"] == 3


def test_what_cannot_be_read_is_not_what_left_the_source(db: PlasticDB) -> None:
    file, other = write("names.txt", "emma\nemily\nann\n"), write("other.txt", "bob\nzoe\n")
    db.sequence("m").ingest([file, other])
    Path(file).write_bytes(b"emma\n\xff\n")
    write("other.txt", "bob\n")
    done = db.sequence("m").ingest([file, other], mirror=True)
    assert (done.rejected, done.unread, done.unlearned) == (1, [file], 1)
    assert db.memory("m").stats()["samples"] == 4


def test_where_all_is_rejected_no_memory_is_made(db: PlasticDB) -> None:
    Path("names.txt").write_bytes(b"\xff\n")
    done = db.sequence("new").ingest(["names.txt"])
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
    done = db.sequence("m").ingest([file], input="jsonl")
    assert (done.learned, done.skipped, done.changed) == (2, 0, 1)
    assert done.changes == ["names.jsonl:3: the id '1' comes with another text than before"]


def test_a_changed_record_takes_the_place_of_the_old_one_if_it_is_to(db: PlasticDB) -> None:
    file = write("r.jsonl", '{"text": "emma", "id": 1}\n{"text": "ann", "id": 2}\n')
    db.sequence("m").ingest([file], input="jsonl")
    db.sequence("m").reinforce("emma")
    write("r.jsonl", '{"text": "zoe", "id": 1}\n{"text": "ann", "id": 2}\n{"text": "bob", "id": 3}\n')
    done = db.sequence("m").ingest([file], input="jsonl")
    assert (done.learned, done.skipped, done.changed) == (1, 1, 1)
    assert texts(db) == ["ann", "bob", "emma"]
    done = db.sequence("m").ingest([file], input="jsonl", update=True)
    assert (done.learned, done.skipped, done.changed) == (0, 2, 1)
    assert texts(db) == ["ann", "bob", "zoe"]
    assert db.memory("m").stats()["position"] == 6
    assert db.sequence("m").ingest([file], input="jsonl", update=True).skipped == 3
    write("r.jsonl", '{"text": "eve", "id": 1}\n')
    done = db.sequence("m").ingest([file], input="jsonl", mirror=True)
    assert (done.changed, done.unlearned) == (1, 2)
    assert texts(db) == ["eve"]
    assert db.memory("m").verify() == []


@pytest.mark.parametrize("batch", [1, 2, 50])
def test_an_id_that_changes_twice_in_one_file(db: PlasticDB, batch: int) -> None:
    lines = [
        f'{{"text": "{word}", "id": {id}}}\n'
        for id, word in ((1, "a"), (2, "x"), (1, "b"), (1, "b"), (1, "c"), (2, "x"))
    ]
    done = db.sequence("m", batch=batch).ingest([write("r.jsonl", "".join(lines))], input="jsonl", update=True)
    assert (done.learned, done.skipped, done.changed) == (2, 2, 2)
    assert texts(db) == ["c", "x"]
    assert db.memory("m").stats()["position"] == 6
    assert db.memory("m").verify() == []


def test_ids_in_python_are_the_same(db: PlasticDB) -> None:
    memory = db.sequence("m")
    memory.learn_many(["emma", "ann"], ids=["1", "2"])
    taught = memory.learn_many(["zoe", "ann"], ids=["1", "2"])
    assert (taught.learned, taught.skipped, taught.changed) == (0, 1, ("1",))
    taught = memory.learn_many(["zoe", "ann"], ids=["1", "2"], update=True)
    assert (taught.learned, taught.skipped, taught.changed) == (0, 1, ("1",))
    assert texts(db) == ["ann", "zoe"]


def test_ids_that_change_on_postgres(postgres_emptied: str) -> None:
    with PlasticDB.open(postgres_emptied) as db:
        memory = db.sequence("m")
        memory.learn_many(["a", "x", "b"], ids=["1", "2", "3"], source="s")
        taught = memory.learn_many(["b", "y", "b", "c"], ids=["1", "2", "3", "1"], source="s", update=True)
        assert (taught.learned, taught.skipped, taught.changed) == (0, 1, ("1", "2", "1"))
        assert texts(db) == ["b", "c", "y"]
        assert memory.journal_samples(["c"], "s", ["1"], again=True) == (1, [])
        db.sync()
        assert db.memory("m").verify() == []


def texts(db: PlasticDB) -> list[str]:
    """The samples that are in the memory `m` now."""
    known = db._journal.memory("m")
    assert known is not None
    return sorted(row.payload for row in history.samples(db._journal, known))


def test_what_is_learned_again_goes_with_its_source(db: PlasticDB) -> None:
    file = write("a.log", "start\nwork\nstop\n")
    db.sequence("m").ingest([file], again=True)
    assert db.sequence("m").ingest([file]).skipped == 3
    write("a.log", "start\nrest\nstop\n")  # rotated: another file under the same name
    assert db.sequence("m").ingest([file], again=True).learned == 3
    assert texts(db) == ["rest", "start", "start", "stop", "stop", "work"]
    done = db.sequence("m").ingest([file], mirror=True)  # what the file has, and no more
    assert (done.learned, done.unlearned) == (0, 3)
    assert texts(db) == ["rest", "start", "stop"]
    db.sequence("m").ingest([file], again=True)
    assert db.sequence("m").unlearn(source="a.log") == 6
    assert db.memory("m").verify() == []
    for other in ("mirror", "update"):
        with pytest.raises(BadInput, match="--again learns whatever is given"):
            db.sequence("m").ingest([file], again=True, **{other: True})


def test_a_bad_file_keeps_no_other_from_being_learned(db: PlasticDB) -> None:
    Path("cut.gz").write_bytes(gzip.compress(b"".join(b"line %d\n" % i for i in range(9000)))[:-20])
    Path("bad.gz").write_bytes(b"emma\n")
    files = [write("1", "emma\n"), write("2", ""), "none", ".", "cut.gz", "bad.gz", write("3", "zoe\n")]
    done = db.sequence("m").ingest(files)
    assert [line.split(" ")[0] for line in done.failed] == ["2", "none", ".", "cut.gz", "bad.gz"]
    assert done.failed[3].endswith(f"; what came before that was read (samples: {done.learned - 2:,})")
    assert {row["source"] for row in db.memory("m").sources()} == {"1", "cut.gz", "3"}
    assert db.sequence("m").ingest(files).learned == 0
    assert db.memory("m").verify() == []
    with pytest.raises(BadInput, match=r"^2 is empty: .*; none does not exist; check the path"):
        db.sequence("m").ingest(["2", "none"])


def test_what_a_bad_file_had_is_not_unlearned(db: PlasticDB) -> None:
    whole = gzip.compress(b"".join(b"line %d\n" % i for i in range(9000)))
    Path("a.gz").write_bytes(whole)
    db.sequence("m").ingest(["a.gz", write("b", "emma\nzoe\n")])
    Path("a.gz").write_bytes(whole[: len(whole) // 2])
    done = db.sequence("m").ingest(["a.gz", write("b", "emma\n")], mirror=True)
    assert (done.unread, done.unlearned) == (["a.gz"], 1)
    assert db.memory("m").stats()["samples"] == 9001


def test_other_options_than_the_memorys_own_are_refused(db: PlasticDB) -> None:
    file = write("names.txt", "emma\n")
    db.sequence("m", depth=3).ingest([file])
    db.sequence("m", depth=3).ingest([file])
    with pytest.raises(BadMemory, match="'m' was made with depth 3, not 5"):
        db.sequence("m", depth=5).ingest([file])
