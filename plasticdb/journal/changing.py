"""How the options of a memory change: what that needs is written first, and then both count in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, update

from ..sql.keysets import among
from .journal import Journal, Written
from .operations import Done, operation
from .pen import Pen
from .rows import MemoryRow
from .selection import live
from .tables import EVENT, MEMORY

__all__ = ["take_over", "write_about_living"]


def write_about_living(journal: Journal, memory: MemoryRow, events: Sequence[Written], time: float) -> int:
    """Append events about samples, but for those that were taken back meanwhile; the memory's last position then."""

    def part(pen: Pen, before: Done | None) -> Done | None:
        if before is None:
            targets = [event.target for event in events if event.target is not None]
            there = pen.connection.execute(live(memory.id).where(among(journal.dialect, EVENT.c.position, targets)))
            alive = {row.position for row in there}
            for event in events:
                if event.target in alive:
                    pen.write(event.kind, time, event.symbols, payload=event.payload, target=event.target)
        return before or Done(result=pen.written)

    done = journal.write(memory, time, operation("append", None), part)
    assert done is not None
    return done.position


def take_over(
    journal: Journal,
    memory: MemoryRow,
    events: Sequence[Written],
    time: float,
    expected: int,
    options: Mapping[str, Any],
) -> int | None:
    """Append events and change the memory's options, if its last position is the expected one; its position then, or None."""

    def part(pen: Pen, before: Done | None) -> Done | None:
        if before is not None or pen.position != expected:
            return before
        for event in events:
            pen.write(event.kind, time, event.symbols, payload=event.payload)
        _change(pen.connection, memory, options)
        return Done(result=pen.written)

    done = journal.write(memory, time, operation("append", None), part)
    return None if done is None else done.position


def _change(connection: Connection, memory: MemoryRow, options: Mapping[str, Any]) -> None:
    mine = update(MEMORY).where(MEMORY.c.id == memory.id)
    connection.execute(mine.values(options=json.dumps(dict(options))))
