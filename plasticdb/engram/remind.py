"""Reminding: what working memory brings up, from short-term memory by nearness, from long-term memory by a walk.

It reads as many rows in a memory of any size: of a hub's synapses, of which there may be as many as there are engrams,
only so many of the strongest that what is missing cannot win.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..kit.tables import Ints
from ..memory.requests import Asking, Between, Edges
from . import firings, rules
from .batch import EventBatch
from .events import Reminding, members
from .firings import Synapses
from .pairings import synapses_in
from .rules import LONG, SHORT, WORKING
from .schema import COFIRED, ENGRAM
from .shortcuts import shortcuts_of
from .walk import NOWHERE, Choose, Walk, begin, lead, step
from .working_set import EngramWorkingSet, stacked

__all__ = ["remind", "strongest_of", "synapses_of"]

_MORE = 200
"""Synapses that are read beyond those that must be: then few engrams have more."""


def remind(batch: EventBatch, choose: Choose) -> Asking[Reminding]:
    """What fires now; nothing where working memory is empty. Nothing is changed."""
    cache, options = batch.cache, batch.options
    working, short = cache.at(WORKING), cache.at(SHORT)
    if not working:
        return Reminding()
    cue = stacked(working, options.dimension)
    numbers = np.array([e.number for e in short], np.int64)
    near = np.sort(rules.near(numbers, stacked(short, options.dimension), cue, options.near))
    way = yield from _walk(batch, near, choose)
    found = np.sort(way.found)
    yield from cache.load(found.tolist())
    vectors = stacked([cache.engrams[number] for number in found.tolist()], options.dimension)
    far = np.sort(rules.near(found, vectors, cue, options.far)).tolist()
    via = dict(zip(way.found.tolist(), way.via.tolist(), strict=True))
    return Reminding([e.number for e in working], near.tolist(), {number: via[number] for number in far})


def _walk(batch: EventBatch, near: Ints, choose: Choose) -> Asking[Walk]:
    cache, most = batch.cache, batch.cache.younger() + _MORE
    if not cache.long:
        return begin(near, np.full(len(near), NOWHERE))
    reading = _LongTerm(cache)
    starts = lead(near, (yield from reading.tied(near, most)), choose)
    for i in np.flatnonzero(starts == NOWHERE).tolist():
        starts[i] = yield from batch.long_term(choose.place(int(near[i]), cache.long))
    way = begin(near, starts)
    for _ in range(batch.options.depth):
        if not len(way.at):
            break
        synapses = yield from reading.strongest(way.at, most + len(way.found))
        open_ = synapses.source[~np.isin(synapses.target, way.found)]
        stuck = not np.isin(way.at, open_).all()
        way = step(way, synapses, (yield from reading.oldest(len(way.found) + 1)) if stuck else way.found)
    return way


@dataclass(frozen=True, slots=True)
class _LongTerm:
    """Synapses to long-term engrams: those kept, and the open firings."""

    cache: EngramWorkingSet

    def strongest(self, sources: Ints, most: int) -> Asking[Synapses]:
        """All that there are of most sources, and of a hub enough that its strongest open one is among them.

        most: more than there are engrams that a walk may not go to. So one of a hub's `most` strongest kept ones is
        open, and what comes behind the last of these and has not fired since cannot win.
        """
        found, _ = yield from self.all(sources, most)
        return self._long(found)

    def tied(self, sources: Ints, most: int) -> Asking[Synapses]:
        """The same, with all that are as strong as the strongest."""
        found, last = yield from self.all(sources, most)
        chosen = self._long(found)
        unsure = [source for source, fired in last.items() if chosen.of(source).count.max(initial=0) <= fired]
        if unsure:
            rest = chosen.among(sources=np.setdiff1d(chosen.source, unsure))
            every = yield from synapses_of(self.cache, np.array(unsure))
            chosen = firings.add(rest, self._long(every))
        return chosen

    def oldest(self, most: int) -> Asking[Ints]:
        """The numbers of the oldest long-term engrams, ascending."""
        table = yield Between(ENGRAM, "level", LONG, LONG, ["number"], most)
        found: Ints = table["number"]
        return found

    def all(self, sources: Ints, most: int) -> Asking[tuple[Synapses, dict[int, int]]]:
        """Synapses, and of sources that have more kept ones the count of the last that was read."""
        cache = self.cache
        known, last = yield from cache.synapses.strongest(sources, most)
        recent = firings.count(sources, *members(cache.firings))
        if not last:
            return firings.add(known, recent), last
        hubs = recent.among(sources=np.array(list(last)))
        behind = yield from cache.synapses.behind(hubs, cache.consolidated)
        return firings.add(known, recent, behind), last

    def _long(self, synapses: Synapses) -> Synapses:
        here = self.cache.engrams.keys() - self.cache.long_here
        there = ~np.isin(synapses.target, list(here))
        return Synapses(synapses.source[there], synapses.target[there], synapses.count[there])


def strongest_of(cache: EngramWorkingSet, sources: Ints, most: int, context: str | None) -> Asking[Synapses]:
    """Synapses of engrams: all there are of most, and at least the `most` strongest of one that has more; in a context all.

    Shortcuts count as such, but in a context: nothing fired together there.
    """
    if context is not None:
        return (yield from synapses_in(cache, sources, context))
    found, _ = yield from _LongTerm(cache).all(sources, most)
    return firings.add(found, (yield from shortcuts_of(cache, sources))) if cache.heard else found


def synapses_of(cache: EngramWorkingSet, sources: Ints) -> Asking[Synapses]:
    """All synapses of engrams, from kept ones and open firings."""
    kept = yield Edges(COFIRED, sources + cache.first)
    order = np.lexsort((kept["target"], kept["source"]))
    source, target = (kept[end][order] - cache.first for end in ("source", "target"))
    return firings.add(Synapses(source, target, kept["fired"][order]), firings.count(sources, *members(cache.firings)))
