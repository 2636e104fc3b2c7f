"""Asking an engram memory: recall, associations, and the life of one engram. It changes nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput
from ..journal.events import EventRow
from ..kit.tables import Ints
from ..memory.requests import Asking, Between, EventCount, Events, Nearest
from . import firings, rules
from .events import Note, Reminding, rewarded
from .options import Options
from .recall import brought, nearest
from .remind import strongest_of, synapses_of
from .rules import LEVELS, Vectors
from .schema import ENGRAM
from .working_set import LAST, Engram, EngramWorkingSet, stacked

__all__ = ["Association", "Matrix", "Recalled", "associations", "life", "recall", "shown"]

_ROWS = 50_000
_EVENTS = 1000
"""Events of a life that are read in one go."""
_INDEXED = 20_000
"""In a memory with more long-term engrams it is left to the store's own index to find those that may be the nearest."""
_CANDIDATES = 8
"""Of how many that the index finds each of the nearest is taken."""
_SOURCES = 8
"""Of how many of the nearest it is asked what they bring along, at least; eight times as many at most."""
_SYNAPSES = 128
"""How many synapses of an engram are looked at, the strongest: most have fewer."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """An engram that a cue brings up. why: `near`, at a `distance`, or `brought` along by the engram `via`, since they
    fired together (`strength`: see `plasticdb.engram.recall.brought`)."""

    id: int
    payload: Any
    text: str | None
    level: str
    lifespan: float
    why: str
    distance: float | None = None
    via: int | None = None
    strength: float | None = None


@dataclass(frozen=True, slots=True)
class Association:
    """An engram that fired together with another: how often, and P(this one | the other fires)."""

    id: int
    payload: Any
    text: str | None
    fired: int
    probability: float


@dataclass(slots=True)
class Matrix:
    """The vectors of a memory by number, ascending. Rows of the dead may be in it still, as NaN or as they were.

    memory: the id of the one it is of. buried: how many rows are NaN. unsure: whether some were buried by what was read
    while the graph may have moved.
    """

    numbers: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    vectors: Vectors = field(default_factory=lambda: np.empty((0, 0), np.float32))
    size: int = 0
    memory: int | None = None
    buried: int = 0
    unsure: bool = False

    def forget(self) -> None:
        """Know nothing."""
        fresh = Matrix()
        self.size, self.buried, self.unsure = 0, 0, False
        self.numbers, self.vectors = fresh.numbers, fresh.vectors

    def of(self, memory: int) -> None:
        """Be of this memory; what is known of one of its name that was dropped is forgotten."""
        if memory != self.memory:
            self.forget()
            self.memory = memory

    def catch_up(self, cache: EngramWorkingSet) -> Asking[None]:
        """Take in what was remembered since."""
        alive = cache.alive()
        if self.size > 2 * alive + 1000:
            self.forget()
        yield from self._read(cache, alive)
        if self.size - self.buried < alive:  # read while the graph was being made again
            self.forget()
            yield from self._read(cache, alive)

    def _read(self, cache: EngramWorkingSet, alive: int) -> Asking[None]:
        low = cache.first + (int(self.numbers[self.size - 1]) if self.size else 0) + 1
        while True:
            names = ["id", "number", "vector"]
            found = yield Between(ENGRAM, "id", low, cache.first + LAST, names, _ROWS)
            if rows := len(found["id"]):
                self._room(self.size + rows, alive, found["vector"][0])
                self.numbers[self.size : self.size + rows] = found["number"]
                flat = np.frombuffer(b"".join(found["vector"]), "<f4")
                self.vectors[self.size : self.size + rows] = flat.reshape(rows, -1)
                self.size, low = self.size + rows, int(found["id"][-1]) + 1
            if rows < _ROWS:
                return

    def _room(self, rows: int, alive: int, vector: bytes) -> None:
        """Make room for so many rows, and for more: a copy each time one is remembered would take as long as recalling."""
        if rows > len(self.numbers):
            dimension, room = len(vector) // 4, max(rows, alive) + rows // 8
            numbers, vectors = np.empty(room, np.int64), np.empty((room, dimension), np.float32)
            if self.size:
                numbers[: self.size], vectors[: self.size] = self.numbers[: self.size], self.vectors[: self.size]
            self.numbers, self.vectors = numbers, vectors

    def nearest(self, cue: Vectors, k: int) -> tuple[Ints, NDArray[np.float32]]:
        """The numbers of the nearest, and their squared distances."""
        at, squared = nearest(cue, self.vectors[: self.size], k)
        return self.numbers[at], squared

    def bury(self, dead: list[int]) -> None:
        """Let engrams be nowhere."""
        self.vectors[np.searchsorted(self.numbers[: self.size], dead)] = np.nan
        self.buried, self.unsure = self.buried + len(dead), True


def recall(cache: EngramWorkingSet, matrix: Matrix, cue: Vectors, k: int) -> Asking[list[Recalled]]:
    """See `EngramMemory.recall`."""
    k = min(k, 2 * cache.alive())  # then all are near, and nothing is left to bring
    near, squared = yield from _nearest(cache, matrix, cue, max(k, _SOURCES))
    some, sources = near[: k - k // 2], near[: min(max(k - k // 2, _SOURCES), 8 * _SOURCES)]
    synapses = yield from strongest_of(cache, sources, _SYNAPSES)
    synapses = synapses.among(targets=np.setdiff1d(synapses.target, some))
    targets = np.unique(synapses.target)
    yield from cache.load(targets.tolist())
    fires = _fires(cache, synapses.source), _fires(cache, synapses.target)
    vectors = stacked([cache.engrams[n] for n in [*sources.tolist(), *targets.tolist()]], len(cue))
    numbers, via, strength = brought(sources, squared[: len(sources)], synapses, fires, vectors, k // 2)
    taken = near[:k][~np.isin(near[:k], numbers)][: k - len(numbers)].tolist()
    rows = [Recalled(*shown(cache, n), "near", distance=_distance(cue, cache.engrams[n].vector)) for n in taken]
    came = zip(numbers.tolist(), via.tolist(), strength.tolist(), strict=True)
    return rows + [Recalled(*shown(cache, n), "brought", via=v, strength=s) for n, v, s in came]


def _distance(a: Vectors, b: Vectors) -> float:
    return float(np.linalg.norm(a.astype(float) - b))


def _fires(cache: EngramWorkingSet, numbers: Ints) -> Ints:
    return np.array([cache.engrams[number].fires for number in numbers.tolist()], np.int64)


def _nearest(cache: EngramWorkingSet, matrix: Matrix, cue: Vectors, k: int) -> Asking[tuple[Ints, NDArray[np.float32]]]:
    """The nearest that are alive, and their squared distances."""
    if cache.long > _INDEXED:
        found = (yield Nearest(ENGRAM, cue, _CANDIDATES * k)) - cache.first
        yield from cache.load(found.tolist())
        found = np.array(sorted(n for n in found.tolist() if n in cache.engrams), np.int64)
        if len(found) >= k:
            at, squared = nearest(cue, stacked([cache.engrams[n] for n in found.tolist()], len(cue)), k)
            return found[at], squared
    yield from matrix.catch_up(cache)
    asked = k
    while True:
        found, squared = matrix.nearest(cue, asked)
        yield from cache.load(found.tolist())
        alive = np.array([number in cache.engrams for number in found.tolist()], bool)
        if dead := found[~alive].tolist():
            matrix.bury(dead)
        if alive.sum() >= k or len(found) < asked:
            return found[alive][:k], squared[alive][:k]
        asked *= 2  # where many died, few steps


def associations(cache: EngramWorkingSet, number: int) -> Asking[list[Association]]:
    """See `EngramMemory.associations`."""
    this = yield from _alive(cache, number)
    found = yield from synapses_of(cache, np.array([this.number]))
    yield from cache.load(found.target.tolist())
    p = firings.probability(found, np.full(len(found), max(this.fires, 1)))
    others = [cache.engrams[number] for number in found.target.tolist()]
    rows = [
        Association(e.number, json.loads(e.payload), e.text, fired, probability)
        for e, fired, probability in zip(others, found.count.tolist(), p.tolist(), strict=True)
    ]
    return sorted(rows, key=lambda row: (-row.fired, row.id))


def _alive(cache: EngramWorkingSet, number: int) -> Asking[Engram]:
    if 0 < number < LAST:
        yield from cache.load([number])
    if number not in cache.engrams:
        raise BadInput(f"no engram {number} is alive in {cache.name!r}")
    return cache.engrams[number]


def life(name: str, options: Options, number: int) -> Asking[list[dict[str, Any]]]:
    """What the journal says of an engram: `event`, `tick`, `time`, and what it was about."""
    born: list[EventRow] = (yield Events(("learn",), number, number, 1)) if 0 < number < LAST else []
    if not born:
        raise BadInput(f"there never was an engram {number} in {name!r}")
    tick: int = yield EventCount(("tick",), 0, number)
    note = Note.read(born[0].payload)
    made = {"payload": json.loads(note.payload)} | ({} if note.text is None else {"text": note.text})
    lived: list[dict[str, Any]] = [{"event": "born", "tick": tick, "time": born[0].time, **made}]
    expires_at = rules.expiry(tick, options.life)
    last = number
    while rows := (yield Events(("remind", "reward", "tick"), last + 1, LAST, _EVENTS)):
        for row in rows:
            if row.kind == "tick":
                tick += 1
                if expires_at <= tick:
                    return [*lived, {"event": "died", "tick": tick, "time": row.time}]
            elif row.kind == "remind":
                if why := Reminding.read(row.payload).fired().get(number):
                    lived.append({"event": "fired", "tick": tick, "time": row.time, "why": why})
            elif (delta := rewarded(row.payload).get(number)) is not None:
                expires_at = rules.expiry(tick, rules.lifespan(expires_at, tick, delta))
                lived.append({"event": "rewarded", "tick": tick, "time": row.time, "ticks": delta})
        if len(rows) < _EVENTS:
            break
        last = rows[-1].position
    return lived


def shown(cache: EngramWorkingSet, number: int) -> tuple[int, Any, str | None, str, float]:
    """Of an engram that the working set has: its number, payload, text, level in words, and ticks left to live."""
    e = cache.engrams[number]
    left = float(rules.lifespan(np.array(e.expires_at), cache.tick))
    return number, json.loads(e.payload), e.text, LEVELS[e.level], left
