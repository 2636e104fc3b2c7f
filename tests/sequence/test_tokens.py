"""Tokenizers: symbols and back, without two lists of symbols ever having one text."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plasticdb import BadInput
from plasticdb.sequence.tokens import TOKENIZERS, tokenizer

letters = st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="␂␃")
texts = st.text(letters, max_size=20)
symbols = st.lists(st.text(st.sampled_from("ab \\␟é"), min_size=1, max_size=4), max_size=5)
forms = st.sampled_from([None, "NFC", "NFKC"])


@given(st.sampled_from(["chars", "words", "bytes"]), texts, forms, st.booleans())
def test_a_text_is_its_symbols(name: str, text: str, form: str | None, lower: bool) -> None:
    cut = tokenizer(name, *((form, lower) if name != "bytes" else ()))
    payload = cut.payload(text)
    encoded = cut.encode(payload)
    assert cut.split(cut.join(encoded)) == encoded
    assert cut.text(payload) == cut.join(encoded)
    assert cut.payload(cut.sample(payload)) == payload, "what is kept may be given again"


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_bytes_are_bytes(one: bytes, other: bytes) -> None:
    cut = tokenizer("bytes")
    payload = cut.payload(one)
    assert payload.isprintable() or payload.isascii() or payload == one.decode()
    assert cut.sample(payload) == one
    assert len(cut.encode(payload)) == len(one)
    assert cut.split(cut.text(payload)) == cut.encode(payload)
    assert (cut.text(payload) == cut.text(cut.payload(other))) == (one == other)
    assert (payload == cut.payload(other)) == (one == other)


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


def test_texts_are_tidied_first() -> None:
    given = "Cafe\u0301 ﬁn İ"
    assert tokenizer("chars", "NFC").payload(given) == "Café ﬁn İ"
    assert tokenizer("words", "NFKC").payload(given) == "Café fin İ"
    assert tokenizer("words", "NFC", True).payload(given) == "café ﬁn i\u0307"
    assert tokenizer("symbols", "NFKC", True).payload(["ﬁ", "É"]) == '["fi", "é"]'


@given(st.text(st.characters(exclude_categories=["Cs"])), forms, st.booleans())
def test_what_is_tidy_stays_as_it_is(text: str, form: str | None, lower: bool) -> None:
    tidy = tokenizer("words", form, lower).tidy
    assert tidy(tidy(text)) == tidy(text)
    assert not form or unicodedata.is_normalized(form, tidy(text))  # type: ignore[arg-type]


def test_a_text_that_is_no_text_to_the_bytes_is_kept_by_its_symbols() -> None:
    cut = tokenizer("bytes")
    assert cut.payload("café C:\\temp") == "café C:\\temp"
    assert cut.payload(b"caf\xe9 C:\\temp\x00") == "␂caf\\xe9 C:\\\\temp\\x00"
    assert cut.payload(b"\xe2\x90\x82") == "␂\\xe2\\x90\\x82", "the mark of a start is three bytes as any other"
    assert cut.payload("caf\udce9") == cut.payload(b"caf\xe9"), "as Python reads an operating system's bytes"


@pytest.mark.parametrize(
    ("sample", "shown"),
    [("café C:\\temp", "café C:\\temp"), (b"caf\xe9", "caf\\xe9"), (b"a\x00b\n\tc", "a\\x00b\\x0a\tc")],
)
def test_bytes_are_shown_as_text_where_they_are_text(sample: Any, shown: str) -> None:
    cut = tokenizer("bytes")
    assert cut.shown(cut.payload(sample)) == shown
    assert cut.edge("␂" + cut.text(cut.payload(sample)) + "␃") == f"␂{shown}␃"


@pytest.mark.parametrize(
    ("name", "prompt", "symbols", "completed"),
    [
        ("chars", "em", ["m", "a"], "emma"),
        ("words", "so  it", ["goes", "."], "so  it goes."),
        ("words", "so  it ", ["goes", "."], "so  it goes."),
        ("words", "", ["so", ",", "yes"], "so, yes"),
        ("words", "so it goes.", [], "so it goes."),
        ("words", "He said \"so", ["\"", "."], "He said \"so\"."),
        ("bytes", "caf", ["\\xc3", "\\xa9", " ", "\\\\"], "café \\"),
        ("bytes", "caf", ["\\xe9"], "caf\\xe9"),
        ("bytes", b"caf", ["\\xe9", "\\x00"], b"caf\xe9\x00"),
        ("symbols", ["add to cart"], ["pay now"], ["add to cart", "pay now"]),
    ],
)  # fmt: skip
def test_a_completion_is_the_prompt_as_it_was_given_and_what_follows(
    name: str, prompt: Any, symbols: list[str], completed: object
) -> None:
    assert tokenizer(name).completed(prompt, symbols) == completed


@pytest.mark.parametrize("text", ["a\x00", "a\nb", "\x1b[0m", "a␃", "␂", "\x85", "\udc80"])
def test_control_characters_and_the_marks_of_start_and_stop_are_refused(text: str) -> None:
    for name, sample in (("chars", text), ("words", text), ("symbols", ["a", text])):
        with pytest.raises(BadInput, match=r"holds the character U\+[0-9A-F]{4}"):
            tokenizer(name).payload(sample)


def test_the_wrong_kind_of_sample_is_refused() -> None:
    with pytest.raises(BadInput, match='needs the tokenizer "symbols"'):
        tokenizer("chars").payload(["a"])
    with pytest.raises(BadInput, match='bytes; decode it, or take the tokenizer "bytes"'):
        tokenizer("words").payload(b"a")
    with pytest.raises(BadInput, match="takes a list of texts a sample"):
        tokenizer("symbols").payload("a")
    with pytest.raises(BadInput, match="a symbol must be a text, not 1"):
        tokenizer("symbols").payload(["a", 1])  # type: ignore[list-item]
    with pytest.raises(BadInput, match="a symbol is empty"):
        tokenizer("symbols").payload(["a", ""])
    with pytest.raises(BadInput, match=r"holds the character U\+D83D, which is not text"):
        tokenizer("bytes").payload("\ud83d")
    for name in TOKENIZERS:
        for sample in (None, 7, 1.5):
            with pytest.raises(BadInput, match="sample"):
                tokenizer(name).payload(sample)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="unknown tokenizer 'x'; choose one of chars, words, bytes, symbols"):
        tokenizer("x")
