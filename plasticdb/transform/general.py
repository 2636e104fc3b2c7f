"""Transforms that answer for keys never seen: regimes apart, or a few transforms whose mixture is fitted as one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..kit.tables import Ints
from .blending import Blend, left_out
from .cells import closest, means, parts
from .factors import Floats, Pairs
from .reading import GENERAL, Manner
from .regimes import regimes, spread
from .shapes import Shapes, packed, reaches

__all__ = ["General", "general"]

_COUNTS = (16, 32, 64, 128)
_FEW = 16
_SHARP = (1.0, 2.0, 8.0)
"""What temperatures are tried, in units of how far keys are from their centres."""
_RIDGES = (1e-4, 1e-3, 1e-2, 1e-1, 0.3, 1.0, 3.0, 10.0, 30.0)
_SAMPLE, _WIDEST = 2_000, 1_200
_BETTER = 0.9
"""A mixture must miss left-out pairs by less than this part of what regimes miss them by."""
_DONE = 0.02


@dataclass(frozen=True, slots=True)
class General:
    """Of each pair its transform, the transforms, how they are read; missed: by which part of the spread left-out pairs are."""

    group: Ints
    shapes: Shapes
    manner: Manner
    missed: float


def general(pairs: Pairs, most: int | None, manner: Manner) -> General:
    """The transforms that miss left-out pairs the least; `most`: how many there may be."""
    apart = regimes(pairs, most)
    spreads = float(((pairs.values - pairs.values.mean(axis=0)) ** 2).mean())
    missed = _part(apart.missed, spreads)
    group, ridge = apart.group, apart.ridge
    centre, how = apart.centre, replace(manner, mode=GENERAL, few=1, temperature=0.0)
    if missed > _DONE and (found := _blend(pairs, most, how)):
        together, middle, temperature = found
        if _part(together.missed, spreads) < _BETTER * missed:
            missed, centre, group = _part(together.missed, spreads), middle, closest(pairs.keys, middle)
            ridge = np.full(len(centre), together.ridge)
            how = replace(how, few=min(_FEW, len(centre)), temperature=temperature)
    group, kept = packed(group, len(centre))
    shapes = Shapes(centre[kept], np.zeros(len(kept)), reaches(pairs, group, centre[kept]), ridge[kept])
    return General(group, shapes, how, missed)


def _part(missed: float, spreads: float) -> float:
    return float(np.sqrt(missed / spreads)) if spreads > 0 else 0.0


def _blend(pairs: Pairs, most: int | None, manner: Manner) -> tuple[Blend, Floats, float] | None:
    """The best mixture, its centres and its temperature; None where there are too few pairs for any."""
    here = pairs.of(spread(len(pairs), _SAMPLE))
    widest = _WIDEST if len(pairs) <= 4 * _SAMPLE else _WIDEST // 2
    best, worse = None, 0
    for count in _COUNTS:
        if count * (here.keys.shape[1] + 1) > widest or count * 6 > len(here) or (most is not None and count > most):
            break
        centre = _centres(here.keys, count)
        unit = float(((here.keys - centre[closest(here.keys, centre)]) ** 2).sum(axis=1).mean())
        before = best[0].missed if best else np.inf
        for sharp in _SHARP if count == _COUNTS[0] else _SHARP[:2]:
            how = replace(manner, few=min(_FEW, count), temperature=sharp * unit)
            blend = left_out(here, centre, how, _RIDGES)
            if unit > 0 and (best is None or blend.missed < best[0].missed):
                best = blend, centre, how.temperature
        worse = worse + 1 if best is None or best[0].missed > 0.98 * before else 0
        if worse == 2:
            break
    return best


def _centres(keys: Floats, count: int, rounds: int = 10) -> Floats:
    group = np.zeros(len(keys), np.int64)
    for cell, some in enumerate(parts(keys, np.arange(len(keys)), count)):
        group[some] = cell
    for _ in range(rounds):
        centre = means(keys, group)
        before, group = group, np.unique(closest(keys, centre), return_inverse=True)[1]
        if (group == before).all():
            break
    return means(keys, group)
