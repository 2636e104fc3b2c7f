"""What is written of one memory in one transaction: its events, the sources that they name, and its position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from sqlalchemy import Connection, CursorResult, bindparam, insert, select, update

from ..kinds import LEARN, UNLEARN
from ..kit.spelling import content
from ..sql.dialects import dialect
from .tables import EVENT, MEMORY, SESSION, SOURCE, of

__all__ = ["Pen", "end_events", "insert_events", "made_key", "made_source", "move", "source_id"]

Row = tuple[Any, ...]
"""An event's values, in the order of the columns below."""
_COLUMNS = (
    "memory", "position", "session", "kind", "time", "source", "external_id", "content", "payload", "symbols", "mass",
    "target", "ended",
)  # fmt: skip


@dataclass(slots=True)
class Pen:
    """Writes events that happen now."""

    connection: Connection
    memory: int
    session: int
    """0 until something is written, if this process has none yet."""
    position: int
    time: float
    rows: list[Row] = field(default_factory=list)
    ends: list[tuple[int, int]] = field(default_factory=list)
    inserted: int = 0

    def write(
        self,
        kind: str,
        time: float,
        symbols: int,
        *,
        source: int | None = None,
        external_id: str | None = None,
        payload: str | None = None,
        mass: float | None = None,
        target: int | None = None,
        found_by: int | None = None,
    ) -> None:
        if not self.session:
            values = {"version": version("plasticdb"), "started": self.time}
            self.session = made_key(self.connection.execute(insert(SESSION).values(values)))
        self.position += 1
        if kind == LEARN and payload is not None and found_by is None:
            found_by = content(payload)
        own = (self.memory, self.position, self.session, kind, time, source, external_id, found_by, payload)
        self.rows.append((*own, symbols, mass, target, None))

    def take_back(self, position: int, symbols: int, time: float, payload: str | None = None) -> None:
        """Unlearn a sample, and what reinforced it, that is there or was written and inserted."""
        self.write(UNLEARN, time, symbols, target=position, payload=payload)
        self.ends.append((position, self.position))

    def insert(self) -> None:
        """Insert what was written since the last time."""
        end_events(self.connection, self.memory, self.ends)  # first: an id that is free then may be in the rows
        self.ends.clear()
        if new := self.rows[self.inserted :]:
            insert_events(self.connection, new)
            self.inserted = len(self.rows)
            move(self.connection, self.memory, self.position)


def insert_events(connection: Connection, rows: Sequence[Row]) -> None:
    """Insert events: through the driver, since there may be many rows and nothing to convert."""
    marks = ", ".join([dialect(connection.dialect.name).mark] * len(_COLUMNS))
    connection.exec_driver_sql(f"INSERT INTO event ({', '.join(_COLUMNS)}) VALUES ({marks})", rows)


def end_events(connection: Connection, memory: int, ends: Sequence[tuple[int, int]]) -> None:
    """Mark samples, and what reinforced them, as ended: pairs of (sample, unlearning)."""
    if not ends:
        return
    rows = [{"p": sample, "u": unlearning} for sample, unlearning in ends]
    itself = (EVENT.c.memory == memory) & (EVENT.c.position == bindparam("p"))
    others = of(memory) & (EVENT.c.target == bindparam("p")) & (EVENT.c.kind != UNLEARN)
    for mine in (itself, others):
        ended = update(EVENT).where(mine, EVENT.c.ended.is_(None)).values(ended=bindparam("u"))
        connection.execute(ended, rows)


def move(connection: Connection, memory: int, position: int) -> None:
    """Say that the last event of a memory is at a position."""
    connection.execute(update(MEMORY).where(MEMORY.c.id == memory).values(position=position))


def source_id(connection: Connection, memory: int, name: str) -> int | None:
    """The number of a source that taught a memory, None where there is none of that name."""
    found: int | None = connection.execute(
        select(SOURCE.c.id).where(SOURCE.c.memory == memory, SOURCE.c.name == name)
    ).scalar()
    return found


def made_source(connection: Connection, memory: int, name: str) -> int:
    """The number of a source, which is made where it is not there."""
    found = source_id(connection, memory, name)
    return made_key(connection.execute(insert(SOURCE).values(memory=memory, name=name))) if found is None else found


def made_key(inserted: CursorResult[Any]) -> int:
    """The key of the row that was inserted."""
    key = inserted.inserted_primary_key
    assert key is not None
    return int(key[0])
