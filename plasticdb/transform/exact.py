"""Transforms that give back every value exactly: as many pairs in each as a linear map goes through; what is left stays raw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..kit.tables import Ints
from .cells import balanced, squares
from .factors import CUTOFF, SMALLEST, Floats, Pairs, factor_of, fitted
from .shapes import Shapes, built, packed, reaches

__all__ = ["Flags", "common", "exact", "given_back", "safe", "unlike"]

Flags = NDArray[np.bool_]
_TIE = 1e-10
"""Squared distances that differ by less than this part may come out either way."""
_TAME = 0.8
_ROUNDS = 12
_AT_ONCE = 4_000_000
_DRAWS, _WORK, _ASKED = 32, 200_000_000, 256
"""How often a few pairs are drawn, less often where there are many dimensions; and how many others are asked then."""
_ROUNDED = 1e-9
"""A map through a few pairs may miss others by this part of the values' length, and be the map of all."""


def unlike(pairs: Pairs, tolerance: float) -> Flags:
    """Which pairs have a key that another one has with an unlike value.

    >>> unlike(Pairs(np.array([[1.0], [2.0], [1.0]]), np.array([[5.0], [5.0], [6.0]])), 1e-6).tolist()
    [True, False, True]
    """
    _, which, count = np.unique(pairs.keys, axis=0, return_inverse=True, return_counts=True)
    found = np.zeros(len(pairs), bool)
    for key in np.flatnonzero(count > 1) if len(count) < len(pairs) else ():
        some = np.flatnonzero(which.reshape(-1) == key)
        found[some] = np.abs(pairs.values[some] - pairs.values[some[0]]).max() > tolerance / 2
    return found


def exact(pairs: Pairs, some: Ints, most: int | None) -> tuple[Ints, Shapes]:
    """Cells for some pairs, so small that a linear map goes through each: of each pair its cell, or -1, and the cells.

    most: how many cells there may be; they are larger if they must. Where there is room, a cell has less than half of the pairs
    that a map can go through: what it says between its keys is then no larger than what it says at them.
    """
    keys, which = np.unique(pairs.keys[some], axis=0, return_inverse=True)
    group = np.full(len(pairs), -1)
    room = _dimensions(keys) + 1
    count = -(-len(keys) // _tame(room))
    if most is not None:
        count = min(count, most)
    cells, centre, pull = balanced(keys, count, room)
    group[some] = cells[which.reshape(-1)]
    group, kept = packed(group, len(centre))
    return group, Shapes(centre[kept], pull[kept], reaches(pairs, group, centre[kept]), np.zeros(len(kept)))


def common(pairs: Pairs, tolerance: float) -> Flags:
    """Which pairs follow one linear map that more than half of them follow; none where there is no such map.

    Outliers bend a fit of all pairs, and every fit of a part that holds one. A fit of as few pairs as it takes is right
    as soon as none of these is an outlier, and the others then say so. The draws depend on the order of the pairs alone.

    >>> keys = np.arange(9.0)[:, None]
    >>> common(Pairs(keys, np.where(keys == 4, 7.0, 2 * keys + 1)), 1e-6).astype(int).tolist()
    [1, 1, 1, 1, 0, 1, 1, 1, 1]
    """
    room = pairs.keys.shape[1] + 1
    none = np.zeros(len(pairs), bool)
    least = max(2 * room, len(pairs) // 2 + 1)
    if len(pairs) < least:
        return none
    near = tolerance + _ROUNDED * float(np.sqrt((pairs.values**2).sum(axis=1).mean()))
    draws = np.random.default_rng(0)
    asked = pairs.of(draws.permutation(len(pairs))[:_ASKED])
    for _ in range(min(max(_WORK // room**3, 1), _DRAWS)):
        drawn = pairs.of(draws.choice(len(pairs), room, replace=False))
        if 2 * _follow(asked, drawn, near).sum() <= len(asked):
            continue
        found = _follow(pairs, drawn, near)
        if found.sum() >= least:
            found = _follow(pairs, pairs.of(found), near)
        if found.sum() >= least:
            return found
    return none


def _follow(pairs: Pairs, drawn: Pairs, near: float) -> Flags:
    """Which pairs the map through the drawn ones does not miss."""
    off = fitted(factor_of(drawn.keys, drawn.values))(pairs.keys) - pairs.values
    return np.asarray(np.sqrt((off**2).sum(axis=1)) <= near)


def given_back(
    pairs: Pairs, group: Ints, shapes: Shapes, tolerance: float, gain: float, cap: float
) -> tuple[Ints, Floats]:
    """Take out what would come out wrong, until the rest comes out right: the groups, and how far off each pair is.

    >>> pairs = Pairs(np.arange(5.0)[:, None], np.array([[0.0], [2.0], [4.0], [6.0], [40.0]]))
    >>> shapes = Shapes(np.array([[2.0]]), np.zeros(1), np.array([2.0]), np.zeros(1))
    >>> given_back(pairs, np.zeros(5, int), shapes, 1e-6, np.inf, np.inf)[0].tolist()
    [0, 0, 0, 0, -1]
    """
    group, off = group.copy(), np.full(len(pairs), np.inf)
    here = np.flatnonzero(group >= 0)
    group[here[~safe(pairs.keys[here], group[here], shapes)]] = -1
    stale = np.ones(len(shapes), bool)
    while stale.any():
        here = np.flatnonzero(np.append(stale, False)[group])
        maps = built(pairs, np.where(np.append(stale, False)[group], group, -1), shapes, gain)
        said = maps.say(pairs.keys[here], group[here])
        off[here] = np.sqrt(((said - pairs.values[here]) ** 2).sum(axis=1))
        wrong = here[(off[here] > tolerance) | (np.sqrt((said**2).sum(axis=1)) > cap)]
        stale = np.zeros(len(shapes), bool)
        for cell in np.unique(group[wrong]):
            here = np.flatnonzero(group == cell)
            group[here[_strangers(pairs.of(here), off[here])]] = -1
            stale[cell] = True
    return group, off


def _strangers(pairs: Pairs, off: Floats) -> Flags:
    """Which pairs bend the map for the others: those that are off where the sum of distances, and not of squares, is least."""
    if len(pairs) > pairs.keys.shape[1] + 2:
        rows = np.concatenate([np.ones((len(pairs), 1)), pairs.keys - pairs.keys.mean(axis=0)], axis=1)
        for _ in range(_ROUNDS):
            if not off.any():  # one map says all of them, so none bends it more than another
                break
            weight = 1 / np.sqrt(np.maximum(off, 1e-9 * off.max()))[:, None]
            found = np.linalg.lstsq(rows * weight, pairs.values * weight, rcond=CUTOFF)[0]
            off = np.sqrt(((pairs.values - rows @ found) ** 2).sum(axis=1))
    return np.asarray(off >= off.max() / 2)


def _tame(room: int) -> int:
    """The most pairs in a cell, at least 2, with which a map says no more between its keys than at them.

    Through p random pairs in n dimensions goes a map whose values have 1/p + (p - 1) / (n - p) of the variance of theirs: the
    mean's part, and the slopes' (the expected inverse of a Wishart matrix).
    """
    n = room - 1
    tame = [pairs for pairs in range(2, n) if 1 / pairs + (pairs - 1) / (n - pairs) <= _TAME]
    return max([min(room, 2), *tame])


def _dimensions(keys: Floats) -> int:
    """How many dimensions keys span around their mean."""
    extent = np.linalg.svd(keys - keys.mean(axis=0), compute_uv=False)
    return int((extent > CUTOFF * max(extent[0], SMALLEST)).sum())


def safe(keys: Floats, group: Ints, shapes: Shapes) -> Flags:
    """Whether each key is in its own cell by more than rounding may take."""
    found = np.ones(len(keys), bool)
    step = max(_AT_ONCE // max(len(shapes), 1), 1)
    for start in range(0, len(keys), step):
        rows = slice(start, start + step)
        seems = squares(keys[rows], shapes.centre) - shapes.pull
        scale = np.abs(seems).max(axis=1)
        places = np.arange(len(seems)), group[rows]
        own = seems[places].copy()
        seems[places] = np.inf
        found[rows] = own < seems.min(axis=1) - _TIE * scale
    return found
