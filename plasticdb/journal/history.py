"""Reading the journal back: the events behind a position, what they are about, and what was learned when and whence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import starmap
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, or_, select

from ..kinds import LEARN, find
from ..kit.plasticity import Decay
from ..kit.tables import Ints
from ..sql.dialects import dialect, quoted
from ..sql.keysets import among
from ..sql.transactions import read
from .events import EventRow, SampleRow, SessionRow
from .journal import Journal
from .rows import MemoryRow
from .tables import EVENT, SESSION, SOURCE, VOID, of

__all__ = [
    "after",
    "alive",
    "at",
    "begun",
    "count",
    "decays",
    "described",
    "ended",
    "erased_since",
    "events",
    "living",
    "masses",
    "payloads",
    "samples",
    "sessions",
    "source_names",
    "sources",
    "spans",
    "taught",
    "void",
]

_COUNTS = func.coalesce(EVENT.c.ended, 1) != VOID
"""That an event was not skipped."""

_COLUMNS = [EVENT.c[name] for name in EventRow._fields]
_MASS_COLUMNS = _COLUMNS[:7]

# Whatever is written asks these: made once, they need not be put together and hashed each time.
_AFTER = (
    f"SELECT {quoted(EventRow._fields)} FROM event WHERE memory = {{0}} AND position > {{0}} AND position <= {{0}} "
    "ORDER BY position LIMIT {0}"
)
"""Through the driver: there may be many rows, and nothing to convert."""
_VOID = select(EVENT.c.position).where(of(bindparam("of")), EVENT.c.ended == VOID).order_by(EVENT.c.position)


def after(journal: Journal, memory: MemoryRow, position: int, events: int, symbols: int) -> list[EventRow]:
    """The next events behind a position, up to the memory's: at most `events`, of `symbols` symbols together (but one event)."""
    asked = _AFTER.format(dialect(journal.dialect).mark)
    span = (memory.id, position, memory.position, events)

    def bounded(connection: Connection) -> list[EventRow]:
        rows: list[EventRow] = []
        left = symbols
        found = connection.exec_driver_sql(asked, span)
        cursor: Any = found.cursor
        for row in map(EventRow._make, cursor):
            left -= row.symbols
            if rows and left < 0:
                break
            rows.append(row)
        found.close()
        return rows

    return read(journal.engine, bounded)


def _of_kinds(memory: MemoryRow, kinds: Sequence[str], first: int, last: int) -> ColumnElement[bool]:
    span = EVENT.c.position.between(first, min(last, memory.position))
    return and_(EVENT.c.memory == memory.id, span, EVENT.c.kind.in_(kinds), _COUNTS)


def events(
    journal: Journal, memory: MemoryRow, kinds: Sequence[str], first: int, last: int, most: int
) -> list[EventRow]:
    """The events of some kinds at the positions `first` to `last`, without skipped ones; the first `most` of them."""
    asked = select(*_COLUMNS).where(_of_kinds(memory, kinds, first, last)).order_by(EVENT.c.position).limit(most)
    return read(journal.engine, lambda connection: [*starmap(EventRow, connection.execute(asked))])


def count(journal: Journal, memory: MemoryRow, kinds: Sequence[str], first: int, last: int) -> int:
    """How many events of some kinds are at the positions `first` to `last`, without skipped ones."""
    asked = select(func.count()).where(_of_kinds(memory, kinds, first, last))
    return read(journal.engine, lambda connection: int(connection.execute(asked).scalar_one()))


def void(journal: Journal, memory: MemoryRow) -> Sequence[int]:
    """The positions of the events that have no effect, since they, or the samples that they are about, were skipped."""
    return read(journal.engine, lambda connection: connection.execute(_VOID, {"of": memory.id}).scalars().all())


def described(journal: Journal, memory: MemoryRow, position: int) -> str:
    """An event's kind and source, in words."""
    asked = select(EVENT.c.kind, SOURCE.c.name).outerjoin(SOURCE, SOURCE.c.id == EVENT.c.source)
    asked = asked.where(EVENT.c.memory == memory.id, EVENT.c.position == position)
    row = read(journal.engine, lambda connection: connection.execute(asked).one())
    return row.kind if row.name is None else f"{row.kind}, source {row.name!r}"


def ended(journal: Journal, memory: MemoryRow, first: int, last: int) -> list[EventRow]:
    """The events of mass that the unlearnings at positions `first` to `last` took back."""
    asked = select(*_MASS_COLUMNS).where(of(memory.id), EVENT.c.ended.between(first, last)).order_by(EVENT.c.position)
    return read(journal.engine, lambda connection: [*starmap(EventRow, connection.execute(asked))])


def alive(journal: Journal, memory: MemoryRow, decay: Decay) -> list[EventRow]:
    """The events of mass that a decay weakens: in its span, and not unlearned before it."""
    then = or_(EVENT.c.ended.is_(None), EVENT.c.ended > decay.position)
    span = EVENT.c.position.between(decay.first, decay.last)
    asked = select(*_MASS_COLUMNS).where(EVENT.c.memory == memory.id, EVENT.c.mass.is_not(None), span, then)
    asked = asked.order_by(EVENT.c.position)
    return read(journal.engine, lambda connection: [*starmap(EventRow, connection.execute(asked))])


def _until(last: int) -> ColumnElement[bool]:
    """That an event happened up to a position, and was not taken back up to there."""
    return and_(EVENT.c.position <= last, or_(EVENT.c.ended.is_(None), EVENT.c.ended > last))


def living(journal: Journal, memory: MemoryRow, last: int) -> tuple[Ints, Ints]:
    """The samples alive at a position whose text is there: their positions, in order, and their hashes."""
    asked = select(EVENT.c.position, EVENT.c.content).where(EVENT.c.memory == memory.id, EVENT.c.kind == LEARN)
    asked = asked.where(_until(last), EVENT.c.content.is_not(None)).order_by(EVENT.c.position)
    rows = read(journal.engine, lambda connection: connection.execute(asked).all())
    found = np.array([tuple(row) for row in rows], np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def masses(journal: Journal, memory: MemoryRow, positions: Sequence[int], last: int) -> list[EventRow]:
    """The events of mass that are samples at some positions, or are about these, and were not taken back at the position
    `last`."""
    asked = select(*_MASS_COLUMNS).where(EVENT.c.mass.is_not(None), _until(last))
    themselves = asked.where(EVENT.c.memory == memory.id, among(journal.dialect, EVENT.c.position, positions))
    others = asked.where(of(memory.id), among(journal.dialect, EVENT.c.target, positions))
    rows = read(journal.engine, lambda connection: [*connection.execute(themselves), *connection.execute(others)])
    return sorted(starmap(EventRow, rows))


def decays(journal: Journal, memory: MemoryRow, last: int) -> list[Decay]:
    """All decays up to a position, without those that were skipped."""
    asked = select(EVENT.c.position, EVENT.c.time, EVENT.c.payload).where(
        of(memory.id), EVENT.c.kind == "decay", _COUNTS
    )
    asked = asked.where(EVENT.c.position <= last).order_by(EVENT.c.position)
    rows = read(journal.engine, lambda connection: connection.execute(asked).all())
    return [Decay(position=row.position, time=row.time, **json.loads(row.payload)) for row in rows]


def payloads(journal: Journal, memory: MemoryRow, positions: Sequence[int]) -> dict[int, str | None]:
    """The samples learned at some positions; None where the text was erased."""
    asked = select(EVENT.c.position, EVENT.c.payload).where(
        EVENT.c.memory == memory.id, among(journal.dialect, EVENT.c.position, list(positions))
    )
    return read(journal.engine, lambda connection: {row.position: row.payload for row in connection.execute(asked)})


def taught(journal: Journal, memory: MemoryRow, contents: Sequence[int], last: int) -> list[EventRow]:
    """The samples with these hashes that are alive at the position `last`; another text may have the same hash."""
    found = among(journal.dialect, EVENT.c.content, [*contents])
    asked = select(*_COLUMNS).where(of(memory.id), EVENT.c.kind == LEARN, EVENT.c.position <= last, found)
    now, later = asked.where(EVENT.c.ended.is_(None)), asked.where(EVENT.c.ended > last, EVENT.c.payload.is_not(None))
    rows = read(journal.engine, lambda connection: [*connection.execute(now), *connection.execute(later)])
    return sorted(starmap(EventRow, rows))


def source_names(journal: Journal, memory: MemoryRow) -> dict[int, str]:
    """The names of a memory's sources by their ids."""
    mine = select(SOURCE).where(SOURCE.c.memory == memory.id)
    return read(journal.engine, lambda connection: {row.id: row.name for row in connection.execute(mine)})


def begun(journal: Journal, numbers: Sequence[int]) -> list[SessionRow]:
    """Sessions by their numbers."""
    mine = among(journal.dialect, SESSION.c.id, numbers)
    asked = select(SESSION.c.id, SESSION.c.version, SESSION.c.started).where(mine)
    return read(journal.engine, lambda connection: [*starmap(SessionRow, connection.execute(asked))])


def samples(
    journal: Journal,
    memory: MemoryRow,
    containing: Sequence[str] = (),
    before: int | None = None,
    most: int | None = None,
) -> list[SampleRow]:
    """Samples alive at the memory's position that contain some texts, newest first: those `before` a position, `most` of them."""
    last = memory.position if before is None else min(before - 1, memory.position)
    asked = (
        select(EVENT.c.position, EVENT.c.payload, SOURCE.c.name)
        .outerjoin(SOURCE, SOURCE.c.id == EVENT.c.source)
        .where(EVENT.c.memory == memory.id, EVENT.c.kind == LEARN, EVENT.c.position <= last)
        .where(or_(EVENT.c.ended.is_(None), EVENT.c.ended > memory.position))
        .where(and_(True, *(EVENT.c.payload.contains(part, autoescape=True) for part in containing)))
        .order_by(EVENT.c.position.desc())
        .limit(most)
    )
    return read(journal.engine, lambda connection: [*starmap(SampleRow, connection.execute(asked))])


def sources(journal: Journal, memory: MemoryRow) -> list[dict[str, Any]]:
    """Each source: how many samples it taught, how many of those were unlearned, and when it spoke first and last."""
    gone = func.sum(case((EVENT.c.ended <= memory.position, 1), else_=0))
    asked = (
        select(SOURCE.c.name, func.count(), gone, func.min(EVENT.c.time), func.max(EVENT.c.time))
        .select_from(EVENT)
        .outerjoin(SOURCE, SOURCE.c.id == EVENT.c.source)
        .where(EVENT.c.memory == memory.id, EVENT.c.kind == LEARN, EVENT.c.position <= memory.position, _COUNTS)
        .group_by(SOURCE.c.name)
        .order_by(func.min(EVENT.c.position))
    )
    rows = read(journal.engine, lambda connection: connection.execute(asked).all())
    return [dict(zip(("source", "learned", "unlearned", "first", "last"), row, strict=True)) for row in rows]


def sessions(journal: Journal, memory: MemoryRow | None = None) -> list[dict[str, Any]]:
    """Each session that wrote (to one memory, or to any): when, by which version, and how many events of each sort.

    The sorts are those that such memories have; of a kind of memory that this version does not know, none.
    """
    kinds = dict.fromkeys(row.kind for row in (journal.memories() if memory is None else [memory]))
    sorts = dict.fromkeys(event.name for kind in map(find, kinds) if kind is not None for event in kind.events)
    counts = [func.sum(case((and_(EVENT.c.kind == sort, _COUNTS), 1), else_=0)).label(sort) for sort in sorts]
    asked = select(SESSION.c.id, SESSION.c.version, SESSION.c.started, SESSION.c.ended, *counts).join(EVENT)
    if memory is not None:
        asked = asked.where(EVENT.c.memory == memory.id, EVENT.c.position <= memory.position)
    asked = asked.group_by(SESSION.c.id, SESSION.c.version, SESSION.c.started, SESSION.c.ended).order_by(SESSION.c.id)
    return read(journal.engine, lambda connection: [dict(row._mapping) for row in connection.execute(asked)])


def spans(journal: Journal, memory: MemoryRow) -> list[dict[str, Any]]:
    """The sessions that wrote to a memory, with the positions of their `first` and `last` event."""
    ends = (func.min(EVENT.c.position).label("first"), func.max(EVENT.c.position).label("last"))
    asked = select(EVENT.c.session, *ends).where(EVENT.c.memory == memory.id).group_by(EVENT.c.session)
    return read(journal.engine, lambda connection: [dict(row._mapping) for row in connection.execute(asked)])


def at(journal: Journal, memory: MemoryRow, time: float) -> int:
    """The last position up to which everything had happened at a time (seconds since 1970), 0 if nothing had."""
    later = select(func.min(EVENT.c.position)).where(EVENT.c.memory == memory.id, EVENT.c.time > time)
    first = read(journal.engine, lambda connection: connection.execute(later).scalar())
    return memory.position if first is None else int(first) - 1


def erased_since(journal: Journal, memory: MemoryRow, position: int) -> bool:
    """Whether a sample that was alive at a position has no text any more."""
    asked = select(EVENT.c.position).where(
        *(EVENT.c.memory == memory.id, EVENT.c.kind == LEARN, EVENT.c.payload.is_(None)),
        *(EVENT.c.position <= position, EVENT.c.ended > position),
    )
    return read(journal.engine, lambda connection: connection.execute(asked.limit(1)).first() is not None)
