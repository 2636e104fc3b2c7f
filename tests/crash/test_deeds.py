"""Every verb, killed again and again or without room on the disk: as if nothing had happened.

`make soak` does more of it: `PLASTICDB_SOAK_KILLS` (default 150) kills on each store, and a round of all verbs for each
ten of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from plasticdb import PlasticDB
from plasticdb.files.folders import PART
from plasticdb.memory.verify import differences
from plasticdb.sequence.schema import HISTORY

from .conftest import Place
from .deeds import ERASED, State, deeds, do, state

WORKER = Path(__file__).with_name("worker.py")
KILLS = int(os.environ.get("PLASTICDB_SOAK_KILLS", "150"))
STORES = pytest.mark.parametrize("place", ["sqlite", "postgres", "neo4j"], indirect=True)


def twin(folder: Path, rounds: int) -> Path:
    """A folder with a database in which the same was done undisturbed, and with the states that its journal was in."""
    (folder / "twin").mkdir(parents=True)
    states: list[State] = []
    at = 0
    with PlasticDB.open(folder / "twin.db", clock=lambda: 1e6 + at) as db:
        for at, deed in enumerate(deeds(rounds)):  # noqa: B007 (the clock looks at it)
            states.append(state(db))
            do(db, deed, folder / "twin")
        states.append(state(db))
    (folder / "states.json").write_text(json.dumps(states))
    return folder


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The twin of one round."""
    return twin(tmp_path_factory.mktemp("twin"), 1)


def work(
    how: str, place: Place, folder: Path, twin: Path, rounds: int, last: int | Path, seed: int, seconds: float
) -> str:
    """Let the worker do it all; what it says at last."""
    (folder / "work").mkdir(exist_ok=True)
    environ = os.environ | place.environ | {"XDG_CACHE_HOME": str(folder / "cache")}
    arguments = [place.db, place.journal, folder / "work", twin / "states.json", rounds, last, seed]
    done = subprocess.run(
        [sys.executable, str(WORKER), how, *map(str, arguments)],
        env=environ, capture_output=True, text=True, timeout=seconds,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def unlike(db: PlasticDB, quiet: PlasticDB, memory: str) -> list[str]:
    """Differences of two graphs, but for which session it was: each child is one."""
    found = differences(db._store, quiet._store, memory, 1000, but=HISTORY)
    return [line for line in found if ": session is " not in line]


def compare(place: Place, folder: Path, twin: Path) -> None:
    """Nothing is lost, doubled, half done or left behind."""
    with place.opened() as db, PlasticDB.open(twin / "twin.db") as quiet:
        assert state(db) == state(quiet)
        for memory in ("m", "e", "t", "line", "whole", "c", "i"):
            assert unlike(db, quiet, memory) == []
            assert db.memory(memory).verify() == []
        with PlasticDB.open(folder / "work" / "copy.db") as copy:
            db.copy(copy, "m")
            assert unlike(copy, quiet, "m") == []
        db.export("m", folder / "work" / "m.jsonl")
        with closing(PlasticDB.open(":memory:")) as again:
            again.import_(folder / "work" / "m.jsonl")
            assert unlike(again, quiet, "m") == []
    assert [path.name for path in folder.rglob(f".*.{PART}")] == []
    journal = Path(place.journal)
    beside = [*journal.parent.glob(f"{journal.name}*"), folder / "cache"]
    files = [path for there in beside for path in (there, *there.rglob("*")) if path.is_file()]
    assert [path for path in files if ERASED.encode() in path.read_bytes()] == []


@pytest.mark.parametrize("place", ["sqlite", "postgres"], indirect=True)
def test_every_verb_is_killed(place: Place, tmp_path: Path, undisturbed: Path) -> None:
    assert int(work("kill", place, tmp_path, undisturbed, 1, 8, 1, seconds=240)) >= 4
    compare(place, tmp_path, undisturbed)


@pytest.mark.soak
@STORES
def test_every_verb_is_killed_hundreds_of_times(place: Place, tmp_path: Path) -> None:
    rounds = max(2, KILLS // 10)
    undisturbed = twin(tmp_path / "undisturbed", rounds)
    assert int(work("kill", place, tmp_path, undisturbed, rounds, KILLS, 2, seconds=60 + 30 * KILLS)) >= KILLS // 2
    compare(place, tmp_path, undisturbed)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A small disk."""
    if os.geteuid() != 0:
        pytest.skip("NOT TESTED: a full disk; only root can mount a small one")
    there = tmp_path / "small"
    there.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "plasticdb-test", str(there)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("NOT TESTED: a full disk; nothing can be mounted here")
    yield there
    subprocess.run(["umount", str(there)], check=True)


def without_room(small: Path, tmp_path: Path, undisturbed: Path, rounds: int) -> None:
    place = Place(str(small / "m.db"), str(small / "m.db"))
    (small / "work").mkdir()
    (tmp_path / "work").symlink_to(small / "work")
    failed = json.loads(
        work("full", place, tmp_path, undisturbed, rounds, small / "ballast", 3, seconds=60 + 60 * rounds)
    )
    assert len(failed) >= 5, failed
    compare(place, tmp_path, undisturbed)


def test_every_verb_without_room(small: Path, tmp_path: Path, undisturbed: Path) -> None:
    without_room(small, tmp_path, undisturbed, 1)


@pytest.mark.soak
def test_every_verb_without_room_again_and_again(small: Path, tmp_path: Path) -> None:
    rounds = max(2, KILLS // 10)
    without_room(small, tmp_path, twin(tmp_path / "undisturbed", rounds), rounds)
