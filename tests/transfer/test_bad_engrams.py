"""What import refuses of the events of notes: each could stand in a journal, but not beside the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from plasticdb import PlasticDB

from .test_bad_files import Record, events, refused, rewritten


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Of an export: 1, 2, 3 are notes; 4 updates 1, 5 pins 2; 6 forgets 1 and 7 erases 3, which 8 had updated."""
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=2)
        memory.remember([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], ["one", "two", "three"], ["1", "2", "3"], source="s")
        memory.update(1, payload="one more")
        memory.pin(2)
        memory.forget(1)
        memory.update(3, payload="three more")
        memory.forget(3, erase=True)
        memory.remember([[1.0, 0.0]], ["again"], ["1"], source="s", lifespan=7.0)
        db.export("m", tmp_path / "m.jsonl")
    return tmp_path / "m.jsonl"


def test_what_a_journal_has_is_taken(file: Path, tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "new.db") as new:
        new.import_(file)
        memory = new.engrams("m")
        assert memory.verify() == []
        assert [(one.id, one.external_id, one.pinned, one.lifespan) for one in memory.list()] == [
            (2, "2", True, float("inf")), (9, "1", False, 7.0),
        ]  # fmt: skip
        assert memory.forget(1, erase=True).texts == 2


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (events(lambda e: e[4].pop("payload")), "event 4 has no text, and nothing erased it"),
        (
            events(lambda e: e[7].update(payload='{"p":"three"}')),
            "event 7 has a text, and that of its sample was erased",
        ),
        (events(lambda e: e[4].pop("ended")), "event 4 is not ended with its sample"),
        (events(lambda e: e[4].update(target=2)), "event 4 is ended by an event that does not take it back"),
        (events(lambda e: e[6].update(payload="gone")), "that is not what a journal has of a unlearn"),
        (events(lambda e: e[5].update(payload='{"pin":[5]}')), "that is not what a journal has of a pin"),
        (events(lambda e: e[5].update(payload='{"pin":"all"}')), "is not what an export has there"),
        (events(lambda e: e[4].update(payload='{"t":"text"}')), "that is not what a journal has of a update"),
        (events(lambda e: e[4].update(payload='{"v":"AAA=","p":1}')), "is not what an export has there"),
        (events(lambda e: e[10].update(payload=json.dumps({"9": -1}))), "that is not what a journal has of a live"),
        (events(lambda e: e[10].update(payload=json.dumps({"10": 1}))), "that is not what a journal has of a live"),
        (
            events(lambda e: e[9].update(external_id="2")),
            "event 9 has an id that another living sample of its source has",
        ),
    ],
)
def test_what_no_journal_has_is_refused(
    file: Path, tmp_path: Path, change: Callable[[list[Record]], object], reason: str
) -> None:
    rewritten(file, change)
    assert reason in refused(file, tmp_path)
