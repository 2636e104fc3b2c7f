"""Which symbols of a sample are near each other and which far apart, and of many samples which pairs earn a shortcut.

Two symbols are near each other in a sample where some context sees both, and apart where they are within the window all the
same. What is counted is samples: in a long one two symbols may be apart many times, and that is one occasion.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...kit.plasticity import Floats
from ...kit.shortcuts import ABOVE, best, by_shares, evident, surprise
from ...kit.sorting import distinct, groups, places
from ...kit.tables import Ints

__all__ = ["Far", "Read", "Window", "apart", "far", "pairs"]

PART = 1 << 16
"""Symbols that are paired at a time."""
MOST_PAIRS = 10_000_000
"""Pairs that are counted at a time, at most: where there may be more, it goes over the samples again."""


@dataclass(frozen=True, slots=True)
class Window:
    """How far two symbols of a sample may be apart. Up to `near` a context sees both; up to `reach` they are apart."""

    near: int
    reach: int


@dataclass(frozen=True, slots=True)
class Read:
    """Samples in the numbers of their symbols, one behind the other, and what each counts: from 0 to 1.

    codes: -1 where a symbol has no number. offsets: [samples + 1] where each begins.
    """

    codes: Ints
    offsets: Ints
    weight: Floats

    def parts(self) -> Iterator[Read]:
        """The samples in runs of about `PART` symbols."""
        first, many = 0, len(self.weight)
        while first < many:
            last = int(np.searchsorted(self.offsets, self.offsets[first] + PART, "right")) - 1
            last = min(max(last, first + 1), many)
            begin, end = self.offsets[[first, last]].tolist()
            yield Read(self.codes[begin:end], self.offsets[first : last + 1] - begin, self.weight[first:last])
            first = last


@dataclass(frozen=True, slots=True)
class Far:
    """Pairs with a shortcut. one, other: numbers of symbols, the lower first. occasions: in how many samples they were apart.
    expected: in how many by chance. evidence: in nats."""

    one: Ints
    other: Ints
    occasions: Floats
    expected: Floats
    evidence: Floats


def pairs(read: Read, window: Window, symbols: int, turn: int = 0, turns: int = 1) -> tuple[Ints, Ints]:
    """The pairs that are near each other, and those that are apart and never near, each once a sample.

    symbols: how many numbers there are. turn: only pairs whose lower number is this one, counted by `turns`. A pair is
    (sample * symbols + lower) * symbols + higher.

    >>> near, apart = pairs(Read(np.array([0, 1, 2, 3]), np.array([0, 4]), np.ones(1)), Window(near=1, reach=2), 4)
    >>> [divmod(pair, 4) for pair in near.tolist()], [divmod(pair, 4) for pair in apart.tolist()]
    ([(0, 1), (1, 2), (2, 3)], [(0, 2), (1, 3)])
    """
    sample = np.repeat(np.arange(len(read.weight)), np.diff(read.offsets))
    kept = np.flatnonzero(read.codes >= 0)  # what has no number keeps its place
    place = kept - read.offsets[sample[kept]]
    code, sample = read.codes[kept], sample[kept]
    found: tuple[list[Ints], list[Ints]] = ([], [])
    for step in range(1, window.reach + 1):
        if step >= len(code):
            break
        here, there = code[:-step], code[step:]
        lower = np.minimum(here, there)
        away = place[step:] - place[:-step]
        both = (sample[step:] == sample[:-step]) & (away <= window.reach) & (here != there)
        both &= lower % turns == turn
        key = (sample[:-step] * symbols + lower) * symbols + np.maximum(here, there)
        close = away <= window.near
        found[0].append(key[both & close])
        found[1].append(key[both & ~close])
    near, far = (distinct(np.concatenate(some)) if some else np.empty(0, np.int64) for some in found)
    return near, far[~places(near, far)[1]]


def apart(read: Read, window: Window, symbols: int) -> tuple[Ints, Floats]:
    """In how many samples pairs are apart and never near: pairs as lower * symbols + higher, and what these samples count."""
    _, far = pairs(read, window, symbols)
    return _added(far, read.weight, symbols)


def far(read: Read, window: Window, symbols: int) -> Far:
    """The pairs that earn a shortcut.

    Those with evidence that they are apart, and none that they are near each other: two that are often both have contexts
    that say so. Of equally evident pairs of a symbol those with lower numbers come first.
    """
    turns = max(-(-len(read.codes) * window.reach // MOST_PAIRS), 1)
    met, meetings = np.zeros((2, symbols)), []
    for turn in range(turns):
        tallies = _Tally(), _Tally()
        for part in read.parts():
            for tally, found in zip(tallies, pairs(part, window, symbols, turn, turns), strict=True):
                tally.add(*_added(found, part.weight, symbols))
        for tally, each in zip(tallies, met, strict=True):
            tally.settle()
            for end in np.divmod(tally.keys, symbols):
                each += np.bincount(end, tally.sums, symbols)
        near, away = tallies
        often = away.sums >= ABOVE
        key, occasions = away.keys[often], away.sums[often]
        meetings.append((key, near.of(key), occasions))
    key, close, occasions = (np.concatenate(column) for column in zip(*meetings, strict=True))
    one, other = np.divmod(key, symbols)
    close_by_chance, expected = (by_shares(one, other, each) for each in met)
    chosen = evident(occasions, expected, symbols) & ~evident(close, close_by_chance, symbols)
    one, other, occasions, expected = one[chosen], other[chosen], occasions[chosen], expected[chosen]
    evidence = surprise(occasions, expected)
    kept = best(one, other, evidence)
    return Far(one[kept], other[kept], occasions[kept], expected[kept], evidence[kept])


def _added(keys: Ints, weight: Floats, symbols: int) -> tuple[Ints, Floats]:
    """Pairs of samples as pairs, with the sum of what the samples count. They are added in the order of the samples."""
    if not len(keys):
        return keys, np.empty(0)
    sample, pair = np.divmod(keys, symbols * symbols)
    found, _, which = groups(pair)
    return found, np.asarray(np.bincount(which, weight[sample], len(found)), float)


class _Tally:
    """Sums by keys, which are merged when there are as many new ones as there were."""

    def __init__(self) -> None:
        self.keys: Ints = np.empty(0, np.int64)
        self.sums: Floats = np.empty(0)
        self._more: list[tuple[Ints, Floats]] = []
        self._many = 0

    def add(self, keys: Ints, sums: Floats) -> None:
        self._more.append((keys, sums))
        self._many += len(keys)
        if self._many > len(self.keys) + PART:
            self.settle()

    def settle(self) -> None:
        parts = [(self.keys, self.sums), *self._more]
        keys = np.concatenate([part[0] for part in parts])
        if len(keys):
            self.keys, _, which = groups(keys)
            sums = np.concatenate([part[1] for part in parts])
            self.sums = np.asarray(np.bincount(which, sums, len(self.keys)), float)
        self._more, self._many = [], 0

    def of(self, keys: Ints) -> Floats:
        """The sums of some keys in their order."""
        if not len(self.keys):
            return np.zeros(len(keys))
        at, there = places(self.keys, keys)
        return np.where(there, self.sums[at], 0.0)
