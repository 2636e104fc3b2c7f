"""A memory that everything has happened to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from plasticdb import PlasticDB

from ..verbs import Clock

Lived = Callable[[PlasticDB, Clock], None]
WORDS = ["emma", "emily", "emil", "ann", "anna", "noah", "nora", "emily"]


def lived(db: PlasticDB, clock: Clock) -> None:
    """Learn, unlearn, erase, reinforce, weaken, decay, and learn again."""
    memory = db.sequence("names", depth=3)
    memory.learn_many(WORDS, source="a list", ids=[str(i) for i in range(len(WORDS))])
    memory.learn_many(["zoe", "zoé", "ann", "ann"])
    clock.now += 100
    memory.reinforce("emma", by=2.5)
    memory.weaken(["ann", "nora"], by=1.25)
    memory.decay(half_life=300)
    memory.unlearn("emil")
    memory.unlearn("noah", erase=True)
    clock.now += 50
    memory.learn_many(["emil", "noemi"], source="a list", ids=["2", "x"])
    memory.unlearn("emil", erase=True)
    memory.decay(half_life=1000)
    memory.learn_many(["emil"], source="another list", ids=["2"])


@pytest.fixture
def db(tmp_path: Path) -> Iterator[PlasticDB]:
    """The memory `names`, on SQLite; the texts `noah` and one `emil` were erased."""
    clock = Clock()
    with PlasticDB.open(tmp_path / "names.db", clock=clock) as made:
        lived(made, clock)
        yield made
