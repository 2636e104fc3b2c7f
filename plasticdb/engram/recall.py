"""Recall: what is nearest to a cue, and what these bring along because it fired with them. It changes nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..stores.base import Ints
from .firings import Synapses, probability
from .rules import Vectors

__all__ = ["brought", "nearest"]

_ROWS = 1024
"""Vectors looked at in one go: they and their differences stay in the processor's cache."""


def nearest(cue: Vectors, vectors: Vectors, k: int) -> tuple[Ints, NDArray[np.float32]]:
    """Where the k nearest of vectors [n, d] to a cue [d] stand, nearest first, and their squared distances.

    Exact, by looking at all of them; of equally near ones the first. The vectors may be a memory-mapped file.

    >>> nearest(np.float32([1, 1]), np.float32([[9, 9], [1, 1], [1, 2]]), k=2)[0].tolist()
    [1, 2]
    """
    squared = np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), _ROWS):
        difference = vectors[start : start + _ROWS] - cue
        np.einsum("nd,nd->n", difference, difference, out=squared[start : start + _ROWS])
    k = min(k, len(vectors))
    bound = np.partition(squared, k - 1)[k - 1] if k else -1.0
    chosen = np.flatnonzero(squared <= bound)  # more than k where several are as far as the last one
    chosen = chosen[np.argsort(squared[chosen], kind="stable")[:k]]
    return chosen, squared[chosen]


def brought(near: Ints, synapses: Synapses, fires: Ints, k: int) -> tuple[Ints, Ints, NDArray[np.float32]]:
    """What engrams bring along: numbers, from which of `near` each came, and how strongly, the strongest first.

    near: [n] nearest first; synapses: theirs; fires: [m] how often each synapse's source fired. The strength is
    P(target | source) over the source's rank: 1 for the nearest, 1/2 for the next.

    >>> some = Synapses(np.array([4, 4, 5]), np.array([5, 8, 9]), np.array([1, 3, 2]))
    >>> brought(np.array([4, 5]), some, np.array([4, 4, 2]), k=5)
    (array([8, 9]), array([4, 5]), array([0.75, 0.5 ], dtype=float32))
    """
    order = np.argsort(near)
    rank = order[np.searchsorted(near[order], synapses.source)]
    strength = np.asarray(probability(synapses, fires) / (rank + 1), np.float32)
    strongest = np.lexsort((synapses.target, -strength))
    targets, first = np.unique(synapses.target[strongest], return_index=True)
    first = np.sort(first[~np.isin(targets, near)])[:k]
    chosen = strongest[first]
    return synapses.target[chosen], synapses.source[chosen], strength[chosen]
