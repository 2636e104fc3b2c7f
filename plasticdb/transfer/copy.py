"""From one journal to another, a batch of events a transaction; run again after a kill, it goes on where it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection, select

from ..errors import BadMemory, Unavailable
from ..journal.events import Event
from ..journal.journal import Journal
from ..journal.operations import Done, Operation, find, note, operation
from ..journal.pen import Pen, end_events, free_ids
from ..journal.rows import MemoryRow
from ..journal.skipping import make_void
from ..journal.tables import EVENT, MEMORY, SESSION, SOURCE, VOID
from ..kinds import SKIP, UNLEARN
from ..memory.options import unlike
from ..sql.transactions import read, write
from .writing import Session, open_memory, write_events

__all__ = ["copy_journal"]


def copy_journal(
    source: Journal, target: Journal, memory: MemoryRow, batch: int, progress: Callable[[int, int], None] | None = None
) -> int:
    """Append to a memory of another journal what it lacks of this one; how many events.

    Raises BadMemory where the other one is not a copy of this one: it was made otherwise, or learned by itself.
    """
    copied, at, once = 0, _must_be_copy(source, target, memory), operation("copy", None)
    while True:
        found = read(source.engine, lambda ours, at=at: _batch(ours, memory, at, batch))  # type: ignore[misc]
        events, last, sessions, freed = found
        _append(target, memory, once, events, sessions, freed, at)
        if not events:
            return copied
        copied, at = copied + len(events), at + len(events)
        if progress is not None:
            progress(at, last)


def _batch(
    connection: Connection, memory: MemoryRow, after: int, count: int
) -> tuple[list[Event], int, dict[int, Session], list[int]]:
    """The next events, the memory's last position, the sessions of these events, and the samples before them that they
    leave without an id."""
    events = list(_events(connection, memory, after, count))
    last = connection.execute(select(MEMORY.c.position).where(MEMORY.c.id == memory.id)).scalar() or 0
    return events, int(last), _sessions(connection, events), _freed(connection, memory, events)


def _freed(connection: Connection, memory: MemoryRow, events: list[Event]) -> list[int]:
    """Samples whose ids others have since: what took them back was skipped when they had been learned again."""
    mine = EVENT.c.memory == memory.id
    skipped = [e.target for e in events if e.kind == SKIP]
    undone = [e.target for e in events if e.kind == UNLEARN and e.ended == VOID]
    for some in _parts(skipped):
        asked = select(EVENT.c.target).where(mine, EVENT.c.kind == UNLEARN, EVENT.c.position.in_(some))
        undone += connection.execute(asked).scalars()
    freed: list[int] = []
    for some in _parts(undone):
        asked = select(EVENT.c.position).where(mine, EVENT.c.position.in_(some))
        asked = asked.where(EVENT.c.external_id.is_(None), EVENT.c.payload.is_not(None))
        freed += connection.execute(asked).scalars()
    return freed


def _parts(positions: Sequence[int | None]) -> Iterator[Sequence[int | None]]:
    for start in range(0, len(positions), 500):
        yield positions[start : start + 500]


def _append(
    target: Journal,
    memory: MemoryRow,
    once: Operation,
    events: list[Event],
    sessions: dict[int, Session],
    freed: list[int],
    at: int,
) -> None:
    """Write one batch behind a position, in one transaction; `once`: of which operation."""

    def work(connection: Connection) -> None:
        found, _ = open_memory(connection, memory.name, memory.kind, memory.options)
        before = find(connection, found.id, once) if once.noted(target.dialect) else None
        if before is not None and before.offered > at:
            return
        if found.position != at:
            raise Unavailable(f"{memory.name!r} is being written to there; copy it when that is done")
        _write(Pen(connection, found.id, 0, at, time.time()), events, sessions, freed)
        if once.noted(target.dialect):
            done = Done(offered=at + len(events), again=before is not None)
            note(connection, found.id, once, done, time.time(), None)

    write(target.engine, work)


def _write(pen: Pen, events: list[Event], sessions: dict[int, Session], freed: list[int]) -> None:
    """One batch, as it was when its last event was the last of all: what came later did not yet end anything."""
    before = pen.position
    position = events[-1].position if events else before
    gone = [e for e in events if e.kind == UNLEARN and e.ended != VOID and e.target is not None and e.target <= before]
    for e in events:
        if e.kind == SKIP and e.target is not None and e.target <= before:
            make_void(pen.connection, pen.memory, e.target)
    free_ids(pen.connection, pen.memory, freed)
    end_events(pen.connection, pen.memory, [(e.target or 0, e.position) for e in gone])
    texts = _texts(pen, [e.target or 0 for e in gone if e.payload == "erased"])
    as_they_were = (
        replace(
            e,
            ended=e.ended if e.ended is not None and e.ended <= position else None,
            # A text that was copied before it was erased: this graph must unlearn it, then it goes here too.
            payload="erase" if e.target in texts and e.payload == "erased" else e.payload,
        )
        for e in events
    )
    write_events(pen, as_they_were, sessions)


def _texts(pen: Pen, positions: list[int]) -> set[int]:
    """Those samples whose texts are there."""
    asked = select(EVENT.c.position).where(EVENT.c.memory == pen.memory, EVENT.c.payload.is_not(None))
    found: set[int] = set()
    for some in _parts(positions):
        found |= set(pen.connection.execute(asked.where(EVENT.c.position.in_(some))).scalars())
    return found


_NAMES = (
    "position",
    "session",
    "kind",
    "time",
    "symbols",
    "external_id",
    "payload",
    "content",
    "mass",
    "target",
    "ended",
)


def _events(connection: Connection, memory: MemoryRow, after: int, count: int) -> Iterator[Event]:
    columns = (*(EVENT.c[name] for name in _NAMES), SOURCE.c.name.label("source"))
    asked = select(*columns).outerjoin(SOURCE, SOURCE.c.id == EVENT.c.source)
    asked = asked.where(EVENT.c.memory == memory.id, EVENT.c.position > after).order_by(EVENT.c.position).limit(count)
    for row in connection.execute(asked):
        yield Event(**row._mapping)


def _sessions(connection: Connection, events: list[Event]) -> dict[int, Session]:
    wanted = {event.session for event in events}
    return {
        row.id: (row.version, row.started, row.ended) for row in connection.execute(select(SESSION)) if row.id in wanted
    }


def _must_be_copy(source: Journal, target: Journal, memory: MemoryRow) -> int:
    """How many events of a memory the other journal has."""
    there = target.memory(memory.name)
    if there is None:
        return 0

    def same(ours: Connection, theirs: Connection) -> bool:
        pairs = zip_longest(_known(ours, memory.id, there.position), _known(theirs, there.id, there.position))
        return all(a == b for a, b in pairs)

    alike = read(source.engine, lambda ours: read(target.engine, lambda theirs: same(ours, theirs)))
    if not alike or memory.kind != there.kind or unlike(memory.name, memory.kind, memory.options, there.options):
        raise BadMemory(
            f"there is a memory {memory.name!r} that is not a copy of this one; take another database, drop it there, "
            "or merge: `plasticdb export` here and `plasticdb import --merge` there"
        )
    return there.position


def _known(connection: Connection, memory: int, last: int) -> Iterator[tuple[Any, ...]]:
    names = ("position", "kind", "time", "symbols", "mass", "target")
    asked = select(*(EVENT.c[name] for name in names)).where(EVENT.c.memory == memory, EVENT.c.position <= last)
    found = connection.execute(asked.order_by(EVENT.c.position), execution_options={"yield_per": 5000})
    return (tuple(row) for row in found)
