"""A SQLite file in a folder where nothing can be written: asked, and never told anything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from plasticdb import PlasticDB, StoreError, Unavailable
from plasticdb.sql.transactions import reading

from .conftest import Run, as_ordinary

ASKED = (
    ("predict", "m", "em"), ("tree", "m"), ("stats", "m", "--as-of", "1"), ("migrate", "up"), ("export", "m"), ("sync",),
    ("query", "MATCH (m:Memory) RETURN m.samples"), ("query", "RETURN 1"), ("verify", "m"),
)  # fmt: skip
TOLD = (("ingest", "m", "-"), ("unlearn", "m", "--sample", "emma"), ("rebuild", "m"), ("drop", "m", "--yes"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "published").mkdir()
    with PlasticDB.open(tmp_path / "published" / "m.db") as db:
        db.sequence("m").learn_many(["emma", "emily"], source="names")
    return tmp_path / "published" / "m.db"


def sealed(file: Path, mode: int = 0o444) -> None:
    file.chmod(mode)
    file.parent.chmod(0o555)


@pytest.mark.parametrize("mode", [0o444, 0o644], ids=oct)
def test_it_can_be_asked_and_says_that_it_is_read_only(run: Run, file: Path, tmp_path: Path, mode: int) -> None:
    sealed(file, mode)
    env = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    for words in ASKED[-2:] if mode == 0o644 else ASKED:
        done = run("--db", str(file), *words, env=env, preexec_fn=as_ordinary)
        assert (done.code, done.err) == (0, ""), (words, done)
    for words in TOLD[:1] if mode == 0o644 else TOLD:
        done = run("--db", str(file), *words, env=env, preexec_fn=as_ordinary, input=b"zoe\n")
        assert "is read-only; make it writable, or copy it and use the copy" in done.error(1), words
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT TESTED: a read-only disk; only root can mount one")
def test_on_a_read_only_disk_it_can_be_asked_by_root_too(run: Run, file: Path, tmp_path: Path) -> None:
    there, env = tmp_path / "disk", {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    there.mkdir()
    if subprocess.run(["mount", "--bind", str(file.parent), str(there)], capture_output=True).returncode:
        pytest.skip("NOT TESTED: a read-only disk; nothing can be mounted here")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(there)], check=True)
        for words in ASKED[-3:]:
            assert run("--db", str(there / "m.db"), *words, env=env).code == 0, words
        assert "is read-only" in run("--db", str(there / "m.db"), "ingest", "m", "-", input=b"zoe\n").error(1)
    finally:
        subprocess.run(["umount", str(there)], check=True)


ASK = """
import sys
from plasticdb import PlasticDB
with PlasticDB.open(sys.argv[1]) as db:
    m = db.memory("m")
    print(m.stats()["samples"], m.verify())
"""


def ask(file: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(file)], preexec_fn=as_ordinary, capture_output=True, text=True, timeout=60
    )
    return done.stdout.strip() or done.stderr.strip().split("\n")[-1]


def test_while_somebody_who_may_writes_it_is_read_with_locks(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with PlasticDB.open(file) as db:
        db.sequence("m").learn("ann")
        sealed(file)
        assert ask(file) == "3 []"
        file.chmod(0o644)
        db.sequence("m").learn("bob")
        file.chmod(0o444)
        assert ask(file) == "4 []"


def test_what_a_killed_writer_left_in_the_log_is_read(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    script = ASK.replace("print(", 'db.sequence("m").learn("ann"); import os; os.kill(os.getpid(), 9); print(')
    assert subprocess.run([sys.executable, "-c", script, str(file)]).returncode == -signal.SIGKILL
    sealed(file)
    assert ask(file) == "3 []"
    file.parent.chmod(0o755)
    Path(f"{file}-shm").unlink()
    file.parent.chmod(0o555)
    assert "has a log (-wal) from the last one who wrote to it, and its folder is read-only" in ask(file)


def test_who_asks_is_told_that_somebody_began_to_write(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and real(path, mode))
    with PlasticDB.open(file) as db:
        memory = db.sequence("m")
        assert memory.stats()["samples"] == 2
        monkeypatch.setattr(os, "access", real)

        def read() -> None:
            with reading(db._journal.engine) as connection:
                connection.exec_driver_sql("SELECT * FROM concept").all()
                with PlasticDB.open(file) as other:
                    other.sequence("m").learn("ann")

        with pytest.raises(Unavailable, match="is being written to; ask again when that is done"):
            read()
        assert memory.stats()["samples"] == 3
        with pytest.raises(StoreError, match="is read-only"):
            memory.learn("zoe")
