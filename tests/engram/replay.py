"""Replay a trace of the reference with the product, and compare all there is after each step.

    python -m tests.engram.replay TRACE DB JOURNAL

does so with a process a step, which kills itself as soon as its step is done: nothing is closed, nothing said goodbye to.
Name and password of a Neo4j come from the environment.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from plasticdb import PlasticDB
from plasticdb.engram import memory as module
from plasticdb.engram.memory import EngramMemory
from plasticdb.engram.remind import synapses_of
from plasticdb.engram.rules import LONG, SHORT, lifespan
from plasticdb.engram.schema import ENGRAM
from plasticdb.journal import history
from plasticdb.memory.reading import answer
from plasticdb.memory.requests import Asking

from . import golden
from .golden import Trace
from .oracle import Parameters

Array = NDArray[Any]
T = TypeVar("T")


def opened(db: PlasticDB, name: str, options: Parameters, dimension: int) -> EngramMemory:
    return db.engrams(
        name,
        dimension=dimension,
        capacity=options.stm_capacity,
        near=options.num_reminded_stm,
        far=options.num_final_ltms,
        depth=options.ltm_search_depth,
        lifespan=options.initial_lifespan,
    )


def answered(memory: EngramMemory, asking: Asking[T]) -> T:
    """The result of a question that a memory's graph answers."""
    return answer(asking, memory._store, memory._journal, memory._open())


def alive(memory: EngramMemory) -> dict[str, Array]:
    """All engrams in the graph, by number."""
    names = ["number", "level", "born", "expires_at", "fires"]
    found = memory._store.between(memory.name, ENGRAM, "id", 0, 2**63 - 1, names)
    order = np.argsort(found["number"])
    return {name: column[order] for name, column in found.items()}


def state(memory: EngramMemory, numbers: dict[int, int]) -> dict[str, Any]:
    """What the oracle calls types, lifespan, ids and age, and the whole count matrix; `numbers`: its id of each engram."""
    found, tick = alive(memory), memory.stats()["tick"]
    answered(memory, memory._held.look(memory._store.memory(memory.name)))  # type: ignore[arg-type]
    counts = np.diag(found["fires"])
    synapses = answered(memory, synapses_of(memory._held, found["number"]))
    places = (np.searchsorted(found["number"], column) for column in (synapses.source, synapses.target))
    counts[tuple(places)] = synapses.count
    return {
        "types": found["level"],
        "lifespan": lifespan(found["expires_at"], tick),
        "counts": counts,
        "ids": [numbers[number] for number in found["number"].tolist()],
        "age": tick - found["born"],
    }


@dataclass(frozen=True, slots=True)
class AsDrawn:
    """Chooses as the reference does: the highest number drawn for a short-term place and a slot; draws [S, N]."""

    memory: EngramMemory
    draws: Array | None

    def among(self, source: int, targets: Array) -> int:
        assert self.draws is not None
        engrams = self.memory._held.engrams
        slots = np.union1d(alive(self.memory)["number"], list(engrams))
        short = sorted(number for number, e in engrams.items() if e.level == SHORT)
        these = np.sort(targets)
        return int(these[np.argmax(self.draws[short.index(source), np.searchsorted(slots, these)])])

    def place(self, source: int, places: int) -> int:
        found = self.memory._store.between(self.memory.name, ENGRAM, "level", LONG, LONG, ["number", "place"])
        assert places == len(found["place"])
        numbers = found["number"][np.argsort(found["place"])]
        return int(np.flatnonzero(numbers == self.among(source, numbers))[0])


def as_drawn(memory: EngramMemory, draws: Array | None) -> Callable[[int], AsDrawn]:
    """The same, as a memory asks for it at each position."""
    return lambda position: AsDrawn(memory, draws)


def one_step(db: PlasticDB, trace: Trace, index: int) -> None:
    """Take a step, and compare what is reminded and what is kept with the trace."""
    step = trace.steps[index]
    for row in range(trace.rows):
        memory = opened(db, f"row {row}", trace.parameters, trace.dimension)
        memory.remember(step["data"][row])
        slots = alive(memory)["number"]
        memory._choose = as_drawn(memory, step["rand"][row] if "rand" in step else None)
        reminded = memory.remind()
        expected = step["reminded"][row]
        assert sorted(r.id for r in reminded) == sorted(slots[expected[expected >= 0]].tolist())
        rewards = zip(slots[expected].tolist(), step["delta"][row].tolist(), expected.tolist(), strict=True)
        memory.reward({number: delta for number, delta, slot in rewards if slot >= 0})
        memory.tick()
        for name, found in state(memory, ever(memory)).items():
            np.testing.assert_array_equal(found, step[name][row], name)


def ever(memory: EngramMemory) -> dict[int, int]:
    """What the reference calls each engram that there ever was: they are counted."""
    known = memory._journal.memory(memory.name)
    assert known is not None
    rows = history.after(memory._journal, known, 0, 10**6, 10**6)
    return {number: i for i, number in enumerate(row.position for row in rows if row.kind == "learn")}


def main() -> None:
    name, url, journal = sys.argv[1:]
    trace = golden.load(name)
    module.OPEN, module.KEPT = 4, 2  # so that firings are consolidated on the way
    for index in range(len(trace.steps)):
        child = os.fork()
        if not child:
            with PlasticDB.open(url, journal, password=os.environ.get("NEO4J_PASSWORD")) as db:
                one_step(db, trace, index)
                os.kill(os.getpid(), signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            sys.exit(f"step {index} ended by itself")


if __name__ == "__main__":
    main()
