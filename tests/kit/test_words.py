"""Words are those of Unicode (UAX #29), whatever the script; whitespace is no symbol."""

from __future__ import annotations

import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from plasticdb.kit.unicode_words import RANGES
from plasticdb.kit.words import _by_classes, cut, written

BOUNDARY = regex.compile(r"(?wV1)\b")
"""The same rules by another hand."""


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("so it  goes.", ["so", "it", "goes", "."]),
        ("Don't pay 3.14, or 1,000!", ["Don't", "pay", "3.14", ",", "or", "1,000", "!"]),
        ("foo_bar(x)[0] != y", ["foo_bar", "(", "x", ")", "[", "0", "]", "!", "=", "y"]),
        ("हिन्दी में क्षत्रिय", ["हिन्दी", "में", "क्षत्रिय"]),
        ("cafe\u0301 café", ["cafe\u0301", "café"]),
        ("👩\u200d👩\u200d👧👍🏽 ❤\ufe0f", ["👩\u200d👩\u200d👧", "👍🏽", "❤\ufe0f"]),
        ("🇩🇪🇫🇷🇮", ["🇩🇪", "🇫🇷", "🇮"]),
        ("ภาษาไทย", ["ภ", "า", "ษ", "า", "ไ", "ท", "ย"]),
        ("צה\"ל ג'ירפה בג\u05b0\u05bc' 5", ['צה"ל', "ג'ירפה", "בג\u05b0\u05bc'", "5"]),
        ("カタカナ日本", ["カタカナ", "日", "本"]),
        ("a \u0301b", ["a", "\u0301", "b"]),
        ("1\u202f000\u00a0km\u2003x\u2028y\tz", ["1", "000", "km", "x", "y", "z"]),
        ("\u0301", ["\u0301"]),
        (" \u3000\t", []),
        ("", []),
    ],
)
def test_the_hard_cases(text: str, symbols: list[str]) -> None:
    assert cut(text) == symbols


ENDS = [int(end, 16) for ranges in RANGES.values() for part in ranges.split() for end in part.split("-")]
ASSIGNED = [chr(end) for end in ENDS if unicodedata.category(chr(end)) != "Cn"]
"""Characters at the ends of every range: of each class some, of each script some."""
characters = st.one_of(st.sampled_from(ASSIGNED), st.sampled_from("aA1_:.,;'\"-\u200d\u0301 "), st.characters())


@given(st.text(characters.filter(lambda c: not 0xD800 <= ord(c) < 0xE000), max_size=10))
def test_any_text_is_cut_as_another_implementation_does(text: str) -> None:
    # The narrow no-break space joins what it stands between, to Unicode; here it is whitespace as any other.
    text = text.replace("\u202f", " ")
    assert cut(text) == [part for word in BOUNDARY.split(text) for part in word.split()]


@given(st.text(st.one_of(st.sampled_from("aA1_.:,;'\"- "), st.characters(max_codepoint=127)), max_size=10))
def test_ascii_is_cut_by_the_same_rules(text: str) -> None:
    assert cut(text) == _by_classes(text)


@given(st.text(characters.filter(lambda c: not 0xD800 <= ord(c) < 0xE000), max_size=20))
def test_nothing_but_whitespace_is_lost(text: str) -> None:
    assert "".join(cut(text)) == "".join(text.split())
    assert all(cut(symbol) == [symbol] for symbol in cut(text))


@pytest.mark.parametrize(
    "text",
    [
        'He said, "well (now)".', "¿Qué? ¡Ya! It\u2019s 3.14 € or 5%.", "a well-known (very) case; see [1]: x/y", "日本語です。",
    ],
)  # fmt: skip
def test_what_is_generated_is_spaced_as_one_would(text: str) -> None:
    symbols = cut(text)
    assert written(symbols) == text
    assert written(symbols[:2]) + written(symbols[2:], symbols[:2]) == text, "whatever of it was there before"
