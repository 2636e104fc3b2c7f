"""Writing events that happened elsewhere into a journal: as they were, under its own numbers for sessions and sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, insert, select, update

from ..errors import BadMemory
from ..journal.events import Event
from ..journal.pen import Pen, made_key
from ..journal.rows import MemoryRow, made_memory, memory_of
from ..journal.tables import MEMORY, SESSION
from ..memory.options import unlike

__all__ = ["Session", "open_memory", "write_events"]

Session = tuple[str, float, float | None]
"""Version, started, ended."""

ROWS = 5000
"""Events that are held at a time."""


def open_memory(connection: Connection, name: str, kind: str, options: Mapping[str, Any]) -> tuple[MemoryRow, bool]:
    """A memory to write to, locked until the transaction ends, and whether it was made now.

    Raises BadMemory where it was made with other options.
    """
    asked = select(MEMORY).where(MEMORY.c.name == name).with_for_update()
    row, made = connection.execute(asked).one_or_none(), False
    if row is None:
        made = made_memory(connection, name, kind, options)
        row = connection.execute(asked).one()
    memory = memory_of(row)
    if memory.kind != kind:
        raise BadMemory(f"{name!r} here has the kind {memory.kind}; take another name for it")
    if apart := unlike(name, kind, memory.options, options):
        said = ", ".join(f"{option} {mine!r} and not {theirs!r}" for option, (mine, theirs) in apart.items())
        raise BadMemory(f"{name!r} here has {said}; take another name for it")
    return memory, made


def write_events(pen: Pen, there: Iterable[Event], sessions: Mapping[int, Session]) -> int:
    """Write events as they were, at their positions, which are the next ones; how many."""
    numbers = _Numbers(pen.connection, sessions)
    for event in there:
        pen.write(
            event.kind,
            event.time,
            event.symbols,
            source=None if event.source is None else pen.source(event.source),
            external_id=event.external_id,
            payload=event.payload,
            mass=event.mass,
            target=event.target,
            found_by=event.content,
            session=numbers.of(event.session),
            ended=event.ended,
        )
        assert pen.position == event.position
        if len(pen.rows) == ROWS:
            pen.insert()
    pen.insert()
    return pen.written


@dataclass(slots=True)
class _Numbers:
    """What sessions of elsewhere are called here.

    One that is here already (same version and start) stays one; another keeps its number where that is free.
    """

    connection: Connection
    sessions: Mapping[int, Session]
    here: dict[int, int] = field(default_factory=dict)

    def of(self, number: int) -> int:
        return self.here.get(number) or self._found(number)

    def _found(self, number: int) -> int:
        version, started, ended = self.sessions[number]
        same = select(SESSION.c.id).where(SESSION.c.version == version, SESSION.c.started == started)
        free = [id for id in self.connection.execute(same).scalars() if id not in self.here.values()]
        if free:
            found = number if number in free else min(free)
            open = update(SESSION).where(SESSION.c.id == found, SESSION.c.ended.is_(None))
            self.connection.execute(open.values(ended=ended))
        else:
            values: dict[str, Any] = {"version": version, "started": started, "ended": ended}
            if self._is_free(number):
                values["id"] = number
            found = made_key(self.connection.execute(insert(SESSION).values(values)))
        self.here[number] = found
        return found

    def _is_free(self, number: int) -> bool:
        # PostgreSQL counts by itself, and would give a number that was set by hand once more.
        if self.connection.dialect.name != "sqlite":
            return False
        return self.connection.execute(select(SESSION.c.id).where(SESSION.c.id == number)).scalar() is None
