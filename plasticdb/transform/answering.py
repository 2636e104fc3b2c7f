"""Reading: the value for a key, and why: which slots it came from, how near they are, and their shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import NothingLearned
from ..memory.requests import Asking
from .index import Index
from .reading import NONE, Answer, Manner, read
from .working_set import TransformWorkingSet

__all__ = ["Found", "Share", "asked", "found"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Share:
    """A slot from which a value came: its number, `raw` or `transform`, its share, and how far its key is from the query."""

    id: int
    state: str
    share: float
    distance: float


@dataclass(frozen=True, slots=True)
class Found:
    """The value for a query, how it was read, and which slots it came from, the largest share first.

    Parameters
    ----------
    mode
        `exact` or `general`; `none`: the memory was never consolidated, and the nearest pair answers.
    """

    value: Floats
    mode: str
    slots: Sequence[Share]


def asked(cache: TransformWorkingSet, index: Index, queries: Floats, mode: str | None) -> Asking[tuple[Answer, Manner]]:
    """Read many queries; what the rule says, and in which manner.

    Raises
    ------
    NothingLearned
        There is no slot.
    """
    yield from index.catch_up(cache)
    if not (cache.raw or cache.transforms):
        raise NothingLearned(f"there is no slot in {cache.name!r} to answer; write pairs to it first")
    manner = cache.manner
    if mode is not None and manner.mode != NONE:
        manner = replace(manner, mode=mode)
    return read(queries, index.transforms()[1], index.raw(cache.manner), manner), manner


def found(cache: TransformWorkingSet, index: Index, query: Floats, mode: str | None) -> Asking[Found]:
    """Read one query."""
    answer, manner = yield from asked(cache, index, query[None, :], mode)
    numbers, transforms = index.transforms()
    shares = []
    for place, share in zip(answer.slots[0].tolist(), answer.shares[0].tolist(), strict=True):
        if place >= len(numbers):
            raw = place - len(numbers)
            number, state, key = index.numbers[raw], "raw", index.keys[raw]
        elif place >= 0:
            number, state, key = numbers[place], "transform", transforms.centre[place]
        else:
            continue
        shares.append(Share(int(number), state, share, float(np.linalg.norm(query - key))))
    return Found(answer.values[0], manner.mode, sorted(shares, key=lambda one: -one.share))
