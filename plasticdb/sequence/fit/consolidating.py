"""Consolidation: the event by which a memory fits its parameters to itself, and what makes it of the graph.

The event says how many samples, and by which rule. Which samples those are follows from what is in the memory, and so do
the parameters: not from the order in which it was learned, nor from its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...graph.store import Changes
from ...journal.events import EventRow
from ...kit.plasticity import Floats
from ...kit.rows import Rows
from ...kit.tables import Ints
from ...memory.requests import Asking, EventCount
from ..events import CONSOLIDATE, consolidation_of
from ..learning import closed, contexts
from ..learning.provenance import Noted
from ..living import living, texts_of
from ..options import Options
from ..prediction.parameters import Parameters, begun, counted
from ..prediction.strange import unseen
from ..shortcuts.linking import link
from ..views import chains
from ..vocabulary import Batch, encode
from ..working_set import SequenceWorkingSet
from .fitted import NONE, changed, fitted, parameters, read
from .fitting import Abstraction, Fitting, windows
from .leaving_out import leave_out

__all__ = ["Consolidation", "choose", "consolidate", "usual"]

PART = 8_192
"""Symbols whose contexts are fetched at a time, about."""
LATER = 2**62
MOST_SAMPLES, MOST_SYMBOLS, MOST_WORDS = 8_000, 400_000, 40_000
"""What is left out where nobody says how much, at most; a word has far more that may follow it than a character."""


def usual(totals: Mapping[str, float], words: bool = False) -> int:
    """How many samples are left out of a memory where nobody says how many. words: whether its symbols are some.

    >>> usual({"samples": 100, "symbols": 700}), usual({"samples": 20_000, "symbols": 6_000_000})
    (100, 1333)
    """
    samples, symbols = int(totals["samples"]), int(totals["symbols"])
    most = MOST_WORDS if words else MOST_SYMBOLS
    return min(samples, MOST_SAMPLES, max(1, most * samples // max(symbols, 1)))


@dataclass(frozen=True, slots=True)
class Consolidation:
    """A consolidation on its way into the graph (a projection.Step)."""

    cache: SequenceWorkingSet
    changes: Changes
    parameters: Parameters | None
    noted: Noted
    position: int

    def applied(self, batch: str) -> None:
        self.cache.noted.update(self.noted.rows)
        self.cache.parameters = self.parameters
        self.cache.applied(self.position, batch, self.changes.totals)


def consolidate(cache: SequenceWorkingSet, options: Options, event: EventRow, noted: Noted) -> Asking[Consolidation]:
    """Fit the parameters as an event asks for; nothing is written. Where a later one will do it again, nothing is done."""
    samples, rule = consolidation_of(event.payload)
    totals = dict(cache.totals)
    again = yield EventCount((CONSOLIDATE,), event.position + 1, LATER)
    if again:
        changes = Changes(noted.nodes, noted.edges, totals)
        return Consolidation(cache, changes, cache.parameters, noted, event.position)
    old = (yield from read()) if totals.get("fit_samples") else NONE
    texts, mass = yield from choose(options, event.position - 1, samples)
    new, told = (
        NONE,
        dict.fromkeys(("fit_samples", "fit_symbols", "fit_nats", "fit_of", "fit_position", "fit_time"), 0.0),
    )
    if len(texts) > 1:
        heard, found = yield from _fit(cache, options, texts, mass, ending=rule > 1)
        new = fitted(cache.name, [view.chain for view in options.view_set], found, heard, cache.vocabulary)
        told = {
            "fit_samples": len(texts),
            "fit_symbols": found.symbols,
            "fit_nats": found.nats,
            "fit_of": int(totals["samples"]),
            "fit_position": event.position,
            "fit_time": event.time,
        }
    nodes, edges = changed(old, new)
    if options.shortcuts:
        apart, told["apart"] = yield from link(cache, options, event.position - 1)
        edges.append(apart)
    changes = Changes([*nodes, *noted.nodes], [*edges, *noted.edges], totals | told)
    return Consolidation(cache, changes, parameters(new, cache.vocabulary), noted, event.position)


def choose(options: Options, last: int, most: int) -> Asking[tuple[list[str], Floats]]:
    """The samples to leave out, by their texts, in order, and what each weighs: the first `most` of those alive then."""
    found = yield from living(last, most)
    texts, kept = yield from texts_of(found.position, options.spelling)
    return texts, found.mass[kept]


def _fit(
    cache: SequenceWorkingSet, options: Options, texts: Sequence[str], mass: Floats, ending: bool
) -> Asking[tuple[NDArray[np.bool_], Fitting]]:
    """Where the memory has discounts of its own, [views, DEPTHS], and the fit."""
    views, vocabulary = options.view_set, cache.vocabulary
    batch = encode(options.cut, texts, vocabulary)
    codes = len(vocabulary.symbols)
    once, twice = counted(cache.totals, [view.chain for view in views])
    place = any(view.name == "position" for view in views)
    last = not place and options.tokenizer != "words"
    fitting = Fitting(begun(len(views), once, twice, codes if last else 0, place), ending)
    abstraction: Abstraction | None = None
    begins = windows(np.diff(batch.offsets) - 1)
    for first, behind in _parts(begins, batch.offsets):
        a, b = int(begins[first]), int(begins[behind])
        part = _part(batch, a, b)
        levels = chains(part, vocabulary, views)
        described, rank = contexts.ordered(part, levels)
        held = yield from cache.get_contexts(described, hold=False)
        if cache.totals.get("closed"):
            levels, described, rank, held = yield from closed.within(part, levels, described, rank, held)
        if abstraction is None:
            known = len(vocabulary.known)
            strange = unseen(known, int(once[0, 0])) if options.cut.spells else 0.0
            abstraction = _abstraction(held, int(rank[0]), codes, (1.0 - strange) / known)
        left = leave_out(part, levels, rank, held, mass[a:b], codes)
        for begin, end in zip(begins[first:behind].tolist(), begins[first + 1 : behind + 1].tolist(), strict=True):
            fitting.window(left.some(begin - a, end - a), abstraction)
    return (once + twice > 0) | fitting.moved, fitting


def _parts(begins: Ints, offsets: Ints) -> list[tuple[int, int]]:
    """Windows in runs of `PART` symbols: the first of each, and the one behind its last."""
    parts, first = [], 0
    for i in range(1, len(begins)):
        if offsets[begins[i]] - offsets[begins[first]] >= PART or i == len(begins) - 1:
            parts.append((first, i))
            first = i
    return parts


def _part(batch: Batch, a: int, b: int) -> Batch:
    begin = int(batch.offsets[a])
    codes = batch.codes[begin : batch.offsets[b]]
    offsets = batch.offsets[a : b + 1] - begin
    return replace(batch, codes=codes, offsets=offsets, spell=lambda x, y: batch.spell(x + begin, y + begin))


def _abstraction(held: Rows, root: int, codes: int, each: float) -> Abstraction:
    mine = slice(*held.start[root : root + 2].tolist())
    weight = np.zeros(codes)
    weight[held.edges["code"][mine]] = np.maximum(held.edges["weight"][mine], 0.0)
    return Abstraction(weight, np.ones(codes), each)
