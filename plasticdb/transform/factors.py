"""What a transform knows of the pairs that it absorbed: a triangular factor, to which more can be added, and the fit from it.

Cross-moments K'K would square the condition of the keys, and half of the digits with it. The factor of a QR of [1 | K] with Q'V
beside it says the same without that, and two factors stacked have the factor of both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CUTOFF", "SMALLEST", "Factor", "Fit", "Floats", "Pairs", "factor_of", "fitted", "merged", "missed"]

Floats = NDArray[np.float64]
CUTOFF = 1e-11
"""Directions of the keys whose extent is this much below the largest one are none: a fit ignores them."""
SMALLEST = 1e-140
"""Keys that differ by less are as if they did not: squares of that are none."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Keys [p, n] with their values [p, d], oldest first."""

    keys: Floats
    values: Floats

    def __len__(self) -> int:
        return len(self.keys)

    def of(self, some: NDArray[np.int64] | NDArray[np.bool_]) -> Pairs:
        """Those at some places."""
        return Pairs(self.keys[some], self.values[some])


@dataclass(frozen=True, slots=True)
class Factor:
    """The statistics of pairs.

    rows: [n + 2, 1 + n + d]: the triangle of a QR of [1 | K] with Q'V beside it, and in the last row the length of what is
    left of each value's column.
    """

    rows: Floats
    keys: int

    @property
    def count(self) -> int:
        """How many pairs."""
        return round(float(self.rows[0, 0]) ** 2)

    @property
    def left(self) -> float:
        """The sum of squares that no linear map of the keys explains."""
        return float(np.sum(self.rows[-1] ** 2))

    def written(self) -> bytes:
        """As bytes of float64s, least significant first."""
        return np.asarray(self.rows, "<f8").tobytes()

    @classmethod
    def read(cls, written: bytes, n: int, d: int) -> Factor:
        """The factor of such bytes: of keys of n numbers, values of d."""
        return cls(np.frombuffer(written, "<f8").reshape(n + 2, 1 + n + d).astype(np.float64), n)


@dataclass(frozen=True, slots=True)
class Fit:
    """A linear map: matrix [d, n] times what a key is away from the centre [n], plus the offset [d]."""

    centre: Floats
    matrix: Floats
    offset: Floats

    def __call__(self, keys: Floats) -> Floats:
        """The values [q, d] for keys [q, n]."""
        return np.asarray((keys - self.centre) @ self.matrix.T + self.offset)


def factor_of(keys: Floats, values: Floats) -> Factor:
    """The factor of pairs.

    >>> factor_of(np.array([[0.0], [2.0]]), np.array([[1.0], [5.0]])).count
    2
    """
    return _factor(np.concatenate([np.ones((len(keys), 1)), keys, values], axis=1), keys.shape[1])


def merged(one: Factor, other: Factor) -> Factor:
    """The factor of the pairs of both.

    >>> one, other = (factor_of(np.array([[k]]), np.array([[2 * k + 1]])) for k in (0.0, 2.0))
    >>> round(fitted(merged(one, other)).matrix.item(), 9)
    2.0
    """
    # The last rows hold no keys: what is left of either stays left, beside what the two don't agree on.
    both = _factor(np.concatenate([one.rows[:-1], other.rows[:-1]]), one.keys)
    left = np.sqrt(both.rows[-1:] ** 2 + one.rows[-1:] ** 2 + other.rows[-1:] ** 2)
    return Factor(np.concatenate([both.rows[:-1], left]), one.keys)


def fitted(factor: Factor, ridge: float = 0.0, gain: float = np.inf, centre: Floats | None = None) -> Fit:
    """The linear map nearest to the pairs, and of equally near ones the smallest.

    ridge: what is added to the squared extents of the keys, in units of their mean square. gain: the norm that the matrix must
    not exceed: more ridge is taken until it doesn't. centre: from where keys are measured; the mean of the keys if it's None.

    >>> fit = fitted(factor_of(np.array([[0.0], [2.0]]), np.array([[1.0], [5.0]])))
    >>> fit.centre.round(9).tolist(), fit.offset.round(9).tolist(), fit(np.array([[1.5]])).round(9).tolist()
    ([1.0], [3.0], [[4.0]])
    """
    n = factor.keys
    average = factor.rows[0] / factor.rows[0, 0]
    mean, offset = average[1 : n + 1], average[n + 1 :]
    u, extent, directions = np.linalg.svd(factor.rows[1 : n + 1, 1 : n + 1])
    known = extent > CUTOFF * max(extent[0], np.abs(mean).max(initial=0.0) * 1e-3, SMALLEST)
    extent, along = extent[known], u[:, known].T @ factor.rows[1 : n + 1, n + 1 :]
    directions = directions[np.flatnonzero(known)]
    squared = extent**2
    damping = ridge * squared.mean() if len(squared) else 0.0
    matrix = _damped(directions, extent, along, damping)
    if len(squared) and np.linalg.norm(matrix, 2) > gain:
        matrix = _damped(directions, extent, along, _enough(extent, along, damping, gain))
    if centre is None:
        return Fit(mean, matrix, offset)
    return Fit(centre, matrix, offset + matrix @ (centre - mean))


def missed(factor: Factor, fit: Fit) -> float:
    """The sum of squares by which a fit misses the pairs of a factor: no pair is further off than its root.

    >>> factor = factor_of(np.array([[0.0], [1.0], [2.0]]), np.array([[0.0], [1.5], [0.0]]))
    >>> round(missed(factor, fitted(factor)), 9)
    1.5
    """
    n = factor.keys
    triangle, values = factor.rows[: n + 1, : n + 1], factor.rows[: n + 1, n + 1 :]
    off = values - triangle[:, 1:] @ fit.matrix.T - triangle[:, :1] * (fit.offset - fit.matrix @ fit.centre)
    return float(np.sum(off**2)) + factor.left


def _factor(rows: Floats, n: int) -> Factor:
    triangle = np.asarray(np.linalg.qr(rows, mode="r"))
    found = np.zeros((n + 2, rows.shape[1]))
    some = min(len(triangle), n + 1)
    found[:some] = triangle[:some]
    found[:some] *= np.where(np.diagonal(found)[:some] < 0, -1.0, 1.0)[:, None]
    found[-1, n + 1 :] = np.linalg.norm(triangle[n + 1 :, n + 1 :], axis=0) if len(triangle) > n + 1 else 0.0
    return Factor(found, n)


def _damped(directions: Floats, extent: Floats, along: Floats, damping: float) -> Floats:
    return np.asarray(((extent / (extent**2 + damping))[:, None] * along).T @ directions)


def _enough(extent: Floats, along: Floats, damping: float, gain: float) -> float:
    """The least damping, to a thousandth, with which the matrix is not above the gain."""
    low, high = damping, max(damping, float(extent.min()) ** 2)

    def norm(by: float) -> float:
        return float(np.linalg.norm((extent / (extent**2 + by))[:, None] * along, 2))

    while norm(high) > gain:
        low, high = high, 2 * high
    while high > low * 1.001 and high - low > 1e-300:
        middle = (low + high) / 2 if low == 0 else (low * high) ** 0.5
        low, high = (middle, high) if norm(middle) > gain else (low, middle)
        if low == 0 and high < 1e-12 * float(extent.min()) ** 2:
            break
    return high
