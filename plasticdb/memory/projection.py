"""From the journal to the graph: apply, batch by batch, what the graph does not contain yet.

Each batch is fetched, learned and applied from one position to the next by compare-and-set. Whoever loses looks again
and goes on from where the winner left it, so any number of processes may do this at once.
"""

from __future__ import annotations

import uuid
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from ..errors import (
    BadMemory,
    Collision,
    Forgotten,
    NoRoom,
    PlasticDBError,
    SchemaBehind,
    StoreError,
    Stuck,
    Unavailable,
    WrongJournal,
)
from ..graph.store import CLEARING, Changes, GraphMemory, GraphStore
from ..journal import history
from ..journal.journal import Journal
from ..journal.rows import MemoryRow
from .pace import MOST_SYMBOLS, Pace
from .reading import Reading
from .requests import Asking

__all__ = ["Learner", "Step", "catch_up", "known", "start"]


class Step(Protocol):
    """One learned batch: its changes, the position it leads to, and what to do once it is applied."""

    @property
    def changes(self) -> Changes: ...

    @property
    def position(self) -> int: ...

    def applied(self, batch: str) -> None: ...


class Learner(Protocol):
    """What a kind of memory does with its journal; `batch`: the events that it learns at a time, at most."""

    @property
    def batch(self) -> int: ...

    def step(self, graph: GraphMemory, most: int) -> Asking[Step | None]:
        """Learn the next events behind the graph's position, at most so many; None where there are none."""

    def forget(self) -> None:
        """Drop what is held of the graph: another writer moved it, nobody knows, or the last step is not applied."""


def start(store: GraphStore, memory: MemoryRow) -> GraphMemory:
    """The memory's node in the graph, made if need be; a clearing that was interrupted is finished."""
    while (found := store.memory(memory.name)) is None or found.position == CLEARING:
        if found is None:
            store.create(memory.name, memory.kind)
        else:
            store.clear(memory.name)
    return found


def catch_up(
    journal: Journal,
    store: GraphStore,
    memory: MemoryRow,
    learner: Learner,
    progress: Callable[[int, int], None] | None = None,
    planned: tuple[GraphMemory, Step] | None = None,
    symbols: int = MOST_SYMBOLS,
    seen: GraphMemory | None = None,
) -> tuple[int, GraphMemory]:
    """Apply all events of a memory that its graph lacks; how many, and the graph then. `progress(position, last)` is told
    after each batch.

    A batch makes as many rows as the store takes in one transaction, at most; but one event is never divided.
    Where a batch cannot be applied, what comes before the one event that cannot be is.

    Parameters
    ----------
    planned
        The first batch, as it was learned already on a graph. Where that moved since, it is learned again.
    symbols
        How many are learned at a time, at most.
    seen
        The graph as this process left it. If something is to be applied it is not looked for again: where it moved since,
        the store says so.

    Raises
    ------
    Unavailable
        The graph does not answer (what is in the journal stays there).
    Stuck
        An event cannot be applied.
    Forgotten
        The graph holds a sample whose text was erased before this graph could unlearn it, or an event that was skipped
        since.
    BadMemory
        The graph has what the journal has not, or where the memory is dropped meanwhile.
    """
    name = memory.name
    graph = planned[0] if planned is not None else _as_left(seen, memory) or start(store, memory)
    whose, told, _ = graph.batch.partition(":")
    if told and whose != str(memory.id):  # of one of this name whose dropping was interrupted, or is this one dropped?
        memory = known(journal, memory)
        store.clear(name)
        graph = start(store, memory)
    first = graph.position
    if graph.position > memory.position:  # so soon after the look at the journal?
        memory = known(journal, memory)
        if graph.position > memory.position:
            raise BadMemory(
                f"the graph of {name!r} holds {graph.position:,} events and the journal {memory.position:,}: is it an "
                f"older copy? Give the newer journal, or run `plasticdb rebuild {name}`"
            )
    suspects = _Suspects()
    pace = Pace.begin(store.most_rows, fresh=not graph.position, most_symbols=symbols)
    while graph.position < memory.position:
        most = suspects.most(graph.position, learner.batch)
        applying = False
        plan, planned = planned, None
        try:
            void = history.void(journal, memory)  # before the events: what is skipped after that is found next time
            if graph.position and _upto(void, graph.position) != graph.totals.get("skipped", 0):
                raise Forgotten(
                    f"the graph of {name!r} has an event that was skipped later; run `plasticdb rebuild {name}`"
                )
            reading = Reading(store, journal, name, memory, most_symbols=pace.symbols)
            step = reading.run(learner.step(graph, most)) if plan is None else plan[1]
            erased = memory.erased
            noted = graph.totals.get("erased", 0) if graph.position else erased
            memory = known(journal, memory)  # only now: no text can have gone unnoticed while the step was learned
            if max(graph.position, noted) < memory.erased:
                if graph.position == 0:  # nothing is in the graph yet: learn what is left
                    learner.forget()
                    continue
                raise Forgotten(
                    f"texts that this graph of {name!r} must unlearn were erased from the journal; "
                    f"run `plasticdb rebuild {name}`"
                )
            if step is None:
                break
            rows, events = step.changes.rows, step.position - graph.position
            pace.made(rows, reading.symbols)
            if rows > store.most_rows and events > 1 and reading.symbols:  # not what a verb planned
                learner.forget()
                suspects.halve(graph.position, events)
                continue
            batch, applying = f"{memory.id}:{uuid.uuid4().hex}", True
            changes = _noting(step.changes, {"skipped": _upto(void, step.position), "erased": erased})
            won = store.apply(name, changes, graph.position, step.position, batch, after=graph.batch)
        except Exception as error:
            learner.forget()
            if applying and isinstance(error, Unavailable):
                raise
            memory = known(journal, memory)
            if (now := start(store, memory)) != graph:  # what was read while another writer moved it need not fit
                graph = now
                continue
            if isinstance(error, _ELSEWHERE):
                raise
            if most > 1:
                suspects.halve(graph.position, min(most, memory.position - graph.position))
                continue
            if isinstance(error, MemoryError):  # no event's fault
                raise
            raise _stuck(journal, store, memory, graph, error) from error
        if won:
            step.applied(batch)
            graph = replace(graph, position=step.position, batch=batch, totals=dict(changes.totals))
            del step, changes  # they are large, and the next batch needs the room
        else:
            learner.forget()
            graph = start(store, memory)
        if progress is not None:
            progress(graph.position, memory.position)
    return max(graph.position - first, 0), graph


def _as_left(seen: GraphMemory | None, memory: MemoryRow) -> GraphMemory | None:
    """The graph as it was left, where it is this memory's and lacks events."""
    there = seen is not None and seen.batch.startswith(f"{memory.id}:") and 0 < seen.position < memory.position
    return seen if there else None


_ELSEWHERE = (BadMemory, Forgotten, NoRoom, OSError, SchemaBehind, Unavailable, WrongJournal)
"""Errors for which no event is to blame."""


class _Suspects:
    """Events that cannot be applied together, up to `last`, perhaps for one of them: `size` are tried at a time."""

    last = size = 0

    def most(self, position: int, batch: int) -> int:
        """How many events to try."""
        return self.size if position < self.last else batch

    def halve(self, position: int, tried: int) -> None:
        self.last, self.size = position + tried, max(tried // 2, 1)


def _stuck(journal: Journal, store: GraphStore, memory: MemoryRow, graph: GraphMemory, error: Exception) -> Exception:
    """What to say of the event behind the graph's position, which cannot be applied."""
    if isinstance(error, StoreError) and not isinstance(error, Collision):  # the event's fault, or the store's?
        batch = f"{memory.id}:{uuid.uuid4().hex}"
        try:
            store.apply(memory.name, Changes(totals=graph.totals), graph.position, graph.position, batch)
        except StoreError:
            return error
    position = graph.position + 1
    what = f"{type(error).__name__}: {error}" if not isinstance(error, PlasticDBError) else str(error)
    return Stuck(
        f"event {position:,} of {memory.name!r} ({history.described(journal, memory, position)}) cannot be applied to the "
        f"graph: {' '.join(what.split())[:300]}. What comes before it is applied; it and what follows stay in the journal. "
        f"`plasticdb skip {memory.name} {position}` goes on without it",
        position,
    )


def _upto(positions: Sequence[int], last: int) -> int:
    return bisect_right(positions, last)


def _noting(changes: Changes, also: Mapping[str, int]) -> Changes:
    """Changes that also say how many of the graph's events were skipped, and up to where texts had been erased."""
    totals = {name: n for name, n in changes.totals.items() if name not in also}
    return replace(changes, totals=totals | {name: n for name, n in also.items() if n})


def known(journal: Journal, memory: MemoryRow) -> MemoryRow:
    """The memory as it is now; raises BadMemory where it was dropped, also where there is another of its name."""
    now = journal.now(memory)
    if now is None:
        raise BadMemory(f"the memory {memory.name!r} was dropped by another process; open it again")
    return now
