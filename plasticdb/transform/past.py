"""All pairs of a memory by what they are like and by when they were written, raw or archived: where a recall begins and goes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..kit.tables import Ints
from ..memory.requests import Asking, Between
from ..memory.working_set import UNKNOWN
from .nearest import Keys, keys_of, nearest
from .schema import SLOT, TRANSFORM
from .working_set import LAST, TransformWorkingSet

__all__ = ["Past", "keys"]

_COLUMNS = ("id", "number", "state", "key", "stream")
_ROWS = 100_000
"""Slots that are read in one go."""
Floats = NDArray[np.float64]


@dataclass(slots=True)
class Past:
    """The pairs of a memory at a position, by age. What was written stays what it was, so only new pairs are read again.

    memory: the memory's number in the journal. codes: of each pair the place of its stream in `streams`; -1: it has none.
    """

    memory: int | None = None
    position: int = UNKNOWN
    numbers: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    keys: Floats = field(default_factory=lambda: np.empty((0, 0)))
    codes: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    streams: dict[str, int] = field(default_factory=dict)
    _ready: dict[int | None, tuple[Ints, Keys]] = field(default_factory=dict)

    def of(self, memory: int, dimension: int) -> None:
        """Be of this memory, whose keys have so many numbers."""
        if memory != self.memory:
            self.forget()
            self.memory, self.keys = memory, np.empty((0, dimension))

    def forget(self) -> None:
        """Know nothing."""
        self.position, self.numbers, self.codes = UNKNOWN, self.numbers[:0].copy(), self.codes[:0].copy()
        self.keys, self.streams, self._ready = self.keys[:0].copy(), {}, {}

    def catch_up(self, cache: TransformWorkingSet) -> Asking[None]:
        """Be true of the position that the working set is true of."""
        if self.position == cache.position:
            return
        there = cache.raw + cache.archived
        if 0 <= self.position < cache.position:
            yield from self._read(cache, self.position + 1)
        if len(self.numbers) != there or not 0 <= self.position < cache.position:  # one was forgotten meanwhile
            self.forget()
            yield from self._read(cache, 0)
        self.position = cache.position if len(self.numbers) == there else UNKNOWN

    def _read(self, cache: TransformWorkingSet, number: int) -> Asking[None]:
        low = cache.first + number
        numbers, keys, codes = [self.numbers], [self.keys], [self.codes]
        while True:
            rows = yield Between(SLOT, "id", low, cache.first + LAST, _COLUMNS, _ROWS)
            erased = np.array([not key for key in rows["key"]], bool)
            pairs = (rows["state"] != TRANSFORM) & (rows["number"] <= cache.position) & ~erased
            numbers.append(rows["number"][pairs])
            keys.append(np.frombuffer(b"".join(rows["key"][pairs]), "<f8").reshape(-1, self.keys.shape[1]))
            names = rows["stream"][pairs].tolist()
            codes.append(np.array([self._code(name) for name in names], np.int64))
            if len(rows["id"]) < _ROWS:
                break
            low = int(rows["id"][-1]) + 1
        if sum(map(len, numbers[1:])):
            self.numbers, self.codes = np.concatenate(numbers), np.concatenate(codes)
            self.keys = np.concatenate(keys)
            self._ready = {}

    def _code(self, stream: str | None) -> int:
        return -1 if stream is None else self.streams.setdefault(stream, len(self.streams))

    def nearest(self, query: Floats, stream: int | None = None) -> int:
        """The place of the pair whose key is nearest to a query; of equally near ones the newest.

        stream: only pairs of this one; None: any. -1: only those that have one.
        """
        if stream not in self._ready:
            every = np.full(len(self.codes), True) if stream is None else self.codes >= 0
            some = np.flatnonzero(every if stream in (None, -1) else self.codes == stream)
            if stream is not None and stream >= 0:
                self._ready = {known: ready for known, ready in self._ready.items() if known in (None, -1)}
            self._ready[stream] = some, keys_of(self.keys[some])
        some, keys = self._ready[stream]
        found, _ = nearest(query[None, :], keys)
        return int(some[found[0]])

    def along(self, place: int, steps: int, forward: bool) -> Ints:
        """The numbers of a pair and of those that come behind it in its stream, as many steps, or before it.

        Links lead from each pair of a stream to the next that is alive, in the order of age (`kit.streams`): that is known
        here, so no link has to be followed in the graph, one after the other.
        """
        here: Ints = self.numbers[self.codes == self.codes[place]]
        at = int(np.searchsorted(here, self.numbers[place]))
        return here[at : at + steps + 1] if forward else here[max(at - steps, 0) : at + 1][::-1]


def keys(past: Past, cache: TransformWorkingSet) -> Asking[Floats]:
    """All keys that were written, oldest first."""
    yield from past.catch_up(cache)
    return past.keys
