"""From a sample to its symbols and back: the tokenizers, and what a sample may not contain."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..errors import BadInput

__all__ = ["START", "STOP", "TOKENIZERS", "Sample", "Tokenizer", "tokenizer"]

START, STOP = "␂", "␃"
"""The symbols that open and close every sample. They cannot occur inside one."""

Sample = str | Sequence[str]
"""A text, or the caller's own symbols (tokenizer `symbols`)."""

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff␂␃]")


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """How a memory cuts samples into symbols.

    encode: a payload (what the journal keeps of a sample) -> its symbols.
    join:   symbols -> the text of a concept. No two lists of symbols have one text.
    split:  the text of a concept -> its symbols.
    """

    name: str
    encode: Callable[[str], list[str]]
    join: Callable[[Sequence[str]], str]
    split: Callable[[str], list[str]]

    def payload(self, sample: Sample) -> str:
        """What the journal keeps of a sample, checked; raises BadInput with the reason."""
        if self.name == "symbols":
            if isinstance(sample, str) or not all(isinstance(symbol, str) for symbol in sample):
                raise BadInput('tokenizer "symbols" takes a list of texts a sample, such as ["open", "close"]')
            if not all(sample):
                raise BadInput("a symbol is empty; give every symbol at least one character")
            payload, written = json.dumps(list(sample), ensure_ascii=False), "".join(sample)
        elif isinstance(sample, str):
            payload = written = sample
        else:
            raise BadInput(f'tokenizer "{self.name}" takes a text a sample; a list of symbols needs "symbols"')
        found = _CONTROL.search(written)
        if found is not None:
            raise BadInput(
                f"a sample holds the character U+{ord(found[0]):04X}, which a memory does not take; remove it"
            )
        return payload

    def shown(self, payload: str) -> str:
        """A payload as a person would read it."""
        return self.join(self.encode(payload)) if self.name == "symbols" else payload


_BYTE = re.compile(r"\\x..|\\\\|.", re.DOTALL)
_SPACE = re.compile(r"(?<!\\)((?:\\\\)*) ")


def _byte(value: int) -> str:
    return "\\\\" if value == 0x5C else chr(value) if 0x20 <= value < 0x7F else f"\\x{value:02x}"


_BYTES = [_byte(value) for value in range(256)]


def _encode_bytes(payload: str) -> list[str]:
    return [_BYTES[value] for value in payload.encode()]


def _encode_symbols(payload: str) -> list[str]:
    return [str(symbol) for symbol in json.loads(payload)]


def _join_symbols(symbols: Sequence[str]) -> str:
    return " ".join(symbol.replace("\\", "\\\\").replace(" ", "\\ ") for symbol in symbols)


def _split_symbols(text: str) -> list[str]:
    # A space ends a symbol unless an odd number of backslashes stands before it.
    parts = _SPACE.sub("\\1\n", text).split("\n") if text else []
    return [re.sub(r"\\(.)", r"\1", part) for part in parts]


TOKENIZERS = {
    "chars": Tokenizer("chars", list, "".join, list),
    "words": Tokenizer("words", re.compile(r"\w+|[^\w\s]").findall, " ".join, str.split),
    "bytes": Tokenizer("bytes", _encode_bytes, "".join, _BYTE.findall),
    "symbols": Tokenizer("symbols", _encode_symbols, _join_symbols, _split_symbols),
}


def tokenizer(name: str) -> Tokenizer:
    """The tokenizer of a name.

    >>> tokenizer("words").encode("so it goes.")
    ['so', 'it', 'goes', '.']
    """
    try:
        return TOKENIZERS[name]
    except KeyError:
        raise BadInput(f'there is no tokenizer "{name}"; take one of {", ".join(TOKENIZERS)}') from None
