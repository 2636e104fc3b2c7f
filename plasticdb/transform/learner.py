"""How a transform memory's graph catches up with its journal: the next events, applied to the slots, as changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from ..graph.store import Changes, GraphMemory
from ..journal.events import VOID, EventRow
from ..memory.requests import Asking, EventsAfter
from .batch import SlotBatch
from .events import Absorbing, Pair, Settled, shared
from .index import Index
from .options import Options
from .working_set import TransformWorkingSet

__all__ = ["TransformLearner", "TransformStep", "applied"]


@dataclass(frozen=True, slots=True)
class TransformStep:
    """One batch on its way into the graph (a projection.Step), from one position to another."""

    cache: TransformWorkingSet
    index: Index
    since: int
    position: int
    changes: Changes

    def applied(self, batch: str) -> None:
        self.index.follow(self.changes, self.since, self.position, self.cache.first)
        self.cache.applied(self.position, batch, self.changes.totals)


@dataclass(frozen=True, slots=True)
class TransformLearner:
    """Applies the journal of one memory, a batch at a time (a projection.Learner)."""

    cache: TransformWorkingSet
    index: Index
    options: Options
    batch: int

    def step(self, graph: GraphMemory, most: int) -> Asking[TransformStep | None]:
        """The next batch of events, at most so many; nothing is written. None where there are none."""
        yield from self.cache.look(graph)
        rows: list[EventRow] = yield EventsAfter(graph.position, most)
        if not rows:
            return None
        batch = SlotBatch(self.cache, self.options)
        yield from _apply(batch, [row for row in rows if row.ended != VOID])
        changes = yield from batch.changes()
        return TransformStep(self.cache, self.index, graph.position, rows[-1].position, changes)

    def forget(self) -> None:
        """Drop what is known of the graph."""
        self.cache.forget()


def _apply(batch: SlotBatch, rows: Sequence[EventRow]) -> Asking[None]:
    for kind, run in groupby(rows, key=lambda row: row.kind):
        some = list(run)
        if kind == "learn":
            pairs = [Pair(b"", b"") if row.payload is None else Pair.read(row.payload) for row in some]
            yield from batch.learn([(r.position, p, r.time, r.external_id) for r, p in zip(some, pairs, strict=True)])
        elif kind == "unlearn":
            yield from batch.unlearn(some[-1].position, [row.target or 0 for row in some])
        else:
            yield from applied(batch, [(row.kind, row.position, row.payload, row.time) for row in some])


def applied(batch: SlotBatch, events: Iterable[tuple[str, int, str | None, float]]) -> Asking[None]:
    """Apply events that consolidate or use slots: the kind of each, its position, payload and time."""
    for kind, position, payload, time in events:
        match kind:
            case "absorb":
                yield from batch.absorb(position, Absorbing.read(payload or ""), time)
            case "use":
                yield from batch.use(shared(payload or ""), time)
            case "consolidate":
                yield from batch.settle(position, Settled.read(payload or ""))
