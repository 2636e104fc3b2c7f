"""A memory's graph follows its journal: it opens, catches up, is asked, and acts on what it found."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Generic, TypeVar

from ..errors import Unavailable
from ..graph.store import GraphMemory, GraphStore
from ..journal.journal import Journal, Written
from ..journal.operations import Done, Operation
from ..journal.rows import MemoryRow
from ..kinds import Kind, load
from .accepted import accepted
from .locking import in_turn
from .options import agreed, opened
from .pace import MAX_MEMORY, Room
from .projection import Learner, Step, catch_up, known, start
from .reading import Reading, answer
from .requests import Asking
from .working_set import WorkingSet

__all__ = ["TRIES", "Plan", "Progress", "Projected"]

Progress = Callable[[int, int], None]
TRIES = 200
"""How often something is read or planned again because other processes write, before it is given up."""
T = TypeVar("T")


Options = TypeVar("Options")
Held = TypeVar("Held", bound=WorkingSet)


@dataclass(frozen=True, slots=True)
class Plan(Generic[T]):
    """What a verb does to the graph as it is.

    Parameters
    ----------
    events
        What goes into the journal; none where nothing is to be done.
    result
        What the verb brings.
    step
        Gives the events as one learned batch, once the number of the session that wrote them is known.
    time
        When the events happen, if the batch depends on it; None: when they are written.
    """

    events: Sequence[Written]
    result: T
    step: Callable[[int], Step]
    time: float | None = None


class Projected(ABC, Generic[Options, Held]):
    """What a memory is made of, without its verbs: a journal, a graph that is projected from it, and a working set."""

    kind: ClassVar[Kind]
    most: ClassVar[int]
    """Events that one graph transaction takes at most, where no `batch` is given."""

    def __init__(
        self,
        name: str,
        journal: Journal,
        store: GraphStore,
        options: Mapping[str, Any] | None = None,
        clock: Callable[[], float] = time.time,
        batch: int | None = None,
        check: Callable[[], None] = lambda: None,
        home: object = None,
        max_memory: int | None = None,
    ) -> None:
        self.name, self.batch, self.max_memory = name, batch or self.most, max_memory or MAX_MEMORY
        self._journal, self._store, self._clock, self._check, self._home = journal, store, clock, check, home
        self._asked = {option: value for option, value in (options or {}).items() if value is not None}
        self._seen: GraphMemory | None = None
        self._row: MemoryRow | None = None
        """As `_current` found it last: what a question knows of the journal, where it asks for events."""
        row = journal.memory(name)
        self._options = self._new_options() if row is None else self._agreed(row)
        self._held = self._working_set()

    @abstractmethod
    def _working_set(self) -> Held:
        """Make an empty working set."""

    @abstractmethod
    def _learner(self) -> Learner:
        """Make what learns the journal, on the working set."""

    def _new_options(self) -> Options:
        """Give the options of a memory that is not there yet."""
        made: Options = load(self.kind.options)(**self._asked)
        return made

    def _kept_options(self) -> dict[str, Any]:
        """Give the options as the journal keeps them."""
        return asdict(self._options)  # type: ignore[call-overload, no-any-return]

    def _look(self) -> GraphMemory:
        """Give the graph that a question is asked of; by default one that has all events of the journal."""
        return self._current()[1]

    def _asked_of(self, moved: bool) -> None:
        """Tidy the working set after a question, asked of a graph that moved meanwhile or stood still."""

    @property
    def room(self) -> Room:
        """How much it learns at a time, and holds, in the memory that it may take."""
        return Room.of(self.max_memory, 0, 400)

    @property
    def options(self) -> Options:
        """What the memory was made with."""
        return self._options

    @property
    def store(self) -> GraphStore:
        """Where its graph is."""
        return self._store

    @in_turn
    def apply(
        self,
        progress: Progress | None = None,
        planned: tuple[GraphMemory, Step] | None = None,
        row: MemoryRow | None = None,
    ) -> int:
        """Apply what is in the journal and not yet in the graph; how many events.

        Parameters
        ----------
        planned
            The next batch, as it was learned already on a graph.
        row
            The memory as what was just written left it.
        """
        with accepted():
            self._check()
            return self.replay(progress, planned, row)

    def replay(
        self,
        progress: Progress | None = None,
        planned: tuple[GraphMemory, Step] | None = None,
        row: MemoryRow | None = None,
    ) -> int:
        """As `apply`, to a graph that is made for a question: what goes wrong there is said as it is."""
        memory, seen = row or self._open(), self._seen
        self._seen = None
        done, self._seen = catch_up(
            self._journal, self._store, memory, self._learner(), progress, planned, self.room.symbols, seen
        )
        return done

    @in_turn
    def release(self) -> None:
        """Drop what this process holds of the graph; the next question fetches again."""
        self._held.forget()
        self._seen = None

    @in_turn
    def _ask(self, question: Callable[[], Asking[T]]) -> T:
        """Give an answer that belongs to one graph: ask again where another writer moved it meanwhile."""
        for _ in range(TRIES):
            graph = self._look()
            reading = Reading(self._store, self._journal, self.name, self._row)
            try:
                reading.run(self._held.look(graph))
                found = reading.run(question())
            except Exception:  # parts of two graphs need not fit together
                if not self._still(graph, reading):
                    continue
                raise
            if self._still(graph, reading):
                return found
        raise Unavailable(f"{self.name!r} is written to too fast by others; try again")

    def _still(self, graph: GraphMemory, reading: Reading) -> bool:
        moved = reading.fetched and self._found() != graph  # what was here already is true of that graph
        self._asked_of(moved)
        if moved:
            self._held.forget()
        return not moved

    def _answer(self, asking: Asking[T], row: MemoryRow) -> T:
        return answer(asking, self._store, self._journal, row)

    @in_turn
    def _act(
        self,
        once: Operation,
        asked: int,
        plan: Callable[[GraphMemory], Asking[Plan[T]]],
        noted: Callable[[T], Any] = lambda result: result,
        read: Callable[[Any, int], Asking[T]] | None = None,
        make: bool = False,
    ) -> T:
        """Plan on the graph as it is, and journal that if the graph is still so then; what the plan brings.

        Parameters
        ----------
        once
            The operation.
        asked
            A fingerprint of what it was asked.
        plan
            May be called again, where another process was faster.
        noted, read
            What it brings as its operation notes it, and back: from that, and the position of its last event.
        make
            Make the memory where it is not there.
        """
        for tried in range(TRIES):
            row, graph = self._current(make and not tried, as_left=not tried)
            if (done := self._journal.done(row, once, asked)) is not None:
                return self._read_again(done, row, read)
            try:
                self._answer(self._held.look(graph), row)
                planned = self._answer(plan(graph), row)
            except Exception:  # what was read while another writer moves the graph need not fit together
                self._held.forget()
                if start(self._store, known(self._journal, row)) == graph:
                    raise
                continue
            if self._found() != graph:  # another process changed it, or it was made again meanwhile
                self._held.forget()
                continue
            if not planned.events:
                self._held.position = graph.position
                return planned.result
            result = noted(planned.result)
            now = self._clock() if planned.time is None else planned.time
            written = self._journal.append(row, planned.events, now, graph.position, once, result, asked)
            if written is not None and written[0].again:  # it was there, by now: perhaps by this very process
                self._held.forget()
                self.apply()
                return self._read_again(written[0], row, read)
            if written is not None:
                row = replace(row, position=written[0].position)
                self.apply(planned=(graph, planned.step(written[0].session)), row=row)
                return planned.result
            self._held.forget()
        raise Unavailable(f"{self.name!r} is written to too fast by others; try again")

    def _read_again(self, done: Done, row: MemoryRow, read: Callable[[Any, int], Asking[T]] | None) -> T:
        result: T = done.result if read is None else self._answer(read(done.result, done.position), row)
        return result

    def _current(self, make: bool = False, as_left: bool = False) -> tuple[MemoryRow, GraphMemory]:
        """Give the memory's row and its graph, which has all events.

        as_left: the graph may be as this process left it, without a look; the caller looks before anything is done.
        """
        while True:
            if self._held.position < 0:
                self._check()
            row, seen = self._open(make), self._seen
            if as_left and seen is not None and (seen.position, seen.batch) == (row.position, self._held.batch):
                return row, seen
            graph = start(self._store, row)
            if graph.position == row.position:
                self._row = row
                return row, graph
            self.apply()

    def _found(self) -> GraphMemory:
        return self._store.memory(self.name) or GraphMemory(self.name, "", 0, "", {})

    def _open(self, make: bool = False) -> MemoryRow:
        """Give the memory's row in the journal; with `make` it is made where it is not there."""
        row = opened(self._journal, self.name, self.kind.name, self._kept_options() if make else None)
        self._options = self._agreed(row)
        return row

    def _agreed(self, row: MemoryRow) -> Options:
        options = load(self.kind.options)
        made: Options = options(**agreed(row, self.kind.name, self._asked, options))
        return made
