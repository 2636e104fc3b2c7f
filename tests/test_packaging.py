"""What is installed: every package of this checkout, and without compiled extras a memory that works all the same."""

from __future__ import annotations

import os
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from .cli.conftest import COMMAND, environ

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LINUX = {"sys_platform": "linux", "platform_machine": "x86_64"}
MAC = {"sys_platform": "darwin", "platform_machine": "arm64"}
WINDOWS = {"sys_platform": "win32", "platform_machine": "AMD64"}
WITH_WHEELS = {
    "linux": (LINUX, {"ladybug", "neo4j-rust-ext"}),
    "linux on arm, musl too": (LINUX | {"platform_machine": "aarch64"}, {"ladybug"}),
    "a raspberry of 32 bits": (LINUX | {"platform_machine": "armv7l"}, set[str]()),
    "risc-v": (LINUX | {"platform_machine": "riscv64"}, set[str]()),
    "pypy": (LINUX | {"platform_python_implementation": "PyPy"}, set[str]()),
    "a newer python": (LINUX | {"python_version": "3.15"}, {"neo4j-rust-ext"}),
    "macos 15": (MAC | {"platform_version": "Darwin Kernel Version 24.6.0: ..."}, {"ladybug", "neo4j-rust-ext"}),
    "macos 14": (MAC | {"platform_version": "Darwin Kernel Version 23.6.0: ..."}, {"neo4j-rust-ext"}),
    "windows": (WINDOWS, {"ladybug", "neo4j-rust-ext"}),
    "windows of 32 bits": (WINDOWS | {"platform_machine": "x86"}, {"neo4j-rust-ext"}),
    "freebsd": ({"sys_platform": "freebsd14", "platform_machine": "amd64"}, set[str]()),
}


def test_every_package_is_installed() -> None:
    folders = PROJECT["tool"]["setuptools"]["package-dir"]
    found = {
        ".".join([name, *file.parent.relative_to(ROOT / folder).parts])
        for name, folder in folders.items()
        for file in (ROOT / folder).rglob("__init__.py")
    }
    assert PROJECT["tool"]["setuptools"]["packages"] == sorted(found)


@pytest.mark.parametrize("where", WITH_WHEELS)
def test_what_is_compiled_is_installed_where_there_are_wheels(where: str) -> None:
    given, expected = WITH_WHEELS[where]
    environment = {"platform_python_implementation": "CPython", "python_version": "3.12", "platform_version": "#1"}
    found = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
    assert {one.name for one in found if one.marker and one.marker.evaluate(environment | given)} == expected


def test_extras_install_what_a_platform_was_spared() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    conditional = [one for one in map(Requirement, PROJECT["project"]["dependencies"]) if one.marker]
    named = [Requirement(line) for extra in ("cypher", "neo4j") for line in extras[extra]]
    assert {(one.name, str(one.specifier)) for one in conditional} <= {(one.name, str(one.specifier)) for one in named}
    assert not any(one.marker for one in named)


def test_sqlite_needs_neither_neo4j_nor_ladybug_nor_postgres(tmp_path: Path) -> None:
    missing = "import sys; sys.modules.update(neo4j=None, ladybug=None, psycopg=None, prompt_toolkit=None); "
    (tmp_path / "names.txt").write_text("emma\nemily\n")

    def run(*words: str) -> tuple[int, str, str]:
        command = [COMMAND[0], "-c", missing + COMMAND[2], *words]
        done = subprocess.run(command, cwd=tmp_path, env=environ(), capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    for words in (
        "ingest names names.txt", "predict names em", "explain names em i", "stats names --as-of 1", "verify names",
        "engram remember notes --text names.txt", "engram remind notes", "export --to all.jsonl", "schema", "memories",
        "--db other.db import all.jsonl", "copy names --to copy.db", "backup backup.db", "migrate status", "drop names --yes",
    ):  # fmt: skip
        code, out, said = run(*words.split())
        assert (code, said) == (0, ""), (words, out, said)
    for words, extra in (
        ("query RETURN1", "cypher"),
        ("--db neo4j://localhost --journal j.db memories", "neo4j"),
        ("--db postgresql+psycopg:///nowhere memories", "postgres"),
    ):
        code, _, said = run(*words.split())
        assert code == 1
        assert f"pip install 'plasticdb[{extra}]'" in said
        assert said.count(os.linesep) == 1
