"""Ctrl-C anywhere in a transaction, caught by the program, which keeps the traceback: no lock stays, and all goes on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import plasticdb
from plasticdb import PlasticDB

FOLDER = Path(plasticdb.__file__).parent
PLACES = (
    "sql/engine",
    "sql/transactions",
    "journal/journal",
    "journal/recorder",
    "journal/operations",
    "graph/sql/store",
    "graph/sql/packed",
)
FILES = {str(FOLDER / f"{name}.py") for name in PLACES}
RIVAL = """
import sqlite3, sys
for line in sys.stdin:
    try:
        connection = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
        print("free", flush=True)
    except sqlite3.Error as error:
        print(error, flush=True)
    finally:
        connection.close()
"""
VERBS: dict[str, Callable[[PlasticDB], Any]] = {
    "learn": lambda db: db.sequence("m").learn("emma", source="s", operation="o"),
    "unlearn": lambda db: db.sequence("m").unlearn("emily"),
    "remember": lambda db: db.engrams("e", dimension=1).remember([[1.0]]),
    "predict": lambda db: db.sequence("m").predict("em"),
    "drop": lambda db: db.drop("m"),
}


@contextmanager
def interrupted(line: int) -> Iterator[None]:
    """Raise KeyboardInterrupt at so many lines of these files from here."""
    left = line

    def trace(frame: FrameType, what: str, _: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename not in FILES:
            return None
        if what == "line":
            left -= 1
            if left == 0:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


@pytest.mark.parametrize("every", [23, pytest.param(1, marks=pytest.mark.soak)])
@pytest.mark.parametrize("verb", VERBS)
def test_no_lock_stays_behind(tmp_path: Path, verb: str, every: int) -> None:
    file, kept = tmp_path / "m.db", list[BaseException]()
    with PlasticDB.open(file) as db:
        db.sequence("m").learn_many(["emma", "ann"])
    rival = subprocess.Popen(
        [sys.executable, "-c", RIVAL, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert rival.stdin is not None
    assert rival.stdout is not None
    db = PlasticDB.open(file, timeout=0.5)
    for line in range(1, 100_000, every):
        db.sequence("m").learn("emily")
        try:
            with interrupted(line):
                VERBS[verb](db)
        except KeyboardInterrupt as error:
            kept.append(error)
        else:
            break
        rival.stdin.write("\n")
        rival.stdin.flush()
        assert rival.stdout.readline() == "free\n", line
    db.close()
    rival.communicate()
    assert kept
    with PlasticDB.open(file) as db:
        db.sync()
        for memory in db.memories():
            assert db.memory(memory["memory"]).verify() == []


def test_a_database_in_memory_goes_on(tmp_path: Path) -> None:
    kept = []
    with PlasticDB.open(":memory:") as db:
        for line in range(1, 400, 11):
            with suppress(KeyboardInterrupt):
                try:
                    with interrupted(line):
                        db.sequence("m").learn("emma", operation=f"line {line}")
                except KeyboardInterrupt as error:
                    kept.append(error)
                    raise
            db.sequence("m").learn("emma", operation=f"line {line}")
        assert db.memory("m").stats()["samples"] == len(range(1, 400, 11))
    assert kept
