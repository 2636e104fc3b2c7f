"""Ctrl-C and SIGTERM: what is said of them, and how a command that goes on for ever is ended by them."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType

__all__ = ["INTERRUPTED", "until_interrupted"]

INTERRUPTED = (
    "interrupted: what was committed stays; `ingest` goes on if it is run again, and `sync` applies what the graph "
    "lacks"
)


def until_interrupted() -> Callable[[], bool]:
    """What says whether Ctrl-C or SIGTERM came. The first ends it cleanly, a second one at once."""
    came: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        if came:
            raise KeyboardInterrupt
        came.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)
    return lambda: bool(came)
