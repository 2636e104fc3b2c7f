"""The memory itself, on every store: the reference's clean trace, any trace of the oracle without quirks, and counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from plasticdb import EngramMemory, PlasticDB
from plasticdb.engram import memory as module
from plasticdb.engram.remind import synapses_of
from plasticdb.engram.rules import LONG, SHORT, lifespan
from plasticdb.engram.walk import Choose
from plasticdb.schema import ENGRAM

from .golden import Trace
from .oracle import CLEAN, Oracle, Parameters
from .test_clean import parameters, turns

Array = NDArray[Any]
Opened = Callable[[], Any]


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


def replay(open_: Opened, trace: Trace) -> None:
    """Step by step, each in a database that was opened just for it."""
    numbers: list[dict[int, int]] = [{} for _ in range(trace.rows)]
    for step in trace.steps:
        with open_() as db:
            for row in range(trace.rows):
                memory = opened(db, f"row {row}", trace.parameters, trace.dimension)
                ids = memory.remember(step["data"][row]).ids
                numbers[row] |= dict(zip(ids, range(len(numbers[row]), len(numbers[row]) + len(ids)), strict=True))
                slots = alive(memory)["number"]
                memory._choose = as_drawn(memory, step["rand"][row] if "rand" in step else None)
                reminded = memory.remind()
                expected = step["reminded"][row]
                assert sorted(r.id for r in reminded) == sorted(slots[expected[expected >= 0]].tolist())
                rewards = zip(slots[expected].tolist(), step["delta"][row].tolist(), expected.tolist(), strict=True)
                memory.reward({number: delta for number, delta, slot in rewards if slot >= 0})
                memory.tick()
                for name, found in state(memory, numbers[row]).items():
                    np.testing.assert_array_equal(found, step[name][row], name)


@pytest.fixture(autouse=True)
def _few_open_firings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OPEN", 4)
    monkeypatch.setattr(module, "KEPT", 2)


def test_the_clean_trace_on_sqlite_reopened_after_every_step(clean_trace: Trace, tmp_path: Path) -> None:
    replay(lambda: PlasticDB.open(tmp_path / "m.db"), clean_trace)
    with PlasticDB.open(tmp_path / "m.db") as db:
        assert all(db.verify(f"row {row}") == [] for row in range(clean_trace.rows))


def test_the_clean_trace_on_neo4j_reopened_after_every_step(
    clean_trace: Trace, neo4j_emptied: Any, tmp_path: Path
) -> None:
    @contextmanager
    def open_() -> Iterator[PlasticDB]:
        server, journal = neo4j_emptied, tmp_path / "journal.db"
        with PlasticDB.open(server.uri, journal, username=server.username, password=server.password) as db:
            yield db

    replay(open_, clean_trace)
    with open_() as db:
        assert all(db.verify(f"row {row}") == [] for row in range(clean_trace.rows))


@settings(deadline=None, max_examples=60)
@given(parameters, st.lists(turns, min_size=1, max_size=12), st.sampled_from([0.0, 1.0, 3.0]), st.booleans())
def test_any_trace_is_as_the_oracle_without_quirks(
    options: Parameters, steps: list[Any], scale: float, at_once: bool
) -> None:
    oracle, numbers = Oracle(1, 2, options, CLEAN), dict[int, int]()
    with PlasticDB.open(":memory:") as db:
        memory = opened(db, "m", options, 2)
        for data, reminds, seed in steps:
            rng = np.random.default_rng(seed)
            oracle.add(np.array([data]))
            slots = np.array([])
            if not at_once:
                ids = memory.remember(data).ids
            else:
                known = memory._journal.memory("m")
                first = 1 if known is None else known.position + 1
                ids = list(range(first, first + len(data)))
            numbers |= dict(zip(ids, range(len(numbers), len(numbers) + len(data)), strict=True))
            size = len(oracle.ids[0])
            for i in range(1 if at_once else reminds):
                draws = rng.uniform(0.01, 1, (1, size, size))
                memory._choose = as_drawn(memory, draws[0])
                chosen = oracle.remind(draws).reminded[0]
                slots = chosen[chosen >= 0]
                deltas = (scale * rng.normal(0.8, 1, len(slots))).astype(np.float32)
                back = {oracle_id: number for number, oracle_id in numbers.items()}
                rewards = dict(zip([back[int(oracle.ids[0][s])] for s in slots], deltas.tolist(), strict=True))
                useful = dict(rewards)
                reminded = memory.step(data, lambda _, useful=useful: useful) if at_once else memory.remind()  # type: ignore[misc]
                assert sorted(r.id for r in reminded) == sorted(rewards), i
            if not at_once:
                memory.reward(rewards)
                memory.tick()
            oracle.adjust(slots[None], deltas[None])
            for name, found in state(memory, numbers).items():
                np.testing.assert_array_equal(found, getattr(oracle, name)[0], name)
            assert sum(alive(memory)["level"] == LONG) == memory.stats()["long"]
        assert db.verify("m") == []
