"""What is checked is what the server runs: it reads each text in the same tokens as we do, or we refuse the text.

Texts are written out of what begins, ends or hides strings, comments and `names`. Each goes to a real Neo4j with its
escapes read, as it is, and made of our own tokens: what we take for a string as a parameter, for a comment as nothing, for
a `name` as a plain one. If the server saw anything else in it, the answers would differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import neo4j
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plasticdb import BadInput, PlasticDB
from plasticdb.cypher.check import check
from plasticdb.cypher.tokens import Token, plain_name, unescaped

BITS = [
    "'",
    '"',
    "`",
    "\\",
    "\\\\",
    "/",
    "*",
    "/*",
    "*/",
    "//",
    "\n",
    "\r",
    "\x0b",
    "\x85",
    "\u2028",
    " ",
    "x",
    "1",
    ";",
]
BITS += [f"\\u00{code}" for code in ("27", "22", "60", "5c", "5C", "2a", "2F", "0a", "0d", "41", "20", "3b")]
BITS += ["u0027", "\\\\u0027", "\\u", " + 'y'", ' + "z"', " AS a", ", 2 AS b", " RETURN 3", "''", "``"]
BITS += [" LOAD CSV FROM 'file:///nowhere' AS l RETURN l", " UNION ALL RETURN 4 AS a", "é", "\ufeff", "{}", "$"]
# No 😀, and escapes only where the text is right: else Neo4j 5.26 may fail to write its error, and never answers.
INSIDE = st.lists(st.sampled_from(BITS), max_size=5).map("".join)
PIECES = st.one_of(
    INSIDE.map("'{}'".format),
    INSIDE.map('"{}"'.format),
    INSIDE.map("/*{}*/".format),
    INSIDE.map("//{}\n".format),
    INSIDE.map("//{}\r".format),
    INSIDE.map("`{}`".format),
    INSIDE,
    st.sampled_from([" + ", "1", "'s'", " AS a", ", ", " "]),
)
TEXTS = st.lists(PIECES, min_size=1, max_size=6).map(lambda pieces: f"RETURN 'a' + {''.join(pieces)}") | st.tuples(
    INSIDE, INSIDE, INSIDE
).map(lambda inside: "WITH '{}' AS `{}` /*{}*/ RETURN *".format(*inside))
ESCAPES = {"\\": "\\", "'": "'", '"': '"', "n": "\n", "t": "\t", "b": "\b", "f": "\f", "r": "\r"}


@pytest.fixture(scope="module")
def session(neo4j_server: Any) -> Iterator[neo4j.Session]:
    how: dict[str, Any] = {"auth": (neo4j_server.username, neo4j_server.password), "notifications_min_severity": "OFF"}
    with (
        neo4j.GraphDatabase.driver(neo4j_server.uri, **how) as driver,
        driver.session(database="neo4j", default_access_mode=neo4j.READ_ACCESS) as opened,
    ):
        yield opened


def compared(session: neo4j.Session, text: str) -> bool:
    """Whether the text could be compared: we take it, and the server runs it."""
    try:
        found = check(text, {})
    except BadInput:
        return False
    try:
        said = [record.values() for record in session.run(unescaped(text))]
    except neo4j.exceptions.Neo4jError:
        return False
    made, values = remade(found)
    assert [record.values() for record in session.run(made, values)] == said, repr(text)
    assert [record.values() for record in session.run(text)] == said, repr(text)
    return True


def remade(found: list[Token]) -> tuple[str, dict[str, str]]:
    words, values = [], {}
    for token in found:
        match token.kind:
            case "string":
                values[f"s{len(values)}"] = re.sub(
                    r"\\(.)", lambda escaped: ESCAPES.get(escaped[1], escaped[0]), token.text[1:-1], flags=re.DOTALL
                )
                words.append(f"$s{len(values) - 1}")
            case "quoted":
                words.append("q" + plain_name(token).encode().hex())
            case _:
                words.append(token.text)
    return " ".join(words), values


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(TEXTS)
def test_the_server_reads_what_we_read(session: neo4j.Session, text: str) -> None:
    compared(session, text)


@pytest.mark.soak
@settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(TEXTS)
def test_the_server_reads_what_we_read_for_long(session: neo4j.Session, text: str) -> None:
    compared(session, text)


@pytest.mark.parametrize(
    "text",
    [
        r"RETURN '\u0041\\u0041\ud83d\ude00'",
        r"RETURN 'a' + '\u0027",
        r"RETURN 1 \u002f\u002f x",
        "RETURN 1 // x\\u000a + 1",
        "RETURN 1 // x\r + 1",
        "RETURN 1 // x\x0b + 1",
        r"RETURN 1 /* \u002a\u002f + 1",
        r"WITH 1 AS `a\\u0060` RETURN *",
        r"RETURN 1 // \\u000a +1",
    ],
)
def test_where_a_text_hides_something_both_find_it(session: neo4j.Session, text: str) -> None:
    assert compared(session, text)


@pytest.mark.parametrize(
    "text",
    [
        r"WITH '\u0027 AS x LOAD CSV FROM \u0027file:///etc/passwd\u0027 AS l RETURN l //' AS y RETURN y",
        "RETURN 1 AS x // \r LOAD CSV FROM 'file:///etc/passwd' AS l RETURN l",
        r"RETURN 1 AS x /* \u002a\u002f UNION LOAD CSV FROM 'file:///etc/passwd' AS x RETURN x //*/",
        r"\u004cOAD CSV FROM 'file:///etc/passwd' AS l RETURN l",
        "CALL db.stats.retrieve('GRAPH COUNTS')",
        r"CALL db.\u0073tats.clear()",
        "CALL `db`.`prepareForReplanning`()",
        "CALL dbms.listConfig()",
        "SHOW SETTINGS",
        "USE system SHOW USERS",
        "RETURN apoc.load.json('http://127.0.0.1')",
    ],
)
def test_what_would_do_more_than_read_the_graph_never_reaches_the_server(text: str, neo4j_db: PlasticDB) -> None:
    with pytest.raises(BadInput, match=r"query is read-only|may do more than compute"):
        list(neo4j_db.query(text))


def test_procedures_that_read_the_graph_are_taken(neo4j_db: PlasticDB) -> None:
    neo4j_db.sequence("m").learn("emma")
    assert "Concept" in [row["label"] for row in neo4j_db.query("CALL db.labels() YIELD label RETURN label")]
    assert list(neo4j_db.query("SHOW INDEXES"))
