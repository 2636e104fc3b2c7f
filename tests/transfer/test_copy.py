"""Copying to another database: whole, again, on, and never over something else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import BadInput, BadMemory, PlasticDB, Unavailable
from plasticdb.memory import verify as comparison
from plasticdb.memory.verify import differences
from plasticdb.transfer import copy as copying

from ..effort import times
from ..verbs import MIXES, Clock, Verb, do
from .test_jsonl import scores


def test_from_sqlite_to_neo4j_and_back(
    db: PlasticDB, neo4j_db: PlasticDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "TOLERANCE", 1e-12)
    with PlasticDB.open(tmp_path / "back.db") as back:
        assert db.copy(neo4j_db, batch=4) == {"names": 23}
        assert neo4j_db.copy(back) == {"names": 23}
        for other in (neo4j_db, back):
            assert other.memory("names").verify() == []
            assert differences(db._store, other._store, "names") == []
            assert scores(other) == pytest.approx(scores(db), rel=1e-12)
            assert other.memory("names").sources() == db.memory("names").sources()
            assert other.memory("names").sessions() == db.memory("names").sessions()


@settings(deadline=None, max_examples=times(8))
@given(before=MIXES, after=MIXES, batch=st.integers(1, 5))
def test_a_copy_follows_whatever_happens(before: list[Verb], after: list[Verb], batch: int) -> None:
    """Copied again, it has what came since: what was unlearned, decayed and erased since, too."""
    clock = Clock()
    with PlasticDB.open(":memory:", clock=clock) as db, PlasticDB.open(":memory:", clock=clock) as other:
        for part in ([("learn", ["a"], None), *before], after):
            for verb in part:
                do(db, clock, verb, batch=3)
            db.copy(other, batch=batch)
            assert differences(db._store, other._store, "m") == []
            assert other.memory("m").verify() == []
            assert texts(other) == texts(db)
        assert db.copy(other) == {"m": 0}


def texts(db: PlasticDB) -> list[str | None]:
    with db._journal.engine.connect() as connection:
        return list(connection.exec_driver_sql("SELECT payload FROM event WHERE kind = 'learn'").scalars())


def test_an_interrupted_copy_goes_on(db: PlasticDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with PlasticDB.open(tmp_path / "other.db") as other:
        with monkeypatch.context() as broken:
            write, calls = copying._write, []

            def breaking(*what: object) -> None:
                calls.append(what)
                if len(calls) == 3:
                    raise Unavailable("gone")
                write(*what)  # type: ignore[arg-type]

            broken.setattr(copying, "_write", breaking)
            with pytest.raises(Unavailable, match="gone"):
                db.copy(other, batch=5)
        assert other.memories()[0]["position"] == 10
        assert [source["unlearned"] for source in other.memory("names").sources()] == [0, 0], "that comes later"
        assert db.copy(other, batch=5) == {"names": 13}
        assert differences(db._store, other._store, "names") == []
        assert other.memory("names").sessions() == db.memory("names").sessions()


def test_the_same_journal_needs_only_a_graph(db: PlasticDB, tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "graph.db", tmp_path / "names.db") as other:
        assert db.copy(other) == {"names": 0}
        assert differences(db._store, other._store, "names") == []


def test_what_is_no_copy_is_not_touched(db: PlasticDB, tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "other.db") as other:
        other.sequence("names", depth=3).learn("emma")
        with pytest.raises(
            BadMemory, match="there is a memory 'names' that is not a copy of this one; take another database"
        ):
            db.copy(other)
        assert other.memory("names").stats()["position"] == 1
    with PlasticDB.open(tmp_path / "copy.db") as other:
        db.copy(other)
        other.sequence("names").learn("by itself")
        with pytest.raises(BadMemory, match="is not a copy of this one"):
            db.copy(other)


def test_one_of_several(db: PlasticDB, tmp_path: Path) -> None:
    db.sequence("other").learn("x")
    with PlasticDB.open(tmp_path / "other.db") as other:
        assert db.copy(other, "other") == {"other": 1}
        assert [memory["memory"] for memory in other.memories()] == ["other"]
        assert db.copy(other) == {"names": 23, "other": 0}
        with pytest.raises(BadMemory, match="there is no memory 'x'; the memories are: names, other"):
            db.copy(other, "x")
        with pytest.raises(BadInput, match="a batch must be a whole number from 1"):
            db.copy(other, batch=0)
