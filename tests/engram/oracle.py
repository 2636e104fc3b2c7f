"""The reference memory, replayed: plain numpy, slot by slot, with all its quirks, written from its specification.

A memory is B rows of slots, oldest first. A quirk is behaviour that nobody would ask for; each can be switched off, and
what is left with all of them off (`CLEAN`) is what the product does. Clarity before speed: every matrix is whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

NULL, WORKING, SHORT, LONG = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Quirks:
    """A to F, as the specification letters them; True is what the reference does."""

    unselected_seed: bool = True
    """A: a short-term engram that was not reminded seeds the walk too, from wherever the newest engram leads."""
    first_slot: bool = True
    """B: where there is no long-term engram at all, slot 0 is reminded."""
    padding_competes: bool = True
    """C: -1 takes part in both choices by nearness (as the zero vector), and walks."""
    local_as_slot: bool = True
    """D: a position in the list of long-term engrams is taken for a slot."""
    padding_revived: bool = True
    """E: a padding slot that is given a lifespan lives."""
    shared_rows: bool = True
    """F: the rows of a batch have one length."""


REFERENCE = Quirks()
CLEAN = Quirks(False, False, False, False, False, False)


@dataclass(frozen=True, slots=True)
class Parameters:
    num_reminded_stm: int
    stm_capacity: int
    ltm_search_depth: int
    initial_lifespan: float
    num_final_ltms: int
    weight: str = "-L2sq"


@dataclass(frozen=True, slots=True)
class Reminded:
    """What a remind chose, under the names of the golden traces; -1 is none. Orders are exact or not as said there."""

    reminded_stm: Array
    initial_raw: Array
    found_local: Array
    final_ltm: Array
    reminded: Array


class Oracle:
    """B rows of one length."""

    def __init__(self, rows: int, dimension: int, parameters: Parameters, quirks: Quirks) -> None:
        self.parameters, self.quirks = parameters, quirks
        self.data = np.zeros((rows, 0, dimension), np.float32)
        self.types = np.zeros((rows, 0), np.uint8)
        self.lifespan = np.zeros((rows, 0), np.float32)
        self.age = np.zeros((rows, 0), np.int32)
        self.ids = np.zeros((rows, 0), np.int32)
        self.counts = np.zeros((rows, 0, 0), np.int32)
        self.next_id = 0

    def add(self, data: Array) -> None:
        """Append working memory [B, W, D]."""
        rows, width, _ = data.shape
        ids = np.arange(self.next_id, self.next_id + width)
        self.next_id += width
        self.data = np.concatenate([self.data, data.astype(np.float32)], 1)
        self.types = _append(self.types, np.full((rows, width), WORKING))
        self.lifespan = _append(self.lifespan, np.full((rows, width), self.parameters.initial_lifespan))
        self.age = _append(self.age, np.zeros((rows, width)))
        self.ids = _append(self.ids, np.tile(ids, (rows, 1)))
        self.counts = np.pad(self.counts, ((0, 0), (0, width), (0, width)))

    def remind(self, draws: Array | None) -> Reminded:
        """Choose, fire and return; draws [B, S, N or more] break ties, S the width of the short-term list.

        A draw of 0 is as no candidate; only traces that hold one show what the reference makes of it.
        """
        working, short, long = (_padlist(self.types == kind) for kind in (WORKING, SHORT, LONG))
        stm = self._near_short(working, short)
        raw = self._first_steps(stm, draws)
        found = self._walk(_super_unique(raw), long)
        final = self._near_final(working, long, found)
        for row, fired in enumerate(np.concatenate([working, stm, final], 1)):
            together = np.unique(fired[fired >= 0])
            self.counts[row][np.ix_(together, together)] += 1
        return Reminded(stm, raw, found, final, _super_unique(np.concatenate([stm, final], 1)))

    def adjust(self, indices: Array, delta: Array) -> None:
        """Reward, age, promote and bury, in this order."""
        for row, slot in np.argwhere(indices >= 0):
            index = indices[row, slot]
            if self.types[row, index] != NULL or self.quirks.padding_revived:
                # A slot that comes twice is not summed, the last one wins; a set of indices has none that does.
                self.lifespan[row, index] += np.float32(delta[row, slot])
        self.lifespan -= np.float32(1)
        self.age += 1
        self.types[self.types == WORKING] = SHORT
        for types in self.types:
            short = np.flatnonzero(types == SHORT)
            types[short[: max(len(short) - self.parameters.stm_capacity, 0)]] = LONG
        kept = _padlist(self.lifespan > 0)
        none = kept < 0
        self.data = _select(self.data, kept, 0)
        self.types = _select(self.types, kept, NULL)
        self.lifespan = _select(self.lifespan, kept, -1)
        self.age = _select(self.age, kept, -1)
        self.ids = _select(self.ids, kept, -1)
        self.counts = np.stack([counts[np.ix_(keep, keep)] for counts, keep in zip(self.counts, kept, strict=True)])
        self.counts[none] = -1
        self.counts.swapaxes(1, 2)[none] = -1

    def _weights(self, row: int, working: Array, slots: Array) -> Array:
        """[W, n]; -1 is the zero vector."""
        vectors = np.where(slots[:, None] >= 0, self.data[row][slots], np.float32(0))
        difference = self.data[row][working][:, None] - vectors[None]
        weight = -np.sum(difference * difference, axis=2, dtype=np.float32)
        return np.exp(weight) if self.parameters.weight == "exp(-L2sq)" else weight

    def _near_short(self, working: Array, short: Array) -> Array:
        out = np.full_like(short, -1)
        for row, slots in enumerate(short):
            places = np.arange(len(slots)) if self.quirks.padding_competes else np.flatnonzero(slots >= 0)
            score = self._weights(row, working[row], slots[places]).mean(axis=0)
            chosen = places[_top(score, self.parameters.num_reminded_stm)]
            out[row, chosen] = slots[chosen]
        return out

    def _first_steps(self, stm: Array, draws: Array | None) -> Array:
        """For each short-term position the long-term slot that it leads to, -1 for none."""
        out = np.full_like(stm, -1)
        for row, place in np.ndindex(stm.shape):
            slot = stm[row, place]  # -1: the last slot
            if slot < 0 and not self.quirks.unselected_seed:
                continue
            assert draws is not None
            strength = np.where(self.types[row] == LONG, self.counts[row, slot], -1)
            chosen = np.argmax(draws[row, place, : len(strength)] * (strength == strength.max()))
            out[row, place] = chosen if self.types[row, chosen] == LONG else -1
        return out

    def _walk(self, seeds: Array, long: Array) -> Array:
        """Greedy walkers in lockstep; positions in the list of long-term engrams."""
        depth, padding = self.parameters.ltm_search_depth, self.quirks.padding_competes
        if not seeds.shape[1] or not long.shape[1]:
            filling = 0 if self.quirks.first_slot else -1
            return np.full((len(seeds), (depth + 1) * seeds.shape[1]), filling)
        starts = _padlist(np.stack([np.isin(slots, of[of >= 0]) for slots, of in zip(long, seeds, strict=True)]))
        visited = []
        for row, slots in enumerate(long):
            counts = self.counts[row][np.ix_(slots, slots)]
            blocked = slots < 0
            at = starts[row] if padding else starts[row][starts[row] >= 0]
            path = [at]
            blocked[at] = True
            for _ in range(depth):
                to = np.where(blocked, -1, counts[at]).argmax(axis=1) if len(at) else at
                at = np.where(blocked[to], -1, to)
                path.append(at)
                ended = at < 0
                blocked[at if padding else at[~ended]] = True
                at = at if padding else at[~ended]
            positions = np.concatenate(path)
            visited.append(positions if padding else positions[positions >= 0])
        width = max(map(len, visited))
        return _super_unique(np.stack([np.pad(at, (width - len(at), 0), constant_values=-1) for at in visited]))

    def _near_final(self, working: Array, long: Array, found: Array) -> Array:
        chosen = []
        for row, local in enumerate(found):
            slots = (
                local if self.quirks.local_as_slot or not long.shape[1] else np.where(local < 0, -1, long[row][local])
            )
            slots = slots if self.quirks.padding_competes else slots[slots >= 0]
            score = self._weights(row, working[row], slots).sum(axis=0)
            chosen.append(np.sort(slots[_top(score, self.parameters.num_final_ltms)]))
        width = max(map(len, chosen))
        return np.stack([np.pad(slots, (width - len(slots), 0), constant_values=-1) for slots in chosen])


def rows(count: int, dimension: int, parameters: Parameters, quirks: Quirks = REFERENCE) -> list[Oracle]:
    """A batch: one memory of `count` rows that share a length, or so many memories of one row."""
    if quirks.shared_rows:
        return [Oracle(count, dimension, parameters, quirks)]
    return [Oracle(1, dimension, parameters, quirks) for _ in range(count)]


def _append(old: Array, new: Array) -> Array:
    return np.concatenate([old, new.astype(old.dtype)], 1)


def _padlist(mask: Array) -> Array:
    """Per row the indices where the mask holds, filled with -1 on the left."""
    width = int(mask.sum(axis=1).max(initial=0))
    out = np.full((len(mask), width), -1, np.int64)
    for row, holds in enumerate(mask):
        found = np.flatnonzero(holds)
        out[row, width - len(found) :] = found
    return out


def _super_unique(lists: Array) -> Array:
    """Per row the distinct values (-1 is one), filled with -1."""
    distinct = [np.unique(values) for values in lists]
    width = max(map(len, distinct))
    return np.stack([np.pad(values, (0, width - len(values)), constant_values=-1) for values in distinct])


def _top(score: Array, k: int) -> Array:
    """Where the k highest scores stand; of equal ones the first."""
    return np.argsort(-score, kind="stable")[:k]


def _select(values: Array, kept: Array, filling: int) -> Array:
    picked = np.stack([row[keep] for row, keep in zip(values, kept, strict=True)])
    picked[kept < 0] = filling
    return picked
