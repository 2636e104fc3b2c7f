"""kill -9 while a memory is copied, run again: the copy is as if nothing had happened."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from plasticdb import PlasticDB
from plasticdb.memory.verify import differences

from ..effort import times
from .conftest import Place


@pytest.fixture
def original(tmp_path: Path, names: Callable[[int, int], Path]) -> Path:
    """A database with a memory `m`, in which not only learning has happened."""
    with PlasticDB.open(tmp_path / "original.db") as db:
        for i, (first, last) in enumerate([(0, 400), (400, 600), (600, 1500)]):
            db.sequence("m").ingest([str(names(first, last))], source=f"part {i}")
        db.sequence("m").unlearn(source="part 1")
        db.sequence("m").decay(1000)
        db.sequence("m").reinforce(source="part 0")
    return tmp_path / "original.db"


def finish(original: Path, place: Place, batch: int) -> None:
    """Copy to the end, and compare with the original."""
    process = place.copier(original, batch)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said.decode()
    with PlasticDB.open(original) as db, place.opened() as other:
        assert differences(db._store, other._store, "m") == []
        assert other.memory("m").verify() == []
        assert other.memory("m").sources() == db.memory("m").sources()
        assert other.memory("m").sessions() == db.memory("m").sessions()


@pytest.mark.parametrize(
    ("place", "when", "events", "applied"),
    [("sqlite", "journal", 300, 0), ("sqlite", "graph", 2101, 600), ("neo4j", "journal", 300, 0), ("neo4j", "graph", 2101, 600)],
    indirect=["place"],
)  # fmt: skip
def test_killed_in_the_middle(place: Place, when: str, events: int, applied: int, original: Path) -> None:
    process = place.copier(original, 300, when)
    process.communicate(timeout=120)
    assert process.returncode == -9
    with place.opened() as db:
        (memory,) = db.memories()
        assert (memory["position"], memory["position"] - memory["behind"]) == (events, applied)
    finish(original, place, 300)


@pytest.mark.parametrize(
    ("place", "kills", "batch"),
    [("sqlite", times(5), 10), ("neo4j", times(2), 40)],  # each takes some seconds, were it not killed
    indirect=["place"],
    ids=["sqlite", "neo4j"],
)
def test_killed_again_and_again(place: Place, kills: int, batch: int, original: Path) -> None:
    rng, died = random.Random(1), 0
    for _ in range(kills):
        process = place.copier(original, batch)
        time.sleep(rng.uniform(0.5, 1.2))
        process.kill()
        process.communicate()
        died += process.returncode == -9
    assert died >= kills // 2
    finish(original, place, batch)
