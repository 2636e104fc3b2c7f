"""An engram memory as a store of notes: they are got, listed, updated, pinned and forgotten."""

from __future__ import annotations

import builtins
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ..checks import label, optional, whole
from ..checks import text as checked_text
from ..errors import BadInput
from ..graph.store import Changes, GraphMemory
from ..journal.journal import Written
from ..journal.operations import fingerprint
from ..journal.operations import operation as an_operation
from ..journal.rows import MemoryRow
from ..memory import naming
from ..memory.base import Plan
from ..memory.display import Listing
from ..memory.locking import in_turn
from ..memory.moments import checked, span
from ..memory.payloads import noted as as_json
from ..memory.requests import Asking
from . import arguments, forgetting, notes, outcome
from .batch import EventBatch
from .copies import Copy, of_engrams
from .embedding import Embedding
from .events import Note, Update, pinning
from .index import Index
from .learner import EngramStep
from .life import life
from .where import Where
from .working_set import LAST, Engram

__all__ = ["Noting", "Planning"]

T = TypeVar("T")
Planning = Callable[[EventBatch, int], Asking[tuple[builtins.list[Written], T]]]
"""What a verb does, to a batch that begins behind a position: events for the journal, and what it brings."""


class Noting(Embedding):
    """An engram memory, as far as it keeps notes."""

    _index: Index

    @abstractmethod
    def _there(self) -> MemoryRow | None:
        """Give its row in the journal; none where it was opened to be made and has not remembered anything yet."""

    # Asking

    def get(self, id: int | str) -> notes.Noted:
        """One note by its number, or by the external id that it was given; one that was merged is what it is merged into.

        Raises
        ------
        BadInput
            There never was such a note; or it died or was forgotten, and when.
        """
        row = self._open()
        (mark,) = self._answer(notes.resolved(self.name, naming.one_id(id)), row)
        found = self._ask(lambda: notes.noted(self._held, [mark.position], self._merging)).get(mark.position)
        if found is None:
            raise BadInput(self._answer(notes.gone(self.name, self._options, mark), self._open()))
        if found.number != mark.position:
            (mark,) = self._answer(notes.resolved(self.name, [found.number]), row)
        return notes.shown_as(found, self._held.tick, mark.time, self._copies([found]).get(found.number, ()))

    def list(
        self,
        *,
        where: Any = None,
        stream: str | None = None,
        levels: Sequence[str] | None = None,
        since: Any = None,
        until: Any = None,
        limit: int = 100,
        after: int | None = None,
    ) -> Listing[notes.Noted]:
        """The notes that are alive, by number: in the order in which they were remembered.

        Parameters
        ----------
        where
            What the fields of a payload must be, such as `{"speaker": "Ann", "year": {">=": 2020}}`; see
            `plasticdb.engram.where.Where.parse`.
        stream
            Only those of this stream.
        levels
            Only those of these levels: `working`, `short-term`, `long-term`.
        since, until
            Only what was remembered from one time to another, both included: ISO 8601 (without a zone UTC), or seconds
            since 1970.
        limit
            How many at most.
        after
            The id of the last note of the page before.

        Raises
        ------
        BadInput
            No payload has a field of the filter, or `since` is after `until`.
        """
        asked = None if where is None else Where.parse(where)
        stream, chosen = optional(label, "a stream's name", stream), arguments.levels(levels)
        limit, behind = whole("limit", limit, 1), optional(whole, "after", after, 0, LAST) or 0
        checked(since, until)
        if (row := self._there()) is None:
            return Listing()
        first, last = self._answer(span(since, until), row)
        wanted = notes.Wanted(asked, stream, chosen, max(first, behind), last)
        found, tick = self._ask(lambda: self._listed(wanted, limit))
        times = self._answer(notes.times([engram.number for engram in found]), self._open())
        copies = self._copies(found)
        return Listing(notes.shown_as(one, tick, times[one.number], copies.get(one.number, ())) for one in found)

    def _listed(self, wanted: notes.Wanted, limit: int) -> Asking[tuple[builtins.list[Engram], int]]:
        found = yield from notes.listing(self._held, wanted, limit, self._merging)
        return found, self._held.tick

    @property
    def _merging(self) -> bool:
        """Whether there may be copies: notes that were merged into others."""
        return self._options.merge_above is not None

    def _copies(self, engrams: Sequence[Engram]) -> dict[int, builtins.list[Copy]]:
        """Give the copies for which engrams answer."""
        if not (self._merging and engrams):
            return {}
        return self._ask(lambda: of_engrams(self._held, [engram.number for engram in engrams]))

    def history(self, id: int | str) -> builtins.list[dict[str, Any]]:
        """What happened to a note, whatever became of it: born, updated, fired, rewarded, pinned, died, forgotten.

        Each with its tick and time, and with the ticks that it had left to live where these changed.
        """
        row = self._open()
        (mark,) = self._answer(notes.resolved(self.name, naming.one_id(id)), row)
        return Listing(self._answer(life(self.name, self._options, mark.position), row))

    # What changes notes

    def update(
        self, id: int | str, *, payload: Any = ..., text: str | None = None, operation: str | None = None
    ) -> int:
        """Give a note another payload, or another text, or both; its number.

        Parameters
        ----------
        id
            Its number, or its external id.
        payload
            Any JSON; left out, it stays.
        text
            For a memory with an embedder; None: it stays.
        operation
            An id for this call, as in `remember`.

        Raises
        ------
        BadInput
            It is not alive, it was merged into another one, or nothing is to be changed; nothing was.
        """
        if payload is ... and text is None:
            raise BadInput("give a payload or a text; nothing was updated")
        given, once = naming.one_id(id), an_operation("update", operation)
        kept = None if payload is ... else as_json(payload)
        text = optional(checked_text, "a text", text)

        def made() -> Update:
            note = Note(None) if text is None else self._notes([text])[0]
            return Update(kept, note.vector, note.text, note.terms)

        now = self._by_embedder(made)

        def plan(batch: EventBatch, position: int) -> Asking[tuple[builtins.list[Written], int]]:
            update = now()
            (number,) = yield from self._alive(given, "nothing was updated", merged=False)
            yield from batch.update(number, update)
            return [Written("update", update.written(), target=number)], number

        return self._act(once, fingerprint(given, kept, text), self._planned(plan))

    def pin(self, ids: Sequence[int | str] | int | str, *, operation: str | None = None) -> int:
        """Let notes never die, whatever lifespan they have, until they are unpinned or forgotten; how many.

        Raises BadInput where one of them is not alive; nothing was pinned.
        """
        return self._pin("pin", ids, operation)

    def unpin(self, ids: Sequence[int | str] | int | str, *, operation: str | None = None) -> int:
        """Let notes die again: each lives as long as a new one does; how many.

        Raises BadInput where one of them is not alive; nothing was unpinned.
        """
        return self._pin("unpin", ids, operation)

    def _pin(self, verb: str, ids: Any, operation: str | None) -> int:
        given, once, pinned = naming.ids(ids), an_operation(verb, operation), verb == "pin"

        def plan(batch: EventBatch, position: int) -> Asking[tuple[builtins.list[Written], int]]:
            numbers = yield from self._alive(given, f"nothing was {verb}ned")
            yield from batch.pin(numbers, pinned)
            return [Written("pin", pinning(numbers, pinned), len(numbers))], len(numbers)

        return self._act(once, fingerprint(given), self._planned(plan))

    @in_turn
    def forget(
        self,
        ids: Sequence[int | str] | int | str | None = None,
        *,
        where: Any = None,
        source: str | None = None,
        stream: str | None = None,
        erase: bool = False,
        operation: str | None = None,
    ) -> forgetting.Receipt:
        """Forget notes: the graph is as if they had never been, but for what others did together with them.

        Parameters
        ----------
        ids
            Numbers, or external ids (of the `source`, if one is named). Also of notes that have died.
        where, stream, source
            Instead of ids: every note whose payload is so, see `list`; of this stream; of this source. Of several of these
            all must be true. Notes that died count where `erase` is asked for.
        erase
            Also remove their texts and payloads from the journal, and from every file of this database.
        operation
            An id for this call, as in `remember`.

        Returns
        -------
        Receipt
            What is gone, asked for again afterwards.

        Raises
        ------
        BadInput
            There is no such note, or one was forgotten before; nothing was forgotten.
        GraphBehind
            The graph did not answer; what was asked is in the journal, and `sync` goes on from there.
        """
        asked = forgetting.Asked.of(ids, where, source, stream, erase)
        plan = self._planned(lambda batch, _: forgetting.plan(batch, asked, self._options))
        once = an_operation("forget", operation)
        chosen = self._act(once, asked.mark, plan, forgetting.Chosen.noted, forgetting.again)
        if asked.erase:
            self._finish_erasing()
        return self._answer(forgetting.receipt(self._held, asked, chosen), self._open())

    # Planning: what is done here depends on the graph, so it is journalled only if that is still so.

    def _alive(self, ids: Sequence[int | str], so: str, merged: bool = True) -> Asking[builtins.list[int]]:
        """Give the numbers of notes with some ids; raises BadInput where one is not alive, or is `merged` and must not be."""
        marks = yield from notes.resolved(self.name, ids, so=f"; {so}")
        found = yield from notes.noted(self._held, [mark.position for mark in marks], self._merging)
        for mark in marks:
            if mark.position not in found:
                raise BadInput(f"{(yield from notes.gone(self.name, self._options, mark))}; {so}")
            number = found[mark.position].number
            if number != mark.position and not merged:
                raise BadInput(
                    f"the note {mark.position} was merged into {number}, which answers for it; update {number}, or forget "
                    f"{mark.position} and remember it as it is now; {so}"
                )
        return list(dict.fromkeys(found[mark.position].number for mark in marks))

    def _planned(self, plan: Planning[T], remembers: bool = False) -> Callable[[GraphMemory], Asking[Plan[T]]]:
        """Make a plan of one that applies events to a batch; what it `remembers` is merged into what is like it."""

        def planned(graph: GraphMemory) -> Asking[Plan[T]]:
            if remembers and self._merging:
                yield from self._index.catch_up(self._held)  # before anything is changed
            batch = EventBatch(self._held, self._options, 1)
            events, result = yield from plan(batch, graph.position)
            changes = (yield from outcome.changes(batch)) if events else Changes()

            def step(session: int) -> EngramStep:
                outcome.in_session(batch, changes, session)
                return EngramStep(self._held, self._index, graph.position, graph.position + len(events), changes)

            return Plan(events, result, step)

        return planned
