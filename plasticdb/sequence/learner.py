"""How a sequence memory's graph catches up with its journal: the next events as samples, and those as changes."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph.store import Changes, GraphMemory
from ..journal.events import VOID, EventRow
from ..memory.requests import Asking, EventsAfter
from .consolidating import Consolidation, consolidate
from .deltas import deltas
from .events import CONSOLIDATE
from .learn import Learned, learn
from .options import Options
from .provenance import Noted, note
from .working_set import SequenceWorkingSet

__all__ = ["SequenceLearner", "SequenceStep"]


@dataclass(frozen=True, slots=True)
class SequenceStep:
    """One batch on its way into the graph (a projection.Step)."""

    cache: SequenceWorkingSet
    learned: Learned
    noted: Noted
    position: int

    @property
    def changes(self) -> Changes:
        own = self.learned.changes
        return Changes([*own.nodes, *self.noted.nodes], [*own.edges, *self.noted.edges], own.totals)

    def applied(self, batch: str) -> None:
        self.learned.keep(self.cache)
        self.cache.noted.update(self.noted.rows)
        self.cache.applied(self.position, batch, self.learned.changes.totals)


@dataclass(frozen=True, slots=True)
class SequenceLearner:
    """Learns the journal of one memory, a batch at a time (a projection.Learner)."""

    cache: SequenceWorkingSet
    options: Options
    batch: int

    def step(self, graph: GraphMemory, most: int) -> Asking[SequenceStep | Consolidation | None]:
        """Learn the next batch of events, at most so many, or consolidate; nothing is written. None where there is nothing."""
        yield from self.cache.look(graph)
        cut = self.options.cut
        rows: list[EventRow] = yield EventsAfter(graph.position, most)
        if not rows:
            return None
        alone = next((i for i, row in enumerate(rows) if row.kind == CONSOLIDATE and row.ended != VOID), None)
        if alone == 0:
            step: SequenceStep | Consolidation = yield from consolidate(self.cache, self.options, rows[0])
            return step
        found = yield from deltas(cut.spelling, graph.position, rows[:alone])
        learned = yield from learn(self.cache, cut, self.options.view_set, found.texts, found.mass, found.count)
        noted = yield from note(self.cache, found.lessons, learned.leaves, learned.known)
        return SequenceStep(self.cache, learned, noted, found.position)

    def forget(self) -> None:
        """Drop what is known of the graph."""
        self.cache.forget()
