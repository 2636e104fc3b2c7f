"""Every command in the README says what the README says it says; and the demo runs."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from plasticdb import PlasticDB

from .cli.conftest import COMMAND, environ

ROOT = Path(__file__).parents[1]
NAMES = ROOT.parent / "shared" / "data" / "names.txt"
README = (ROOT / "README.md").read_text("utf-8")


def test_the_day_in_the_readme(tmp_path: Path) -> None:
    if not NAMES.exists():
        pytest.skip("NOT TESTED: the README's day with the 32,033 names; ../shared/data/names.txt is not here")
    shutil.copy(NAMES, tmp_path)
    (tmp_path / "monday.txt").write_text("web-3 answers with error 500\nold logs fill up the disk under /var\n")
    (tmp_path / "tuesday.txt").write_text("the coffee machine has no beans\n")
    blocks = re.findall(r"```\n\$ plasticdb (.*)\n([^`]*)```", README)
    assert len(blocks) == 16
    for command, expected in blocks:
        words = [*COMMAND, *shlex.split(command), "--format", "table"]
        done = subprocess.run(words, cwd=tmp_path, env=environ(), capture_output=True, text=True, check=True)
        shown, said = done.stdout.splitlines(), expected.splitlines()
        assert [line for line in shown[: len(said)] if not line.startswith("seconds")] == [
            line for line in said if not line.startswith("seconds")
        ]


def test_the_way_from_sqlite_to_neo4j(tmp_path: Path, neo4j_new: Any) -> None:
    """As it is written, by a shell, with what a user has exported before; on a server that is new."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "plasticdb").write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
    (tmp_path / "bin" / "plasticdb").chmod(0o755)
    (script, said) = re.findall(r"## From SQLite to Neo4j\n.*?```sh\n(.*?)```\n\n```json\n(.*?)```", README, re.DOTALL)[
        0
    ]
    env = environ(**neo4j_new.environ)
    env["PATH"] = f"{tmp_path / 'bin'}:{env['PATH']}"
    done = subprocess.run(["sh", "-e", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.stderr == ""
    shown = [line for line in done.stdout.splitlines(keepends=True) if "c.text" in line]
    assert "".join(shown) == said


def test_the_python_in_the_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
    with PlasticDB.open("memory.db") as db:
        assert db.stats("names")["samples"] == 2


def test_the_demo(tmp_path: Path) -> None:
    """The script that `make demo` runs, on a copy of what it needs."""
    for folder in ("examples",):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    command = tmp_path / ".venv" / "bin" / "plasticdb"
    command.write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
    command.chmod(0o755)
    done = subprocess.run(
        ["sh", "examples/demo.sh"], cwd=tmp_path, env=environ(), capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    assert re.findall(r"learned +([\d,]+)", done.stdout) == ["4,275", "1,219"]
    assert re.findall(r"samples +([\d,]+)", done.stdout) == ["5,494"]
    assert "emil  " in done.stdout
