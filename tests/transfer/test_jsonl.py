"""A complete export, and the identical memory made of it on any store."""

from __future__ import annotations

import hashlib
import io
import json
import sys
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from plasticdb import BadInput, BadMemory, GraphBehind, PlasticDB, Unavailable
from plasticdb.memory import verify as comparison
from plasticdb.memory.verify import differences
from plasticdb.sequence.schema import SESSION
from plasticdb.transfer.export import export

from .conftest import WORDS

HELD_OUT = ["emmy", "noel", "annika", "zoe"]


def scores(db: PlasticDB, memory: str = "names") -> tuple[float, ...]:
    """Nats of samples; the last digit depends on the batches in which the memory learned."""
    nats: tuple[float, ...] = db.sequence(memory).score(HELD_OUT).nats
    return nats


def test_from_sqlite_to_neo4j_and_back(
    db: PlasticDB, neo4j_db: PlasticDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "TOLERANCE", 1e-12)
    files = [tmp_path / f"{i}.jsonl" for i in range(3)]
    with PlasticDB.open(tmp_path / "back.db") as back:
        db.export("names", files[0])
        neo4j_db.import_(files[0])
        neo4j_db.export("names", files[1])
        back.import_(files[1])
        back.export("names", files[2])
        for other in (neo4j_db, back):
            assert other.memory("names").verify() == []
            assert differences(db._store, other._store, "names", but=[SESSION]) == []
            assert scores(other) == pytest.approx(scores(db), rel=1e-12)
            assert other.memory("names").stats() == db.memory("names").stats()
            assert other.memory("names").sources() == db.memory("names").sources()
            assert other.memory("names").sessions() == db.memory("names").sessions()
    assert [lines(file)[2:-1] for file in files[1:]] == [lines(files[0])[2:-1]] * 2


def test_to_postgresql_and_back(db: PlasticDB, postgres_emptied: str, tmp_path: Path) -> None:
    with PlasticDB.open(postgres_emptied) as other, PlasticDB.open(tmp_path / "back.db") as back:
        other.sequence("another").learn("x")  # so that the numbers of sessions and sources are others there
        db.export("names", tmp_path / "m.jsonl")
        other.import_(tmp_path / "m.jsonl")
        other.sequence("names").learn("a new one", source="a new source")
        db.sequence("names").learn("a new one", source="a new source")
        assert other.memory("names").verify() == []
        assert differences(db._store, other._store, "names", but=[SESSION]) == []
        other.export("names", tmp_path / "back.jsonl")
        back.import_(tmp_path / "back.jsonl")
        assert differences(db._store, back._store, "names", but=[SESSION]) == []
        db.sequence("names").unlearn(["emma", "zoe"], erase=True)
        db.export("names", tmp_path / "more.jsonl")
        assert other.import_(tmp_path / "more.jsonl", merge=True)[0]["imported"] == 3
        assert other.import_(tmp_path / "more.jsonl", merge=True)[0]["imported"] == 0
        assert other.memory("names").verify() == []
        assert "emma" not in samples(other)
        other.copy(back, "another")
        assert back.copy(other, "another") == {"another": 0}
        assert back.memory("another").verify() == []


def samples(db: PlasticDB) -> list[str | None]:
    with db._journal.engine.connect() as connection:
        return list(connection.exec_driver_sql("SELECT payload FROM event WHERE kind = 'learn'").scalars())


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_what_is_in_it(db: PlasticDB, tmp_path: Path) -> None:
    db.sequence("other").learn("x")
    done = db.export(to=tmp_path / "all.jsonl")
    assert done[0] == {"memory": "names", "position": 23, "events": 23}
    found = lines(tmp_path / "all.jsonl")
    head, end = found[0], found[-1]
    assert (head["record"], head["format"], head["journal"]) == ("plasticdb", 1, db._journal.uuid)
    raw = (tmp_path / "all.jsonl").read_bytes().splitlines(keepends=True)
    assert end == {"record": "end", "lines": len(raw) - 1, "sha256": hashlib.sha256(b"".join(raw[:-1])).hexdigest()}
    names, _ = (record for record in found if record["record"] == "memory")
    options = {
        "tokenizer": "chars",
        "depth": 3,
        "max_symbols": 10_000,
        "views": "suffix 3, position 16, skip 2 of 5 within 16",
    }
    assert names["options"] == options
    assert names["graph"]["totals"]["samples"] == db.memory("names").stats()["samples"]
    assert {"noah", "emma"} & {record.get("payload") for record in found} == {"emma"}, "what was erased is not there"
    events = [record for record in found if record["record"] == "event"]
    assert {event["kind"] for event in events} == {"learn", "unlearn", "reinforce", "weaken", "decay"}


def test_an_imported_memory_goes_on_as_the_first_one_would(db: PlasticDB, tmp_path: Path) -> None:
    db.export("names", tmp_path / "m.jsonl")
    with PlasticDB.open(tmp_path / "other.db", clock=db._clock) as other:
        other.import_(tmp_path / "m.jsonl")
        for each in (db, other):
            each.sequence("names").unlearn(["ann", "emma"])
            assert each.sequence("names").learn_many(WORDS, source="a list", ids=map(str, range(8))).learned == 3
            each.sequence("names").reinforce(source="another list")
            each.sequence("names").decay(10)
            each.sequence("names").unlearn(source="a list", erase=True)
        assert differences(db._store, other._store, "names", but=[SESSION]) == []
        assert other.memory("names").verify() == []
        assert other.memory("names").sessions()[0]["started"] == db.memory("names").sessions()[0]["started"]


def test_sessions_keep_their_numbers_where_those_are_free(tmp_path: Path) -> None:
    for memory in ("other", "m"):
        with PlasticDB.open(tmp_path / "m.db") as db:
            db.sequence(memory).learn("x", source="s")
    with PlasticDB.open(tmp_path / "m.db") as db, PlasticDB.open(":memory:") as other:
        db.export("m", tmp_path / "m.jsonl")
        db.export("other", tmp_path / "other.jsonl")
        other.import_(tmp_path / "m.jsonl")
        assert other.sessions() == db.memory("m").sessions()
        assert other.sessions()[0]["id"] == 2
        other.import_(tmp_path / "m.jsonl", name="again")
        other.import_(tmp_path / "other.jsonl")
        assert [session["id"] for session in other.sessions()] == [1, 2], "one that is here already stays one"


def test_by_standard_output_and_input(db: PlasticDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=out))
    db.export("names")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(out.getvalue())))
    with PlasticDB.open(":memory:") as other:
        assert other.import_() == [{"memory": "names", "imported": 23, "skipped": 0}]
        assert differences(db._store, other._store, "names", but=[SESSION]) == []


def test_under_another_name(db: PlasticDB, tmp_path: Path) -> None:
    db.export("names", tmp_path / "m.jsonl")
    with pytest.raises(BadMemory, match=r"there is a memory 'names' already; say --merge .* or --as NAME"):
        db.import_(tmp_path / "m.jsonl")
    db.import_(tmp_path / "m.jsonl", name="again")
    assert db.memory("again").verify() == []
    assert scores(db, "again") == pytest.approx(scores(db), rel=1e-12)
    db.sequence("third").learn("x")
    db.export(to=tmp_path / "all.jsonl")
    with pytest.raises(BadInput, match="holds 3 memories, which cannot all be called 'x'"):
        db.import_(tmp_path / "all.jsonl", name="x")
    with pytest.raises(BadInput, match="a memory's name must have 1 to 200 characters"):
        db.import_(tmp_path / "m.jsonl", name=" ")


def test_all_memories_or_none(db: PlasticDB, tmp_path: Path) -> None:
    db.sequence("other").learn("x")
    db.export(to=tmp_path / "all.jsonl")
    with PlasticDB.open(":memory:") as other:
        other.sequence("other").learn("y")
        with pytest.raises(BadMemory, match="there is a memory 'other' already"):
            other.import_(tmp_path / "all.jsonl")
        assert [memory["memory"] for memory in other.memories()] == ["other"]


def test_a_merge_with_other_options_is_refused(db: PlasticDB, tmp_path: Path) -> None:
    db.export("names", tmp_path / "m.jsonl")
    with PlasticDB.open(":memory:") as other:
        other.sequence("names", depth=4).learn("x")
        with pytest.raises(BadMemory, match=r"'names' here has depth 4 and not 3, views .*; take another name"):
            other.import_(tmp_path / "m.jsonl", merge=True)
        assert other.memory("names").stats()["position"] == 1


def test_an_empty_database_and_an_unknown_memory(db: PlasticDB, tmp_path: Path) -> None:
    with pytest.raises(BadMemory, match="there is no memory 'x'; the memories are: names"):
        db.export("x", tmp_path / "x.jsonl")
    with (
        PlasticDB.open(":memory:") as empty,
        pytest.raises(
            BadMemory, match="there is no memory yet; begin with `plasticdb ingest` or `plasticdb engram remember`"
        ),
    ):
        empty.export(to=tmp_path / "x.jsonl")
    assert not (tmp_path / "x.jsonl").exists()


def test_a_graph_that_is_down_loses_nothing(db: PlasticDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db.export("names", tmp_path / "m.jsonl")
    with PlasticDB.open(tmp_path / "other.db") as other:

        def away(*_: object, **__: object) -> None:
            raise Unavailable("the graph does not answer")

        with monkeypatch.context() as down:
            for verb in ("check", "memory", "apply"):
                down.setattr(other._store, verb, away)
            with pytest.raises(GraphBehind, match="run `plasticdb sync` when it is back"):
                other.import_(tmp_path / "m.jsonl")
            other.export("names", tmp_path / "again.jsonl")
        assert other.sync() == {"names": 23}
        assert differences(db._store, other._store, "names", but=[SESSION]) == []
    assert len(lines(tmp_path / "again.jsonl")) == len(lines(tmp_path / "m.jsonl"))


def test_what_waits_to_be_erased_is_erased_by_the_import(tmp_path: Path) -> None:
    """The journal has the text until its graph has unlearned it. No copy keeps it."""
    with ExitStack() as stack:
        db, other = (stack.enter_context(PlasticDB.open(tmp_path / f"{name}.db")) for name in ("one", "other"))
        db.sequence("m").learn_many(["emma", "noah"])
        db._journal.unlearn(db._journal.memories()[0], selection("noah"), 1.0, str, erase=True)
        db.export("m", tmp_path / "m.jsonl")
        assert "noah" in (tmp_path / "m.jsonl").read_text()
        other.import_(tmp_path / "m.jsonl")
        other.export("m", tmp_path / "other.jsonl")
        assert "noah" not in (tmp_path / "other.jsonl").read_text()
        assert other.memory("m").verify() == []


def test_what_is_said_to_be_written_is_what_was_written(db: PlasticDB, tmp_path: Path) -> None:
    """Also where somebody learned between the look at the memories and the export."""
    looked = db._chosen("names")
    db.sequence("names").learn("someone else's")
    (said,) = export(db._journal, db._store, looked, str(tmp_path / "m.jsonl"), "jsonl", {}, 0.0)
    events = [line for line in lines(tmp_path / "m.jsonl") if line["record"] == "event"]
    assert said == {"memory": "names", "position": looked[0].position + 1, "events": len(events)}


def selection(payload: str) -> Any:
    from plasticdb.journal.selection import Selection

    return Selection(None, [payload])
