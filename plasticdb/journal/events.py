"""An event of the journal as a value."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Event"]


@dataclass(frozen=True, slots=True)
class Event:
    """An event as the journal has it; `source` is a name. `content` is the hash by which the journal finds a sample."""

    position: int
    session: int
    kind: str
    time: float
    symbols: int
    source: str | None = None
    external_id: str | None = None
    payload: str | None = None
    mass: float | None = None
    target: int | None = None
    ended: int | None = None
    content: int | None = None
