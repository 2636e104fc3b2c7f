"""What is taken out of a text, so that a memory takes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plasticdb.files.control import without_control
from plasticdb.sequence.tokens import tokenizer


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("plain text, caf\u00e9, \U0001f600", "plain text, caf\u00e9, \U0001f600"),
        ("a\tb", "a\tb"),
        ("\x1b[1;31merror\x1b[0m", "error"),
        ("\x1b]0;a title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPsomething\x1b\\text", "text"),
        ("\x9b2Jtext", "text"),
        ("a\r\nb", "a b"),
        ("\x0ca\x0cb\n", "a b"),
        ("\x00\x07\x7f\x85", ""),
        ("\x1b", ""),
        ("\u2402a\u2403", "a"),
    ],
)
def test_what_is_left(text: str, left: str) -> None:
    assert without_control(text) == left


def test_bytes_and_symbols() -> None:
    assert without_control(b"\x1b[31mr\xff\xe9d\x1b[0m\x00") == b"r\xff\xe9d"
    assert without_control(["a\x00", "\x07", "b"]) == ["a", "b"]


@given(st.text(st.characters(codec="utf-8") | st.sampled_from("\x1b[]0m\x07\n\x9b\u2402"), max_size=30))
def test_what_is_left_is_taken(text: str) -> None:
    left = without_control(text)
    assert isinstance(left, str)
    assert tokenizer("chars").payload(left) == left == without_control(left)
