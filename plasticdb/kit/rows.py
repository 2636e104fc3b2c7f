"""What a process has fetched of a graph and still knows to be true: sorted rows with their edges, found by key.

Rows stay valid as long as the memory's position is the one they were fetched at (or moved to by this process). New
rows shadow old ones; a row with count 0 says "known not to be there". Tiers of like size are merged, so adding costs
what is added and not what is held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..kit.sorting import begins_of, merged, places
from ..kit.tables import Column, Ints, Table

__all__ = ["Rows", "Tiers", "concatenate", "ranges", "sums"]


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

    def take(self, index: Ints, spent: bool = False) -> Rows:
        """The rows at these indices, in that order. spent: see `concatenate`."""
        lengths = self.start[index + 1] - self.start[index]
        edge = ranges(self.start[index], lengths)
        return Rows(
            self.key[index],
            {name: _out([self.columns], name, spent)[index] for name in [*self.columns]},
            np.concatenate([[0], np.cumsum(lengths)]),
            {name: _out([self.edges], name, spent)[edge] for name in [*self.edges]},
        )


def ranges(start: Ints, lengths: Ints) -> Ints:
    """start[0], start[0] + 1, ... (lengths[0] numbers), start[1], ... in one array.

    >>> ranges(np.array([5, 20]), np.array([3, 2])).tolist()
    [5, 6, 7, 20, 21]
    """
    # A prediction comes here a dozen times: an array's methods take half the time of numpy's functions.
    ends = lengths.cumsum()
    made = np.asarray((start - (ends - lengths)).repeat(lengths), np.int64)
    made += np.arange(len(made))
    return made


def sums(values: Column, start: Ints) -> Column:
    """What the values of each row add up to: row i has values[start[i]:start[i + 1]], and all are some row's.

    >>> sums(np.array([1.0, 2.0, 4.0]), np.array([0, 2, 2, 3])).tolist()
    [3.0, 0.0, 4.0]
    """
    some = start[1:] > start[:-1]
    if some.all():
        return np.asarray(np.add.reduceat(values, start[:-1])) if len(some) else np.zeros(0, values.dtype)
    made = np.zeros(len(some), values.dtype)
    if len(values):
        made[some] = np.add.reduceat(values, start[:-1][some])
    return made


def _stack(parts: Sequence[Column]) -> Column:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def concatenate(parts: Sequence[Rows], spent: bool = False) -> Rows:
    """Rows one behind the other; where a key comes twice the first wins; sorted by key.

    spent: their columns are taken out of them one by one, so that no more than one of them is there twice.
    """
    if len(parts) == 1:
        return parts[0]
    key = _stack([part.key for part in parts])
    offsets = np.cumsum([0] + [part.start[-1] for part in parts])
    start = np.concatenate(
        [part.start[:-1] + offset for part, offset in zip(parts, offsets, strict=False)] + [offsets[-1:]]
    )
    order = key.argsort(kind="stable")  # runs that are sorted, of which the first comes first
    ordered = key[order]
    first = begins_of(ordered)
    index = order[first]
    lengths = start[index + 1] - start[index]
    edge = ranges(start[index], lengths)
    columns, edges = ([getattr(part, name) for part in parts] for name in ("columns", "edges"))
    return Rows(
        ordered[first],
        {name: _out(columns, name, spent)[index] for name in [*columns[0]]},
        np.concatenate([[0], np.cumsum(lengths)]),
        {name: _out(edges, name, spent)[edge] for name in [*edges[0]]},
    )


def _out(tables: Sequence[Table], name: str, spent: bool) -> Column:
    return _stack([table.pop(name) if spent else table[name] for table in tables])


AGE = "age"
"""The column that says when a row was added."""
TEXT = 100
"""Bytes that a text takes, about."""
KEPT = 0.6
"""Of the room that there is, so much is taken when rows are let go: not each batch should have to."""


@dataclass(slots=True)
class Tiers:
    """A coherent cache of rows: tiers, newest first. Where they take too much room, those go that were added first.

    room: bytes that they may take. whole: whether every row that there is was added at one time, so that a key that is
    neither here nor among those that were let `go` is nowhere, and need not be looked up.
    """

    room: int
    whole: bool = False
    gone: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    tiers: list[Rows] = field(default_factory=list)
    time: int = 0

    def __len__(self) -> int:
        return sum(len(tier) for tier in self.tiers)

    @property
    def bytes(self) -> int:
        """The room that the rows take, about."""
        return sum(_bytes(tier) for tier in self.tiers)

    def add(self, rows: Rows) -> None:
        """Hold these rows too."""
        if not len(rows):
            return
        self.time += 1
        columns = rows.columns | {AGE: np.full(len(rows), self.time)}
        tiers = [Rows(rows.key, columns, rows.start, dict(rows.edges)), *self.tiers]
        # Merged tiers are spent: whoever interrupts it has lost them, and looks all of it up again.
        whole, self.whole, self.tiers = self.whole, False, []
        while len(tiers) > 1 and len(tiers[0]) * 2 >= len(tiers[1]):
            tiers[:2] = [concatenate(tiers[:2], spent=True)]
        if (taken := sum(map(_bytes, tiers))) > self.room:
            tiers = [self._stay(tiers, taken, whole)]
        self.tiers, self.whole = tiers, whole

    def _stay(self, tiers: list[Rows], taken: int, whole: bool) -> Rows:
        """Let those rows go that were added first, but none of the last ones; what stays."""
        every = concatenate(tiers, spent=True)
        age = every.columns[AGE]
        stay = max(1, int(len(every) * KEPT * self.room / taken))
        kept = age >= np.partition(age, -stay)[-stay]
        if kept.all():  # many are of one age: then all of it goes, or all stays
            kept = age > age.min() if age.min() < self.time else kept
        if whole:
            self.gone = merged(self.gone, every.key[~kept])
        return every.take(np.flatnonzero(kept), spent=True)

    def find(self, keys: Ints) -> tuple[list[Rows], Ints]:
        """The rows held for sorted unique `keys`, in parts, and the keys that are not held."""
        parts, missing = [], keys
        for tier in self.tiers:
            if not len(missing):
                break
            at, hit = places(tier.key, missing)
            if hit.any():
                parts.append(tier.take(at[hit]))
                missing = missing[~hit]
        return parts, missing

    def somewhere(self, missing: Ints) -> Ints:
        """Of keys that are not held, those that may be elsewhere; the others are nowhere."""
        return missing[places(self.gone, missing)[1]] if self.whole else missing


def _bytes(rows: Rows) -> int:
    columns = [rows.key, rows.start, *rows.columns.values(), *rows.edges.values()]
    return sum(column.nbytes + (TEXT * len(column) if column.dtype == object else 0) for column in columns)
