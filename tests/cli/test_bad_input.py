"""What bad files and unfit questions get: one line that says what to do, the right exit code, and nothing lost or half done."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from .conftest import Run, as_ordinary, samples


def test_a_missing_file(names: Run) -> None:
    assert "none.txt does not exist; check the path" in names("ingest", "names", "none.txt").error(1)
    assert samples(names) == 2


def test_an_unreadable_file(names: Run, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("zoe\n")
    secret.chmod(0)
    for verb in ("score", "ingest"):
        done = names(verb, "names", "secret.txt", preexec_fn=as_ordinary)
        assert "secret.txt cannot be read (Permission denied); check its permissions" in done.error(1)


def test_a_directory(names: Run, tmp_path: Path) -> None:
    assert "is a directory" in names("ingest", "names", str(tmp_path)).error(1)


def test_an_empty_file(names: Run) -> None:
    assert "standard input is empty: there is nothing to learn" in names("ingest", "names", "-", input=b"").error(1)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"\xff\xfe", "byte 1 is not UTF-8"),
        (b"an\x00n", "U+0000"),
        (b"an\x1b[0mn", "U+001B"),
        (b"x" * 50_000_000, "longer than this memory takes"),
        (b"x" * 10_001, "10,001 symbols, and this memory takes 10,000"),
    ],
    ids=["not utf-8", "nul", "control", "50 MB", "10,001 symbols"],
)
def test_a_line_that_cannot_be_learned_is_named_and_the_rest_is_learned(names: Run, line: bytes, reason: str) -> None:
    done = names("ingest", "names", "-", input=b"ann\n" + line + b"\nanna\n")
    assert done.code == 3
    assert done.err.startswith("plasticdb: rejected: -:2: ")
    assert reason in done.err
    assert done.err.count("\n") == 1
    found = json.loads(done.out)
    assert (found["learned"], found["rejected"]) == (2, 1)
    assert samples(names) == 4


def test_bad_json_lines(names: Run) -> None:
    done = names("ingest", "names", "-", "--input", "jsonl", input=b'"ann"\n{"text": \n{"name": "x"}\n')
    assert done.code == 3
    assert [line.split(": ")[2] for line in done.err.splitlines()] == ["-:2", "-:3"]
    assert json.loads(done.out)["learned"] == 1


def test_names_that_are_no_utf_8(names: Run, tmp_path: Path) -> None:
    odd = os.fsdecode(b"caf\xe9.txt")
    (tmp_path / odd).write_text("zoe\n")
    assert "a source's name must have a character and be UTF-8" in names("ingest", "names", odd).error(1)
    assert "a memory's name must have 1 to 200 characters" in names("sessions", os.fsdecode(b"\xff")).error(1)
    assert names("ingest", "names", odd, "--source", "cafe").code == 0
    assert samples(names) == 3


def test_a_file_in_utf16_is_named_once(run: Run, tmp_path: Path) -> None:
    (tmp_path / "w.txt").write_text("Gr\u00fc\u00dfe\nStra\u00dfe\n", encoding="utf-16")
    done = run("ingest", "m", "w.txt", "--strip-control")
    assert (done.code, done.err.count("\n")) == (3, 1)
    assert "w.txt:1: the file is UTF-16, none of it was read; convert it (iconv -f utf-16 -t utf-8 FILE)" in done.err


def test_an_unknown_memory_names_those_that_exist(names: Run) -> None:
    for words in (
        ["predict", "x", "em"],
        ["stats", "x"],
        ["unlearn", "x", "--sample", "a"],
        ["verify", "x"],
        ["drop", "x", "--yes"],
    ):
        assert "there is no memory 'x'; the memories are: names" in names(*words).error(1)


def test_a_database_that_is_not_there_is_not_made_by_asking(run: Run, tmp_path: Path) -> None:
    assert "there is no database none.db; begin with `plasticdb ingest" in run("--db", "none.db", "stats", "m").error(1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "option", [["--tokenizer", "words"], ["--depth", "3"], ["--max-symbols", "7"], ["--views", "suffix 5"]]
)
def test_other_options_than_the_memorys_own(names: Run, option: list[str]) -> None:
    assert "'names' was made with" in names("ingest", "names", "-", *option, input=b"ann\n").error(1)
    assert samples(names) == 2


@pytest.mark.parametrize(
    ("views", "said"),
    [
        ("sufix 3", "there is no view 'sufix 3' (did you mean 'suffix'?); a set of views is \"suffix 6\", or"),
        ("suffix 0", "the view suffix must be 1 to 64, not 0"),
        ("suffix 5, position 65", "the view position must be 1 to 64, or all, not 65"),
    ],
)
def test_views_that_are_none(run: Run, views: str, said: str) -> None:
    assert said in run("ingest", "new", "-", "--views", views, input=b"ann\n").error(2)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--views", "suffix"], "'suffix' is no view"),
        (["--views", "suffix 4, word", "--tokenizer", "words"], "the view word looks into words, and words have none"),
        (["--views", "suffix 4", "--depth", "5"], "depth 5 does not go with the views 'suffix 4'"),
        (["--depth", "0"], "depth must be 1 to 64, not 0"),
        (["--depth", "65"], "depth must be 1 to 64, not 65"),
        (["--max-symbols", "0"], "max_symbols must be 1 to 1,000,000, not 0"),
        (["--max-memory", "much"], "max_memory: 'much' is not an amount of memory; write 500MB, or 1.5GB"),
        (["--max-memory", "1MB"], "a max_memory of 1 MB is too little for one batch; give at least"),
    ],
)
def test_a_memory_that_could_not_be_made_leaves_no_database(
    run: Run, tmp_path: Path, option: list[str], said: str
) -> None:
    assert said in run("--db", "none.db", "ingest", "new", "-", *option, input=b"ann\n").error(2)
    assert list(tmp_path.iterdir()) == []


def test_unlearning_what_was_never_learned(names: Run) -> None:
    assert "never learned, or not as often: 'zoe'; nothing was changed" in names(
        "unlearn", "names", "-", input=b"emma\nzoe\n"
    ).error(1)
    assert "a source 'x'; the sources are: names.txt" in names("unlearn", "names", "--source", "x").error(1)
    assert "say which samples" in names("unlearn", "names").error(1)
    assert samples(names) == 2


def test_a_half_life_beyond_all_measure(names: Run) -> None:
    said = names("decay", "names", f"--half-life={'9' * 40}y").error(1)
    assert "a half-life must be a timedelta or a number of seconds, from 1e-06 to 1e+18" in said
    assert samples(names) == 2


def test_a_time_before_anything_was_learned(names: Run) -> None:
    said = names("predict", "names", "a", "--as-of", "2020-01-01").error(1)
    assert "'names' had learned nothing yet as of '2020-01-01' (position 0 of " in said
