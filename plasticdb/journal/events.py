"""Events as plain values: whole ones, and as they are read back to learn from. They know nothing of a database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["VOID", "Event", "EventRow", "SampleMark", "SampleRow", "SessionRow", "Written"]

VOID = 0
"""What `ended` says of an event that is left out, or is about a sample that is: it was over before it began."""


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


class EventRow(NamedTuple):
    """An event to learn from; `source` is a number. Where its mass alone was asked for, it has no session, payload, symbols."""

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
    external_id: str | None = None


class SampleRow(NamedTuple):
    """A sample, and the name of the source that it was filed under."""

    position: int
    payload: str
    source: str | None


class SampleMark(NamedTuple):
    """A sample without its payload: where it is, when it came, what took it back (see `Event.ended`), its source's name and
    its id there; `texts`: how many payloads the journal has of it and of what is about it."""

    position: int
    time: float
    ended: int | None
    source: str | None
    external_id: str | None
    texts: int


class SessionRow(NamedTuple):
    """A session that wrote to the journal: its number, the version that wrote, and when it began."""

    id: int
    version: str
    started: float


@dataclass(frozen=True, slots=True)
class Written:
    """An event to be appended as it is; `source` is a name. An unlearning ends the sample at its `target`."""

    kind: str
    payload: str | None = None
    symbols: int = 1
    external_id: str | None = None
    source: str | None = None
    target: int | None = None
