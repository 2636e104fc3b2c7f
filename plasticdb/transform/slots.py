"""Asking for slots by their ids, and one after the other. It changes nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import shown
from ..errors import BadInput
from ..journal.events import SampleMark
from ..memory.moments import dated
from ..memory.naming import meant, once
from ..memory.requests import Asking, Between, Events, Nodes
from .schema import SLOT
from .working_set import COLUMNS, LAST, Slot, TransformWorkingSet, slots_of

__all__ = ["STATES", "Slotted", "fetched", "gone", "listing", "resolved", "shown_as"]

STATES = {1: "raw", 2: "transform", 3: "archived"}
_ROWS = 2_000
"""Slots that are looked at in one go."""


@dataclass(frozen=True, slots=True)
class Slotted:
    """A slot as the memory has it.

    Parameters
    ----------
    id, external_id
        The memory's number for it, and the caller's own id, if one was given.
    state
        `raw`: a pair that answers for itself; `transform`; `archived`: a pair that does not.
    key, value
        Of a transform the centre of its keys, and the value there.
    n
        The pairs that it was made from; of a pair 1, or 0 where it only says again what its transform says.
    into
        Of an archived pair the number of the transform that absorbed it.
    payload, stream
        What was given with it, and in what it was written one after the other.
    written
        When it was made, in seconds since 1970.
    usage, used_at
        How much it was used, as of when.
    """

    id: int
    external_id: str | None
    state: str
    key: NDArray[np.float64]
    value: NDArray[np.float64]
    n: int
    into: int | None
    payload: Any
    stream: str | None
    written: float
    usage: float
    used_at: float


def resolved(
    memory: str, ids: Sequence[int | str], source: str | None = None, so: str = ""
) -> Asking[list[SampleMark]]:
    """What the journal knows of the pairs with these ids, there or not; an external id that was given again is the last.

    source: whose external ids they are; None: any. so: what an error says of what was not done.

    Raises
    ------
    BadInput
        There never was one of them, two sources have it, or two of the ids are one pair.
    """
    found: list[SampleMark] = []
    for one, mark in zip(ids, (yield from meant(memory, ids, source)), strict=True):
        if mark is None:
            raise BadInput(f"there never was a pair {shown(one)} in {memory!r}{so}")
        found.append(mark)
    once([mark.position for mark in found], "the pair", so)
    return found


def fetched(cache: TransformWorkingSet, numbers: Sequence[int]) -> Asking[dict[int, Slot]]:
    """Slots by their numbers, as far as they are there."""
    rows = yield Nodes(SLOT, "id", cache.ids(numbers), COLUMNS)
    return {slot.number: slot for slot in slots_of(rows)}


def gone(memory: str, mark: SampleMark) -> Asking[str]:
    """When a pair was forgotten, in words."""
    (end,) = yield Events(("unlearn",), mark.ended or 0, mark.ended or 0, 1)
    return f"the pair {mark.position} of {memory!r} was forgotten at {dated(end.time)}"


def listing(
    cache: TransformWorkingSet, state: str | None, stream: str | None, limit: int | None, after: int
) -> Asking[list[Slot]]:
    """The slots of a state and of a stream (None: any), by number."""
    found: list[Slot] = []
    low, high = cache.first + after + 1, cache.first + LAST
    while limit is None or len(found) < limit:
        rows = yield Between(SLOT, "id", low, high, ["id", *COLUMNS], _ROWS)
        found += [
            slot for slot in slots_of(rows) if state in (None, STATES[slot.state]) and stream in (None, slot.stream)
        ]
        if len(rows["id"]) < _ROWS:
            break
        low = int(rows["id"][-1]) + 1
    return found[:limit]


def shown_as(slot: Slot) -> Slotted:
    """A slot as callers get it."""
    key, value = (np.frombuffer(some, "<f8").astype(np.float64) for some in (slot.key, slot.value))
    payload = None if slot.payload is None else json.loads(slot.payload)
    return Slotted(
        slot.number, slot.external_id, STATES[slot.state], key, value, slot.n, slot.into, payload, slot.stream,
        slot.written, slot.usage, slot.used_at,
    )  # fmt: skip
