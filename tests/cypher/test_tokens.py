"""A query in pieces: nothing in a string, a comment or backticks is taken for Cypher, and nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plasticdb import BadInput
from plasticdb.cypher.tokens import flat, grouped, place, statements, tokens

PIECES = st.sampled_from(
    [
        "MATCH",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "'it''s",
        "'a'",
        '"b"',
        "`c`",
        "$p",
        "1.5",
        "1..3",
        "->",
        "<-",
        "//x\n",
        "/*y*/",
        "é",
        "😀",
        "\\",
        ";",
    ]
)


@given(st.lists(PIECES, max_size=12).map(" ".join) | st.text(max_size=30))
def test_any_text_is_its_tokens_or_an_error(text: str) -> None:
    try:
        tree = grouped(text, tokens(text))
    except BadInput:
        return
    pieces = list(flat(tree))
    assert pieces == tokens(text)
    assert all(text[piece.start : piece.start + len(piece.text)] == piece.text for piece in pieces)


def test_what_is_in_quotes_stays_whole() -> None:
    found = tokens("MATCH (`a b`) WHERE x = 'SET // y' RETURN \"it's\", `c``d` /* CREATE */")
    assert [token.text for token in found if token.kind in ("string", "quoted")] == [
        "`a b`",
        "'SET // y'",
        '"it\'s"',
        "`c``d`",
    ]
    assert "CREATE" not in [token.text for token in found]


def test_numbers_and_ranges() -> None:
    assert [token.text for token in tokens("1.5e-3 .5 1..3 *2.. 7")] == [
        "1.5e-3",
        ".5",
        "1",
        "..",
        "3",
        "*",
        "2",
        "..",
        "7",
    ]


@pytest.mark.parametrize(
    "text", ["RETURN 'a", 'RETURN "a', "RETURN `a", "RETURN (1", "RETURN 1)", "RETURN [1)", "RETURN \x00"]
)
def test_what_does_not_fit_together_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"line 1, column \d+"):
        grouped(text, tokens(text))


def test_a_place_counts_lines_and_columns_from_one() -> None:
    assert place("ab\ncd", 4) == "(line 2, column 2)"


def test_statements_end_with_a_semicolon_that_is_no_text() -> None:
    assert statements("RETURN ';'; RETURN 2;\nRETURN") == (["RETURN ';'", " RETURN 2"], "\nRETURN")
    assert statements("RETURN 'a; b") == ([], "RETURN 'a; b")
