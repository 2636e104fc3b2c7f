"""A memory's symbols as small numbers, and batches of samples in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kit.ids import Hashes, as_id, extend, seed, symbol_hashes
from ..kit.tables import Ints
from .tokens import START, STOP, Tokenizer

__all__ = ["START_CODE", "STOP_CODE", "Batch", "Vocabulary", "encode"]

START_CODE, STOP_CODE = 0, 1
FEW = 50
"""Samples up to which a loop over symbols is faster than tables over all code points."""


@dataclass(frozen=True, slots=True)
class _Numbers:
    """What is known of each symbol, by code; `hashes` only where it is `hashed`."""

    count: Ints
    ids: Ints
    hashes: Hashes
    hashed: NDArray[np.bool_]


@dataclass(slots=True)
class Vocabulary:
    """Symbols by code, with how often each was learned. Codes hold for one process; only symbols and ids are stored.

    A symbol that was unlearned keeps its code with count 0 and is no atom any more; so does the start symbol, always.

    `numbers` says how many symbols there are: what an interrupted `add` left in `symbols` and `codes` beyond is nothing.
    A stored symbol is hashed when it is needed: a prediction needs few of a million.
    """

    memory: str
    symbols: list[str] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)
    numbers: _Numbers = field(init=False)
    orders: dict[str, tuple[_Numbers, Ints]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        none = np.empty(0, np.int64)
        self.numbers = _Numbers(none, none, none.astype(np.uint64), none.astype(bool))
        self.add([START, STOP])

    def add(self, symbols: Iterable[str]) -> None:
        """Give codes to symbols that have none."""
        size = self._tidy()
        new = [symbol for symbol in dict.fromkeys(symbols) if symbol not in self.codes]
        if new:
            hashes = symbol_hashes(new)
            zeros, known = np.zeros(len(new), np.int64), np.ones(len(new), bool)
            self._append(size, new, _Numbers(zeros, self._ids(hashes), hashes, known))

    def load(self, symbols: list[str], ids: Ints, count: Ints) -> None:
        """Take in what is stored: symbols that are not here yet, but for the stop."""
        size = self._tidy()
        if STOP in symbols:
            at = symbols.index(STOP)
            counts = self.numbers.count.copy()
            counts[STOP_CODE] = count[at]
            self.counted(counts)
            symbols = [*symbols[:at], *symbols[at + 1 :]]
            ids, count = np.delete(ids, at), np.delete(count, at)
        no = np.zeros(len(symbols), np.uint64)
        self._append(size, symbols, _Numbers(count, ids, no, no.astype(bool)))

    def _tidy(self) -> int:
        size = len(self.numbers.count)
        if len(self.symbols) > size:
            for symbol in self.symbols[size:]:
                self.codes.pop(symbol, None)
            del self.symbols[size:]
        return size

    def _append(self, size: int, symbols: list[str], more: _Numbers) -> None:
        # The numbers last, at once: whatever interrupts this before, nothing was added.
        old = self.numbers
        numbers = _Numbers(
            np.concatenate([old.count, more.count]),
            np.concatenate([old.ids, more.ids]),
            np.concatenate([old.hashes, more.hashes]),
            np.concatenate([old.hashed, more.hashed]),
        )
        self.symbols += symbols
        self.codes.update(zip(symbols, range(size, size + len(symbols)), strict=True))
        self.numbers = numbers

    def _ids(self, hashes: Hashes) -> Ints:
        return as_id(extend(np.full(len(hashes), seed(self.memory, "atom")), hashes))

    def counted(self, count: Ints) -> None:
        """Set how often each symbol was learned."""
        self.numbers = replace(self.numbers, count=count)

    @property
    def count(self) -> Ints:
        """How often each symbol was learned, by code."""
        return self.numbers.count

    @property
    def ids(self) -> Ints:
        """The ids of the atoms, by code."""
        return self.numbers.ids

    def codes_of(self, ids: Ints) -> Ints:
        """The codes of atoms."""
        order = np.argsort(self.ids)
        return np.asarray(order[np.searchsorted(self.ids, ids, sorter=order)])

    def hashes(self, codes: Ints) -> Hashes:
        """The hashes of symbols."""
        numbers = self.numbers
        if not numbers.hashed[codes].all():
            wanted = np.zeros(len(numbers.hashed), bool)  # np.unique imports more than a first prediction takes
            wanted[codes] = True
            missing = np.flatnonzero(wanted & ~numbers.hashed)
            numbers.hashes[missing] = symbol_hashes([self.symbols[code] for code in missing.tolist()])
            numbers.hashed[missing] = True
        return numbers.hashes[codes]

    @property
    def known(self) -> Ints:
        """The codes of the symbols that the memory has learned, in the order of their ids."""
        return self._sorted("known", lambda codes: self.ids[codes])

    @property
    def atoms(self) -> Ints:
        """The same in the order of their hashes: what is drawn by chance goes by it, as it always did."""
        return self._sorted("atoms", self.hashes)

    def _sorted(self, how: str, by: Callable[[Ints], NDArray[Any]]) -> Ints:
        # Each prediction asks for it: of a hundred thousand words sorting would take longer than the rest.
        numbers, codes = self.orders.get(how, (None, None))
        if codes is None or numbers is not self.numbers:
            codes = np.flatnonzero(self.count > 0)
            codes = codes[np.argsort(by(codes))]
            self.orders[how] = self.numbers, codes
        return codes


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples, each start + symbols + stop, one behind the other in `codes`; sample i is codes[offsets[i]:offsets[i+1]].

    `spell(a, b)` is the text of codes[a:b]; `between` stands between two texts that are one.
    """

    codes: Ints
    offsets: Ints
    spell: Callable[[int, int], str]
    between: str = ""

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def texts(self, begin: Ints, end: Ints) -> NDArray[np.object_]:
        """The texts of many stretches."""
        out = np.empty(len(begin), object)
        out[:] = [self.spell(a, b) for a, b in zip(begin.tolist(), end.tolist(), strict=True)]
        return out

    def before(self, other: Batch) -> Batch:
        """These samples and others behind them."""
        many = len(self.codes)

        def spell(a: int, b: int) -> str:
            return self.spell(a, b) if b <= many else other.spell(a - many, b - many)

        codes = np.concatenate([self.codes, other.codes])
        return Batch(codes, np.concatenate([self.offsets, other.offsets[1:] + many]), spell, self.between)


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
    offsets, between = _offsets(map(len, samples), len(samples)), tokenizer.join(["", ""])
    return Batch(codes, offsets, lambda a, b: tokenizer.join(flat[a:b]), between)


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
