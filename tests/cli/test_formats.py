"""What commands print is what other programs read: JSON that is JSON, numbers that stay what they are, headers."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any, Never

import pytest

from .conftest import Run


@pytest.fixture
def names(run: Run, tmp_path: Path) -> Run:
    (tmp_path / "names.txt").write_text("emma\nemily\n")
    assert run("ingest", "names", "names.txt").code == 0
    return run


def strictly(text: str) -> Any:
    def refuse(word: str) -> Never:
        raise ValueError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


ODD = "RETURN 0.0 / 0 AS none, 1.0 / 0 AS much, -1.0 / 0 AS little, [1.0 / 0] AS list, {a: 0.0 / 0} AS map, 1.5 AS some"


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_what_is_no_number_is_a_text_in_json(form: str, names: Run) -> None:
    found = strictly(names("query", "--format", form, ODD).out)
    assert (found if form == "jsonl" else found[0]) == {
        "none": "NaN",
        "much": "Infinity",
        "little": "-Infinity",
        "list": ["Infinity"],
        "map": {"a": "NaN"},
        "some": 1.5,
    }


def test_what_is_no_number_is_written_alike_in_csv(names: Run) -> None:
    (row,) = csv.DictReader(io.StringIO(names("query", "--format", "csv", ODD).out))
    assert row == {
        "none": "NaN",
        "much": "Infinity",
        "little": "-Infinity",
        "list": '["Infinity"]',
        "map": '{"a": "NaN"}',
        "some": "1.5",
    }


def test_whole_numbers_that_other_programs_would_round_are_texts_in_json(names: Run) -> None:
    asked = "RETURN 9007199254740992 AS a, 9007199254740993 AS b, -9007199254740993 AS c, [9223372036854775807] AS d"
    assert strictly(names("query", asked).out) == {
        "a": 9007199254740992,
        "b": "9007199254740993",
        "c": "-9007199254740993",
        "d": ["9223372036854775807"],
    }


def test_an_id_from_json_can_be_given_back(names: Run) -> None:
    rows = [
        strictly(line)
        for line in names("query", "MATCH (c:Concept) RETURN c.id AS id, c.text AS text").out.splitlines()
    ]
    assert any(isinstance(row["id"], str) for row in rows)
    for row in rows[:5]:
        again = names("query", "MATCH (c:Concept {id: $id}) RETURN c.text AS text", "--param", f"id={row['id']}")
        assert strictly(again.out) == {"text": row["text"]}


@pytest.mark.parametrize(
    ("arguments", "header"),
    [
        (
            ("query", "MATCH (c:Concept {text: 'nothing'}) RETURN c.text, c.id AS `the id`, count(*)"),
            "c.text,the id,count(*)",
        ),
        (("query", "MATCH (c:Concept) RETURN c {.text}, c.count AS n LIMIT 0"), "c,n"),
        (("concepts", "names", "zzz"), "text,r_level,length,count,mass"),
        (("diff", "names", "--from", "2"), "change,what,chain,at,text,symbol,before,after"),
        (("migrate", "up"), "applied"),
    ],
)
def test_an_empty_answer_in_csv_has_its_header(arguments: tuple[str, ...], header: str, names: Run) -> None:
    done = names(*arguments, "--format", "csv")
    assert (done.code, done.out) == (0, header + "\n")
