"""Kept synapses that were read once, so that the few hubs on which every walk calls are not read again in every step.

Of a hub only the strongest are read. What is known of it stays complete down to the last one that was read, in the order
in which a walk chooses (count descending, number ascending): what a batch changes is followed, and what it changes
behind that is not taken in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..graph.store import Changes, EdgeChanges
from ..kit.tables import Ints, Table
from ..memory.requests import Asking, Edges, Pairs, Strongest
from .events import members
from .firings import Synapses, count
from .schema import COFIRED, ENGRAM

__all__ = ["KnownSynapses", "consolidation"]

_MOST = 256
"""Engrams whose synapses stay known: those that were asked for last."""
_SPARE = 100
"""How many more synapses of a hub are read than must be, since some of their targets will die; and of how many more
those of a hub are known, until it is twice as many."""

Place = tuple[int, int]
"""Where a synapse stands among those of its source: (-count, target)."""


@dataclass(slots=True)
class _Known:
    """Of one source: the counts by target down to `last` (None: of all), and some behind it."""

    counts: dict[int, int]
    last: Place | None
    behind: dict[int, int] = field(default_factory=dict)

    def cut(self, most: int) -> None:
        """Know no more than the strongest."""
        places = sorted((-fired, target) for target, fired in self.counts.items())[:most]
        self.counts = {target: -minus for minus, target in places}
        self.last = places[-1]


@dataclass(slots=True)
class KnownSynapses:
    """The kept synapses of a memory, at the working set's position; `first` is where its engrams' ids begin."""

    first: int
    known: dict[int, _Known] = field(default_factory=dict)

    def strongest(self, sources: Ints, most: int) -> Asking[tuple[Synapses, dict[int, int]]]:
        """Of each source the strongest, `most` at least, or all; and of those that have more the count of the last one."""
        asked: list[int] = np.unique(sources).tolist()
        if missing := [source for source in asked if not self._enough(source, most)]:
            yield from self._read(missing, most + _SPARE)
        chosen = {source: self.known.pop(source) for source in asked}
        self.known |= chosen
        for known in chosen.values():
            if len(known.counts) > 2 * (most + _SPARE):
                known.cut(most + _SPARE)
        for source in list(self.known)[: max(len(self.known) - max(_MOST, len(chosen)), 0)]:
            del self.known[source]
        last = {source: -known.last[0] for source, known in chosen.items() if known.last is not None}
        return _synapses((source, known.counts) for source, known in chosen.items()), last

    def behind(self, partners: Synapses, newest: int) -> Asking[Synapses]:
        """The kept counts of some pairs that `strongest` did not tell, now that it was asked for their sources.

        newest: engrams after this number have no kept synapses yet.
        """
        asked: dict[int, set[int]] = {source: set() for source in partners.source.tolist()}
        for source, target in zip(partners.source.tolist(), partners.target.tolist(), strict=True):
            if max(source, target) <= newest and target not in self.known[source].counts:
                asked[source].add(target)
        if unknown := [(s, t) for s, targets in asked.items() for t in sorted(targets - self.known[s].behind.keys())]:
            for source, target in unknown:
                self.known[source].behind[target] = 0
            pairs = np.array(unknown, np.int64).T + self.first
            for source, target, fired in self._rows((yield Pairs(COFIRED, *pairs))):
                self.known[source].behind[target] = fired
        for source, targets in asked.items():
            self.known[source].behind = {t: fired for t, fired in self.known[source].behind.items() if t in targets}
        return _synapses((s, {t: fired for t, fired in self.known[s].behind.items() if fired}) for s in asked)

    def follow(self, changes: Changes) -> None:
        """Take in what a batch changed in the graph."""
        for edges in changes.edges:
            if edges.relationship is COFIRED:
                for row in (row for table in (edges.create, edges.update) if table for row in self._rows(table)):
                    self._count(*row)
        for nodes in changes.nodes:
            if nodes.node is ENGRAM:
                self._bury((nodes.delete - self.first).tolist())

    def forget(self) -> None:
        """Drop everything."""
        self.known.clear()

    def _enough(self, source: int, most: int) -> bool:
        known = self.known.get(source)
        return known is not None and (known.last is None or len(known.counts) >= most)

    def _read(self, sources: list[int], most: int) -> Asking[None]:
        found = yield Strongest(COFIRED, np.array(sources, np.int64) + self.first, "fired", most)
        self.known |= {source: _Known({}, None) for source in sources}
        for source, target, fired in self._rows(found):
            self.known[source].counts[target] = fired
        for known in map(self.known.__getitem__, sources):
            if len(known.counts) >= most:
                known.cut(most)

    def _count(self, source: int, target: int, fired: int) -> None:
        known = self.known.get(source)
        if known is None:
            return
        if known.last is None or (-fired, target) <= known.last:
            known.counts[target] = fired
            known.behind.pop(target, None)
        else:
            known.behind[target] = fired

    def _bury(self, dead: list[int]) -> None:
        for number in dead:
            self.known.pop(number, None)
        for known in self.known.values():
            for number in dead:
                known.counts.pop(number, None)
                known.behind.pop(number, None)

    def _rows(self, table: Table) -> Iterator[tuple[int, int, int]]:
        source, target = ((table[end] - self.first).tolist() for end in ("source", "target"))
        return zip(source, target, table["fired"].tolist(), strict=True)


def consolidation(
    first: int, closed: Mapping[int, Mapping[int, str]], died: Collection[int], gone: Sequence[int]
) -> Asking[EdgeChanges]:
    """What firings that are consolidated add to synapses, and those of the dead gone.

    Parameters
    ----------
    first
        Where the ids of engrams begin.
    closed
        Who fired in each of them.
    died, gone
        Engrams that are not alive any more, and those of them that the graph has.
    """
    cut: Table = {}
    if gone:
        out = yield Edges(COFIRED, np.array(sorted(gone), np.int64) + first)
        pairs = np.stack([np.r_[out["source"], out["target"]], np.r_[out["target"], out["source"]]])
        cut = dict(zip(("source", "target"), np.unique(pairs, axis=1), strict=True))
    alive = {n: {m: why for m, why in fired.items() if m not in died} for n, fired in closed.items()}
    firing, engram = members(alive)
    more: Synapses = count(np.unique(engram), firing, engram)
    if not len(more):
        return EdgeChanges(COFIRED, delete=cut)
    source, target = more.source + first, more.target + first
    kept = yield Pairs(COFIRED, source, target)
    ends = zip(kept["source"].tolist(), kept["target"].tolist(), strict=True)
    known = dict(zip(ends, kept["fired"].tolist(), strict=True))
    old = np.array([known.get(pair, 0) for pair in zip(source.tolist(), target.tolist(), strict=True)], np.int64)
    rows: Table = {"source": source, "target": target, "fired": more.count + old}
    new = old == 0
    return EdgeChanges(COFIRED, {k: v[new] for k, v in rows.items()}, {k: v[~new] for k, v in rows.items()}, cut)


def _synapses(found: Iterable[tuple[int, dict[int, int]]]) -> Synapses:
    """Counts by source and target as synapses, in order."""
    rows = sorted(found)
    sources = [source for source, counts in rows for _ in counts]
    ordered = [pair for _, counts in rows for pair in sorted(counts.items())]
    return Synapses(np.array(sources, np.int64), *np.array(ordered, np.int64).reshape(-1, 2).T)
