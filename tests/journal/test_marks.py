"""What the journal says of samples without their payloads; and what is appended under names and behind others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plasticdb import PlasticDB
from plasticdb.journal.journal import Journal, Written
from plasticdb.journal.marks import marks, named
from plasticdb.journal.operations import operation
from plasticdb.journal.rows import MemoryRow

WRITTEN = [Written("learn", "a", 1, "1", "s"), Written("learn", "b", 1, "1", "t"), Written("learn", "c", 1, "1")]


@pytest.fixture
def journal() -> Journal:
    return PlasticDB.open(":memory:")._journal


@pytest.fixture
def memory(journal: Journal) -> MemoryRow:
    """An id in two sources, and without one; the first was updated, and taken back."""
    row = journal.create("m", "engram", {})
    journal.append(row, [*WRITTEN, Written("update", "more", target=1)], 7.0)
    journal.append(row, [Written("unlearn", target=1)], 7.0)
    return replace(row, position=5)


def test_samples_are_known_by_their_places(journal: Journal, memory: MemoryRow) -> None:
    found = [
        (m.position, m.time, m.ended, m.source, m.external_id, m.texts) for m in marks(journal, memory, [1, 2, 3, 4])
    ]
    assert found == [(1, 7.0, 5, "s", "1", 2), (2, 7.0, None, "t", "1", 1), (3, 7.0, None, None, "1", 1)]


def test_samples_are_known_by_their_names(journal: Journal, memory: MemoryRow) -> None:
    assert [mark.position for mark in named(journal, memory, ["1"])] == [2, 3]
    assert [mark.position for mark in named(journal, memory, ["1"], "s")] == [1], (
        "those that were taken back, where none is left"
    )
    assert [mark.position for mark in named(journal, memory, None, "t")] == [2]
    assert [mark.position for mark in named(journal, memory, ["1"], "none")] == []
    earlier = replace(memory, position=4)
    assert [mark.ended for mark in named(journal, earlier, ["1"], "s")] == [None], "as it was then"


def test_an_id_is_taken_once_from_each_source(journal: Journal, memory: MemoryRow) -> None:
    found = journal.append(memory, WRITTEN, 8.0)
    assert found is not None
    assert found[1] == [6, 2, 3]
    assert found[0].result == 1


def test_what_comes_behind_is_about_what_is_new(journal: Journal, memory: MemoryRow) -> None:
    def behind(new: object) -> list[Written]:
        return [Written("live", repr(new))]

    once = operation("remember", "one")
    for _ in range(2):
        found = journal.append(memory, [*WRITTEN, Written("learn", "d")], 8.0, operation=once, behind=behind)
        assert found is not None
        assert (found[1], found[0].position) == ([6, 2, 3, 7], 8)
    again = journal.append(memory, WRITTEN, 9.0, behind=behind)
    assert again is not None
    assert again[0].position == 8, "nothing is new"
