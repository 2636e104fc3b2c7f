"""Threads that share a PlasticDB take turns."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from plasticdb import PlasticDB

ROUNDS = 8


def engrams(db: PlasticDB, thread: int) -> None:
    memory, rng = db.engrams("e"), np.random.default_rng(thread)
    for _ in range(ROUNDS):
        memory.step(rng.normal(size=(2, 4)))
        memory.recall([1, 2, 3, 4])


def sequences(db: PlasticDB, thread: int) -> None:
    for i in range(ROUNDS):
        db.sequence("s").learn_many([f"{thread}x{i}y{j}" for j in range(5)], source=f"thread {thread}")
        db.predict("s", "1x")


@pytest.mark.parametrize("place", ["file", "memory"])
@pytest.mark.parametrize("work", [engrams, sequences])
def test_threads_share_a_database(tmp_path: Path, place: str, work: Callable[[PlasticDB, int], None]) -> None:
    with PlasticDB.open(tmp_path / "m.db" if place == "file" else ":memory:") as db, ThreadPoolExecutor(3) as threads:
        db.engrams("e", dimension=4).step(np.ones((1, 4)))
        db.sequence("s").learn("zero")
        for done in [threads.submit(work, db, thread) for thread in range(3)]:
            done.result()
        assert {row["memory"]: row["behind"] for row in db.memories()} == {"e": 0, "s": 0}
        assert db.verify("e") == db.verify("s") == []
        assert db.stats("s")["samples"] == 1 + (3 * ROUNDS * 5 if work is sequences else 0)
        assert db.stats("e")["tick"] == 1 + (3 * ROUNDS if work is engrams else 0)


def test_threads_make_databases_at_once(tmp_path: Path) -> None:
    def make(thread: int) -> int:
        with PlasticDB.open(tmp_path / f"{thread}.db") as db:
            db.sequence("s").learn("zero")
            return len(db.verify("s"))

    with ThreadPoolExecutor(4) as threads:
        assert [*threads.map(make, range(8))] == [0] * 8


def test_a_policy_is_refused_and_another_thread_waits() -> None:
    with PlasticDB.open(":memory:") as db, ThreadPoolExecutor(1) as threads:
        memory = db.engrams("e", dimension=1)
        memory.step([[1.0]])
        waiting = []

        def policy(_: object) -> None:
            waiting.append(threads.submit(memory.recall, [1.0]))

        memory.step([[2.0]], policy)
        assert len(waiting[0].result(10)) == 2
