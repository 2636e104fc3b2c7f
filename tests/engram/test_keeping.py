"""The counts and the graph of an engram memory do not depend on how it was kept."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from plasticdb import BadMemory, GraphBehind, PlasticDB, StoreError, Unavailable
from plasticdb.engram import memory as module
from plasticdb.engram import remind, synapses
from plasticdb.engram.events import Reminding, consolidating
from plasticdb.engram.index import Index
from plasticdb.engram.memory import EngramMemory
from plasticdb.engram.schema import FIRING
from plasticdb.journal import history
from plasticdb.journal.journal import Written
from plasticdb.memory.verify import differences

from ..effort import times
from .lives import lived, useful


def counts(memory: EngramMemory) -> dict[tuple[int, int], int]:
    ids = [one.id for one in memory.recall([0.0] * 4, k=10_000) if one.why == "near"]
    return {(id, one.id): one.fired for id in ids for one in memory.associations(id)}


def counted(memory: EngramMemory) -> dict[tuple[int, int], int]:
    """The same, counted out from what the journal says."""
    alive = {row.id for row in memory.recall([0.0] * 4, k=10_000)}
    found: dict[tuple[int, int], int] = {}
    for row in history.after(memory._journal, memory._open(), 0, 10**6, 10**6):
        if row.kind == "remind":
            fired = alive & Reminding.read(row.payload).fired().keys()
            for pair in permutations(fired, 2):
                found[pair] = found.get(pair, 0) + 1
    return found


@settings(deadline=None, max_examples=times(5))
@given(st.lists(st.tuples(st.integers(0, 20), st.sampled_from([0.2, 0.7, 1.0])), max_size=6), st.integers(0, 3))
def test_consolidating_whatever_and_whenever_changes_no_count(parts: list[tuple[int, float]], seed: int) -> None:
    with PlasticDB.open(":memory:") as db, pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "OPEN", 10_000)  # never by itself
        memory, rng = lived(db, 10, seed), np.random.default_rng(seed)
        for steps, part in parts:
            for _ in range(steps):
                memory.step(rng.normal(size=(2, 4)), useful)
            before = counts(memory)
            some = [number for number in memory._held.firings if rng.random() < part]
            memory._journal.append(memory._open(), [Written("consolidate", consolidating(some))], 0.0)
            assert memory.sync() == 1
            assert counts(memory) == before
        assert counts(memory) == counted(memory)
        assert len(counts(memory)) > 20
        assert db.memory("m").verify() == []


@settings(deadline=None, max_examples=times(4))
@given(st.integers(0, 1000), st.integers(1, 40))
def test_rebuilt_in_batches_of_any_size_it_is_the_same(seed: int, batch: int) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = lived(db, 40, seed)
        memory.batch = batch
        before = memory.stats(), counts(memory), db._store.memory("m").totals  # type: ignore[union-attr]
        assert db.memory("m").rebuild() == memory.stats()["position"]
        assert (memory.stats(), counts(memory), db._store.memory("m").totals) == before  # type: ignore[union-attr]
        assert db.memory("m").verify() == []


@pytest.mark.parametrize("hubs", [False, True], ids=["few synapses", "hubs"])
def test_reopened_after_every_step_it_is_the_same(tmp_path: Path, hubs: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where most engrams have more synapses than are read, and what is known of these is followed from step to step."""
    rng = np.random.default_rng(1)
    vectors, lifespan = rng.normal(size=(50, 2, 4)), 8.0
    if hubs:
        monkeypatch.setattr(remind, "_MORE", 0)
        monkeypatch.setattr(synapses, "_SPARE", 1)
        monkeypatch.setattr(module, "OPEN", 3)
        monkeypatch.setattr(module, "KEPT", 1)
        vectors, lifespan = rng.normal(size=(150, 2, 4)), 40.0
    with PlasticDB.open(":memory:") as steady:
        for step in vectors:
            steady.engrams("m", dimension=4, lifespan=lifespan, capacity=6).step(step, useful)
            with PlasticDB.open(tmp_path / "m.db") as db:
                db.engrams("m", dimension=4, lifespan=lifespan, capacity=6).step(step, useful)
        with PlasticDB.open(tmp_path / "m.db") as db:
            assert counts(db.engrams("m")) == counts(steady.engrams("m"))
            assert db.engrams("m").recall([0.0] * 4) == steady.engrams("m").recall([0.0] * 4)


def test_a_large_firing_is_never_as_many_synapses_as_it_has_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=4, lifespan=100.0)
        memory.remember(rng.normal(size=(300, 4)))
        for _ in range(50):
            memory.step(rng.normal(size=(2, 4)), useful)
        assert len(memory._held.firings) <= module.OPEN + 1
        assert len(memory._held.firings[min(memory._held.firings)]) > module.LARGEST
        assert db._store.counts()["engram_synapse"] < 10_000
        assert counts(memory) == counted(memory)
        assert db.memory("m").verify() == []


@pytest.mark.parametrize("part", ["_journal", "_store"])
@pytest.mark.parametrize("error", [StoreError, Unavailable, KeyboardInterrupt])
def test_what_failed_half_way_leaves_nothing_behind(
    part: str, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    with PlasticDB.open(":memory:") as db, PlasticDB.open(":memory:") as undisturbed:
        for one in (db, undisturbed):
            lived(one, 12)
        memory, verb = db.engrams("m"), "append" if part == "_journal" else "apply"

        def fail(*_: Any, **__: Any) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(getattr(memory, part), verb, fail)
            with pytest.raises((error, GraphBehind)):
                memory.step([[9.0] * 4], useful)
        if part == "_store":  # the journal has it
            undisturbed.engrams("m").step([[9.0] * 4], useful)
        for one in (db, undisturbed):
            one.engrams("m").step([[8.0] * 4], useful)
        assert db.memory("m").verify() == []
        assert counts(memory) == counts(undisturbed.engrams("m"))


def test_verify_finds_what_was_changed_by_hand() -> None:
    for statement, found in [
        (
            "UPDATE engram SET expires_at = expires_at + 1 WHERE number = (SELECT max(number) FROM engram)",
            "expires_at is",
        ),
        ("UPDATE engram SET fires = fires + 1 WHERE number = (SELECT min(number) FROM engram)", "fires is"),
        ("UPDATE engram_synapse SET fired = fired + 1", "fired is"),
        ("DELETE FROM fired", "only there"),
        ("DELETE FROM engram_synapse", "only there"),
    ]:
        with PlasticDB.open(":memory:") as db:
            lived(db, 60)
            with db._store.engine.begin() as connection:  # type: ignore[attr-defined]
                assert connection.execute(text(statement)).rowcount > 0
            assert any(found in line for line in db.memory("m").verify()), statement
            db.memory("m").rebuild()
            assert db.memory("m").verify() == []


def test_exported_and_imported_it_goes_on_as_it_would_have(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db, PlasticDB.open(tmp_path / "o.db") as other:
        memory = lived(db, 50)
        db.export("m", tmp_path / "m.jsonl")
        other.import_(tmp_path / "m.jsonl")
        assert counts(other.engrams("m")) == counts(memory)
        assert other.engrams("m").step(np.ones((1, 4))) == memory.step(np.ones((1, 4)))
        with pytest.raises(BadMemory, match="engram memories cannot be merged"):
            other.import_(tmp_path / "m.jsonl", merge=True)


def test_copied_it_is_the_same_also_what_came_since(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db, PlasticDB.open(tmp_path / "o.db") as other:
        memory = lived(db, 50)
        assert db.copy(other) == {"m": memory.stats()["position"]}
        memory.step(np.ones((1, 4)))
        assert db.copy(other, batch=2)["m"] >= 3
        assert differences(db._store, other._store, "m", but=[FIRING]) == []
        assert other.memory("m").verify() == []


def test_a_handle_outlives_a_memory_that_is_dropped_and_made_again() -> None:
    with PlasticDB.open(":memory:") as db:
        old = db.engrams("m", dimension=2)
        old.remember([[100.0 + i, 100.0] for i in range(10)])
        old.tick()
        assert len(old.recall([0.0, 0.0], 30)) == 10
        db.drop("m")
        rows = [
            [0.0, 0.0],
            *([100.0 + i, 100.0] for i in range(1, 10)),
            *([5.0 + i, 5.0] for i in range(20)),
        ]  # 2 to 10 as before
        new = db.engrams("m", dimension=2)  # its 2 to 10 are as before
        new.remember(rows)
        new.tick()
        assert [one.id for one in old.recall([0.0, 0.0], 3)] == [one.id for one in new.recall([0.0, 0.0], 3)]
        assert old.recall([0.0, 0.0], 1)[0].distance == 0.0
        db.drop("m")
        db.engrams("m", dimension=3).remember([[1.0, 2.0, 3.0]])
        with pytest.raises(BadMemory, match="was made with dimension 3, not 2"):
            old.recall([0.0, 0.0])


def test_a_recall_while_the_graph_is_made_again_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    with PlasticDB.open(tmp_path / "m.db") as db, PlasticDB.open(tmp_path / "m.db") as other:
        memory = db.engrams("m", dimension=2)
        memory.remember(rng.normal(size=(60, 2)))
        memory.tick()
        before, real = [one.id for one in memory.recall([0.0, 0.0], 5)], Index.nearest

        def cleared(matrix: Any, *rest: Any) -> Any:
            monkeypatch.setattr(Index, "nearest", real)
            other._store.clear("m")
            return real(matrix, *rest)

        monkeypatch.setattr(Index, "nearest", cleared)
        assert [one.id for one in memory.recall([0.0, 0.0], 5)] == before
        assert [one.id for one in memory.recall([0.0, 0.0], 5)] == before


def test_where_very_many_died_few_looks_find_who_is_alive() -> None:
    rng = np.random.default_rng(0)
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=2, lifespan=2.0)
        near = memory.remember(rng.normal(size=(3000, 2))).ids
        far = memory.remember(100 + rng.normal(size=(3000, 2))).ids
        memory.tick()
        memory.recall([0.0, 0.0])
        memory.reward(dict.fromkeys([*far, near[7]], 50.0))
        memory.tick()
        found = [one.id for one in memory.recall([0.0, 0.0], 4)]
        assert found[0] == near[7]
        assert {*found[1:]} <= {*far}


def test_interrupted_in_the_middle_of_asking_nothing_half_known_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = lived(db, 60)
        memory._held.forget()
        expected = memory.recall([0.0] * 4)
        memory._held.forget()

        def interrupted(*_: Any) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(synapses.KnownSynapses, "_rows", interrupted)
            with pytest.raises(KeyboardInterrupt):
                memory.recall([0.0] * 4)
        assert memory.recall([0.0] * 4) == expected


def test_a_dropped_memory_leaves_nothing() -> None:
    with PlasticDB.open(":memory:") as db:
        lived(db)
        db.drop("m")
        assert set(db._store.counts().values()) == {0}
        assert db.memories() == []
