"""Asking the memory what comes next: predict, complete, score."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
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
from .predict import FLOOR, combine, speaking, voices
from .tokens import STOP, Tokenizer
from .views import Views, chains
from .vocabulary import START_CODE, Batch, Vocabulary, encode
from .working_set import SequenceWorkingSet

__all__ = ["Listened", "Score", "complete", "listen", "predict", "score", "vocabulary"]

CELLS = 2_000_000
"""Probabilities that scoring holds at a time."""


@dataclass(frozen=True, slots=True)
class Score:
    """How well samples were predicted: `nats` and `symbols` (stop included) of each, and together."""

    nats: tuple[float, ...]
    symbols: tuple[int, ...]

    @property
    def nats_per_symbol(self) -> float:
        return sum(self.nats) / sum(self.symbols) if self.symbols else 0.0

    def __repr__(self) -> str:
        sizes = f"{len(self.nats):,} samples, {sum(self.symbols):,} symbols"
        return f"<Score: {self.nats_per_symbol:.4f} nats per symbol; {sizes}>"


@dataclass(frozen=True, slots=True)
class Listened:
    """The contexts of some histories: all of them as rows, and for each chain and depth which row speaks (-1: none).

    Of those chains alone that speak for any of them; `speaks`: for which.
    """

    contexts: Rows
    chains: list[list[Ints]]
    speaks: list[NDArray[np.bool_]]


def listen(cache: SequenceWorkingSet, batch: Batch, views: Views, target: Ints) -> Asking[Listened]:
    """The contexts before the symbols at `target` (sorted indices into batch.codes)."""
    levels = chains(batch, cache.vocabulary, views, target)
    described, rank = contexts.ordered(batch, levels)
    rows = yield from cache.get_contexts(described)
    rank[(rows.columns["count"] == 0)[rank] & (np.diff(rows.start) == 0)[rank]] = -1
    offset, out = 0, []
    for chain in levels:
        depths = []
        for level in chain:
            row = np.full(len(target), -1)
            row[np.searchsorted(target, level.target)] = rank[offset + level.context]
            offset += len(level.first)
            depths.append(row)
        out.append(depths)
    speaks = [speaking(depths, len(target)) for depths in out]
    loud = [i for i, some in enumerate(speaks) if some.any()]
    return Listened(rows, [out[i] for i in loud], [speaks[i] for i in loud])


def columns(vocabulary: Vocabulary, unknown: Ints | None = None, drawn: bool = True) -> tuple[Ints, Ints]:
    """The symbols that a distribution is over (codes), and the column of each code (-1: none).

    Both orders are the same in every process. drawn: that by which symbols are drawn, for which each must be hashed.
    """
    known = vocabulary.atoms if drawn else vocabulary.known
    if not len(known):
        raise NothingLearned("the memory has learned nothing yet; teach it first: plasticdb ingest MEMORY FILE")
    codes = known if unknown is None else np.concatenate([known, unknown])
    column = np.full(len(vocabulary.symbols), -1)
    column[codes] = np.arange(len(codes))
    return codes, column


def _distributions(
    cache: SequenceWorkingSet, batch: Batch, views: Views, target: Ints, unknown: Ints | None = None, drawn: bool = True
) -> Asking[tuple[Floats, Ints, Ints]]:
    codes, column = columns(cache.vocabulary, unknown, drawn)
    heard = yield from listen(cache, batch, views, target)
    parts = [voices(heard.contexts, chain, column, len(codes))[-1].after for chain in heard.chains]
    return combine(parts, heard.speaks), codes, column


def predict(
    cache: SequenceWorkingSet, tokenizer: Tokenizer, views: Views, payload: str, top: int | None
) -> Asking[Predictions]:
    """See SequenceMemory.predict."""
    batch = encode(tokenizer, [tokenizer.text(payload)], cache.vocabulary)
    p, codes, _ = yield from _distributions(cache, batch, views, batch.offsets[1:] - 1, drawn=False)
    return Predictions(_ranked(cache.vocabulary, codes, p[0], len(codes) if top is None else max(top, 0)))


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


def complete(
    cache: SequenceWorkingSet,
    tokenizer: Tokenizer,
    views: Views,
    longest: int,
    payload: str,
    rng: np.random.Generator,
    temperature: float,
    greedy: bool,
) -> Asking[list[str]]:
    """One continuation of a payload: the symbols behind it."""
    batch = encode(tokenizer, [tokenizer.text(payload)], cache.vocabulary)
    codes = given = batch.codes[:-1]
    while len(codes) <= longest:
        # The stop at the end stands for the symbol to be predicted.
        now = Batch(np.append(codes, 1), np.array([0, len(codes) + 1]), _speller(cache, tokenizer, codes))
        p, symbols, _ = yield from _distributions(cache, now, views, np.array([len(codes)]))
        if greedy:
            code = symbols[np.argmax(p[0])]
        else:
            score = np.log(np.maximum(p[0], FLOOR))
            with np.errstate(over="ignore"):  # next to nothing: then only the most likely is left
                tempered = np.exp((score - score.max()) / temperature)
            code = rng.choice(symbols, p=tempered / tempered.sum())
        if cache.vocabulary.symbols[code] == STOP:
            break
        codes = np.append(codes, code)
    return [cache.vocabulary.symbols[code] for code in codes[len(given) :]]


def _speller(cache: SequenceWorkingSet, tokenizer: Tokenizer, codes: Ints) -> Callable[[int, int], str]:
    return lambda a, b: tokenizer.join([cache.vocabulary.symbols[code] for code in codes[a:b]])


def score(cache: SequenceWorkingSet, tokenizer: Tokenizer, views: Views, payloads: Sequence[str]) -> Asking[Score]:
    """See SequenceMemory.score. A symbol that was never learned joins the vocabulary of its sample."""
    nats, symbols = np.zeros(len(payloads)), np.zeros(len(payloads), np.int64)
    for index, some in _chunks(cache, tokenizer, payloads):
        batch = encode(tokenizer, [tokenizer.text(payload) for payload in some], cache.vocabulary)
        target = np.flatnonzero(batch.codes != START_CODE)
        strange = cache.vocabulary.count[batch.codes] == 0
        strange[batch.codes == START_CODE] = False
        unknown = np.unique(batch.codes[strange]) if len(some) == 1 else None
        p, _, column = yield from _distributions(cache, batch, views, target, unknown, drawn=False)
        lost = -np.log(np.maximum(p[np.arange(len(target)), column[batch.codes[target]]], FLOOR))
        sample = np.repeat(np.arange(len(some)), np.diff(batch.offsets) - 1)
        nats[index] = np.bincount(sample, lost, len(some))
        symbols[index] = np.diff(batch.offsets) - 1
    return Score(tuple(nats.tolist()), tuple(symbols.tolist()))


def _chunks(
    cache: SequenceWorkingSet, tokenizer: Tokenizer, payloads: Sequence[str]
) -> Iterator[tuple[list[int], list[str]]]:
    """Samples in chunks of bounded size; one with a symbol never learned comes alone."""
    width = max(len(columns(cache.vocabulary, drawn=False)[0]), 1)
    learned = {cache.vocabulary.symbols[code] for code in cache.vocabulary.known.tolist()}
    index: list[int] = []
    size = 0
    for i, payload in enumerate(payloads):
        symbols = tokenizer.encode(payload)
        if not learned.issuperset(symbols):
            yield [i], [payload]
            continue
        if index and (size + len(symbols)) * width > CELLS:
            yield index, [payloads[k] for k in index]
            index, size = [], 0
        index.append(i)
        size += len(symbols) + 1
    if index:
        yield index, [payloads[k] for k in index]
