"""Everything in the README is what the code says: its commands and their output, its Python, its numbers, its tables.

A block whose lines begin with `$ ` is run as it stands, in a folder where the blocks before it were run, on a terminal, and
what it prints is compared letter by letter; only the time that something took may differ, and how numbers were rounded
(`TIMED`). A block with a server
in it (`SERVERS`) is run by the tests of that server.
"""

from __future__ import annotations

import ast
import doctest
import os
import pty
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import pytest
from plasticdb.cli.main import cli

from plasticdb import PlasticDB, errors
from plasticdb.engram.options import Options as EngramOptions
from plasticdb.sequence.options import Options

from .cli.conftest import COMMAND, environ
from .cypher.recipes import RECIPES

ROOT = Path(__file__).parents[1]
NAMES = ROOT.parent / "shared" / "data" / "names.txt"
README = (ROOT / "README.md").read_text("utf-8")
TIMED = re.compile(r"^(seconds|largest|mean)  .*$", re.MULTILINE)
SERVERS = re.compile(r"--db (neo4j|postgres)|(neo4j|bolt|postgresql)(\+\w+)?://")
FILES = {
    "cart.jsonl": """{"key": [0, 0], "value": [0, 0]}
{"key": [1, 1], "value": [1, 0]}
{"key": [1, 0], "value": [0.5, -1]}
{"key": [0, 2], "value": [1, 2]}
""",
    "spring.csv": """sepal_length,sepal_width,petal_length,petal_width,species
5.1,3.5,1.4,0.2,setosa
7.0,3.2,4.7,1.4,versicolor
4.9,3.0,1.4,0.2,setosa
6.4,3.2,4.5,1.5,versicolor
4.7,3.2,1.3,0.2,setosa
6.9,3.1,4.9,1.5,versicolor
5.0,3.6,1.4,0.2,setosa
5.5,2.3,4.0,1.3,versicolor
""",
    "summer.csv": """6.3,3.3,6.0,2.5,virginica
5.8,2.7,5.1,1.9,virginica
7.1,3.0,5.9,2.1,virginica
6.3,2.9,5.6,1.8,virginica
""",
    "monday.txt": "web-3 answers with error 500\nold logs fill up the disk under /var\n",
    "tuesday.txt": "the coffee machine has no beans\n",
    "said.jsonl": """{"text": "Ann drinks green tea", "payload": {"by": "Bob", "day": 1}, "id": "t1"}
{"text": "the key is with the neighbour", "payload": {"by": "Ann", "day": 1}, "id": "t2"}
{"text": "which flight do we take to Lisbon?", "payload": {"by": "Bob", "day": 2}, "id": "t3"}
{"text": "the one at nine, seats 14A and 14B", "payload": {"by": "Ann", "day": 2}, "id": "t4"}
{"text": "the number of my card is 4929 1234", "payload": {"by": "Bob", "day": 2}, "id": "t5"}
""",
}


def blocks(language: str = "") -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    return [text for kind, text in found if kind == language]


def commands() -> Iterator[tuple[str, str]]:
    """Each command that is shown with its output, and that."""
    for block in blocks():
        if block.startswith("$ ") and not SERVERS.search(block):
            yield from re.findall(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)


def printed(command: str, folder: Path) -> tuple[str, str]:
    """What a command prints on a wide terminal, and what it says beside that, which is no terminal here: so no progress."""
    ours, theirs = pty.openpty()
    env = environ(PATH=f"{folder / 'bin'}:{os.environ['PATH']}", COLUMNS="130")
    process = subprocess.Popen(["bash", "-c", command], cwd=folder, env=env, stdout=theirs, stderr=subprocess.PIPE)
    os.close(theirs)
    out = b""
    with suppress(OSError):  # when nobody has the terminal's other end any more
        while True:
            out += os.read(ours, 65536)
    os.close(ours)
    return out.decode().replace("\r\n", "\n"), process.communicate(timeout=60)[1].decode()


def put_command(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "plasticdb").write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
    (folder / "plasticdb").chmod(0o755)


def test_the_day_in_the_readme(tmp_path: Path) -> None:
    if not NAMES.exists():
        pytest.skip("NOT TESTED: the README's day with the 32,033 names; ../shared/data/names.txt is not here")
    shutil.copy(NAMES, tmp_path)
    assert f"`names.txt` has {len(NAMES.read_text().splitlines()):,} names" in README
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    put_command(tmp_path / "bin")
    shown = list(commands())
    assert len(shown) >= 16
    for command, expected in shown:
        out, said = printed(command, tmp_path)
        found = {TIMED.sub(r"\1", text) for text in (out + said, said + out)}
        assert TIMED.sub(r"\1", expected) in found, command


def test_the_way_from_sqlite_to_neo4j(tmp_path: Path, neo4j_new: Any) -> None:
    """As it is written, by a shell, with what a user has exported before; on a server that is new."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    put_command(tmp_path / "bin")
    section = README.partition("## From SQLite to Neo4j\n")[2].partition("\n## ")[0]
    ((script, said),) = re.findall(r"```sh\n(.*?)```\n\n```json\n(.*?)```", section, re.DOTALL)
    env = environ(**neo4j_new.environ)
    env["PATH"] = f"{tmp_path / 'bin'}:{env['PATH']}"
    done = subprocess.run(["sh", "-e", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.stderr == ""
    shown = [line for line in done.stdout.splitlines(keepends=True) if "c.text" in line]
    assert "".join(shown) == said


def test_the_python_in_the_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A comment behind an expression is its value, with `...` for what was left out."""
    monkeypatch.chdir(tmp_path)
    seen: list[str] = []
    known: dict[str, Any] = {}

    def check(value: object, comment: str) -> None:
        seen.append(comment)
        assert doctest.OutputChecker().check_output(f"{comment}\n", f"{value!r}\n", doctest.ELLIPSIS), (value, comment)

    for code in blocks("python"):
        lines = [checking(line) for line in code.splitlines()]
        exec(compile("\n".join(lines), "README.md", "exec"), known | {"_check": check})
        known |= {"PlasticDB": PlasticDB}
    assert len(seen) >= 5
    with PlasticDB.open("memory.db") as db:
        assert db.memory("names").stats()["samples"] == 2


def checking(line: str) -> str:
    found = re.fullmatch(r"(\s*)(.*?)  # (.*)", line)
    try:
        assert found is not None
        ast.parse(found[2], mode="eval")
    except (AssertionError, SyntaxError):
        return line
    return f"{found[1]}_check({found[2]}, {found[3]!r})"


def test_the_tree_at_the_beginning(tmp_path: Path) -> None:
    block = blocks()[0]
    samples = re.findall(r"\w+", block.splitlines()[0].split("(")[0])
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.sequence("m").learn_many(samples)
    words = [*COMMAND, "--db", str(tmp_path / "m.db"), "tree", "m", "--format", "table"]
    drawn = subprocess.run(words, env=environ(), capture_output=True, text=True, check=True).stdout.splitlines()
    left = min(
        line.index(part) for line in block.splitlines() for part in ("(root)", "\u251c", "\u2514") if part in line
    )
    assert [line[left:].rstrip() for line in block.splitlines()] == [line.replace("  ", " ") if "\u2500" not in line
        else re.sub(r"  (\d+)$", lambda n: f" {n[1]}" if n[1] != "1" else "", line) for line in drawn]  # fmt: skip


def test_the_numbers_in_the_text() -> None:
    names = [line for file in ("female", "male") for line in (ROOT / "examples" / f"{file}.txt").read_text().split()]
    assert f"learns {len(names):,} names in two processes" in README
    assert f"has {sum(map(len, RECIPES.values()))} questions and their answers" in README
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert f"With Python {project['requires-python'].removeprefix('>=')} or newer" in README
    assert f"contexts of the last 0 to {Options().depth} symbols" in README
    assert f"what overflows that ({EngramOptions(dimension=1).capacity} of them) is" in " ".join(README.split())
    (seconds, vectors, numbers, gigabytes) = re.search(
        r"\(([\d.]+) s for ([\d,]+) of (\d+) numbers, in ([\d.]+) GB of memory\)", README
    ).groups()  # type: ignore[union-attr]
    measured = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")
    (row,) = re.findall(rf"`recall` among {vectors} vectors of {numbers} numbers, SQLite: .*", measured)
    again = re.search(r"/ ([\d.]+) s, ([\d.]+) GB", row)
    assert again is not None
    assert (round(float(again[1]), 1), again[2]) == (float(seconds), gigabytes)


def test_the_exit_codes() -> None:
    (text,) = re.findall(r"^Exit codes: (.*?)\n\n", README, re.DOTALL | re.MULTILINE)
    told = {int(code) for code in re.findall(r"\b(\d+) ", text)}
    raised = {
        error.exit_code for error in vars(errors).values() if isinstance(error, type) and hasattr(error, "exit_code")
    }
    assert told == raised | {0, 2, 3, 130}


# The table of commands


def verbs(group: click.Group = cli) -> dict[str, click.Command]:
    """Every verb, those of groups as `engram tick`."""
    found: dict[str, click.Command] = {}
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        inner = verbs(command) if isinstance(command, click.Group) else {}
        found |= {f"{name} {one}": below for one, below in inner.items()} or {name: command}
    return found


def rows() -> list[tuple[str, str]]:
    """The table of commands, its cells without backslashes."""
    (table,) = re.findall(r"\| verb \| what it does \|\n\|---\|---\|\n(.*?)\n\n", README, re.DOTALL)
    cells = [re.split(r"(?<!\\) \| ", line.strip("| ")) for line in table.splitlines()]
    return [(verb.replace("\\|", "|"), does.replace("\\|", "|")) for verb, does in cells]


def named(cell: str) -> list[str]:
    """The verbs in a cell: `sync`, `engram tick|stats MEMORY`."""
    found = []
    for code in re.findall(r"`([^`]+)`", cell):
        words = code.removeprefix("plasticdb ").split()
        found += (
            [f"{words[0]} {one}" for one in words[1].split("|")] if len(words) > 1 and words[1].islower() else words[:1]
        )
    return found


def test_the_table_has_every_verb_once() -> None:
    told = [verb for cell, _ in rows() for verb in named(cell)]
    assert sorted(told) == sorted(verbs())


def test_the_options_in_the_table_are_those_of_its_verbs() -> None:
    known = verbs()
    for cell, does in rows():
        there = [known[verb] for verb in named(cell) + named(does) if verb in known]
        options = [(opt, getattr(p.type, "choices", ())) for one in there for p in one.params for opt in p.opts]
        for option, metavar in re.findall(r"(--[a-z-]+)(?: ([a-z|]+\|[a-z|]+))?", cell + does):
            assert option in dict(options), (cell, option)
            if metavar:
                assert {*metavar.split("|")} <= {c for name, choices in options if name == option for c in choices}, (
                    option
                )


def test_the_table_says_who_takes_as_of() -> None:
    (told,) = (does for _, does in rows() if "--as-of" in does)
    has = {name for name, one in verbs().items() if any("--as-of" in p.opts for p in one.params)}
    assert {verb for verb in named(told) if verb in verbs()} - {"diff"} == has


def test_every_command_in_the_text_could_be_given() -> None:
    """Those that are no block: each is taken apart as the command would do it."""
    given = re.findall(r"`plasticdb ([^`]*)`", README)
    given += re.findall(r"^plasticdb ((?:.*\\\n)*.*)$", "".join(blocks() + blocks("sh")), re.MULTILINE)
    assert len(given) > 8
    for text in given:
        words = shlex.split(text.replace("\\\n", ""))
        if words[0] == "--help":
            continue
        group: click.Group = cli
        context = cli.make_context("plasticdb", words, obj={})
        while isinstance(group, click.Group):
            rest = [*context._protected_args, *context.args]
            name, command, rest = group.resolve_command(context, rest)
            assert command is not None
            context = command.make_context(name, rest, parent=context, resilient_parsing=False)
            if not isinstance(command, click.Group):
                break
            group = command


def test_the_demo(tmp_path: Path) -> None:
    """The script that `make demo` runs, on a copy of what it needs."""
    for folder in ("examples",):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    put_command(tmp_path / ".venv" / "bin")
    done = subprocess.run(
        ["sh", "examples/demo.sh"], cwd=tmp_path, env=environ(), capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    assert re.findall(r"learned +([\d,]+)", done.stdout) == ["4,275", "1,219"]
    assert re.findall(r"samples +([\d,]+)", done.stdout) == ["5,494"]
    assert "emil  " in done.stdout
