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
from .tables import EVENT, MEMORY, SESSION, SOURCE, VOID, of

__all__ = ["Pen", "end_events", "free_ids", "made_key", "move", "source_id"]

Row = tuple[Any, ...]
"""An event's values, in the order of the columns below."""
_COLUMNS = (
    "memory", "position", "session", "kind", "time", "source", "external_id", "content", "payload", "symbols", "mass",
    "target", "ended",
)  # fmt: skip

_MOVED = update(MEMORY).where(MEMORY.c.id == bindparam("of")).values(position=bindparam("to"))


@dataclass(slots=True)
class Pen:
    """Writes the next events of a locked memory, in one transaction.

    Parameters
    ----------
    session: of the events that happen now; 0 until one is written, if this process has no session yet.
    position: of the memory's last event. time: now, for a session that begins.
    rows, ends: what is written and not inserted yet.
    """

    connection: Connection
    memory: int
    session: int
    position: int
    time: float
    rows: list[Row] = field(default_factory=list)
    ends: list[tuple[int, int]] = field(default_factory=list)
    written: int = 0
    _sources: dict[str, int] = field(default_factory=dict)

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
        session: int = 0,
        ended: int | None = None,
    ) -> None:
        """Write an event behind the last one. session: of an event that happened elsewhere."""
        session = session or self.session or self._begin()
        self.position += 1
        self.written += 1
        if kind == LEARN and found_by is None and payload is not None and ended != VOID:
            found_by = content(payload)
        own = (self.memory, self.position, session, kind, time, source, external_id, found_by, payload)
        self.rows.append((*own, symbols, mass, target, ended))

    def take_back(self, position: int, symbols: int, time: float, payload: str | None = None) -> None:
        """Unlearn a sample, and what reinforced it, that is there or was written and inserted."""
        self.write(UNLEARN, time, symbols, target=position, payload=payload)
        self.ends.append((position, self.position))

    def source(self, name: str) -> int:
        """The number of a source, which is made where it is not there."""
        if name not in self._sources:
            found = source_id(self.connection, self.memory, name)
            made = insert(SOURCE).values(memory=self.memory, name=name)
            self._sources[name] = made_key(self.connection.execute(made)) if found is None else found
        return self._sources[name]

    def insert(self) -> None:
        """Insert what was written since the last time, and move the memory's position."""
        end_events(self.connection, self.memory, self.ends)  # first: an id that is free then may be in the rows
        self.ends.clear()
        if self.rows:  # through the driver, since there may be many rows and nothing to convert
            dialect(self.connection.dialect.name).append(self.connection, "event", _COLUMNS, self.rows)
            self.rows = []
            move(self.connection, self.memory, self.position)

    def _begin(self) -> int:
        values = {"version": version("plasticdb"), "started": self.time}
        self.session = made_key(self.connection.execute(insert(SESSION).values(values)))
        return self.session


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


def free_ids(connection: Connection, memory: int, samples: Sequence[int]) -> None:
    """Let samples have no external id any more: others have theirs."""
    mine = (EVENT.c.memory == memory) & (EVENT.c.position == bindparam("p"))
    if samples:
        connection.execute(update(EVENT).where(mine).values(external_id=None), [{"p": p} for p in samples])


def move(connection: Connection, memory: int, position: int) -> None:
    """Say that the last event of a memory is at a position."""
    connection.execute(_MOVED, {"of": memory, "to": position})


def source_id(connection: Connection, memory: int, name: str) -> int | None:
    """The number of a source that taught a memory, None where there is none of that name."""
    found: int | None = connection.execute(
        select(SOURCE.c.id).where(SOURCE.c.memory == memory, SOURCE.c.name == name)
    ).scalar()
    return found


def made_key(inserted: CursorResult[Any]) -> int:
    """The key of the row that was inserted."""
    key = inserted.inserted_primary_key
    assert key is not None
    return int(key[0])
