"""The commands: a user's day, their formats, and that every verb is a method."""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import subprocess
from pathlib import Path

import click
import pytest
from plasticdb.cli.main import cli, verbs

from .conftest import COMMAND, Run, environ

ROOT = Path(__file__).parents[2]
NAMES = b"emma\nemily\nemil\nann\nanna\n"


@pytest.fixture
def names(run: Run, tmp_path: Path) -> Run:
    (tmp_path / "names.txt").write_bytes(NAMES)
    assert run("ingest", "names", "names.txt").code == 0
    return run


def objects(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


def test_a_day(run: Run, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_bytes(NAMES)
    (first,) = objects(run("ingest", "names", "names.txt").out)
    assert (first["learned"], first["skipped"], first["rejected"]) == (5, 0, 0)
    (again,) = objects(run("ingest", "names", "names.txt").out)
    assert (again["learned"], again["skipped"]) == (0, 5)
    said = run("complete", "names", "em", "-n", "5", "--seed", "1").out
    assert said == run("complete", "names", "em", "-n", "5", "--seed", "1").out
    assert all(str(row["text"]).startswith("em") for row in objects(said))
    p = objects(run("predict", "names", "em").out)
    assert sum(float(str(row["p"])) for row in p) == pytest.approx(1)
    (why,) = objects(run("explain", "names", "em", "i").out)
    assert why["symbol"] == "i"
    (tree,) = objects(run("tree", "names", "em").out)
    assert tree["count"] == 3
    assert objects(run("unlearn", "names", "--source", "names.txt").out) == [{"unlearned": 5}]
    assert objects(run("stats", "names").out)[0]["concepts"] == 0


def test_a_table_is_for_people(names: Run) -> None:
    assert names("tree", "names", "em", "--format", "table").out.splitlines() == [
        "em  3", "├─ il  2", "│  ├─ y␃  1", "│  └─ ␃  1", "└─ ma␃  1",
    ]  # fmt: skip
    assert names("concepts", "names", "em", "--limit", "2", "--format", "table").out.splitlines() == [
        "text  r_level  length  count  mass",
        "em          1       2      3     3",
        "emil        2       4      2     2",
    ]
    explained = names("explain", "names", "em", "i", "--format", "table").out
    assert re.search(
        r"'␂em' +2\.00 +2 +0\.\d{4} -> 0\.\d{4} +[+-]\d\.\d{3} +emil \(names\.txt\), emily \(names\.txt\)", explained
    )


def test_every_format_says_the_same(names: Run) -> None:
    lines = objects(names("predict", "names", "em").out)
    assert json.loads(names("predict", "names", "em", "--format", "json").out) == lines
    read = list(csv.DictReader(names("predict", "names", "em", "--format", "csv").out.splitlines()))
    assert [(row["symbol"], float(row["p"])) for row in read] == [(row["symbol"], row["p"]) for row in lines]


def test_what_other_tools_read(names: Run) -> None:
    stats = json.loads(names("stats", "names", "--format", "json").out)
    assert stats["r_levels"] == [1, 2, 4, 2]
    assert {"samples", "symbols", "concepts", "synapses"} <= stats.keys()
    score = json.loads(names("score", "names", "-", "--format", "json", input=b"emma\nann\n").out)
    assert (score["samples"], score["symbols"]) == (2, 9)
    assert score["nats_per_symbol"] > 0
    done = json.loads(names("ingest", "names", "-", "--format", "json", input=b"zoe\n").out)
    assert (done["learned"], done["skipped"], done["rejected"]) == (1, 0, 0)


def test_what_surprises_comes_first(names: Run) -> None:
    samples = b"anna\nxqzt\nemily\na\x01\n"
    done = names("surprise", "names", "-", input=samples)
    assert (done.code, "-:4: a sample holds the character U+0001" in done.err) == (3, True)
    rows = objects(done.out)
    assert [row["sample"] for row in rows] == ["xqzt", "anna", "emily"]
    assert [row["nats"] for row in rows] == sorted((row["nats"] for row in rows), reverse=True)  # type: ignore[type-var]
    per_symbol = objects(names("surprise", "names", "-", "--per-symbol", "--top", "2", input=samples).out)
    assert (per_symbol[0]["sample"], len(per_symbol)) == ("xqzt", 2)
    drawn = names("surprise", "names", "-", "--format", "table", input=b"".join(b"a%d\n" % i for i in range(30)))
    assert len(drawn.out.splitlines()) == 21, "a heading, and twenty"


def test_views_are_kept_and_shown(run: Run) -> None:
    assert run("ingest", "m", "-", "--views", "position 3,suffix 2", input=b"emma\n").code == 0
    assert objects(run("stats", "m").out)[0]["views"] == "suffix 2, position 3"
    assert "(suffix and position speak)" in run("explain", "m", "em", "--format", "table").out
    assert "(suffix speaks alone)" in run("explain", "m", "emm", "--format", "table").out
    assert run("ingest", "text", "-", "--input", "text", input=b"emma\nann\n\nmia\n").code == 0
    assert objects(run("stats", "text").out)[0]["views"] == "suffix 6"


def test_standard_input_is_read_where_no_file_is_given(names: Run) -> None:
    (done,) = objects(names("ingest", "names", input=b"zoe\n").out)
    assert (done["learned"], done["source"].startswith("stdin ")) == (1, True)
    assert [row["source"] for row in objects(names("sources", "names").out)] == ["names.txt", done["source"]]


def test_potentiation_and_decay(names: Run) -> None:
    def p() -> float:
        return {row["symbol"]: row["p"] for row in objects(names("predict", "names", "em").out)}["m"]  # type: ignore[return-value]

    before = p()
    assert objects(names("reinforce", "names", "--sample", "emma", "--by", "2").out) == [{"reinforced": 1}]
    assert p() > before
    assert objects(names("weaken", "names", "--sample", "emma", "--by", "2").out) == [{"weakened": 1}]
    assert p() == pytest.approx(before)
    decayed = objects(names("decay", "names", "--half-life", "30d").out)
    assert decayed == [{"decayed": 5, "half_life": "30 days"}]
    assert objects(names("verify", "names").out) == [{"memory": "names", "verified": True}]


def test_collapse(names: Run) -> None:
    before = objects(names("stats", "names").out)[0]["contexts"]
    (left,) = objects(names("collapse", "names", "--max-contexts", "30").out)
    assert 0 < left["contexts"] <= 30 < before
    stats = objects(names("stats", "names").out)[0]
    assert (stats["contexts"], stats["closed"]) == (left["contexts"], left["closed"])
    assert objects(names("verify", "names").out) == [{"memory": "names", "verified": True}]
    assert "max_contexts must be a whole number, 1 or more" in names("collapse", "names", "--max-contexts", "0").error(
        1
    )


def test_consolidate(names: Run) -> None:
    (found,) = objects(names("consolidate", "names", "--samples", "4").out)
    assert found["samples"] == 4
    stats = objects(names("stats", "names").out)[0]
    assert stats["nats_per_symbol"] == pytest.approx(found["nats_per_symbol"])
    assert stats["left_out"] == 4
    assert stats["fitted"].startswith("20")
    assert "samples must be 1 to 5, which 'names' has, not 6" in names("consolidate", "names", "--samples", "6").error(
        1
    )
    assert objects(names("verify", "names").out) == [{"memory": "names", "verified": True}]


def test_a_memory_that_may_have_so_many_contexts(run: Run) -> None:
    run("ingest", "few", "-", "--max-contexts", "30", input=b"emma\nemily\nanna\notto\n")
    stats = objects(run("stats", "few").out)[0]
    assert stats["contexts"] <= stats["max_contexts"] == 30


def test_what_is_far_apart(run: Run, names: Run) -> None:
    lines = "".join(f"{one} m m m {other}\n" * 8 for one, other in (("cold", "hot"), ("dawn", "dusk"), ("up", "down")))
    made = ("--tokenizer", "words", "--views", "suffix 2", "--shortcuts", "4")
    run("ingest", "far", "-", *made, "--again", input=lines.encode())
    assert "has no associations yet; run `plasticdb consolidate far`" in run("associations", "far", "cold").error(1)
    run("consolidate", "far")
    (found,) = objects(run("associations", "far", "cold").out)
    assert {name: found[name] for name in ("symbol", "via", "occasions")} == {
        "symbol": "hot",
        "via": "cold",
        "occasions": 8.0,
    }
    assert len(objects(run("associations", "far", "dawn up", "-k", "1").out)) == 1
    assert run("associations", "far", "m").out == ""
    run("unlearn", "far", "--sample", "cold m m m hot", "--all")
    assert run("associations", "far", "cold").out == ""
    assert objects(run("associations", "far", "cold", "--as-of", "25").out) == [found]
    assert "was made without shortcuts" in names("associations", "names", "e").error(1)


def test_unlearning_by_file_and_by_sample(names: Run) -> None:
    assert objects(names("unlearn", "names", "-", input=b"emma\nann\n").out) == [{"unlearned": 2}]
    assert objects(names("unlearn", "names", "--sample", "anna", "--erase").out) == [{"unlearned": 1}]
    assert objects(names("rebuild", "names").out)[0]["applied"] == 8
    assert objects(names("stats", "names").out)[0]["samples"] == 2


def test_symbols_are_written_as_json(run: Run) -> None:
    lines = b'["open door", "read", "close"]\n["open door", "close"]\n'
    run("ingest", "events", "-", "--input", "jsonl", "--tokenizer", "symbols", input=lines)
    assert {row["symbol"] for row in objects(run("predict", "events", '["open door"]', "--top", "2").out)} == {
        "read",
        "close",
    }
    assert "is not a JSON list" in run("predict", "events", "open").error(1)


def test_settings_come_from_flag_environment_and_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "plasticdb.toml").write_text('db = "file.db"\n')
    env = {"NEO4J_PASSWORD": "hunter2", "PLASTICDB_TIMEOUT": "7"}
    shown = run("--journal", "j.db", "config", "show", env=env)
    found = {str(row["setting"]): (row["value"], row["from"]) for row in objects(shown.out)}
    assert found["db"] == ("file.db", "plasticdb.toml")
    assert found["timeout"] == ("7", "PLASTICDB_TIMEOUT")
    assert found["journal"] == ("j.db", "--journal")
    assert found["password"] == ("(set)", "NEO4J_PASSWORD")
    assert "hunter2" not in shown.out + shown.err


def test_a_terminal_gets_tables_and_notices(names: Run, tmp_path: Path) -> None:
    names("ingest", "names", "-", input=bytes(range(97, 123)).replace(b"", b"\n"))
    ours, theirs = pty.openpty()
    done = subprocess.Popen(
        [*COMMAND, "predict", "names"], cwd=tmp_path, env=environ(), stdout=theirs, stderr=theirs, stdin=theirs
    )
    assert done.wait(timeout=60) == 0
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert shown.startswith("symbol")
    assert shown.count("\r\n") == 12, "a head, ten symbols, and a notice"
    assert "17 more: --top 27" in shown


def test_dropping_needs_a_yes(names: Run) -> None:
    assert "say --yes" in names("drop", "names").error(2)
    assert names("drop", "names", "--yes").code == 0
    assert names("memories").out == ""


def test_every_verb_has_its_help_and_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for name in verbs():
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        assert command.help
        assert command.name == name
        assert f"`{name}" in readme


def test_help_needs_no_numpy(run: Run) -> None:
    code = "import sys; sys.argv = ['plasticdb', '--help']; from plasticdb.cli.main import _run; _run(); "
    done = subprocess.run(
        [COMMAND[0], "-c", code + "sys.exit(any(m in sys.modules for m in ('numpy', 'sqlalchemy', 'rich', 'neo4j')))"],
        capture_output=True,
        env=environ(),
        check=False,
    )
    assert done.returncode == 0
    assert b"Completion in your shell" in done.stdout


def test_asking_imports_only_what_it_needs(names: Run, tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['plasticdb', 'complete', 'names', 'em']; from plasticdb.cli.main import _run; _run(); "
    )
    done = subprocess.run(
        [COMMAND[0], "-c", code + "sys.exit(any(m in sys.modules for m in ('alembic', 'rich', 'neo4j', 'psycopg')))"],
        capture_output=True,
        cwd=tmp_path,
        env=environ(),
        check=False,
    )
    assert done.returncode == 0
    assert b"em" in done.stdout
