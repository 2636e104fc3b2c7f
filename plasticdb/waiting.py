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
    """Call `ask` until it no longer raises Unavailable, and return what it gives.

    It is called at least once. Other errors (a wrong password, an older schema) do not pass by waiting.

    Parameters
    ----------
    until
        When to give up, as `time.monotonic` counts.
    ask
        Asks the server.

    Raises
    ------
    Unavailable
        The server did not answer by then.
    """
    while True:
        try:
            return ask()
        except Unavailable:
            left = until - time.monotonic()
            if left <= 0:
                raise
        time.sleep(min(PAUSE, left))
