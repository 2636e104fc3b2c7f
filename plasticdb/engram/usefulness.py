"""Which engrams a memory that has too many can do without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from ..memory.requests import Asking, Between
from .copies import Copy
from .rules import LONG
from .schema import ENGRAM
from .working_set import EngramWorkingSet

__all__ = ["least_useful"]

_COLUMNS = ("number", "level", "fires", "rewarded", "pinned")


def least_useful(
    cache: EngramWorkingSet, dead: Collection[int], copies: Iterable[Copy], many: int
) -> Asking[list[int]]:
    """The long-term engrams that were rewarded, fired and remembered again least, of equal ones the oldest.

    Pinned ones are useful. copies: what was remembered again.
    """
    found = yield Between(ENGRAM, "level", LONG, LONG, _COLUMNS)
    rows = {row[0]: row for row in zip(*(found[name].tolist() for name in _COLUMNS), strict=True)}
    rows |= {n: tuple(getattr(e, name) for name in _COLUMNS) for n, e in cache.engrams.items()}
    long = [row for n, row in rows.items() if n not in dead and row[1] == LONG and not row[4]]
    again = Counter(copy.into for copy in copies)
    chosen = sorted(long, key=lambda row: (row[2] + row[3] + again[row[0]], row[0]))[:many]
    return sorted(row[0] for row in chosen)
