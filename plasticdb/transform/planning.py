"""Which pairs become one transform: planned so that what a memory absorbs comes out as it went in, or so that it generalises."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..kit.tables import Ints
from .factors import Fit, Floats, Pairs, factor_of, fitted
from .reading import EXACT, GENERAL, Manner, Transforms, raw_of, read

__all__ = ["AUTO", "MODES", "Plan", "Shapes", "built", "needs_archive", "plan"]

AUTO = "auto"
MODES = (AUTO, EXACT, GENERAL)
_LEARNT = 0.5
"""A map can be learnt where left-out pairs are off by less than this part of the values' spread."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """What is decided of transforms: centre [g, n], pull [g], reach [g], ridge [g]."""

    centre: Floats
    pull: Floats
    reach: Floats
    ridge: Floats

    def __len__(self) -> int:
        return len(self.pull)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a consolidation does.

    group: of each pair the transform that absorbs it, or -1: it is raw. The known transforms come first, then new ones; one
    that absorbs no pair is gone. shapes: of all of them. largest, mean: how far off the absorbed pairs come out, the length of
    the difference. unlike: pairs that stay raw because an equal key has an unlike value; beyond: because they would come out
    wrong.
    """

    group: Ints
    shapes: Shapes
    manner: Manner
    largest: float
    mean: float
    unlike: int = 0
    beyond: int = 0


def needs_archive(mode: str, manner: Manner) -> bool:
    """Whether a plan has to see the pairs that are absorbed already, too."""
    return mode != GENERAL and not (mode == AUTO and manner.mode == GENERAL)


def built(pairs: Pairs, group: Ints, shapes: Shapes, gain: float = np.inf) -> Transforms:
    """The transforms of a plan; of one that absorbs none of these pairs the matrix and the offset are 0."""
    n, d, g = pairs.keys.shape[1], pairs.values.shape[1], len(shapes)
    matrix, offset = np.zeros((g, d, n)), np.zeros((g, d))
    for j in range(g):
        if len(some := np.flatnonzero(group == j)):
            fit = _fit(pairs.of(some), float(shapes.ridge[j]), gain, shapes.centre[j])
            matrix[j], offset[j] = fit.matrix, fit.offset
    return Transforms(shapes.centre, matrix, offset, shapes.pull, shapes.reach)


def plan(
    pairs: Pairs,
    of: Ints,
    known: Shapes,
    *,
    mode: str = AUTO,
    tolerance: float = 1e-6,
    budget: int | None = None,
    manner: Manner | None = None,
) -> Plan:
    """Plan a consolidation.

    pairs: all that are alive, oldest first; the absorbed ones among them only if `needs_archive`. of: of each pair the known
    transform that absorbed it, or -1: it is raw. known: the transforms that are there. budget: how many slots there may be
    afterwards.
    """
    manner = manner or Manner()
    group, ridge = np.full(len(pairs), -1), 0.0
    for some in _split(pairs, np.arange(len(pairs)), tolerance):
        group[some] = group.max(initial=-1) + 1
    while True:
        shapes = _shapes(pairs, group, ridge)
        found = Manner(EXACT, cap=manner.cap, gain=manner.gain)
        answer = read(pairs.keys, built(pairs, group, shapes), raw_of(pairs.of(group < 0)), found)
        off = np.sqrt(((answer.values - pairs.values) ** 2).sum(axis=1))
        wrong = (group >= 0) & ((answer.slots[:, 0] != group) | (off > tolerance))
        if not wrong.any():
            break
        group[wrong] = -1
        _, packed = np.unique(group[group >= 0], return_inverse=True)
        group[group >= 0] = packed
    absorbed = off[group >= 0]
    shift = np.where(group >= 0, group + len(known), -1)
    none = Shapes(known.centre, known.pull, known.reach, known.ridge)
    return Plan(
        shift,
        _joined(none, shapes),
        found,
        float(absorbed.max(initial=0.0)),
        float(absorbed.mean()) if len(absorbed) else 0.0,
    )


def _joined(one: Shapes, other: Shapes) -> Shapes:
    return Shapes(
        np.concatenate([one.centre, other.centre]),
        np.concatenate([one.pull, other.pull]),
        np.concatenate([one.reach, other.reach]),
        np.concatenate([one.ridge, other.ridge]),
    )


def _fit(pairs: Pairs, ridge: float, gain: float, centre: Floats) -> Fit:
    return fitted(factor_of(pairs.keys, pairs.values), ridge, gain, centre)


def _shapes(pairs: Pairs, group: Ints, ridge: float) -> Shapes:
    count = int(group.max(initial=-1)) + 1
    centre, reach = np.zeros((count, pairs.keys.shape[1])), np.zeros(count)
    for j in range(count):
        keys = pairs.keys[group == j]
        centre[j] = keys.mean(axis=0)
        reach[j] = np.sqrt(((keys - centre[j]) ** 2).sum(axis=1).max())
    return Shapes(centre, np.zeros(count), reach, np.full(count, ridge))


def _split(pairs: Pairs, some: Ints, tolerance: float) -> list[Ints]:
    """Halve pairs until a linear map goes through each part."""
    here = pairs.of(some)
    if len(some) < 2:
        return []
    fit = fitted(factor_of(here.keys, here.values))
    if np.abs(fit(here.keys) - here.values).max() <= tolerance:
        return [some]
    away = here.keys - here.keys.mean(axis=0)
    side = away @ np.linalg.svd(away, full_matrices=False)[2][0] > 0
    if side.all() or not side.any():
        return []
    return _split(pairs, some[side], tolerance) + _split(pairs, some[~side], tolerance)
