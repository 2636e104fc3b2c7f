"""Long-term reminding: walkers go from engram to engram along the strongest synapses of the co-fire graph.

Each reminded short-term engram sends a walker to the long-term engram that it fired with most often. The walkers then
move in lockstep, each to the engram that fired most often with the one where it stands, and nobody goes where somebody
has been. Only the synapses of where walkers stand are looked at, so a walk costs the same in a memory of any size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..kit.tables import Ints
from .firings import Synapses

__all__ = ["NOWHERE", "AtRandom", "Choose", "Walk", "begin", "lead", "step", "walk"]

NOWHERE = -1


class Choose(Protocol):
    """Decides where a short-term engram leads, when its synapses don't say."""

    def among(self, source: int, targets: Ints) -> int:
        """One of equally strong targets, oldest first."""

    def place(self, source: int, places: int) -> int:
        """Where none is: one of the places of long-term memory, counted from 0."""


@dataclass(frozen=True, slots=True)
class AtRandom:
    """Choose each with the same probability."""

    rng: np.random.Generator

    def among(self, source: int, targets: Ints) -> int:
        return int(targets[self.place(source, len(targets))])

    def place(self, source: int, places: int) -> int:
        return int(self.rng.integers(places)) if places > 1 else 0


def lead(sources: Ints, synapses: Synapses, choose: Choose) -> Ints:
    """Where short-term engrams [s] lead: each to the long-term engram it fired with most often, [s].

    synapses: from the sources to long-term engrams. NOWHERE says that a source has none: it never fired with a
    long-term engram. In its place the reference takes any long-term engram with the same probability, and so should
    the caller, where there is one.

    >>> some = Synapses(np.array([8, 8, 8]), np.array([1, 2, 3]), np.array([2, 5, 1]))
    >>> lead(np.array([8, 9]), some, AtRandom(np.random.default_rng(0))).tolist()
    [2, -1]
    """
    out = np.full(len(sources), NOWHERE)
    for i, source in enumerate(sources.tolist()):
        mine = synapses.of(source)
        if len(mine):
            out[i] = choose.among(source, mine.target[mine.count == mine.count.max()])
    return out


@dataclass(frozen=True, slots=True)
class Walk:
    """How far walkers have come.

    at: [w] where they stand; found: [f] long-term engrams visited, in the order of arrival; via: [f] the engram from
    which each was reached, at first a short-term one.
    """

    at: Ints
    found: Ints
    via: Ints


def begin(sources: Ints, starts: Ints) -> Walk:
    """Set a walker on each engram that a source leads to; NOWHERE sends none, and a shared start one."""
    starts, first = np.unique(starts, return_index=True)
    sources = sources[first[starts != NOWHERE]]
    starts = starts[starts != NOWHERE]
    return Walk(starts, starts, sources)


def step(way: Walk, synapses: Synapses, oldest: Ints) -> Walk:
    """All walkers take one step to where nobody has been, or end where there is nothing left.

    synapses: from where the walkers stand to long-term engrams. A walker follows its strongest, of equal ones that to
    the older engram. Where it has none, it goes to the oldest long-term engram left: `oldest` holds these in order,
    and one more than were found is enough. Walkers decide before any has moved, so two may meet, and go on as one.
    """
    open_ = ~np.isin(synapses.target, way.found)
    source, target, count = synapses.source[open_], synapses.target[open_], synapses.count[open_]
    order = np.lexsort((target, -count, source))
    sources, first = np.unique(source[order], return_index=True)
    left = oldest[~np.isin(oldest, way.found)][:1]
    to = np.full(len(way.at), left[0] if len(left) else NOWHERE)
    place = np.searchsorted(way.at, sources)
    to[place] = target[order][first]
    at, first = np.unique(to, return_index=True)
    first, at = first[at != NOWHERE], at[at != NOWHERE]
    return Walk(at, np.concatenate([way.found, at]), np.concatenate([way.via, way.at[first]]))


def walk(sources: Ints, starts: Ints, depth: int, synapses: Callable[[Ints], Synapses], oldest: Ints) -> Walk:
    """Begin, and take `depth` steps; `synapses(at)` fetches those from engrams to long-term ones.

    oldest: the oldest long-term engrams, ascending; (depth + 1) len(starts) of them are enough.

    >>> line = Synapses(np.array([1, 2, 2]), np.array([2, 1, 3]), np.array([4, 4, 1]))
    >>> way = walk(np.array([9]), np.array([1]), 2, lambda at: line.among(at), np.array([0, 1, 2]))
    >>> way.found.tolist(), way.via.tolist()
    ([1, 2, 3], [9, 1, 2])
    """
    way = begin(sources, starts)
    for _ in range(depth):
        if not len(way.at):
            break
        way = step(way, synapses(way.at), oldest)
    return way
