"""Erasing texts: once the graph has unlearned them they leave the journal, and nothing read before brings them back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from ..errors import Forgotten
from ..graph.store import GraphStore
from ..journal.journal import Journal
from ..journal.rows import MemoryRow
from ..sql.vacuum import Lingering
from .projection import start

__all__ = ["erase", "lingering"]


def erase(
    journal: Journal,
    store: GraphStore,
    memory: MemoryRow,
    apply: Callable[[], object],
    shred: Callable[[], None],
    bears: Callable[[Mapping[str, float]], bool],
) -> None:
    """Finish the erasures that were asked for; what is killed in between, or refused, is done by the next call.

    Parameters
    ----------
    apply
        Lets the graph catch up with the journal.
    shred
        Removes copies of the graph.
    bears
        Says of a graph, by its totals, that it may bear the mark of what it has unlearned: then it is made again without.
    """
    last = journal.to_erase(memory)
    if last is None:
        return
    while start(store, memory).position < last:  # another process may make it again meanwhile
        apply()
    if not journal.erase(memory, last):
        return
    while True:
        graph = start(store, memory)
        old = (
            graph.totals.get("erased", 0) < last
        )  # if it is made again just now: perhaps of texts that were read before
        if graph.position >= last and not (old and bears(graph.totals)):
            break
        if old:
            store.clear(memory.name)
        with suppress(Forgotten):
            apply()
    left = lingering(shred, journal.shred)
    journal.note_shredded(memory, last)
    if left:
        raise left[0]


def lingering(*works: Callable[[], None]) -> list[Lingering]:
    """Do all of it; what stays where this user can do nothing about it, which is no reason to try again."""
    left = []
    for work in works:
        try:
            work()
        except Lingering as stays:
            left.append(stays)
    return left
