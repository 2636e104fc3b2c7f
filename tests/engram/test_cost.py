"""What a step of an engram memory costs."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import numpy as np
import pytest
from sqlalchemy import event

from plasticdb import PlasticDB

from ..driver_log import listening


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


class Talk(logging.Handler):
    """What the driver says to the server: statements, and trips, each of which ends when the server answers."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.statements: list[str] = []
        self.trips, self.answered = 0, True

    def emit(self, record: logging.LogRecord) -> None:
        asks = any(f"  C: {what}" in record.msg for what in ("BEGIN", "RUN", "COMMIT"))  # not whether it is still there
        answers = "  S: " in record.msg
        self.trips += asks and self.answered
        self.answered = answers or (self.answered and not asks)
        if "  C: RUN" in record.msg:
            self.statements.append(record.getMessage())


@pytest.fixture
def talk() -> Iterator[Talk]:
    heard = Talk()
    with listening(heard):
        yield heard


def test_a_step_takes_as_many_queries_on_neo4j(neo4j_db: PlasticDB, talk: Talk) -> None:
    small, large = taken(neo4j_db, 100, talk.statements), taken(neo4j_db, 2000, talk.statements)
    assert sum(large) <= 1.1 * sum(small)
    assert max(large) < 30


def test_a_note_more_takes_five_trips_to_neo4j(neo4j_db: PlasticDB, talk: Talk) -> None:
    """To see which of its terms are known, to begin, to lock the memory, to write all, and to commit."""
    notes = neo4j_db.engrams("notes", embedder="ngrams")
    notes.remember(["Ann drinks tea", "it rains"])
    talk.statements.clear()
    talk.trips = 0
    notes.remember(["Bob drinks coffee"])
    assert (talk.trips, len(talk.statements)) == (5, 9)
    notes.remember(["Ann drinks coffee"])  # all of which is known
    assert talk.trips == 5 + 4
