"""The verbs that ask in Cypher, and those that ask of the past, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Run

COUNT = "MATCH (c:Concept {chain: 'prefix', text: $text}) RETURN c.text, c.count"


@pytest.fixture
def names(run: Run, tmp_path: Path) -> Run:
    """The command in a folder where four names were learned."""
    (tmp_path / "names.txt").write_text("emma\nemily\nann\nanna\n")
    assert run("ingest", "names", "names.txt").code == 0
    return run


def test_rows_in_every_format(names: Run) -> None:
    asked = ("query", "MATCH (c:Concept {chain: 'prefix', r_level: 1}) RETURN c.text, c.count ORDER BY c.text")
    rows = [json.loads(line) for line in names(*asked).out.splitlines()]
    assert rows[0].keys() == {"c.text", "c.count"}
    assert json.loads(names(*asked, "--format", "json").out) == rows
    assert names(*asked, "--format", "csv").out.splitlines()[0] == "c.text,c.count"
    assert names(*asked, "--format", "table").out.splitlines()[0].split() == ["c.text", "c.count"]


def test_nodes_and_paths_are_short_in_a_table_and_whole_in_json(names: Run) -> None:
    asked = ("query", "MATCH p = (c:Concept {chain: 'prefix', text: ''})-[:ABSTRACTS]->(d {text: 'em'}) RETURN c, p")
    assert '(:Concept "")-[:ABSTRACTS]-(:Concept "em")' in names(*asked, "--format", "table").out
    (row,) = json.loads(names(*asked, "--format", "json").out)
    assert row["c"]["labels"] == ["Concept"]
    assert [part.get("text", part.get("type")) for part in row["p"]] == ["", "ABSTRACTS", "em"]


def test_a_query_from_a_file_and_from_a_pipe(names: Run, tmp_path: Path) -> None:
    file = tmp_path / "q.cypher"
    file.write_text("MATCH (m:Memory)\nRETURN m.name AS name;\n")
    assert json.loads(names("query", "--file", str(file)).out) == {"name": "names"}
    assert json.loads(names("query", "-", input=file.read_bytes()).out) == {"name": "names"}


def test_parameters_are_json_or_a_text(names: Run) -> None:
    assert json.loads(names("query", COUNT, "--param", "text=em").out)["c.text"] == "em"
    given = ["n=5", "s='5'", 't="5"', "l=[1, 2]", 'm={"a": 1}', "b=true", "z=null"]
    found = names("query", "RETURN $n, $s, $t, $l, $m, $b, $z", *(word for pair in given for word in ("-p", pair)))
    assert list(json.loads(found.out).values()) == [5, "'5'", "5", [1, 2], {"a": 1}, True, None]


def test_a_limit_says_that_there_is_more(names: Run) -> None:
    assert names("query", "UNWIND range(1, 5) AS x RETURN x", "--limit", "2").out.split() == [
        '{"x":',
        "1}",
        '{"x":',
        "2}",
    ]
    many = names("query", "UNWIND range(1, 1500) AS x RETURN x", "--format", "table").out.splitlines()
    assert len(many) == 1001


def test_explain_shows_a_plan(names: Run) -> None:
    assert "SCAN" in names("query", COUNT, "-p", "text=em", "--explain").out.upper()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["RETURN $x"], 1, "$x (line 1, column 8) has no value; give it with --param x=VALUE"),
        (["RETURN 1", "--param", "x=1"], 1, "there is no $x in it"),
        (["RETURN 1", "--param", "x"], 2, "write --param name=value"),
        (["MATCH (c:Concept) SET c.count = 0"], 1, "query is read-only, and SET (line 1, column 19) is not"),
        (["MATCH (c:Concept RETURN c"], 1, "'(' is never closed (line 1, column 7)"),
        (["MATCH (c:Concept) RETRUN c"], 1, "from 'RETRUN c' (line 1, column 19)"),
        ([""], 1, "the query is empty"),
        ([], 2, "give a query, or --file FILE"),
        (["RETURN 1", "--file", "q"], 2, "give a query, or --file FILE"),
        (["--file", "nowhere.cypher"], 2, "nowhere.cypher cannot be read"),
        (["RETURN 1", "--timeout", "0"], 2, "--timeout"),
        (["RETURN 1", "--limit", "0"], 2, "--limit"),
    ],
)
def test_what_cannot_be_asked_is_one_line(names: Run, words: list[str], code: int, said: str) -> None:
    assert said in names("query", *words).error(code)


def test_a_database_that_is_not_there(run: Run, tmp_path: Path) -> None:
    assert "plasticdb.db" in run("query", "RETURN 1").error(1)
    assert not list(tmp_path.iterdir())


def test_schema_says_what_there_is(names: Run) -> None:
    rows = [json.loads(line) for line in names("schema").out.splitlines()]
    parts = {row["part"]: row["count"] for row in rows}
    assert parts["(:Source)"] == 1
    assert parts["(:Concept)-[:SYNAPSE]->(:Atom)"] > 100
    assert all(row["meaning"] for row in rows)


def test_the_shell_takes_statements_from_a_pipe(names: Run) -> None:
    done = names("shell", input=b"MATCH (m:Memory) RETURN m.name AS n;\nRETURN 1 AS x;\nRETURN nothing;\nRETURN 2 AS y")
    assert [json.loads(line) for line in done.out.splitlines()] == [{"n": "names"}, {"x": 1}, {"y": 2}]
    assert "there is no variable nothing here" in done.err


def test_as_of_and_diff(names: Run, tmp_path: Path) -> None:
    before = names("stats", "names").out
    (tmp_path / "more.txt").write_text("zzyzx\n")
    position = json.loads(before)["position"]
    names("ingest", "names", str(tmp_path / "more.txt"))
    assert names("stats", "names", "--as-of", str(position)).out == before
    assert names("stats", "names", "--as-of", "session:1").out == before
    found = [json.loads(line) for line in names("diff", "names", "--from", str(position)).out.splitlines()]
    assert {"zzyzx␃"} <= {row["text"] for row in found if row["change"] == "came"}
    table = names("diff", "names", "--from", "session:1", "--format", "table", "--limit", "3").out.splitlines()
    assert len(table) == 4
    assert "has the positions 0 to" in names("predict", "names", "z", "--as-of", "99999").error(1)
    assert "give a position, a time" in names("diff", "names", "--from", "then").error(1)
