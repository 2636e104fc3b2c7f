"""Writing events that happened elsewhere into a journal: as they were, under its own numbers for sessions and sources."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, CursorResult, Table, bindparam, insert, select, update

from ..errors import BadMemory
from ..journal import Memory, made_memory
from ..opening import filled
from ..stores.dialects import dialect
from ..tables import EVENT, MEMORY, SESSION, SOURCE, of
from .check import Event

__all__ = ["Pen", "Session", "open_memory"]

Session = tuple[str, float, float | None]
"""Version, started, ended."""

_COLUMNS = (
    "memory", "position", "session", "kind", "time", "source", "external_id", "content", "payload", "symbols", "mass",
    "target", "ended",
)  # fmt: skip
ROWS = 5000
"""Events that are held at a time."""


def open_memory(connection: Connection, name: str, kind: str, options: Mapping[str, Any]) -> tuple[Memory, bool]:
    """A memory to write to, locked until the transaction ends, and whether it was made now.

    Raises BadMemory where it was made with other options.
    """
    asked = select(MEMORY).where(MEMORY.c.name == name).with_for_update()
    row, made = connection.execute(asked).one_or_none(), False
    if row is None:
        made = made_memory(connection, name, kind, options)
        row = connection.execute(asked).one()
    memory = Memory(row.id, row.name, row.kind, json.loads(row.options), row.position, row.erased)
    mine, theirs = filled(memory.kind, memory.options), filled(kind, options)
    if (memory.kind, mine) != (kind, theirs):
        unlike = [f"{k} {v!r} and not {theirs.get(k)!r}" for k, v in mine.items() if v != theirs.get(k)]
        raise BadMemory(f"{name!r} here has {', '.join(unlike) or f'the kind {memory.kind}'}; take another name for it")
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
        mark = dialect(self.connection.dialect.name).mark
        marks = ", ".join([mark] * len(_COLUMNS))
        statement = f"INSERT INTO event ({', '.join(_COLUMNS)}) VALUES ({marks})"
        rows: list[tuple[Any, ...]] = []
        done = last = 0
        for event in events:
            rows.append(self._row(event))
            last = event.position
            done += 1
            if len(rows) == ROWS:
                self.connection.exec_driver_sql(statement, rows)
                rows = []
        if rows:
            self.connection.exec_driver_sql(statement, rows)
        if done:
            self.connection.execute(update(MEMORY).where(MEMORY.c.id == self.memory).values(position=last))
        return done

    def end(self, ends: Sequence[tuple[int, int]]) -> None:
        """Mark samples that are here, and what reinforced them, as ended: pairs of (sample, unlearning)."""
        rows = [{"p": sample, "u": unlearning} for sample, unlearning in ends]
        itself = (EVENT.c.memory == self.memory) & (EVENT.c.position == bindparam("p"))
        others = of(self.memory) & (EVENT.c.target == bindparam("p")) & (EVENT.c.kind != "unlearn")
        for mine in (itself, others):
            if rows:
                free = update(EVENT).where(mine, EVENT.c.ended.is_(None))
                self.connection.execute(free.values(ended=bindparam("u")), rows)

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
        known = select(SOURCE.c.id).where(SOURCE.c.memory == self.memory, SOURCE.c.name == name)
        found = self.connection.execute(known).scalar()
        if found is None:
            found = _made(self.connection.execute(insert(SOURCE).values(memory=self.memory, name=name)))
        self._source[name] = int(found)
        return int(found)

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
            found = _made(self.connection.execute(insert(SESSION).values(values)))
        self._session[number] = found
        return found

    def _is_free(self, table: Table, number: int) -> bool:
        # PostgreSQL counts by itself, and would give a number that was set by hand once more.
        if self.connection.dialect.name != "sqlite":
            return False
        return self.connection.execute(select(table.c.id).where(table.c.id == number)).scalar() is None


def _made(inserted: CursorResult[Any]) -> int:
    key = inserted.inserted_primary_key
    assert key is not None
    return int(key[0])
