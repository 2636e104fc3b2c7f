"""Writing events that happened elsewhere into a journal: as they were, under its own numbers for sessions and sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from ..errors import BadMemory
from ..journal.events import Event
from ..journal.pen import end_events, insert_events, made_key, made_source, move
from ..journal.rows import MemoryRow, made_memory, memory_of
from ..journal.tables import EVENT, MEMORY, SESSION
from ..kinds import kind_of, load
from ..memory.options import filled

__all__ = ["Pen", "Session", "open_memory"]

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
    if memory.options != dict(options):
        known = load(kind_of(name, kind).options)
        mine, theirs = filled(memory.options, known), filled(options, known)
        if unlike := [f"{k} {v!r} and not {theirs[k]!r}" for k, v in mine.items() if v != theirs[k]]:
            raise BadMemory(f"{name!r} here has {', '.join(unlike)}; take another name for it")
    return memory, made


@dataclass(slots=True)
class Pen:
    """Writes events into a locked memory, in one transaction.

    A session that is here already (same version and start) stays one; another keeps its number where that is free.
    """

    connection: Connection
    memory: int
    sessions: Mapping[int, Session]
    _session: dict[int, int] = field(default_factory=dict)
    _source: dict[str, int] = field(default_factory=dict)

    def insert(self, events: Iterable[Event]) -> int:
        """Insert events at their positions and move the memory's; how many."""
        rows: list[tuple[Any, ...]] = []
        done = last = 0
        for event in events:
            rows.append(self._row(event))
            last = event.position
            done += 1
            if len(rows) == ROWS:
                insert_events(self.connection, rows)
                rows = []
        if rows:
            insert_events(self.connection, rows)
        if done:
            move(self.connection, self.memory, last)
        return done

    def end(self, ends: Sequence[tuple[int, int]]) -> None:
        """Mark samples that are here, and what reinforced them, as ended: pairs of (sample, unlearning)."""
        end_events(self.connection, self.memory, ends)

    def free(self, positions: Sequence[int]) -> None:
        """Let samples that are here have no id any more: others have theirs."""
        mine = (EVENT.c.memory == self.memory) & (EVENT.c.position == bindparam("p"))
        if positions:
            self.connection.execute(update(EVENT).where(mine).values(external_id=None), [{"p": p} for p in positions])

    def _row(self, e: Event) -> tuple[Any, ...]:
        source = None if e.source is None else self._source.get(e.source) or self._source_id(e.source)
        session = self._session.get(e.session) or self._session_id(e.session)
        return (
            self.memory, e.position, session, e.kind, e.time, source, e.external_id, e.content, e.payload, e.symbols,
            e.mass, e.target, e.ended,
        )  # fmt: skip

    def _source_id(self, name: str) -> int:
        found = self._source[name] = made_source(self.connection, self.memory, name)
        return found

    def _session_id(self, number: int) -> int:
        version, started, ended = self.sessions[number]
        same = select(SESSION.c.id).where(SESSION.c.version == version, SESSION.c.started == started)
        free = [id for id in self.connection.execute(same).scalars() if id not in self._session.values()]
        if free:
            found = number if number in free else min(free)
            open = update(SESSION).where(SESSION.c.id == found, SESSION.c.ended.is_(None))
            self.connection.execute(open.values(ended=ended))
        else:
            values: dict[str, Any] = {"version": version, "started": started, "ended": ended}
            if self._is_free(SESSION, number):
                values["id"] = number
            found = made_key(self.connection.execute(insert(SESSION).values(values)))
        self._session[number] = found
        return found

    def _is_free(self, table: Table, number: int) -> bool:
        # PostgreSQL counts by itself, and would give a number that was set by hand once more.
        if self.connection.dialect.name != "sqlite":
            return False
        return self.connection.execute(select(table.c.id).where(table.c.id == number)).scalar() is None
