"""How a sequence memory's graph catches up with its journal: the next events as samples, and those as changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..graph.store import Changes, GraphMemory
from ..journal.events import VOID, EventRow
from ..memory.requests import Asking, EventsAfter
from .collapse.collapsing import collapse
from .events import CONSOLIDATE
from .fit.consolidating import Consolidation, consolidate
from .learning import pieces
from .learning.deltas import deltas
from .learning.learn import Learned, learn
from .learning.provenance import Noted, note, witnessed
from .options import Options
from .shortcuts.linking import left
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
class WholeStep:
    """An event about the whole graph on its way into it (a projection.Step): what is held of the graph is not true then."""

    cache: SequenceWorkingSet
    changes: Changes
    position: int

    def applied(self, _: str) -> None:
        self.cache.forget()


WHOLE = ("collapse", CONSOLIDATE)
"""Events about the whole graph: no other is learned with one of them."""


@dataclass(frozen=True, slots=True)
class SequenceLearner:
    """Learns the journal of one memory, a batch at a time (a projection.Learner)."""

    cache: SequenceWorkingSet
    options: Options
    batch: int

    def step(self, graph: GraphMemory, most: int) -> Asking[SequenceStep | WholeStep | Consolidation | None]:
        """Learn the next batch of events, at most so many; nothing is written. None where there are none."""
        yield from self.cache.look(graph)
        rows = _together((yield EventsAfter(graph.position, most)))
        if not rows:
            return None
        cut = self.options.cut
        if _is_whole(rows[0]):
            noted = yield from witnessed(self.cache, rows, cut.spelling)
            if rows[0].kind == CONSOLIDATE:
                step: Consolidation = yield from consolidate(self.cache, self.options, rows[0], noted)
                return step
            changes = yield from collapse(self.cache.name, self.cache.totals, rows[0].payload)
            changes = yield from pieces.left(self.cache.name, cut, self.cache.totals, changes, self.cache.derives)
            return WholeStep(self.cache, replace(changes, nodes=[*changes.nodes, *noted.nodes]), rows[0].position)
        found = yield from deltas(cut.spelling, rows)
        learned = yield from learn(self.cache, cut, self.options.view_set, found.texts, found.mass, found.count)
        learned = replace(learned, changes=(yield from left(self.cache, self.options, rows, learned.changes)))
        noted = yield from note(self.cache, found.lessons, learned.leaves, learned.known)
        return SequenceStep(self.cache, learned, noted, found.position)

    def forget(self) -> None:
        """Drop what is known of the graph."""
        self.cache.forget()


def _is_whole(row: EventRow) -> bool:
    return row.kind in WHOLE and row.ended != VOID


def _together(rows: Sequence[EventRow]) -> Sequence[EventRow]:
    """The first events, as many as are learned together."""
    end = next((i for i, row in enumerate(rows) if _is_whole(row)), len(rows))
    return rows[: max(end, 1)]
