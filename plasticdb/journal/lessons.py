"""Samples that a source teaches: which of them it has taught before, and what becomes of those."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..kit.spelling import content
from ..sql.keysets import among
from .pen import Pen, made_source
from .selection import live
from .tables import EVENT

__all__ = ["Lesson", "learn"]


@dataclass(frozen=True, slots=True)
class Lesson:
    """Samples, as one source (or none) offers them.

    ids: an id of each, by which the source knows it; without ids every sample is a new experience. symbols: how many each
    has. contents: the hashes by which the samples are found, where these are not those of their payloads (`Spelling`).
    update: what has the id of another sample takes its place. again: what has a known id is learned as well, without one.
    """

    source: str | None
    payloads: Sequence[str]
    ids: Sequence[str] | None
    symbols: Sequence[int]
    contents: Sequence[int] | None = None
    update: bool = False
    again: bool = False

    def asked(self) -> list[str]:
        """Each sample with all that decides what becomes of it, for the fingerprint of an operation."""
        how, ids = (self.source, self.update, self.again), self.ids
        return [repr((*how, None if ids is None else ids[i], text)) for i, text in enumerate(self.payloads)]


def learn(pen: Pen, lesson: Lesson, first: int) -> tuple[int, list[int]]:
    """Learn the samples from the `first` on: how many were learned, and which have the id of another one."""
    source = None if lesson.source is None else made_source(pen.connection, pen.memory, lesson.source)
    known = {} if lesson.ids is None else _known(pen, source, lesson.ids)
    changed: list[int] = []
    for i in range(first, len(lesson.payloads)):
        payload, external = lesson.payloads[i], None if lesson.ids is None else lesson.ids[i]
        found_by = content(payload) if lesson.contents is None else lesson.contents[i]
        if external is not None and (there := known.get(external)) is not None:
            position, symbols, same = there
            if lesson.again:
                external = None
            elif same == found_by:
                continue
            else:
                changed.append(i)
                if not lesson.update:
                    continue
                if position > pen.position - len(pen.rows) + pen.inserted:
                    pen.insert()
                pen.take_back(position, symbols, pen.time)
        pen.write(
            "learn",
            pen.time,
            lesson.symbols[i],
            source=source,
            external_id=external,
            payload=payload,
            mass=1.0,
            found_by=found_by,
        )
        if external is not None:
            known[external] = (pen.position, lesson.symbols[i], found_by)
    return sum(row[3] == "learn" for row in pen.rows) - (len(changed) if lesson.update else 0), changed


def _known(pen: Pen, source: int | None, ids: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """Of the ids that a source has taught: where, how many symbols, and the hash by which the sample is found."""
    mine = live(pen.memory).where(
        EVENT.c.source == source, among(pen.connection.dialect.name, EVENT.c.external_id, list(ids))
    )
    rows = pen.connection.execute(
        mine.with_only_columns(EVENT.c.external_id, EVENT.c.position, EVENT.c.symbols, EVENT.c.content)
    )
    return {id: (position, symbols, found_by) for id, position, symbols, found_by in rows}
