"""The examples do what they say, as a user runs them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

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


def test_a_sequence_is_copied_by_sixteen_slots() -> None:
    done = subprocess.run([sys.executable, str(EXAMPLES / "copy_task.py")], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.count("100.0% of the items in their turn") == 3
    told = re.findall(r"^ *([\d,]+) items +(\d+) slots +([\d.]+)% of the bits", done.stdout, re.MULTILINE)
    assert [items for items, _, _ in told] == ["256", "768", "1,024"]
    assert all(int(slots) <= 16 for _, slots, _ in told)
    assert all(float(bits) >= least for (_, _, bits), least in zip(told, (100, 99.9, 99), strict=True))
    item, copy, *_ = (line[12:] for line in done.stdout.splitlines() if line.startswith("    "))
    assert item == copy


def test_an_arm_learns_over_three_processes(tmp_path: Path) -> None:
    picture = tmp_path / "arm.svg"
    command = [sys.executable, str(EXAMPLES / "kinematics.py"), str(tmp_path / "arm.db"), "--svg", str(picture)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    told = re.findall(r"^process (\d): .* off by ([\d.]+)% of .*, ([\d.]+)% anywhere$", done.stdout, re.MULTILINE)
    assert [number for number, _, _ in told] == ["1", "2", "3"]
    assert all(float(seen) < 1 for _, seen, _ in told), "where it has been"
    anywhere = [float(one) for _, _, one in told]
    assert anywhere == sorted(anywhere, reverse=True)
    texts = [one.text for one in ElementTree.parse(picture).iter("{http://www.w3.org/2000/svg}text")]
    assert [text for text in texts if text and "after" in text] == [f"after process {part}" for part in (1, 2, 3)]
    assert f"off by {told[0][2]}% of the arm" in (texts[1] or ""), "the picture has the memory as it was"


def test_digits_are_not_forgotten_over_five_processes(tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="NOT TESTED: the digits are scikit-learn's")
    picture = tmp_path / "digits.svg"
    command = [
        sys.executable,
        str(EXAMPLES / "continual_digits.py"),
        str(tmp_path / "digits.db"),
        "--svg",
        str(picture),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    told = [[float(one) for one in re.findall(r"([\d.]+)%", line)] for line in done.stdout.splitlines()[:-1]]
    assert [len(row) for row in told] == [1, 2, 3, 4, 5], "a pair of digits more in each process"
    assert sum(told[-1]) / 5 >= 99.0
    texts = [one.text or "" for one in ElementTree.parse(picture).iter("{http://www.w3.org/2000/svg}text")]
    ours, descended = (float(text.split("%")[0]) for text in texts if text.endswith("right at the end"))
    assert ours == pytest.approx(sum(told[-1]) / 5, abs=0.1)
    assert descended < 30, "it says the newest digits of all"
