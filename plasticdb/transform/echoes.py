"""What a memory said itself and was told again: it is kept, and it teaches nothing.

A memory that learns from its own answers drifts: each plan would go through what the one before it made up. So a pair whose value
the transforms give already is archived with the one that gives it, and counts for nothing when all is planned anew. It does
count where it confirms something: where a transform goes through more pairs than a map could go through by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..kit.tables import Ints
from .cells import closest
from .exact import Flags, safe
from .factors import CUTOFF, SMALLEST, Factor, Floats, Pairs
from .growing import grow
from .planning import Plan, plan, transforms_of
from .reading import EXACT, Manner, Transforms, say
from .shapes import Shapes

__all__ = ["anew", "confirmed", "cut", "grown", "heard", "told"]

_SAME = 1e-6
"""A value that differs from what is said by less than this part of its length is the same."""
_NOISE = 1e-12
"""And so is one that differs by less than this part of the longest value that there may be."""


def told(pairs: Pairs, transforms: Transforms, manner: Manner) -> Flags:
    """Which pairs say what the transforms say already.

    >>> one = Transforms(np.zeros((1, 1)), np.full((1, 1, 1), 2.0), np.zeros((1, 1)), np.zeros(1), np.ones(1))
    >>> told(Pairs(np.array([[3.0], [4.0]]), np.array([[6.0], [7.0]])), one, Manner("exact")).tolist()
    [True, False]
    """
    if not len(transforms):
        return np.zeros(len(pairs), bool)
    off = np.sqrt(((say(pairs.keys, transforms, manner) - pairs.values) ** 2).sum(axis=1))
    noise = _NOISE * manner.cap if np.isfinite(manner.cap) else 0.0
    return np.asarray(off <= _SAME * np.sqrt((pairs.values**2).sum(axis=1)) + noise)


def confirmed(factor: Factor, count: int) -> bool:
    """Whether a transform goes through more pairs, that many, than a linear map of their keys could go through by chance.

    >>> from plasticdb.transform.factors import factor_of
    >>> one, other = (factor_of(np.arange(size)[:, None], 3 * np.arange(size)[:, None]) for size in (2.0, 3.0))
    >>> confirmed(one, 2), confirmed(other, 3)
    (False, True)
    """
    size = float(np.sqrt(np.sum(factor.rows[:, factor.keys + 1 :] ** 2)))
    if count <= 2 or np.sqrt(factor.left) > _SAME * size:
        return False
    extent = np.linalg.svd(factor.rows[1 : factor.keys + 1, 1 : factor.keys + 1], compute_uv=False)
    return bool(count > 1 + (extent > CUTOFF * max(extent[0], SMALLEST)).sum())


def heard(
    pairs: Pairs,
    told: Flags,
    known: Transforms,
    factors: Sequence[Factor],
    counts: Ints,
    manner: Manner,
    tolerance: float,
) -> Flags:
    """Which of the pairs that were told are echoes: they confirm no transform, and come out as they went in.

    factors, counts: of each transform, and from how many pairs it was made.
    """
    found, some = np.zeros(len(pairs), bool), np.flatnonzero(told)
    if len(some) and manner.mode == EXACT:
        off = say(pairs.keys[some], known, manner) - pairs.values[some]
        some = some[np.sqrt((off**2).sum(axis=1)) <= tolerance]
    if len(some) and manner.temperature <= 0:
        which = closest(pairs.keys[some], known.centre, known.pull)
        sure = [j for j in np.unique(which) if confirmed(factors[j], int(counts[j]))]
        some = some[~np.isin(which, sure)]
    found[some] = True
    return found


def grown(
    pairs: Pairs, echo: Flags, known: Transforms, ridge: Floats, factors: Sequence[Factor], manner: Manner, **how: Any
) -> Plan | None:
    """What `grow` says of raw pairs of which some are echoes: these change no transform, and stay raw where others do."""
    found = grow(pairs.of(~echo), known, ridge, factors, manner, **how)
    if found is None or not echo.any():
        return found
    there = Transforms(known.centre, known.matrix, known.offset, known.pull, found.shapes.reach)
    group = _kept(pairs.of(echo), there, manner, how["tolerance"])
    if manner.mode == EXACT:
        group[np.isin(group, found.group)] = -1
    both = _both(pairs, echo, found, group, there, manner)
    budget = how["budget"]
    return None if budget is not None and int((both.group < 0).sum()) + len(known) > budget else both


def anew(pairs: Pairs, echo: Flags, *, manner: Manner | None, **how: Any) -> Plan:
    """What `plan` says of pairs of which some are echoes: it is made without these. They are kept where they come out of it."""
    none = Shapes(np.zeros((0, pairs.keys.shape[1])), np.zeros(0), np.zeros(0), np.zeros(0))
    news = pairs.of(~echo)
    found = plan(news, np.full(len(news), -1), none, manner=manner, **how)
    if not (echo.any() and len(found.shapes)):
        group = np.full(len(pairs), -1)
        group[~echo] = found.group
        return replace(found, group=group, told=np.flatnonzero(echo))
    there = transforms_of(news, found.group, found.shapes, found.manner)
    return _both(pairs, echo, found, _kept(pairs.of(echo), there, found.manner, how["tolerance"]), there, found.manner)


def _kept(pairs: Pairs, transforms: Transforms, manner: Manner, tolerance: float) -> Ints:
    """Of each echo the transform that keeps it from now on, or -1: it does not come out of one, and stays raw.

    In general mode the nearest keeps it, whatever it says by now.
    """
    group = closest(pairs.keys, transforms.centre, transforms.pull)
    if manner.mode != EXACT:
        return group
    shapes = Shapes(transforms.centre, transforms.pull, transforms.reach, transforms.pull)
    off = np.sqrt(((say(pairs.keys, transforms, manner) - pairs.values) ** 2).sum(axis=1))
    return np.where((off <= tolerance) & safe(pairs.keys, group, shapes), group, -1)


def cut(values: Floats, cap: float) -> Flags:
    """Which values are as long as none may exceed: such a one was cut, and the map that said it goes elsewhere."""
    return np.asarray(np.sqrt((values**2).sum(axis=1)) >= cap * (1 - _SAME))


def _both(pairs: Pairs, echo: Flags, found: Plan, kept: Ints, transforms: Transforms, manner: Manner) -> Plan:
    """A plan for pairs of which some are echoes, from that for the others."""
    group = np.empty(len(pairs), np.int64)
    group[~echo], group[echo] = found.group, kept
    some = np.flatnonzero(echo & (group >= 0))
    off = np.sqrt(((say(pairs.keys[some], transforms, manner) - pairs.values[some]) ** 2).sum(axis=1))
    rest = int((found.group >= 0).sum())
    mean = (found.mean * rest + float(off.sum())) / max(rest + len(some), 1)
    left = int((kept < 0).sum())
    return replace(
        found,
        group=group,
        largest=max(found.largest, float(off.max(initial=0.0))),
        mean=mean,
        beyond=found.beyond + left,
        told=np.flatnonzero(echo),
    )
