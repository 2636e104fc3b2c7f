"""What no engine gets to see: writes, several statements, parameters that do not fit."""

from __future__ import annotations

from typing import Any

import pytest

from plasticdb import BadInput
from plasticdb.query.check import check

WRITES = [
    "CREATE (n:Concept)",
    "create (n)",
    "MATCH (n) SET n.count = 1",
    "MATCH (n) WITH n REMOVE n.count",
    "MATCH (n) DETACH DELETE n",
    "MERGE (n:Concept {id: 1}) RETURN n",
    "MATCH (n) FOREACH (x IN [1] | SET n.a = x)",
    "CALL { CREATE (n) } RETURN 1",
    "DROP TABLE Concept",
    "COPY (MATCH (n) RETURN n) TO 'file.csv'",
    "LOAD FROM '/etc/passwd' RETURN *",
    "LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row",
    "INSTALL httpfs",
    "ATTACH 'x.db' AS x",
    "EXPORT DATABASE 'x'",
    "BEGIN TRANSACTION",
    "CHECKPOINT",
    "USE other MATCH (n) RETURN n",
    "/* RETURN */ CREATE (n)",
    "MATCH (n) RETURN n //\n DELETE n",
]


@pytest.mark.parametrize("query", WRITES)
def test_a_write_is_refused_by_name(query: str) -> None:
    with pytest.raises(BadInput, match="is read-only"):
        check(query, {})


@pytest.mark.parametrize(
    "query",
    [
        "MATCH (set:Concept) RETURN set.text AS create",
        "RETURN 'DROP TABLE x; CREATE (n)' AS `DELETE`",
        "MATCH (n {text: 'SET'}) WHERE n.delete IS NULL RETURN n.set",
        "RETURN 1 AS load;",
    ],
)
def test_words_that_only_look_like_a_write_are_not(query: str) -> None:
    check(query, {})


@pytest.mark.parametrize(
    ("query", "given", "said"),
    [
        ("", {}, "the query is empty"),
        (" // only a comment", {}, "the query is empty"),
        ("RETURN 1; RETURN 2", {}, r"one statement at a time \(line 1, column 9\)"),
        ("RETURN $a", {}, r"\$a \(line 1, column 8\) has no value; give it with --param a=VALUE"),
        ("RETURN $a", {"a": 1, "b": 2}, r"there is no \$b in it \(its parameters: \$a\)"),
        ("RETURN $a", {"a": float("nan")}, r"the value of \$a is no JSON value"),
        ("RETURN $a", {"a": object()}, r"the value of \$a is no JSON value \(object\)"),
        ("RETURN $a", {"a": ["\ud800"]}, r"the value of \$a has half a character"),
        ("RETURN $a", {"a": {"b": [1 << 63]}}, r"the value of \$a has a whole number beyond 64 bits"),
        ("RETURN '\ud800'", {}, "it has half a character, or is no text; write it in UTF-8"),
    ],
)
def test_what_cannot_be_asked_says_why(query: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        check(query, given)
