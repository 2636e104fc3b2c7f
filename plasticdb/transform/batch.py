"""One batch of events on its way into the graph: what they do to the slots, and that as changes of the graph."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from operator import attrgetter

import numpy as np

from ..graph.store import Changes, EdgeChanges, NodeChanges
from ..kit.tables import Table
from ..memory.requests import Asking, Between, Edges, Nodes
from ..memory.succession import Succession
from . import factors
from .blending import blended
from .echoes import cut
from .events import MODES, Absorbing, Pair, Settled
from .options import Options
from .reading import EXACT
from .schema import ABSORBED, ARCHIVED, FOLLOWS, RAW, SLOT, STREAM, TRANSFORM
from .usage import WRITTEN, least_used, rank, used
from .working_set import COLUMNS, SIZES, Slot, TransformWorkingSet, bounded, rows_of, slots_of

__all__ = ["SlotBatch"]

_STATE = ("state", "into", "n", "after", "usage", "used_at")
"""What may change of a pair."""
_FIT = ("key", "value", "matrix", "factor", "ridge", "pull", "reach", *_STATE)
"""What may change of a transform."""
_MARKED = ("after", "usage", "used_at")
"""What changes of a slot that answers as before."""
_SIZE_OF = dict(zip((RAW, TRANSFORM, ARCHIVED), SIZES, strict=True))
Link = tuple[int, int]
"""The numbers of a transform and of a pair that it absorbed."""


@dataclass(slots=True)
class SlotBatch:
    """Applies events, one after the other; `changes` says what that is in the graph.

    slots: those that were made or fetched, and are there. gone: the numbers of those that the graph has no more. made, cut: links
    that the graph does not have yet, and has no more. stale: transforms that lost pairs and are not fitted again yet. blends:
    whether transforms are to be fitted together again. marked: slots of which no more changes than how they are used and what
    they come behind. order: the raw slots that go when another is written, the least used first.
    """

    cache: TransformWorkingSet
    options: Options
    slots: dict[int, Slot] = field(default_factory=dict)
    created: set[int] = field(default_factory=set)
    touched: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    made: set[Link] = field(default_factory=set)
    cut: set[Link] = field(default_factory=set)
    stale: set[int] = field(default_factory=set)
    marked: set[int] = field(default_factory=set)
    order: list[tuple[float, int]] = field(default_factory=list)
    blends: bool = False
    succession: Succession = field(init=False)

    def __post_init__(self) -> None:
        self.cache.changing()
        self.succession = Succession(self.cache, STREAM, FOLLOWS, "slots")

    # What happens

    def learn(self, rows: Sequence[tuple[int, Pair, float, str | None]]) -> Asking[None]:
        """Take pairs as raw slots: the number of each, when it was written, and the caller's own id.

        One that was erased has no key, takes its place, and is forgotten later.
        """
        yield from self.succession.load(pair.stream for _, pair, _, _ in rows)
        yield from self._expect(len(rows))
        for number, pair, time, external_id in rows:
            self._make_room(number, time)
            slot = Slot(number, RAW, pair.key, pair.value, usage=WRITTEN, used_at=time, written=time)
            slot.payload, slot.stream, slot.external_id = pair.payload, pair.stream, external_id
            self._add(slot)
            if slot.stream is not None:
                self.succession.add(slot)

    def use(self, shares: Mapping[int, float], time: float) -> Asking[None]:
        """Slots were used, each by its share in an answer; those that are not there any more are left out."""
        yield from self.load(shares)
        for number, share in shares.items():
            if (slot := self.slots.get(number)) is not None:
                slot.usage, slot.used_at = used(slot.usage, slot.used_at, share, time, self.options.half_life)
                self.marked.add(number)

    def absorb(self, position: int, event: Absorbing, time: float) -> Asking[None]:
        """Let pairs become a transform of this number, or add them to one; those that are not there any more are left out."""
        self.cache.changed, number = position, event.into or position
        yield from self._settle([number])
        yield from self.load([*event.slots, *event.told, *([] if event.into is None else [number])])
        pairs, told = (self._joining(number, some) for some in (event.slots, event.told))
        known, heard = ([slot for slot in some if slot.key] for some in (pairs, told))
        transform = self.slots.get(number)
        if transform is None and not (known or heard):
            return
        for some, counts in ((pairs, 1), (told, 0)):
            for slot in some:
                self._leave(slot)
                self._move(slot, ARCHIVED, number)
                self._link(number, slot.number)
                slot.n = counts
        if transform is None:
            transform = Slot(number, TRANSFORM, b"", b"", n=0, used_at=time, written=time)
            self._add(transform)
            factor = self._factor(known or heard)
        else:
            factor = self._kept(transform)
            factor = factors.merged(factor, self._factor(known)) if known else factor
            self.touched.add(number)
        transform.n += len(pairs)
        asis = not known and (transform.key, transform.ridge) == (event.centre, event.ridge)
        transform.key, transform.ridge, transform.pull, transform.reach = (
            event.centre,
            event.ridge,
            event.pull,
            event.reach,
        )
        if not asis:
            self._fit(transform, factor)
        self._hear(transform, heard)

    def _joining(self, transform: int, numbers: Sequence[int]) -> list[Slot]:
        """Those of some pairs that are there, and not of this transform yet; in the order of age."""
        there = [slot for n in sorted(numbers) if (slot := self.slots.get(n)) is not None]
        return [slot for slot in there if slot.state != TRANSFORM and slot.into != transform]

    def _hear(self, transform: Slot, told: Sequence[Slot]) -> None:
        """Let a transform know of pairs that only say again what it says: in exact mode it has to, whatever it absorbs next."""
        if not told or self.cache.mode != MODES.index(EXACT):
            return
        pairs = self._pairs([(slot.key, slot.value) for slot in told])
        said = pairs.of(~cut(pairs.values, self.cache.manner.cap))
        if len(said):
            transform.factor = factors.merged(
                self._kept(transform), factors.factor_of(said.keys, said.values)
            ).written()

    def settle(self, position: int, event: Settled) -> Asking[None]:
        """Read in this manner from now on."""
        cache = self.cache
        before = cache.manner
        if event.afresh:
            self.stale.clear()
        else:
            yield from self._settle([*self.stale])
        cache.mode, cache.few, cache.temperature = event.mode, event.few, event.temperature
        cache.cap, cache.gain, cache.changed = bounded(event.cap), bounded(event.gain), position
        if event.afresh:
            yield from self._dissolve(event.told)
        elif cache.transforms and cache.manner != before:
            self._take((yield Between(SLOT, "state", TRANSFORM, TRANSFORM, COLUMNS)))
            for slot in [*self.slots.values()]:
                if slot.state == TRANSFORM:
                    self._fit(slot, self._kept(slot))
                    self.touched.add(slot.number)

    def unlearn(self, position: int, numbers: Sequence[int]) -> Asking[None]:
        """Forget pairs: it is as if they had never been, but that those that went with them stay together."""
        yield from self.load(numbers)
        there = [self.slots[number] for number in dict.fromkeys(numbers) if number in self.slots]
        if linked := [slot for slot in there if slot.stream is not None]:
            yield from self.load((yield from self.succession.behind(linked)))
            self.marked |= self.succession.remove(linked, self.slots)
        for slot in there:
            self._leave(slot)
            self._remove(slot)
        self.cache.changed = position

    # How it is kept

    def load(self, numbers: Iterable[int]) -> Asking[None]:
        """Fetch slots that are not here, as far as they are there."""
        missing = [n for n in numbers if n not in self.slots and n not in self.gone]
        if missing:
            self._take((yield Nodes(SLOT, "id", self.cache.ids(missing), COLUMNS)))

    def _take(self, table: Table) -> None:
        for slot in slots_of(table):
            if slot.number not in self.slots and slot.number not in self.gone:
                self.slots[slot.number] = slot

    def _add(self, slot: Slot) -> None:
        self.slots[slot.number] = slot
        self.created.add(slot.number)
        self._count(slot.state, 1)

    def _remove(self, slot: Slot) -> None:
        self._count(slot.state, -1)
        del self.slots[slot.number]
        if slot.number in self.created:
            self.created.remove(slot.number)
        else:
            self.gone.add(slot.number)

    def _move(self, slot: Slot, state: int, into: int | None) -> None:
        self._count(slot.state, -1)
        slot.state, slot.into = state, into
        self._count(state, 1)
        self.touched.add(slot.number)

    def _count(self, state: int, more: int) -> None:
        name = _SIZE_OF[state]
        setattr(self.cache, name, getattr(self.cache, name) + more)

    def _leave(self, slot: Slot) -> None:
        """Let a pair go out of the transform that absorbed it, if one did."""
        if slot.into is not None:
            self.stale.add(slot.into)
            self._unlink(slot.into, slot.number)

    def _dissolve(self, told: Sequence[int]) -> Asking[None]:
        """Let all pairs be raw again, and no transform be there; and let some pairs count for nothing."""
        self._take((yield Between(SLOT, "state", RAW, ARCHIVED, COLUMNS)))
        silent = set(told)
        for slot in [*self.slots.values()]:
            if slot.state == TRANSFORM:
                self._remove(slot)
                continue
            if slot.state == ARCHIVED:
                if slot.into is not None:
                    self._unlink(slot.into, slot.number)
                self._move(slot, RAW, None)
            if slot.n != (counts := int(slot.number not in silent)):
                slot.n = counts
                self.touched.add(slot.number)

    def _settle(self, some: Sequence[int]) -> Asking[None]:
        """Fit those of some transforms that lost pairs again: from the archive, in the order of age."""
        for number in sorted(self.stale & set(some)):
            yield from self.load([number])
            there, pairs = self.slots[number], (yield from self._members(number))
            if sum(slot.n for slot in pairs) < there.n:
                pairs = self._counted(number, pairs)
            known = [slot for slot in pairs if slot.key]
            if not known:
                for slot in pairs:
                    self._unlink(number, slot.number)
                    self._move(slot, RAW, None)
                self._remove(there)
                self.blends |= self.cache.temperature > 0
                continue
            there.n = sum(slot.n for slot in pairs)
            self._fit(there, self._factor([slot for slot in known if slot.n] or known))
            self._hear(there, [slot for slot in known if not slot.n])
            self.touched.add(number)
        self.stale.difference_update(some)

    def _counted(self, transform: int, pairs: Sequence[Slot]) -> list[Slot]:
        """Let what was said again count, where something that it was said from is gone; but what was cut is raw again."""
        told = [slot for slot in pairs if not slot.n]
        for slot in told:
            slot.n = 1
            self.touched.add(slot.number)
            if cut(np.frombuffer(slot.value, "<f8")[None, :], self.cache.manner.cap)[0]:
                self._unlink(transform, slot.number)
                self._move(slot, RAW, None)
        return [slot for slot in pairs if slot.into == transform]

    def _members(self, number: int) -> Asking[list[Slot]]:
        """The pairs that a transform absorbed, in the order of age."""
        rows = yield Edges(ABSORBED, self.cache.ids([number]))
        numbers = {int(target) - self.cache.first for target in rows["target"].tolist()}
        numbers |= {pair for transform, pair in self.made if transform == number}
        numbers -= {pair for transform, pair in self.cut if transform == number}
        yield from self.load(numbers)
        return [self.slots[n] for n in sorted(numbers)]

    def _link(self, transform: int, pair: int) -> None:
        if (transform, pair) in self.cut:
            self.cut.remove((transform, pair))
        else:
            self.made.add((transform, pair))

    def _unlink(self, transform: int, pair: int) -> None:
        if (transform, pair) in self.made:
            self.made.remove((transform, pair))
        else:
            self.cut.add((transform, pair))

    # Room

    def _expect(self, more: int) -> Asking[None]:
        """Before so many pairs are written: fetch those that have to go, if there is not room for all."""
        room = self.options.capacity
        self.order = []
        if room is None or (over := self.cache.raw + more - room) <= 0:
            return
        rows = yield Between(SLOT, "state", RAW, RAW, ("number", "usage", "used_at"))
        known = {slot.number for slot in self.slots.values()} | self.gone
        there = [row for row in zip(*(rows[name].tolist() for name in rows), strict=True) if row[0] not in known]
        there += [(s.number, s.usage, s.used_at) for s in self.slots.values() if s.state == RAW]
        self.order = least_used(there, self.options.half_life, over)
        heapify(self.order)
        yield from self.load([number for _, number in self.order])

    def _make_room(self, number: int, time: float) -> None:
        """Before a pair of this number is written to a full memory at a time: let the least used one go to the archive."""
        room = self.options.capacity
        if room is None:
            return
        while self.cache.raw >= room:
            self._move(self.slots[heappop(self.order)[1]], ARCHIVED, None)
            self.cache.changed = number
        heappush(self.order, (rank(WRITTEN, time, self.options.half_life), number))

    # Matrices

    def _floats(self, rows: Iterable[bytes], dimension: int) -> factors.Floats:
        return np.frombuffer(b"".join(rows), "<f8").reshape(-1, dimension)

    def _pairs(self, pairs: Collection[tuple[bytes, bytes]]) -> factors.Pairs:
        keys = self._floats((key for key, _ in pairs), self.options.key_dimension)
        return factors.Pairs(keys, self._floats((value for _, value in pairs), self.options.value_dimension))

    def _factor(self, slots: Collection[Slot]) -> factors.Factor:
        pairs = self._pairs([(slot.key, slot.value) for slot in slots])
        return factors.factor_of(pairs.keys, pairs.values)

    def _kept(self, slot: Slot) -> factors.Factor:
        assert slot.factor is not None
        return factors.Factor.read(slot.factor, self.options.key_dimension, self.options.value_dimension)

    def _fit(self, slot: Slot, factor: factors.Factor) -> None:
        """Let a transform map as its factor says, from its centre and with its ridge; or as is best for it and others."""
        slot.factor = factor.written()
        if self.cache.temperature > 0:
            self.blends = True
            return
        fit = factors.fitted(factor, slot.ridge or 0.0, self.cache.manner.gain, np.frombuffer(slot.key, "<f8"))
        slot.value, slot.matrix = (np.asarray(a, "<f8").tobytes() for a in (fit.offset, fit.matrix))

    def _blend(self) -> Asking[None]:
        """Fit transforms that answer together, where something of them changed, to all pairs that they absorbed."""
        if not (self.blends and self.cache.transforms):
            return
        self._take((yield Between(SLOT, "state", TRANSFORM, TRANSFORM, COLUMNS)))
        transforms = sorted((s for s in self.slots.values() if s.state == TRANSFORM), key=attrgetter("number"))
        names = ["number", "key", "value", "into", "n"]
        rows = yield Between(SLOT, "state", ARCHIVED, ARCHIVED, names)
        there = {
            number: (key, value)
            for number, key, value, into, n in zip(*(rows[name].tolist() for name in names), strict=True)
            if into is not None and n and number not in self.slots and number not in self.gone
        }
        there |= {s.number: (s.key, s.value) for s in self.slots.values() if s.into is not None and s.n}
        pairs = [there[number] for number in sorted(there) if there[number][0]]
        centre = self._floats([slot.key for slot in transforms], self.options.key_dimension)
        found = blended(self._pairs(pairs), centre, self.cache.manner, transforms[0].ridge or 0.0)
        for slot, matrix, offset in zip(transforms, *found, strict=True):
            slot.value, slot.matrix = (np.asarray(a, "<f8").tobytes() for a in (offset, matrix))
            self.touched.add(slot.number)

    # What that is in the graph

    def changes(self) -> Asking[Changes]:
        """What the events change in the graph."""
        yield from self._settle([*self.stale])
        yield from self._blend()
        first = self.cache.first
        by_number = attrgetter("number")
        made = sorted((self.slots[n] for n in self.created), key=by_number)
        changed = sorted((self.slots[n] for n in self.touched - self.created - self.gone), key=by_number)
        gone = self.cache.ids(self.gone)
        nodes = [NodeChanges(SLOT, rows_of(made, COLUMNS, first), delete=gone)]
        for names, some in (
            (_STATE, [slot for slot in changed if slot.state != TRANSFORM]),
            (_FIT, [slot for slot in changed if slot.state == TRANSFORM]),
        ):
            if some:
                nodes.append(NodeChanges(SLOT, update=rows_of(some, names, first)))
        if marked := sorted(self.marked - self.touched - self.created - self.gone):
            nodes.append(NodeChanges(SLOT, update=rows_of([self.slots[n] for n in marked], _MARKED, first)))
        ends = (np.array(sorted(links), np.int64).reshape(-1, 2) + first for links in (self.made, self.cut))
        links, cut = ({"source": some[:, 0], "target": some[:, 1]} for some in ends)
        edges = [EdgeChanges(ABSORBED, links, delete=cut)]
        if self.succession.was:
            streams, follows = self.succession.changes()
            nodes, edges = [*nodes, streams], [*edges, follows]
        return Changes(nodes, edges, self.cache.sizes())
