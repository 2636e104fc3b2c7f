"""Regular expressions: Java's, as Neo4j has them, mean the same on the embedded store or are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from plasticdb import BadInput, PlasticDB

SIGNS = [*"aabS1_-.*+?|()[]^$,&{}: \\é\n\r\x0b\x85"]
SIGNS += "\\\\ \\. \\d \\w \\s \\S \\b \\Qa. \\E \\p{L} \\p{Lower} \\x61 \\u0061 \\h \\1".split()
SIGNS += "(?i) (?s) (?: (?= (?<n> && {2} {1,} [^a] a-z".split()
LETTERS = "aAbS1_-. é\\\n\r\x0b\x85[]&"
PATTERNS = st.lists(st.sampled_from(SIGNS), max_size=7).map("".join)
TEXTS = st.lists(st.text(LETTERS, min_size=2, max_size=4), min_size=6, max_size=6).map(
    lambda some: [*LETTERS, "", *some]
)
ASK = "UNWIND $texts AS text RETURN text =~ $pattern AS found"


@pytest.fixture(scope="module")
def embedded() -> Iterator[PlasticDB]:
    with PlasticDB.open(":memory:") as db:
        yield db


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("[[:alpha:]]", ["a", ":", "]", "[", "al", "a]"])
@example("a|(b", ["a", "b", "", "ab", "a|", "("])
@example("a.a", ["aba", "a\na", "a\ra", "a\x85a"])
@example("\\\\b", ["\\b", "b", "\\", ""])
@example("\\s", [*LETTERS])
@example("(?i)é", ["é", "É", "e", "E", "", "éé"])
@example("[b-a]", ["a", "b", "-", "", "ab", "c"])
@example("(a{2}){600}", ["a" * 1200, "a", "", "b", "c", "d"])
@given(PATTERNS, TEXTS)
def test_what_is_found_is_what_neo4j_finds(
    neo4j_db: PlasticDB, embedded: PlasticDB, pattern: str, texts: list[str]
) -> None:
    try:
        here = [row["found"] for row in embedded.query(ASK, {"texts": texts, "pattern": pattern})]
    except BadInput:
        return
    assert here == [row["found"] for row in neo4j_db.query(ASK, {"texts": texts, "pattern": pattern})]


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("(?=e).*", "has (?= (write (...) or"),
        ("e(?i)m", "has (?i (write (...) or"),
        ("(em", "has parentheses that do not match"),
        ("*a", "has * with nothing before it to repeat"),
        ("a++", "has the possessive ++"),
        ("a{2,1}", "has the count {2,1}"),
        ("[a&&b]", r"has && between square brackets; write \&"),
        ("[ab", "has a [ without its ]"),
        ("[z-a]", "has z-a between square brackets"),
        (r"a\h", r"has \h"),
        (r"\p{Lower}", r"there are general categories such as \p{L}"),
        ("a\\", "has a backslash at its end"),
        ("(?i)é", "letters beyond a to z; write both"),
        ("a$b", "has $ with something behind it"),
    ],
)
def test_what_would_mean_something_else_is_refused_by_name(embedded: PlasticDB, pattern: str, what: str) -> None:
    with pytest.raises(BadInput, match=re.escape(what)):
        list(embedded.query("RETURN 'a' =~ $pattern AS x", {"pattern": pattern}))


def test_the_right_side_may_be_anything(embedded: PlasticDB) -> None:
    asked = (
        "WITH 'emma' AS e, 'em' AS p RETURN e =~ p + '.*' AND true AS sum, e =~ CASE WHEN true THEN p ELSE e END AS choice, "
        "[x IN ['em', 'e'] WHERE x =~ p | x] AS list, e =~ null AS nothing, NOT e =~ toUpper(p) = true AS chain"
    )
    (row,) = embedded.query(asked)
    assert row == {"sum": True, "choice": False, "list": ["em"], "nothing": None, "chain": True}
