"""From the journal to the graph: apply, batch by batch, what the graph does not contain yet.

Each batch is fetched, learned and applied from one position to the next by compare-and-set. Whoever loses looks again
and goes on from where the winner left it, so any number of processes may do this at once.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Protocol

from .errors import Forgotten, Unavailable
from .journal import Journal, Memory
from .stores.base import CLEARING, Changes, GraphMemory, GraphStore

__all__ = ["Learner", "Step", "catch_up", "start"]


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
    found = store.memory(memory.name)
    if found is None:
        store.create(memory.name, memory.kind)
    elif found.position == CLEARING:
        store.clear(memory.name)
    else:
        return found
    found = store.memory(memory.name)
    assert found is not None
    return found


def catch_up(
    journal: Journal, store: GraphStore, name: str, learner: Learner, progress: Callable[[int, int], None] | None = None
) -> int:
    """Apply all events of a memory that its graph lacks; how many. `progress(position, last)` is told after each batch.

    Raises Unavailable where the graph does not answer (what is in the journal stays there), and Forgotten where the
    graph holds a sample whose text was erased before this graph could unlearn it.
    """
    memory = journal.memory(name)
    if memory is None:
        return 0
    graph = start(store, memory)
    first = graph.position
    while graph.position < memory.position:
        if 0 < graph.position < memory.erased and graph.totals.get("erased", 0) < memory.erased:
            raise Forgotten(
                f"texts that this graph of {name!r} must unlearn were erased from the journal; run `plasticdb rebuild {name}`"
            )
        step = learner.step(memory, graph)
        if step is None:
            break
        try:
            batch = uuid.uuid4().hex
            won = store.apply(name, step.changes, graph.position, step.position, batch)
        except Unavailable:
            learner.forget()
            raise
        if won:
            step.applied(batch)
        else:
            learner.forget()
        graph, memory = start(store, memory), journal.memory(name) or memory
        if progress is not None:
            progress(graph.position, memory.position)
    return max(graph.position - first, 0)
