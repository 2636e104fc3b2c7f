"""Consolidation: which pairs become which transforms, as events for the journal, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..journal.journal import Written
from ..kit.tables import Ints
from ..memory.requests import Asking, Between
from .echoes import anew, grown, heard
from .events import MODES, Absorbing, Settled
from .factors import Pairs
from .index import Index
from .planning import Plan, Shapes
from .schema import ARCHIVED, SLOT
from .working_set import TransformWorkingSet

__all__ = ["Consolidated", "planned", "result"]


@dataclass(frozen=True, slots=True)
class Consolidated:
    """What came of a consolidation.

    Parameters
    ----------
    mode
        How the memory reads from now on: `exact` or `general`.
    slots, transforms, raw
        How many slots answer now, and how many of these are transforms and raw.
    absorbed
        How many pairs went into transforms that had been raw.
    largest, mean
        How far what transforms answer for the pairs that they absorbed is from their values: the length of the difference.
    unlike
        Pairs that stay raw since an equal key has an unlike value; reading such a key gives the newest.
    beyond
        Pairs that stay raw since their values would come out wrong.
    """

    mode: str
    slots: int
    transforms: int
    raw: int
    absorbed: int
    largest: float
    mean: float
    unlike: int = 0
    beyond: int = 0


def planned(
    cache: TransformWorkingSet, index: Index, mode: str, tolerance: float, budget: int | None, afresh: bool
) -> Asking[tuple[list[Written], Plan, int]]:
    """Plan a consolidation of the graph as it is: the events, the plan, and how many raw pairs it absorbs.

    Where transforms can take what is raw as they are, they do. Otherwise all pairs are planned anew.
    """
    yield from index.catch_up(cache)
    (transforms, there), manner, raw = index.transforms(), cache.manner, index.raw(cache.manner)
    numbers, pairs = index.numbers[: index.size], Pairs(raw.keys.exact, raw.values)
    if not (len(pairs) or cache.archived):
        return [], Plan(np.empty(0, np.int64), index.shapes(), manner, 0.0, 0.0), 0
    how: dict[str, Any] = {"mode": mode, "tolerance": tolerance, "budget": budget}
    echo = np.zeros(len(pairs), bool)
    if not afresh and raw.told is not None:
        known, factors = index.shapes(), index.factors()
        echo = heard(pairs, raw.told, there, factors, index.made_of(), manner, tolerance)
        echo |= ~index.counts[: index.size]
        found = grown(pairs, echo, there, known.ridge, factors, manner, **how)
        if found is not None:
            events = _events(cache, numbers, transforms, known, found, False)
            return events, found, int((found.group >= 0).sum())
    if cache.archived:
        numbers, pairs, counts = yield from _everything(cache, numbers, pairs, ~echo)
        echo = (counts == 0) & (not afresh and budget is None)
    found = anew(pairs, echo, manner=None if afresh else manner, **how)
    events = _events(cache, numbers, transforms[:0], index.shapes().of(transforms[:0]), found, bool(cache.archived))
    absorbed = int((found.group[np.searchsorted(numbers, index.numbers[: index.size])] >= 0).sum())
    return events, found, absorbed


def _everything(
    cache: TransformWorkingSet, numbers: Ints, raw: Pairs, counts: Ints
) -> Asking[tuple[Ints, Pairs, Ints]]:
    """All pairs by age, absorbed or not, and whether each counts; counts: of the raw ones."""
    rows = yield Between(SLOT, "state", ARCHIVED, ARCHIVED, ["number", "key", "value", "n"])
    keys, values = (
        np.frombuffer(b"".join(rows[name]), "<f8").reshape(-1, some.shape[1])
        for name, some in (("key", raw.keys), ("value", raw.values))
    )
    every = np.concatenate([numbers, rows["number"]])
    order = np.argsort(every)
    both = Pairs(np.concatenate([raw.keys, keys])[order], np.concatenate([raw.values, values])[order])
    return every[order], both, np.concatenate([counts, rows["n"]])[order]


def _events(
    cache: TransformWorkingSet, numbers: Ints, transforms: Ints, known: Shapes, found: Plan, anew: bool
) -> list[Written]:
    """What a plan is in the journal: nothing where nothing changes."""
    events, settled, shapes = [], found.manner, found.shapes
    if anew or settled != cache.manner:
        left = numbers[found.told[found.group[found.told] < 0]].tolist() if anew else []
        how = Settled(
            MODES.index(settled.mode), settled.few, settled.temperature, settled.cap, settled.gain, anew, left
        )
        events.append(Written("consolidate", how.written(), len(numbers) if anew else 1))
    order = np.argsort(found.group, kind="stable")
    bounds = np.searchsorted(found.group[order], np.arange(len(shapes) + 1))
    for group in range(len(shapes)):
        some, there = order[bounds[group] : bounds[group + 1]], group < len(known)
        if not len(some) and not (there and _reshaped(known, shapes, group)):
            continue
        ridge, pull, reach = (float(column[group]) for column in (shapes.ridge, shapes.pull, shapes.reach))
        centre, into = shapes.centre[group].astype("<f8").tobytes(), int(transforms[group]) if there else None
        told = np.isin(some, found.told)
        slots, again = numbers[some[~told]].tolist(), numbers[some[told]].tolist()
        absorbing = Absorbing(slots, centre, ridge, pull, reach, into, again)
        events.append(Written("absorb", absorbing.written(), max(len(some), 1)))
    return events


def _reshaped(known: Shapes, now: Shapes, group: int) -> bool:
    """Whether a transform that gets no more pairs has another shape."""
    return any(
        not np.array_equal(getattr(known, name)[group], getattr(now, name)[group])
        for name in ("centre", "pull", "reach", "ridge")
    )


def result(cache: TransformWorkingSet, found: Plan, absorbed: int) -> Consolidated:
    """What came of a plan, when its events are applied."""
    return Consolidated(
        found.manner.mode, cache.raw + cache.transforms, cache.transforms, cache.raw, absorbed,
        found.largest, found.mean, found.unlike, found.beyond,
    )  # fmt: skip
