"""Tokenizers: symbols and back, without two lists of symbols ever having one text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plasticdb import BadInput
from plasticdb.sequence.tokens import TOKENIZERS, tokenizer

letters = st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="␂␃")
texts = st.text(letters, max_size=20)
symbols = st.lists(st.text(st.sampled_from("ab \\␟é"), min_size=1, max_size=4), max_size=5)


@given(st.sampled_from(["chars", "words", "bytes"]), texts)
def test_a_text_is_its_symbols(name: str, text: str) -> None:
    cut = tokenizer(name)
    encoded = cut.encode(cut.payload(text))
    assert cut.split(cut.join(encoded)) == encoded


@given(symbols, symbols)
def test_symbols_of_any_kind_can_be_joined_and_split(one: list[str], other: list[str]) -> None:
    cut = tokenizer("symbols")
    assert cut.encode(cut.payload(one)) == one
    assert cut.split(cut.join(one)) == one
    assert (cut.join(one) == cut.join(other)) == (one == other)


def test_the_tokenizers_cut_as_their_names_say() -> None:
    assert {name: TOKENIZERS[name].encode("It's é.") for name in ("chars", "words", "bytes")} == {
        "chars": list("It's é."),
        "words": ["It's", "é", "."],
        "bytes": [*"It's ", "\\xc3", "\\xa9", "."],
    }


@pytest.mark.parametrize("text", ["a\x00", "a\nb", "\x1b[0m", "a␃", "␂", "\x85", "\udc80"])
def test_control_characters_and_the_marks_of_start_and_stop_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"holds the character U\+[0-9A-F]{4}"):
        tokenizer("chars").payload(text)


def test_the_wrong_kind_of_sample_is_refused() -> None:
    with pytest.raises(BadInput, match='needs "symbols"'):
        tokenizer("chars").payload(["a"])
    with pytest.raises(BadInput, match="takes a list of texts a sample"):
        tokenizer("symbols").payload("a")
    with pytest.raises(BadInput, match="a symbol is empty"):
        tokenizer("symbols").payload(["a", ""])
    with pytest.raises(BadInput, match='there is no tokenizer "x"; take one of chars, words, bytes, symbols'):
        tokenizer("x")
