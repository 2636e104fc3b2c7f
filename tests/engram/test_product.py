"""The memory itself, on every store: the reference's clean trace, any trace of the oracle without quirks, and counts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import PlasticDB
from plasticdb.engram import memory as module
from plasticdb.engram.rules import LONG

from ..effort import times
from .golden import Trace
from .oracle import CLEAN, Oracle, Parameters
from .replay import alive, as_drawn, one_step, opened, state
from .test_clean import parameters, turns

ROOT = Path(__file__).parents[2]
Opened = Callable[[], Any]


def replay(open_: Opened, trace: Trace) -> None:
    """Step by step, each in a database that was opened just for it."""
    for index in range(len(trace.steps)):
        with open_() as db:
            one_step(db, trace, index)


def killed(trace_name: str, db: str, journal: str, password: str = "") -> None:
    """Step by step, each by a process that is killed when it is done."""
    command = [sys.executable, "-m", "tests.engram.replay", trace_name, db, journal]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"NEO4J_PASSWORD": password}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(autouse=True)
def _few_open_firings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OPEN", 4)
    monkeypatch.setattr(module, "KEPT", 2)


def test_the_clean_trace_on_sqlite_reopened_after_every_step(clean_trace: Trace, tmp_path: Path) -> None:
    replay(lambda: PlasticDB.open(tmp_path / "m.db"), clean_trace)
    with PlasticDB.open(tmp_path / "m.db") as db:
        assert all(db.memory(f"row {row}").verify() == [] for row in range(clean_trace.rows))


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
        assert all(db.memory(f"row {row}").verify() == [] for row in range(clean_trace.rows))


@pytest.mark.parametrize("store", ["sqlite", "neo4j"])
def test_the_clean_trace_killed_after_every_step(
    clean_trace: Trace, store: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url, journal, password = str(tmp_path / "m.db"), str(tmp_path / "m.db"), ""
    if store == "neo4j":
        server = request.getfixturevalue("neo4j_emptied")
        url, journal, password = server.uri, str(tmp_path / "journal.db"), server.password
    killed(clean_trace.name, url, journal, password)
    with PlasticDB.open(url, journal, password=password) as db:
        assert db.memory("row 0").stats()["tick"] == len(clean_trace.steps)
        assert all(db.memory(f"row {row}").verify() == [] for row in range(clean_trace.rows))


@settings(deadline=None, max_examples=times(20))
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
        assert db.memory("m").verify() == []
