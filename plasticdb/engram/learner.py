"""How an engram memory's graph catches up with its journal: the next events, applied to the working set, as changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from ..graph.store import Changes, GraphMemory
from ..journal.events import VOID, EventRow
from ..memory.requests import Asking, EventsAfter, Payloads
from . import outcome
from .batch import EventBatch
from .events import Note, Reminding, Update, consolidated, merged, numbers, pinned, reembedded, rewarded
from .index import Index
from .merging import forget, merge
from .options import Options
from .working_set import EngramWorkingSet

__all__ = ["EngramLearner", "EngramStep"]


@dataclass(frozen=True, slots=True)
class EngramStep:
    """One batch on its way into the graph (a projection.Step), from one position to another."""

    cache: EngramWorkingSet
    index: Index
    since: int
    position: int
    changes: Changes

    def applied(self, batch: str) -> None:
        self.cache.synapses.follow(self.changes)
        self.index.follow(self.changes, self.since, self.position, self.cache.first)
        self.cache.drop_long()
        self.cache.applied(self.position, batch, self.changes.totals)


@dataclass(frozen=True, slots=True)
class EngramLearner:
    """Applies the journal of one memory, a batch at a time (a projection.Learner)."""

    cache: EngramWorkingSet
    index: Index
    options: Options
    batch: int

    def step(self, graph: GraphMemory, most: int) -> Asking[EngramStep | None]:
        """The next batch of events, at most so many; nothing is written. None where there are none."""
        yield from self.cache.look(graph)
        rows: list[EventRow] = yield EventsAfter(graph.position, most)
        if not rows:
            return None
        heard = [row for row in rows if row.ended != VOID]
        batch = EventBatch(self.cache, self.options, sum(row.kind == "tick" for row in heard))
        yield from _apply(batch, heard, rows[0].position)
        changes = yield from outcome.changes(batch)
        return EngramStep(self.cache, self.index, graph.position, rows[-1].position, changes)

    def forget(self) -> None:
        """Drop what is known of the graph."""
        self.cache.forget()


def _apply(batch: EventBatch, rows: Sequence[EventRow], first: int) -> Asking[None]:
    changed = (number for row in rows for number in numbers(row.kind, row.payload, row.target))
    yield from batch.cache.load({number for number in changed if number < first})
    for kind, run in groupby(rows, key=lambda row: row.kind):
        if kind == "unlearn":
            yield from forget(batch, [row.target or 0 for row in run])
            continue
        for row in run:
            yield from _apply_one(batch, row)


def _apply_one(batch: EventBatch, row: EventRow) -> Asking[None]:
    payload = row.payload or ""
    match row.kind:
        case "learn":
            yield from batch.remember(row.position, Note.read(row.payload), row.external_id, row.session)
        case "update":
            yield from batch.update(row.target or 0, Update.read(row.payload))
        case "reembed":
            positions = reembedded(payload)
            written = yield Payloads(list(positions.values()))
            yield from batch.reembed({number: written.get(at) for number, at in positions.items()})
        case "remind":
            yield from batch.fire(row.position, Reminding.read(payload), row.session)
        case "reward":
            yield from batch.reward(rewarded(payload))
        case "live":
            yield from batch.live(rewarded(payload))
        case "pin":
            yield from batch.pin(*pinned(payload))
        case "merge":
            yield from merge(batch, merged(payload))
        case "tick":
            yield from batch.turn()
        case "consolidate":
            batch.consolidate(consolidated(payload))
