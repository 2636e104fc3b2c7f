"""How much slots are used: a use counts half after each half-life; where there is no room, the least used one goes.

No clock runs: a usage is kept as of the last use, and is smaller by as much time as went by since whenever it is looked at.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from heapq import nsmallest

from ..kit.plasticity import faded

__all__ = ["WRITTEN", "least_used", "rank", "used"]

WRITTEN = 1.0
"""The usage of a pair that was just written: or it would go before all that were read once, however long ago."""


def used(usage: float, used_at: float, share: float, now: float, half_life: float) -> tuple[float, float]:
    """What a use of a slot, by its share in an answer, makes of its usage, and as of when; a clock that ran back counts as none.

    >>> used(1.0, 0.0, 0.5, 60.0, half_life=60.0)
    (1.0, 60.0)
    """
    return float(faded(usage, now - used_at, half_life)) + share, max(now, used_at)


def rank(usage: float, used_at: float, half_life: float) -> float:
    """By what slots are in the order of their usage, at any time: all of them decay alike.

    >>> rank(1.0, 60.0, 60.0) == rank(2.0, 0.0, 60.0), rank(0.0, 60.0, 60.0)
    (True, -inf)
    """
    return math.log2(usage) + used_at / half_life if usage > 0 else -math.inf


def least_used(slots: Iterable[tuple[int, float, float]], half_life: float, many: int) -> list[tuple[float, int]]:
    """The least used of slots (the number of each, its usage, and as of when), so many; of equally used ones the oldest.

    Returns the rank of each, and its number.

    >>> least_used([(3, 0.0, 5.0), (1, 0.0, 9.0), (2, 1.0, 0.0)], 60.0, 2)
    [(-inf, 1), (-inf, 3)]
    """
    return nsmallest(many, ((rank(usage, at, half_life), number) for number, usage, at in slots))
