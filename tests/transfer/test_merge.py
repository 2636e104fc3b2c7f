"""Merging: what is there is skipped, what is new follows, and done twice it adds nothing."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from plasticdb import PlasticDB
from plasticdb.memory.verify import differences
from plasticdb.sequence.schema import HISTORY

from ..effort import times
from ..verbs import MIXES, Clock, Verb, do

EXAMPLES = times(10)
START: list[Verb] = [("learn", ["a", "ab"], None)]


def carried(db: PlasticDB, to: PlasticDB, file: Path, **how: Any) -> dict[str, Any]:
    """Export a memory and import it elsewhere."""
    db.export("m", file)
    (done,) = to.import_(file, **how)
    return done


@settings(deadline=None, max_examples=EXAMPLES)
@given(before=MIXES, after=MIXES)
def test_a_copy_that_is_merged_with_what_came_later_is_the_memory_itself(
    tmp_path_factory: pytest.TempPathFactory, before: list[Verb], after: list[Verb]
) -> None:
    file, clock = tmp_path_factory.mktemp("merge") / "m.jsonl", Clock()
    with PlasticDB.open(":memory:", clock=clock) as db, PlasticDB.open(":memory:", clock=clock) as copy:
        for verb in [*START, *before]:
            do(db, clock, verb, batch=3)
        assert carried(db, copy, file)["skipped"] == 0
        assert differences(db._store, copy._store, "m", but=HISTORY) == []
        for verb in after:
            do(db, clock, verb, batch=3)
        carried(db, copy, file, merge=True)
        assert differences(db._store, copy._store, "m", but=HISTORY) == []
        assert copy.memory("m").verify() == []
        assert carried(db, copy, file, merge=True)["imported"] == 0
        assert copied_texts(copy) == copied_texts(db)


def copied_texts(db: PlasticDB) -> list[str]:
    """All texts in the journal, those of unlearned samples too."""
    with db._journal.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT payload FROM event WHERE kind = 'learn' ORDER BY position").scalars()
        return [text for text in rows if text is not None]


@dataclass(slots=True)
class Ticking(Clock):
    """No two verbs at one moment, in one memory or in two."""

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


@settings(deadline=None, max_examples=EXAMPLES)
@given(ours=MIXES, theirs=MIXES, later=MIXES)
def test_two_memories_that_learned_by_themselves(
    tmp_path_factory: pytest.TempPathFactory, ours: list[Verb], theirs: list[Verb], later: list[Verb]
) -> None:
    file, clock, other = tmp_path_factory.mktemp("merge") / "m.jsonl", Ticking(), Ticking(1000.0005)
    with PlasticDB.open(":memory:", clock=clock) as db, PlasticDB.open(":memory:", clock=other) as away:
        for verb in [*START, *ours]:
            do(db, clock, verb, batch=3)
        for verb in [*START, *theirs]:
            do(away, other, verb, batch=3)
        for more in ([], later):
            for verb in more:
                do(away, other, verb, batch=3)
            carried(away, db, file, merge=True)
            assert db.memory("m").verify() == []
            assert carried(away, db, file, merge=True)["imported"] == 0


@settings(deadline=None, max_examples=EXAMPLES)
@given(common=MIXES, ours=MIXES, theirs=MIXES)
def test_two_copies_that_went_on_and_are_merged_both_ways_agree(
    tmp_path_factory: pytest.TempPathFactory, common: list[Verb], ours: list[Verb], theirs: list[Verb]
) -> None:
    """But for decays, whose order counts, and for samples that one source taught both under one id: each keeps its own."""
    file, clock, other = tmp_path_factory.mktemp("merge") / "m.jsonl", Ticking(), Ticking(2000.0005)
    with PlasticDB.open(":memory:", clock=clock) as db, PlasticDB.open(":memory:", clock=other) as away:
        for verb in [*START, *common]:
            do(db, clock, verb, batch=3)
        carried(db, away, file)
        for verb in ours:
            if verb[0] != "decay":
                do(db, clock, verb, batch=3)
        for verb in theirs:
            if verb[0] == "learn":
                verb = (*verb[:2], None)
            if verb[0] != "decay":
                do(away, other, verb, batch=3)
        carried(away, db, file, merge=True)
        carried(db, away, file, merge=True)
        assert differences(db._store, away._store, "m", but=HISTORY) == []
        assert db.memory("m").verify() == away.memory("m").verify() == []
        assert carried(away, db, file, merge=True)["imported"] == 0
        assert carried(db, away, file, merge=True)["imported"] == 0


def test_an_erasure_reaches_every_copy(tmp_path: Path) -> None:
    """Also one in which the sample was unlearned and not erased, and from there the next one."""
    file = tmp_path / "m.jsonl"
    with ExitStack() as stack:
        one, two, three = (stack.enter_context(PlasticDB.open(tmp_path / f"{i}.db")) for i in range(3))
        one.sequence("m").learn_many(["emma", "noah"])
        carried(one, two, file)
        carried(one, three, file)
        two.sequence("m").unlearn("noah")
        one.sequence("m").unlearn("noah", erase=True)
        assert carried(one, two, file, merge=True) == {"memory": "m", "imported": 1, "skipped": 2}
        assert carried(two, three, file, merge=True) == {"memory": "m", "imported": 2, "skipped": 2}
        for a, b in ((one, two), (two, three), (three, one)):
            assert carried(a, b, file, merge=True)["imported"] == 0
            assert copied_texts(b) == ["emma"]
            assert b.memory("m").verify() == []


def test_equal_samples_keep_their_order(tmp_path: Path) -> None:
    """Of three equal samples that were learned in one go, and lie elsewhere here, the middle one was erased there."""
    file = tmp_path / "m.jsonl"
    with PlasticDB.open(":memory:") as db, PlasticDB.open(":memory:") as away:
        db.sequence("m").learn("here first")
        away.sequence("m").learn_many(["a", "a", "a"])
        away.sequence("m").unlearn("a")
        carried(away, db, file, merge=True)
        away.sequence("m").unlearn("a", erase=True)
        assert carried(away, db, file, merge=True)["imported"] == 1
        assert copied_texts(db) == ["here first", "a", "a"]
        assert db.memory("m").verify() == []


def test_a_decay_is_of_the_samples_that_it_was_of(tmp_path: Path) -> None:
    file, clock = tmp_path / "m.jsonl", Clock()
    with ExitStack() as stack:
        db, away, expected = (stack.enter_context(PlasticDB.open(":memory:", clock=clock)) for _ in range(3))
        away.sequence("m").learn("a")
        carried(away, db, file)
        db.sequence("m").learn("b")
        away.sequence("m").learn("c")
        expected.sequence("m").learn_many(["a", "c"])
        clock.now += 100
        away.sequence("m").decay(50)
        expected.sequence("m").decay(50)
        expected.sequence("m").learn("b")
        assert carried(away, db, file, merge=True)["imported"] == 2
        assert db.memory("m").stats()["position"] == 5, "a, b, c, and a decay of a and of c"
        assert differences(db._store, expected._store, "m", but=HISTORY) == []
        assert carried(away, db, file, merge=True)["imported"] == 0
