"""Samples that a source teaches: which of them it has taught before, and what becomes of those."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...journal.journal import Journal
from ...journal.operations import Done, Offering, agreed, operation
from ...journal.pen import Pen
from ...journal.rows import MemoryRow
from ...journal.selection import live
from ...journal.tables import EVENT
from ...kinds import LEARN
from ...kit.spelling import content
from ...sql.keysets import among

__all__ = ["Lesson", "teach"]


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


def teach(
    journal: Journal, memory: MemoryRow, lesson: Lesson, time: float, offering: Offering | None = None
) -> tuple[int, list[int]]:
    """Append a `learn` event for each sample whose id its source has not taught yet; how many those were.

    And which samples have the id of another one. offering: of which operation this is the next part; what of it is
    there already is passed over, and counts as it did then.
    """
    offering = offering or Offering(operation("learn", None))
    asked = lesson.asked() if offering.operation.noted(journal.dialect) else []
    start, many = offering.before, len(lesson.payloads)

    def part(pen: Pen, before: Done | None) -> Done:
        first, learned, changed = 0, offering.learned, offering.changed
        if before is not None:
            first, (learned, changed) = max(before.offered - start, 0), before.result
            if first <= many:
                agreed(offering.operation, before, lambda _: offering.asked(asked, first))
            if first >= many:
                return before
        new, others = _learn(pen, lesson, first)
        result = [learned + new, [*changed, *(start + i for i in others)]]
        return Done(offering.asked(asked, len(asked)), start + many, result, again=before is not None)

    done = journal.write(memory, time, offering.operation, part)
    assert done is not None
    learned = done.result[0] - offering.learned
    changed = [i - start for i in done.result[1] if start <= i < start + many]
    offering.passed(asked, done, many)
    offering.memory = replace(memory, position=done.position)
    return learned, changed


def _learn(pen: Pen, lesson: Lesson, first: int) -> tuple[int, list[int]]:
    """Learn the samples from the `first` on: how many were learned, and which have the id of another one."""
    source = None if lesson.source is None else pen.source(lesson.source)
    known = {} if lesson.ids is None else _known(pen, source, lesson.ids)
    learned, changed = 0, list[int]()
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
                if position > pen.position - len(pen.rows):
                    pen.insert()
                pen.take_back(position, symbols, pen.time)
        pen.write(
            LEARN,
            pen.time,
            lesson.symbols[i],
            source=source,
            external_id=external,
            payload=payload,
            mass=1.0,
            found_by=found_by,
        )
        learned += 1
        if external is not None:
            known[external] = (pen.position, lesson.symbols[i], found_by)
    return learned - (len(changed) if lesson.update else 0), changed


def _known(pen: Pen, source: int | None, ids: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """Of the ids that a source has taught: where, how many symbols, and the hash by which the sample is found."""
    mine = live(pen.memory).where(
        EVENT.c.source == source, among(pen.connection.dialect.name, EVENT.c.external_id, list(ids))
    )
    rows = pen.connection.execute(
        mine.with_only_columns(EVENT.c.external_id, EVENT.c.position, EVENT.c.symbols, EVENT.c.content)
    )
    return {id: (position, symbols, found_by) for id, position, symbols, found_by in rows}
