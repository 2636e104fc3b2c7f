"""What a verb answered, kept with its operation: so that trying again answers the same, whatever happened since."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..memory.requests import Asking, Payloads
from .events import Note

__all__ = ["Row", "answered", "kept"]

Row = tuple[int, Any, str | None, str, float, str, int | None]
"""An engram that came up: number, payload, text, level, ticks left to live, why, via."""


def kept(found: Sequence[Row]) -> list[list[Any]]:
    """What came up as an operation keeps it: without payloads and texts, since the journal has these."""
    return [[number, *rest] for number, _, _, *rest in found]


def answered(found: Sequence[Sequence[Any]]) -> Asking[list[Row]]:
    """What came up, with its payloads and texts."""
    written = yield Payloads([row[0] for row in found])
    notes = {row[0]: Note.read(written[row[0]]) for row in found}
    return [
        (number, json.loads(notes[number].payload), notes[number].text, level, lifespan, why, via)
        for number, level, lifespan, why, via in found
    ]
