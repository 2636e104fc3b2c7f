"""What a step of an engram memory costs."""

from __future__ import annotations

from typing import Any

import neo4j
import numpy as np
import pytest
from sqlalchemy import event

from plasticdb import PlasticDB


def taken(db: PlasticDB, long: int, said: list[str]) -> list[int]:
    """How many statements each of some steps takes, in a memory of so many long-term engrams; all are noted in `said`."""
    rng = np.random.default_rng(0)
    memory = db.engrams(f"of {long}", dimension=4, lifespan=1000.0)
    memory.remember(rng.normal(size=(long, 4)))
    for _ in range(12):
        memory.step(rng.normal(size=(4, 4)))
    counts: list[int] = []
    for _ in range(40):
        said.clear()
        memory.step(rng.normal(size=(4, 4)))
        counts.append(len(said))
    assert memory.stats()["long"] >= long
    return counts


def test_a_step_takes_as_many_statements_in_a_memory_of_any_size() -> None:
    said: list[str] = []
    with PlasticDB.open(":memory:") as db:
        event.listen(
            db._journal.engine,
            "before_cursor_execute",
            lambda connection, cursor, statement, *_: said.append(statement),
        )
        small, large = taken(db, 100, said), taken(db, 2000, said)
    assert sum(large) <= 1.1 * sum(small)
    assert max(large) < 60


def test_a_step_takes_as_many_queries_on_neo4j(neo4j_db: PlasticDB, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    real = neo4j.ManagedTransaction.run

    def run(tx: neo4j.ManagedTransaction, query: Any, *rest: Any, **more: Any) -> neo4j.Result:
        said.append(query)
        return real(tx, query, *rest, **more)

    monkeypatch.setattr(neo4j.ManagedTransaction, "run", run)
    small, large = taken(neo4j_db, 100, said), taken(neo4j_db, 2000, said)
    assert sum(large) <= 1.1 * sum(small)
    assert max(large) < 30
