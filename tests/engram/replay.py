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
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plasticdb import PlasticDB
from plasticdb.engram import memory as module
from plasticdb.engram.memory import EngramMemory
from plasticdb.engram.remind import synapses_of
from plasticdb.engram.rules import SHORT, lifespan
from plasticdb.engram.schema import ENGRAM
from plasticdb.engram.walk import Choose
from plasticdb.journal import history

from . import golden
from .golden import Trace
from .oracle import Parameters

Array = NDArray[Any]


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


def alive(memory: EngramMemory) -> dict[str, Array]:
    """All engrams in the graph, by number."""
    names = ["number", "level", "born", "expires_at", "fires"]
    found = memory._store.between(memory.name, ENGRAM, "id", 0, 2**63 - 1, names)
    order = np.argsort(found["number"])
    return {name: column[order] for name, column in found.items()}


def state(memory: EngramMemory, numbers: dict[int, int]) -> dict[str, Any]:
    """What the oracle calls types, lifespan, ids and age, and the whole count matrix; `numbers`: its id of each engram."""
    found, tick = alive(memory), memory.stats()["tick"]
    memory._held.look(memory._store.memory(memory.name))  # type: ignore[arg-type]
    counts = np.diag(found["fires"])
    synapses = synapses_of(memory._held, found["number"])
    places = (np.searchsorted(found["number"], column) for column in (synapses.source, synapses.target))
    counts[tuple(places)] = synapses.count
    return {
        "types": found["level"],
        "lifespan": lifespan(found["expires_at"], tick),
        "counts": counts,
        "ids": [numbers[number] for number in found["number"].tolist()],
        "age": tick - found["born"],
    }


def as_drawn(memory: EngramMemory, draws: Array | None) -> Callable[[int], Choose]:
    """Choose as the reference does: the highest number drawn for a short-term place and a slot; draws [S, N]."""

    def choose(source: int, targets: Any) -> int:
        assert draws is not None
        engrams = memory._held.engrams
        slots = np.union1d(alive(memory)["number"], list(engrams))
        short = sorted(number for number, e in engrams.items() if e.level == SHORT)
        these = np.sort([targets[i] for i in range(len(targets))])
        return int(these[np.argmax(draws[short.index(source), np.searchsorted(slots, these)])])

    return lambda position: choose


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
