"""Contexts below which nothing opens any more (`collapse.py`): there a learner ends a chain, as if its views ended there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...kit.rows import Rows
from ...kit.sorting import among, distinct
from ...kit.tables import Ints
from ...memory.requests import Asking, Nodes
from ..schema import CLOSED
from ..views import Level
from ..vocabulary import Batch
from . import contexts
from .contexts import ROOT, Described

__all__ = ["within"]

Chains = list[list[Level]]


def within(
    batch: Batch, chains: Chains, described: Described, rank: Ints, old: Rows
) -> Asking[tuple[Chains, Described, Ints, Rows]]:
    """What a batch visits without what is below closed contexts: its chains, those contexts as `contexts.ordered` gives
    them, and the rows of these.

    A context that is there is below no closed one. So only the parents of those that are not there are looked for.
    """
    there = (old.columns["count"] > 0) | (np.diff(old.start) > 0)
    above = described.parent[~there]
    marks = yield Nodes(CLOSED, "id", distinct(above[above != ROOT]), ["id"])
    if not len(marks["id"]):
        return chains, described, rank, old
    ends = among(described.id, np.sort(marks["id"]))[rank]
    left: Chains = []
    first = 0
    for chain in chains:
        kept: list[Level] = []
        below, place = np.zeros(1, bool), np.zeros(1, np.int64)  # of the level above: the root is its own
        for level in chain:
            gone = below[level.parent]
            if not gone.all():
                kept.append(_without(level, gone, place))
            below, place = gone | ends[first : first + len(gone)], (~gone).cumsum() - 1
            first += len(gone)
        left.append(kept)
    fewer, places = contexts.ordered(batch, left)
    return left, fewer, places, old.take(np.searchsorted(described.id, fewer.id))


def _without(level: Level, gone: NDArray[np.bool_], place: Ints) -> Level:
    """A level without some of its contexts. place: of each context above among those that are left there."""
    stays, spoken = ~gone, ~gone[level.context]
    return replace(
        level,
        target=level.target[spoken],
        context=(stays.cumsum() - 1)[level.context[spoken]],
        parent=place[level.parent[stays]],
        **{name: getattr(level, name)[stays] for name in ("first", "hashes", "at", "step", "begin", "end", "length")},
    )
