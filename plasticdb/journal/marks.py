"""What the journal says of samples without their payloads: when each came and whence, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from ..kinds import LEARN, UNLEARN
from ..sql.keysets import among
from ..sql.transactions import read
from .events import SampleMark
from .journal import Journal
from .rows import MemoryRow
from .tables import EVENT, SOURCE, of

__all__ = ["marks", "named"]


def marks(journal: Journal, memory: MemoryRow, positions: Sequence[int]) -> list[SampleMark]:
    """The samples at some positions, in order; none where there is no sample."""
    mine = EVENT.c.memory == memory.id, among(journal.dialect, EVENT.c.position, list(positions))
    return _read(journal, memory, _asked(memory).where(*mine)) if positions else []


def named(
    journal: Journal, memory: MemoryRow, ids: Sequence[str] | None = None, source: str | None = None
) -> list[SampleMark]:
    """The samples with some external ids (None: any, or none at all) from one source or (None) any, in order."""
    known = select(SOURCE.c.id).where(SOURCE.c.memory == memory.id)
    if source is not None:
        known = known.where(SOURCE.c.name == source)
    numbers = read(journal.engine, lambda connection: list(connection.execute(known).scalars()))
    whose: list[ColumnElement[bool]] = [among(journal.dialect, EVENT.c.source, numbers)] if numbers else []
    whose += [EVENT.c.source.is_(None)] if source is None else []
    found: list[SampleMark] = []
    if ids is not None:  # those that nothing took back have an index, and are nearly all that anybody asks for
        for one in whose:
            some = among(journal.dialect, EVENT.c.external_id, list(ids))
            alive = of(memory.id), EVENT.c.kind == LEARN, EVENT.c.ended.is_(None), one, some
            found += _read(journal, memory, _asked(memory).where(*alive))
        if {mark.external_id for mark in found} == set(ids):
            return sorted(found)
    theirs = [among(journal.dialect, EVENT.c.external_id, list(ids))] if ids is not None else []
    found = []
    for one in whose:
        found += _read(journal, memory, _asked(memory).where(EVENT.c.memory == memory.id, one, *theirs))
    return sorted(found)


def _asked(memory: MemoryRow) -> Select[Any]:
    about = EVENT.alias()
    texts = (
        select(func.count())
        .where(about.c.target == EVENT.c.position, about.c.memory + 0 == memory.id, about.c.kind != UNLEARN)
        .where(about.c.payload.is_not(None))
        .correlate(EVENT)
        .scalar_subquery()
    )
    own = (EVENT.c.payload.is_not(None), texts)
    columns = (EVENT.c.position, EVENT.c.time, EVENT.c.ended, SOURCE.c.name, EVENT.c.external_id, *own)
    asked = select(*columns).outerjoin(SOURCE, SOURCE.c.id == EVENT.c.source)
    known = EVENT.c.position + 0 <= memory.position  # a condition that SQLite does not read a memory's history by
    return asked.where(EVENT.c.kind == LEARN, known).order_by(EVENT.c.position)


def _read(journal: Journal, memory: MemoryRow, asked: Select[Any]) -> list[SampleMark]:
    rows = read(journal.engine, lambda connection: connection.execute(asked).all())
    return [
        SampleMark(position, time, None if (ended or 0) > memory.position else ended, source, name, int(own) + more)
        for position, time, ended, source, name, own, more in rows
    ]
