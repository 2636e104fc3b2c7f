"""Asking the memory what comes next: who speaks about histories, and predict."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import NothingLearned
from ..kit.plasticity import Floats
from ..kit.rows import Rows
from ..kit.tables import Ints
from ..memory.display import Predictions
from ..memory.requests import Asking
from . import contexts
from .interpolation import Speakers, combine, spread
from .tokens import Tokenizer
from .views import Level, Views, chains
from .vocabulary import Batch, Vocabulary, encode
from .working_set import SequenceWorkingSet

__all__ = ["CELLS", "Listened", "columns", "distributions", "listen", "predict", "vocabulary"]

CELLS = 2_000_000
"""Probabilities that are held at a time."""


@dataclass(frozen=True, slots=True)
class Listened:
    """The contexts of n histories: all of them as rows, what they say, and for each chain which of them speak, [d, n]
    (-1: none).

    Of those chains alone that speak for any of them; `speaks`: for which. `levels`: what each chain was made of.
    """

    contexts: Rows
    speakers: Speakers
    chains: list[Ints]
    speaks: list[NDArray[np.bool_]]
    levels: list[list[Level]]

    def of(self, some: Ints) -> tuple[list[Ints], list[NDArray[np.bool_]]]:
        """`chains` and `speaks` for some of the histories."""
        return [row[:, some] for row in self.chains], [speaks[some] for speaks in self.speaks]


def listen(
    cache: SequenceWorkingSet, batch: Batch, views: Views, target: Ints, at: Ints | None = None
) -> Asking[Listened]:
    """The contexts before the symbols at `target` (sorted indices into batch.codes); `at`: see `views.chains`."""
    levels = chains(batch, cache.vocabulary, views, target, at)
    described, rank = contexts.ordered(batch, levels)
    rows = yield from cache.get_contexts(described)
    speakers = Speakers.of(rows, described.r_level())
    there = (rows.columns["count"] > 0) | (np.diff(rows.start) > 0)
    rank[~there[rank]] = -1
    offset = 0
    heard = Listened(rows, speakers, [], [], [])
    for chain in levels:
        row = np.full((len(chain), len(target)), -1)
        for depth, level in enumerate(chain):
            places = slice(None) if len(level.target) == len(target) else target.searchsorted(level.target)
            row[depth, places] = rank[offset + level.context]
            offset += len(level.first)
        if len(chain) and (row[0] >= 0).any():
            heard.chains.append(row)
            heard.speaks.append(row[0] >= 0)
            heard.levels.append(chain)
    return heard


def columns(vocabulary: Vocabulary, drawn: bool = True) -> tuple[Ints, Ints]:
    """The symbols that a distribution is over (codes), and the column of each code (-1: none).

    Both orders are the same in every process. drawn: that by which symbols are drawn, for which each must be hashed.
    """
    codes = vocabulary.atoms if drawn else vocabulary.known
    if not len(codes):
        raise NothingLearned("the memory has learned nothing yet; teach it first: plasticdb ingest MEMORY FILE")
    column = np.full(len(vocabulary.symbols), -1)
    column[codes] = np.arange(len(codes))
    return codes, column


def distributions(heard: Listened, column: Ints, symbols: int) -> Floats:
    """[n, v]: what follows each history."""
    parts = [spread(heard.speakers, row, column, np.full(row.shape[1], 1.0 / symbols), symbols) for row in heard.chains]
    return combine(parts, heard.speaks)


def predict(
    cache: SequenceWorkingSet, tokenizer: Tokenizer, views: Views, payload: str, top: int | None
) -> Asking[Predictions]:
    """See SequenceMemory.predict."""
    batch = encode(tokenizer, [tokenizer.text(payload)], cache.vocabulary)
    codes, column = columns(cache.vocabulary, drawn=False)
    heard = yield from listen(cache, batch, views, batch.offsets[1:] - 1)
    p = distributions(heard, column, len(codes))[0]
    return Predictions(_ranked(cache.vocabulary, codes, p, len(codes) if top is None else max(top, 0)))


def _ranked(vocabulary: Vocabulary, codes: Ints, p: Floats, top: int) -> list[tuple[str, float]]:
    """The most likely symbols, those of one probability by name. Of a million symbols few need be looked at one by one."""

    def named(which: NDArray[np.bool_]) -> list[tuple[float, str]]:
        symbols = [vocabulary.symbols[code] for code in codes[which].tolist()]
        return list(zip((-p[which]).tolist(), symbols, strict=True))

    least = np.partition(p, -top)[-top] if 0 < top < len(p) else -1.0
    first = sorted(named(p > least))
    last = heapq.nsmallest(top - len(first), named(p == least))
    return [(symbol, -less) for less, symbol in (first + last)[:top]]


def vocabulary(cache: SequenceWorkingSet) -> Asking[int]:
    """See SequenceMemory.vocabulary."""
    yield from ()  # looking at the graph has fetched it
    return len(cache.vocabulary.known)
