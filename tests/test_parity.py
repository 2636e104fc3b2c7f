"""The same events make the same graph on every store, weight by weight."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings

from plasticdb import PlasticDB
from plasticdb.engram.schema import FIRING
from plasticdb.memory.verify import differences
from plasticdb.sequence.schema import SESSION

from .verbs import ENGRAM_MIXES, MIXES, Clock, Verb, do, do_engrams


@pytest.fixture
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[PlasticDB, Clock]]:
    clock = Clock()
    if request.param == "neo4j":
        server = request.getfixturevalue("neo4j_emptied")
        where: dict[str, Any] = {"journal": tmp_path / "j.db", "username": server.username, "password": server.password}
        db = PlasticDB.open(server.uri, **where, clock=clock)
    else:
        db = PlasticDB.open(request.getfixturevalue("postgres_emptied"), clock=clock)
    with db:
        yield db, clock


@pytest.mark.parametrize("other", ["postgres", "neo4j"], indirect=True)
@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mix=MIXES)
def test_any_mix_of_verbs_makes_the_same_graph(other: tuple[PlasticDB, Clock], mix: list[Verb]) -> None:
    db, clock = other
    name = f"m{uuid4()}"  # ids depend on the name, so both memories have the same
    clock.now = 1000.0
    here = Clock()
    with ExitStack() as stack:
        sqlite = stack.enter_context(PlasticDB.open(":memory:", clock=here))
        for verb in mix:
            do(db, clock, verb, name, batch=3)
            do(sqlite, here, verb, name)
        if db.memories():
            db.sequence(name).learn("z")
            sqlite.sequence(name).learn("z")
            assert differences(db._store, sqlite._store, name, but=[SESSION]) == []
            assert db.sequence(name).predict("a") == pytest.approx(sqlite.sequence(name).predict("a"), abs=1e-9)
            db.drop(name)


@pytest.mark.parametrize("other", ["postgres", "neo4j"], indirect=True)
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mix=ENGRAM_MIXES)
def test_any_mix_of_engrams_makes_the_same_graph(other: tuple[PlasticDB, Clock], mix: list[Verb]) -> None:
    db, _ = other
    name = f"e{uuid4()}"
    with PlasticDB.open(":memory:") as sqlite:
        for verb in mix:
            assert do_engrams(db, verb, name) == do_engrams(sqlite, verb, name)
        if db.memories():
            assert db.memory(name).verify() == []
            assert sqlite.memory(name).verify() == []
            assert differences(db._store, sqlite._store, name, but=[FIRING]) == []
            assert db.engrams(name).recall([1, 1], k=20) == sqlite.engrams(name).recall([1, 1], k=20)
            db.drop(name)
