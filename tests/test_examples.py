"""The examples do what they say, as a user runs them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_an_agent_s_notes_over_five_processes(tmp_path: Path) -> None:
    command = [sys.executable, str(EXAMPLES / "agent_memory.py"), str(tmp_path / "agent.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    *days, end, forgotten = done.stdout.split("\n\n")
    # What happened together comes back together, four days and as many processes later.
    assert "recalled: web-3 answers with error 500" in days[4]
    assert "recalled: old logs fill up the disk under /var" in days[4]
    assert "it came with 'web-3 answers with error 500'" in days[4]
    # What was useful lives, and what was not dies.
    fates = {line[26:].strip(): "dead" not in line[:26] for line in end.splitlines() if line.startswith("  day")}
    assert fates["web-3 answers with error 500"]
    assert fates["old logs fill up the disk under /var; logrotate was switched off"]
    assert not fates["the coffee machine on floor 2 has no beans"]
    assert not fates["lunch is late today"]
    # What it is asked to forget is in no file.
    assert forgotten.endswith("left: 0\n")
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"logrotate was switched off" in kept
    assert b"her new address" not in kept


def test_a_day_of_it_alone(tmp_path: Path) -> None:
    for _ in range(2):
        command = [sys.executable, str(EXAMPLES / "agent_memory.py"), str(tmp_path / "agent.db"), "1"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "recalled: mail to Ann comes back" in done.stdout
