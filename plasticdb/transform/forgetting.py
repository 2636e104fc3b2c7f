"""Forgetting pairs: which ones are meant, and what goes with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..checks import flag, label, optional, shown
from ..errors import BadInput
from ..journal.events import SampleMark
from ..journal.journal import Written
from ..journal.operations import fingerprint
from ..kit.texts import did_you_mean
from ..memory import naming
from ..memory.requests import Asking, Marks, Named, SourceNames
from . import slots
from .batch import SlotBatch
from .schema import RAW
from .working_set import TransformWorkingSet

__all__ = ["Asked", "Receipt", "again", "plan"]

_SO = "; nothing was forgotten"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of forgetting.

    Parameters
    ----------
    ids
        The numbers of the pairs that are gone.
    raw
        How many of these had not been absorbed.
    transforms
        How many transforms had absorbed some: they were fitted again without these, or are gone with the last of their pairs.
    erased
        How many were removed from the journal, too.
    """

    ids: Sequence[int]
    raw: int
    transforms: int
    erased: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be forgotten, checked."""

    ids: Sequence[int | str] | None
    source: str | None
    stream: str | None
    erase: bool

    @classmethod
    def of(cls, ids: Any, source: Any, stream: Any, erase: Any) -> Asked:
        """Check it; raises BadInput where it says nothing, or two things."""
        if ids is None and source is None and stream is None:
            raise BadInput(f"say which pairs: their ids, or a source, or a stream{_SO}")
        if ids is not None and stream is not None:
            raise BadInput(f"give ids, or a stream, and not both{_SO}")
        names = optional(label, "a source's name", source), optional(label, "a stream's name", stream)
        return cls(None if ids is None else naming.ids(ids), *names, flag("erase", erase))

    @property
    def mark(self) -> int:
        """A fingerprint of it."""
        return fingerprint(self.ids, self.source, self.stream, self.erase)


def again(noted: Sequence[Any], position: int) -> Asking[Receipt]:
    """What an operation kept."""
    yield from ()
    return Receipt(*noted)


def plan(batch: SlotBatch, asked: Asked, position: int) -> Asking[tuple[list[Written], Receipt]]:
    """The events that forget what is asked for, applied to a batch behind a position; and what comes of it.

    Raises
    ------
    BadInput
        Something of it is not there; nothing was forgotten.
    """
    marks = yield from _chosen(batch.cache, asked)
    numbers = [mark.position for mark in marks]
    yield from batch.load(numbers)
    there = [batch.slots[number] for number in numbers if number in batch.slots]
    into = {slot.into for slot in there if slot.into is not None}
    raw = sum(slot.state == RAW for slot in there)
    yield from batch.unlearn(position + len(numbers), numbers)
    events = [Written("unlearn", "erase" if asked.erase else None, target=number) for number in numbers]
    return events, Receipt(numbers, raw, len(into), len(numbers) if asked.erase else 0)


def _chosen(cache: TransformWorkingSet, asked: Asked) -> Asking[list[SampleMark]]:
    """The pairs that are meant, by number."""
    if asked.source is not None and asked.source not in (names := (yield SourceNames()).values()):
        like = did_you_mean(asked.source, names)
        raise BadInput(f"nothing in {cache.name!r} is of a source {shown(asked.source)}{like}{_SO}")
    if asked.ids is not None:
        marks = yield from slots.resolved(cache.name, asked.ids, asked.source, _SO)
        for mark in marks:
            if mark.ended is not None and not (asked.erase and mark.texts):
                more = " (erase=True removes it from the journal, too)" if mark.texts else ""
                raise BadInput(f"{(yield from slots.gone(cache.name, mark))} already{more}{_SO}")
        return sorted(marks)
    marks = []
    if asked.stream is None:
        marks = yield Named(None, asked.source)
    else:
        found = yield from slots.listing(cache, None, asked.stream, None, 0)
        marks = yield Marks([slot.number for slot in found])
        marks = [mark for mark in marks if asked.source in (None, mark.source)]
    marks = [mark for mark in marks if mark.ended is None or (asked.erase and mark.ended and mark.texts)]
    if not marks:
        raise BadInput(f"no pair in {cache.name!r} is so{_SO}")
    return marks
