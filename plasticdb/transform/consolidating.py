"""Consolidation: which pairs become which transforms, as events for the journal, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..journal.journal import Written
from ..kit.tables import Ints
from ..memory.requests import Asking, Between
from .events import MODES, Absorbing, Settled, releasing
from .factors import Pairs
from .index import Index
from .planning import Plan, Shapes, needs_archive, plan
from .reading import Manner
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
    """Plan a consolidation of the graph as it is: the events, the plan, and how many raw pairs it absorbs."""
    yield from index.catch_up(cache)
    numbers, pairs, into = index.numbers[: index.size], Pairs(index.raw.keys.exact, index.values[: index.size]), None
    transforms, _ = index.transforms()
    manner = Manner() if afresh else cache.manner
    of = np.full(len(pairs), -1)
    if cache.archived and (afresh or needs_archive(mode, manner)):
        numbers, pairs, into = yield from _everything(cache, numbers, pairs)
        of = np.where(into < 0, -1, np.searchsorted(transforms, into))
    known = _none(index.shapes()) if afresh else index.shapes()
    found = plan(
        pairs, np.full(len(pairs), -1) if afresh else of, known,
        mode=mode, tolerance=tolerance, budget=budget, manner=manner,
    )  # fmt: skip
    events = [] if not len(pairs) else _events(cache, numbers, of, transforms, known, found, afresh)
    return events, found, int(((of < 0) & (found.group >= 0)).sum())


def _everything(cache: TransformWorkingSet, numbers: Ints, raw: Pairs) -> Asking[tuple[Ints, Pairs, Ints]]:
    """All pairs by age, absorbed or not, with the number of the transform that absorbed each; -1: none."""
    rows = yield Between(SLOT, "state", ARCHIVED, ARCHIVED, ["number", "key", "value", "into"])
    keys, values = (
        np.frombuffer(b"".join(rows[name]), "<f8").reshape(-1, some.shape[1])
        for name, some in (("key", raw.keys), ("value", raw.values))
    )
    into = np.array([-1 if one is None else one for one in rows["into"].tolist()], np.int64)
    every = np.concatenate([numbers, rows["number"]])
    order = np.argsort(every)
    pairs = Pairs(np.concatenate([raw.keys, keys])[order], np.concatenate([raw.values, values])[order])
    return every[order], pairs, np.concatenate([np.full(len(numbers), -1), into])[order]


def _none(shapes: Shapes) -> Shapes:
    return Shapes(shapes.centre[:0], shapes.pull[:0], shapes.reach[:0], shapes.ridge[:0])


def _events(
    cache: TransformWorkingSet, numbers: Ints, of: Ints, transforms: Ints, known: Shapes, found: Plan, afresh: bool
) -> list[Written]:
    """What a plan is in the journal: nothing where nothing changes."""
    events = []
    settled = found.manner
    if afresh or settled != cache.manner:
        how = Settled(MODES.index(settled.mode), settled.few, settled.temperature, settled.cap, settled.gain, afresh)
        events.append(Written("consolidate", how.written(), len(numbers) if afresh else 1))
    if not afresh and len(left := numbers[(of >= 0) & (found.group < 0)]):
        events.append(Written("release", releasing(left.tolist()), len(left)))
    order = np.argsort(found.group, kind="stable")
    bounds = np.searchsorted(found.group[order], np.arange(len(found.shapes) + 1))
    for group in range(len(found.shapes)):
        some = order[bounds[group] : bounds[group + 1]]
        there = group < len(known)
        if there:
            some = some[of[some] != group]
        if not len(some) and not (there and _reshaped(known, found.shapes, group)):
            continue
        shape = found.shapes
        absorbing = Absorbing(
            numbers[some].tolist(), shape.centre[group].astype("<f8").tobytes(), float(shape.ridge[group]),
            float(shape.pull[group]), float(shape.reach[group]), int(transforms[group]) if there else None,
        )  # fmt: skip
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
