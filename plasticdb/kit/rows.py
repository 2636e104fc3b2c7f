"""What a process has fetched of a graph and still knows to be true: sorted rows with their edges, found by key.

Rows stay valid as long as the memory's position is the one they were fetched at (or moved to by this process). New
rows shadow old ones; a row with count 0 says "known not to be there". Tiers of like size are merged, so adding costs
what is added and not what is held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..kit.tables import Column, Ints, Table

__all__ = ["Rows", "Tiers", "concatenate", "ranges"]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows by key, sorted and unique, and for each row its edges (compressed sparse rows).

    key: [n]; columns: name -> [n]; start: [n + 1], row i owns edges start[i]:start[i + 1]; edges: name -> [m].
    """

    key: Ints
    columns: Table
    start: Ints
    edges: Table

    def __len__(self) -> int:
        return len(self.key)

    def take(self, index: Ints) -> Rows:
        """The rows at these indices, in that order."""
        lengths = self.start[index + 1] - self.start[index]
        edge = ranges(self.start[index], lengths)
        return Rows(
            self.key[index],
            {name: column[index] for name, column in self.columns.items()},
            np.concatenate([[0], np.cumsum(lengths)]),
            {name: column[edge] for name, column in self.edges.items()},
        )


def ranges(start: Ints, lengths: Ints) -> Ints:
    """start[0], start[0] + 1, ... (lengths[0] numbers), start[1], ... in one array.

    >>> ranges(np.array([5, 20]), np.array([3, 2])).tolist()
    [5, 6, 7, 20, 21]
    """
    # A prediction comes here a dozen times: an array's methods take half the time of numpy's functions.
    ends = lengths.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.arange(total) + (start - (ends - lengths)).repeat(lengths), np.int64)


def _stack(parts: Sequence[Column]) -> Column:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def concatenate(parts: Sequence[Rows]) -> Rows:
    """Rows one behind the other; where a key comes twice the first wins; sorted by key."""
    key = _stack([part.key for part in parts])
    offsets = np.cumsum([0] + [part.start[-1] for part in parts])
    start = np.concatenate(
        [part.start[:-1] + offset for part, offset in zip(parts, offsets, strict=False)] + [offsets[-1:]]
    )
    rows = Rows(
        key,
        {name: _stack([part.columns[name] for part in parts]) for name in parts[0].columns},
        start,
        {name: _stack([part.edges[name] for part in parts]) for name in parts[0].edges},
    )
    return rows.take(np.unique(key, return_index=True)[1])


@dataclass(slots=True)
class Tiers:
    """A coherent cache of rows: tiers, newest first."""

    limit: int
    tiers: list[Rows] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(len(tier) for tier in self.tiers)

    def add(self, rows: Rows) -> bool:
        """Hold these rows too. False where that made it too many, and all others were dropped."""
        kept = len(self) + len(rows) <= self.limit
        self.tiers = [rows, *self.tiers] if kept else [rows]
        while len(self.tiers) > 1 and len(self.tiers[0]) * 2 >= len(self.tiers[1]):
            self.tiers[:2] = [concatenate(self.tiers[:2])]
        return kept

    def find(self, keys: Ints) -> tuple[Rows | None, Ints]:
        """The rows held for sorted unique `keys`, sorted by key, and the keys that are not held."""
        parts, missing = [], keys
        for tier in self.tiers:
            if not len(missing):
                break
            at = np.minimum(np.searchsorted(tier.key, missing), max(len(tier) - 1, 0))
            hit = tier.key[at] == missing if len(tier) else np.zeros(len(missing), bool)
            if hit.any():
                parts.append(tier.take(at[hit]))
                missing = missing[~hit]
        if len(parts) == 1:  # sorted already
            return parts[0], missing
        return (concatenate(parts) if parts else None), missing
