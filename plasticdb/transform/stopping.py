"""The stop slots of a memory: where a chain that goes through it ends."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

from ..memory.requests import Asking, Between
from ..memory.working_set import UNKNOWN
from .factors import Floats
from .schema import SLOT
from .slots import fetched
from .working_set import LAST, TransformWorkingSet

__all__ = ["Stops", "is_stop"]

_COLUMNS = ("id", "number", "payload")
_ROWS = 100_000
"""Slots that are looked at in one go."""


def is_stop(payload: str | None) -> bool:
    """Whether a payload, as JSON, is that of a stop slot.

    >>> is_stop('{"stop": true}'), is_stop('{"stop": 1}'), is_stop(None)
    (True, False, False)
    """
    if payload is None or "stop" not in payload:
        return False
    found = json.loads(payload)
    return isinstance(found, dict) and found.get("stop") is True


@dataclass(slots=True)
class Stops:
    """Which slots of a memory say in their payload that a chain ends. A payload stays as it is, so only new slots are looked at.

    memory: the memory's number in the journal. position: up to which it was looked. keys: those of the stop slots by number;
    what was forgotten since is among them until it is looked again.
    """

    memory: int | None = None
    position: int = UNKNOWN
    keys: dict[int, Floats] = field(default_factory=dict)

    def of(self, memory: int) -> None:
        """Be of this memory."""
        if memory != self.memory:
            self.forget()
            self.memory = memory

    def forget(self) -> None:
        """Know nothing."""
        self.position, self.keys = UNKNOWN, {}

    def catch_up(self, cache: TransformWorkingSet) -> Asking[tuple[Collection[int], Floats]]:
        """The numbers of the stop slots that are there, and their keys [m, n], if there are any."""
        if not 0 <= self.position <= cache.position:
            self.forget()
        if self.position < cache.position:
            numbers = [*self.keys, *(yield from _since(cache, max(self.position, 0) + 1))]
            there = (yield from fetched(cache, numbers)) if numbers else {}
            self.keys = {
                number: np.frombuffer(there[number].key, "<f8") for number in sorted(there) if there[number].key
            }
            self.position = cache.position
        return self.keys.keys(), np.array([*self.keys.values()])


def _since(cache: TransformWorkingSet, number: int) -> Asking[list[int]]:
    """The numbers of the stop slots from a number on."""
    low, found = cache.first + number, []
    while True:
        rows = yield Between(SLOT, "id", low, cache.first + LAST, _COLUMNS, _ROWS)
        new = zip(rows["number"].tolist(), rows["payload"].tolist(), strict=True)
        found += [slot for slot, payload in new if slot <= cache.position and is_stop(payload)]
        if len(rows["id"]) < _ROWS:
            return found
        low = int(rows["id"][-1]) + 1
