"""Which pairs become one transform: planned so that what a memory absorbs comes out as it went in, or so that it generalises."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ..kit.tables import Ints
from .blending import blended
from .cells import closest
from .exact import common, exact, given_back, unlike
from .factors import Pairs
from .general import General, general
from .reading import EXACT, GENERAL, Manner, Transforms, raw_of, read
from .shapes import Shapes, built, joined, packed, reaches

__all__ = ["AUTO", "MODES", "Plan", "Shapes", "bounded", "plan", "transforms_of"]

AUTO = "auto"
MODES = (AUTO, EXACT, GENERAL)
_TRIES = 8
_LEARNT = 0.5
"""A map can be learnt where left-out pairs are off by less than this part of the values' spread."""
_GAIN = 1e6
"""The largest norm of a matrix, in units of the values' spread by the keys'."""
_LOOKED_AT = 8
"""Columns by which pairs are ordered: those that agree in so many stay as they were."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a consolidation does.

    group: of each pair the transform that absorbs it, or -1: it is raw. The known transforms come first, then new ones; one
    that absorbs no pair is gone. shapes: of all of them. largest, mean: how far off the absorbed pairs come out, the length of
    the difference. unlike: pairs that stay raw because an equal key has an unlike value; beyond: because they would come out
    wrong. missed: by which part of the values' spread a general read misses pairs that are left out; NaN where that isn't known.
    told: the places of pairs that are absorbed and count for nothing (`echoes`).
    """

    group: Ints
    shapes: Shapes
    manner: Manner
    largest: float
    mean: float
    unlike: int = 0
    beyond: int = 0
    missed: float = np.nan
    told: Ints = field(default_factory=lambda: np.zeros(0, np.int64))


def bounded(pairs: Pairs, manner: Manner) -> Manner:
    """The manner with a cap and a gain: those that it has, or else what suits the pairs."""
    if np.isfinite(manner.cap) or not len(pairs):
        return manner
    length = float(np.sqrt((pairs.values**2).sum(axis=1).mean()))
    spread = float(np.sqrt(((pairs.keys - pairs.keys.mean(axis=0)) ** 2).sum(axis=1).mean()))
    cap = max(4 * float(np.sqrt(pairs.values.shape[1])), 3.5 * length)
    return replace(manner, cap=cap, gain=_GAIN * cap / spread if spread > 0 else _GAIN * cap)


def transforms_of(pairs: Pairs, group: Ints, shapes: Shapes, manner: Manner) -> Transforms:
    """The transforms of a plan: each fitted to the pairs of its group, or all together if they are mixed."""
    if manner.temperature <= 0:
        return built(pairs, group, shapes, manner.gain).transforms
    absorbed = pairs.of(group >= 0)
    matrix, offset = blended(absorbed, shapes.centre, manner, float(shapes.ridge[0]))
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
    """Plan a consolidation anew: the known transforms let go of their pairs.

    pairs: all that are alive, oldest first. of: of each pair the known transform that absorbed it, or -1: it is raw. known: the
    transforms that are there; groups are numbered after them. budget: how many slots there may be afterwards.

    >>> keys = np.linspace(0, 1, 30)[:, None]
    >>> none = Shapes(np.zeros((0, 1)), np.zeros(0), np.zeros(0), np.zeros(0))
    >>> found = plan(Pairs(keys, 3 * keys + 1), np.full(30, -1), none)
    >>> found.manner.mode, len(found.shapes), found.largest < 1e-9
    ('exact', 1, True)
    """
    if not len(pairs):
        return Plan(np.zeros(0, np.int64), known, manner or Manner(), 0.0, 0.0)
    # In the order of their keys: what comes out depends on the pairs, and not on when they came.
    order = np.lexsort([*pairs.values.T[:2][::-1], *pairs.keys.T[:_LOOKED_AT][::-1]])
    ordered = pairs.of(order)
    found = _anew(ordered, mode, tolerance, budget, bounded(ordered, manner or Manner()))
    group = np.empty(len(pairs), np.int64)
    group[order] = np.where(found.group >= 0, found.group + len(known), -1)
    return replace(found, group=group, shapes=joined(known, found.shapes))


def _anew(pairs: Pairs, mode: str, tolerance: float, budget: int | None, manner: Manner) -> Plan:
    beyond = np.sqrt((pairs.values**2).sum(axis=1)) > manner.cap
    if budget is not None and beyond.sum() >= budget:
        beyond[:] = False
    found = None
    fits = np.flatnonzero(~beyond)
    if len(fits):
        found = general(pairs.of(fits), None if budget is None else budget - int(beyond.sum()), manner)
        group = np.full(len(pairs), -1)
        group[fits] = found.group
        if mode == GENERAL or (
            mode == AUTO and found.missed < _LEARNT and not _comes_out(pairs, group, found, tolerance)
        ):
            return _said(pairs, group, found.shapes, found.manner, tolerance, 0, found.missed)
    return _exact(pairs, beyond, found, tolerance, budget, replace(manner, mode=EXACT, few=1, temperature=0.0))


def _comes_out(pairs: Pairs, group: Ints, found: General, tolerance: float) -> bool:
    """Whether regimes give back exactly what they absorb: then it is all the same which way they are read."""
    if found.manner.temperature > 0:
        return False
    back, _ = given_back(pairs, group, found.shapes, tolerance, found.manner.gain, found.manner.cap)
    return bool((back[group >= 0] >= 0).mean() > 0.5)


def _exact(
    pairs: Pairs, beyond: NDArray[np.bool_], found: General | None, tolerance: float, budget: int | None, manner: Manner
) -> Plan:
    odd = unlike(pairs, tolerance) & ~beyond
    if budget is not None and (odd | beyond).sum() >= budget:
        odd[:] = False
    few = None if budget is None else budget - int((odd | beyond).sum())
    fits = np.flatnonzero(~odd & ~beyond)
    group, shapes = np.full(len(pairs), -1), _none(pairs)
    if len(fits):
        group, shapes = _regimes(pairs, fits, found, tolerance, manner)
        rest = fits[group[fits] < 0]
        if len(rest) and (few is None or few > len(shapes)):
            cells, more = exact(pairs, rest, None if few is None else few - len(shapes))
            group = np.where(cells >= 0, cells + len(shapes), group)
            shapes = joined(shapes, more)
        if few is not None and len(shapes) and (left := fits[group[fits] < 0]).size:
            group[left] = closest(pairs.keys[left], shapes.centre, shapes.pull)
        wanted = group.copy()
        group, _ = given_back(pairs, group, shapes, tolerance, manner.gain, manner.cap)
        if over := budget is not None and _slots(group) > budget:
            group = np.where(wanted >= 0, closest(pairs.keys, shapes.centre, shapes.pull), -1)
        if over or _slots(group[fits]) > 2:
            one, alone = _common(pairs, fits, tolerance, manner)
            slots = _slots(one[fits])
            if slots <= few if over and few is not None else slots < _slots(group[fits]):
                group, shapes = one, alone
    missed = found.missed if found else np.nan
    for _ in range(_TRIES):
        group, kept = packed(group, len(shapes))
        shapes, odds = shapes.of(kept), int((odd & (group < 0)).sum())
        plan = _said(pairs, group, shapes, manner, tolerance, odds, missed)
        if budget is not None or plan.largest <= tolerance:
            return plan
        group = _read_back(pairs, group, shapes, manner, tolerance)
    return _said(pairs, np.full(len(pairs), -1), _none(pairs), manner, tolerance, int(odd.sum()), missed)


def _read_back(pairs: Pairs, group: Ints, shapes: Shapes, manner: Manner, tolerance: float) -> Ints:
    """The groups without the pairs that do not come out right where all is read as it will be, raw slots beside transforms."""
    answer = read(pairs.keys, transforms_of(pairs, group, shapes, manner), raw_of(pairs.of(group < 0)), manner)
    off = np.sqrt(((answer.values - pairs.values) ** 2).sum(axis=1))
    return np.where(off > tolerance, -1, group)


def _regimes(pairs: Pairs, fits: Ints, found: General | None, tolerance: float, manner: Manner) -> tuple[Ints, Shapes]:
    """The regimes that give back exactly what they absorb, and more than their dimensions could by chance."""
    none = np.full(len(pairs), -1), _none(pairs)
    if found is None or found.manner.temperature > 0:
        return none
    group = np.full(len(pairs), -1)
    group[fits] = closest(pairs.keys[fits], found.shapes.centre)
    size = np.bincount(group[fits], minlength=len(found.shapes))
    shapes = replace(found.shapes, ridge=np.zeros(len(size)))
    back, _ = given_back(pairs, group, shapes, tolerance, manner.gain, manner.cap)
    held = np.bincount(back[back >= 0], minlength=len(size))
    good = (held > 0.9 * size) & (held > min(pairs.keys.shape[1] + 1, 2))
    if len(size) > 1:
        good &= held > pairs.keys.shape[1] + 1
    if not good.any():
        return none
    back, kept = packed(np.where(np.append(good, False)[back], back, -1), len(size))
    return back, shapes.of(kept)


def _common(pairs: Pairs, fits: Ints, tolerance: float, manner: Manner) -> tuple[Ints, Shapes]:
    """One transform for the pairs that follow one map, where most do; the outliers stay raw."""
    group = np.full(len(pairs), -1)
    some = fits[common(pairs.of(fits), tolerance)]
    if not len(some):
        return group, _none(pairs)
    group[some] = 0
    centre = pairs.keys[some].mean(axis=0)[None]
    shapes = Shapes(centre, np.zeros(1), reaches(pairs, group, centre), np.zeros(1))
    return given_back(pairs, group, shapes, tolerance, manner.gain, manner.cap)[0], shapes


def _slots(group: Ints) -> int:
    """How many slots answer: raw ones, and one for each group."""
    return int((group < 0).sum()) + len(np.unique(group[group >= 0]))


def _none(pairs: Pairs) -> Shapes:
    return Shapes(np.zeros((0, pairs.keys.shape[1])), np.zeros(0), np.zeros(0), np.zeros(0))


def _said(pairs: Pairs, group: Ints, shapes: Shapes, manner: Manner, tolerance: float, odd: int, missed: float) -> Plan:
    """The plan, with what its transforms answer for the pairs that they absorb."""
    absorbed = np.flatnonzero(group >= 0)
    if not len(absorbed):
        return Plan(group, shapes, manner, 0.0, 0.0, odd, len(pairs) - odd, missed)
    answer = read(
        pairs.keys[absorbed], transforms_of(pairs, group, shapes, manner), raw_of(pairs.of(group < 0)), manner
    )
    off = np.sqrt(((answer.values - pairs.values[absorbed]) ** 2).sum(axis=1))
    raw = len(pairs) - len(absorbed)
    return Plan(group, shapes, manner, float(off.max()), float(off.mean()), odd, raw - odd, missed)
