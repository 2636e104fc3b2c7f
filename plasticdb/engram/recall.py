"""Recall: what is nearest to a cue, and what these bring along because it fired with them. It changes nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..kit.tables import Ints
from .firings import Synapses
from .rules import Vectors

__all__ = ["brought", "nearest"]

Floats = NDArray[np.float32]

_SHARPNESS = 8
"""Of vectors that are as far apart as most are, one lends the other exp(-8) of its associations."""
_LENDING = 512
"""Targets that are looked at, the strongest."""
_NOTHING = 1e-9
_ROWS = 1024
"""Vectors looked at in one go: they and their differences stay in the processor's cache."""


def nearest(cue: Vectors, vectors: Vectors, k: int) -> tuple[Ints, Floats]:
    """Where the k nearest of vectors [n, d] to a cue [d] stand, nearest first, and their squared distances.

    Exact, by looking at all of them; of equally near ones the first. Rows of NaN are nowhere, and not found.

    >>> nearest(np.float32([1, 1]), np.float32([[9, 9], [1, 1], [1, 2]]), k=2)[0].tolist()
    [1, 2]
    """
    squared = np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), _ROWS):
        difference = vectors[start : start + _ROWS] - cue
        np.einsum("nd,nd->n", difference, difference, out=squared[start : start + _ROWS])
    k = min(k, int(np.count_nonzero(~np.isnan(squared))))
    bound = np.partition(squared, k - 1)[k - 1] if k else -1.0  # NaN is sorted to the end
    chosen = np.flatnonzero(squared <= bound)  # more than k where several are as far as the last one
    chosen = chosen[np.argsort(squared[chosen], kind="stable")[:k]]
    return chosen, squared[chosen]


def brought(
    near: Ints, squared: Floats, synapses: Synapses, fires: tuple[Ints, Ints], vectors: Vectors, k: int
) -> tuple[Ints, Ints, Floats]:
    """What engrams bring along: numbers, from which of `near` each came, and how strongly, the strongest first.

    near, squared: [n] engrams nearest to a cue and their squared distances to it. synapses: [m] theirs, to others;
    fires: how often their sources and their targets fired, [m] each. vectors: [n + t, d] of near, then of the targets
    (each once, ascending).

    Two engrams are associated by count / sqrt(fires * fires), which is 1 where they only fire together (the cosine of
    their firings, Ochiai 1957): what fires with everything is associated with nothing. The nearer one of `near` is, the
    more its associations weigh, as in a softmax of minus the distances; and targets that are alike lend each other
    theirs, since one thing that was met five times is five engrams. One of these stands for them: what is like one that
    was brought already counts as little as it is unlike it, and copies are left out.

    >>> some = Synapses(np.array([4, 4, 5]), np.array([7, 8, 9]), np.array([1, 3, 2]))
    >>> near, vectors = np.array([4, 5]), np.float32([[0, 0], [0, 0], [0, 9], [9, 0], [9, 9]])
    >>> found = brought(near, np.float32([0, 0]), some, (np.array([4, 4, 2]), np.array([1, 4, 2])), vectors, k=2)
    >>> found[0].tolist(), found[1].tolist(), found[2].round(3).tolist()
    ([9, 8], [5, 4], [0.5, 0.375])
    """
    if not len(synapses) or not k:
        return near[:0], near[:0], squared[:0]
    scale = _scale(vectors)
    order = np.argsort(near)
    source = order[np.searchsorted(near[order], synapses.source)]
    weight = np.exp(_SHARPNESS * (squared.min() - squared) / scale)

    strength = (weight / weight.sum())[source] * synapses.count / np.sqrt(fires[0].astype(float) * fires[1])
    targets, which = np.unique(synapses.target, return_inverse=True)
    own = np.bincount(which, strength)
    strongest = np.lexsort((synapses.target, -strength))
    via = synapses.source[strongest[np.unique(synapses.target[strongest], return_index=True)[1]]]

    some = np.sort(np.argsort(-own, kind="stable")[:_LENDING])
    alike = np.exp(-_SHARPNESS * _squared(vectors[len(near) :][some]) / scale)
    np.fill_diagonal(alike, 1.0)  # which rounding need not make it
    left = alike @ own[some]
    chosen: list[int] = []
    strengths: list[float] = []
    while len(chosen) < k and (best := left.max(initial=0)) > _NOTHING:
        chosen.append(int(np.argmax(left >= best - _NOTHING)))
        strengths.append(best)
        left *= 1 - alike[chosen[-1]]
    return targets[some][chosen], via[some][chosen], np.array(strengths, np.float32)


def _scale(vectors: Vectors) -> float:
    """How far apart vectors are: the median of the squared distances of up to 64; 1 where that is 0."""
    squared = _squared(vectors[:: -(-len(vectors) // 64)])
    return float(np.median(squared[np.triu_indices(len(squared), 1)]) if len(squared) > 1 else 0) or 1.0


def _squared(vectors: Vectors) -> NDArray[np.float64]:
    """The squared distances between all, [t, t]."""
    centred = (vectors - vectors.mean(axis=0)).astype(float)
    length = np.einsum("td,td->t", centred, centred)
    return np.asarray(np.maximum(length[:, None] + length - 2 * centred @ centred.T, 0))
