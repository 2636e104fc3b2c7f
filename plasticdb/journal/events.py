"""Events as they are read back: plain values, that know nothing of the database that they came from."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["VOID", "EventRow", "SampleRow", "SessionRow"]

VOID = 0
"""What `ended` says of an event that is left out, or is about a sample that is: it was over before it began."""


class EventRow(NamedTuple):
    """An event. Where only its mass was asked for, it has no session, payload and symbols."""

    position: int
    kind: str
    time: float
    mass: float | None
    target: int | None
    ended: int | None
    source: int | None
    session: int = 0
    payload: str | None = None
    symbols: int = 0


class SampleRow(NamedTuple):
    """A sample, and the name of the source that it was filed under."""

    position: int
    payload: str
    source: str | None


class SessionRow(NamedTuple):
    """A session that wrote to the journal: its number, the version that wrote, and when it began."""

    id: int
    version: str
    started: float
