"""What the journal keeps of an engram memory: events, and how they are written.

`learn` one engram, and its position is the engram's number; `update` what becomes of it; `unlearn` that it is forgotten;
`embed` a vector that another embedder made of its text, and `reembed` that some of these count from now on; `merge` which
notes are merged into which others; `remind` which engrams fired, and why each came; `reward` ticks by number; `live` ticks
left to live by number; `pin` which never die, or do again; `tick` nothing; `consolidate` which firings. What depends on
floats, on chance, on an embedder or on how a text is cut into terms is written as it came out, and the rest follows from
it: so a journal makes the same graph everywhere.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..checks import label
from ..journal.events import Event
from ..kit.tables import Ints
from ..kit.texts import is_text
from ..memory.payloads import LONGEST_PAYLOAD, compact
from .options import LARGEST_DIMENSION, Options
from .rules import Vectors

__all__ = [
    "LONGEST_TEXT",
    "Note",
    "Prepared",
    "Reminding",
    "Update",
    "check",
    "consolidated",
    "consolidating",
    "members",
    "merged",
    "merging",
    "numbers",
    "pinned",
    "pinning",
    "reembedded",
    "reembedding",
    "rewarded",
    "rewarding",
]

LONGEST_TEXT = 1_000_000
"""Characters of a text, at most."""


@dataclass(frozen=True, slots=True)
class Note:
    """What an engram is made of.

    Parameters
    ----------
    vector
        [dimension]; None where the journal has it no more.
    payload
        Any JSON, as text.
    text
        What the vector was made of; None where a vector was given.
    terms
        How often the text has each term.
    stream
        In which it follows what was remembered last; None: in the session's, if the memory keeps one.
    """

    vector: Vectors | None
    payload: str = "null"
    text: str | None = None
    terms: Mapping[str, int] = field(default_factory=dict)
    stream: str | None = None

    @classmethod
    def read(cls, payload: str | None) -> Note:
        """The note of an event; of one whose text was erased an empty one."""
        if payload is None:
            return cls(None)
        found = json.loads(payload)
        return cls(_decoded(found["v"]), compact(found["p"]), found.get("t"), found.get("w", {}), found.get("s"))

    def written(self) -> str:
        assert self.vector is not None
        more: dict[str, Any] = {} if self.text is None else {"t": self.text, "w": dict(self.terms)}
        more |= {} if self.stream is None else {"s": self.stream}
        rest = f",{compact(more)[1:-1]}" if more else ""
        return f'{{"v":"{_encoded(self.vector)}","p":{self.payload}{rest}}}'


@dataclass(frozen=True, slots=True)
class Update:
    """What becomes of an engram: another payload, or another text with its vector and terms; None: it stays."""

    payload: str | None = None
    vector: Vectors | None = None
    text: str | None = None
    terms: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, payload: str | None) -> Update:
        """The update of an event; of one whose text was erased nothing."""
        found = json.loads(payload or "{}")
        vector = _decoded(found["v"]) if "v" in found else None
        return cls(compact(found["p"]) if "p" in found else None, vector, found.get("t"), found.get("w", {}))

    def written(self) -> str:
        parts: dict[str, Any] = {} if self.payload is None else {"p": json.loads(self.payload)}
        parts |= {} if self.vector is None else {"v": _encoded(self.vector)}
        parts |= {} if self.text is None else {"t": self.text, "w": dict(self.terms)}
        return compact(parts)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A vector that another embedder made of an engram's text, as it was at the position `of`. It does not count yet."""

    vector: Vectors
    embedder: str
    version: str
    of: int

    def written(self) -> str:
        return compact({"v": _encoded(self.vector), "by": [self.embedder, self.version], "of": self.of})

    @classmethod
    def read(cls, payload: str) -> Prepared:
        found = json.loads(payload)
        embedder, version = found["by"]
        return cls(_decoded(found["v"]), embedder, version, found["of"])


@dataclass(frozen=True, slots=True)
class Reminding:
    """Which engrams fired together: those of working memory, the short-term ones near to it, and the long-term ones that
    a walk found, with the engram from which each was reached; and those that were said to (`fire`). context: in which they
    did, where one was named."""

    working: list[int] = field(default_factory=list)
    near: list[int] = field(default_factory=list)
    walked: dict[int, int] = field(default_factory=dict)
    context: str | None = None
    told: list[int] = field(default_factory=list)

    def fired(self) -> dict[int, str]:
        """Every engram that fired, and why."""
        why = dict.fromkeys(self.working, "working") | dict.fromkeys(self.near, "near")
        return why | dict.fromkeys(self.walked, "walked") | dict.fromkeys(self.told, "told")

    def written(self) -> str:
        more: dict[str, Any] = {} if self.context is None else {"context": self.context}
        more |= {"told": self.told} if self.told else {}
        return compact({"working": self.working, "near": self.near, "walked": list(self.walked.items())} | more)

    @classmethod
    def read(cls, payload: str) -> Reminding:
        found = json.loads(payload)
        return cls(found["working"], found["near"], dict(found["walked"]), found.get("context"), found.get("told", []))


def rewarded(payload: str) -> dict[int, float]:
    """Ticks by number."""
    return {int(number): float(delta) for number, delta in json.loads(payload).items()}


def rewarding(deltas: Mapping[int, float]) -> str:
    """Ticks by number as the journal has them."""
    return compact(deltas)


def consolidating(firings: list[int]) -> str:
    """Firings as the journal names them, to be consolidated."""
    return compact({"firings": firings})


def consolidated(payload: str) -> list[int]:
    """The firings that are consolidated."""
    return [int(number) for number in json.loads(payload)["firings"]]


def reembedding(prepared: Mapping[int, int]) -> str:
    """Which prepared vectors count from now on: their positions by engram."""
    return compact({"from": list(prepared.items())})


def reembedded(payload: str) -> dict[int, int]:
    """Positions of prepared vectors by engram."""
    return {int(number): int(position) for number, position in json.loads(payload)["from"]}


def merging(pairs: Sequence[tuple[int, int]]) -> str:
    """Notes as the journal has them, each with the one that it is merged into."""
    return compact({"merge": pairs})


def merged(payload: str) -> list[tuple[int, int]]:
    """Which notes are merged, and into which."""
    return [(int(number), int(into)) for number, into in json.loads(payload)["merge"]]


def pinning(engrams: Sequence[int], pin: bool) -> str:
    """Engrams that never die from now on, or do again."""
    return compact({"pin" if pin else "unpin": list(engrams)})


def pinned(payload: str) -> tuple[list[int], bool]:
    """Which engrams are pinned, or (False) no more."""
    found = json.loads(payload)
    return [int(number) for number in found.get("pin", found.get("unpin"))], "pin" in found


def numbers(kind: str, payload: str | None, target: int | None = None) -> list[int]:
    """The engrams that an event changes."""
    match kind:
        case "remind":
            return list(Reminding.read(payload or "").fired())
        case "reward" | "live":
            return list(rewarded(payload or ""))
        case "pin":
            return pinned(payload or "")[0]
        case "reembed":
            return list(reembedded(payload or ""))
        case "merge":
            return [number for pair in merged(payload or "") for number in pair]
        case "embed":
            return []
    return [] if target is None else [target]


def check(event: Event, options: Options) -> bool:
    """Whether a journal can have this event; of a payload that is no JSON at all a ValueError or the like."""
    kind, payload, position = event.kind, event.payload, event.position
    if kind == "tick":
        return payload is None and event.source is None
    if kind == "learn":
        return payload is None or _sound(Note.read(payload), options, options.then(position))
    if kind == "update":
        return payload is None or _sound_update(Update.read(payload), options, options.then(position))
    if kind == "embed":
        return payload is None or (event.source is None and _can_be_taken(Prepared.read(payload), position))
    if event.source is not None:
        return False
    if kind == "unlearn":
        return payload in (None, "erase", "erased")
    if payload is None:
        return False
    if kind == "consolidate":
        return all(0 < number < position for number in consolidated(payload))
    if kind == "remind" and not _can_be_found(Reminding.read(payload).context):
        return False
    if kind == "reembed" and not all(0 < at < position for at in reembedded(payload).values()):
        return False
    if kind in ("reward", "live") and not all(math.isfinite(delta) for delta in rewarded(payload).values()):
        return False
    if kind == "live" and not all(ticks > 0 for ticks in rewarded(payload).values()):
        return False
    return all(isinstance(number, int) and 0 < number < position for number in numbers(kind, payload))


def _sound(note: Note, options: Options, dimension: int) -> bool:
    return note.vector is not None and _fits(note.vector, note.payload, note.text, note.terms, options, dimension)


def _sound_update(update: Update, options: Options, dimension: int) -> bool:
    if update.vector is None:
        return update.text is None and update.payload is not None and len(update.payload) <= LONGEST_PAYLOAD
    return _fits(update.vector, update.payload or "", update.text, update.terms, options, dimension)


def _fits(
    vector: Vectors, payload: str, text: str | None, terms: Mapping[str, int], options: Options, dimension: int
) -> bool:
    worded = text is None and not terms
    if text is not None:
        worded = options.embedder is not None and len(text) <= LONGEST_TEXT and is_text(text) and "\0" not in text
    counted = all(term and type(count) is int and count > 0 for term, count in terms.items())
    sound = vector.shape == (dimension,) and bool(np.isfinite(vector).all())
    return sound and worded and counted and len(payload) <= LONGEST_PAYLOAD


def _can_be_taken(prepared: Prepared, position: int) -> bool:
    named = isinstance(prepared.embedder, str) and isinstance(prepared.version, str)
    fits = 0 < len(prepared.vector) <= LARGEST_DIMENSION and bool(np.isfinite(prepared.vector).all())
    return named and fits and type(prepared.of) is int and 0 <= prepared.of < position


def _can_be_found(context: str | None) -> bool:
    return context is None or label("a context's name", context) == context


def members(firings: Mapping[int, Mapping[int, str]]) -> tuple[Ints, Ints]:
    """Firings as rows: who fired in which, [m] each."""
    sizes = [len(fired) for fired in firings.values()]
    flat = [number for fired in firings.values() for number in fired]
    return np.repeat(np.array(list(firings), np.int64), sizes), np.array(flat, np.int64)


def _encoded(vector: Vectors) -> str:
    return base64.b64encode(np.asarray(vector, "<f4").tobytes()).decode()


def _decoded(vector: str) -> Vectors:
    return np.frombuffer(base64.b64decode(vector), "<f4")
