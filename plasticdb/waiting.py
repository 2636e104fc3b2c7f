"""Waiting for servers that are starting: of the graph or of the journal, whichever kind they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from .errors import Unavailable

__all__ = ["LONGEST_WAIT", "waited"]

LONGEST_WAIT = 1_000_000
"""Seconds that anything is waited for at most: eleven days; SQLite counts them in milliseconds."""
PAUSE = 0.25
"""Seconds between two looks."""
T = TypeVar("T")


def waited(until: float, ask: Callable[[], T]) -> T:
    """What `ask` gives once it does not raise Unavailable any more; raises that itself `until` then (`time.monotonic`).

    It is asked at least once. What it says besides (a wrong password, an older schema) does not pass by waiting.
    """
    while True:
        try:
            return ask()
        except Unavailable:
            left = until - time.monotonic()
            if left <= 0:
                raise
        time.sleep(min(PAUSE, left))
