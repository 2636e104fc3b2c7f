"""From a sample to its symbols and back: the tokenizers, and what a sample may not contain.

Three texts must not be confused. The journal keeps a sample's *payload*. A concept's text is its symbols, *joined*: no
two lists of symbols have one. What people read of either is *shown*.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from unicodedata import normalize

from ..checks import shown
from ..errors import BadInput
from ..files.control import CONTROL
from ..kit import words
from ..kit.spelling import PLAIN, Spelling, content

__all__ = ["FORMS", "START", "STOP", "TOKENIZERS", "Sample", "Tokenizer", "tokenizer"]

START, STOP = "␂", "␃"
"""The symbols that open and close every sample. They cannot occur inside one."""
FORMS = ("NFC", "NFKC")
"""The normal forms of Unicode that a memory may bring texts into."""

Sample = str | bytes | Sequence[str]
"""A text, bytes (tokenizer `bytes`), or the caller's own symbols (tokenizer `symbols`)."""


def _same(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """How a memory cuts samples into symbols.

    encode:   a payload -> its symbols.
    join:     symbols -> the text of a concept.
    split:    the text of a concept -> its symbols.
    keep:     a sample -> what the journal keeps of it; raises BadInput where this tokenizer takes no such sample.
    sample:   a payload -> the sample, as it would be given again.
    show:     symbols -> a text for people.
    spelling: which payloads are one sample: those with the same symbols. Its text is that of the concept.
    size:     how many symbols a payload has.
    tidy:     what becomes of every text before it is kept.
    """

    name: str
    encode: Callable[[str], list[str]]
    join: Callable[[Sequence[str]], str]
    split: Callable[[str], list[str]]
    keep: Callable[[Any, Callable[[str], str]], str]
    sample: Callable[[str], Any]
    show: Callable[[Sequence[str]], str]
    spelling: Spelling
    size: Callable[[str], int]
    tidy: Callable[[str], str] = _same

    @property
    def spells(self) -> bool:
        """Whether its symbols are texts of any length, of which there can always be another."""
        return self.name in ("words", "symbols")

    def payload(self, sample: Sample) -> str:
        """What the journal keeps of a sample, checked; raises BadInput with the reason."""
        return self.keep(sample, self.tidy)

    def plain(self, samples: list[Any]) -> bool:
        """Whether all samples are texts that are kept as they are; it looks at all at once, and may say no for want of a look."""
        if self.keep is not _keep_text or self.tidy is not _same or set(map(type, samples)) != {str}:
            return False
        return CONTROL.search("".join(samples)) is None

    def measured(self, payload: str) -> tuple[int, int | None]:
        """The symbols of a sample, with its stop; and the hash to find it by, where that is not of its payload."""
        if self.spelling.by_text:
            symbols = self.encode(payload)
            return len(symbols) + 1, content(self.join(symbols))
        return self.size(payload) + 1, None

    def text(self, payload: str) -> str:
        """The text of a sample's concept (without its stop)."""
        return self.spelling.text(payload)

    def shown(self, payload: str) -> str:
        """A payload as a person would read it."""
        return self.show(self.encode(payload)) if self.name == "bytes" else payload

    def edge(self, text: str, begin: int = 0) -> str:
        """The text of a concept, from a symbol on, as a person would read it."""
        symbols = self.split(text)[begin:]
        return self.show(symbols) if symbols else ""

    def completed(self, prompt: Sample, symbols: Sequence[str]) -> Any:
        """A prompt, as it was given, and symbols behind it: a text, bytes where those were given, or a list of symbols."""
        if self.name == "symbols":
            return [*prompt, *symbols]
        if self.name == "bytes":
            said = _as_bytes(prompt) + _bytes_of(symbols)
            return said if isinstance(prompt, bytes) else _readable(said)
        assert isinstance(prompt, str)
        if self.name == "words":
            gap = words.written(symbols, self.encode(self.payload(prompt)))
            return prompt + (gap.lstrip() if prompt[-1:].isspace() else gap)
        return prompt + self.join(symbols)


# Texts


def _keep_text(sample: Sample, tidy: Callable[[str], str]) -> str:
    if isinstance(sample, str):
        return _without_control(tidy(sample))
    if isinstance(sample, bytes):
        raise BadInput('a sample is bytes; decode it, or take the tokenizer "bytes"')
    raise BadInput(f'a sample must be a text, not {_kind(sample)}; a list of symbols needs the tokenizer "symbols"')


def _without_control(text: str) -> str:
    found = CONTROL.search(text)
    if found is not None:
        raise BadInput(
            f"a sample holds the character U+{ord(found[0]):04X}, which a memory does not take; remove it, "
            "or give --strip-control"
        )
    return text


def _kind(sample: object) -> str:
    return f"a {type(sample).__name__}" if sample is not None else "None"


def _tidy(form: str | None, lower: bool) -> Callable[[str], str]:
    """Texts in a normal form, or in lower case. Done to what is tidy already it changes nothing."""

    def once(text: str) -> str:
        text = normalize(form, text) if form else text  # type: ignore[arg-type]
        return text.lower() if lower else text

    def until_it_stays(text: str) -> str:
        while (tidy := once(text)) != text:  # what was made lower can be in another form again
            text = tidy
        return text

    return until_it_stays if form or lower else _same


# Words


def _split_words(text: str) -> list[str]:
    return text.split(" ") if text else []


# Bytes: a symbol is a byte, by its ASCII character or as \xhh.

_BYTE = re.compile(r"\\x..|\\\\|.", re.DOTALL)
_NO_TEXT = START
"""What the payload of a sample begins with that is kept as its symbols, since it is no text: a text never does."""


def _byte(value: int) -> str:
    return "\\\\" if value == 0x5C else chr(value) if 0x20 <= value < 0x7F else f"\\x{value:02x}"


_BYTES = [_byte(value) for value in range(256)]
_VALUES = {symbol: bytes([value]) for value, symbol in enumerate(_BYTES)} | {s: s.encode() for s in (START, STOP)}


def _as_bytes(sample: Any) -> bytes:
    if isinstance(sample, bytes | bytearray | memoryview):
        return bytes(sample)
    if not isinstance(sample, str):
        raise BadInput(
            f'tokenizer "bytes" takes bytes or a text a sample, not {_kind(sample)}; a list of symbols needs the tokenizer '
            '"symbols"'
        )
    try:
        return sample.encode("utf-8", "surrogateescape")  # so an operating system's bytes come in Python's texts
    except UnicodeEncodeError as error:
        raise BadInput(
            f"a sample holds the character U+{ord(sample[error.start]):04X}, which is not text; give it as bytes"
        ) from None


def _keep_bytes(sample: Any, _: Callable[[str], str]) -> str:
    given = _as_bytes(sample)
    try:
        text = given.decode()
        if CONTROL.search(text) is None:
            return text
    except UnicodeDecodeError:
        pass
    return _NO_TEXT + "".join(_BYTES[value] for value in given)


def _bytes_sample(payload: str) -> bytes:
    return _bytes_of(_BYTE.findall(payload[1:])) if payload.startswith(_NO_TEXT) else payload.encode()


def _encode_bytes(payload: str) -> list[str]:
    return [_BYTES[value] for value in _bytes_sample(payload)]


def _bytes_of(symbols: Sequence[str]) -> bytes:
    return b"".join(_VALUES[symbol] for symbol in symbols)


def _readable(said: bytes) -> str:
    """Bytes as text where they are UTF-8, and with escapes where they are not, or are control characters."""
    text = said.decode("utf-8", "backslashreplace")
    return re.sub(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]", lambda found: f"\\x{ord(found[0]):02x}", text)


# Symbols


def _keep_symbols(sample: Any, tidy: Callable[[str], str]) -> str:
    if isinstance(sample, str | bytes) or not isinstance(sample, Iterable):
        raise BadInput(
            f'tokenizer "symbols" takes a list of texts a sample, such as ["open", "close"], not {_kind(sample)}'
        )
    symbols = list(sample)
    if odd := [symbol for symbol in symbols if not isinstance(symbol, str)]:
        raise BadInput(
            f'a symbol must be a text, not {shown(odd[0])}; tokenizer "symbols" takes a list of texts a sample'
        )
    symbols = [tidy(symbol) for symbol in symbols]
    if not all(symbols):
        raise BadInput("a symbol is empty; give every symbol at least one character")
    _without_control("".join(symbols))
    return _list(symbols)


def _list(symbols: Sequence[str]) -> str:
    return json.dumps(list(symbols), ensure_ascii=False)


def _encode_symbols(payload: str) -> list[str]:
    return [str(symbol) for symbol in json.loads(payload)]


_SPACE = re.compile(r"(?<!\\)((?:\\\\)*) ")


def _join_symbols(symbols: Sequence[str]) -> str:
    return " ".join(symbol.replace("\\", "\\\\").replace(" ", "\\ ") for symbol in symbols)


def _split_symbols(text: str) -> list[str]:
    # A space ends a symbol unless an odd number of backslashes stands before it.
    parts = _SPACE.sub("\\1\n", text).split("\n") if text else []
    return [re.sub(r"\\(.)", r"\1", part) for part in parts]


TOKENIZERS = {
    "chars": Tokenizer("chars", list, "".join, list, _keep_text, _same, "".join, PLAIN, len),
    "words": Tokenizer(
        "words", words.cut, " ".join, _split_words, _keep_text, _same, " ".join,
        Spelling(lambda payload: " ".join(words.cut(payload)), by_text=True), lambda payload: len(words.cut(payload)),
    ),
    "bytes": Tokenizer(
        "bytes", _encode_bytes, "".join, _BYTE.findall, _keep_bytes, _bytes_sample, lambda s: _readable(_bytes_of(s)),
        Spelling(lambda payload: "".join(_encode_bytes(payload))), lambda payload: len(_bytes_sample(payload)),
    ),
    "symbols": Tokenizer(
        "symbols", _encode_symbols, _join_symbols, _split_symbols, _keep_symbols, _encode_symbols, _list,
        Spelling(lambda payload: _join_symbols(_encode_symbols(payload))), lambda payload: len(_encode_symbols(payload)),
    ),
}  # fmt: skip


@cache
def tokenizer(name: str, normalize: str | None = None, lower: bool = False) -> Tokenizer:
    """The tokenizer of a name. normalize, lower: what becomes of a text first.

    >>> tokenizer("words").encode("so it goes.")
    ['so', 'it', 'goes', '.']
    """
    try:
        found = TOKENIZERS[name]
    except KeyError:
        raise BadInput(f"unknown tokenizer {name!r}; choose one of {', '.join(TOKENIZERS)}") from None
    return replace(found, tidy=_tidy(normalize, lower))
