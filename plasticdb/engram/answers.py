"""What a verb answered, kept with its operation: so that trying again answers the same, whatever happened since."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..journal.history import payloads
from ..journal.journal import Journal
from ..journal.rows import MemoryRow
from .events import remembered

__all__ = ["Row", "answered", "kept"]

Row = tuple[int, Any, str, float, str, int | None]
"""An engram that came up: number, payload, level, ticks left to live, why, via."""


def kept(found: Sequence[Row]) -> list[list[Any]]:
    """What came up as an operation keeps it: without the payloads, since the journal has these."""
    return [[number, *rest] for number, _, *rest in found]


def answered(journal: Journal, memory: MemoryRow, found: Sequence[Sequence[Any]]) -> list[Row]:
    """What came up, with its payloads."""
    texts = payloads(journal, memory, [row[0] for row in found])
    return [
        (number, json.loads(remembered(texts[number] or "")[1]), level, lifespan, why, via)
        for number, level, lifespan, why, via in found
    ]
