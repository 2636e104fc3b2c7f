"""Operations: trying again under the same id is the same operation, for every verb, after a kill, and on every journal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import create_engine, make_url, text

from plasticdb import BadInput, PlasticDB
from plasticdb.journal.journal import operations

from ..cli.conftest import Run, run

__all__ = ["run"]

VERBS: dict[str, Callable[[PlasticDB, str], Any]] = {
    "learn": lambda db, id: db.sequence("m").learn_many(["emma", "emily", "ann"], operation=id),
    "learn one": lambda db, id: db.sequence("m").learn("emma", source="s", id="1", operation=id),
    "reinforce": lambda db, id: db.sequence("m").reinforce("emma", operation=id),
    "weaken": lambda db, id: db.sequence("m").weaken(["emma", "ann"], by=0.5, operation=id),
    "decay": lambda db, id: db.sequence("m").decay(1e9, operation=id),
    "collapse": lambda db, id: db.sequence("m").collapse(20, operation=id),
    "consolidate": lambda db, id: db.sequence("m").consolidate(operation=id),
    "unlearn": lambda db, id: db.sequence("m").unlearn("emily", operation=id),
    "erase": lambda db, id: db.sequence("m").unlearn("ann", erase=True, operation=id),
    "remember": lambda db, id: db.engrams("e", dimension=2).remember([[1, 2], [3, 4]], operation=id),
    "remember by id": lambda db, id: db.engrams("e").remember([[1, 2], [3, 4]], ["a", "b"], ["1", "2"], operation=id),
    "step": lambda db, id: db.engrams("e").step(
        [[1.0, 1.0]], lambda found: dict.fromkeys((one.id for one in found), 9.0), ["c"], operation=id
    ),
    "remind": lambda db, id: db.engrams("e").remind(operation=id),
    "reward": lambda db, id: db.engrams("e").reward({1: 3.0}, operation=id),
    "tick": lambda db, id: db.engrams("e").tick(operation=id),
}


@pytest.fixture(params=["sqlite", "postgres"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    return str(tmp_path / "m.db") if request.param == "sqlite" else str(request.getfixturevalue("postgres_emptied"))


@pytest.fixture
def db(where: str) -> Iterator[PlasticDB]:
    with PlasticDB.open(where) as opened:
        yield opened


def positions(db: PlasticDB) -> list[int]:
    return [row["position"] for row in db.memories()]


def test_every_verb_done_twice_under_an_id_is_done_once_and_answers_the_same(where: str) -> None:
    for verb, do in VERBS.items():
        with PlasticDB.open(where) as db:
            answer = do(db, f"the {verb}")
            before = positions(db)
            assert do(db, f"the {verb}") == answer
        with PlasticDB.open(where) as db:  # another process
            assert do(db, f"the {verb}") == answer, verb
            assert positions(db) == before, verb
    with PlasticDB.open(where) as db:
        for verb, do in VERBS.items():
            if verb not in ("erase", "unlearn"):
                do(db, f"the {verb}")
        assert positions(db) == before
        assert db.memory("m").verify() == db.memory("e").verify() == []


def test_an_id_that_was_another_operation_is_refused(db: PlasticDB) -> None:
    memory = db.sequence("m")
    memory.learn_many(["emma", "emily"], operation="nightly")
    before = positions(db)
    for again in (
        lambda: memory.learn_many(["emma", "ann"], operation="nightly"),
        lambda: memory.learn_many(["emma"], operation="nightly"),
        lambda: memory.learn_many(["emma", "emily"], source="s", operation="nightly"),
        lambda: memory.reinforce("emma", operation="nightly"),
        lambda: memory.unlearn("emma", operation="nightly"),
    ):
        with pytest.raises(BadInput, match="the operation 'nightly' was another one"):
            again()
    assert positions(db) == before
    for bad in ("", " ", "a\nb", "x" * 201, 7):
        with pytest.raises(BadInput, match="an operation's id must be a text"):
            memory.learn("emma", operation=bad)  # type: ignore[arg-type]


def test_more_samples_under_the_id_go_on_behind_the_first(db: PlasticDB) -> None:
    """As where the first try was killed between two batches; and whatever the size of a batch."""
    names = [f"name{i}" for i in range(10)]
    db.sequence("m", batch=3).learn_many(names[:7], operation="o")
    assert db.sequence("m", batch=4).learn_many(names, operation="o").learned == 10
    assert db.sequence("m", batch=2).learn_many(names, operation="o").learned == 10
    assert db.memory("m").stats()["samples"] == 10
    assert db.memory("m").verify() == []


def test_memories_have_operations_of_their_own(db: PlasticDB) -> None:
    for name in ("a", "b", "b"):
        db.sequence(name).learn("emma", operation="o")
    assert positions(db) == [1, 1]
    db.drop("b")
    db.sequence("b").learn("emma", operation="o")
    assert positions(db) == [1, 1]


KILLED = """
import os, signal, sys
from plasticdb import PlasticDB
from plasticdb.journal.recorder import Recorder
real, left = Recorder.write, [int(sys.argv[2])]
def dying(*what, **how):
    done = real(*what, **how)
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return done
Recorder.write = dying
with PlasticDB.open(sys.argv[1]) as db:
    db.sequence("m", batch=10).learn_many([f"name{i}" for i in range(95)], operation="the names")
"""


def test_learning_that_was_killed_goes_on_where_it_was(where: str) -> None:
    samples = [f"name{i}" for i in range(95)]
    for batches in (1, 5, 8):  # each goes on behind the one before
        done = subprocess.run([sys.executable, "-c", KILLED, where, str(batches)], check=False)
        assert done.returncode == -signal.SIGKILL
    with PlasticDB.open(where) as db:
        assert positions(db) == [80]
        assert db.sequence("m").learn_many(samples, operation="the names").learned == 95
        assert db.memory("m").stats()["samples"] == 95
        assert db.memory("m").verify() == []


def test_a_file_without_ids_is_ingested_once_by_the_command(run: Run, where: str, tmp_path: Path) -> None:
    (tmp_path / "n.txt").write_text("emma\nemma\nann\n")
    for _ in range(2):
        done = run("--db", where, "ingest", "m", "n.txt", "--operation", "first", "--format", "jsonl")
        assert '"learned": 3, "skipped": 0' in done.out
    assert (
        '"reinforced": 2' in run("--db", where, "reinforce", "m", "--sample", "emma", "--all", "--operation", "r").out
    )
    assert (
        '"reinforced": 2' in run("--db", where, "reinforce", "m", "--sample", "emma", "--all", "--operation", "r").out
    )
    assert '"position": 5' in run("--db", where, "stats", "m").out
    said = run("--db", where, "weaken", "m", "--sample", "emma", "--operation", "r").error(1)
    assert "the operation 'r' was another one (reinforce)" in said


def test_a_pipe_is_read_once_under_an_id(run: Run) -> None:
    for _ in range(2):
        done = run("ingest", "m", "-", "--operation", "the pipe", input=b"emma\nann\n")
        assert '"learned": 2, "skipped": 0' in done.out
    assert [line.count("stdin the pipe") for line in run("sources", "m").out.splitlines()] == [1]


def test_an_import_done_again_under_its_id_says_what_it_did(db: PlasticDB, tmp_path: Path) -> None:
    file = tmp_path / "m.jsonl"
    with PlasticDB.open(":memory:") as other:
        other.sequence("m").learn_many(["emma", "ann"])
        other.export("m", file)
    first = db.import_(file, operation="i")
    assert db.import_(file, operation="i") == first
    assert first[0]["imported"] == 2
    assert positions(db) == [2]


def test_sqlite_keeps_no_operation_that_nobody_named(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.sequence("m").learn_many(["emma", "ann"])
        db.sequence("m").unlearn("ann")
        assert kept(f"sqlite:///{tmp_path / 'm.db'}") == []
        db.sequence("m").learn("zoe", operation="o")
        assert kept(f"sqlite:///{tmp_path / 'm.db'}") == ["o"]


def test_a_server_keeps_the_last_one_of_a_process_until_that_ends(postgres_emptied: str) -> None:
    with PlasticDB.open(postgres_emptied) as db:
        for name in ("emma", "ann", "zoe"):
            db.sequence("m").learn(name)
            db.sequence("n").learn(name)
        db.sequence("m").learn("otto", operation="o")
        assert len(kept(postgres_emptied)) == 3
    assert kept(postgres_emptied) == ["o"]


def test_an_operation_is_known_for_a_month(where: str) -> None:
    now = [1e9]
    for days, learned in ((0, 1), (29, 1), (31, 2)):
        now[0] = 1e9 + days * 86400
        with PlasticDB.open(where, clock=lambda: now[0]) as db:
            db.sequence("m").learn("zoe", operation=f"another {days}")
            db.sequence("m").learn("emma", operation="o")
            assert db.memory("m").stats()["samples"] - learned == {0: 1, 29: 2, 31: 3}[days]


def test_what_was_erased_cannot_be_guessed_from_an_operation(db: PlasticDB, where: str) -> None:
    db.sequence("m").learn("emma", operation="o")
    db.sequence("m").unlearn("emma", erase=True)
    url = where if "://" in where else f"sqlite:///{where}"
    assert {*kept(url, "asked")} == {0}
    assert db.sequence("m").learn("emma", operation="o").learned == 1
    assert db.memory("m").stats()["samples"] == 0


def kept(url: str, column: str = "id") -> list[Any]:
    engine = create_engine(make_url(url))
    with engine.connect() as connection:
        found = list(connection.execute(text(f"SELECT {column} FROM operation")).scalars())
    engine.dispose()
    return found


def test_a_fingerprint_is_of_what_was_asked() -> None:
    assert operations.fingerprint(["a"], True) != operations.fingerprint(["a"], False)
    one, other = (operations.Offering(operations.operation("learn", None)) for _ in range(2))
    one.passed(["a", "b"], operations.Done(0, 2, [2, []]))
    assert one.asked(["c"], 1) == other.asked(["a", "b", "c"], 3) != other.asked(["ab", "c"], 2)


def test_a_policy_may_give_numpy_numbers(db: PlasticDB) -> None:
    memory = db.engrams("e", dimension=2)
    memory.remember(np.ones((1, 2)), operation=str(os.getpid()))
    assert memory.tick(operation="t") == memory.tick(operation="t") == 1
