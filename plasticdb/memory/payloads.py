"""Payloads: what callers give beside what is learned, kept as JSON."""

from __future__ import annotations

import json
from typing import Any

from ..checks import plain
from ..errors import BadInput

__all__ = ["LONGEST_PAYLOAD", "compact", "noted"]

LONGEST_PAYLOAD = 1_000_000
"""Bytes of a payload as JSON, at most."""


def noted(payload: Any) -> str:
    """A payload as JSON; raises BadInput where it is no JSON, or too long."""
    try:
        kept = compact(plain(payload))
        size = len(kept.encode())
    except (TypeError, ValueError, RecursionError):
        raise BadInput(
            f"a payload must be JSON (text, finite numbers, lists, objects), which this {type(payload).__name__} is not"
        ) from None
    if size > LONGEST_PAYLOAD:
        raise BadInput(
            f"a payload has {size:,} bytes as JSON, and {LONGEST_PAYLOAD:,} is the most; keep the rest elsewhere"
        )
    return kept


def compact(value: Any) -> str:
    """A value as JSON without spaces; raises ValueError or TypeError where it is none.

    >>> compact({"day": [1, 2]})
    '{"day":[1,2]}'
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
