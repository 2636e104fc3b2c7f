"""A small memory in RAM, made of the product's rules and nothing else: what they must add up to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plasticdb.engram.firings import Synapses, count
from plasticdb.engram.rules import LONG, SHORT, WORKING, expiry, lifespan, near, turn
from plasticdb.engram.walk import NOWHERE, Choose, Walk, lead, walk

from .oracle import Parameters

Ints = NDArray[np.int64]


@dataclass(slots=True)
class Engram:
    vector: NDArray[np.float32]
    level: int
    born: int
    expires_at: float
    fires: int = 0


@dataclass(slots=True)
class Memory:
    """One row. Engrams go by their numbers; `firings` holds who fired together and is still alive."""

    parameters: Parameters
    dimension: int
    tick: int = 0
    next_number: int = 0
    engrams: dict[int, Engram] = field(default_factory=dict)
    firings: list[Ints] = field(default_factory=list)

    def at(self, level: int) -> Ints:
        return np.array([number for number, engram in self.engrams.items() if engram.level == level], np.int64)

    def vectors(self, numbers: Ints) -> NDArray[np.float32]:
        rows = [self.engrams[number].vector for number in numbers.tolist()]
        return np.array(rows, np.float32).reshape(len(rows), self.dimension)

    def remember(self, vectors: NDArray[Any]) -> None:
        expires_at = float(expiry(self.tick, self.parameters.initial_lifespan))
        for vector in vectors:
            self.engrams[self.next_number] = Engram(vector, WORKING, self.tick, expires_at)
            self.next_number += 1

    def synapses(self, sources: Ints) -> Synapses:
        """To long-term engrams, from the firings that the sources took part in."""
        theirs = [firing for firing in self.firings if np.isin(firing, sources).any()]
        number = np.repeat(np.arange(len(theirs)), [len(firing) for firing in theirs])
        members = np.concatenate([*theirs, np.empty(0, np.int64)])
        return count(sources, number, members).among(targets=self.at(LONG))

    def remind(self, choose: Choose) -> tuple[Ints, Walk]:
        """The numbers of what is reminded, and the walk that found the long-term ones."""
        options, working, short, long = self.parameters, self.at(WORKING), self.at(SHORT), self.at(LONG)
        cue = self.vectors(working)
        reminded = np.sort(near(short, self.vectors(short), cue, options.num_reminded_stm))
        starts = lead(reminded, self.synapses(reminded), choose)
        for i in np.flatnonzero((starts == NOWHERE) & (len(long) > 0)).tolist():
            starts[i] = long[choose.place(int(reminded[i]), len(long))]
        way = walk(reminded, starts, options.ltm_search_depth, self.synapses, long)
        found = np.sort(way.found)
        final = near(found, self.vectors(found), cue, options.num_final_ltms)
        self.firings.append(np.concatenate([working, reminded, final]))
        for number in self.firings[-1].tolist():
            self.engrams[number].fires += 1
        return np.concatenate([reminded, final]), way

    def reward(self, deltas: dict[int, float]) -> None:
        for number, delta in deltas.items():
            engram = self.engrams[number]
            left = lifespan(np.float64(engram.expires_at), self.tick, delta)
            engram.expires_at = float(expiry(self.tick, left))

    def end_tick(self) -> None:
        self.tick += 1
        expired = np.array([n for n, engram in self.engrams.items() if engram.expires_at <= self.tick], np.int64)
        ended = turn(self.at(WORKING), self.at(SHORT), expired, self.parameters.stm_capacity)
        for numbers, level in ((ended.short, SHORT), (ended.long, LONG)):
            for number in numbers.tolist():
                self.engrams[number].level = level
        for number in ended.died.tolist():
            del self.engrams[number]
        self.firings = [firing[~np.isin(firing, ended.died)] for firing in self.firings]

    def state(self) -> dict[str, Any]:
        """What the oracle calls types, lifespan, ids and age, and the whole count matrix."""
        numbers = np.array(list(self.engrams), np.int64)
        counts = np.zeros((len(numbers), len(numbers)), np.int64)
        for firing in self.firings:
            place = np.searchsorted(numbers, firing)
            counts[np.ix_(place, place)] += 1
        assert np.array_equal(np.diag(counts), [engram.fires for engram in self.engrams.values()])
        return {
            "types": [engram.level for engram in self.engrams.values()],
            "lifespan": [float(lifespan(np.float64(e.expires_at), self.tick)) for e in self.engrams.values()],
            "ids": numbers.tolist(),
            "age": [self.tick - engram.born for engram in self.engrams.values()],
            "counts": counts,
        }
