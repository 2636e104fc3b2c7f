"""A batch makes as many rows as the store takes in one transaction, whatever a symbol makes."""

from __future__ import annotations

import random
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from plasticdb import PlasticDB
from plasticdb.errors import BadInput
from plasticdb.files.control import CONTROL
from plasticdb.graph.sql import SQLStore
from plasticdb.graph.store import Changes
from plasticdb.memory.pace import MOST_SYMBOLS, Pace, Room
from plasticdb.memory.verify import differences
from plasticdb.sequence.learning.learn import taken
from plasticdb.sequence.schema import HISTORY
from plasticdb.sequence.teaching.teachable import Teachable
from plasticdb.sequence.tokens import TOKENIZERS

MOST = 600
NAMES = ["ann", "anna", "emma", "ann"] * 40
"""Samples that share all they make."""
CODE = [" ".join(f"{word}{i}" for word in ("def", "return", "import")) for i in range(60)]
"""Samples that share next to nothing."""


class Applied(list[tuple[int, int]]):
    """Of each batch that was applied: its events and its rows."""

    @property
    def events(self) -> list[int]:
        return [events for events, _ in self]

    @property
    def largest(self) -> int:
        return max(rows for _, rows in self)


@pytest.fixture
def applied(monkeypatch: pytest.MonkeyPatch) -> Applied:
    """What was applied to a SQLite database that takes few rows at a time."""
    noted, own = Applied(), SQLStore.apply

    def apply(
        self: SQLStore, memory: str, changes: Changes, expected: int, position: int, *batch: Any, **how: Any
    ) -> bool:
        noted.append((position - expected, changes.rows))
        return own(self, memory, changes, expected, position, *batch, **how)

    monkeypatch.setattr(SQLStore, "apply", apply)
    monkeypatch.setattr(SQLStore, "most_rows", MOST)
    return noted


@pytest.mark.parametrize("order", ["names first", "code first", "mixed"])
def test_a_batch_makes_no_more_rows_than_the_store_takes(tmp_path: Path, applied: Applied, order: str) -> None:
    samples = {
        "names first": NAMES + CODE,
        "code first": CODE + NAMES,
        "mixed": random.Random(1).sample(NAMES + CODE, 220),
    }
    with PlasticDB.open(tmp_path / "m.db") as db, PlasticDB.open(tmp_path / "whole.db") as whole:
        assert db.sequence("m", tokenizer="words").learn_many(samples[order]).learned == 220
        assert applied.largest <= MOST
        assert len(applied) < 40  # and not one for every sample
        with pytest.MonkeyPatch.context() as ample:
            ample.setattr(SQLStore, "most_rows", 10**9)
            applied.clear()
            whole.sequence("m", tokenizer="words").learn_many(samples[order])
        assert applied.events == [220]
        assert differences(db._store, whole._store, "m", but=HISTORY) == []


def test_a_new_process_begins_carefully_and_then_takes_more(tmp_path: Path, applied: Applied) -> None:
    for _ in range(2):
        with PlasticDB.open(tmp_path / "m.db") as db:
            applied.clear()
            db.sequence("m").learn_many(NAMES)
    first, second, *_ = applied.events
    assert first < second
    assert applied.largest <= MOST


def test_one_event_is_never_divided(tmp_path: Path, applied: Applied) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.sequence("m", tokenizer="words").learn_many(["a b", " ".join(f"w{i}" for i in range(200)), "b a"])
        assert applied.events == [1, 1, 1]
        assert applied.largest > MOST
        assert db.memory("m").verify() == []


def test_an_event_that_makes_too_many_is_soon_found_among_others(tmp_path: Path, applied: Applied) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        memory = db.engrams("e", dimension=2)
        memory.remember([[i, 1] for i in range(2_000)])
        memory.tick()  # which changes all engrams
        applied.clear()
        memory.rebuild()
        assert applied[-1] == (1, 2_000)
        assert max(rows for _, rows in applied[:-1]) <= MOST
        assert len(applied) < 20
        assert db.memory("e").verify() == []


@pytest.mark.parametrize("fresh", [True, False])
def test_what_makes_few_rows_is_bounded_by_its_symbols(fresh: bool) -> None:
    pace = Pace.begin(10**9, fresh=fresh)
    assert pace.symbols == MOST_SYMBOLS
    pace.made(rows=10**9, symbols=1)
    assert pace.symbols == 1
    pace.made(rows=0, symbols=100)
    assert pace.symbols == 1


def test_a_process_takes_the_memory_that_it_may() -> None:
    whole, half = Room.of(1_000_000_000, 10_000, 400), Room.of(500_000_000, 10_000, 400)
    assert half.symbols < whole.symbols < MOST_SYMBOLS
    assert half.held < whole.held
    assert Room.of(10**12, 10_000, 400).symbols == MOST_SYMBOLS  # the rest is for what is held
    assert Room.of(1_000_000_000, 10_000, 800).symbols == whole.symbols // 2


def lines(tokenizer: str) -> list[Any]:
    """Source code, as samples of a tokenizer: what a memory takes of it."""
    files = sorted(Path(__file__).parents[2].glob("plasticdb/*/*.py"))
    texts = (line for file in files for line in file.read_text().splitlines())
    found = [line for line in texts if line.strip() and not CONTROL.search(line)][:3_000]
    return found if tokenizer != "symbols" else [line.split() for line in found]


@pytest.mark.parametrize(
    "options",
    [*({"tokenizer": name} for name in TOKENIZERS), {"views": "suffix 8, position all"}, {"views": "suffix 16"}],
)
def test_a_symbol_takes_what_is_said_of_it(options: dict[str, Any]) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", **options)
        samples = lines(memory.options.tokenizer)
        memory.learn(samples[0])  # and imports what it needs
        memory.journal_samples([*map(memory.payload, samples)], None, None)
        tracemalloc.start()
        try:
            memory.apply()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak / memory.stats()["symbols"] < taken(memory.options.tokenizer, memory.options.view_set)


def test_the_longest_sample_fits_where_nobody_said_how_much_there_is(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        memory = db.sequence("long", tokenizer="words", max_symbols=1_000_000)
        assert memory.room.symbols == 1_000_000
        assert memory.learn("so it goes").learned == 1


def test_memory_for_less_than_one_batch_is_refused(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        for amount in (1, "100MB", 120_000_000):
            with pytest.raises(BadInput, match=r"is too little for one batch; give at least 167\.7 MB"):
                db.sequence("m", max_memory=amount)
        with pytest.raises(BadInput, match=r"is too little for one batch; give at least 924\.4 MB"):
            db.sequence("long", max_symbols=1_000_000, max_memory="500MB")
        assert db.sequence("m", max_memory="167.7 MB").learn("emma").learned == 1


def test_little_memory_makes_the_same_graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = []
    with PlasticDB.open(tmp_path / "m.db") as db, PlasticDB.open(tmp_path / "whole.db") as whole:
        monkeypatch.setattr(Teachable, "room", Room(symbols=500, held=20_000))
        for samples in (NAMES, CODE, NAMES[:7], CODE[:50]):
            memory = db.sequence("m")
            memory.learn_many(samples)
            held.append(memory._held.contexts.bytes)
        memory.unlearn(CODE[7:20])
        monkeypatch.undo()
        whole.sequence("m").learn_many([*NAMES, *CODE, *NAMES[:7], *CODE[:50]])
        whole.sequence("m").unlearn(CODE[7:20])
        assert max(held) < whole.sequence("m")._held.contexts.bytes / 3
        assert differences(db._store, whole._store, "m", but=HISTORY) == []
