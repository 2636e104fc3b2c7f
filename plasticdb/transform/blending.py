"""Transforms that are fitted together, so that their mixture is right, and not each for itself.

A general read mixes what the nearest few say, by a softmax of how near they are. The shares don't depend on the matrices, so the
mixture is linear in all of them together, and one ridge regression fits them: around the linear map that fits all pairs best.
Of 1,000 pairs of a map ReLU(Wx) of 8 numbers, 64 transforms fitted one by one miss 0.25 of the spread, and together 0.17.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .factors import Floats, Pairs, factor_of, fitted
from .reading import Manner, nearest_few

__all__ = ["Blend", "blended", "left_out"]

_AT_ONCE = 4_096


@dataclass(frozen=True, slots=True)
class Blend:
    """How well a mixture does: the mean square by which left-out pairs are missed, and the ridge that this takes."""

    missed: float
    ridge: float


def blended(pairs: Pairs, centre: Floats, manner: Manner, ridge: float) -> tuple[Floats, Floats]:
    """The matrices [m, d, n] and offsets [m, d] of transforms that read in this manner, fitted to all pairs together.

    centre: [m, n]. ridge: how much they are held back from the linear map that fits all pairs best.

    >>> pairs = Pairs(np.linspace(0, 1, 20)[:, None], np.linspace(3, 5, 20)[:, None])
    >>> matrix, offset = blended(pairs, np.array([[0.2], [0.8]]), Manner("general", few=2, temperature=0.1), 0.1)
    >>> matrix.round(6).tolist(), offset.round(6).tolist()
    ([[[2.0]], [[2.0]]], [[3.4], [4.6]])
    """
    m, n = centre.shape
    base = fitted(factor_of(pairs.keys, pairs.values))
    unit = _unit(pairs.keys)
    moments, with_values = np.zeros((m * (n + 1), m * (n + 1))), np.zeros((m * (n + 1), pairs.values.shape[1]))
    for some in _chunks(pairs):
        rows = _rows(some.keys, centre, manner, unit)
        moments += rows.T @ rows
        with_values += rows.T @ (some.values - base(some.keys))
    moments[np.diag_indices_from(moments)] += ridge
    found = np.linalg.solve(moments, with_values).reshape(m, n + 1, -1)
    return found[:, 1:].transpose(0, 2, 1) / unit + base.matrix, found[:, 0] + base(centre)


def left_out(pairs: Pairs, centre: Floats, manner: Manner, ridges: Sequence[float]) -> Blend:
    """The best of some ridges by leaving out one pair at a time, and how well it does."""
    base = fitted(factor_of(pairs.keys, pairs.values))
    rows = _rows(pairs.keys, centre, manner, _unit(pairs.keys))
    values = pairs.values - base(pairs.keys)
    if wide := rows.shape[1] > len(rows):
        extent, along = np.linalg.eigh(rows @ rows.T)
    else:
        extent, directions = np.linalg.eigh(rows.T @ rows)
        along = rows @ directions
    extent = np.maximum(extent, 0.0)
    with_values, own = along.T @ values, along**2
    found = []
    for ridge in ridges:
        share = (extent if wide else 1.0) / (extent + ridge)
        weight = np.minimum(own @ share + (centre.shape[1] + 1) / len(rows), 1 - 1e-9)
        missed = (values - along @ (share[:, None] * with_values)) / (1 - weight)[:, None]
        found.append(Blend(float(np.mean(missed**2)), ridge))
    return min(found, key=lambda blend: blend.missed)


def _rows(keys: Floats, centre: Floats, manner: Manner, unit: float) -> Floats:
    """What each transform's offset and matrix count for each key: [p, m (n + 1)]."""
    some, share = nearest_few(keys, centre, manner)
    shares = np.zeros((len(keys), len(centre)))
    np.put_along_axis(shares, some, share, axis=1)
    away = (keys[:, None] - centre) / unit
    rows = np.concatenate([shares[:, :, None], shares[:, :, None] * away], axis=2)
    return np.asarray(rows.reshape(len(keys), -1))


def _unit(keys: Floats) -> float:
    return float(np.sqrt(((keys - keys.mean(axis=0)) ** 2).mean())) or 1.0


def _chunks(pairs: Pairs) -> Iterator[Pairs]:
    for start in range(0, len(pairs), _AT_ONCE):
        yield Pairs(pairs.keys[start : start + _AT_ONCE], pairs.values[start : start + _AT_ONCE])
