"""A memory's symbols as small numbers, and batches of samples in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ..ids import Hashes, as_id, extend, seed, symbol_hashes
from ..stores.base import Ints
from .tokens import START, STOP, Tokenizer

__all__ = ["START_CODE", "STOP_CODE", "Batch", "Vocabulary", "encode"]

START_CODE, STOP_CODE = 0, 1
FEW = 50
"""Samples up to which a loop over symbols is faster than tables over all code points."""


@dataclass(slots=True)
class Vocabulary:
    """Symbols by code, with how often each was learned. Codes hold for one process; only symbols and ids are stored.

    A symbol that was unlearned keeps its code with count 0 and is no atom any more; so does the start symbol, always.
    """

    memory: str
    symbols: list[str] = field(default_factory=lambda: [START, STOP])
    codes: dict[str, int] = field(default_factory=lambda: {START: START_CODE, STOP: STOP_CODE})
    count: Ints = field(default_factory=lambda: np.zeros(2, np.int64))
    hashes: Hashes = field(default_factory=lambda: symbol_hashes([START, STOP]))

    def add(self, symbols: Sequence[str]) -> None:
        """Give codes to symbols that have none."""
        new = [symbol for symbol in dict.fromkeys(symbols) if symbol not in self.codes]
        if not new:
            return
        codes = self.codes | {symbol: len(self.symbols) + i for i, symbol in enumerate(new)}
        count = np.concatenate([self.count, np.zeros(len(new), np.int64)])
        hashes = np.concatenate([self.hashes, symbol_hashes(new)])
        # All at once: an interruption in between would give two symbols one code.
        self.codes, self.symbols, self.count, self.hashes = codes, [*self.symbols, *new], count, hashes

    @property
    def ids(self) -> Ints:
        """The ids of the atoms, by code."""
        return as_id(extend(np.full(len(self.hashes), seed(self.memory, "atom")), self.hashes))

    @property
    def atoms(self) -> Ints:
        """The codes of the symbols that the memory has learned, in an order that is the same in every process."""
        known = np.flatnonzero(self.count > 0)
        return np.asarray(known[np.argsort(self.hashes[known])])


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples, each start + symbols + stop, one behind the other in `codes`; sample i is codes[offsets[i]:offsets[i+1]].

    `spell(a, b)` is the text of codes[a:b].
    """

    codes: Ints
    offsets: Ints
    spell: Callable[[int, int], str]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def texts(self, begin: Ints, end: Ints) -> NDArray[np.object_]:
        """The texts of many stretches."""
        out = np.empty(len(begin), object)
        out[:] = [self.spell(a, b) for a, b in zip(begin.tolist(), end.tolist(), strict=True)]
        return out


def encode(tokenizer: Tokenizer, texts: Sequence[str], vocabulary: Vocabulary) -> Batch:
    """Texts of concepts (of samples: without the stop) as samples in codes.

    Symbols that are new get codes in the vocabulary (and a count of 0).
    """
    if tokenizer.name == "chars" and len(texts) > FEW:
        return _encode_chars(texts, vocabulary)
    samples = [*map(tokenizer.split, texts)]
    flat = list(chain.from_iterable((START, *sample, STOP) for sample in samples))
    vocabulary.add(flat)
    codes = np.fromiter(map(vocabulary.codes.__getitem__, flat), np.int64, len(flat))
    return Batch(codes, _offsets(map(len, samples), len(samples)), lambda a, b: tokenizer.join(flat[a:b]))


def _encode_chars(texts: Sequence[str], vocabulary: Vocabulary) -> Batch:
    # One pass of numpy over the code points: half of the learner's time would go into dict look-ups otherwise.
    flat = START + f"{STOP}{START}".join(texts) + STOP
    points = np.frombuffer(flat.encode("utf-32-le"), np.uint32)
    seen = np.zeros(0x110000, bool)
    seen[points] = True
    symbols = [chr(point) for point in np.flatnonzero(seen)]
    vocabulary.add(symbols)
    code_of = np.zeros(0x110000, np.int64)
    code_of[seen] = [vocabulary.codes[symbol] for symbol in symbols]
    return Batch(code_of[points], _offsets(map(len, texts), len(texts)), lambda a, b: flat[a:b])


def _offsets(lengths: map[int], count: int) -> Ints:
    return np.concatenate([[0], np.cumsum(np.fromiter(lengths, np.int64, count) + 2)])
