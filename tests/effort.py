"""How often the tests try what they try at random."""

from __future__ import annotations

import os

__all__ = ["times"]

_EFFORT = float(os.environ.get("PLASTICDB_EFFORT", "1"))


def times(count: int) -> int:
    """So many tries, times PLASTICDB_EFFORT: `make soak` sets it, and so tries harder than each change can wait for."""
    return max(1, round(count * _EFFORT))
