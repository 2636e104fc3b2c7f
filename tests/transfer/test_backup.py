"""A backup is the database as it was at one moment, whatever others do meanwhile, or it is not there."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from plasticdb import BadInput, PlasticDB
from plasticdb.memory.verify import differences


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.sequence("m").learn_many([f"name{i}" for i in range(300)])
        db.engrams("e", dimension=1).remember([[0.0], [1.0]], ["a", "b"])
    return tmp_path / "m.db"


def test_it_has_what_is_still_in_the_log(file: Path, tmp_path: Path) -> None:
    with PlasticDB.open(file) as db:
        db.sequence("m").learn("zoe")
        copied = tmp_path / "cp.db"
        copied.write_bytes(file.read_bytes())  # what `cp` makes
        size = db.backup(tmp_path / "backup.db")
        with PlasticDB.open(tmp_path / "backup.db") as backup, PlasticDB.open(copied) as copy:
            assert (tmp_path / "backup.db").stat().st_size == size
            assert backup.memories() == db.memories() != copy.memories()
            assert differences(db._store, backup._store, "m") == differences(db._store, backup._store, "e") == []
            assert backup.memory("m").verify() == backup.memory("e").verify() == []
            backup.sequence("m").learn("goes on")


def test_while_others_write_each_is_one_moment(file: Path, tmp_path: Path) -> None:
    done = threading.Event()

    def learn() -> None:
        with PlasticDB.open(file) as other:
            while not done.is_set():
                other.sequence("m").learn_many(["ann", "bob", "cid"])

    writer = threading.Thread(target=learn)
    writer.start()
    try:
        with PlasticDB.open(file) as db:
            for i in range(5):
                db.backup(tmp_path / f"backup{i}.db")
    finally:
        done.set()
        writer.join()
    for i in range(5):
        with PlasticDB.open(tmp_path / f"backup{i}.db") as backup:
            backup.sync()
            assert backup.memory("m").verify() == []
            assert backup.memory("m").stats()["samples"] % 3 == 0
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_file_is_replaced_only_where_that_is_said(file: Path, tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "old.db") as old:
        old.sequence("old").learn("old text")
        list(old.query("RETURN 1"))
    with PlasticDB.open(file) as db:
        with pytest.raises(BadInput, match=r"old.db is there already; give another name, or say .* \(--replace\)"):
            db.backup(tmp_path / "old.db")
        db.backup(tmp_path / "old.db", replace=True)
        with PlasticDB.open(tmp_path / "old.db") as now:
            assert now.memories() == db.memories()
            assert not (tmp_path / "old.db.cypher").exists()
            for busy in (tmp_path / "old.db", file):
                with pytest.raises(BadInput, match="is the database that is open"):
                    db.backup(busy, replace=True)
        with closing(sqlite3.connect(tmp_path / "old.db")) as another:  # of another program, or process
            another.execute("SELECT * FROM memory").fetchall()
            with pytest.raises(BadInput, match=r"old.db-wal belongs to a database that is open, or was"):
                db.backup(tmp_path / "old.db", replace=True)
        with pytest.raises(BadInput, match="is a directory"):
            db.backup(tmp_path)
        with pytest.raises(BadInput, match=r"the folder .*none does not exist"):
            db.backup(tmp_path / "none" / "b.db")


def test_a_database_in_memory_becomes_a_file(tmp_path: Path) -> None:
    with PlasticDB.open(":memory:") as db:
        db.sequence("m").learn_many(["emma", "ann"])
        db.backup(tmp_path / "b.db")
        with PlasticDB.open(tmp_path / "b.db") as backup:
            assert differences(db._store, backup._store, "m") == []


def test_what_is_no_file_says_what_to_do_instead(tmp_path: Path, postgres_emptied: str) -> None:
    with PlasticDB.open(postgres_emptied) as db:
        db.sequence("m").learn("ann")
        with pytest.raises(
            BadInput, match=r"is not a file; use `plasticdb copy --to backup.db`, `plasticdb export --to"
        ):
            db.backup(tmp_path / "b.db")


def test_where_the_graph_is_elsewhere_the_journal_is_all_that_is_needed(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "graph.db", tmp_path / "journal.db") as db:
        db.sequence("m").learn_many(["emma", "ann"])
        with pytest.raises(BadInput, match=r"graph.db .*: `plasticdb --db .*journal.db backup FILE`, and `sync`"):
            db.backup(tmp_path / "b.db")
        with PlasticDB.open(tmp_path / "journal.db") as journal:
            journal.backup(tmp_path / "b.db")
        with PlasticDB.open(tmp_path / "b.db") as backup:
            assert backup.sync() == {"m": 2}
            assert differences(db._store, backup._store, "m") == []


KILLED = """
import os, signal, sys
from plasticdb import PlasticDB
from plasticdb.transfer import backup
backup.PAGES = 1
with PlasticDB.open(sys.argv[1]) as db:
    db.backup(sys.argv[2], progress=lambda done, pages: done > 9 and os.kill(os.getpid(), signal.SIGKILL))
"""


def test_one_that_is_killed_leaves_no_file_and_the_next_one_clears_up(file: Path, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(file), str(tmp_path / "b.db")], timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "b.db").exists()
    assert [path.name[:6] for path in tmp_path.iterdir() if path.name.startswith(".")] == [".b.db."]
    with PlasticDB.open(file) as db:
        db.backup(tmp_path / "b.db")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.db", "m.db"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="NOT TESTED: a full disk; there is no /dev/full")
def test_without_room_it_says_so_and_leaves_nothing(file: Path, tmp_path: Path) -> None:
    script = "import resource, signal, sys\nfrom plasticdb import PlasticDB, StoreError\n"
    script += "with PlasticDB.open(sys.argv[1]) as db:\n  signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    script += "  resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))\n"
    script += "  try: db.backup(sys.argv[2])\n  except StoreError as error: print(error)"
    command = [sys.executable, "-c", script, str(file), str(tmp_path / "b.db")]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
    assert "the backup cannot be written to" in said
    assert "make room there, or give another file" in said
    assert list(tmp_path.glob("*b.db*")) == []


def test_a_read_only_file_can_be_backed_up(file: Path, tmp_path: Path) -> None:
    file.chmod(0o444)
    with PlasticDB.open(file) as db:
        db.backup(tmp_path / "b.db")
    with PlasticDB.open(tmp_path / "b.db") as backup:
        assert backup.memory("m").verify() == []
        assert backup.sequence("m").learn("zoe").learned == 1
