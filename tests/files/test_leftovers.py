"""What killed processes leave is deleted, and what living ones are making is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from plasticdb import PlasticDB
from plasticdb.files import leftovers
from plasticdb.files.folders import PART
from plasticdb.files.leftovers import in_use, sweep

BUSY = """
import sys, time
from contextlib import ExitStack
from pathlib import Path
from plasticdb.files.leftovers import in_use
def file():
    path = Path(sys.argv[1]) / "made-file"
    path.write_text("text")
    return path
def folder():
    path = Path(sys.argv[1]) / "made-folder"
    path.mkdir()
    (path / "inside").write_text("text")
    return path
with in_use(file), in_use(folder):
    print("made", flush=True)
    time.sleep(60)
"""


def test_a_living_process_is_spared_and_a_killed_one_is_not(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("of somebody else")
    process = subprocess.Popen([sys.executable, "-c", BUSY, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"made\n"
        sweep(tmp_path, "made-*")
        assert len(list(tmp_path.iterdir())) == 3
    finally:
        process.kill()
        process.communicate()
    sweep(tmp_path, "made-*")
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_threads_of_one_process_spare_each_other(tmp_path: Path) -> None:
    def make() -> Path:
        (tmp_path / "made").mkdir()
        return tmp_path / "made"

    with in_use(make):
        sweep(tmp_path, "made")
        assert (tmp_path / "made").is_dir()
    sweep(tmp_path, "made")
    assert not (tmp_path / "made").exists()


def test_a_link_is_neither_followed_nor_deleted(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "text").touch()
    (tmp_path / "made-link").symlink_to(tmp_path / "kept")
    sweep(tmp_path, "made-*")
    assert (tmp_path / "made-link" / "text").exists()


def test_where_the_file_system_has_no_locks_age_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> int:
        raise OSError("no locks")

    monkeypatch.setattr(leftovers, "_locked", none)
    old, young = tmp_path / "made-old", tmp_path / "made-young"

    def make() -> Path:
        young.touch()
        return young

    old.touch()
    os.utime(old, (0, 0))
    with in_use(make):
        sweep(tmp_path, "made-*")
    assert list(tmp_path.iterdir()) == [young]


EXPORT = """
import os, signal, sys
from plasticdb import PlasticDB
from plasticdb.transfer import files
files.Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
with PlasticDB.open(sys.argv[1]) as db:
    db.export("m", sys.argv[2], format=sys.argv[3])
"""


@pytest.mark.parametrize("erases", [False, True], ids=["the next export", "erasing"])
@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_what_a_killed_export_left_goes_with_the_next_export_or_erasure(
    tmp_path: Path, format: str, erases: bool
) -> None:
    file = tmp_path / "m.db"
    with PlasticDB.open(file) as db:
        db.sequence("m").learn_many(["emma", "zxqv"])
    done = subprocess.run([sys.executable, "-c", EXPORT, str(file), str(tmp_path / "out"), format], timeout=60)
    assert done.returncode == -9
    assert len(list(tmp_path.glob(f".*.{PART}"))) == 1
    with PlasticDB.open(file) as db:
        if erases:
            db.sequence("m").unlearn("zxqv", erase=True)
            assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"zxqv" in path.read_bytes()]
        else:
            db.export("m", tmp_path / "another.jsonl")
    assert list(tmp_path.glob(f".*.{PART}")) == []


IN_MEMORY = """
import os, signal
from plasticdb import PlasticDB
with PlasticDB.open(":memory:") as db:
    db.sequence("m").learn_many(["emma", "zxqv"])
    list(db.query("RETURN 1"))
    print(*os.listdir(os.environ["TMPDIR"]))
    if "KILL" in os.environ:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_database_in_memory_left_goes_with_the_next_one(tmp_path: Path) -> None:
    def run(**more: str) -> subprocess.CompletedProcess[bytes]:
        environ = os.environ | {"TMPDIR": str(tmp_path)} | more
        return subprocess.run([sys.executable, "-uc", IN_MEMORY], env=environ, capture_output=True, timeout=60)

    assert run(KILL="1").returncode == -9
    (left,) = tmp_path.iterdir()
    assert left.stat().st_mode & 0o777 == 0o700
    done = run()
    assert (done.returncode, left.name in done.stdout.decode()) == (0, False), done.stderr
    assert list(tmp_path.iterdir()) == []
