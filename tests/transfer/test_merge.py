"""Merging: what is there is skipped, what is new follows, and done twice it adds nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from plasticdb import PlasticDB
from plasticdb.verify import differences

from ..verbs import MIXES, Clock, Verb, do

EXAMPLES = 30
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
        assert differences(db._store, copy._store, "m") == []
        for verb in after:
            do(db, clock, verb, batch=3)
        carried(db, copy, file, merge=True)
        assert differences(db._store, copy._store, "m") == []
        assert copy.verify("m") == []
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
            assert db.verify("m") == []
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
        assert differences(db._store, away._store, "m") == []
        assert db.verify("m") == away.verify("m") == []
        assert carried(away, db, file, merge=True)["imported"] == 0
        assert carried(db, away, file, merge=True)["imported"] == 0
