"""Transforms that absorb more without their sources: their factors say what more pairs do to them, and to what they absorbed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..kit.tables import Ints
from .cells import closest
from .exact import Flags, safe
from .factors import Factor, Fit, Floats, Pairs, factor_of, fitted, merged, missed
from .planning import AUTO, Plan
from .reading import EXACT, GENERAL, Manner, Transforms, outputs
from .shapes import Shapes, reaches

__all__ = ["grow"]

_WIDER = 1.2
"""A key this many times further than what a transform absorbed is none of its own."""
_NOISIER = 1.3
"""Pairs whose mean square is this many times what is expected are none of a transform's own."""
_APART = 0.05
"""Of more pairs that are nobody's own, all is planned anew."""
_FEW = 1_000
"""One pair in so many may stay raw before all is planned anew."""
_TRIES = 64


def grow(
    raw: Pairs,
    known: Transforms,
    ridge: Floats,
    factors: Sequence[Factor],
    manner: Manner,
    *,
    mode: str = AUTO,
    tolerance: float = 1e-6,
    budget: int | None = None,
) -> Plan | None:
    """Let known transforms absorb raw pairs; None where all has to be planned anew.

    raw: oldest first. ridge, factors: of each known transform. Exact: what a transform absorbed comes out within the tolerance,
    since the factor bounds by how much all of it is missed. General: what is absorbed is missed by no more than before. Anew it
    is planned also when there are twice as many pairs: more can be learnt from more. So all plans together cost as much as two.

    >>> keys = np.arange(4.0)[:, None]  # 4 pairs, and 3 more are fewer than twice as many
    >>> factor = factor_of(keys, 2 * keys)
    >>> fit = fitted(factor)
    >>> known = Transforms(fit.centre[None], fit.matrix[None], fit.offset[None], np.zeros(1), np.full(1, 1.5))
    >>> found = grow(Pairs(keys[1:] + 0.5, 2 * keys[1:] + 1), known, np.zeros(1), [factor], Manner("exact"), mode="exact")
    >>> found.group.tolist(), found.shapes.reach.tolist()
    ([0, 0, 0], [2.0])
    """
    shapes = Shapes(known.centre, known.pull, known.reach, ridge)
    before = sum(factor.count for factor in factors)
    if not len(known) or manner.mode not in (EXACT, GENERAL) or mode not in (AUTO, manner.mode):
        return None
    if not len(raw):
        return (
            None
            if budget is not None and len(known) > budget
            else Plan(np.zeros(0, np.int64), shapes, manner, 0.0, 0.0)
        )
    group = closest(raw.keys, known.centre, known.pull)
    group[np.sqrt((raw.values**2).sum(axis=1)) > manner.cap] = -1
    there = safe(raw.keys, group, shapes) if manner.mode == EXACT else np.ones(len(raw), bool)
    beyond = int((~there | (group < 0)).sum())
    # What was read and written back teaches nothing. Planned anew, it would be read otherwise, and so on without an end.
    news = manner.mode == GENERAL or not _known(raw.of(group >= 0), group[group >= 0], known, tolerance).all()
    if manner.temperature > 0 or (news and before.bit_length() != (before + len(raw)).bit_length()):
        return None
    group[~there] = -1
    if manner.mode == EXACT:
        _exact(raw, group, shapes, factors, manner, tolerance)
        apart = max((before + len(raw)) // _FEW, 0)
    else:
        _general(raw, group, known, factors, tolerance)
        apart = int(_APART * len(raw))
    left = int((group < 0).sum())
    if left - beyond > apart or (budget is not None and left + len(known) > budget):
        return None
    shapes = Shapes(known.centre, known.pull, np.maximum(known.reach, reaches(raw, group, known.centre)), ridge)
    off = _off(raw, group, shapes, factors, manner)
    return Plan(group, shapes, manner, float(off.max(initial=0.0)), float(off.sum() / max(len(off), 1)), 0, left)


def _known(pairs: Pairs, group: Ints, known: Transforms, tolerance: float) -> Flags:
    """Which pairs come out of their transform already as they go in."""
    off = outputs(pairs.keys, known, group) - pairs.values
    return np.asarray(np.sqrt((off**2).sum(axis=1)) <= tolerance)


def _exact(
    raw: Pairs, group: Ints, shapes: Shapes, factors: Sequence[Factor], manner: Manner, tolerance: float
) -> None:
    """Take out of its group what it cannot absorb within the tolerance."""
    for j in np.unique(group[group >= 0]):
        some = np.flatnonzero(group == j)
        if _goes_in(raw.of(some), factors[j], shapes, j, manner, tolerance):
            continue
        factor, group[some] = factors[j], -1
        for i in some[:_TRIES]:
            one = raw.of(np.array([i]))
            if _goes_in(one, factor, shapes, j, manner, tolerance):
                factor, group[i] = merged(factor, factor_of(one.keys, one.values)), j


def _goes_in(pairs: Pairs, factor: Factor, shapes: Shapes, j: int, manner: Manner, tolerance: float) -> bool:
    both, fit = _grown(pairs, factor, shapes, j, manner)
    said = np.sqrt((fit(pairs.keys) ** 2).sum(axis=1))
    return missed(both, fit) <= tolerance**2 and bool((said <= manner.cap).all())


def _grown(pairs: Pairs, factor: Factor, shapes: Shapes, j: int, manner: Manner) -> tuple[Factor, Fit]:
    both = merged(factor, factor_of(pairs.keys, pairs.values))
    return both, fitted(both, float(shapes.ridge[j]), manner.gain, shapes.centre[j])


def _general(raw: Pairs, group: Ints, known: Transforms, factors: Sequence[Factor], tolerance: float) -> None:
    """Take out of its group what is not near it, or not like what it absorbed."""
    n, d = raw.keys.shape[1], raw.values.shape[1]
    for j in np.unique(group[group >= 0]):
        some = np.flatnonzero(group == j)
        distance = np.sqrt(((raw.keys[some] - known.centre[j]) ** 2).sum(axis=1))
        said = (raw.keys[some] - known.centre[j]) @ known.matrix[j].T + known.offset[j]
        over = factors[j].count - n - 1
        if over <= 0:
            group[some] = -1
            continue
        # A fit misses what it was not made from by so much more, and a mean of few squares varies by so much.
        expected = factors[j].left / (over * d) * (1 + (n + 1) / over) * (1 + 4 * np.sqrt(2 / (len(some) * d)))
        if np.mean((said - raw.values[some]) ** 2) > _NOISIER * expected + tolerance**2:
            group[some] = -1
        group[some[distance > _WIDER * known.reach[j]]] = -1


def _off(raw: Pairs, group: Ints, shapes: Shapes, factors: Sequence[Factor], manner: Manner) -> Floats:
    """How far off absorbed pairs come out."""
    off = np.zeros(len(raw))
    for j in np.unique(group[group >= 0]):
        some = np.flatnonzero(group == j)
        _, fit = _grown(raw.of(some), factors[j], shapes, j, manner)
        off[some] = np.sqrt(((fit(raw.keys[some]) - raw.values[some]) ** 2).sum(axis=1))
    return off[group >= 0]
