"""A transform memory by time: what came behind something, and before it; and what is used."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..checks import label, listed, number, optional, shown, whole
from ..errors import BadInput
from ..graph.store import GraphMemory
from ..journal.journal import Written
from ..journal.operations import fingerprint
from ..journal.operations import operation as an_operation
from ..kit.texts import did_you_mean
from ..memory.base import Plan
from ..memory.display import Listing
from ..memory.locking import in_turn
from ..memory.requests import Asking
from . import arguments, slots
from .answering import Found, found
from .batch import SlotBatch
from .events import sharing
from .index import Index
from .keeping import Keeping
from .learner import TransformStep, applied
from .past import Floats, Past
from .slots import Slotted
from .working_set import Slot

__all__ = ["Recalling"]


class Recalling(Keeping):
    """A transform memory, as far as it goes by time and by use."""

    _index: Index
    _past: Past

    @abstractmethod
    def _applied(self, graph: GraphMemory, events: Sequence[Written], now: float) -> Asking[TransformStep]:
        """Apply events that are not in the journal yet to the graph as it is."""

    # Asking

    def recall_forward(self, key: Any, steps: int = 1, stream: str | None = None) -> Listing[Slotted]:
        """What was written one after the other from a key on: the pair in a stream that is nearest to it, and those behind.

        Pairs answer with the values that were written, raw or archived; a consolidation changes nothing of that.

        Parameters
        ----------
        key
            Numbers, [key_dimension]: about where to begin.
        steps
            How many pairs behind that one; fewer come where the stream ends before.
        stream
            Only in this one.

        Raises
        ------
        BadInput
            It is no such key, there is no such stream, or nothing was written to any.
        """
        return self._recalled(key, steps, stream, forward=True)

    def recall_backward(self, key: Any, steps: int = 1, stream: str | None = None) -> Listing[Slotted]:
        """What was written before a key, backwards: the pair in a stream that is nearest to it, and those before it.

        Parameters
        ----------
        key, steps, stream
            As in `recall_forward`.
        """
        return self._recalled(key, steps, stream, forward=False)

    def _recalled(self, key: Any, steps: Any, stream: Any, forward: bool) -> Listing[Slotted]:
        given, steps = arguments.one(key, self._options.key_dimension, self.name), whole("steps", steps, 0)
        (cue,) = arguments.directed(given[None, :], self._options.similarity)
        stream = optional(label, "a stream's name", stream)
        return Listing(map(slots.shown_as, self._ask(lambda: self._along(cue, steps, stream, forward))))

    def _along(self, cue: Floats, steps: int, stream: str | None, forward: bool) -> Asking[list[Slot]]:
        past = self._past
        yield from past.catch_up(self._held)
        if not past.streams:
            raise BadInput(
                f"nothing in {self.name!r} is in a stream; name one where you write: write(keys, values, stream)"
            )
        if stream is not None and not (past.codes == past.streams.get(stream, -2)).any():
            like = did_you_mean(stream, past.streams)
            raise BadInput(f"there is no stream {shown(stream)} in {self.name!r}{like}")
        place = past.nearest(cue, -1 if stream is None else past.streams[stream])
        numbers = past.along(place, steps, forward).tolist()
        there = yield from slots.fetched(self._held, numbers)
        return [there[one] for one in numbers]

    # What is used

    @in_turn
    def use(self, slots: Any, *, operation: str | None = None) -> int:
        """Note that slots were of use: in a memory with a `capacity` those that are used least go first. How many.

        Parameters
        ----------
        slots
            What `read` said (`found.slots`): each is used by its share. Or numbers of slots, used in full.
        operation
            An id for this call, as in `write`.

        Raises
        ------
        BadInput
            There is no such slot; nothing was noted.
        """
        shares = _shares(slots)

        def plan(graph: GraphMemory) -> Asking[Plan[int]]:
            there = yield from _there(self, [*shares])
            if missing := [one for one in shares if one not in there]:
                raise BadInput(f"there is no slot {missing[0]} in {self.name!r}; nothing was noted")
            return (yield from self._used(graph, shares, len(shares)))

        return self._act(an_operation("use", operation), fingerprint(list(shares.items())), plan)

    @in_turn
    def _read_and_used(self, query: Floats, mode: str | None, operation: str | None) -> Found:
        """Read, and note which slots answered: both of one graph."""

        def plan(graph: GraphMemory) -> Asking[Plan[Found]]:
            answer = yield from found(self._held, self._index, query, mode)
            shares = {one.id: one.share for one in answer.slots if one.share > 0}
            if not shares:
                return Plan([], answer, lambda _: None)  # type: ignore[arg-type, return-value]
            return (yield from self._used(graph, shares, answer))

        def again(_: Any, __: int) -> Asking[Found]:
            yield from self._held.look(self._look())
            return (yield from found(self._held, self._index, query, mode))

        asked = fingerprint(query.tolist(), mode)
        return self._act(an_operation("read", operation), asked, plan, lambda _: None, again)

    def _used(self, graph: GraphMemory, shares: Mapping[int, float], result: Any) -> Asking[Plan[Any]]:
        now, events = self._clock(), [Written("use", sharing(shares), len(shares))]
        batch = SlotBatch(self._held, self._options)
        yield from applied(batch, [("use", graph.position + 1, events[0].payload, now)])
        step = yield from self._step(batch, graph, 1)
        return Plan(events, result, lambda _: step, now)


def _there(memory: Recalling, numbers: Sequence[int]) -> Asking[dict[int, Slot]]:
    return (yield from slots.fetched(memory._held, numbers))


def _shares(given: Any) -> dict[int, float]:
    """By what shares which slots were used."""
    given = getattr(given, "slots", given)
    some = [given] if isinstance(given, int | np.integer) else listed("slots", given)
    shares: dict[int, float] = {}
    for one in some:
        id = whole("a slot's number", getattr(one, "id", one), 1, 2**48)
        share = number("a share", getattr(one, "share", 1.0), "a number above 0, up to 1", lambda s: 0 < s <= 1)
        if id in shares:
            raise BadInput(f"the slot {id} is given twice; give each once")
        shares[id] = share
    if not shares:
        raise BadInput("there is no slot; give at least one")
    return shares
