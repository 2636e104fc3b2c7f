"""Threads that share a memory take turns; those that use different ones do not wait for each other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from plasticdb import BadMemory, PlasticDB, Unavailable
from plasticdb.journal.rows import MemoryRow
from plasticdb.sql.transactions import reading

ROUNDS = 8


def engrams(db: PlasticDB, thread: int) -> None:
    memory, rng = db.engrams("e"), np.random.default_rng(thread)
    for _ in range(ROUNDS):
        memory.step(rng.normal(size=(2, 4)))
        memory.recall([1, 2, 3, 4])


def sequences(db: PlasticDB, thread: int) -> None:
    for i in range(ROUNDS):
        db.sequence("s").learn_many([f"{thread}x{i}y{j}" for j in range(5)], source=f"thread {thread}")
        db.sequence("s").predict("1x")


@pytest.mark.parametrize("place", ["file", "memory"])
@pytest.mark.parametrize("work", [engrams, sequences])
def test_threads_share_a_database(tmp_path: Path, place: str, work: Callable[[PlasticDB, int], None]) -> None:
    with PlasticDB.open(tmp_path / "m.db" if place == "file" else ":memory:") as db, ThreadPoolExecutor(3) as threads:
        db.engrams("e", dimension=4).step(np.ones((1, 4)))
        db.sequence("s").learn("zero")
        for done in [threads.submit(work, db, thread) for thread in range(3)]:
            done.result()
        assert {row["memory"]: row["behind"] for row in db.memories()} == {"e": 0, "s": 0}
        assert db.memory("e").verify() == db.memory("s").verify() == []
        assert db.memory("s").stats()["samples"] == 1 + (3 * ROUNDS * 5 if work is sequences else 0)
        assert db.memory("e").stats()["tick"] == 1 + (3 * ROUNDS if work is engrams else 0)


@pytest.fixture(params=["file", "memory", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An address of an empty database, of each sort that threads share in a way of its own."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_emptied"))
    return ":memory:" if request.param == "memory" else str(tmp_path / "m.db")


def test_a_memory_does_not_wait_for_the_writer_of_another(place: str) -> None:
    with PlasticDB.open(place) as db, ThreadPoolExecutor(1) as threads:
        a, b = db.sequence("a"), db.sequence("b", batch=2)
        a.learn_many(["emma", "emily"])
        teaching, asked = Event(), Event()

        def progress(*_: int) -> None:
            teaching.set()
            assert asked.wait(30), "who teaches b has its turn until a was asked"

        done = threads.submit(b.learn_many, ["ann", "anna", "bob", "zoe"], progress=progress)
        assert teaching.wait(30)
        assert db.sequence("a").predict("em")
        assert a.learn("emil").learned == 1
        assert db.memory("a").stats()["samples"] == 3
        assert [row["memory"] for row in db.memories()] == ["a", "b"]
        assert not done.done()
        asked.set()
        assert done.result(30).learned == 4
        assert a.verify() == b.verify() == []


def test_a_memory_waits_for_its_own_writer(place: str) -> None:
    with PlasticDB.open(place) as db, ThreadPoolExecutor(2) as threads:
        b = db.sequence("b", batch=2)
        teaching, asked = Event(), Event()

        def progress(*_: int) -> None:
            teaching.set()
            asked.wait(30)

        done = threads.submit(b.learn_many, ["ann", "anna", "bob", "zoe"], progress=progress)
        assert teaching.wait(30)
        other = threads.submit(db.sequence("b", batch=3).learn, "emma")  # another object, the same memory
        with pytest.raises(TimeoutError):
            other.result(0.2)
        asked.set()
        assert (done.result(30).learned, other.result(30).learned) == (4, 1)


@pytest.mark.parametrize("kind", ["sequence", "engram"])
def test_threads_hammer_two_memories(place: str, kind: str) -> None:
    """Nothing is lost, no position is left out, and all of it is one session."""

    def work(db: PlasticDB, thread: int) -> None:
        name, rng = "ab"[thread % 2], np.random.default_rng(thread)
        for i in range(ROUNDS):
            if kind == "sequence":
                db.sequence(name).learn_many([f"{thread}x{i}y{j}" for j in range(3)], source=f"thread {thread}")
                db.sequence(name).predict("1x")
            else:
                db.engrams(name, dimension=4).remember(rng.normal(size=(3, 4)))
                db.engrams(name).recall([1, 2, 3, 4])

    with PlasticDB.open(place) as db, ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(work, db, thread) for thread in range(4)]:
            done.result()
        assert [(row["memory"], row["position"], row["behind"]) for row in db.memories()] == [
            ("a", 2 * ROUNDS * 3, 0),
            ("b", 2 * ROUNDS * 3, 0),
        ]
        with reading(db._journal.engine) as connection:
            found = connection.exec_driver_sql(
                "SELECT memory, position FROM event ORDER BY memory, position"
            ).fetchall()
        assert [row[1] for row in found] == 2 * [*range(1, 2 * ROUNDS * 3 + 1)]
        assert len(db.sessions()) == 1
        assert db.memory("a").verify() == db.memory("b").verify() == []


def test_a_memory_is_dropped_while_another_is_taught(place: str) -> None:
    with PlasticDB.open(place) as db, ThreadPoolExecutor(2) as threads:
        for _ in range(3):
            db.sequence("b").learn_many(["ann", "anna"])
            taught = threads.submit(db.sequence("a").learn_many, [f"{i:x}" for i in range(300)])
            threads.submit(db.drop, "b").result(60)
            assert taught.result(60).learned == 300
        assert [row["memory"] for row in db.memories()] == ["a"]
        assert db.memory("a").verify() == []


def test_threads_make_databases_at_once(tmp_path: Path) -> None:
    def make(thread: int) -> int:
        with PlasticDB.open(tmp_path / f"{thread}.db") as db:
            db.sequence("s").learn("zero")
            return len(db.memory("s").verify())

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


def test_sync_of_all_leaves_out_what_is_dropped_meanwhile(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db, PlasticDB.open(tmp_path / "m.db") as other:
        for name in ("a", "b", "c"):
            db.sequence(name).learn("emma")
            db.sequence(name).journal_samples(["ann", "zoe"], None, None)
        left = ["b"]

        def drop(*_: int) -> None:
            if left:
                other.drop(left.pop())

        assert db.sync(progress=drop) == {"a": 2, "c": 2}
        with pytest.raises(BadMemory, match="there is no memory 'b'; the memories are: a, c"):
            db.memory("b").sync()


def test_a_memory_of_another_kind_that_was_made_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db, PlasticDB.open(tmp_path / "m.db") as other:
        db.engrams("e", dimension=1).remember([[1.0]])
        look, left = db._journal.memory, ["e"]

        def looked(name: str) -> MemoryRow | None:
            found = look(name)
            if left:
                other.drop(left.pop())
                other.sequence(name).learn("emma")
            return found

        db._memories.clear()
        monkeypatch.setattr(db._journal, "memory", looked)
        assert db.memory("e").stats()["samples"] == 1


def test_a_memory_that_is_dropped_is_not_taken_for_a_sequence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db, PlasticDB.open(tmp_path / "m.db") as other:
        look, left = db._journal.memory, ["e"]

        def looked(name: str) -> MemoryRow | None:
            found = look(name)
            if left:
                other.engrams(left.pop(), dimension=1).remember([[1.0]])
            return found

        monkeypatch.setattr(db._journal, "memory", looked)
        with pytest.raises(BadMemory, match="there is no memory 'e'"):
            db.memory("e").stats()
        assert db.memory("e").stats()["dimension"] == 1


def test_what_is_dropped_stays_in_no_file(tmp_path: Path) -> None:
    secret = "xylophonquarzbaum"
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.sequence("m").learn(secret)
        list(db.query("RETURN 1"))
        db.drop("m")
        files = [file for file in tmp_path.rglob("*") if file.is_file()]
        assert [file.name for file in files if secret[3:].encode() in file.read_bytes()] == []


def test_a_drop_that_a_reader_keeps_from_emptying_the_log_says_so(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db", timeout=0.1) as db, PlasticDB.open(tmp_path / "m.db") as other:
        db.sequence("m").learn("emma")
        with reading(other._journal.engine) as connection:
            connection.exec_driver_sql("SELECT * FROM memory").fetchall()
            with pytest.raises(Unavailable, match="'m' is dropped, but its texts stay in the database's log"):
                db.drop("m")
        assert db.memories() == []
