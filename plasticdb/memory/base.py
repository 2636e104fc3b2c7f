"""What every memory has, whatever its kind: it opens, catches up with its journal, is asked, and is made again.

A kind of memory is a subclass. It names its `Kind`, makes a working set and a learner, and adds its verbs, which ask by
`_ask` and, where what they do depends on the graph, act by `_act`.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from operator import methodcaller
from typing import Any, ClassVar, Generic, Self, TypeVar

from ..checks import called, optional, shown, whole
from ..errors import BadInput, Forgotten, NothingLearned, Unavailable
from ..graph.store import GraphMemory, GraphStore
from ..journal import history
from ..journal.journal import Journal, Written
from ..journal.operations import Operation
from ..journal.rows import MemoryRow
from ..kinds import Kind, load
from . import as_of
from .accepted import accepted
from .display import named, sizes
from .erase import erase
from .locking import in_turn
from .options import agreed, check_kind, opened
from .projection import Learner, Step, catch_up, known, start
from .reading import Reading, answer
from .requests import Asking
from .verify import replayed
from .working_set import WorkingSet

__all__ = ["Memory", "Plan", "Progress"]

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
    """

    events: Sequence[Written]
    result: T
    step: Callable[[int], Step]


class Memory(ABC, Generic[Options, Held]):
    """One memory, on a journal and a graph store. Opened by `PlasticDB.memory`.

    Parameters
    ----------
    name
        Its name in the journal and in the graph.
    journal, store
        Where its events and its graph are.
    options
        What it must be made with; those that are None are not asked for.
    clock
        Gives the time in seconds since 1970.
    batch
        Events that one graph transaction takes at most.
    check
        Checks graph and journal against each other.
    home
        The database that opened it, by which another process opens it again.

    Raises
    ------
    BadMemory
        The memory is there, and is of another kind or was made with other options.
    """

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
    ) -> None:
        self.name, self.batch = name, batch or self.most
        self._journal, self._store, self._clock, self._check, self._home = journal, store, clock, check, home
        self._asked = {option: value for option, value in (options or {}).items() if value is not None}
        self._held = self._working_set()
        row = journal.memory(name)
        self._options = self._new_options() if row is None else self._agreed(row)

    # What a kind gives

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

    def _sizes(self, totals: Mapping[str, float]) -> dict[str, Any]:
        """Give what `stats` says of the graph."""
        return {total.name: totals.get(total.name, 0) for total in self.kind.totals}

    def _shown(self) -> dict[str, float]:
        """Give what `repr` says, from the working set."""
        return {}

    def _look(self) -> GraphMemory:
        """Give the graph that a question is asked of; by default one that has all events of the journal."""
        return self._current()[1]

    def _asked_of(self, moved: bool) -> None:
        """Tidy the working set after a question, asked of a graph that moved meanwhile or stood still."""

    # What it is

    @property
    def options(self) -> Options:
        """What the memory was made with."""
        return self._options

    @property
    def store(self) -> GraphStore:
        """Where its graph is."""
        return self._store

    def now(self) -> float:
        """The time by this memory's clock."""
        return self._clock()

    def stats(self) -> dict[str, Any]:
        """Sizes of the graph, the memory's options, its `position` in the journal, and how far the graph is `behind`.

        Returns
        -------
        dict[str, Any]
            The kind's totals by name; `behind` counts events that the graph lacks (see `sync`).
        """
        self._open()
        graph = self._store.memory(self.name)
        row = self._open()  # behind the graph, or that might be ahead of it
        return {
            "memory": self.name,
            **self._sizes({} if graph is None else graph.totals),
            "position": row.position,
            "behind": row.position - (0 if graph is None else max(graph.position, 0)),
            **self._kept_options(),
        }

    def sources(self) -> list[dict[str, Any]]:
        """What each source taught: `learned`, `unlearned`, and the times of its `first` and `last` sample."""
        return history.sources(self._journal, self._open())

    def sessions(self) -> list[dict[str, Any]]:
        """The sessions that wrote to this memory, and how many events of each kind."""
        return history.sessions(self._journal, self._open())

    def __repr__(self) -> str:
        return named(self, self._journal, self._shown() if self._held.position >= 0 else {})

    def _repr_html_(self) -> str:
        return sizes(self)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled, it is its database's address and its name."""
        if self._home is None:
            raise BadInput(f"{self.name!r} as it was cannot be pickled; pickle the database, and ask `as_of` there")
        how = self._asked if self.batch == self.most else self._asked | {"batch": self.batch}
        return methodcaller(self.kind.wrapper, self.name, **how), (self._home,)

    # Keeping it well

    @in_turn
    def sync(self, progress: Progress | None = None) -> int:
        """Apply what is in the journal and not yet in the graph, and finish erasures; how many events were applied."""
        progress = optional(called, "progress", progress)
        self._check()
        done = self.apply(progress)
        with accepted():
            erase(self._journal, self._store, self._open(), self.apply, self._shred)
        return done

    def _shred(self) -> None:
        as_of.forget(self._journal)
        self._store.shred()

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
        return catch_up(self._journal, self._store, row or self._open(), self._learner(), progress, planned)

    @in_turn
    def skip(self, position: int) -> str:
        """Leave out an event that cannot be applied (an error says so and names it), and go on; what kind it was.

        From then on it has no effect anywhere, nor has what is about it, as if it had never been. The skip is an event,
        too.

        Raises
        ------
        BadInput
            There is no such event, it is skipped already, or the graph has it.
        """
        position, row = whole("a position", position, -(2**63), 2**63 - 1), self._open()
        self._check()
        kind = self._journal.skip(row, position, self._clock(), start(self._store, row).position)
        as_of.forget(self._journal)
        self.apply()
        return kind

    @in_turn
    def forget(self) -> None:
        """Drop what this process holds of the graph; the next question fetches again."""
        self._held.forget()

    @in_turn
    def rebuild(self, progress: Progress | None = None) -> int:
        """Throw the graph of this memory away and make it again from the journal; how many events."""
        progress = optional(called, "progress", progress)
        self._check()
        while True:
            self._open()
            self.forget()
            self._store.clear(self.name)
            try:
                return self.sync(progress)
            except Forgotten:  # another process erased a text after it was learned again here
                continue

    def verify(self) -> list[str]:
        """Replay the journal into a scratch graph and compare; what is unlike, in words (empty: they agree).

        Raises
        ------
        BadMemory
            The graph is behind; `sync` it first.
        Unavailable
            The memory is written to meanwhile.
        """
        self._open()
        self._check()
        return replayed(self._journal, self._store, self.name, self._replay)

    @contextmanager
    def as_of(self, when: int | str | None) -> Iterator[Self]:
        """The memory as it was; it can be asked, and not changed. In a `with` statement.

        Parameters
        ----------
        when
            A position in its journal, a time (ISO 8601; without a zone UTC), or `session:N` for its end; None is now.

        Raises
        ------
        BadInput
            There was no such moment.
        Forgotten
            A text that it knew then was erased since.
        """
        if when is None:
            yield self
            return
        row = opened(self._journal, self.name, self.kind.name)
        check_kind(row, self.kind.name)
        until = as_of.position(self._journal, row, when)
        journal, store = as_of.as_it_was(self._journal, row, until, self._replay)
        with closing(store):
            try:
                yield self._elsewhere(journal, store)
            except NothingLearned:
                said = f"{self.name!r} had learned nothing yet as of {shown(when)} (position {until:,} of {row.position:,})"
                raise NothingLearned(f"{said}; ask of a later time") from None

    def _elsewhere(self, journal: Journal, store: GraphStore) -> Self:
        return type(self)(self.name, journal, store, clock=self._clock)

    def _replay(self, journal: Journal, store: GraphStore) -> int:
        """Apply its journal to another graph. It erases no text, as `sync` would."""
        return self._elsewhere(journal, store).replay()

    # Asking, and acting on what is found

    @in_turn
    def _ask(self, question: Callable[[], Asking[T]]) -> T:
        """Give an answer that belongs to one graph: ask again where another writer moved it meanwhile."""
        for _ in range(TRIES):
            graph = self._look()
            reading = Reading(self._store, self._journal, self.name)
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
        read: Callable[[Any], Asking[T]] | None = None,
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
            What it brings as its operation notes it, and back.
        make
            Make the memory where it is not there.
        """
        for tried in range(TRIES):
            row, graph = self._current(make and not tried)
            if (done := self._journal.done(row, once, asked)) is not None:
                return self._read_again(done.result, row, read)
            try:
                self._answer(self._held.look(graph), row)
                planned = self._answer(plan(graph), row)
            except Exception:  # what was read while another writer moves the graph need not fit together
                self._held.forget()
                if start(self._store, known(self._journal, row)) == graph:
                    raise
                continue
            if not planned.events:
                self._held.position = graph.position
                return planned.result
            if self._found() != graph:  # it was made again meanwhile
                self._held.forget()
                continue
            events, answer = planned.events, noted(planned.result)
            written = self._journal.append(row, events, self._clock(), graph.position, once, answer, asked)
            if written is not None and written[0].again:  # it was there, by now: perhaps by this very process
                self._held.forget()
                self.apply()
                return self._read_again(written[0].result, row, read)
            if written is not None:
                row = replace(row, position=written[0].position)
                self.apply(planned=(graph, planned.step(written[0].session)), row=row)
                return planned.result
            self._held.forget()
        raise Unavailable(f"{self.name!r} is written to too fast by others; try again")

    def _read_again(self, noted: Any, row: MemoryRow, read: Callable[[Any], Asking[T]] | None) -> T:
        result: T = noted if read is None else self._answer(read(noted), row)
        return result

    def _current(self, make: bool = False) -> tuple[MemoryRow, GraphMemory]:
        """Give the memory's row and its graph, which has all events."""
        while True:
            if self._held.position < 0:
                self._check()
            row = self._open(make)
            graph = start(self._store, row)
            if graph.position == row.position:
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
