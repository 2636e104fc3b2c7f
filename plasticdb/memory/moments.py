"""Moments as callers name them: times in ISO 8601 or as seconds, and what they are in a memory's journal."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import numpy as np

from ..checks import shown
from ..errors import BadInput
from .requests import Asking, Moment

__all__ = ["checked", "dated", "iso", "seconds", "span"]


def iso(text: str) -> float:
    """Seconds since 1970 of a time in ISO 8601; without a zone it is UTC. Raises ValueError or OverflowError."""
    time = datetime.fromisoformat(text)
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def dated(seconds: float) -> str:
    """A time as an error shows it.

    >>> dated(1764513840.7)
    '2025-11-30T14:44:00+00:00'
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def seconds(what: str, when: Any) -> float:
    """Seconds since 1970 of a time: such seconds, a datetime, or ISO 8601.

    >>> seconds("since", "2025-11-30T14:44"), seconds("since", 12)
    (1764513840.0, 12.0)
    """
    numeric = isinstance(when, int | float | np.integer | np.floating) and not isinstance(when, bool)
    if numeric and math.isfinite(when):
        return float(when)
    try:
        if isinstance(when, str | datetime):
            return iso(str(when).strip())
    except (ValueError, OverflowError):
        pass
    raise BadInput(f"{what} must be a time such as 2026-11-21T10:00, or seconds since 1970, not {shown(when)}")


def checked(since: Any, until: Any) -> tuple[float | None, float | None]:
    """Two times in seconds since 1970, as far as they are given; raises BadInput as `span` does."""
    first = None if since is None else seconds("since", since)
    last = None if until is None else seconds("until", until)
    if first is not None and last is not None and first > last:
        raise BadInput(f"since {shown(since)} is after until {shown(until)}; give the earlier time first")
    return first, last


def span(since: Any, until: Any) -> Asking[tuple[int, int | None]]:
    """The positions from one time to another, both included: all behind the first number, up to the second (None: the last).

    Raises
    ------
    BadInput
        One of them is no time, or the first is after the second.
    """
    first, last = checked(since, until)
    after: int = 0 if first is None else (yield Moment(math.nextafter(first, -math.inf)))
    return after, None if last is None else (yield Moment(last))
