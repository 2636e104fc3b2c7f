"""Words as Unicode has them (UAX #29): cutting a text into words and punctuation, and writing such symbols as a text.

A combining mark stays with its letter, an emoji is one symbol, `don't` and `3.14` are one word; what is written without
spaces and would need a dictionary (Thai, Chinese) comes a character at a time. Whitespace is no symbol.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from unicodedata import category

import numpy as np

from .unicode_words import EDITION, RANGES

__all__ = ["EDITION", "cut", "written"]

# A text is cut by the classes of its characters, a letter each:
# L letter (l: also a picture), H Hebrew letter, N digit, K katakana, X connector such as _, E mark (J: the joiner ZWJ),
# M B Q between letters (: . '), D B Q between digits (, . '), O double quote, R half of a flag, P picture, S space, o other.
_E = r"[EJ]*+"  # WB4: marks belong to what is before them
_LETTER = rf"[Ll]{_E}(?:[MBQ]{_E}(?=[LlH]))?"  # WB5 to WB7
_HEBREW = rf"H{_E}(?!Q{_E}(?![LlHEJ]))(?:[MBQ]{_E}(?=[LlH])|O{_E}(?=H))?"  # and WB7b, WB7c
_LAST_HEBREW = rf"H{_E}Q{_E}"  # WB7a: nothing follows such a quote
_DIGIT = rf"N{_E}(?:[DBQ]{_E}(?=N))?"  # WB8 to WB12
_WORD = rf"(?:{_LETTER}|{_HEBREW}|{_DIGIT})"
_KATAKANA = rf"(?:K{_E})++"  # WB13
_JOINED = rf"(?:X{_E})++"  # WB13a, WB13b
_RUN = rf"(?=[LlHNKX])(?:{_JOINED})?+(?:(?:{_WORD}++|{_KATAKANA}){_JOINED})*(?:{_WORD}*+{_LAST_HEBREW}|{_WORD}++|{_KATAKANA})?"
_FLAG = rf"R{_E}R{_E}"  # WB15, WB16
_PART = rf"(?:{_RUN}|{_FLAG}|[^S]{_E})"  # WB999
_SYMBOL = re.compile(rf"{_PART}(?:(?<=J)(?=[lP]){_PART})*".encode())  # WB3c: a joiner takes the next picture along
_ASCII = re.compile(
    r"(?:[A-Za-z]++(?:[:.'](?=[A-Za-z]))?|[0-9]++(?:[,;.'](?=[0-9]))?|_++)++|[^\t-\r\x1c-\x20]", re.ASCII
)
"""What is left of these rules for texts of ASCII, in the characters themselves: many times as fast."""


def cut(text: str) -> list[str]:
    """The words and the punctuation of a text.

    >>> cut("Don't pay 3.14 (or less)!")
    ["Don't", 'pay', '3.14', '(', 'or', 'less', ')', '!']
    """
    return _ASCII.findall(text) if text.isascii() else _by_classes(text)


def _by_classes(text: str) -> list[str]:
    classes = _classes()[np.frombuffer(text.encode("utf-32-le"), np.uint32)].tobytes()
    return [text[slice(*found.span())] for found in _SYMBOL.finditer(classes)]


@cache
def _classes() -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """The class of every code point."""
    table = np.full(0x110000, ord("o"), np.uint8)
    for name, ranges in RANGES.items():
        for part in ranges.split():
            first, _, last = part.partition("-")
            table[int(first, 16) : int(last or first, 16) + 1] = ord(name)
    return table


_CLOSES = frozenset(".,;:!?%…")
_OPENS = frozenset("¿¡#@")
_HUGS = frozenset("-/\u2019")
_QUOTES = frozenset("\"'")
# Han, kana, Thai, Lao, Tibetan, Burmese, Khmer and the punctuation that goes with them.
_UNSPACED = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")


def written(symbols: Sequence[str], before: Sequence[str] = ()) -> str:
    """Symbols as one would write them, behind the symbols `before`. Spacing is not learned: this is a rule of thumb.

    >>> written(["He", "said", ",", '"', "well", "(", "now", ")", '"', "."])
    'He said, "well (now)".'
    """
    return "".join(_spaced([*before, *symbols]))[len("".join(_spaced(before))) :]


def _spaced(symbols: Sequence[str]) -> Iterator[str]:
    open_quotes: set[str] = set()
    last, hugs = "", True
    for symbol in symbols:
        first = symbol[0]
        quote = symbol if symbol in _QUOTES else ""
        closes = first in _CLOSES or category(first) in ("Pe", "Pf") or quote in open_quotes
        together = closes or first in _HUGS or (_UNSPACED.match(first) and _UNSPACED.match(last))
        yield symbol if hugs or together else f" {symbol}"
        opens = symbol in _OPENS or category(symbol[-1]) in ("Ps", "Pi") or (quote and quote not in open_quotes)
        hugs = bool(opens) or symbol in _HUGS
        open_quotes ^= {quote} - {""}
        last = symbol[-1]
