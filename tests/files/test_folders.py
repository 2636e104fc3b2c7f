"""Caches are for their user alone, are never another's, and go with the texts that are erased."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from plasticdb import PlasticDB, StoreError
from plasticdb.cypher import engine, view
from plasticdb.cypher.quick import fresh

from ..verbs import past

SECRET = "zxqv"
NOBODY = 65534
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="NOT TESTED: what another user could do; only root can be two")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user may write to, as /tmp is."""
    with tempfile.TemporaryDirectory(prefix="plasticdb-test-") as made:
        os.chmod(made, 0o1777)
        yield Path(made)


@pytest.fixture
def file(folder: Path) -> Path:
    with PlasticDB.open(folder / "m.db") as db:
        db.sequence("m").learn_many(["emma", SECRET])
    (folder / "m.db").chmod(0o600)
    return folder / "m.db"


def asked(db: PlasticDB) -> int:
    """How many samples Cypher and the past say that there are; and a verification."""
    ((now),) = db.query("MATCH (m:Memory) RETURN m.samples AS n")
    assert past(db.memory("m"), 1, lambda m: m.stats())["samples"] == 1
    assert db.memory("m").verify() == []
    return int(now["n"])


def holding(*folders: Path) -> list[Path]:
    """The files in which the secret is."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if SECRET.encode() in path.read_bytes()]


def planted(file: Path, samples: int) -> tuple[str, bytes]:
    """A copy for Cypher with another answer, called as if it were one of this database."""
    with PlasticDB.open(file) as db, PlasticDB.open(file.with_name("evil.db")) as evil:
        evil.sequence("m").learn_many(["lie"] * samples)
        copy = engine.copied(evil._store)  # type: ignore[arg-type]
        name = f"{engine.name(db._store)}-{view.checksum(copy)}.lbug"  # type: ignore[arg-type]
        return name, copy.read_bytes()


def test_what_is_taken_out_is_no_wider_than_the_database(file: Path) -> None:
    with PlasticDB.open(file) as db:
        assert asked(db) == 2
        db.export("m", file.with_name("out.jsonl"))
        db.export("m", file.with_name("out"), format="csv")
        db.backup(file.with_name("backup.db"))
    modes = {str(path.relative_to(file.parent)): path.stat().st_mode & 0o777 for path in file.parent.rglob("*")}
    assert {name for name, mode in modes.items() if mode & 0o077} == set()
    assert {mode for name, mode in modes.items() if "/" not in name and (file.parent / name).is_dir()} == {0o700}


def test_an_export_of_an_open_database_may_be_read_and_never_more_than_what_it_replaces(file: Path) -> None:
    file.chmod(0o644)
    with PlasticDB.open(file) as db:
        out = file.with_name("out.jsonl")
        for before, after in ((0o644, 0o644), (0o600, 0o600)):
            db.export("m", out)
            assert out.stat().st_mode & 0o777 == before
            out.chmod(after := 0o600)
            db.export("m", out)
            assert out.stat().st_mode & 0o777 == after
            out.unlink()
            file.chmod(0o600)


@AS_ROOT
def test_another_user_can_read_none_of_it(file: Path) -> None:
    with PlasticDB.open(file) as db:
        asked(db)
    script = "import os, sys; os.setresgid(*[65534] * 3); os.setgroups([]); os.setresuid(*[65534] * 3)\n"
    script += "for at, names, files in os.walk(sys.argv[1]):\n"
    script += (
        "  for name in files:\n    try: open(os.path.join(at, name)); print(name)\n    except PermissionError: pass"
    )
    done = subprocess.run([sys.executable, "-c", script, str(file.parent)], capture_output=True, text=True, check=True)
    assert done.stdout == ""


@AS_ROOT
def test_a_copy_that_another_user_has_planted_is_not_believed(file: Path) -> None:
    name, lie = planted(file, 7)
    for kind in ("cypher", "past"):
        there = file.with_name(f"m.db.{kind}")
        there.mkdir()
        (there / name).write_bytes(lie)
        for path in (there, there / name):
            os.chown(path, NOBODY, NOBODY)
    assert fresh(str(file)) is None
    with PlasticDB.open(file) as db:
        assert asked(db) == 2
    assert fresh(str(file)) is not None


def test_what_others_could_have_put_into_our_folder_is_not_believed(file: Path) -> None:
    name, lie = planted(file, 7)
    there = file.with_name("m.db.cypher")
    there.mkdir()
    there.chmod(0o777)
    (there / name).write_bytes(lie)
    assert fresh(str(file)) is None
    with PlasticDB.open(file) as db:
        assert asked(db) == 2
    assert there.stat().st_mode & 0o777 == 0o700


@AS_ROOT
def test_in_a_cache_folder_of_another_user_nothing_is_kept(file: Path, cache: Path) -> None:
    (cache / "plasticdb").mkdir(parents=True)
    for path in (cache / "plasticdb", file):
        os.chown(path, NOBODY, NOBODY)
    with PlasticDB.open(file) as db:
        assert asked(db) == 2
    assert list((cache / "plasticdb").iterdir()) == []
    assert not file.with_name("m.db.cypher").exists()


@AS_ROOT
def test_beside_another_users_database_nothing_is_left_that_is_in_the_way(file: Path, cache: Path) -> None:
    os.chown(file, NOBODY, NOBODY)
    with PlasticDB.open(file) as db:
        assert asked(db) == 2
        assert sorted(path.name for path in file.parent.iterdir() if path.is_dir()) == []
        assert len(holding(cache)) == 1  # the past is before it was learned
        db.sequence("m").unlearn(SECRET, erase=True)
    assert holding(cache, file.parent) == []


@pytest.mark.parametrize("kind", ["cypher", "past"])
def test_a_link_is_not_used_and_texts_behind_it_are_erased(file: Path, kind: str) -> None:
    with PlasticDB.open(file) as db:
        asked(db)
        there, elsewhere = file.with_name(f"m.db.{kind}"), file.with_name("elsewhere")
        there.rename(elsewhere)
        copies = len(list(elsewhere.iterdir()))
        (elsewhere / "thesis.txt").write_text("not ours to delete")
        there.symlink_to(elsewhere)
        db.sequence("m").learn("anna")
        assert asked(db) == 3
        assert len(list(elsewhere.iterdir())) == copies + 1
        db.sequence("m").unlearn(SECRET, erase=True)
    assert holding(file.parent) == []
    assert [path.name for path in there.iterdir()] == ["thesis.txt"]


def test_erasing_finds_the_copies_in_every_place(file: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = file.with_name("link.db")
    link.symlink_to(file)
    with PlasticDB.open(file) as db:
        db.sequence("m").learn("anna")
        list(db.query("RETURN 1"))
    with monkeypatch.context() as patched:
        patched.setattr(os, "access", lambda _, mode: mode != os.W_OK)  # as when the folder is read-only
        with PlasticDB.open(file) as db:
            past(db.memory("m"), 2, lambda m: m.stats())
            list(db.query("RETURN 2"))
    with PlasticDB.open(link) as db:
        list(db.query("RETURN 3"))
        assert not file.with_name("link.db.cypher").exists()
        assert len(holding(cache)) == 2
        db.sequence("m").unlearn(SECRET, erase=True)
        assert holding(file.parent, cache) == []


@AS_ROOT
def test_an_erasure_says_what_it_may_not_delete_and_is_finished_later(file: Path) -> None:
    script = """
import ctypes, sys
from plasticdb import PlasticDB, StoreError
import plasticdb.sequence.memory, plasticdb.graph.sql, plasticdb.memory.as_of
for capability in (1, 2):
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
import os; os.execv(sys.executable, [sys.executable, "-c", '''
import sys
from plasticdb import PlasticDB, StoreError
with PlasticDB.open(sys.argv[1]) as db:
    try:
        db.sequence("m").unlearn("zxqv", erase=True) if sys.argv[2] == "erase" else db.sync()
        print("done")
    except StoreError as error:
        print(error)
''', *sys.argv[1:]])
"""
    with PlasticDB.open(file) as db:
        list(db.query("RETURN 1"))
    there = file.with_name("m.db.cypher")
    os.chown(there, NOBODY, NOBODY)

    def run(verb: str) -> str:
        command = [sys.executable, "-c", script, str(file), verb]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    for verb in ("erase", "sync"):
        assert "m.db.cypher may hold texts of this database, and cannot be deleted (Permission denied)" in run(verb)
    shutil.rmtree(there)
    assert run("sync") == "done\n"
    assert holding(file.parent) == []


def test_a_folder_that_is_called_like_ours_and_is_not(tmp_path: Path, cache: Path) -> None:
    """A database `graph` beside somebody's Cypher scripts."""
    (tmp_path / "graph.cypher").mkdir()
    (tmp_path / "graph.cypher" / "find.cypher").write_text("MATCH (n) RETURN n")
    with PlasticDB.open(tmp_path / "graph") as db:
        db.sequence("m").learn_many(["emma", SECRET])
        assert asked(db) == 2
        db.sequence("m").unlearn(SECRET, erase=True)
        db.drop("m")
    assert [path.name for path in (tmp_path / "graph.cypher").iterdir()] == ["find.cypher"]
    assert holding(tmp_path) == []


def test_a_new_database_has_no_caches_of_one_that_was_deleted(file: Path) -> None:
    with PlasticDB.open(file) as db:
        asked(db)
    file.unlink()
    assert holding(file.parent)
    with PlasticDB.open(file):
        assert holding(file.parent) == []
        assert [path.name for path in file.parent.iterdir() if path.is_dir()] == []


def test_when_the_last_memory_is_dropped_no_cache_is_left(file: Path) -> None:
    with PlasticDB.open(file) as db:
        asked(db)
        db.drop("m")
    assert [path.name for path in file.parent.iterdir()] == ["m.db"]


def test_what_cannot_be_deleted_is_an_error(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with PlasticDB.open(file) as db:
        asked(db)
        with monkeypatch.context() as patched:
            patched.setattr(shutil, "rmtree", busy)
            with pytest.raises(StoreError, match="cannot be deleted"):
                db.sequence("m").unlearn(SECRET, erase=True)
        db.sync()
    assert holding(file.parent) == []
