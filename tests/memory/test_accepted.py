"""What fails after the journal's commit says that it is in the journal, whatever was done and whatever failed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from plasticdb import NoRoom, PlasticDB, Unapplied
from plasticdb.errors import Interrupted

from ..cli.conftest import environ

FULL = "CREATE TRIGGER full BEFORE UPDATE ON graph_memory BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
DONE = "what was accepted is in the journal: run `plasticdb sync`"

SEQUENCE: dict[str, Callable[[PlasticDB], object]] = {
    "learn": lambda db: db.sequence("m").learn("zoe"),
    "unlearn": lambda db: db.sequence("m").unlearn("emma"),
    "erase": lambda db: db.sequence("m").unlearn("emma", erase=True),
    "reinforce": lambda db: db.sequence("m").reinforce("emma"),
    "weaken": lambda db: db.sequence("m").weaken("emma"),
    "decay": lambda db: db.sequence("m").decay(10.0),
    "collapse": lambda db: db.sequence("m").collapse(10),
    "consolidate": lambda db: db.sequence("m").consolidate(),
    "import": lambda db: db.import_(Path(str(db._store.engine.url.database)).parent / "m.jsonl", name="n"),  # type: ignore[attr-defined]
}
ENGRAMS: dict[str, Callable[[PlasticDB], object]] = {
    "remember": lambda db: db.engrams("e").remember([[1, 2]]),
    "remind": lambda db: db.engrams("e").remind(),
    "reward": lambda db: db.engrams("e").reward({1: 2.0}),
    "tick": lambda db: db.engrams("e").tick(),
    "step": lambda db: db.engrams("e").step([[2, 1]], lambda found: {1: 1.0}),
}
VERBS = SEQUENCE | ENGRAMS


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database with a memory of each kind, and an export."""
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.sequence("m").learn_many(["emma", "emily"])
        db.engrams("e", dimension=2).remember([[1, 0]])
        db.export("m", tmp_path / "m.jsonl")
    return tmp_path / "m.db"


@pytest.mark.parametrize("verb", VERBS)
def test_a_full_disk(file: Path, verb: str) -> None:
    with PlasticDB.open(file) as db:
        name = "n" if verb == "import" else "e" if verb in ENGRAMS else "m"
        with db._journal.engine.begin() as connection:
            connection.execute(text(FULL))
        before = {row["memory"]: row["position"] for row in db.memories()}
        with pytest.raises(Unapplied) as error:
            VERBS[verb](db)
        said = str(error.value)
        assert "is full or failing" in said
        assert DONE in said
        assert "run again" not in said
        assert "\n" not in said
        with db._journal.engine.begin() as connection:
            connection.execute(text("DROP TRIGGER full"))
        after = {row["memory"]: row["position"] for row in db.memories()}
        assert after[name] > before.get(name, 0)
        assert db.memory(name).sync() == after[name] - before.get(name, 0)
        assert after == {row["memory"]: row["position"] for row in db.memories()}
        assert db.memory(name).verify() == []


@pytest.mark.parametrize("verb", VERBS)
def test_control_c(file: Path, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with PlasticDB.open(file) as db:
        with monkeypatch.context() as hit:

            def interrupted(*_: object, **__: object) -> bool:
                raise KeyboardInterrupt

            hit.setattr(db._store, "apply", interrupted)
            with pytest.raises(Interrupted, match=f"interrupted; {DONE}, and not this command again"):
                VERBS[verb](db)
        name = "n" if verb == "import" else "e" if verb in ENGRAMS else "m"
        assert db.memory(name).sync() > 0
        assert db.memory(name).verify() == []


def test_the_command_says_so_too(file: Path, tmp_path: Path) -> None:
    hit = (
        "import sys; from plasticdb.graph.sql import SQLStore; from plasticdb.cli.main import main\n"
        "def apply(*_, **__): raise {error}\n"
        "SQLStore.apply = apply\n"
        "sys.argv = ['plasticdb', '--db', 'm.db', *sys.argv[1:]]\n"
        "main()"
    )

    def run(error: str, *words: str) -> subprocess.CompletedProcess[str]:
        code = hit.format(error=error)
        return subprocess.run(
            [sys.executable, "-c", code, *words],
            cwd=tmp_path,
            env=environ(),
            capture_output=True,
            text=True,
            input="zoe\n",
        )

    done = run("KeyboardInterrupt", "reinforce", "m", "--sample", "emma")
    said = f"plasticdb: error: interrupted; {DONE}, and not this command again"
    assert (done.returncode, done.stderr.strip()) == (130, said)
    done = run("OSError(28, 'No space left on device')", "engram", "tick", "e")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert DONE in done.stderr
    done = run("KeyboardInterrupt", "ingest", "m", "-")
    assert done.returncode == 130
    assert "1 samples are in the journal: run `plasticdb sync`; given again with --source 'stdin " in done.stderr
    with PlasticDB.open(file) as db:
        assert db.sync() == {"e": 1, "m": 2}


def test_a_full_disk_before_the_commit_is_not_that(file: Path) -> None:
    with closing(PlasticDB.open(file)) as db:
        with db._journal.engine.begin() as connection:
            connection.execute(text(FULL.replace("UPDATE ON graph_memory", "INSERT ON event")))
        with pytest.raises(NoRoom, match=r"what was learned before stays: make room$"):
            db.sequence("m").reinforce("emma")
        assert db.memory("m").stats()["position"] == 2


def test_an_end_that_cannot_be_noted_is_no_failure(file: Path) -> None:
    with PlasticDB.open(file) as db:
        db.sequence("m").reinforce("emma")
        with db._journal.engine.begin() as connection:
            connection.execute(text(FULL.replace("ON graph_memory", "ON session")))
    with PlasticDB.open(file) as db:
        assert db.sessions()[-1]["ended"] is None
