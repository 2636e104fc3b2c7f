"""How another embedder takes the place of a memory's own: its vectors are prepared in the journal, then count all at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..journal.journal import Written
from ..memory.requests import Asking, Between, Events, Nodes
from .events import Prepared as PreparedVector
from .events import reembedding
from .options import Options
from .rules import Vectors
from .schema import COPY, ENGRAM
from .working_set import LAST, EngramWorkingSet

__all__ = ["Alive", "Prepared", "Read", "Stamp", "alive", "cannot_be_read", "events", "prepared", "read"]

_ROWS, _EVENTS = 2_000, 500
"""Engrams, and events, that are read in one go."""
_LARGEST = 500_000
"""Numbers of vectors that one event lets count, at most: so that no step into the graph becomes too large."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """By which embedder vectors were made."""

    embedder: str | None
    version: str | None
    dimension: int

    @classmethod
    def of(cls, options: Options) -> Stamp:
        """That of a memory's vectors."""
        return cls(options.embedder, options.embedder_version, options.dimension)

    def options(self, before: Mapping[str, Any], position: int, events: int) -> dict[str, Any]:
        """The options of a memory when this takes over behind a position, by so many events."""
        own = {"embedder": self.embedder, "embedder_version": self.version, "dimension": self.dimension}
        then = {"until": position, "ready": position + events} | {name: before[name] for name in own}
        return {**before, **own, "formerly": [*before.get("formerly", ()), then]}


@dataclass(slots=True)
class Prepared:
    """Vectors that the journal has for an embedder's taking over.

    Parameters
    ----------
    at
        Where the newest is of each engram whose text is still that of which it was made.
    until
        Up to where the journal was looked at.
    """

    stamp: Stamp
    at: dict[int, int] = field(default_factory=dict)
    until: int = 0
    _updated: dict[int, int] = field(default_factory=dict)

    def follow(self, last: int) -> Asking[None]:
        """Take in what the journal has since, up to its last position."""
        while rows := (yield Events(("embed", "update"), self.until + 1, last, _EVENTS)):
            for row in rows:
                self._take(row.kind, row.position, row.target or 0, row.payload)
            self.until = rows[-1].position
        self.until = max(self.until, last)

    def _take(self, kind: str, position: int, engram: int, payload: str | None) -> None:
        if kind == "update":
            self._updated[engram] = position
            self.at.pop(engram, None)
        elif payload is not None:
            vector = PreparedVector.read(payload)
            mine = (vector.embedder, vector.version, len(vector.vector)) == (
                self.stamp.embedder, self.stamp.version, self.stamp.dimension
            )  # fmt: skip
            if mine and vector.of >= self._updated.get(engram, 0):
                self.at[engram] = position


@dataclass(frozen=True, slots=True)
class Alive:
    """The engrams that are alive at a position, and those of them without a text."""

    numbers: list[int]
    wordless: list[int]
    position: int


@dataclass(frozen=True, slots=True)
class Read:
    """Texts by number, as they are at a position."""

    texts: dict[int, str]
    position: int


def alive(cache: EngramWorkingSet, merging: bool) -> Asking[Alive]:
    """Which engrams are alive, and (where it is `merging`) which copies others answer for."""
    found = Alive([], [], cache.position)
    for node, first in ((ENGRAM, cache.first), (COPY, cache.first_copy))[: 2 if merging else 1]:
        low = first
        while True:
            rows = yield Between(node, "id", low, first + LAST, ["id", "number", "text"], _ROWS)
            for number, text in zip(rows["number"].tolist(), rows["text"].tolist(), strict=True):
                found.numbers.append(number)
                if text is None:
                    found.wordless.append(number)
            if len(rows["id"]) < _ROWS:
                break
            low = int(rows["id"].max()) + 1
    return found


def read(cache: EngramWorkingSet, numbers: Sequence[int], merging: bool) -> Asking[Read]:
    """The texts of engrams and copies, as far as they are alive and have one."""
    rows = yield Nodes(ENGRAM, "id", cache.ids(numbers), ["number", "text"])
    found = [*zip(rows["number"].tolist(), rows["text"].tolist(), strict=True)]
    if merging:
        rows = yield Nodes(COPY, "id", cache.ids(numbers) - cache.first + cache.first_copy, ["number", "text"])
        found += zip(rows["number"].tolist(), rows["text"].tolist(), strict=True)
    return Read({number: text for number, text in sorted(found) if text is not None}, cache.position)


def prepared(engram: int, vector: Vectors, stamp: Stamp, of: int) -> Written:
    """A new vector of an engram, whose text was read at the position `of`, as an event."""
    payload = PreparedVector(vector, stamp.embedder or "", stamp.version or "", of).written()
    return Written("embed", payload, max(1, len(vector)), target=engram)


def events(numbers: Sequence[int], prepared: Prepared) -> list[Written]:
    """That the prepared vectors count, as events: one at least, since the memory's embedder is another one then."""
    return [
        Written("reembed", reembedding({number: prepared.at[number] for number in some}), max(1, len(some) * size))
        for some, size in _parts(numbers, prepared.stamp.dimension)
    ]


def _parts(numbers: Sequence[int], dimension: int) -> Iterator[tuple[Sequence[int], int]]:
    many = max(1, _LARGEST // dimension)
    for at in range(0, max(1, len(numbers)), many):
        yield numbers[at : at + many], dimension


def cannot_be_read(memory: str, numbers: Sequence[int]) -> str:
    """What is said of engrams that have no text."""
    named = ", ".join(map(str, numbers[:5])) + (", ..." if len(numbers) > 5 else "")
    many = f"{len(numbers):,} notes of {memory!r} were given as vectors ({named})"
    return f"{many}, which no other embedder can make; forget them first"
