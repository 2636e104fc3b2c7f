"""What is used stays: a use decays by elapsed time, and a full memory archives what is used least."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plasticdb import PlasticDB
from plasticdb.testing import Clock
from plasticdb.transform.memory import TransformMemory
from plasticdb.transform.usage import least_used, rank, used


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def db(clock: Clock) -> Any:
    with PlasticDB.open(":memory:", clock=clock) as database:
        yield database


def raw(memory: TransformMemory) -> list[int]:
    return [one.id for one in memory.list(state="raw")]


def test_a_use_counts_half_after_a_half_life() -> None:
    usage, at = used(0.0, 0.0, 1.0, 100.0, half_life=50.0)
    assert used(usage, at, 0.5, 150.0, half_life=50.0) == (1.0, 150.0)
    assert used(1.0, 200.0, 1.0, 100.0, half_life=50.0) == (2.0, 200.0)


def test_the_order_of_usage_is_that_at_any_time() -> None:
    rng = np.random.default_rng(0)
    usage, at = rng.random(50), rng.random(50) * 100
    now = usage * 2.0 ** (-(500 - at) / 30)
    found = [number for _, number in least_used(zip(range(50), usage, at, strict=True), 30.0, 50)]
    assert found == np.argsort(now).tolist()
    assert rank(0.0, 99.0, 30.0) < rank(1e-300, 0.0, 30.0)


def test_a_read_notes_what_it_used_if_it_is_asked_to(db: PlasticDB, clock: Clock) -> None:
    memory = db.transforms("m", 1, 1, half_life=60)
    memory.write([[1], [5]], [[1], [5]])
    memory.read([1.1])
    assert memory.stats()["position"] == 2
    assert memory.read([1.1], use=True).value.tolist() == [1.0]
    clock.now += 60
    memory.use(memory.read([0.9]))
    assert (memory.get(1).usage, memory.get(1).used_at, memory.get(2).usage) == (2.0, 1_060.0, 1.0)
    assert memory.verify() == []
    memory.consolidate()
    found = memory.read([3], use=True)
    assert memory.get(found.slots[0].id).usage == 1.0
    memory.rebuild()
    assert memory.get(1).usage == 2.0
    assert memory.read_many([[1], [5]]).round(9).tolist() == [[1], [5]]


def test_a_use_is_noted_once(db: PlasticDB) -> None:
    memory = db.transforms("m", 1, 1)
    memory.write([[1], [5]], [[1], [5]])
    assert memory.use([1, 2], operation="o") == memory.use([1, 2], operation="o") == 2
    for _ in range(2):
        assert memory.read([1], use=True, operation="p").value.tolist() == [1.0]
    assert (memory.get(1).usage, memory.get(2).usage) == (3.0, 2.0)


def test_a_full_memory_archives_what_is_used_least_and_of_that_the_oldest(db: PlasticDB, clock: Clock) -> None:
    memory = db.transforms("m", 1, 1, capacity=3)
    memory.write([[1], [2], [3]], [[1], [2], [3]], "a")
    memory.read([1], use=True)
    memory.write([[4]], [[4]], "a")
    assert raw(memory) == [1, 3, 5]
    assert memory.stats()["raw"] == 3
    assert memory.read([2.1]).value.tolist() != [2.0]
    assert [one.id for one in memory.recall_forward([2], 9)] == [2, 3, 5]
    memory.write([[5], [6], [7]], [[5], [6], [7]], "a")
    assert raw(memory) == [1, 7, 8]
    assert memory.verify() == []
    assert [float(one.value[0]) for one in memory.recall_forward([1], 9)] == [1, 2, 3, 4, 5, 6, 7]
    memory.forget(2)
    assert memory.verify() == []


def test_what_was_read_long_ago_goes_before_what_was_just_written(db: PlasticDB, clock: Clock) -> None:
    memory = db.transforms("m", 1, 1, capacity=2, half_life=60)
    memory.write([[1], [2]], [[1], [2]])
    memory.read([1], use=True)
    clock.now += 600
    memory.write([[3], [4]], [[3], [4]])
    assert raw(memory) == [4, 5]


def test_where_all_are_used_the_one_that_was_used_longest_ago_goes(db: PlasticDB, clock: Clock) -> None:
    memory = db.transforms("m", 1, 1, capacity=2)
    memory.write([[1], [2]], [[1], [2]])
    for key in (2, 1):
        memory.read([key], use=True)
        clock.now += 10
    memory.write([[3]], [[3]])
    assert raw(memory) == [1, 5]


@pytest.mark.parametrize("batch", [1, 4, 1_000])
def test_who_goes_is_as_by_hand_whatever_the_batch(batch: int, clock: Clock) -> None:
    there: dict[int, tuple[float, float]] = {}  # key: usage, and as of when
    with PlasticDB.open(":memory:", clock=clock) as db:
        memory = db.transforms("m", 1, 1, capacity=5, half_life=2, batch=batch)
        for i in range(6):
            memory.write([[3 * i], [3 * i + 1], [3 * i + 2]], [[0], [1], [2]], "s")
            for key in range(3 * i, 3 * i + 3):
                if len(there) == 5:
                    del there[min(there, key=lambda k: (there[k][0] * 2 ** ((there[k][1] - clock.now) / 2), k))]
                there[key] = 1.0, clock.now
            clock.now += 1
            memory.read([2 * i + 0.1], use=True)
            key = min(there, key=lambda k: abs(k - 2 * i - 0.1))
            there[key] = there[key][0] * 2 ** ((there[key][1] - clock.now) / 2) + 1, clock.now
        for _ in range(2):
            assert [float(one.key[0]) for one in memory.list(state="raw")] == sorted(there)
            assert memory.verify() == []
            memory.rebuild()
        assert memory.read_many([[17.0]]).tolist() == [[2.0]]


def test_what_has_a_room_of_one(db: PlasticDB) -> None:
    memory = db.transforms("m", 1, 1, capacity=1)
    memory.write([[1], [2], [3]], [[1], [2], [3]])
    assert raw(memory) == [3]
    memory.consolidate(afresh=True)
    memory.write([[4]], [[4]])
    assert memory.stats()["raw"] <= 1
    assert memory.verify() == []
