"""What a run of journal events adds to each sample: its mass and its count, summed over the events.

Everything the journal can say to a sequence memory comes down to this: learning adds a mass of 1 and a count of 1, a
reinforcement adds mass, a decay takes away what was lost since, and an unlearning takes away all that is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...journal.events import VOID, EventRow
from ...kit.plasticity import Decay, Floats, weigh
from ...kit.spelling import Spelling
from ...kit.tables import Ints, Table
from ...memory.requests import Asking, Decays, MassesIn, Payloads, Taken
from .provenance import Lessons, lessons

__all__ = ["Deltas", "deltas"]


@dataclass(frozen=True, slots=True)
class Deltas:
    """Samples by their texts, each once, with what is added to their mass and count.

    Payloads that differ in spelling alone are one sample. `position` is that of the last event read.

    `lessons`: what the same events say of who taught, and when.
    """

    texts: list[str]
    mass: Floats
    count: Ints
    position: int
    lessons: Lessons


def deltas(spelling: Spelling, rows: Sequence[EventRow]) -> Asking[Deltas]:
    """Events of a memory that come one after the other, as deltas."""
    after, last = rows[0].position - 1, rows[-1].position
    heard = [row for row in rows if row.ended != VOID]
    kinds = {row.kind for row in heard}
    decays: list[Decay] = (yield Decays(last)) if kinds & {"unlearn", "decay"} else []
    learned = heard if kinds == {"learn"} else [row for row in heard if row.kind == "learn"]
    texts: dict[int, str | None] = {row.position: row.payload for row in learned}

    sample = list(texts)
    mass = [np.array([row.mass for row in learned], np.float64)]
    count = [np.ones(len(sample), np.int64)]

    def add(samples: list[int], masses: Floats, counts: Ints) -> None:
        sample.extend(samples)
        mass.append(masses)
        count.append(counts)

    changed = [row for row in heard if row.kind in ("reinforce", "weaken")]
    add(
        _samples(changed),
        np.array([row.mass for row in changed], np.float64),
        np.zeros(len(changed), np.int64),
    )
    gone: list[EventRow] = (yield Taken(after + 1, last)) if "unlearn" in kinds else []
    if gone:
        before = np.array([row.ended for row in gone], np.int64)
        add(
            _samples(gone),
            -_weights(gone, decays, before),
            np.array([-int(row.target is None) for row in gone], np.int64),
        )
    for decay in decays:
        if decay.position > after:
            weak: list[EventRow] = yield MassesIn(decay)
            lost = _weights(weak, decays, decay.position + 1) - _weights(weak, decays, decay.position)
            add(_samples(weak), lost, np.zeros(len(weak), np.int64))

    unknown = sorted({position for position in sample if position not in texts})
    if unknown:
        texts |= yield Payloads(unknown)
    number_of: dict[str | None, int] = {None: -1}
    numbers: dict[str, int] = {}
    spelled: list[str] = []

    def number(position: int) -> int:
        # An erased sample was learned and unlearned: the two cancel, and both are left out.
        payload = texts.get(position)
        if (known := number_of.get(payload)) is not None:
            return known
        assert payload is not None
        text = spelling.text(payload)
        found = number_of[payload] = numbers.setdefault(text, len(numbers))
        if found == len(spelled):
            spelled.append(payload)
        return found

    row = np.fromiter(map(number, sample), np.int64, len(sample))
    there = row >= 0
    taken = [event for event in gone if event.target is None]
    told = yield from lessons(
        rows,
        _places(learned, row[: len(learned)]),
        _places(taken, np.fromiter((number(event.position) for event in taken), np.int64, len(taken))),
        [*numbers],
        spelled,
        spelling,
    )
    masses, counts = (np.bincount(row[there], np.concatenate(part)[there], len(numbers)) for part in (mass, count))
    return Deltas(list(numbers), masses.astype(np.float64), counts.astype(np.int64), last, told)


def _places(rows: Sequence[EventRow], sample: Ints) -> Table:
    position, source = (
        np.array([getattr(row, name) or 0 for row in rows], np.int64) for name in ("position", "source")
    )
    return {"position": position, "source": source, "sample": sample}


def _samples(rows: Sequence[EventRow]) -> list[int]:
    """The sample that each event of mass is about: its target, or itself where it is the learning."""
    return [row.position if row.target is None else row.target for row in rows]


def _weights(rows: Sequence[EventRow], decays: list[Decay], before: Ints | int) -> Floats:
    mass, time = (np.array([getattr(row, name) for row in rows], np.float64) for name in ("mass", "time"))
    return weigh(mass, time, np.array([row.position for row in rows], np.int64), decays, before)
