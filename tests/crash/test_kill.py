"""kill -9 at any moment, run again: the graph is as if nothing had happened."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from plasticdb import PlasticDB

from ..effort import times
from .conftest import Place

Names = Callable[[int, int], Path]
Check = Callable[..., None]


def finish(place: Place, file: Path, batch: int) -> float:
    """Learn to the end; the seconds it took."""
    began = time.monotonic()
    process = place.learner(file, "names", batch)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said.decode()
    return time.monotonic() - began


def kill_at_random(place: Place, file: Path, kills: int, batch: int, takes: float) -> int:
    """Start a learner and kill it at a random moment, again and again; how many died of it before they were done."""
    rng = random.Random(1)
    died = 0
    for _ in range(kills):
        process = place.learner(file, "names", batch)
        time.sleep(rng.uniform(0.3, 1.0) * takes)
        process.kill()
        process.communicate()
        died += process.returncode == -9
    return died


@pytest.mark.parametrize(
    ("place", "kills", "size", "batch"),
    [("sqlite", times(8), 1500, 2), ("neo4j", times(3), 600, 10)],
    indirect=["place"],
    ids=["sqlite", "neo4j"],
)
def test_killed_again_and_again(place: Place, kills: int, size: int, batch: int, names: Names, check: Check) -> None:
    file = names(0, size)
    assert kill_at_random(place, file, kills, batch, takes=1.0) >= kills // 2
    finish(place, file, batch)
    check(place, file)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_every_kill_leaves_a_memory_that_goes_on(place: Place, names: Names, check: Check) -> None:
    """After each kill what is there is a memory of its own: it verifies, once it has caught up with its journal."""
    file = names(0, 2000)
    for _ in range(5):
        kill_at_random(place, file, 1, 20, takes=0.8)
        with place.opened() as db:
            if db.memories():
                db.memory("m").sync()
                assert db.memory("m").verify() == []
    finish(place, file, 20)
    check(place, file)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("place", ["sqlite", "postgres", "neo4j"], indirect=True)
def test_killed_between_journal_and_graph(place: Place, when: str, names: Names, check: Check) -> None:
    file = names(0, 100)
    process = place.learner(file, "names", 30, when)
    process.communicate(timeout=60)
    assert process.returncode == -9
    with place.opened() as db:
        assert db.memory("m").stats()["behind"] == (30 if when == "before" else 0)
        db.memory("m").sync()
        assert db.memory("m").stats()["samples"] == 60
    finish(place, file, 30)
    check(place, file)


@pytest.mark.parametrize("place", ["sqlite", "neo4j"], indirect=True)
def test_killed_in_the_middle_of_a_rebuild(place: Place, names: Names, check: Check) -> None:
    file = names(0, 100)
    finish(place, file, 30)
    process = place.learner(file, "names", 30, "rebuild")
    process.communicate(timeout=60)
    assert process.returncode == -9
    with place.opened() as db:
        assert db.memory("m").stats()["behind"] == 40
        db.memory("m").sync()
    check(place, file)


@pytest.mark.parametrize("place", ["sqlite", "neo4j"], indirect=True)
def test_killed_in_the_middle_of_an_unlearning(place: Place, names: Names, tmp_path: Path) -> None:
    file, other = names(0, 100), names(100, 150)
    finish(place, file, 30)
    with place.opened() as db:
        db.sequence("m").ingest([str(other)])
    process = place.learner(file, "names", 30, "unlearn")
    process.communicate(timeout=60)
    assert process.returncode == -9
    with place.opened() as db, PlasticDB.open(tmp_path / "never.db") as never:
        assert db.memory("m").sync() == 40
        never.sequence("m").ingest([str(other)])
        assert db.memory("m").verify() == []
        assert db.memory("m").stats()["concepts"] == never.memory("m").stats()["concepts"]
