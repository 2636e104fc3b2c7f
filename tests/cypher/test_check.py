"""What no engine gets to see: writes, several statements, parameters that do not fit."""

from __future__ import annotations

from typing import Any

import pytest

from plasticdb import BadInput
from plasticdb.cypher.check import check

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
    "MATCH (n) RETURN n //\r DELETE n",
    r"MATCH (n) RETURN n //\u000d DELETE n",
    r"RETURN '\u0027 DELETE n //'",
    r"\u0043REATE (n)",
    "CALL apoc.cypher.runWrite('x', {})",
    "CALL `db`.stats . clear()",
    "CALL db.prepareForReplanning",
    "CALL{CALL dbms.listPools() YIELD pool RETURN pool} RETURN 1",
    "SHOW SETTINGS YIELD name AS index",
    "SHOW USERS",
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
        "MATCH (call:Concept) WHERE call IN [1] RETURN call",
        "MATCH (show:Concept) RETURN show.text, show",
        "MATCH (c) CALL (c) { MATCH (c)-->(d) RETURN count(d) AS n } RETURN n",
        "CALL db.labels() YIELD label RETURN label",
        "CALL db.index.fulltext.queryNodes('i', 'x') YIELD node RETURN node",
        "RETURN date.truncate('day', date()), vector.similarity.cosine([1], [1])",
        "SHOW RANGE INDEXES",
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
        ("EXPLAIN RETURN 1", {}, r"EXPLAIN before a query is not taken here; use --explain"),
        ("profile RETURN 1", {}, r"profile before a query is not taken here; use --explain"),
        ("CYPHER 5 RETURN 1", {}, "CYPHER before a query is not taken here; leave it out"),
        (f"RETURN '{'a' * 1_000_000}'", {}, "it has 1,000,009 characters, and may have 1,000,000; give long lists and"),
        (f"RETURN [{'1,' * 50_000}1]", {}, "it has 100,004 words and signs, and may have 50,000"),
        (
            f"RETURN {'(' * 51}1{')' * 51}",
            {},
            r"brackets or CASEs are nested more than 50 deep \(line 1, column 58\)",
        ),
        (f"RETURN {'CASE WHEN ' * 51}true", {}, "brackets or CASEs are nested more than 50 deep"),
        ("RETURN {a: apoc.load.json('x')}", {}, r"apoc.load.json\(\) \(line 1, column 12\) may do more than compute"),
        (r"RETURN '\u00zz'", {}, r"\\u \(line 1, column 9\) needs four hexadecimal digits"),
        (r"RETURN '\ud83d'", {}, "is half a character"),
        (r"RETURN '\u005c'", {}, "is a backslash"),
        ("RETURN '\ud800'", {}, "it has half a character, or is not text; write it in UTF-8"),
    ],
)
def test_what_cannot_be_asked_says_why(query: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        check(query, given)
