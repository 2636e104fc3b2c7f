"""Asking the memory what comes next: who speaks about histories, and predict."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...errors import NothingLearned
from ...kit.plasticity import Floats
from ...kit.rows import Rows
from ...kit.tables import Ints
from ...memory.display import Predictions
from ...memory.requests import Asking
from ..learning import contexts
from ..prediction.parameters import Gates, Parameters, begun, counted, total
from ..prediction.predict import Base, Ground, Said, Speakers, dense, said
from ..prediction.strange import unseen
from ..tokens import Tokenizer
from ..views import Level, Views, chains
from ..vocabulary import STOP_CODE, Batch, Vocabulary, encode
from ..working_set import SequenceWorkingSet

__all__ = ["CELLS", "Listened", "columns", "distributions", "listen", "predict", "trusted", "vocabulary"]

CELLS = 2_000_000
"""Probabilities that are held at a time."""
NONE = -1


@dataclass(frozen=True, slots=True)
class Listened:
    """The contexts of n histories: all of them as rows, what they say, and which of them speak.

    codes: the symbols that a distribution is over, in the order of its columns; one more column is of any symbol that was
    never learned. rows: [views, depths, n], from depth 1, -1 where there is none. root: the row of the suffix's root, or
    none; ground: what it heard; discount: what it withholds. place, last: [n], and stop: see `said`. unseen: which part the
    abstraction keeps for symbols that were never learned, where these are spelled (`strange.py`). levels: what each view's
    chain was made of, from its root.
    """

    codes: Ints
    contexts: Rows
    speakers: Speakers
    rows: Ints
    root: int
    ground: Ground
    discount: float
    place: Ints
    last: Ints
    stop: int
    unseen: float
    levels: list[list[Level]]

    def base(self, group: Ints | None = None, strange: Floats | None = None) -> Base:
        """The base of all views. group: [n] of each history, and strange: [groups] how many symbols each has beside those
        that are known.

        Where symbols are spelled the last column is all that were never learned, together.
        """
        if strange is None:
            strange = np.zeros(1)
        of_all = np.ones(len(strange))
        abstraction = np.full(len(self.ground.weight), self.known)
        abstraction[-1] = self.unseen * len(self.codes) if self.unseen else 1.0
        return Base(
            self.ground.weight,
            self.discount,
            abstraction,
            np.zeros(self.rows.shape[2], np.int64) if group is None else group,
            self.ground.mass * of_all,
            self.ground.total * of_all,
            1.0 / (len(self.codes) + strange),
            np.empty(0, np.int64),
            np.empty(0),
        )

    @property
    def known(self) -> float:
        """Which part the abstraction keeps for the symbols that are known."""
        return 1.0 - self.unseen

    def some(self, part: slice) -> Listened:
        """The same of some of the histories."""
        return replace(self, rows=self.rows[:, :, part], place=self.place[part], last=self.last[part])

    def said(self, base: Base, gates: Gates) -> Said:
        """What follows all of the histories."""
        return said(self.speakers, self.rows, base, gates, self.place, self.last, self.stop)


def trusted(cache: SequenceWorkingSet, views: Views) -> Parameters:
    """What the memory trusts: as it was fitted, else as it begins."""
    if cache.parameters is not None:
        return cache.parameters
    if cache.first is None:
        cache.first = begun(len(views), *counted(cache.totals, [view.chain for view in views]))
    return cache.first


def listen(
    cache: SequenceWorkingSet,
    tokenizer: Tokenizer,
    batch: Batch,
    views: Views,
    target: Ints,
    at: Ints | None = None,
    drawn: bool = False,
    root: bool = False,
) -> Asking[Listened]:
    """The contexts before the symbols at `target` (sorted indices into batch.codes).

    at: see `views.chains`; drawn: see `columns`; root: that of the suffix too.
    """
    codes, column = columns(cache.vocabulary, drawn)
    if at is None:
        at = np.arange(len(batch.codes)) - np.repeat(batch.offsets[:-1], np.diff(batch.offsets))
    chained = chains(batch, cache.vocabulary, views, target, at)
    described, rank = contexts.ordered(batch, chained)
    wanted = described.r_level() > 0
    wanted[rank[0]] = root or drawn not in cache.grounds
    described, rank = described.some(wanted), np.where(wanted, wanted.cumsum() - 1, NONE)[rank]
    found = yield from cache.get_contexts(described)
    view = np.arange(len(views)).repeat([len(chain) for chain in chained])[described.level]
    parameters = trusted(cache, views)
    speakers = Speakers.of(found, view, described.r_level(), column, parameters)
    there = np.append((found.columns["count"] > 0) | (found.start[1:] > found.start[:-1]), False)
    rank[~there[rank]] = NONE
    if drawn not in cache.grounds:
        cache.grounds[drawn] = Ground.of(speakers, int(rank[0]), len(codes) + 1)
    rows, d = _rows(chained, rank, target), float(parameters.discount[0, 0])
    rest = unseen(len(codes), cache.totals.get(total("once", "suffix", 0), 0)) if tokenizer.spells else 0.0
    return Listened(
        codes,
        found,
        speakers,
        rows,
        int(rank[0]),
        cache.grounds[drawn],
        d,
        at[target],
        batch.codes[target - 1],
        int(column[STOP_CODE]),
        rest,
        chained,
    )


def _rows(chained: list[list[Level]], rank: Ints, target: Ints) -> Ints:
    """Which context of each view speaks at each depth, [views, depths, n].

    rank: the row of each context, one level behind the other, `NONE` where it is not there.
    """
    rows = np.full((len(chained), max(2, *map(len, chained)) - 1, len(target)), NONE)
    offset = 0
    for of, chain in zip(rows, chained, strict=True):
        if len(target) == 1 and chain:  # a prediction: each level has one context
            of[: len(chain) - 1, 0] = rank[offset + 1 : offset + len(chain)]
            offset += len(chain)
            continue
        for depth, level in enumerate(chain):
            if depth:
                places = slice(None) if len(level.target) == len(target) else target.searchsorted(level.target)
                of[depth - 1, places] = rank[offset + level.context]
            offset += len(level.first)
    return rows


def columns(vocabulary: Vocabulary, drawn: bool = False) -> tuple[Ints, Ints]:
    """The symbols that a distribution is over (codes), and the column of each code; the last is of any unknown one.

    Both orders are the same in every process. drawn: that by which symbols are drawn, for which each must be hashed.
    """
    codes = vocabulary.atoms if drawn else vocabulary.known
    if not len(codes):
        raise NothingLearned("the memory has learned nothing yet; teach it first: plasticdb ingest MEMORY FILE")
    column = np.full(len(vocabulary.symbols), len(codes))
    column[codes] = np.arange(len(codes))
    return codes, column


def distributions(cache: SequenceWorkingSet, views: Views, heard: Listened) -> Floats:
    """[n, v]: what follows each history."""
    base = heard.base()
    return dense(heard.said(base, trusted(cache, views).gates), base, len(heard.codes))


def predict(
    cache: SequenceWorkingSet, tokenizer: Tokenizer, views: Views, payload: str, top: int | None
) -> Asking[Predictions]:
    """See SequenceMemory.predict."""
    batch = encode(tokenizer, [tokenizer.text(payload)], cache.vocabulary)
    heard = yield from listen(cache, tokenizer, batch, views, batch.offsets[1:] - 1)
    p = distributions(cache, views, heard)[0]
    return Predictions(_ranked(cache.vocabulary, heard.codes, p, len(p) if top is None else max(top, 0)))


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
