"""The journal: gapless positions, exactly once by id, and reading it back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

import plasticdb
from plasticdb import BadMemory, NeverLearned
from plasticdb.journal import history
from plasticdb.journal.journal import Journal
from plasticdb.journal.rows import MemoryRow
from plasticdb.journal.selection import Selection
from plasticdb.sequence.teaching.potentiation import decay, potentiate
from plasticdb.sequence.teaching.teach import Lesson, teach
from plasticdb.sql import engine as engines
from plasticdb.sql import migrations


@pytest.fixture
def journal() -> Iterator[Journal]:
    engine = engines.connect(engines.sql_url(":memory:"))
    migrations.check(engine, "journal")
    yield Journal(engine)
    engine.dispose()


@pytest.fixture
def memory(journal: Journal) -> MemoryRow:
    return journal.create("m", "sequence", {"depth": 5})


def learn(
    journal: Journal, memory: MemoryRow, texts: str, source: str | None = "s", ids: bool = True, time: float = 0.0
) -> int:
    payloads = texts.split()
    symbols = [len(payload) + 1 for payload in payloads]
    return teach(journal, memory, Lesson(source, payloads, payloads if ids else None, symbols), time)[0]


def events(
    journal: Journal, memory: MemoryRow, after: int = 0, most: int = 100, symbols: int = 1000
) -> list[tuple[int, str]]:
    return [(row.position, row.kind) for row in history.after(journal, now(journal, memory), after, most, symbols)]


def now(journal: Journal, memory: MemoryRow) -> MemoryRow:
    """The memory with the position that it has come to: reading back goes as far as that."""
    found = journal.memory(memory.name)
    assert found is not None
    return found


def test_positions_have_no_gaps_and_a_known_id_takes_none(journal: Journal, memory: MemoryRow) -> None:
    assert learn(journal, memory, "emma ann") == 2
    assert learn(journal, memory, "ann zoe emma zoe") == 1
    assert learn(journal, memory, "ann", source="other") == 1
    assert learn(journal, memory, "ann ann", source=None, ids=False) == 2
    assert [position for position, _ in events(journal, memory)] == [1, 2, 3, 4, 5, 6]
    found = journal.memory("m")
    assert found is not None
    assert found.position == 6


def test_memories_count_for_themselves(journal: Journal, memory: MemoryRow) -> None:
    other = journal.create("other", "sequence", {})
    learn(journal, memory, "emma ann")
    learn(journal, other, "zoe")
    assert [m.position for m in journal.memories()] == [2, 1]
    journal.drop(memory)
    assert [m.name for m in journal.memories()] == ["other"]
    assert len(events(journal, other)) == 1


def test_making_a_memory_twice_finds_it(journal: Journal, memory: MemoryRow) -> None:
    assert journal.create("m", "sequence", {"depth": 9}) == memory


def test_a_read_is_bounded_by_events_and_by_symbols(journal: Journal, memory: MemoryRow) -> None:
    learn(journal, memory, "aaaa bbbb cccc dddd")
    assert len(events(journal, memory, most=3)) == 3
    assert len(events(journal, memory, symbols=10)) == 2
    assert len(events(journal, memory, symbols=1)) == 1
    assert events(journal, memory, after=3) == [(4, "learn")]


def test_unlearning_frees_the_id(journal: Journal, memory: MemoryRow) -> None:
    learn(journal, memory, "emma ann")
    assert journal.unlearn(memory, Selection("s", ["emma"]), 1.0, str) == 1
    assert learn(journal, memory, "emma ann") == 1
    assert events(journal, memory)[2:] == [(3, "unlearn"), (4, "learn")]
    assert [row.ended for row in history.ended(journal, memory, 1, 9)] == [3]


def test_unlearning_takes_the_reinforcements_too(journal: Journal, memory: MemoryRow) -> None:
    learn(journal, memory, "emma ann")
    potentiate(journal, memory, Selection(payloads=["emma"]), 0.5, 1.0, str)
    potentiate(journal, memory, Selection(payloads=["emma", "ann"]), -0.25, 1.0, str)
    journal.unlearn(memory, Selection(payloads=["emma"]), 2.0, str)
    taken = [(row.position, row.mass) for row in history.ended(journal, memory, 6, 6)]
    assert taken == [(1, 1.0), (3, 0.5), (4, -0.25)]


def test_the_newest_of_equal_samples_is_taken_first(journal: Journal, memory: MemoryRow) -> None:
    learn(journal, memory, "emma", source="old")
    learn(journal, memory, "emma", source="new")
    journal.unlearn(memory, Selection(payloads=["emma"]), 1.0, str)
    assert [row.source for row in history.samples(journal, now(journal, memory))] == ["old"]
    assert [row.source for row in history.samples(journal, replace(memory, position=2))] == ["new", "old"]
    learn(journal, memory, "emma", source="third")
    assert journal.unlearn(memory, Selection(payloads=["emma"], all=True), 1.0, str) == 2


def test_what_was_never_learned_is_named_and_nothing_changes(journal: Journal, memory: MemoryRow) -> None:
    learn(journal, memory, "emma ann")
    before = events(journal, memory)
    for wanted in (["emma", "zoe"], ["emma", "emma"]):
        with pytest.raises(NeverLearned, match=repr(wanted[1])):
            journal.unlearn(memory, Selection(payloads=wanted), 1.0, str)
    with pytest.raises(NeverLearned, match="a source 'x'; the sources are: s"):
        journal.unlearn(memory, Selection("x"), 1.0, str)
    assert events(journal, memory) == before


def test_a_decay_covers_every_event_in_spans(journal: Journal, memory: MemoryRow) -> None:
    learn(journal, memory, "aaaa bbbb cccc dddd eeee")
    journal.unlearn(memory, Selection("s", ["cccc"]), 1.0, str)
    assert decay(journal, memory, 60.0, 2.0, batch=10) == 4
    decays = history.decays(journal, memory, 99)
    assert [(d.first, d.last) for d in decays] == [(0, 2), (3, 5)]
    assert [[row.position for row in history.alive(journal, memory, d)] for d in decays] == [[1, 2], [4, 5]]


def test_erasing_takes_the_text_and_is_noted_when_it_is_done(journal: Journal, memory: MemoryRow) -> None:
    learn(journal, memory, "emma ann")
    journal.unlearn(memory, Selection(payloads=["emma"]), 1.0, str, erase=True)
    assert journal.to_erase(memory) == 3
    assert journal.erase(memory, 3)
    assert history.payloads(journal, memory, [1, 2]) == {1: None, 2: "ann"}
    found = journal.memory("m")
    assert found is not None
    assert found.erased == 3
    assert journal.to_erase(memory) == 3  # until nothing else has the text
    journal.note_shredded(memory, 3)
    assert journal.to_erase(memory) is None


def test_a_dropped_memory_is_never_taken_for_one_made_since(journal: Journal, memory: MemoryRow) -> None:
    learn(journal, memory, "emma")
    journal.drop(memory)
    made = journal.create("m", "sequence", {"depth": 5})
    assert made.id != memory.id
    assert journal.create("m", "sequence", {"depth": 5}) == made
    learn(journal, made, "ann")
    journal.unlearn(made, Selection(payloads=["ann"]), 1.0, str, erase=True)
    with pytest.raises(BadMemory, match="was dropped by another process; open it again"):
        learn(journal, memory, "zoe")
    assert not journal.erase(memory, 2)
    assert history.payloads(journal, made, [1]) == {1: "ann"}


def test_sources_and_sessions_tell_what_was_taught(journal: Journal, memory: MemoryRow) -> None:
    learn(journal, memory, "emma ann", time=5.0)
    learn(journal, memory, "zoe", source="t", time=7.0)
    journal.unlearn(memory, Selection(payloads=["emma"]), 8.0, str)
    journal.end_session(9.0)
    now = journal.memory(memory.name)
    assert now is not None
    assert history.sources(journal, now) == [
        {"source": "s", "learned": 2, "unlearned": 1, "first": 5.0, "last": 5.0},
        {"source": "t", "learned": 1, "unlearned": 0, "first": 7.0, "last": 7.0},
    ]
    (session,) = history.sessions(journal, now)
    assert (session["started"], session["ended"], session["version"]) == (5.0, 9.0, plasticdb.__version__)
    assert (session["learn"], session["unlearn"]) == (3, 1)


def test_finding_samples_reads_no_whole_history(journal: Journal, memory: MemoryRow) -> None:
    """Each question has its index: SQLite would otherwise read all events of the memory."""
    plans = []
    engine = journal.engine
    from sqlalchemy import event as listen

    def explain(
        connection: object, cursor: object, statement: str, parameters: object, context: object, many: bool
    ) -> None:
        if " event " in statement and not many and statement.startswith(("SELECT", "UPDATE")):
            raw = connection.connection.cursor()  # type: ignore[attr-defined]
            plans.extend((statement, row[3]) for row in raw.execute("EXPLAIN QUERY PLAN " + statement, parameters))

    listen.listen(engine, "before_cursor_execute", explain)
    learn(journal, memory, "emma ann")
    potentiate(journal, memory, Selection(payloads=["emma"]), 0.5, 1.0, str)
    journal.unlearn(memory, Selection("s", ["emma"]), 1.0, str)
    history.decays(journal, memory, 9)
    history.ended(journal, memory, 1, 9)
    history.void(journal, memory)
    assert len(plans) > 5
    assert not [
        plan for plan in plans if plan[1].startswith("SCAN event") or plan[1].endswith("PRIMARY KEY (memory=?)")
    ]
