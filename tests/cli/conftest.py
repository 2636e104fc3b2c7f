"""Running the real command, as a process of its own."""

from __future__ import annotations

import ctypes
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ..commands import Commands, environ

COMMAND = [sys.executable, "-c", "from plasticdb.cli.main import main; main()"]


@dataclass(frozen=True, slots=True)
class Done:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    def error(self, code: int) -> str:
        """The one line of a failure with this exit code."""
        assert self.code == code, self
        assert "Traceback" not in self.err
        lines = [line for line in self.err.splitlines() if line.startswith("plasticdb: error: ")]
        assert len(lines) == 1, self.err
        return lines[0]


Run = Callable[..., Done]


def as_ordinary() -> None:
    """Let a child process obey the permissions of files, also where the tests run as root."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None)
        for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            assert libc.prctl(24, capability, 0, 0, 0) == 0  # PR_CAPBSET_DROP


@pytest.fixture
def run(tmp_path: Path, commands: Commands) -> Run:
    """Run `plasticdb` in an empty folder; in a Python of its own where `preexec_fn` or PYTHONPATH is given."""

    def call(*words: str, input: bytes = b"", env: dict[str, str] | None = None, preexec_fn: Any = None) -> Done:
        around = environ(**(env or {}))
        if preexec_fn is None and "PYTHONPATH" not in around:
            code, out, err = commands.run(words, tmp_path, around, input)
        else:
            done = subprocess.run(
                [*COMMAND, *words],
                input=input,
                capture_output=True,
                cwd=tmp_path,
                env=around,
                timeout=120,
                preexec_fn=preexec_fn,
            )
            code, out, err = done.returncode, done.stdout, done.stderr
        return Done(code, out.decode(), err.decode())

    return call


@pytest.fixture
def names(run: Run, tmp_path: Path) -> Run:
    """A memory `names` with two samples in plasticdb.db."""
    (tmp_path / "names.txt").write_text("emma\nemily\n")
    assert run("ingest", "names", "names.txt").code == 0
    return run


def samples(run: Run) -> int:
    assert json.loads(run("verify", "names").out)["verified"]
    return int(json.loads(run("stats", "names").out)["samples"])


def learned(folder: Path) -> int:
    """How many samples are in the journal: asked of the file itself, which no writer can keep from being read."""
    with (
        suppress(sqlite3.OperationalError),  # not made yet
        closing(sqlite3.connect(f"file:{folder / 'plasticdb.db'}?mode=ro", uri=True)) as file,
    ):
        return sum(position for (position,) in file.execute("SELECT position FROM memory"))
    return 0


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "this never happened"
        time.sleep(0.05)
