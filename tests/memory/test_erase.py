"""Erasing while others make the graph again: when it returns, the text is nowhere, whatever happened in between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from plasticdb import PlasticDB
from plasticdb.journal.journal import Journal
from plasticdb.journal.rows import MemoryRow
from plasticdb.memory.projection import start
from plasticdb.memory.reading import answer
from plasticdb.sequence.learner import SequenceLearner

SECRET = "zxqv"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[PlasticDB]:
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.sequence("m").learn_many([SECRET, "ann", "emma"])
        yield db


def nowhere(db: PlasticDB, folder: Path) -> bool:
    assert db.memory("m").verify() == []
    return not any(SECRET.encode() in file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_another_process_clears_the_graph_before_it_is_looked_at(
    db: PlasticDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Journal.to_erase

    def cleared(journal: Journal, memory: MemoryRow) -> int | None:
        db._store.clear("m")
        return real(journal, memory)

    monkeypatch.setattr(Journal, "to_erase", cleared)
    db.sequence("m").unlearn(SECRET, erase=True)
    assert nowhere(db, tmp_path)


def test_what_another_process_had_read_before_is_applied_after(
    db: PlasticDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, memory = Journal.erase, db.sequence("m")

    def overtaken(journal: Journal, known: MemoryRow, last: int) -> bool:
        db._store.clear("m")
        graph = start(db._store, known)
        learner = SequenceLearner(memory._held, memory.options, 1)
        step = answer(learner.step(graph, 1), db._store, journal, known)
        assert step is not None
        done = real(journal, known, last)
        assert db._store.apply("m", step.changes, 0, step.position, "another's", after=graph.batch)
        return done

    monkeypatch.setattr(Journal, "erase", overtaken)
    db.sequence("m").unlearn(SECRET, erase=True)
    assert nowhere(db, tmp_path)


@pytest.mark.parametrize("many", [1, 30])
def test_a_memory_does_not_take_up_the_graph_of_one_whose_dropping_was_interrupted(db: PlasticDB, many: int) -> None:
    (known,) = db._journal.memories()
    db._journal.drop(known)  # and killed: the graph is still there
    db.sequence("m").learn_many(["zoe"] * many)
    assert db.memory("m").stats()["samples"] == many
    assert db.memory("m").verify() == []
