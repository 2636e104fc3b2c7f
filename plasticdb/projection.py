"""From the journal to the graph: apply, batch by batch, what the graph does not contain yet.

Each batch is fetched, learned and applied from one position to the next by compare-and-set. Whoever loses looks again
and goes on from where the winner left it, so any number of processes may do this at once.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Protocol

from .errors import BadMemory, Forgotten, Unavailable
from .journal import Journal, Memory
from .stores.base import CLEARING, Changes, GraphMemory, GraphStore

__all__ = ["Learner", "Step", "catch_up", "known", "start"]


class Step(Protocol):
    """One learned batch: its changes, the position it leads to, and what to do once it is applied."""

    @property
    def changes(self) -> Changes: ...

    @property
    def position(self) -> int: ...

    def applied(self, batch: str) -> None: ...


class Learner(Protocol):
    """What a kind of memory does with its journal."""

    def step(self, memory: Memory, graph: GraphMemory) -> Step | None:
        """Learn the next events behind the graph's position; None where there are none."""

    def forget(self) -> None:
        """Drop what is held of the graph: another writer moved it, or nobody knows."""


def start(store: GraphStore, memory: Memory) -> GraphMemory:
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
    memory: Memory,
    learner: Learner,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Apply all events of a memory that its graph lacks; how many. `progress(position, last)` is told after each batch.

    Raises Unavailable where the graph does not answer (what is in the journal stays there), Forgotten where the
    graph holds a sample whose text was erased before this graph could unlearn it, and BadMemory where the graph has
    what the journal has not, or where the memory is dropped meanwhile.
    """
    name = memory.name
    graph = start(store, memory)
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
    while graph.position < memory.position:
        try:
            step = learner.step(memory, graph)
            noted = graph.totals.get("erased", 0) if graph.position else memory.erased
            memory = known(journal, memory)  # only now: no text can have gone unnoticed while the step was learned
            if max(graph.position, noted) < memory.erased:
                if graph.position == 0:  # nothing is in the graph yet: learn what is left
                    learner.forget()
                    continue
                raise Forgotten(
                    f"texts that this graph of {name!r} must unlearn were erased from the journal; "
                    f"run `plasticdb rebuild {name}`"
                )
        except Exception:  # what was read while another writer moved the graph need not fit together
            learner.forget()
            memory = known(journal, memory)
            if (now := start(store, memory)) == graph:
                raise
            graph = now
            continue
        if step is None:
            break
        try:
            batch = f"{memory.id}:{uuid.uuid4().hex}"
            won = store.apply(name, step.changes, graph.position, step.position, batch, after=graph.batch)
        except Unavailable:
            learner.forget()
            raise
        if won:
            step.applied(batch)
        else:
            learner.forget()
        graph = start(store, memory)
        if progress is not None:
            progress(graph.position, memory.position)
    return max(graph.position - first, 0)


def known(journal: Journal, memory: Memory) -> Memory:
    """The memory as it is now; raises BadMemory where it was dropped, also where there is another of its name."""
    now = journal.now(memory)
    if now is None:
        raise BadMemory(f"the memory {memory.name!r} was dropped by another process; open it again")
    return now
