"""Potentiation by hand: mass that is added to learned samples, or taken from them, and forgetting by elapsed time."""

from __future__ import annotations

import json

from ...journal.journal import Journal
from ...journal.operations import Operation, fingerprint, operation
from ...journal.pen import Pen
from ...journal.rows import MemoryRow
from ...journal.selection import Selection, Shown, selected, weighing
from ...kinds import LEARN

__all__ = ["decay", "potentiate"]


def potentiate(
    journal: Journal,
    memory: MemoryRow,
    selection: Selection,
    mass: float,
    time: float,
    shown: Shown,
    once: Operation | None = None,
) -> int:
    """Append a `reinforce` or `weaken` event for each selected sample; how many."""
    verb = "reinforce" if mass > 0 else "weaken"

    def body(pen: Pen) -> int:
        for position, symbols in selected(pen.connection, memory.id, selection, shown):
            pen.write(verb, time, symbols, target=position, mass=mass)
        return pen.written

    once = once or operation(verb, None)
    return int(journal.once(memory, time, once, lambda: fingerprint(selection.asked(), mass), body))


def decay(
    journal: Journal, memory: MemoryRow, half_life: float, time: float, batch: int, once: Operation | None = None
) -> int:
    """Append `decay` events that together cover every event so far, each at most `batch` symbols; the samples alive."""

    def body(pen: Pen) -> int:
        rows = weighing(pen.connection, memory.id)
        first = cost = 0
        for i, (position, _, symbols) in enumerate(rows, 1):
            cost += symbols
            if cost >= batch or i == len(rows):
                span = json.dumps({"first": first, "last": position, "half_life": half_life})
                pen.write("decay", time, cost, payload=span)
                first, cost = position + 1, 0
        return sum(kind == LEARN for _, kind, _ in rows)

    once = once or operation("decay", None)
    return int(journal.once(memory, time, once, lambda: fingerprint(half_life), body))
