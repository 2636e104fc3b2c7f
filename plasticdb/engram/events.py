"""What the journal keeps of an engram memory: events, and how they are written.

`learn` one engram, and its position is the engram's number; `remind` which engrams fired, and why each came; `reward`
ticks by number; `tick` nothing; `consolidate` which firings. What depends on floats or on chance is written as it
came out, and the rest follows from it: so a journal makes the same graph everywhere.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..checks import plain
from ..errors import BadInput
from ..journal.events import Event
from ..kit.tables import Ints
from .options import Options
from .rules import Vectors

__all__ = [
    "LONGEST_PAYLOAD",
    "Reminding",
    "check",
    "consolidated",
    "consolidating",
    "learned",
    "members",
    "numbers",
    "remembered",
    "rewarded",
    "rewarding",
]

LONGEST_PAYLOAD = 1_000_000
"""Bytes of a payload as JSON, at most."""


@dataclass(frozen=True, slots=True)
class Reminding:
    """Which engrams fired together: those of working memory, the short-term ones near to it, and the long-term ones that
    a walk found, with the engram from which each was reached."""

    working: list[int] = field(default_factory=list)
    near: list[int] = field(default_factory=list)
    walked: dict[int, int] = field(default_factory=dict)

    def fired(self) -> dict[int, str]:
        """Every engram that fired, and why."""
        why = dict.fromkeys(self.working, "working") | dict.fromkeys(self.near, "near")
        return why | dict.fromkeys(self.walked, "walked")

    def written(self) -> str:
        return _json({"working": self.working, "near": self.near, "walked": list(self.walked.items())})

    @classmethod
    def read(cls, payload: str) -> Reminding:
        found = json.loads(payload)
        return cls(found["working"], found["near"], dict(found["walked"]))


def learned(vector: Vectors, payload: Any) -> str:
    """An engram as the journal keeps it; raises BadInput where the payload is no JSON, or too long."""
    try:
        kept = _json(plain(payload))
        size = len(kept.encode())
    except (TypeError, ValueError, RecursionError):
        raise BadInput(
            f"a payload must be JSON (text, finite numbers, lists, objects), which this {type(payload).__name__} is not"
        ) from None
    if size > LONGEST_PAYLOAD:
        raise BadInput(
            f"a payload has {size:,} bytes as JSON, and {LONGEST_PAYLOAD:,} is the most; keep the rest elsewhere"
        )
    vector64 = base64.b64encode(np.asarray(vector, "<f4").tobytes()).decode()
    return f'{{"v":"{vector64}","p":{kept}}}'


def remembered(payload: str) -> tuple[Vectors, str]:
    """The vector of an engram and its payload as JSON."""
    found = json.loads(payload)
    return np.frombuffer(base64.b64decode(found["v"]), "<f4"), _json(found["p"])


def rewarded(payload: str) -> dict[int, float]:
    """Ticks by number."""
    return {int(number): float(delta) for number, delta in json.loads(payload).items()}


def rewarding(deltas: Mapping[int, float]) -> str:
    """Ticks by number as the journal has them."""
    return _json(deltas)


def consolidating(firings: list[int]) -> str:
    """Firings as the journal names them, to be consolidated."""
    return _json({"firings": firings})


def consolidated(payload: str) -> list[int]:
    """The firings that are consolidated."""
    return [int(number) for number in json.loads(payload)["firings"]]


def numbers(kind: str, payload: str | None) -> list[int]:
    """The engrams that an event changes."""
    if kind == "remind":
        return list(Reminding.read(payload or "").fired())
    return list(rewarded(payload or "")) if kind == "reward" else []


def check(event: Event, options: Options) -> bool:
    """Whether a journal can have this event; of a payload that is no JSON at all a ValueError or the like."""
    kind, payload, position = event.kind, event.payload, event.position
    if event.source is not None:
        return False
    if kind == "tick":
        return payload is None
    if payload is None:
        return False
    if kind == "learn":
        vector, kept = remembered(payload)
        return vector.shape == (options.dimension,) and bool(np.isfinite(vector).all()) and len(kept) <= LONGEST_PAYLOAD
    if kind == "consolidate":
        return all(0 < number < position for number in consolidated(payload))
    if kind == "reward" and not all(math.isfinite(delta) for delta in rewarded(payload).values()):
        return False
    return all(isinstance(number, int) and 0 < number < position for number in numbers(kind, payload))


def members(firings: Mapping[int, Mapping[int, str]]) -> tuple[Ints, Ints]:
    """Firings as rows: who fired in which, [m] each."""
    sizes = [len(fired) for fired in firings.values()]
    flat = [number for fired in firings.values() for number in fired]
    return np.repeat(np.array(list(firings), np.int64), sizes), np.array(flat, np.int64)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
