"""The engram memory: remember vectors, be reminded, reward what was useful; what is not dies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from threading import get_ident
from typing import Any

import numpy as np

from ..checks import called, optional, shown
from ..errors import BadInput, BadMemory
from ..graph.store import GraphMemory
from ..journal.journal import Written
from ..journal.operations import Operation, fingerprint
from ..journal.operations import operation as an_operation
from ..journal.rows import MemoryRow
from ..memory import naming
from ..memory.display import Listing
from ..memory.locking import in_turn
from ..memory.options import unknown
from ..memory.requests import Asking
from . import answers, arguments, ask, merging, texts
from .answers import Remembered, Reminded
from .batch import EventBatch
from .events import Note, Reminding, consolidating, rewarding
from .events import merging as as_merging
from .events import rewarded as by_number
from .index import Index
from .kind import KIND
from .learner import EngramLearner
from .noting import Planning
from .options import BATCH, Options
from .recalling import Recalling
from .remind import remind
from .walk import AtRandom, Choose
from .working_set import EngramWorkingSet

__all__ = ["EngramMemory", "Policy", "Remembered", "Reminded"]

OPEN = 40
"""Firings that are open at most; then the oldest are consolidated, down to `KEPT`."""
KEPT = 32
LARGEST = 256
"""Members of a firing that is consolidated at most: a larger one stays as it is, rather than as a synapse for each pair."""


Policy = Callable[[list[Reminded]], Mapping[int, float] | None]
"""Decides what was useful: from what is reminded to ticks by id."""


class EngramMemory(Recalling):
    """One memory of engrams, on a journal and a graph store. Made by `PlasticDB.engrams`.

    Examples
    --------
    >>> from plasticdb import PlasticDB
    >>> with PlasticDB.open(":memory:") as db:
    ...     notes = db.engrams("notes", dimension=2)
    ...     ids = notes.remember([[1.0, 0.0], [0.0, 1.0]], ["tea", "rain"]).ids
    ...     notes.tick()
    ...     more = notes.remember([[0.9, 0.1]], ["green tea"])
    ...     [one.payload for one in notes.remind()]
    ...     notes.recall([0.9, 0.2], k=2)[0].payload
    1
    ['tea', 'rain']
    'green tea'

    With an embedder it takes texts.

    >>> with PlasticDB.open(":memory:") as db:
    ...     notes = db.engrams("notes", embedder="ngrams")
    ...     ids = notes.remember(["Ann drinks green tea", "it rains in Bern"], [{"day": 1}, {"day": 2}]).ids
    ...     found = notes.recall("who drinks tea?", k=1)[0]
    ...     found.text, found.payload
    ('Ann drinks green tea', {'day': 1})
    """

    kind = KIND
    most = BATCH
    _deciding: int | None = None

    def __init__(self, *how: Any, **by: Any) -> None:
        self._index = Index()
        self._choose: Callable[[int], Choose] = self._by_chance
        super().__init__(*how, **by)

    # What happens

    @in_turn
    def remember(
        self,
        given: Any,
        payloads: Sequence[Any] | None = None,
        external_ids: Sequence[str] | None = None,
        *,
        source: str | None = None,
        stream: str | None = None,
        lifespan: float | None = None,
        operation: str | None = None,
    ) -> Remembered:
        """Take texts, or vectors, into working memory; durable when it returns.

        Parameters
        ----------
        given
            A list of texts, where the memory has an embedder: up to 1,000,000 characters each. Or vectors,
            [n, dimension]; kept as float32 (other numbers are converted). At least one; zeros are a vector, too.
        payloads
            One each, any JSON up to 1,000,000 bytes.
        external_ids
            One each; what has an id that its source gave before is not remembered again, also where it has died since,
            and keeps the id that it had. What was forgotten is.
        source
            What they are filed under, to forget them by; external ids are unique within a source.
        stream
            In which they come one after the other, behind what was remembered there last: a conversation, a document.
            By default that of this process's session, where the memory has an embedder.
        lifespan
            Ticks that they live, in place of the memory's `lifespan`; it does not touch what is there already.
        operation
            An id for this call. Done again with it, as after a lost answer, it is done once, and answers the same; so
            it is with every verb that changes the memory.

        Raises
        ------
        BadInput
            Something that cannot be remembered; nothing was.
        GraphBehind
            The graph did not answer; the vectors are in the journal and `sync` goes on from there.
        """
        once, ticks, found = an_operation("remember", operation), arguments.lifespan(lifespan), None
        now = self._given(given, payloads, external_ids, stream, source)
        if self._merging:
            return self._merged(once, now, ticks)
        while found is None:
            stamp, (notes, events) = self._stamp(), now()
            asked = arguments.asked(notes, events, ticks) if once.given else None
            row = self._open(make=True)
            if self._stamp() == stamp:  # or another embedder took over meanwhile, as it may until the commit
                made, behind = None if stamp.embedder is None else row.options, partial(arguments.living, ticks=ticks)
                found = self._journal.append(
                    row, events, self._clock(), operation=once, asked=asked, behind=behind, made=made
                )
        done, ids = found
        self.apply(row=replace(row, position=done.position))
        return Remembered(ids, len(ids) - int(done.result))

    def remind(self, *, context: str | None = None, operation: str | None = None) -> list[Reminded]:
        """What working memory brings up: what fires together with it, the nearest first, then what a walk found.

        Parameters
        ----------
        context
            A name. What fires now counts as together in this context, too: see `fire`.
        operation
            An id for this call, as in `remember`.
        """
        once, said = an_operation("remind", operation), arguments.context(context)
        if self._is_new():
            return Listing()
        asked = 0 if said is None else fingerprint(said)
        return self._came_up(once, asked, lambda batch, position: self._remind(batch, position + 1, said))

    def fire(
        self, ids: Sequence[int | str] | int | str, *, context: str | None = None, operation: str | None = None
    ) -> int:
        """Let engrams fire together, as one who teaches says; how many. Nothing else is reminded.

        Parameters
        ----------
        ids
            Numbers, or external ids; one alone fires, too.
        context
            A name. Two engrams have a synapse of their own in each context in which they fired together, and all of these
            add up where none is named. So `recall` and `associations` with a `context` bring along what belongs to it.
        operation
            An id for this call, as in `remember`.

        Raises
        ------
        BadInput
            One of them is not alive; nothing fired.
        """
        given, once, said = naming.ids(ids), an_operation("fire", operation), arguments.context(context)

        def plan(batch: EventBatch, position: int) -> Asking[tuple[list[Written], int]]:
            told = yield from self._alive(given, "nothing fired")
            events = yield from self._fire(batch, position + 1, Reminding(told=told, context=said))
            return events, len(told)

        return self._act(once, fingerprint(given, said), self._planned(plan))

    def reward(self, deltas: Mapping[int, float], *, operation: str | None = None) -> int:
        """Give engrams so many ticks more to live (or less); how many engrams. It counts from the next tick.

        Raises BadInput, with their names, where some are unknown or dead; nothing was changed.
        """
        arguments.rewards(deltas)
        once, asked = an_operation("reward", operation), fingerprint(repr(deltas))
        return self._act(once, asked, self._planned(lambda batch, _: self._reward(batch, deltas)))

    def tick(self, *, operation: str | None = None) -> int:
        """Let a tick pass: working memory becomes short-term, what overflows long-term, and some die; the ticks so far."""
        return self._act(an_operation("tick", operation), 0, self._planned(lambda batch, _: self._tick(batch)))

    def step(
        self,
        given: Any,
        policy: Policy | None = None,
        payloads: Sequence[Any] | None = None,
        *,
        stream: str | None = None,
        lifespan: float | None = None,
        context: str | None = None,
        operation: str | None = None,
    ) -> list[Reminded]:
        """The usual loop at once, durable as a whole: remember, remind, reward by a policy, tick. What was reminded.

        Parameters
        ----------
        given, payloads, stream, lifespan
            As in `remember`.
        context
            As in `remind`.
        policy
            Called with what is reminded; it may be called again where another process was faster. It cannot use the
            memory itself, which is in the middle of the step.
        """
        once, policy = an_operation("step", operation), optional(called, "policy", policy)
        now, ticks = self._given(given, payloads, None, stream), arguments.lifespan(lifespan)
        said = arguments.context(context)
        asked = arguments.asked(*now(), ticks) if once.given else 0
        asked = asked if said is None else fingerprint(asked, said)

        def plan(batch: EventBatch, position: int) -> Asking[tuple[list[Written], list[answers.Row]]]:
            taken = yield from self._taken_in(batch, position, now()[1], ticks)
            fired, found = yield from self._remind(batch, position + len(taken) + 1, said)
            rewarded: list[Written] = []
            if policy is not None:
                rewarded, _ = yield from self._reward(batch, self._decided(policy, [Reminded(*row) for row in found]))
            ticked, _ = yield from self._tick(batch)
            return [*taken, *fired, *rewarded, *ticked], found

        return self._came_up(once, asked, plan, make=True, remembers=True)

    @in_turn
    def release(self) -> None:
        """Drop what this process holds of the graph; the next question fetches again."""
        super().release()
        self._index.forget()
        self._deciding = None

    # Planning: what is done here depends on the graph, so it is journalled only if that is still so.

    def _decided(self, policy: Policy, reminded: list[Reminded]) -> Mapping[int, float]:
        self._deciding = get_ident()
        try:
            found = policy(reminded)
            return {} if found is None else found
        finally:
            self._deciding = None

    def _came_up(
        self,
        once: Operation,
        asked: int,
        plan: Planning[list[answers.Row]],
        make: bool = False,
        remembers: bool = False,
    ) -> list[Reminded]:
        """Act by a plan that brings engrams up; these."""
        found = self._act(once, asked, self._planned(plan, remembers), answers.kept, answers.answered, make)
        return Listing(Reminded(*row) for row in found)

    def _given(self, given: Any, *how: Any) -> Callable[[], tuple[list[Note], list[Written]]]:
        """Give what is to be remembered, as notes and as events of the journal."""

        def made() -> tuple[list[Note], list[Written]]:
            notes = self._notes(given)
            return notes, arguments.engrams(notes, *how)

        return self._by_embedder(made)

    def _merged(
        self, once: Operation, now: Callable[[], tuple[list[Note], list[Written]]], ticks: float | None
    ) -> Remembered:
        """Remember where notes may be merged, which depends on what there is: so it is planned."""
        asked = arguments.asked(*now(), ticks) if once.given else 0

        def plan(batch: EventBatch, position: int) -> Asking[tuple[list[Written], Remembered]]:
            events = now()[1]
            new, ids = yield from merging.unknown(events, position)
            taken = yield from self._taken_in(batch, position, new, ticks)
            return taken, Remembered(ids, len(events) - len(new))

        planned = self._planned(plan, remembers=True)
        return self._act(once, asked, planned, lambda done: [done.ids, done.skipped], answers.remembered, make=True)

    def _taken_in(
        self, batch: EventBatch, position: int, events: Sequence[Written], ticks: float | None
    ) -> Asking[list[Written]]:
        """Remember engrams, and merge those that are like others; the events."""
        numbers = range(position + 1, position + len(events) + 1)
        for number, event in zip(numbers, events, strict=True):
            yield from batch.remember(number, Note.read(event.payload), event.external_id, self._journal.session)
        lived = arguments.living(numbers, ticks) if events else []
        for event in lived:
            yield from batch.live(by_number(event.payload or ""))
        above = self._options.merge_above
        pairs = [] if above is None else merging.alike(self._index, [batch.cache.engrams[n] for n in numbers], above)
        yield from merging.merge(batch, pairs)
        return [*events, *lived, *([Written("merge", as_merging(pairs), len(pairs))] if pairs else [])]

    def _current(self, make: bool = False, as_left: bool = False) -> tuple[MemoryRow, GraphMemory]:
        row, graph = super()._current(make, as_left)
        self._index.of(row.id, self._options.embedder is not None)
        return row, graph

    def _asked_of(self, moved: bool) -> None:
        self._held.drop_long()

    def _remind(
        self, batch: EventBatch, position: int, context: str | None
    ) -> Asking[tuple[list[Written], list[answers.Row]]]:
        found = replace((yield from remind(batch, self._choose(position))), context=context)
        if not found.fired():
            return [], []
        shown = self._rows(found)
        return (yield from self._fire(batch, position, found)), shown

    def _fire(self, batch: EventBatch, position: int, found: Reminding) -> Asking[list[Written]]:
        """Let engrams fire, and consolidate where too many firings are open; the events."""
        held, fired = batch.cache, found.fired()
        yield from batch.fire(position, found, session=0)  # the journal says which when it has it: see `in_session`
        events = [Written("remind", found.written(), len(fired))]
        small = sorted(number for number, members in held.firings.items() if len(members) <= LARGEST)
        if len(small) > OPEN:
            done = small[:-KEPT]
            batch.consolidate(done)
            events.append(Written("consolidate", consolidating(done), len(done) * len(fired)))
        return events

    def _rows(self, found: Reminding) -> list[answers.Row]:
        near: list[answers.Row] = [(*ask.told(self._held, n), "near", None) for n in found.near]
        return near + [(*ask.told(self._held, n), "walked", via) for n, via in found.walked.items()]

    def _reward(self, batch: EventBatch, deltas: Mapping[Any, Any]) -> Asking[tuple[list[Written], int]]:
        ticks = arguments.rewards(deltas)
        copies = (yield from batch.copies.load(ticks)) if self._merging else {}
        into = {number: copies[number].into if number in copies else number for number in ticks}
        yield from batch.cache.load(into.values(), batch.dead)
        if unknown := [number for number in deltas if number not in ticks or into[number] not in batch.cache.engrams]:
            named = ", ".join(map(shown, unknown[:5])) + (", ..." if len(unknown) > 5 else "")
            raise BadInput(f"no such engrams are alive in {self.name!r}: {named}; nothing was rewarded")
        if not ticks:
            return [], 0
        for number in copies:
            ticks[into[number]] = ticks.get(into[number], 0.0) + ticks.pop(number)
        yield from batch.reward(ticks)
        return [Written("reward", rewarding(ticks), len(ticks))], len(ticks)

    def _tick(self, batch: EventBatch) -> Asking[tuple[list[Written], int]]:
        yield from batch.turn()
        return [Written("tick")], batch.cache.tick

    def _by_chance(self, position: int) -> Choose:
        return AtRandom(np.random.default_rng([self._options.seed, position]))

    # What it is

    def _sizes(self, totals: Mapping[str, float]) -> dict[str, Any]:
        return {name: totals.get(name, 0) for name in ("tick", "working", "short", "long", "firings")}

    def _shown(self) -> dict[str, float]:
        return {"ticks": self._held.tick, "engrams": self._held.alive()}

    def _working_set(self) -> EngramWorkingSet:
        return EngramWorkingSet(self.name)

    def _learner(self) -> EngramLearner:
        return EngramLearner(self._held, self._index, self._options, self.batch)

    def _new_options(self) -> Options:
        if not self._can_be_made():
            raise BadMemory(
                f"{unknown(self.name, self._journal.memories())}; a new one is made by remembering, with its dimension, or "
                "with an embedder of texts"
            )
        options, self._installed = texts.made(self._asked)
        return options

    def _open(self, make: bool = False) -> MemoryRow:
        if self._deciding == get_ident():  # another thread waits for its turn
            raise BadInput(
                f"a policy says what was useful; it cannot use {self.name!r}, which is in the middle of a step"
            )
        return super()._open(make)

    def _can_be_made(self) -> bool:
        return bool(self._asked.keys() & {"dimension", "embedder"})

    def _there(self) -> MemoryRow | None:
        """Give its row in the journal; none where it was opened to be made and has not remembered anything yet."""
        try:
            return self._open()
        except BadMemory:
            if self._is_new():
                return None
            raise

    def _is_new(self) -> bool:
        """Whether it was opened to be made and has not remembered anything yet."""
        return self._can_be_made() and self._journal.memory(self.name) is None
