"""What a verb answered, kept with its operation: so that trying again answers the same, whatever happened since."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..memory.requests import Asking, Events, Payloads
from .events import Note, Update

__all__ = ["Remembered", "Reminded", "Row", "answered", "kept", "remembered"]

_EVENTS = 1000
"""Updates that are read in one go."""
Row = tuple[int, Any, str | None, str, float, str, int | None]
"""An engram that came up: number, payload, text, level, ticks left to live, why, via."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What came of offering vectors: the id of each, and how many were there already (by their external ids)."""

    ids: list[int]
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Reminded:
    """An engram that came up: its id, payload, text (if it had one), level in words, ticks left to live, and why it came.

    Parameters
    ----------
    why
        `near` to working memory, or `walked`: reached from the engram `via`, with which it fired before.
    """

    id: int
    payload: Any
    text: str | None
    level: str
    lifespan: float
    why: str
    via: int | None = None


def kept(found: Sequence[Row]) -> list[list[Any]]:
    """What came up as an operation keeps it: without payloads and texts, since the journal has these."""
    return [[number, *rest] for number, _, _, *rest in found]


def answered(found: Sequence[Sequence[Any]], position: int) -> Asking[list[Row]]:
    """What came up, with the payloads and texts that it had at a position; what was erased since has none."""
    numbers = [row[0] for row in found]
    written = yield Payloads(numbers)
    notes = {number: Note.read(written[number]) for number in numbers}
    payloads, texts = ({n: getattr(note, name) for n, note in notes.items()} for name in ("payload", "text"))
    last = min(numbers, default=position)
    while rows := (yield Events(("update",), last + 1, position, _EVENTS)):
        for row in rows:
            if row.target in notes and written[row.target] is not None:
                update = Update.read(row.payload)
                payloads[row.target] = update.payload or payloads[row.target]
                texts[row.target] = update.text if update.text is not None else texts[row.target]
        last = rows[-1].position
    return [
        (number, json.loads(payloads[number]), texts[number], level, lifespan, why, via)
        for number, level, lifespan, why, via in found
    ]


def remembered(found: Sequence[Any], position: int) -> Asking[Remembered]:
    """What came of remembering, as an operation kept it."""
    yield from ()
    return Remembered(*found)
