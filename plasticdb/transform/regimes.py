"""Which pairs follow one linear map: halved where that brings down the error on left-out pairs, and joined where it doesn't."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..kit.tables import Ints
from .cells import closest, halves, means
from .factors import CUTOFF, SMALLEST, Floats, Pairs

__all__ = ["RIDGES", "Regimes", "left_out_errors", "regimes", "spread"]

RIDGES = (0.0, 1e-6, 1e-4, 1e-2, 0.1, 1.0, 10.0)
"""What a fit may be damped by."""
_GAIN = 0.9
"""Halves must bring the error down to this part of it."""
_ALIKE = 1.1
"""Regimes whose error together is at most this many times their own are one."""
_WORK, _ENOUGH = 1_000_000_000, 20_000


@dataclass(frozen=True, slots=True)
class Regimes:
    """Of each pair its regime; of each regime centre and ridge; missed: the mean square by which left-out pairs are missed."""

    group: Ints
    centre: Floats
    ridge: Floats
    missed: float


def left_out_errors(pairs: Pairs) -> tuple[float, float]:
    """The sum of squares by which pairs are missed by a fit of all the others, with the best ridge, and that ridge."""
    count = len(pairs)
    if count == 1:
        return np.inf, 0.0
    keys, values = pairs.keys - pairs.keys.mean(axis=0), pairs.values - pairs.values.mean(axis=0)
    u, extent, _ = np.linalg.svd(keys, full_matrices=False)
    known = extent > CUTOFF * max(extent[0], SMALLEST)
    u, squared = u[:, known], extent[known] ** 2
    along, own = u.T @ values, u**2
    best = np.inf, RIDGES[-1]
    for ridge in RIDGES:
        share = squared / (squared + ridge * squared.mean()) if len(squared) else squared
        room = 1 - 1 / count - own @ share
        if room.min() < 1e-6:
            continue
        error = float(np.sum(((values - u @ (share[:, None] * along)) / room[:, None]) ** 2))
        if error < 0.999 * best[0]:
            best = error, ridge
    return best


def regimes(pairs: Pairs, most: int | None = None) -> Regimes:
    """Find the regimes of pairs; `most`: how many there may be."""
    n = pairs.keys.shape[1]
    floor = 1e-20 * float(((pairs.values - pairs.values.mean(axis=0)) ** 2).sum())
    sample = spread(len(pairs), min(max(_WORK // (n + 8) ** 2, 64), _ENOUGH))
    here = pairs.of(sample)
    found = _tree(here, np.arange(len(here)), left_out_errors(here), floor / max(len(pairs), 1), 2 * (n + 1) + 2)[1]
    group = np.zeros(len(here), np.int64)
    for regime, some in enumerate(found):
        group[some] = regime
    group = _joined(here, _routed(here.keys, group), floor / max(len(pairs), 1), most)
    group = _routed(here.keys, group)
    centre = means(here.keys, group)
    scores = [left_out_errors(here.of(group == regime)) for regime in range(len(centre))]
    missed = sum(score for score, _ in scores) / len(here) / here.values.shape[1]
    if len(here) < len(pairs):
        group = closest(pairs.keys, centre)
    return Regimes(group, centre, np.array([ridge for _, ridge in scores]), missed)


def spread(count: int, most: int) -> Ints:
    """Places of at most so many, evenly over all."""
    return np.arange(count) if count <= most else np.linspace(0, count - 1, most).astype(np.int64)


def _tree(pairs: Pairs, some: Ints, own: tuple[float, float], floor: float, least: int) -> tuple[float, list[Ints]]:
    """The parts into which some pairs fall, and the sum of squares by which left-out ones are missed with these."""
    error = own[0]
    if len(some) < 2 * least or error <= floor * len(some):
        return error, [some]
    side = halves(pairs.keys[some])
    if min(side.sum(), (~side).sum()) < least:  # of equal keys all are in one half
        return error, [some]
    total = 0.0
    parts: list[Ints] = []
    for half in (some[~side], some[side]):
        there, found = _tree(pairs, half, left_out_errors(pairs.of(half)), floor, least)
        total, parts = total + there, parts + found
    return (total, parts) if total < _GAIN * error else (error, [some])


def _routed(keys: Floats, group: Ints, rounds: int = 4) -> Ints:
    """Let keys go to the nearest mean; a group that loses all is none."""
    for _ in range(rounds):
        before, group = group, closest(keys, means(keys, group))
        group = np.unique(group, return_inverse=True)[1]
        if (group == before).all():
            break
    return group


def _joined(pairs: Pairs, group: Ints, floor: float, most: int | None) -> Ints:
    """Join regimes that one map explains as well as two do, likest first; and more than that while there are too many."""
    members: dict[int, Ints] = {regime: np.flatnonzero(group == regime) for regime in range(int(group.max()) + 1)}
    own = {regime: left_out_errors(pairs.of(some))[0] for regime, some in members.items()}
    worth: dict[tuple[int, int], tuple[float, float]] = {}

    def weigh(one: int, others: Sequence[int]) -> None:
        centre = pairs.keys[members[one]].mean(axis=0)
        near = sorted(others, key=lambda other: float(((pairs.keys[members[other]].mean(axis=0) - centre) ** 2).sum()))
        for other in near[:6]:
            both = left_out_errors(pairs.of(np.concatenate([members[one], members[other]])))[0]
            apart = own[one] + own[other] + floor * (len(members[one]) + len(members[other]))
            worth[min(one, other), max(one, other)] = (both / apart if np.isfinite(apart) else 0.0, both)

    for regime in members:
        weigh(regime, [other for other in members if other != regime])
    while worth:
        pair = min(worth, key=lambda pair: worth[pair][0])
        if worth[pair][0] > _ALIKE and (most is None or len(members) <= most):
            break
        one, other = pair
        members[one], own[one] = np.concatenate([members[one], members.pop(other)]), worth[pair][1]
        worth = {key: value for key, value in worth.items() if not {one, other} & {*key}}
        weigh(one, [regime for regime in members if regime != one])
    joined = np.zeros_like(group)
    for regime, some in enumerate(members.values()):
        joined[some] = regime
    return joined
