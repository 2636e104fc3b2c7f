"""What this process has fetched of an engram memory's graph: working and short-term memory, and the open firings.

Long-term engrams are fetched when they are needed, by number: an engram's id is its number from a base of its memory's
own, so ids are in the order of age.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..graph.store import GraphMemory
from ..kit.ids import digest
from ..kit.tables import Ints, Table
from ..memory.requests import Asking, Between, Edges, Nodes
from ..memory.working_set import WorkingSet
from .rules import LONG, SHORT, WORKING, Vectors
from .schema import COPY, ENGRAM, FIRED, FIRING
from .synapses import KnownSynapses

__all__ = ["COLUMNS", "LAST", "Engram", "EngramWorkingSet", "Trace", "base", "key", "stacked"]

COLUMNS = (
    "number", "level", "vector", "payload", "born", "expires_at", "fires", "place",
    "text", "terms", "external_id", "stream", "after", "pinned", "rewarded",
)  # fmt: skip
_DTYPES = dict.fromkeys(("vector", "payload", "place", "text", "external_id", "stream", "after"), object)
_FLOATS = {"expires_at": np.float64, "rewarded": np.float64}
_TERMS = 200_000
"""Terms whose counts stay known at most."""
_TRACED = 5_000
"""Engrams whose traces stay known at most."""
_STREAMS = 10_000
"""Streams that stay known at most."""
LAST = 2**48
"""No number is as high: so the ids of a memory are between its base and this much more."""


@dataclass(slots=True)
class Engram:
    """An engram that is alive; `place` counts from 0 (long-term only)."""

    number: int
    level: int
    vector: Vectors
    payload: str
    born: int
    expires_at: float
    fires: int = 0
    place: int | None = None
    text: str | None = None
    terms: int = 0
    external_id: str | None = None
    stream: str | None = None
    after: int | None = None
    pinned: int = 0
    rewarded: float = 0.0


@dataclass(slots=True)
class Trace:
    """What two engrams have that fired apart (see `plasticdb.engram.apart`); the properties of `APART`."""

    fired: int
    weight: float
    importance: float
    since: int
    open: int


def base(memory: str, label: str) -> int:
    """Where the numbers of a kind begin in one memory; a number of 62 bits."""
    return digest("\x00".join((memory, label))) >> 2


def key(memory: str, label: str, name: str) -> int:
    """The id of a node that is known by a name: a term, a stream."""
    return digest("\x00".join((memory, label, name))) >> 1


def stacked(engrams: Iterable[Engram], dimension: int) -> Vectors:
    """Their vectors, [n, d]."""
    rows = [engram.vector for engram in engrams]
    return np.array(rows, np.float32).reshape(len(rows), dimension)


@dataclass(slots=True)
class EngramWorkingSet(WorkingSet):
    """A coherent cache of one memory.

    consolidated: the newest firing that was; no engram that was remembered after it has a kept synapse.
    texts, terms, gone, updated, pairings, heard: the totals of these names. contexts: those of the open firings that have one.
    traces: of engrams, by number, those that they have with others, the oldest first.
    mentioned: how many engrams mention a term, by the term's id. streams: the last engram of a stream and how many it has,
    by name. long_here: the numbers of the long-term engrams that are here. working: how many engrams are in working memory.
    """

    tick: int = 0
    long: int = 0
    consolidated: int = 0
    texts: int = 0
    terms: int = 0
    gone: int = 0
    updated: int = 0
    pairings: int = 0
    heard: int = 0
    mentioned: dict[int, int] = field(default_factory=dict)
    streams: dict[str, tuple[int | None, int]] = field(default_factory=dict)
    engrams: dict[int, Engram] = field(default_factory=dict)
    long_here: set[int] = field(default_factory=set)
    working: int = 0
    firings: dict[int, dict[int, str]] = field(default_factory=dict)
    contexts: dict[int, str] = field(default_factory=dict)
    traces: dict[int, dict[int, Trace]] = field(default_factory=dict)
    synapses: KnownSynapses = field(init=False)
    first: int = field(init=False)
    first_firing: int = field(init=False)
    first_place: int = field(init=False)
    first_copy: int = field(init=False)

    def __post_init__(self) -> None:
        labels = (ENGRAM.label, FIRING.label, "place", COPY.label)
        bases = (base(self.name, label) for label in labels)
        self.first, self.first_firing, self.first_place, self.first_copy = bases
        self.synapses = KnownSynapses(self.first)

    def forget(self) -> None:
        WorkingSet.forget(self)
        self.engrams, self.firings, self.contexts, self.mentioned, self.streams = {}, {}, {}, {}, {}
        self.long_here, self.working, self.traces = set(), 0, {}
        self.synapses.forget()

    def _begin(self, graph: GraphMemory) -> Asking[None]:
        for name in ("tick", "long", "consolidated", "texts", "terms", "gone", "updated", "pairings", "heard"):
            setattr(self, name, int(graph.totals.get(name, 0)))
        if graph.position:
            self.take((yield Between(ENGRAM, "level", WORKING, SHORT, COLUMNS)))
            self.firings = yield from self._firings()

    def _firings(self) -> Asking[dict[int, dict[int, str]]]:
        open_ = yield Between(FIRING, "id", self.first_firing, self.first_firing + LAST, ["id", "number", "context"])
        firings: dict[int, dict[int, str]] = {number: {} for number in open_["number"].tolist()}
        named = zip(open_["number"].tolist(), open_["context"].tolist(), strict=True)
        self.contexts = {number: context for number, context in named if context is not None}
        fired = yield Edges(FIRED, open_["id"])
        order = np.lexsort((fired["target"], fired["source"]))
        rows = zip(fired["source"][order].tolist(), fired["target"][order].tolist(), fired["why"][order], strict=True)
        for source, target, why in rows:
            firings[source - self.first_firing][target - self.first] = why
        return firings

    def take(self, rows: Table) -> list[int]:
        """Take in rows of the graph, but for engrams that are here already; their numbers."""
        columns = zip(*(rows[name].tolist() for name in COLUMNS), strict=True)
        numbers = []
        for number, level, vector, payload, born, expires_at, fires, place, *noted in columns:
            if number not in self.engrams:
                at = None if place is None else place - self.first_place
                decoded = np.frombuffer(vector, "<f4")
                self.add(Engram(number, level, decoded, payload, born, expires_at, fires, at, *noted))
            numbers.append(number)
        return numbers

    def add(self, engram: Engram) -> None:
        """Take in an engram that is not here."""
        self.engrams[engram.number] = engram
        self.working += engram.level == WORKING
        if engram.level == LONG:
            self.long_here.add(engram.number)

    def remove(self, number: int) -> Engram:
        """Let an engram be here no more; which it was."""
        engram = self.engrams.pop(number)
        self.working -= engram.level == WORKING
        self.long_here.discard(number)
        return engram

    def move(self, number: int, level: int) -> None:
        """Let an engram be of another level."""
        engram = self.remove(number)
        engram.level = level
        self.add(engram)

    def table(self, engrams: Sequence[Engram], names: Sequence[str]) -> Table:
        """Engrams as rows of the graph."""
        table: Table = {"id": np.array([e.number for e in engrams], np.int64) + self.first}
        for name in names:
            column = np.empty(len(engrams), _DTYPES.get(name) or _FLOATS.get(name, np.int64))
            column[:] = [self._value(e, name) for e in engrams]
            table[name] = column
        return table

    def _value(self, engram: Engram, name: str) -> Any:
        value = getattr(engram, name)
        if name == "place" and value is not None:
            return value + self.first_place
        return np.asarray(value, "<f4").tobytes() if name == "vector" else value

    def load(self, numbers: Iterable[int], but: Mapping[int, Any] | None = None) -> Asking[None]:
        """Fetch engrams that are not here, as far as they are alive."""
        missing = [n for n in numbers if n not in self.engrams and (but is None or n not in but)]
        if missing:
            self.take((yield Nodes(ENGRAM, "id", self.ids(missing), COLUMNS)))

    def ids(self, numbers: Iterable[int]) -> Ints:
        """The ids of engrams in the graph, ascending."""
        return np.array(sorted(numbers), np.int64) + self.first

    def at(self, level: int) -> list[Engram]:
        """The engrams of working or short-term memory, oldest first."""
        return sorted((e for e in self.engrams.values() if e.level == level), key=lambda e: e.number)

    def alive(self) -> int:
        """How many engrams are alive."""
        return self.long + self.younger()

    def younger(self) -> int:
        """How many engrams are in working and short-term memory."""
        return len(self.engrams) - len(self.long_here)

    def drop_long(self) -> None:
        """Drop the long-term engrams, and of terms and streams those that are too many."""
        if len(self.mentioned) > _TERMS:
            self.mentioned = {}
        if len(self.streams) > _STREAMS:
            self.streams = {}
        if len(self.traces) > _TRACED:
            self.traces = {}
        for number in self.long_here:
            del self.engrams[number]
        self.long_here = set()
