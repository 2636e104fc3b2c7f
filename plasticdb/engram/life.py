"""The life of one engram, as the journal tells it. It changes nothing, and works for one whose text was erased."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import BadInput
from ..journal.events import EventRow
from ..memory.requests import Asking, EventCount, Events
from . import rules
from .events import Note, Reminding, Update, merged, pinned, rewarded
from .options import Options
from .working_set import LAST

__all__ = ["life"]

_EVENTS = 1000
"""Events that are read in one go."""
_ABOUT = ("remind", "reward", "tick", "update", "live", "pin", "merge", "unlearn")


def life(name: str, options: Options, number: int) -> Asking[list[dict[str, Any]]]:
    """What the journal says of an engram: `event`, `tick`, `time`, and what it was about.

    What the least useful die of when there are too many depends on all the others, and is not said here.

    Raises
    ------
    BadInput
        There never was one of this number.
    """
    born: list[EventRow] = (yield Events(("learn",), number, number, 1)) if 0 < number < LAST else []
    if not born:
        raise BadInput(f"there never was an engram {number} in {name!r}")
    tick: int = yield EventCount(("tick",), 0, number)
    told = _Life(number, options, tick)
    note = Note.read(born[0].payload)
    told.say("born", born[0].time, payload=json.loads(note.payload), **_text(note.text))
    forgotten = born[0].ended is not None
    last = number
    while rows := (yield Events(_ABOUT, last + 1, LAST, _EVENTS)):
        for row in rows:
            told.hear(row)
            if told.dead and not forgotten:
                return told.events
        if len(rows) < _EVENTS:
            break
        last = rows[-1].position
    return told.events


@dataclass(slots=True)
class _Life:
    """What was heard of an engram so far, and when it dies."""

    number: int
    options: Options
    tick: int
    events: list[dict[str, Any]] = field(default_factory=list)
    expires_at: float = field(init=False)
    pinned: bool = False
    dead: bool = False
    forgotten: bool = False
    merged: bool = False
    lent: dict[int, float] = field(default_factory=dict)
    """Ticks that the last event about that gave others."""

    def __post_init__(self) -> None:
        self.expires_at = self._from_now(self.options.life)

    def say(self, event: str, time: float, **what: Any) -> None:
        self.events.append({"event": event, "tick": self.tick, "time": time, **what})

    def hear(self, row: EventRow) -> None:
        if row.kind == "tick":
            self.tick += 1
            if not self.dead and not self.merged and self.expires_at <= self.tick:
                self.dead = True
                self.say("died", row.time)
        elif row.kind == "unlearn" and row.target == self.number:
            self.say("erased" if self.forgotten else "forgotten", row.time)
            self.dead = self.forgotten = True
        elif not self.dead:
            self._hear_alive(row, row.payload or "{}")

    def _hear_alive(self, row: EventRow, payload: str) -> None:
        match row.kind:
            case "update" if row.target == self.number:
                update = Update.read(payload)
                other = {} if update.payload is None else {"payload": json.loads(update.payload)}
                self.say("updated", row.time, **other, **_text(update.text))
            case "remind":
                reminding = Reminding.read(payload)
                if why := reminding.fired().get(self.number):
                    said = {} if reminding.context is None else {"context": reminding.context}
                    self.say("fired", row.time, why=why, **said)
            case "reward":
                if (delta := rewarded(payload).get(self.number)) is not None:
                    left = rules.lifespan(np.array(self.expires_at), self.tick, delta)
                    self.expires_at = self._from_now(float(left))
                    self.say("rewarded", row.time, ticks=delta, lifespan=self._left())
            case "merge":
                self._hear_merged(row.time, merged(payload))
            case "live":
                self.lent = rewarded(payload)
                if (ticks := rewarded(payload).get(self.number)) is not None and not self.pinned:
                    self.expires_at = self._from_now(ticks)
                    self.say("given a lifespan", row.time, lifespan=self._left())
            case "pin":
                numbers, pin = pinned(payload)
                if self.number in numbers and pin != self.pinned:
                    self.pinned, self.expires_at = pin, self._from_now(np.inf if pin else self.options.life)
                    self.say("pinned" if pin else "unpinned", row.time, lifespan=self._left())

    def _hear_merged(self, time: float, pairs: list[tuple[int, int]]) -> None:
        for number, into in pairs:
            if number == self.number:
                self.merged = True
                self.say("merged", time, into=into)
            elif into == self.number:
                left = self._from_now(self.lent.get(number, self.options.life))
                self.expires_at = max(self.expires_at, left)
                self.say("remembered again", time, as_number=number, lifespan=self._left())

    def _from_now(self, ticks: float) -> float:
        return float(rules.expiry(self.tick, ticks))

    def _left(self) -> float:
        return float(rules.lifespan(np.array(self.expires_at), self.tick))


def _text(text: str | None) -> dict[str, str]:
    return {} if text is None else {"text": text}
