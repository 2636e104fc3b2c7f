"""Cells of nearest centres that hold no more keys than a linear map can go through.

Plain cells of nearest centres are uneven. A pull for each centre, a squared distance by which it seems nearer, evens them out:
for any centres there are pulls with which every cell holds as many keys as it should (Aurenhammer, Hoffmann and Aronov 1998).
"""

from __future__ import annotations

import numpy as np

from ..kit.tables import Ints
from .factors import Floats

__all__ = ["balanced", "closest", "halves", "means", "parts", "squares"]

_ROUNDS, _SWEEPS = 12, 120
_EVENED = 8_192
"""Of more keys, cells are left as even as they come."""
_AT_ONCE = 1_000_000


def squares(keys: Floats, centre: Floats) -> Floats:
    """The squared distance of each key from each centre, up to rounding: [p, m]."""
    middle = centre.mean(axis=0)
    away, there = keys - middle, centre - middle
    return np.asarray((away**2).sum(axis=1)[:, None] + (there**2).sum(axis=1) - 2 * away @ there.T)


def balanced(keys: Floats, count: int, room: int) -> tuple[Ints, Floats, Floats]:
    """So many cells for keys [p, n]: of each key its cell, and of each cell its centre and its pull.

    room: the keys that a cell should hold at most; some hold more where it can't be helped.

    >>> group, centre, pull = balanced(np.array([[0.0], [1.0], [2.0], [9.0]]), count=2, room=2)
    >>> np.bincount(group).tolist()
    [2, 2]
    """
    group = np.zeros(len(keys), np.int64)
    for cell, some in enumerate(parts(keys, np.arange(len(keys)), count)):
        group[some] = cell
    if len(keys) > _EVENED:
        for _ in range(2):
            centre = means(keys, group)
            group = np.unique(closest(keys, centre), return_inverse=True)[1]
        return closest(keys, centre), centre, np.zeros(len(centre))
    return _balanced(keys, group, max(room, -(-len(keys) // count)))


def _balanced(keys: Floats, group: Ints, room: int) -> tuple[Ints, Floats, Floats]:
    centre = means(keys, group)
    pull = np.zeros(len(centre))
    for _ in range(_ROUNDS):
        before, middle = group, centre
        group, pull = _evened(squares(keys, centre), pull, room)
        pull = pull - pull.max()
        if (group == before).all() or not np.bincount(group, minlength=len(centre)).all():
            break
        centre = means(keys, group)
    return group, middle, pull


def _evened(away: Floats, pull: Floats, room: int) -> tuple[Ints, Floats]:
    """Lower the pulls of cells that are too full, until they let go of what is too much."""
    pull, rows = pull.copy(), np.arange(len(away))
    for _ in range(_SWEEPS):
        seems = away - pull
        group = seems.argmin(axis=1)
        size = np.bincount(group, minlength=len(pull))
        full = np.flatnonzero(size > room)
        if not len(full) or len(pull) == 1:
            break
        nearest = seems[rows, group]
        seems[rows, group] = np.inf
        gap = seems.min(axis=1) - nearest
        for cell in full:
            gaps, much = np.sort(gap[group == cell]), size[cell] - room
            pull[cell] -= (gaps[much - 1] + gaps[much]) / 2
    return (away - pull).argmin(axis=1), pull


def means(keys: Floats, group: Ints) -> Floats:
    """The mean of each group; none may be empty."""
    total = np.zeros((int(group.max()) + 1, keys.shape[1]))
    np.add.at(total, group, keys)
    return np.asarray(total / np.bincount(group)[:, None])


def closest(keys: Floats, centre: Floats, pull: Floats | float = 0.0) -> Ints:
    """Of each key the nearest centre."""
    middle = centre.mean(axis=0)
    there = (centre - middle).T.copy()
    half = ((there**2).sum(axis=0) - pull) / 2
    step, found = max(_AT_ONCE // len(centre), 1), np.zeros(len(keys), np.int64)
    for start in range(0, len(keys), step):
        score = (keys[start : start + step] - middle) @ there
        score -= half
        found[start : start + step] = score.argmax(axis=1)
    return found


def parts(keys: Floats, some: Ints, count: int) -> list[Ints]:
    """Keys in so many parts of nearly equal size, by cuts across the longest axis of each."""
    if count <= 1:
        return [some]
    along = _axis(keys[some])
    order = some[np.argsort(along, kind="stable")]
    cut = round(len(some) * (count // 2) / count)
    return parts(keys, order[:cut], count // 2) + parts(keys, order[cut:], count - count // 2)


def halves(keys: Floats, rounds: int = 8) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Keys in two: which are in the second of two means."""
    along = _axis(keys)
    side = along > np.median(along) if len(keys) else along > 0
    for _ in range(rounds):
        if side.all() or not side.any():
            break
        one, other = keys[~side].mean(axis=0), keys[side].mean(axis=0)
        before, side = side, (keys - (one + other) / 2) @ (other - one) > 0
        if (side == before).all():
            break
    return side


def _axis(keys: Floats) -> Floats:
    """How far keys are along their longest axis."""
    away = keys - keys.mean(axis=0)
    if len(away) > 1_024:
        moments = away[:: len(away) // 1_024].T @ away[:: len(away) // 1_024]
    elif len(away) < away.shape[1]:
        found = np.linalg.eigh(away @ away.T)
        return np.asarray(found[1][:, -1] * np.sqrt(max(found[0][-1], 0.0)))
    else:
        moments = away.T @ away
    direction = np.linalg.eigh(moments)[1][:, -1]
    direction = direction * np.sign(direction[np.abs(direction).argmax()])
    return np.asarray(away @ direction)
