"""How an engram memory's graph catches up with its journal: the next events, applied to what is held, as changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..graph.store import Changes, GraphMemory
from ..journal import history
from ..journal.journal import Journal
from ..journal.rows import MemoryRow
from ..journal.tables import VOID
from .batch import Batch
from .events import Reminding, consolidated, numbers, remembered, rewarded
from .options import Options
from .working_set import Held

__all__ = ["EngramLearner", "Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """One batch on its way into the graph (a projection.Step)."""

    batch: Batch
    position: int
    changes: Changes

    def applied(self, batch: str) -> None:
        held = self.batch.held
        held.position, held.batch = self.position, batch
        held.kept.follow(self.changes)
        held.drop_long()


@dataclass(frozen=True, slots=True)
class EngramLearner:
    """Applies the journal of one memory, a batch at a time (a projection.Learner)."""

    journal: Journal
    held: Held
    options: Options
    batch: int

    def step(self, memory: MemoryRow, graph: GraphMemory, most: int) -> Step | None:
        """The next batch of events, at most so many; nothing is written. None where there are none."""
        self.held.look(graph)
        rows = history.after(self.journal, memory, graph.position, most, self.held.store.most_symbols)
        if not rows:
            return None
        heard = [row for row in rows if row.ended != VOID]
        batch = Batch(self.held, self.options, sum(row.kind == "tick" for row in heard))
        _apply(batch, heard, rows[0].position)
        return Step(batch, rows[-1].position, batch.changes())

    def forget(self) -> None:
        """Drop what is held of the graph."""
        self.held.forget()


def _apply(batch: Batch, rows: Sequence[history.AnyRow], first: int) -> None:
    changed = (number for row in rows for number in numbers(row.kind, row.payload))
    batch.held.load({number for number in changed if number < first})
    for row in rows:
        match row.kind:
            case "learn":
                batch.remember(row.position, *remembered(row.payload))
            case "remind":
                batch.fire(row.position, Reminding.read(row.payload), row.session)
            case "reward":
                batch.reward(rewarded(row.payload))
            case "tick":
                batch.turn()
            case "consolidate":
                batch.consolidate(consolidated(row.payload))
