"""How a sequence memory's graph catches up with its journal: the next events as samples, and those as changes."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph.store import Changes, GraphMemory
from ..journal.journal import Journal
from ..journal.rows import MemoryRow
from .deltas import deltas
from .learn import Learned, learn
from .options import Options
from .provenance import Noted, note
from .working_set import Held

__all__ = ["SequenceLearner"]


@dataclass(frozen=True, slots=True)
class Step:
    """One batch on its way into the graph (a projection.Step)."""

    held: Held
    learned: Learned
    noted: Noted
    position: int

    @property
    def changes(self) -> Changes:
        own = self.learned.changes
        return Changes([*own.nodes, *self.noted.nodes], [*own.edges, *self.noted.edges], own.totals)

    def applied(self, batch: str) -> None:
        self.learned.keep(self.held, self.position, batch)
        self.held.noted.update(self.noted.rows)


@dataclass(frozen=True, slots=True)
class SequenceLearner:
    """Learns the journal of one memory, a batch at a time (a projection.Learner)."""

    journal: Journal
    held: Held
    options: Options
    batch: int

    def step(self, memory: MemoryRow, graph: GraphMemory, most: int) -> Step | None:
        """Learn the next batch of events, at most so many; nothing is written. None where there are none."""
        self.held.look(graph)
        cut = self.options.cut
        found = deltas(self.journal, memory, cut.spelling, graph.position, most, self.held.store.most_symbols)
        if found is None:
            return None
        learned = learn(self.held, cut, self.options.depth, found.texts, found.mass, found.count)
        noted = note(self.held.store, memory.name, self.held.noted, found.lessons, learned.leaves, learned.known)
        return Step(self.held, learned, noted, found.position)

    def forget(self) -> None:
        """Drop what is held of the graph."""
        self.held.forget()
