"""Whether the events of a memory agree: what one says of another is what a journal says of the two.

Each event is looked at as it is read, and kept as a few numbers; what it says of later ones is checked at the end.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import InitVar, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..journal.events import Event
from ..journal.tables import VOID
from ..kinds import LEARN, SKIP, UNLEARN, Kind

__all__ = ["Ties"]

_OTHER, _LEARN, _MASS, _UNLEARN, _SKIP = range(5)
"""What an event does: brings a sample, adds mass to one, takes one back, leaves one out, or none of these."""
_NONE = -1
_WRITTEN, _ERASE, _ERASED = 1, 2, 3
"""What a payload says: a text, or of an unlearning that the text of its sample goes, or is gone."""


@dataclass(slots=True)
class Ties:
    """The events of one memory, by position (from 1): some 40 bytes each."""

    of: InitVar[Kind]
    does: dict[str, int] = field(init=False)
    written: set[str] = field(init=False)
    kind: bytearray = field(default_factory=lambda: bytearray(1))
    payload: bytearray = field(default_factory=lambda: bytearray(1))
    bare: bytearray = field(default_factory=lambda: bytearray(1))
    target: array[int] = field(default_factory=lambda: array("q", [_NONE]))
    ended: array[int] = field(default_factory=lambda: array("q", [_NONE]))
    name: array[int] = field(default_factory=lambda: array("q"))
    named: array[int] = field(default_factory=lambda: array("q"))

    def __post_init__(self, of: Kind) -> None:
        self.does = {event.name: _MASS for event in of.events if event.mass}
        self.written = {event.name for event in of.events if event.sample or event.written}
        self.does |= {LEARN: _LEARN, UNLEARN: _UNLEARN, SKIP: _SKIP}

    def add(self, event: Event) -> None:
        """Take the next event in."""
        self.kind.append(self.does.get(event.kind, _OTHER))
        says = {None: 0, "erase": _ERASE, "erased": _ERASED}.get(event.payload, _WRITTEN)
        self.payload.append(min(says, _WRITTEN) if event.kind != UNLEARN else says)
        self.bare.append(event.payload is None and event.kind in self.written)
        self.target.append(_NONE if event.target is None else event.target)
        self.ended.append(_NONE if event.ended is None else event.ended)
        if event.external_id is not None:
            self.name.append(hash((event.source, event.external_id)))
            self.named.append(len(self.kind) - 1)

    def wrong(self, erased: int) -> str | None:
        """What cannot be, in words; `erased`: the last unlearning whose sample's text is gone, as the memory says."""
        for wrong, what in self._checks(erased):
            if len(found := np.flatnonzero(wrong)):
                return f"event {int(found[0]):,} {what}"
        return None

    def _checks(self, erased: int) -> Iterator[tuple[NDArray[Any], str]]:
        kind, payload = (np.frombuffer(column, np.uint8) for column in (self.kind, self.payload))
        target, ended = (np.frombuffer(column, np.int64) for column in (self.target, self.ended))
        at = np.arange(len(kind))
        there, void = np.maximum(target, 0), ended == VOID
        learn, unlearn, skip, mass = kind == _LEARN, kind == _UNLEARN, kind == _SKIP, (kind == _LEARN) | (kind == _MASS)
        about = (target >= 0) & ~skip
        bound = mass | (about & ~unlearn)  # what ends with its sample
        yield about & ~learn[there], "is about an event that learned nothing"

        skipped = np.bincount(there[skip], minlength=len(kind)) > 0
        yield skip & (skip[there] | ~void[there]), "skips what counts all the same"
        yield skip & (np.bincount(there[skip], minlength=len(kind))[there] > 1), "skips what another one skips"
        yield void & ~skipped & ~(about & void[there]), "is left out, and nothing says that it was skipped"
        yield about & void[there] & ~void, "is about a sample that was skipped"

        taken = ended > 0
        end, sample = np.maximum(ended, 0), np.where(about, there, at)
        right = unlearn[end] & ~void[end] & (target[end] == sample) & bound
        yield taken & ~right, "is ended by an event that does not take it back"
        alive = about & bound & ~void
        yield alive & (ended != ended[there]), "is not ended with its sample"
        yield alive & (ended[there] >= 0) & (ended[there] < at), "is about a sample that was taken back before"
        back, until = unlearn & ~void, ended[there]
        late = (until <= 0) | (until > at) | ((until < at) & (payload < _ERASE))
        yield back & late, "takes back a sample that it does not end"

        gone = np.bincount(there[unlearn & (payload >= _ERASE)], minlength=len(kind)) > 0
        bare = np.frombuffer(self.bare, np.uint8) > 0
        yield bare & ~gone[sample], "has no text, and nothing erased it"
        yield unlearn & (payload == _ERASED) & (payload[there] > 0), "erased a text that is there"
        erased_of = np.bincount(there[unlearn & (payload == _ERASED)], minlength=len(kind)) > 0
        yield about & ~unlearn & (payload > 0) & erased_of[there], "has a text, and that of its sample was erased"
        yield (at == erased) & (erased > 0) & ~(unlearn & (payload >= _ERASE)), "is to be an erasure, and is none"
        yield self._twice(ended), "has an id that another living sample of its source has"

    def _twice(self, ended: NDArray[np.int64]) -> NDArray[np.bool_]:
        """The samples whose ids were taken when they were learned."""
        name, at = (np.frombuffer(column, np.int64) for column in (self.name, self.named))
        order = np.lexsort((at, name))
        before, after = at[order[:-1]], at[order[1:]]
        until = np.where(ended[before] == _NONE, np.iinfo(np.int64).max, ended[before])
        twice = np.zeros(len(ended), bool)
        twice[after[(name[order[:-1]] == name[order[1:]]) & (until > after)]] = True
        return twice
