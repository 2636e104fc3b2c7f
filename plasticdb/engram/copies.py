"""Notes that were merged into others that are nearly the same: each is a copy, for which another engram answers.

A copy is no engram: it does not fire, has no terms of its own and no place in a stream. It keeps all that it was given, so
that it can be one again where the engram that answers for it is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..graph.store import EdgeChanges, NodeChanges
from ..kit.tables import Ints, Table
from ..memory.requests import Asking, Between, Edges, Nodes
from .rules import Vectors
from .schema import ANSWERS_FOR, COPY
from .working_set import LAST, EngramWorkingSet

__all__ = ["Copies", "Copy", "all_of", "answering", "by_engram", "of_engrams"]

_ROWS = 10_000
"""Copies that are read in one go."""
_COLUMNS = ("number", "into", "vector", "payload", "born", "text", "external_id", "stream")
_TYPES = {"number": np.int64, "into": np.int64, "born": np.int64}


@dataclass(frozen=True, slots=True)
class Copy:
    """A note for which the engram `into` answers; `stream` is the one that it came in, `born` its tick."""

    number: int
    into: int
    vector: Vectors
    payload: str
    born: int
    text: str | None = None
    external_id: str | None = None
    stream: str | None = None


@dataclass(slots=True)
class Copies:
    """The copies that a batch makes, moves or drops.

    cache: the working set. was, now: of the copies that are known, as they are in the graph, and at the end of the batch;
    None: not there. asked: engrams of which it is known for which copies they answer.
    """

    cache: EngramWorkingSet
    was: dict[int, Copy | None] = field(default_factory=dict)
    now: dict[int, Copy | None] = field(default_factory=dict)
    asked: set[int] = field(default_factory=set)

    def load(self, numbers: Iterable[int]) -> Asking[dict[int, Copy]]:
        """Which of some notes are copies now."""
        asked = list(numbers)
        if unknown := sorted({number for number in asked if number not in self.was}):
            self._know(unknown, _read((yield Nodes(COPY, "id", _ids(self.cache, unknown), _COLUMNS))))
        return {number: copy for number in asked if (copy := self.now[number]) is not None}

    def of(self, engrams: Sequence[int]) -> Asking[dict[int, list[Copy]]]:
        """The copies for which each of some engrams answers now, by number."""
        if unknown := [number for number in engrams if number not in self.asked]:
            found = yield Edges(ANSWERS_FOR, self.cache.ids(unknown))
            yield from self.load((found["target"] - self.cache.first_copy).tolist())
            self.asked.update(unknown)
        return by_engram(copy for copy in self.now.values() if copy is not None and copy.into in set(engrams))

    def all(self) -> Asking[list[Copy]]:
        """Every copy that there is now."""
        for copy in (yield from all_of(self.cache)):
            if copy.number not in self.was:
                self._know([copy.number], [copy])
        return [copy for copy in self.now.values() if copy is not None]

    def put(self, copy: Copy) -> None:
        """Let a copy be so; one that is not known was an engram until now."""
        self.was.setdefault(copy.number, None)
        self.now[copy.number] = copy

    def drop(self, number: int) -> None:
        """Let a known copy be none any more."""
        self.now[number] = None

    def changes(self) -> tuple[NodeChanges, EdgeChanges]:
        """What that is in the graph."""
        made, changed, gone, linked, cut = [], [], [], [], []
        for number in sorted(self.now):
            before, after = self.was[number], self.now[number]
            if before is not None and (after is None or after.into != before.into):
                cut.append((before.into, number))
            if after is not None and (before is None or after.into != before.into):
                linked.append((after.into, number))
            if before is None and after is not None:
                made.append(after)
            elif before is not None and after is None:
                gone.append(number)
            elif after is not None and after is not before:
                changed.append(after)
        nodes = NodeChanges(COPY, self._table(made), self._table(changed), delete=_ids(self.cache, gone))
        return nodes, EdgeChanges(ANSWERS_FOR, self._ends(linked), delete=self._ends(cut))

    def renamed(self, changes: NodeChanges, planned: str, name: str) -> None:
        """Let the stream of what is made be another one."""
        streams = changes.create["stream"]
        streams[streams == planned] = name

    def _know(self, numbers: Sequence[int], copies: Iterable[Copy]) -> None:
        there = {copy.number: copy for copy in copies}
        for number in numbers:
            self.was[number] = self.now[number] = there.get(number)

    def _table(self, copies: Sequence[Copy]) -> Table:
        table: Table = {"id": _ids(self.cache, [copy.number for copy in copies])}
        for name in _COLUMNS:
            column = np.empty(len(copies), _TYPES.get(name, object))
            column[:] = [_value(copy, name) for copy in copies]
            table[name] = column
        return table

    def _ends(self, links: Sequence[tuple[int, int]]) -> Table:
        ends = np.array(sorted(links), np.int64).reshape(-1, 2)
        return {"source": ends[:, 0] + self.cache.first, "target": ends[:, 1] + self.cache.first_copy}


def by_engram(copies: Iterable[Copy]) -> dict[int, list[Copy]]:
    """Copies by the engrams that answer for them, each by number."""
    found: dict[int, list[Copy]] = {}
    for copy in sorted(copies, key=lambda copy: copy.number):
        found.setdefault(copy.into, []).append(copy)
    return found


def answering(cache: EngramWorkingSet, numbers: Sequence[int]) -> Asking[dict[int, int]]:
    """Of those of some notes that are copies, which engram answers for each."""
    rows = yield Nodes(COPY, "id", _ids(cache, numbers), ["number", "into"])
    return dict(zip(rows["number"].tolist(), rows["into"].tolist(), strict=True))


def of_engrams(cache: EngramWorkingSet, numbers: Sequence[int]) -> Asking[dict[int, list[Copy]]]:
    """The copies of some engrams, as the graph has them."""
    found = yield from Copies(cache).of(numbers)
    return found


def all_of(cache: EngramWorkingSet) -> Asking[list[Copy]]:
    """Every copy that the graph has, by number."""
    found: list[Copy] = []
    low = cache.first_copy
    while True:
        rows = yield Between(COPY, "id", low, cache.first_copy + LAST, ("id", *_COLUMNS), _ROWS)
        found += _read(rows)
        if len(rows["id"]) < _ROWS:
            return found
        low = int(rows["id"][-1]) + 1


def _read(rows: Table) -> list[Copy]:
    columns = zip(*(rows[name].tolist() for name in _COLUMNS), strict=True)
    return [Copy(number, into, np.frombuffer(vector, "<f4"), *rest) for number, into, vector, *rest in columns]


def _value(copy: Copy, name: str) -> Any:
    value = getattr(copy, name)
    return np.asarray(value, "<f4").tobytes() if name == "vector" else value


def _ids(cache: EngramWorkingSet, numbers: Iterable[int]) -> Ints:
    return np.array(sorted(numbers), np.int64) + cache.first_copy
