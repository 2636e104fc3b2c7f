"""Asking for notes by their ids, and one after the other. It changes nothing."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..checks import shown
from ..errors import BadInput
from ..journal.events import SampleMark
from ..kit.tables import Table
from ..memory.moments import dated
from ..memory.naming import meant, once
from ..memory.requests import Asking, Between, Events, Marks, Nodes
from . import rules
from .columns import Columns
from .copies import Copy, all_of, answering
from .life import life
from .options import Options
from .rules import LEVELS
from .schema import ENGRAM
from .where import Where
from .working_set import COLUMNS, LAST, Engram, EngramWorkingSet

__all__ = ["Noted", "Wanted", "gone", "listing", "noted", "resolved", "shown_as", "times"]

_ROWS = 2_000
"""Notes that are looked at in one go."""
_COLUMNS = ("id", *(name for name in COLUMNS if name not in ("vector", "place")))
_SOUGHT = ("id", "level", "stream", "payload")
_NONE = np.empty(0, np.float32)


@dataclass(frozen=True, slots=True)
class Noted:
    """A note as the memory has it.

    Parameters
    ----------
    id, external_id
        The memory's number for it, and the caller's own id, if one was given.
    text, payload
        What was remembered, as it was last updated; no text where a vector was given.
    level, lifespan
        Where it is, in words, and how many ticks it has left; infinite where it lives until it is forgotten.
    born, time
        In which tick it was remembered, and when, in seconds since 1970.
    stream
        In what it follows others: a conversation, a session.
    fires, rewarded, pinned
        How often it fired, the ticks that rewards gave it, and whether it never dies.
    copies
        What was merged into it, and what each of these was: `id`, `external_id`, `text`, `payload`, `stream`.
    """

    id: int
    external_id: str | None
    text: str | None
    payload: Any
    level: str
    lifespan: float
    born: int
    time: float
    stream: str | None
    fires: int
    rewarded: float
    pinned: bool
    copies: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which notes are asked for.

    Parameters
    ----------
    after, until
        The number before the first, and the last (None: there is no last).
    """

    where: Where | None = None
    stream: str | None = None
    levels: frozenset[int] | None = None
    after: int = 0
    until: int | None = None

    @property
    def filters(self) -> bool:
        """Whether it may leave some out."""
        return not (self.where is None and self.stream is None and self.levels is None)

    def among(self, rows: Table, also: Collection[int] = ()) -> list[int]:
        """The ids of the rows that are so, or (`also`) of a level that is wanted and answer for one that is."""
        found: list[int] = rows["id"].tolist()
        if not self.filters:
            return found
        columns = (rows[name].tolist() for name in _SOUGHT[1:])
        return [
            id
            for id, level, *row in zip(found, *columns, strict=True)
            if (self.levels is None or level in self.levels) and (id in also or self.takes(*row))
        ]

    def takes(self, stream: str | None, payload: str) -> bool:
        """Whether something of this stream and with this payload is wanted."""
        return (self.stream is None or stream == self.stream) and (
            self.where is None or self.where.matches(json.loads(payload))
        )


def resolved(
    memory: str, ids: Sequence[int | str], source: str | None = None, so: str = ""
) -> Asking[list[SampleMark]]:
    """What the journal knows of the engrams with these ids, alive or not; an external id that was given again is the last.

    source: whose external ids they are; None: any. so: what an error says of what was not done.

    Raises
    ------
    BadInput
        There never was one of them, two sources have it, or two of the ids are one engram.
    """
    found: list[SampleMark | None] = yield from meant(memory, ids, source)
    if unknown := [shown(one) for one, mark in zip(ids, found, strict=True) if mark is None]:
        named = ", ".join(unknown[:5]) + (", ..." if len(unknown) > 5 else "")
        erased = ", or it was erased" if any(isinstance(one, str) for one in ids) else ""
        raise BadInput(f"there never was an engram {named} in {memory!r}{erased}{so}")
    marks = [mark for mark in found if mark is not None]
    once([mark.position for mark in marks], so=so)
    return marks


def noted(cache: EngramWorkingSet, numbers: Sequence[int], merging: bool = False) -> Asking[dict[int, Engram]]:
    """Those of some engrams that are alive; of copies, where there may be any (`merging`), what answers for them."""
    yield from cache.load(numbers)
    into = {number: number for number in numbers}
    if merging and (missing := [number for number in numbers if number not in cache.engrams]):
        into |= yield from answering(cache, missing)
        yield from cache.load([into[number] for number in missing])
    return {number: cache.engrams[one] for number, one in into.items() if one in cache.engrams}


def shown_as(engram: Engram, tick: int, time: float, copies: Sequence[Copy] = ()) -> Noted:
    """An engram as callers get it."""
    also = tuple(
        {
            "id": copy.number, "external_id": copy.external_id, "text": copy.text, "payload": json.loads(copy.payload),
            "stream": copy.stream,
        }
        for copy in copies
    )  # fmt: skip
    left = float(rules.lifespan(np.array(engram.expires_at), tick))
    return Noted(
        engram.number, engram.external_id, engram.text, json.loads(engram.payload), LEVELS[engram.level], left,
        engram.born, time, engram.stream, engram.fires, engram.rewarded, bool(engram.pinned), also,
    )  # fmt: skip


def times(numbers: Sequence[int]) -> Asking[dict[int, float]]:
    """When engrams were remembered."""
    return {mark.position: mark.time for mark in (yield Marks(numbers))}


def gone(memory: str, options: Options, mark: SampleMark) -> Asking[str]:
    """What became of an engram that is not alive, in words."""
    if mark.ended:
        (end,) = yield Events(("unlearn",), mark.ended, mark.ended, 1)
        return f"the engram {mark.position} of {memory!r} was forgotten at {dated(end.time)}"
    lived = yield from life(memory, options, mark.position)
    last = lived[-1]
    if last["event"] == "merged":
        return f"the engram {mark.position} of {memory!r} was merged into {last['into']}, and is not there any more"
    if last["event"] == "died":
        return f"the engram {mark.position} of {memory!r} died in tick {last['tick']:,}, at {dated(last['time'])}"
    return f"the engram {mark.position} of {memory!r} died as the least useful of more than {options.capacity_long:,}"


def listing(cache: EngramWorkingSet, wanted: Wanted, limit: int | None, merging: bool = False) -> Asking[list[Engram]]:
    """The engrams that are wanted, by number, as many as `limit`; where there may be copies (`merging`) also those that
    answer for one that is.

    Raises
    ------
    BadInput
        The filter has a field that no payload has.
    """
    found: list[int] = []
    also = (yield from _answering(cache, wanted)) if merging and wanted.filters else frozenset()
    low = cache.first + wanted.after + 1
    high = cache.first + (LAST if wanted.until is None else min(wanted.until, LAST))
    most = _ROWS if limit is None or wanted.filters else min(_ROWS, limit)
    while low <= high and (limit is None or len(found) < limit):
        rows = yield Between(ENGRAM, "id", low, high, _SOUGHT if wanted.filters else ["id"], most)
        found += wanted.among(rows, also)
        if len(rows["id"]) < most:
            break
        low = int(rows["id"][-1]) + 1
    if wanted.where is not None and not found:
        yield from _check_fields(cache, wanted.where)
    rows = yield Nodes(ENGRAM, "id", np.array(found[:limit], np.int64), _COLUMNS)
    return sorted(map(_engram, *(rows[name].tolist() for name in _COLUMNS[1:])), key=lambda engram: engram.number)


def _answering(cache: EngramWorkingSet, wanted: Wanted) -> Asking[frozenset[int]]:
    """The ids of the engrams that answer for a copy that is wanted."""
    copies = yield from all_of(cache)
    return frozenset(copy.into + cache.first for copy in copies if wanted.takes(copy.stream, copy.payload))


def _engram(*row: Any) -> Engram:
    values = dict(zip(_COLUMNS[1:], row, strict=True))
    return Engram(vector=_NONE, **values)


def _check_fields(cache: EngramWorkingSet, where: Where) -> Asking[None]:
    """Raise BadInput where no note has one of the fields that a filter asks for."""
    columns = Columns(cache.name).of(where.fields)
    low = cache.first
    while True:
        rows = yield Between(ENGRAM, "id", low, cache.first + LAST, ["id", "payload"], _ROWS)
        columns.take(rows["payload"].tolist())
        if len(rows["id"]) < _ROWS:
            break
        low = int(rows["id"][-1]) + 1
    columns.mask(where)
