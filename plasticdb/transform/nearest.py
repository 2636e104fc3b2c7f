"""Which of many keys is nearest: a first pass in float32 over all of them, and the exact distance to those that may be it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..kit.tables import Ints
from .factors import Floats

__all__ = ["Keys", "keys_of", "nearest"]

_AT_ONCE = 8_000_000
"""Distances that are held at once."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys [p, n], oldest first, made ready for the first pass: shifted to their middle, in float32, with half their squares."""

    exact: Floats
    middle: Floats
    rough: NDArray[np.float32]
    half: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.exact)

    def of(self, some: Ints) -> Keys:
        """Those at some places."""
        return Keys(self.exact[some], self.middle, self.rough[some], self.half[some])


def keys_of(keys: Floats) -> Keys:
    """Make keys ready."""
    middle = keys.mean(axis=0) if len(keys) else np.zeros(keys.shape[1])
    rough = (keys - middle).astype(np.float32)
    return Keys(keys, middle, rough, np.einsum("pn,pn->p", rough, rough) / 2)


def nearest(queries: Floats, keys: Keys) -> tuple[Ints, Floats]:
    """Of each query [q, n] the place of the nearest key, and the squared distance; of equally near ones the newest.

    >>> found, squared = nearest(np.array([[0.9]]), keys_of(np.array([[1.0], [5.0], [1.0]])))
    >>> found.tolist(), squared.round(6).tolist()
    ([2], [0.01])
    """
    found, squared = np.full(len(queries), -1), np.full(len(queries), np.inf)
    if not len(keys):
        return found, squared
    longest = float(np.sqrt(2 * keys.half.max()))
    step = max(_AT_ONCE // len(keys), 1)
    for start in range(0, len(queries), step):
        away = queries[start : start + step] - keys.middle
        score = keys.half - away.astype(np.float32) @ keys.rough.T
        length = np.sqrt((away**2).sum(axis=1))
        # What float32 may be wrong by, on either side.
        slack = 4e-7 * (len(keys.middle) + 4) * (length + longest) * longest
        bound = score.min(axis=1) + slack.astype(np.float32)
        for i in range(len(away)):
            some = np.flatnonzero(score[i] <= bound[i])
            apart = queries[start + i] - keys.exact[some]
            unit = float(np.abs(apart).max()) or 1.0  # or the squares of what is below 1e-160 would all be 0
            exact = ((apart / unit) ** 2).sum(axis=1)
            best = len(some) - 1 - int(np.argmin(exact[::-1]))
            found[start + i], squared[start + i] = some[best], (apart[best] ** 2).sum()
    return found, squared
