"""What a process holds of an engram memory to recall from: a row for each engram, and who mentions which term.

It is read once. What this process's own batches change it follows; what others did since it finds by the engrams' numbers
and the memory's totals. Only those that are alive count, so it answers as one would that was read a moment ago.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..graph.store import Changes
from ..kit.tables import Ints, Table
from ..memory.requests import Asking, Between, Edges, Events, Nodes
from ..memory.working_set import UNKNOWN
from .columns import Columns
from .evidence import Neighbours
from .postings import Postings
from .recall import nearest
from .rules import Vectors
from .schema import ENGRAM, MENTIONS
from .where import Where
from .working_set import LAST, EngramWorkingSet

__all__ = ["Index"]

Mask = NDArray[np.bool_]

_ROWS = 10_000
"""Engrams that are read in one go."""
_UPDATES = 1_000
"""Of as many updates by others each engram is not looked for: all are read."""
_NONE = -1
"""The row of nothing."""
_BURIED = 1000
"""Rows of the dead are dropped when they are as many as the living, and so many more."""
_READ = ("id", "number", "vector", "terms", "after")
_ARRAYS = ("numbers", "alive", "lengths", "norms", "before", "behind")


@dataclass(slots=True)
class Index:
    """The rows of a memory by number, ascending.

    Parameters
    ----------
    memory
        The id of the one it is of; None: of none yet.
    texts
        Whether the memory has texts, and so terms and streams.
    position
        Up to where in the journal it is true.
    gone, updated
        The totals of these names there.
    size, live
        Rows that are in use, and how many of them are alive.
    numbers, vectors, alive
        Of each row the engram's number, its vector (NaN of the dead), and whether it is alive.
    lengths, norms
        Terms in its text; the length of its vector.
    before, behind
        The row of the engram before it and behind it in its stream; -1 where there is none.
    columns
        The fields of payloads that filters asked for; None: none did.
    version
        Another number whenever a row changed.
    """

    memory: int | None = None
    texts: bool = False
    position: int = UNKNOWN
    gone: int = 0
    updated: int = 0
    size: int = 0
    live: int = 0
    numbers: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    vectors: Vectors = field(default_factory=lambda: np.empty((0, 0), np.float32))
    alive: Mask = field(default_factory=lambda: np.empty(0, bool))
    lengths: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    norms: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    before: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    behind: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    postings: Postings = field(default_factory=Postings)
    columns: Columns | None = None
    version: int = 0
    _near: tuple[int, Neighbours] | None = None

    def of(self, memory: int, texts: bool) -> None:
        """Be of this memory; what is known of one of its name that was dropped is forgotten."""
        if memory != self.memory:
            self.forget()
            self.memory, self.texts = memory, texts

    def forget(self) -> None:
        """Know nothing."""
        fresh = Index(self.memory, self.texts, version=self.version + 1)
        for one in fields(Index):
            setattr(self, one.name, getattr(fresh, one.name))

    # What there is

    def rows(self, numbers: Any) -> Ints:
        """The rows of engrams; -1 of those that are not there, or are dead."""
        asked = np.asarray(numbers, np.int64)
        at = np.minimum(np.searchsorted(self.numbers[: self.size], asked), max(self.size - 1, 0))
        if not self.size:
            return np.full(len(asked), _NONE)
        found: Ints = np.where((self.numbers[at] == asked) & self.alive[at], at, _NONE)
        return found

    def nearest(self, cue: Vectors, k: int, among: Mask | None = None) -> tuple[Ints, NDArray[np.float32]]:
        """The numbers of the nearest, and their squared distances; `among`: which rows count."""
        if among is None:
            at, squared = nearest(cue, self.vectors[: self.size], k)
            return self.numbers[at], squared
        rows = np.flatnonzero(among)
        at, squared = nearest(cue, self.vectors[rows], k)
        return self.numbers[rows[at]], squared

    def neighbours(self) -> Neighbours:
        """Who comes before and behind whom, of all rows."""
        if self._near is None or self._near[0] != self.version:
            self._near = self.version, Neighbours.of(self.before[: self.size], self.behind[: self.size])
        return self._near[1]

    def matching(self, where: Where, cache: EngramWorkingSet) -> Asking[Mask]:
        """Which rows have a payload that a filter takes."""
        if self.columns is None or self.columns.lacks(where):
            columns = (self.columns or Columns(cache.name)).of(where.fields)
            payloads = ["null"] * self.size  # of the dead
            low, last = cache.first, cache.first + (int(self.numbers[self.size - 1]) if self.size else 0)
            while low <= last:
                table = yield Between(ENGRAM, "id", low, last, ["id", "number", "payload"], _ROWS)
                for row, payload in zip(self.rows(table["number"]).tolist(), table["payload"], strict=True):
                    if row >= 0:
                        payloads[row] = payload
                if len(table["id"]) < _ROWS:
                    break
                low = int(table["id"][-1]) + 1
            columns.take(payloads)
            self.columns = columns
        return self.columns.mask(where, self.alive[: self.size])

    # Keeping up

    def catch_up(self, cache: EngramWorkingSet) -> Asking[None]:
        """Be true of the position that the working set is true of."""
        if self.position == cache.position:
            return
        changed: Ints | None = np.empty(0, np.int64)
        if self.updated != cache.updated and self.size:
            changed = yield from self._updated(cache)
        if self.position > cache.position or changed is None:
            self.forget()
            changed = np.empty(0, np.int64)
        if self.gone != cache.gone and self.size:
            yield from self._sift(cache)
        yield from self._read_again(cache, changed)
        yield from self._read(cache)
        if self.live != cache.alive():  # the graph was made again, or moves while it is read
            yield from self._sift(cache)
            yield from self._read(cache)
        self.gone, self.updated = cache.gone, cache.updated
        self.position = cache.position if self.live == cache.alive() else UNKNOWN

    def follow(self, changes: Changes, since: int, position: int, first: int) -> None:
        """Take in what a batch changed in the graph, from one position to another; `first` is the base of the ids."""
        if self.position == UNKNOWN or self.position != since:
            return
        for nodes in changes.nodes:
            if nodes.node is ENGRAM:
                if self._resized(nodes.update):
                    self.forget()
                    return
                self._bury(self.rows(nodes.delete - first))
                if self._is_back(nodes.create):
                    self.forget()
                    return
                if len(nodes.create.get("number", ())):
                    self._append(nodes.create)
                if "vector" in nodes.update:
                    self._replace(nodes.update)
        for edges in changes.edges:
            if edges.relationship is MENTIONS and self.texts:
                for table in (edges.delete, edges.update):
                    self._recount(table, first)
                if edges.create:
                    self._mention(edges.create, first)
        self.position = position
        self.gone, self.updated = (int(changes.totals.get(name, 0)) for name in ("gone", "updated"))
        self._tidy()

    def _updated(self, cache: EngramWorkingSet) -> Asking[Ints | None]:
        """The engrams that were updated since; None where these are too many, or not known."""
        if not 0 <= self.position < cache.position:
            return None
        rows = yield Events(("update", "reembed"), self.position + 1, cache.position, _UPDATES)
        if len(rows) == _UPDATES or any(row.kind != "update" for row in rows):
            return None
        return np.unique([row.target or 0 for row in rows]).astype(np.int64)

    def _read_again(self, cache: EngramWorkingSet, numbers: Ints) -> Asking[None]:
        """Read what some engrams are now, as far as they are here."""
        numbers = numbers[self.rows(numbers) >= 0]
        if not len(numbers):
            return
        names = ("number", "vector", "terms", "payload")
        table = yield Nodes(ENGRAM, "id", cache.ids(numbers.tolist()), names)
        self._replace(table)
        self.postings.drop(self.rows(numbers))
        self._recount((yield Edges(MENTIONS, cache.ids(numbers.tolist()))), cache.first)

    def _read(self, cache: EngramWorkingSet) -> Asking[None]:
        """Read the engrams behind the last row, up to the position of the working set."""
        low = cache.first + (int(self.numbers[self.size - 1]) if self.size else 0) + 1
        last = cache.first + min(cache.position, LAST)
        mentioned: list[Table] = []
        while low <= last:
            names = _READ if self.columns is None else (*_READ, "payload")
            table = yield Between(ENGRAM, "id", low, last, names, _ROWS)
            rows = len(table["id"])
            if rows:
                self._append(table, cache.alive())
                low = int(table["id"][-1]) + 1
                if self.texts and (table["terms"] > 0).any():
                    mentioned.append((yield Edges(MENTIONS, table["id"][table["terms"] > 0])))
            if rows < _ROWS:
                break
        if mentioned:  # all at once, since each time all are sorted
            ends = ("source", "target", "count")
            self._mention({name: np.concatenate([table[name] for table in mentioned]) for name in ends}, cache.first)

    def _sift(self, cache: EngramWorkingSet) -> Asking[None]:
        """Bury those that are not in the graph any more; where some are that are not here, forget all."""
        last = cache.first + (int(self.numbers[self.size - 1]) if self.size else 0)
        there = yield Between(ENGRAM, "id", cache.first, last, ["id"])
        alive = there["id"] - cache.first
        rows = self.rows(alive)
        if (rows < 0).any():
            self.forget()
            return
        dead = self.alive[: self.size].copy()
        dead[rows] = False
        self._bury(np.flatnonzero(dead))
        self._tidy()

    def _append(self, table: Table, expected: int = 0) -> None:
        """Take in engrams, in the order of their numbers; all are younger than those that are here."""
        count, start = len(table["number"]), self.size
        self._room(start + count, expected, len(table["vector"][0]) // 4)
        new = slice(start, start + count)
        self.numbers[new], self.alive[new] = table["number"], True
        self.vectors[new] = np.frombuffer(b"".join(table["vector"]), "<f4").reshape(count, -1)
        self.norms[new] = _norms(self.vectors[new])
        self.lengths[new], self.before[new], self.behind[new] = table["terms"], _NONE, _NONE
        self.size, self.live, self.version = start + count, self.live + count, self.version + 1
        if self.columns is not None:
            self.columns.take(table["payload"].tolist())
        if not self.texts:
            return
        linked = np.array([number or 0 for number in table["after"].tolist()], np.int64)
        before = self.rows(linked)
        self.before[new] = before
        self.behind[before[before >= 0]] = np.arange(start, start + count)[before >= 0]

    def _room(self, rows: int, expected: int, dimension: int) -> None:
        """Make room for so many rows, and for more: a copy each time one is remembered would take as long as recalling."""
        if rows <= len(self.numbers):
            return
        room = max(rows, expected) + rows // 8
        for name in (*_ARRAYS, "vectors"):
            old = getattr(self, name)
            new = np.empty((room, dimension) if name == "vectors" else room, old.dtype)
            if self.size:
                new[: self.size] = old[: self.size]
            setattr(self, name, new)

    def _resized(self, table: Table) -> bool:
        """Whether vectors have another dimension now, since another embedder took over."""
        some = table["vector"][:1].tolist() if self.size and "vector" in table else []
        return any(len(vector) != 4 * self.vectors.shape[1] for vector in some)

    def _is_back(self, table: Table) -> bool:
        """Whether an engram is there again that is older than others: rows are in the order of their numbers."""
        new = table.get("number")
        return new is not None and bool(len(new) and self.size and new[0] < self.numbers[self.size - 1])

    def _replace(self, table: Table) -> None:
        """Take in what engrams are now."""
        columns = (table[name].tolist() for name in ("vector", "terms", "payload"))
        for row, vector, terms, payload in zip(self.rows(table["number"]).tolist(), *columns, strict=True):
            if row >= 0:
                self.vectors[row], self.lengths[row] = np.frombuffer(vector, "<f4"), terms
                self.norms[row] = _norms(self.vectors[row : row + 1])[0]
                if self.columns is not None:
                    self.columns.put(row, payload)
        self.version += 1

    def _mention(self, table: Table, first: int) -> None:
        rows = self.rows(table["source"] - first)
        there = rows >= 0
        self.postings.add(rows[there], table["target"][there], table["count"][there])

    def _recount(self, table: Table, first: int) -> None:
        if not table:
            return
        rows = self.rows(table["source"] - first).tolist()
        counts = table["count"].tolist() if "count" in table else [0] * len(rows)
        for row, term, count in zip(rows, table["target"].tolist(), counts, strict=True):
            if row >= 0:  # of the dead nothing counts
                self.postings.put(row, term, count)

    def _bury(self, rows: Ints) -> None:
        """Let engrams be nowhere, and what was before each be before what was behind it."""
        for row in rows[rows >= 0].tolist():
            before, behind = int(self.before[row]), int(self.behind[row])
            if before >= 0 and self.behind[before] == row:
                self.behind[before] = behind
            if behind >= 0 and self.before[behind] == row:
                self.before[behind] = before
            self.alive[row], self.vectors[row] = False, np.nan
            self.lengths[row], self.before[row], self.behind[row] = 0, _NONE, _NONE
            self.live -= 1
            self.version += 1

    def _tidy(self) -> None:
        """Drop the rows of the dead where they are many."""
        if self.size - self.live <= self.live + _BURIED:
            return
        kept = np.flatnonzero(self.alive[: self.size])
        now = np.full(self.size + 1, _NONE)  # one more: of -1 it is -1
        now[kept] = np.arange(len(kept))
        for name in (*_ARRAYS, "vectors"):
            setattr(self, name, getattr(self, name)[kept].copy())
        self.before, self.behind = now[self.before], now[self.behind]
        self.postings.keep(now)
        if self.columns is not None:
            self.columns.keep(kept)
        self.size, self.version = len(kept), self.version + 1


def _norms(vectors: Vectors) -> NDArray[np.float32]:
    found: NDArray[np.float32] = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
    return found
