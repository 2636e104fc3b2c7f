"""The engram memory: remember vectors, be reminded, reward what was useful; what is not dies."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import methodcaller
from threading import get_ident
from typing import Any, TypeVar

import numpy as np

from ..checks import called, optional, shown, whole
from ..errors import BadInput, BadMemory, Unavailable
from ..graph.store import GraphStore
from ..journal import history
from ..journal.journal import Journal, Written, asked_of
from ..journal.operations import Operation, fingerprint
from ..journal.operations import operation as an_operation
from ..journal.rows import MemoryRow
from ..memory import as_of
from ..memory.accepted import accepted
from ..memory.display import Listing, named, sizes
from ..memory.locking import in_turn
from ..memory.options import agreed, opened, unknown
from ..memory.projection import catch_up, known, start
from . import answers, arguments, ask
from .batch import Batch
from .events import Reminding, consolidating, remembered, rewarding
from .learner import EngramLearner, Step
from .options import BATCH, Options
from .remind import remind
from .rules import Vectors
from .walk import Choose, at_random
from .working_set import Held

__all__ = ["EngramMemory", "Policy", "Remembered", "Reminded"]

Progress = Callable[[int, int], None]
T = TypeVar("T")

OPEN = 40
"""Firings that are open at most; then the oldest are consolidated, down to `KEPT`."""
KEPT = 32
LARGEST = 256
"""Members of a firing that is consolidated at most: a larger one stays as it is, rather than as a synapse for each pair."""
TRIES = 200
"""How often something is planned again because other processes write, before it is given up."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What came of offering vectors: the id of each, and how many were there already (by their external ids)."""

    ids: list[int]
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Reminded:
    """An engram that came up: its id, payload, level in words, ticks left to live, and why it came.

    why: `near` to working memory, or `walked`: reached from the engram `via`, with which it fired before.
    """

    id: int
    payload: Any
    level: str
    lifespan: float
    why: str
    via: int | None = None


Policy = Callable[[list[Reminded]], Mapping[int, float] | None]
"""Decides what was useful: from what is reminded to ticks by id."""


class EngramMemory:
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
    """

    kind = "engram"

    def __init__(
        self,
        name: str,
        journal: Journal,
        store: GraphStore,
        options: Mapping[str, Any] | None = None,
        clock: Callable[[], float] = time.time,
        batch: int = BATCH,
        check: Callable[[], None] = lambda: None,
        home: object = None,
    ) -> None:
        self.name = name
        self.batch = batch
        self._home = home
        self._journal, self._store, self._clock, self._check = journal, store, clock, check
        self._asked = {key: value for key, value in (options or {}).items() if value is not None}
        self._held, self._matrix = Held(store, name), ask.Matrix()
        self._deciding: int | None = None
        self._choose: Callable[[int], Choose] = self._by_chance
        found = journal.memory(name)
        if found is None and "dimension" not in self._asked:
            raise BadMemory(
                f"{unknown(name, journal.memories())}; a new one is made by remembering, with its dimension"
            )
        self._options = Options(**self._asked) if found is None else self._kept(found)

    # What happens

    @in_turn
    def remember(
        self,
        vectors: Any,
        payloads: Sequence[Any] | None = None,
        external_ids: Sequence[str] | None = None,
        *,
        operation: str | None = None,
    ) -> Remembered:
        """Take vectors into working memory; durable when it returns.

        Parameters
        ----------
        vectors: [n, dimension], n at least 1; kept as float32 (other numbers are converted). Zeros are a vector, too.
        payloads: one each, any JSON up to 1,000,000 bytes. external_ids: one each; what has an id that was given before
            is not remembered again, also where it has died since, and keeps the id that it had.
        operation: an id for this call. Done again with it, as after a lost answer, it is done once, and answers the same;
            so it is with every verb that changes the memory.

        Raises
        ------
        BadInput: something that cannot be remembered; nothing was.
        GraphBehind: the graph did not answer; the vectors are in the journal and `sync` goes on from there.
        """
        events = arguments.engrams(self._vectors(vectors), payloads, external_ids)
        once = an_operation("remember", operation)
        found = self._journal.append(self._open(make=True), events, self._clock(), operation=once)
        assert found is not None
        self.apply()
        done, ids = found
        return Remembered(ids, len(ids) - int(done.result))

    def remind(self, *, operation: str | None = None) -> list[Reminded]:
        """What working memory brings up: what fires together with it, the nearest first, then what a walk found."""
        once = an_operation("remind", operation)
        if self._is_new():
            return Listing()
        return self._came_up(once, 0, lambda batch, position: self._remind(batch, position + 1))

    def reward(self, deltas: Mapping[int, float], *, operation: str | None = None) -> int:
        """Give engrams so many ticks more to live (or less); how many engrams. It counts from the next tick.

        Raises BadInput, with their names, where some are unknown or dead; nothing was changed.
        """
        arguments.rewards(deltas)
        once, asked = an_operation("reward", operation), fingerprint(repr(deltas))
        return self._act(once, asked, lambda batch, _: self._reward(batch, deltas))

    def tick(self, *, operation: str | None = None) -> int:
        """Let a tick pass: working memory becomes short-term, what overflows long-term, and some die; the ticks so far."""
        self._open()
        return self._act(an_operation("tick", operation), 0, lambda batch, _: self._tick(batch))

    def step(
        self,
        vectors: Any,
        policy: Policy | None = None,
        payloads: Sequence[Any] | None = None,
        *,
        operation: str | None = None,
    ) -> list[Reminded]:
        """The usual loop at once, durable as a whole: remember, remind, reward by a policy, tick. What was reminded.

        policy: called with what is reminded; it may be called again where another process was faster. It cannot use the
            memory itself, which is in the middle of the step.
        """
        once, policy = an_operation("step", operation), optional(called, "policy", policy)
        events = arguments.engrams(self._vectors(vectors), payloads, None)
        asked = asked_of(events) if once.given else 0
        self._open(make=True)

        def plan(batch: Batch, position: int) -> tuple[list[Written], list[answers.Row]]:
            for number, event in enumerate(events, position + 1):
                batch.remember(number, *remembered(event.payload or ""))
            fired, found = self._remind(batch, position + len(events) + 1)
            rewarded: list[Written] = []
            if policy is not None:
                rewarded, _ = self._reward(batch, self._decided(policy, [_reminded(row) for row in found]))
            return [*events, *fired, *rewarded, *self._tick(batch)[0]], found

        return self._came_up(once, asked, plan)

    # Asking

    def recall(self, query: Any, k: int = 10) -> list[ask.Recalled]:
        """The engrams nearest to a vector, and what these bring along since they fired together; k at most.

        It changes nothing. Half of k are the nearest; where these bring fewer along, more of the nearest.
        """
        if not (new := self._is_new()):
            self._open()  # whose dimension may be another, if it was dropped and made again
        (cue,), k = self._vectors([query]), whole("k", k, 0)
        if new:
            return Listing()
        return Listing(self._ask(lambda: ask.recall(self._held, self._matrix, cue, k)))

    def associations(self, id: int) -> list[ask.Association]:
        """Which engrams fired together with one, how often, and P(other | this one fires); the most frequent first."""
        number = whole("id", id)
        return Listing(self._ask(lambda: ask.associations(self._held, number)))

    def history(self, id: int) -> list[dict[str, Any]]:
        """What happened to an engram, alive or dead: born, fired, rewarded, died; each with its tick and time."""
        return Listing(ask.life(self._journal, self._open(), self._options, whole("id", id)))

    def stats(self) -> dict[str, Any]:
        """Sizes: `tick`, engrams that are in `working`, `short` and `long` (term memory) now, `firings` that are open.

        Also the memory's options, its `position` in the journal, and `behind`: events that the graph lacks (see `sync`).
        """
        self._open()
        graph = self._store.memory(self.name)
        memory = self._open()  # behind the graph, or that might be ahead of it
        totals = {} if graph is None else graph.totals
        return {
            "memory": self.name,
            **{name: totals.get(name, 0) for name in ("tick", "working", "short", "long", "firings")},
            "position": memory.position,
            "behind": memory.position - (0 if graph is None else max(graph.position, 0)),
            **memory.options,
        }

    def sessions(self) -> list[dict[str, Any]]:
        """The sessions that wrote to this memory, and how many events of each kind."""
        return history.sessions(self._journal, self._open())

    # Keeping it well

    def sync(self, progress: Progress | None = None) -> int:
        """Apply what is in the journal and not yet in the graph; how many events."""
        return self.apply(optional(called, "progress", progress))

    @in_turn
    def apply(self, progress: Progress | None = None, prepared: Step | None = None) -> int:
        """Apply what is in the journal and not yet in the graph; how many events."""
        with accepted():
            self._check()
            return self.replay(progress, prepared)

    def replay(self, progress: Progress | None = None, prepared: Step | None = None) -> int:
        """As `apply`, to a graph that is made for a question: what goes wrong there is said as it is."""
        memory = self._open()
        learner = EngramLearner(self._journal, self._held, self._options, self.batch, prepared)
        return catch_up(self._journal, self._store, memory, learner, progress)

    @in_turn
    def skip(self, position: int) -> str:
        """Leave out an event that cannot be applied (an error says so and names it), and go on; what kind it was.

        From then on it has no effect anywhere, as if it had never been. The skip is an event, too. Raises BadInput where
        there is no such event, it is skipped already, or the graph has it.
        """
        position, memory = whole("a position", position, -(2**63), 2**63 - 1), self._open()
        self._check()
        kind = self._journal.skip(memory, position, self._clock(), start(self._store, memory).position)
        as_of.forget(self._journal)
        self.apply()
        return kind

    @in_turn
    def forget(self) -> None:
        """Drop what this process holds of the graph; the next question fetches again."""
        self._held.forget()
        self._matrix.forget()
        self._deciding = None

    @in_turn
    def rebuild(self, progress: Progress | None = None) -> int:
        """Throw the graph of this memory away and replay the journal; how many events."""
        progress = optional(called, "progress", progress)
        self._open()
        self._held.forget()
        self._store.clear(self.name)
        return self.sync(progress)

    @property
    def options(self) -> Options:
        return self._options

    # Planning: what is done here depends on the graph, so it is journalled only if that is still so.

    def _decided(self, policy: Policy, reminded: list[Reminded]) -> Mapping[int, float]:
        self._deciding = get_ident()
        try:
            found = policy(reminded)
            return {} if found is None else found
        finally:
            self._deciding = None

    def _came_up(
        self, once: Operation, asked: int, plan: Callable[[Batch, int], tuple[list[Written], list[answers.Row]]]
    ) -> list[Reminded]:
        """Act by a plan that brings engrams up; these."""
        found = self._act(
            once, asked, plan, answers.kept, lambda kept: answers.answered(self._journal, self._open(), kept)
        )
        return Listing(_reminded(row) for row in found)

    @in_turn
    def _act(
        self,
        once: Operation,
        asked: int,
        plan: Callable[[Batch, int], tuple[list[Written], T]],
        kept: Callable[[T], Any] = lambda answer: answer,
        answered: Callable[[Any], T] = lambda kept: kept,
    ) -> T:
        """Plan on the graph as it is, and journal it if the graph is still so then; what the plan brought.

        kept, answered: what it brought as its operation keeps it, and back.
        """
        for _ in range(TRIES):
            memory, graph = self._current()
            if (done := self._journal.done(memory, once, asked)) is not None:
                return answered(done.result)
            try:
                self._held.look(graph)
                batch = Batch(self._held, self._options, 1)
                events, result = plan(batch, graph.position)
                changes = batch.changes() if events else None
            except Exception:  # what was read while another writer moves the graph need not fit together
                self._held.forget()
                if start(self._store, known(self._journal, memory)) == graph:
                    raise
                continue
            if changes is None:
                self._held.position = graph.position
                return result
            if self._store.memory(self.name) != graph:  # it was made again meanwhile
                self._held.forget()
                continue
            found = self._journal.append(memory, events, self._clock(), graph.position, once, kept(result), asked)
            if found is not None and found[0].again:  # it was there, by now: perhaps by this very process
                self._held.forget()
                self.apply()
                return answered(found[0].result)
            if found is not None:
                batch.of_session(changes, found[0].session)
                self.apply(prepared=Step(batch, (graph.position, graph.batch), graph.position + len(events), changes))
                return result
            self._held.forget()
        raise Unavailable(f"{self.name!r} is written to too fast by others; try again")

    def _current(self) -> tuple[MemoryRow, Any]:
        """The memory and its graph, which has all events."""
        while True:
            if self._held.position < 0:
                self._check()
            memory = self._open()
            graph = start(self._store, memory)
            if graph.position == memory.position:
                return memory, graph
            self.apply()

    @in_turn
    def _ask(self, ask: Callable[[], T]) -> T:
        for _ in range(TRIES):
            memory, graph = self._current()
            try:
                self._held.look(graph)
                self._matrix.of(memory.id)
                found = ask()
                self._held.drop_long()
                if self._store.memory(self.name) == graph:
                    self._matrix.unsure = False
                    return found
            except BaseException as error:
                self._doubt()
                if not isinstance(error, Exception):
                    raise
                known(self._journal, memory)
                if self._store.memory(self.name) == graph:
                    raise
            self._doubt()
        raise Unavailable(f"{self.name!r} is written to too fast by others; try again")

    def _doubt(self) -> None:
        """Forget what may have been read of a graph that was moving."""
        self._held.forget()
        if self._matrix.unsure:
            self._matrix.forget()

    def _remind(self, batch: Batch, position: int) -> tuple[list[Written], list[answers.Row]]:
        held = batch.held
        found = remind(batch, self._choose(position))
        fired = found.fired()
        if not fired:
            return [], []
        shown = self._shown(found)
        batch.fire(position, found, session=0)  # the journal says which when it has it: see `of_session`
        events = [Written("remind", found.written(), len(fired))]
        small = sorted(number for number, members in held.firings.items() if len(members) <= LARGEST)
        if len(small) > OPEN:
            done = small[:-KEPT]
            batch.consolidate(done)
            events.append(Written("consolidate", consolidating(done), len(done) * len(fired)))
        return events, shown

    def _shown(self, found: Reminding) -> list[answers.Row]:
        near: list[answers.Row] = [(*ask.shown(self._held, n), "near", None) for n in found.near]
        return near + [(*ask.shown(self._held, n), "walked", via) for n, via in found.walked.items()]

    def _reward(self, batch: Batch, deltas: Mapping[Any, Any]) -> tuple[list[Written], int]:
        ticks = arguments.rewards(deltas)
        batch.held.load(ticks, batch.dead)
        if unknown := [number for number in deltas if number not in ticks or number not in batch.held.engrams]:
            named = ", ".join(map(shown, unknown[:5])) + (", ..." if len(unknown) > 5 else "")
            raise BadInput(f"no such engrams are alive in {self.name!r}: {named}; nothing was rewarded")
        if not ticks:
            return [], 0
        batch.reward(ticks)
        return [Written("reward", rewarding(ticks), len(ticks))], len(ticks)

    def _tick(self, batch: Batch) -> tuple[list[Written], int]:
        batch.turn()
        return [Written("tick")], batch.held.tick

    def _by_chance(self, position: int) -> Choose:
        return at_random(np.random.default_rng([self._options.seed, position]))

    # What it is

    def __repr__(self) -> str:
        known = {} if self._held.position < 0 else {"ticks": self._held.tick, "engrams": self._held.alive()}
        return named(self, self._journal, known)

    def _repr_html_(self) -> str:
        return sizes(self)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled, it is its database's address and its name."""
        if self._home is None:
            raise BadInput(f"{self.name!r} as it was cannot be pickled; pickle the database, and ask `as_of` there")
        return methodcaller("engrams", self.name, **self._asked), (self._home,)

    def _open(self, make: bool = False) -> MemoryRow:
        if self._deciding == get_ident():  # another thread waits for its turn
            raise BadInput(
                f"a policy says what was useful; it cannot use {self.name!r}, which is in the middle of a step"
            )
        options = {name: getattr(self._options, name) for name in Options.__slots__} if make else None
        memory = opened(self._journal, self.name, self.kind, options)
        self._options = self._kept(memory)
        return memory

    def _vectors(self, vectors: Any) -> Vectors:
        return arguments.vectors(vectors, self._options.dimension, self.name)

    def _is_new(self) -> bool:
        """Whether it was opened to be made and has not remembered anything yet."""
        return "dimension" in self._asked and self._journal.memory(self.name) is None

    def _kept(self, memory: MemoryRow) -> Options:
        return Options(**agreed(memory, self.kind, self._asked, Options))


def _reminded(row: answers.Row) -> Reminded:
    return Reminded(*row)
