"""Global options stand before the verb or behind it; behind it they win."""

from __future__ import annotations

import json
from pathlib import Path

import click
from plasticdb.cli.main import cli, verbs

from .conftest import Run


def test_a_database_named_behind_the_verb(run: Run, tmp_path: Path) -> None:
    assert run("ingest", "m", "-", "--db", "x.db", "--journal=j.db", input=b"emma\n").code == 0
    assert {file.name for file in tmp_path.glob("*.db")} == {"x.db", "j.db"}
    assert run("predict", "m", "em", "--db", "x.db", "--journal", "j.db").code == 0
    assert run("engram", "remember", "e", "-", "--db", "e.db", input=b"[1, 2]\n").code == 0
    assert run("engram", "--db", "e.db", "tick", "e").code == 0
    assert json.loads(run("migrate", "--quiet", "status", "--db", "e.db").out.splitlines()[0])["applied"]


def test_the_inner_one_wins(run: Run) -> None:
    shown = run("--db", "a.db", "--timeout", "3", "config", "--db", "b.db", "show", "--db", "c.db").out
    found = {row["setting"]: (row["value"], row["from"]) for row in map(json.loads, shown.splitlines())}
    assert found["db"] == ("c.db", "--db")
    assert found["timeout"] == ("3", "--timeout")


def test_what_a_verb_has_itself_stays_its_own(run: Run) -> None:
    run("ingest", "m", "-", input=b"emma\n")
    assert "nan is not a number of seconds above 0" in run("query", "RETURN 1", "--timeout", "nan").error(2)
    assert "timeout must be a number of seconds" in run("memories", "--timeout", "nan").error(1)


def test_each_help_has_one_line_for_them(run: Run) -> None:
    def commands(group: click.Group) -> list[click.Command]:
        found = [group.get_command(click.Context(group), name) for name in group.list_commands(click.Context(group))]
        return [
            inner for one in found if one for inner in (one, *(commands(one) if isinstance(one, click.Group) else ()))
        ]

    assert len(commands(cli)) > len(verbs())
    for command in commands(cli):
        text = command.get_help(click.Context(command, info_name=command.name))
        assert "Also the global options (--db, --journal, " in " ".join(text.split())
        assert "  --db" not in text
        assert text.count("--journal") == 1 + (command.name == "copy"), "copy tells of --to-journal: as for --journal"
