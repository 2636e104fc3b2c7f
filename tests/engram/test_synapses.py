"""What is known of kept synapses stays true from step to step: never a wrong count, and nothing strong is left out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import PlasticDB
from plasticdb.engram import memory as module
from plasticdb.engram import remind, synapses
from plasticdb.engram.firings import Synapses
from plasticdb.engram.memory import EngramMemory
from plasticdb.engram.schema import COFIRED, ENGRAM

from ..effort import times
from .replay import answered


@pytest.fixture(autouse=True)
def _much_is_consolidated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OPEN", 3)
    monkeypatch.setattr(module, "KEPT", 1)
    monkeypatch.setattr(synapses, "_SPARE", 1)
    monkeypatch.setattr(remind, "_MORE", 0)


def in_the_graph(memory: EngramMemory) -> dict[int, dict[int, int]]:
    """The kept synapses: counts by source and target."""
    first = memory._held.first
    numbers = memory._store.between(memory.name, ENGRAM, "id", 0, 2**63 - 1, ["number"])["number"]
    found = memory._store.edges(memory.name, COFIRED, numbers + first)
    counts: dict[int, dict[int, int]] = {number: {} for number in numbers.tolist()}
    for source, target, fired in zip(found["source"] - first, found["target"] - first, found["fired"], strict=True):
        counts[int(source)][int(target)] = int(fired)
    return counts


def everyone(sources: list[int], counts: dict[int, dict[int, int]]) -> Synapses:
    """From these to each other engram; the counts do not matter."""
    rows = [(s, t) for s in sources for t in sorted(counts) if t != s]
    ends = np.array(rows, np.int64).reshape(-1, 2).T
    return Synapses(ends[0], ends[1], np.ones(len(rows), np.int64))


@settings(deadline=None, max_examples=times(4))
@given(st.integers(0, 1000), st.integers(1, 12), st.sampled_from([6.0, 12.0, 40.0]))
def test_after_any_step_it_is_as_in_the_graph(seed: int, most: int, lifespan: float) -> None:
    rng = np.random.default_rng(seed)
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=4, lifespan=lifespan, capacity=4)
        for _ in range(40):
            memory.step(rng.normal(size=(2, 4)), lambda found: {one.id: 1.5 for one in found if one.id % 3})
            counts, held = in_the_graph(memory), memory._held
            sources = sorted(s for s in counts if rng.random() < 0.3)
            known, last = answered(memory, held.synapses.strongest(np.array(sources, np.int64), most))
            rest = answered(memory, held.synapses.behind(everyone([*last], counts), held.consolidated))
            for source in sources:
                mine = known.of(source)
                strongest = dict(zip(mine.target.tolist(), mine.count.tolist(), strict=True))
                expected = counts[source]
                assert strongest.items() <= expected.items()
                if source not in last:
                    assert strongest == expected
                    continue
                ordered = sorted(expected, key=lambda t: (-expected[t], t))
                assert strongest.keys() == set(ordered[: len(strongest)])
                assert len(strongest) >= most
                assert last[source] >= max([expected[t] for t in ordered[len(strongest) :]], default=0)
                behind = rest.of(source)
                others = dict(zip(behind.target.tolist(), behind.count.tolist(), strict=True))
                assert strongest | others == expected


def test_it_holds_those_that_were_asked_for_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synapses, "_MOST", 3)
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=1)
        numbers = np.array(memory.remember([[float(i)] for i in range(5)]).ids)
        some = memory._held.synapses
        answered(memory, some.strongest(numbers[:2], 1))
        answered(memory, some.strongest(numbers[2:4], 1))
        assert list(some.known) == numbers[1:4].tolist()
        answered(memory, some.strongest(numbers, 1))
        assert len(some.known) == 5
