"""What a memory has in the journal, to compare an export with; in a transaction that writes, and as it comes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, case, select

from ..kinds import LEARN
from ..sql.keysets import among
from .pen import Pen
from .tables import EVENT, SOURCE, of

__all__ = ["events", "learned", "taught"]

_CHUNK = 5000
_STREAMED = {"yield_per": _CHUNK}


def learned(pen: Pen) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Every sample's position, and by what it is known: time, source, symbols, external id, content."""
    known_by = (EVENT.c.time, SOURCE.c.name, EVENT.c.symbols, EVENT.c.external_id, EVENT.c.content)
    asked = select(EVENT.c.position, *known_by).outerjoin(SOURCE, SOURCE.c.id == EVENT.c.source)
    asked = asked.where(EVENT.c.memory == pen.memory, EVENT.c.kind == LEARN).order_by(EVENT.c.position)
    for position, *sample in pen.connection.execute(asked, execution_options=_STREAMED):
        yield position, tuple(sample)


def taught(pen: Pen, ids: Sequence[str]) -> Iterator[tuple[int, str | None, str]]:
    """The position, source and external id of the samples with some external ids that are not unlearned."""
    for start in range(0, len(ids), _CHUNK):
        asked = (
            select(EVENT.c.position, SOURCE.c.name, EVENT.c.external_id)
            .outerjoin(SOURCE, SOURCE.c.id == EVENT.c.source)
            .where(of(pen.memory), EVENT.c.kind == LEARN, EVENT.c.ended.is_(None))
            .where(among(pen.connection.dialect.name, EVENT.c.external_id, ids[start : start + _CHUNK]))
        )
        yield from map(tuple, pen.connection.execute(asked))


def events(pen: Pen) -> Iterator[Row[*tuple[Any, ...]]]:
    """Every event, without the payloads of samples, which are not needed and may be long."""
    names = ("position", "kind", "time", "mass", "target", "ended", "content")
    said = case((EVENT.c.kind != LEARN, EVENT.c.payload)).label("payload")
    asked = select(*(EVENT.c[name] for name in names), said).where(EVENT.c.memory == pen.memory)
    yield from pen.connection.execute(asked.order_by(EVENT.c.position), execution_options=_STREAMED)
