"""Wrong words, options and numbers: the line says which, and what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Run


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("30", "'30' has no unit; write 30d for days, or h (hours), m (minutes), s (seconds)"),
        ("1e3", "'1e3' is not a time; write 30d, 12h"),
        ("3x", "'3x' is not a time; the units are s (seconds), m (minutes), h (hours), d (days), w (weeks), y (years)"),
        ("5mo", "'5mo' is not a time; the units are"),
        ("soon", "'soon' is not a time; write 30d, 12h"),
        ("", "'' is not a time; write 30d"),
        ("1.2.3d", "is not a time; write 30d"),
        ("1e999d", "is not a time; write 30d"),
        ("inf", "is not a time; write 30d"),
        ("nan", "is not a time; write 30d"),
        ("-1d", "a half-life must be above zero, not '-1d'"),
        ("0.0d", "a half-life must be above zero, not '0.0d'"),
    ],
)
def test_a_half_life_that_is_no_time(run: Run, text: str, said: str) -> None:
    """The memory isn't even looked for."""
    assert said in run("decay", "names", f"--half-life={text}").error(2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["prdict"], "No such command 'prdict'. Did you mean 'predict'?"),
        (["lern"], "No such command 'lern'. Did you mean 'ingest'?"),
        (["recall"], "No such command 'recall'. Did you mean 'engram recall'?"),
        (["xyzzy"], "No such command 'xyzzy'. (see plasticdb --help)"),
        (["engram", "remembr"], "No such command 'remembr'. (Did you mean one of: 'reembed', 'remember'?)"),
        (["ingest", "m", "--fast"], "No such option '--fast'"),
        (
            ["ingest", "m", "--sorce", "x"],
            "No such option '--sorce'. (Did you mean one of: '--shortcuts', '--source'?)",
        ),
        (["predict"], "Missing argument 'MEMORY'"),
    ],
)
def test_an_unknown_verb_or_option(run: Run, words: list[str], said: str) -> None:
    assert said in run(*words).error(2)


def test_a_mistyped_name_gets_the_one_that_was_meant(names: Run, tmp_path: Path) -> None:
    assert "no memory 'nmaes' (did you mean 'names'?); the memories are: names" in names("stats", "nmaes").error(1)
    assert "no memory 'nmaes' (did you mean 'names'?)" in names("export", "nmaes").error(1)
    said = names("unlearn", "names", "--source", "name.txt").error(1)
    assert "a source 'name.txt' (did you mean 'names.txt'?); the sources are: names.txt" in said
    (tmp_path / "plasticdb.toml").write_text("timeuot = 3\n")
    assert "Unknown setting 'timeuot' in plasticdb.toml (did you mean 'timeout'?)" in names("memories").error(1)


def test_no_words_at_all_is_the_help_as_it_is(run: Run) -> None:
    for words in ([], ["engram"], ["migrate"]):
        done = run(*words)
        assert done.code == 2
        assert done.err.startswith(f"Usage: plasticdb {' '.join([*words, '['])}".replace("  ", " "))
        assert len(done.err.splitlines()) > 5


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--timeout", "nan", "memories"], 1, "timeout must be a number of seconds from 0 to 1,000,000, not 'nan'"),
        (["--timeout", "-1", "memories"], 1, "timeout must be a number of seconds from 0 to 1,000,000, not '-1'"),
        (["query", "RETURN 1", "--timeout", "nan"], 2, "nan is not a number of seconds above 0"),
        (["query", "RETURN 1", "--limit", "9" * 30], 2, "is not in the range"),
        (["--db", "sqlite:///", "memories"], 1, "sqlite:/// names no file; write sqlite:///FILE"),
        (["complete", "names", "em", "--seed", "-5"], 1, "a seed must be a whole number, 0 or more, not -5"),
    ],
)
def test_numbers_and_addresses_that_are_none(names: Run, words: list[str], code: int, said: str) -> None:
    assert said in names(*words).error(code)


def test_wrong_usage_names_the_help_of_its_verb(run: Run) -> None:
    assert run("predict", "--tp", "3").error(2).endswith("(see plasticdb predict --help)")
    assert run("engram", "recal").error(2).endswith("Did you mean 'recall'? (see plasticdb engram --help)")


def test_the_help_of_a_group_is_whole(run: Run) -> None:
    assert "how likely it is when that fires" in " ".join(run("engram", "--help").out.split())


def test_an_export_is_what_its_name_says(names: Run, tmp_path: Path) -> None:
    assert "say --format csv for n.csv, or --format jsonl" in names("export", "names", "--to", "n.csv").error(2)
    assert not (tmp_path / "n.csv").exists()
    assert names("export", "names", "--to", "n.csv", "--format", "jsonl").code == 0
