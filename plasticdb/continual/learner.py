"""How a classifier's graph catches up with its journal: the next samples, learned one after the other.

What is forgotten is as if it had never been: where a batch has an `unlearn`, all samples that are alive at its end are
learned again, in order. A batch before an `unlearn` need not be learned at all, since everything is learned again there.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..graph.store import Changes, GraphMemory
from ..journal.events import VOID, EventRow
from ..kinds import LEARN, UNLEARN
from ..memory.requests import Alive, Asking, EventCount, EventsAfter
from .batch import ClassifierStep, SampleBatch
from .options import Options
from .working_set import ClassifierWorkingSet

__all__ = ["ClassifierLearner"]

LATER = 2**62


@dataclass(frozen=True, slots=True)
class ClassifierLearner:
    """Learns the journal of one memory, a batch at a time (a projection.Learner)."""

    cache: ClassifierWorkingSet
    options: Options
    batch: int

    def step(self, graph: GraphMemory, most: int) -> Asking[ClassifierStep | None]:
        """The next batch of events, at most so many; nothing is written. None where there are none."""
        yield from self.cache.look(graph)
        rows: list[EventRow] = yield EventsAfter(graph.position, most)
        if not rows:
            return None
        last = rows[-1].position
        if (yield EventCount((UNLEARN,), last + 1, LATER)):
            return ClassifierStep(self.cache, last, Changes(totals=dict(self.cache.totals)), self.cache.known)
        some = [row for row in rows if row.ended != VOID]
        batch = SampleBatch(self.cache, self.options)
        if any(row.kind == UNLEARN for row in some):
            positions, _ = yield Alive(last)
            yield from batch.afresh(positions)
        else:
            batch.learn(row.payload for row in some if row.kind == LEARN)
        return batch.step(last)

    def forget(self) -> None:
        """Drop what is known of the graph."""
        self.cache.forget()
