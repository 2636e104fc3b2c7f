"""Running the real command, as a process of its own."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

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


def environ(**more: str) -> dict[str, str]:
    """The environment without settings of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PLASTICDB_", "NEO4J_"))}
    return kept | {"PYTHONWARNINGS": "error", "PYTHONUTF8": "1"} | more


def as_ordinary() -> None:
    """Let a child process obey the permissions of files, also where the tests run as root."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None)
        for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            assert libc.prctl(24, capability, 0, 0, 0) == 0  # PR_CAPBSET_DROP


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `plasticdb` in an empty folder."""

    def call(*words: str, input: bytes = b"", env: dict[str, str] | None = None, **how: Any) -> Done:
        done = subprocess.run(
            [*COMMAND, *words],
            input=input,
            capture_output=True,
            cwd=tmp_path,
            env=environ(**(env or {})),
            timeout=120,
            **how,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    return call
