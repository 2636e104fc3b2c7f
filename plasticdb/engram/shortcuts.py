"""The traces of engrams that fire apart, and the shortcuts among them: what a batch changes in these, and who has which.

The window in which two must fire is the open firings, the newest of them: so nothing else has to be kept. A trace is one thing
that both of its engrams have; in the graph it is a relationship each way, so that what dies takes all of its own along.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from ..graph.store import EdgeChanges
from ..kit import plasticity
from ..kit.shortcuts import ABOVE, MOST, evident
from ..kit.tables import Ints, Table
from ..memory.requests import Asking, Edges, Pairs
from . import apart
from .firings import Synapses
from .schema import APART, COFIRED
from .working_set import EngramWorkingSet, Trace

__all__ = ["Shortcuts", "shortcuts_of"]

Pair = tuple[int, int]
"""The numbers of two engrams, the older first."""
_LARGEST = 32
"""Members of a firing that leaves traces at most."""


@dataclass(slots=True)
class Shortcuts:
    """The traces that a batch makes, changes or cuts.

    cache: the working set. reach: how many firings apart two may be; None: the memory makes no shortcuts. closed: who fired in
    firings that the batch consolidates. made, changed, cut: pairs whose traces the graph does not have yet, has otherwise, or
    has no more.
    """

    cache: EngramWorkingSet
    reach: int | None
    closed: dict[int, dict[int, str]]
    made: set[Pair] = field(default_factory=set)
    changed: set[Pair] = field(default_factory=set)
    cut: set[Pair] = field(default_factory=set)

    def fire(self, number: int, fired: Collection[int]) -> Asking[None]:
        """Let engrams have fired together, in the newest firing: what they leave with those that fired before."""
        if self.reach is None:
            return
        cache = self.cache
        cache.heard += 1
        if not 0 < len(fired) <= _LARGEST:
            return
        recent = sorted(n for n in cache.firings if n < number)[-self.reach :]
        window = {n for firing in recent if len(cache.firings[firing]) <= _LARGEST for n in cache.firings[firing]}
        some, others = sorted(fired), sorted(window - set(fired))
        yield from self._load([*some, *others])
        for pair in combinations(some, 2):
            self._drop(pair)
        self._drop_faint(some)
        self._leave(some, others)
        yield from self._open(some, others, number)
        for one in (*some, *others):
            self._make_room(one)

    def bury(self, died: Sequence[int]) -> Asking[None]:
        """Let engrams be no more, and all traces of them."""
        if not self.cache.heard:
            return
        yield from self._load(died)
        for one in died:
            for other in list(self.cache.traces[one]):
                self._drop(_pair(one, other))
            del self.cache.traces[one]

    @property
    def touched(self) -> bool:
        """Whether there is anything that the graph has otherwise."""
        return bool(self.made or self.changed or self.cut)

    def changes(self) -> EdgeChanges:
        """What that is in the graph."""
        return EdgeChanges(APART, self._table(self.made), self._table(self.changed), delete=self._ends(self.cut))

    def _load(self, numbers: Iterable[int]) -> Asking[None]:
        yield from _load(self.cache, numbers, self.cut)

    def _leave(self, some: Sequence[int], others: Sequence[int]) -> None:
        """Let each of some have fired apart from each of the others now: an occasion, if the last one is long enough ago."""
        traces, now, reach = self.cache.traces, self.cache.heard, self.reach or 0
        again: list[Trace] = []
        for one in some:
            for other in others:
                trace = traces[one].get(other)
                if trace is not None and now - trace.since <= reach:
                    continue
                pair = _pair(one, other)
                if trace is None:
                    trace = Trace(0, 0.0, 0.0, now, 0)
                    (self.changed if pair in self.cut else self.made).add(pair)
                    self.cut.discard(pair)
                elif pair not in self.made:
                    self.changed.add(pair)
                for here, there in ((one, other), (other, one)):  # the newest comes last
                    traces[here].pop(there, None)
                    traces[here][there] = trace
                again.append(trace)
        if again:
            seen = apart.met(_synapses(again), np.array([trace.open for trace in again], bool), now)
            for found, weight, importance in zip(again, seen.weight.tolist(), seen.importance.tolist(), strict=True):
                found.weight, found.importance = weight, importance
                found.fired, found.since = found.fired + 1, now

    def _open(self, some: Sequence[int], others: Sequence[int], number: int) -> Asking[None]:
        """Let traces of now become shortcuts for which there is evidence, and which have no synapse; number: of the firing."""
        cache = self.cache
        traces, now = cache.traces, cache.heard
        pairs = [
            (one, other)
            for one in some
            for other in others
            if (trace := traces[one][other]).since == now and not trace.open and trace.fired >= ABOVE
        ]
        if not pairs:
            return
        yield from cache.load({number for pair in pairs for number in pair})
        fires = np.array([[cache.engrams[number].fires for number in pair] for pair in pairs], np.int64)
        share = np.array([1 - max(pair) / number for pair in pairs])  # of all firings, as far as these came evenly
        lives = np.maximum(now * share, fires.max(axis=1))
        chance = apart.by_chance(fires[:, 0], fires[:, 1], self.reach or 0, lives)
        occasions = np.array([traces[one][other].fired for one, other in pairs], np.int64)
        chosen = np.flatnonzero(evident(occasions, chance, cache.alive())).tolist()
        direct = yield from self._direct([pairs[row] for row in chosen])
        for one, other in (pairs[row] for row in chosen):
            full = any(sum(t.open for t in traces[end].values()) >= MOST for end in (one, other))
            if not full and _pair(one, other) not in direct:
                traces[one][other].open = 1

    def _direct(self, pairs: Sequence[Pair]) -> Asking[set[Pair]]:
        """Which of some pairs fired together, too."""
        if not pairs:
            return set()
        ends = np.array(sorted({_pair(*pair) for pair in pairs}), np.int64) + self.cache.first
        kept = yield Pairs(COFIRED, ends[:, 0], ends[:, 1])
        first = self.cache.first
        found = {(s - first, t - first) for s, t in zip(kept["source"].tolist(), kept["target"].tolist(), strict=True)}
        together = [*self.cache.firings.values(), *self.closed.values()]
        return found | {pair for pair in map(_ordered, pairs) if any(set(pair) <= fired.keys() for fired in together)}

    def _drop_faint(self, some: Sequence[int]) -> None:
        """Let shortcuts go that have not been used for long."""
        traces = self.cache.traces
        pairs = [(one, other) for one in some for other, trace in traces[one].items() if trace.open]
        if pairs:
            gone = apart.faint(_synapses([traces[one][other] for one, other in pairs]), self.cache.heard)
            for row in np.flatnonzero(gone).tolist():
                self._drop(_pair(*pairs[row]))

    def _make_room(self, one: int) -> None:
        """Let the oldest traces of an engram go that has too many."""
        mine = self.cache.traces[one]
        if len(mine) > apart.SLOTS:
            unsure = [other for other, trace in mine.items() if not trace.open]
            for other in unsure[: max(len(unsure) - apart.SLOTS, 0)]:
                self._drop(_pair(one, other))

    def _drop(self, pair: Pair) -> None:
        """Let a trace be no more, if there is one."""
        traces = self.cache.traces
        there = False
        for one, other in (pair, pair[::-1]):
            there |= traces.get(one, {}).pop(other, None) is not None
        if there:
            self.changed.discard(pair)
            if pair in self.made:
                self.made.remove(pair)
            else:
                self.cut.add(pair)

    def _table(self, pairs: Iterable[Pair]) -> Table:
        table = self._ends(pairs)
        rows = zip(
            (table["source"] - self.cache.first).tolist(), (table["target"] - self.cache.first).tolist(), strict=True
        )
        found = [self._trace(*row) for row in rows]
        for name, kind in _KINDS.items():
            table[name] = np.array([getattr(trace, name) for trace in found], kind)
        return table

    def _trace(self, one: int, other: int) -> Trace:
        traces = self.cache.traces
        return traces[one][other] if one in traces else traces[other][one]

    def _ends(self, pairs: Iterable[Pair]) -> Table:
        both = np.array(sorted(ends for pair in pairs for ends in (pair, pair[::-1])), np.int64).reshape(-1, 2)
        return {"source": both[:, 0] + self.cache.first, "target": both[:, 1] + self.cache.first}


_KINDS = {"fired": np.int64, "weight": np.float64, "importance": np.float64, "since": np.int64, "open": np.int64}


def shortcuts_of(cache: EngramWorkingSet, sources: Ints) -> Asking[Synapses]:
    """The shortcuts of engrams that are still used, as synapses: on how many occasions both fired."""
    rows: list[tuple[int, int, int]] = []
    if cache.heard:
        yield from _load(cache, sources.tolist(), ())
        for one in sorted(set(sources.tolist())):
            open_ = {other: trace for other, trace in sorted(cache.traces[one].items()) if trace.open}
            left = ~apart.faint(_synapses(list(open_.values())), cache.heard)
            rows += [
                (one, other, t.fired) for (other, t), kept in zip(open_.items(), left.tolist(), strict=True) if kept
            ]
    return Synapses(*np.array(rows, np.int64).reshape(-1, 3).T)


def _load(cache: EngramWorkingSet, numbers: Iterable[int], cut: Collection[Pair]) -> Asking[None]:
    """Fetch the traces of engrams that are not here, but for those that were cut since."""
    missing = sorted({number for number in numbers if number not in cache.traces})
    if not missing:
        return
    rows = yield Edges(APART, cache.ids(missing))
    ends = ((rows[end] - cache.first).tolist() for end in ("source", "target"))
    found = sorted(zip(rows["since"].tolist(), *ends, *(rows[name].tolist() for name in _KINDS), strict=True))
    cache.traces |= {number: {} for number in missing}
    for _, one, other, *values in found:
        if _pair(one, other) not in cut:
            known = cache.traces.get(other, {}).get(one)
            cache.traces[one][other] = Trace(*values) if known is None else known


def _synapses(traces: Sequence[Trace]) -> plasticity.Synapses:
    columns = ([getattr(trace, name) for trace in traces] for name in ("weight", "importance", "since"))
    return plasticity.Synapses(*(np.array(column, float) for column in columns))


def _pair(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)


def _ordered(pair: Pair) -> Pair:
    return _pair(*pair)
