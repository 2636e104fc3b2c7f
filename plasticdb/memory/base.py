"""What every memory has, whatever its kind: the verbs about itself, its journal and its graph.

A kind of memory is a subclass. It names its `Kind`, makes a working set and a learner, and adds its verbs, which ask by
`_ask` and, where what they do depends on the graph, act by `_act`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import fields, replace
from operator import methodcaller
from typing import Any, Generic, Self

from ..checks import called, optional, shown, whole
from ..errors import BadInput, Forgotten, NothingLearned
from ..graph.store import GraphStore
from ..journal import history
from ..journal.journal import Journal, Written
from ..journal.operations import Done, Operation
from ..journal.rows import MemoryRow
from . import as_of
from .accepted import accepted
from .display import named, sizes
from .erase import erase
from .locking import in_turn
from .options import check_kind, opened
from .pace import MAX_MEMORY
from .projected import Held, Options, Plan, Progress, Projected
from .projection import start
from .verify import replayed

__all__ = ["Memory", "Plan", "Progress"]


class Memory(Projected[Options, Held], Generic[Options, Held]):
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

    # What a kind gives

    def _sizes(self, totals: Mapping[str, float]) -> dict[str, Any]:
        """Give what `stats` says of the graph."""
        return {total.name: totals.get(total.name, 0) for total in self.kind.totals}

    def _bears(self, totals: Mapping[str, float]) -> bool:
        """Whether a graph may bear the mark of samples that it has unlearned."""
        return False

    def _shown(self) -> dict[str, float]:
        """Give what `repr` says, from the working set."""
        return {}

    # What it is

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
        hidden = {field.name for field in fields(self._options) if not field.metadata.get("shown", True)}  # type: ignore[arg-type]
        return {
            "memory": self.name,
            **self._sizes({} if graph is None else graph.totals),
            "position": row.position,
            "behind": row.position - (0 if graph is None else max(graph.position, 0)),
            **{name: value for name, value in self._kept_options().items() if name not in hidden},
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
        how = how if self.max_memory == MAX_MEMORY else how | {"max_memory": self.max_memory}
        return methodcaller(self.kind.wrapper, self.name, **how), (self._home,)

    # Keeping it well

    @in_turn
    def sync(self, progress: Progress | None = None) -> int:
        """Apply what is in the journal and not yet in the graph, and finish erasures; how many events were applied."""
        progress = optional(called, "progress", progress)
        self._check()
        done = self.apply(progress)
        with accepted():
            erase(self._journal, self._store, self._open(), self.apply, self._shred, self._bears)
        return done

    def _append(self, row: MemoryRow, events: Sequence[Written], once: Operation) -> tuple[Done, list[int]]:
        """Journal events that depend on nothing in the graph, and apply them; what is done, and where each event is."""
        found = self._journal.append(row, events, self._clock(), operation=once)
        assert found is not None  # nothing was expected of the journal
        self.apply(row=replace(row, position=found[0].position))
        return found

    def _finish_erasing(self) -> None:
        """Behind the commit of events that erase: remove the texts now, also from what this process has read of them."""
        with accepted():
            self.sync()
        self.release()

    def _shred(self) -> None:
        as_of.forget(self._journal)
        self._store.shred()

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
    def rebuild(self, progress: Progress | None = None) -> int:
        """Throw the graph of this memory away and make it again from the journal; how many events."""
        progress = optional(called, "progress", progress)
        self._check()
        while True:
            self._open()
            self.release()
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
