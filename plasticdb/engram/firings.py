"""From firings to synapses: how often two engrams fired together.

A firing is a set of engrams. Its F members are kept as F rows (firing, engram), and never as F x F pairs: the count of
two engrams is the number of firings that they share. What was counted once can be kept as synapses, and added.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..kit.rows import ranges
from ..kit.tables import Ints

__all__ = ["Synapses", "add", "count", "probability"]


@dataclass(frozen=True, slots=True)
class Synapses:
    """How often engrams fired together, sorted by (source, target): [m] each, the counts above 0, source != target."""

    source: Ints
    target: Ints
    count: Ints

    def __len__(self) -> int:
        return len(self.source)

    def of(self, source: int) -> Synapses:
        """Those from one engram."""
        first, last = np.searchsorted(self.source, [source, source + 1])
        return Synapses(self.source[first:last], self.target[first:last], self.count[first:last])

    def among(self, sources: Ints | None = None, targets: Ints | None = None) -> Synapses:
        """Those from some engrams, or to some, or both."""
        kept = np.ones(len(self), bool)
        if sources is not None:
            kept &= np.isin(self.source, sources)
        if targets is not None:
            kept &= np.isin(self.target, targets)
        return Synapses(self.source[kept], self.target[kept], self.count[kept])


def count(sources: Ints, firing: Ints, engram: Ints) -> Synapses:
    """The synapses of `sources` that firings say.

    firing, engram: [m] who fired in which firing; all members of every firing of a source, each once.

    >>> first_and_second = np.array([0, 0, 0, 1, 1])
    >>> count(np.array([7]), first_and_second, np.array([7, 8, 9, 7, 8]))
    Synapses(source=array([7, 7]), target=array([8, 9]), count=array([2, 1]))
    """
    order = np.argsort(firing, kind="stable")
    firing, engram = firing[order], engram[order]
    mine = np.flatnonzero(np.isin(engram, sources))
    start, end = (np.searchsorted(firing, firing[mine], side) for side in ("left", "right"))
    source = np.repeat(engram[mine], end - start)
    target = engram[ranges(start, end - start)]
    apart = source != target
    return _summed(source[apart], target[apart], np.ones(int(apart.sum()), np.int64))


def add(*parts: Synapses) -> Synapses:
    """The counts of several, added up; such as those kept and those since."""
    return _summed(
        np.concatenate([part.source for part in parts]),
        np.concatenate([part.target for part in parts]),
        np.concatenate([part.count for part in parts]),
    )


def probability(synapses: Synapses, fires: Ints) -> NDArray[np.float32]:
    """P(target | source fires), [m]: the count over how often the source fired at all (`fires`, [m])."""
    return (synapses.count / fires).astype(np.float32)


def _summed(source: Ints, target: Ints, counts: Ints) -> Synapses:
    order = np.lexsort((target, source))
    source, target, counts = source[order], target[order], counts[order]
    new = np.ones(len(source), bool)
    new[1:] = (np.diff(source) != 0) | (np.diff(target) != 0)
    first = np.flatnonzero(new)
    sums = np.add.reduceat(counts, first) if len(first) else counts
    return Synapses(source[first], target[first], sums)
