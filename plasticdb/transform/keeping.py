"""A transform memory as a store of pairs: they are got, listed and forgotten."""

from __future__ import annotations

import builtins
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import astuple

from ..checks import label, one_of, optional, whole
from ..errors import BadInput
from ..graph.store import GraphMemory
from ..journal.operations import operation as an_operation
from ..memory import naming
from ..memory.base import Memory, Plan
from ..memory.display import Listing
from ..memory.locking import in_turn
from ..memory.requests import Asking
from . import forgetting, slots
from .batch import SlotBatch
from .forgetting import Receipt
from .learner import TransformStep
from .options import Options
from .slots import Slotted
from .working_set import LAST, Slot, TransformWorkingSet

__all__ = ["Keeping"]


class Keeping(Memory[Options, TransformWorkingSet]):
    """A transform memory, as far as it keeps pairs."""

    @abstractmethod
    def _step(self, batch: SlotBatch, graph: GraphMemory, events: int) -> Asking[TransformStep]:
        """Give a batch of so many events as a step of the graph."""

    # Asking

    def get(self, id: int | str) -> Slotted:
        """One slot by its number, or a pair by the external id that it was given.

        Raises
        ------
        BadInput
            There never was such a slot; or it was forgotten, and when.
        """
        given, row = naming.one_id(id), self._open()
        if isinstance(given[0], int) and 0 < given[0] < LAST:
            found = self._ask(lambda: slots.fetched(self._held, given))  # type: ignore[arg-type]
            if found:
                return slots.shown_as(found[given[0]])
        (mark,) = self._answer(slots.resolved(self.name, given), row)
        there = self._ask(lambda: slots.fetched(self._held, [mark.position])).get(mark.position)
        if there is None:
            raise BadInput(self._answer(slots.gone(self.name, mark), self._open()))
        return slots.shown_as(there)

    def list(
        self, *, state: str | None = None, stream: str | None = None, limit: int = 100, after: int | None = None
    ) -> Listing[Slotted]:
        """The slots, by number: pairs in the order in which they were written.

        Parameters
        ----------
        state
            Only those of one state: `raw`, `transform`, `archived`.
        stream
            Only those of this stream.
        limit
            How many at most.
        after
            The id of the last slot of the page before.
        """
        state = optional(one_of, "state", state, [*slots.STATES.values()])
        stream, limit = optional(label, "a stream's name", stream), whole("limit", limit, 1)
        behind = optional(whole, "after", after, 0, LAST) or 0
        found: builtins.list[Slot] = self._ask(lambda: slots.listing(self._held, state, stream, limit, behind))
        return Listing(map(slots.shown_as, found))

    # What changes pairs

    @in_turn
    def forget(
        self,
        ids: Sequence[int | str] | int | str | None = None,
        *,
        source: str | None = None,
        stream: str | None = None,
        erase: bool = False,
        operation: str | None = None,
    ) -> Receipt:
        """Forget pairs; transforms that had absorbed some are fitted again without them.

        Which of the others go together stays as it was: `consolidate(afresh=True)` plans that anew, and then all is as if
        they had never been.

        Parameters
        ----------
        ids
            Numbers, or external ids (of the `source`, if one is named).
        source, stream
            Instead of ids: every pair of this source, of this stream; or of both.
        erase
            Also remove them from the journal, and from every file of this database.
        operation
            An id for this call, as in `write`.

        Raises
        ------
        BadInput
            There is no such pair, or one was forgotten before; nothing was forgotten.
        GraphBehind
            The graph did not answer; what was asked is in the journal, and `sync` goes on from there.
        """
        return self._forget("forget", forgetting.Asked.of(ids, source, stream, erase), operation)

    @in_turn
    def unlearn(self, source: str, *, erase: bool = False, operation: str | None = None) -> int:
        """Forget all pairs of a source, as `forget` does; how many.

        Parameters
        ----------
        source
            Its name, as it was given when they were written.
        erase, operation
            As in `forget`.
        """
        asked = forgetting.Asked.of(None, label("a source's name", source), None, erase)
        return len(self._forget("unlearn", asked, operation).ids)

    def _forget(self, verb: str, asked: forgetting.Asked, operation: str | None) -> Receipt:
        def planned(graph: GraphMemory) -> Asking[Plan[Receipt]]:
            batch = SlotBatch(self._held, self._options)
            events, receipt = yield from forgetting.plan(batch, asked, graph.position)
            step = yield from self._step(batch, graph, len(events))
            return Plan(events, receipt, lambda _: step)

        once = an_operation(verb, operation)
        receipt = self._act(once, asked.mark, planned, lambda done: [*astuple(done)], forgetting.again)
        if asked.erase:
            self._finish_erasing()
        return receipt
