"""Reminding: what working memory brings up, from short-term memory by nearness, from long-term memory by a walk.

It reads as many rows in a memory of any size: of a hub's synapses, of which there may be as many as there are engrams,
only so many of the strongest that what is missing cannot win.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..kit.tables import Ints
from . import firings, rules
from .batch import Batch
from .events import Reminding, members
from .firings import Synapses
from .rules import LONG, SHORT, WORKING
from .schema import COFIRED, ENGRAM
from .walk import NOWHERE, Choose, Walk, begin, lead, step
from .working_set import Held, stacked

__all__ = ["Places", "remind", "strongest_of", "synapses_of"]

_MORE = 200
"""Synapses that are read beyond those that must be: then few engrams have more."""


def remind(batch: Batch, choose: Choose) -> Reminding:
    """What fires now; nothing where working memory is empty. Nothing is changed."""
    held, options = batch.held, batch.options
    working, short = held.at(WORKING), held.at(SHORT)
    if not working:
        return Reminding()
    cue = stacked(working, options.dimension)
    numbers = np.array([e.number for e in short], np.int64)
    near = np.sort(rules.near(numbers, stacked(short, options.dimension), cue, options.near))
    way = _walk(batch, near, choose)
    found = np.sort(way.found)
    held.load(found.tolist())
    vectors = stacked([held.engrams[number] for number in found.tolist()], options.dimension)
    far = np.sort(rules.near(found, vectors, cue, options.far)).tolist()
    via = dict(zip(way.found.tolist(), way.via.tolist(), strict=True))
    return Reminding([e.number for e in working], near.tolist(), {number: via[number] for number in far})


def _walk(batch: Batch, near: Ints, choose: Choose) -> Walk:
    held, most = batch.held, sum(e.level != LONG for e in batch.held.engrams.values()) + _MORE
    if not held.long:
        return begin(near, np.full(len(near), NOWHERE))
    reading = _Reading(held)
    starts = lead(near, reading.tied(near, most), choose)
    for i in np.flatnonzero(starts == NOWHERE).tolist():
        starts[i] = choose(int(near[i]), Places(held.long, batch.long_term))  # type: ignore[arg-type]
    way = begin(near, starts)
    for _ in range(batch.options.depth):
        if not len(way.at):
            break
        synapses = reading.strongest(way.at, most + len(way.found))
        open_ = synapses.source[~np.isin(synapses.target, way.found)]
        stuck = not np.isin(way.at, open_).all()
        way = step(way, synapses, reading.oldest(len(way.found) + 1) if stuck else way.found)
    return way


@dataclass(frozen=True, slots=True)
class Places:
    """All long-term engrams as a sequence, in no particular order; each is fetched when it is asked for."""

    long: int
    at: Callable[[int], int]

    def __len__(self) -> int:
        return self.long

    def __getitem__(self, place: Any) -> int:
        return self.at(int(place))


@dataclass(frozen=True, slots=True)
class _Reading:
    """Synapses to long-term engrams: those kept, and the open firings."""

    held: Held

    def strongest(self, sources: Ints, most: int) -> Synapses:
        """All that there are of most sources, and of a hub enough that its strongest open one is among them.

        most: more than there are engrams that a walk may not go to. So one of a hub's `most` strongest kept ones is
        open, and what comes behind the last of these and has not fired since cannot win.
        """
        found, _ = self.all(sources, most)
        return self._long(found)

    def tied(self, sources: Ints, most: int) -> Synapses:
        """The same, with all that are as strong as the strongest."""
        found, last = self.all(sources, most)
        chosen = self._long(found)
        unsure = [source for source, fired in last.items() if chosen.of(source).count.max(initial=0) <= fired]
        if unsure:
            rest = chosen.among(sources=np.setdiff1d(chosen.source, unsure))
            chosen = firings.add(rest, self._long(synapses_of(self.held, np.array(unsure))))
        return chosen

    def oldest(self, most: int) -> Ints:
        held = self.held
        found: Ints = held.store.between(held.name, ENGRAM, "level", LONG, LONG, ["number"], most)["number"]
        return found

    def all(self, sources: Ints, most: int) -> tuple[Synapses, dict[int, int]]:
        """Synapses, and of sources that have more kept ones the count of the last that was read."""
        held = self.held
        known, last = held.kept.strongest(sources, most)
        recent = firings.count(sources, *members(held.firings))
        if not last:
            return firings.add(known, recent), last
        hubs = recent.among(sources=np.array(list(last)))
        return firings.add(known, recent, held.kept.behind(hubs, held.consolidated)), last

    def _long(self, synapses: Synapses) -> Synapses:
        here = [number for number, e in self.held.engrams.items() if e.level != LONG]
        there = ~np.isin(synapses.target, here)
        return Synapses(synapses.source[there], synapses.target[there], synapses.count[there])


def strongest_of(held: Held, sources: Ints, most: int) -> Synapses:
    """Synapses of engrams: all there are of most, and at least the `most` strongest of one that has more."""
    return _Reading(held).all(sources, most)[0]


def synapses_of(held: Held, sources: Ints) -> Synapses:
    """All synapses of engrams, from kept ones and open firings."""
    kept = held.store.edges(held.name, COFIRED, sources + held.first)
    order = np.lexsort((kept["target"], kept["source"]))
    source, target = (kept[end][order] - held.first for end in ("source", "target"))
    return firings.add(Synapses(source, target, kept["fired"][order]), firings.count(sources, *members(held.firings)))
