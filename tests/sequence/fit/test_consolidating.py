"""Consolidation as a verb: what it is of, what it is equal to, and what it refuses."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plasticdb import BadInput, NothingLearned, PlasticDB, Stuck
from plasticdb.journal.journal import Written
from plasticdb.memory.verify import differences
from plasticdb.sequence.events import RULE
from plasticdb.sequence.memory import SequenceMemory
from plasticdb.sequence.schema import HISTORY

VIEWS = "suffix 3, position 8"
RANDOM = random.Random(3)
SOME = ["".join(RANDOM.choices("abcde", (5, 4, 3, 2, 1), k=RANDOM.randint(0, 9))) for _ in range(400)]


def taught(db: PlasticDB, samples: list[str] = SOME, **how: Any) -> SequenceMemory:
    memory = db.sequence("m", views=VIEWS, **how)
    memory.learn_many(samples)
    return memory


def trusts(memory: SequenceMemory) -> dict[tuple[str, str, str], float]:
    """How much each view is trusted, as anybody can ask."""
    asked = (
        "MATCH (g:Gate)-[t:TRUSTS]->(v:View) RETURN g.what AS what, g.said AS said, v.name AS view, t.weight AS weight"
    )
    rows = memory._home.query(asked)  # type: ignore[attr-defined]
    return {(row["what"], row["said"], row["view"]): row["weight"] for row in rows}


def test_what_comes_of_it() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = taught(db)
        assert "nats_per_symbol" not in memory.stats()
        before = memory.predict("ab")
        found = memory.consolidate(300)
        assert found.samples == 300
        assert memory.predict("ab") != before
        stats = memory.stats()
        assert stats["nats_per_symbol"] == found.nats_per_symbol == found.nats / found.symbols
        assert stats["left_out"] == 300
        assert stats["fitted"] <= memory.now()
        assert stats["position"] == len(SOME) + 1
        assert memory.verify() == []


def test_each_depth_that_spoke_is_in_the_graph() -> None:
    with PlasticDB.open(":memory:") as db:
        taught(db).consolidate()
        asked = (
            "MATCH (d:Depth)-[:OF_VIEW]->(v:View) RETURN v.name AS view, d.depth AS depth ORDER BY v.number, d.depth"
        )
        there = [(row["view"], row["depth"]) for row in db.query(asked)]
        assert there == [("suffix", depth) for depth in range(4)] + [("position", depth) for depth in range(1, 6)]


def rules_of(memory: SequenceMemory, rule: int) -> dict[str, float]:
    """What comes after a prompt in a memory that was consolidated by a rule."""
    memory._journal.append(memory._open(), [Written("consolidate", json.dumps({"samples": 300, "rule": rule}))], 0.0)
    memory.sync()
    assert memory.verify() == []
    return dict(memory.predict("abc"))


def test_gates_say_how_likely_a_sample_ends_where_they_look_at_the_place() -> None:
    with PlasticDB.open(":memory:") as db:
        taught(db).consolidate()
        assert {(what, said) for what, said, view in trusts(db.sequence("m")) if view == "ending"} == {
            *(("place", f"symbol {place}") for place in range(1, 11)),
            *(("depth", f"the suffix is known to depth {depth}") for depth in range(1, 4)),
        }
    with PlasticDB.open(":memory:") as db:
        elsewhere = db.sequence("m", views="suffix 3")
        elsewhere.learn_many(SOME)
        elsewhere.consolidate()
        assert {view for _, _, view in trusts(elsewhere)} == {"suffix"}


def test_an_older_fit_is_made_again_by_its_own_rule() -> None:
    """What a journal says came of it when it was written; nothing but a fit by the newer rule makes gates of the stop."""
    with PlasticDB.open(":memory:") as db:
        memory = taught(db)
        first = rules_of(memory, 1)
        assert "ending" not in {view for _, _, view in trusts(memory)}
        assert rules_of(memory, 2) != first
        assert "ending" in {view for _, _, view in trusts(memory)}
        assert rules_of(memory, 1) == pytest.approx(first, abs=1e-12)


def test_another_process_trusts_the_same(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        memory = taught(db)
        memory.consolidate()
        here = {prompt: memory.predict(prompt) for prompt in ("", "ab", "edcba")}
        with PlasticDB.open(tmp_path / "m.db") as other:
            there = other.sequence("m")
            for prompt, p in here.items():
                assert there.predict(prompt) == pytest.approx(p, abs=1e-12)


def test_a_fit_after_unlearning_is_that_of_a_memory_that_never_saw_it() -> None:
    gone, left = SOME[:40], SOME[40:]
    with PlasticDB.open(":memory:") as one, PlasticDB.open(":memory:") as other:
        memory = taught(one)
        memory.consolidate()
        memory.unlearn(gone)
        never = taught(other, left)
        assert memory.consolidate(200).nats == pytest.approx(never.consolidate(200).nats, abs=1e-9)
        assert differences(one._store, other._store, "m", but=HISTORY) == []


@pytest.mark.parametrize("batch", [7, 1000])
def test_neither_order_nor_batches_make_a_difference(batch: int) -> None:
    shuffled = random.Random(1).sample(SOME, len(SOME))
    with PlasticDB.open(":memory:") as one, PlasticDB.open(":memory:") as other:
        taught(one).consolidate(250)
        taught(other, shuffled, batch=batch).consolidate(250)
        assert differences(one._store, other._store, "m", but=HISTORY) == []


def test_what_weighs_more_is_taken_out_whole() -> None:
    with PlasticDB.open(":memory:") as one, PlasticDB.open(":memory:") as other:
        for db, order in ((one, SOME), (other, SOME[::-1])):
            memory = taught(db, order)
            memory.reinforce(SOME[5], by=2.5)
            memory.weaken(SOME[7], by=0.5)
            memory.consolidate()
        assert differences(one._store, other._store, "m", but=HISTORY) == []
        assert one.sequence("m").verify() == []


def test_a_rebuild_trusts_the_same() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = taught(db)
        memory.consolidate(100)
        memory.learn_many(["abc", "cba"])
        memory.consolidate(200)
        before = trusts(memory)
        memory.rebuild()
        assert trusts(memory) == pytest.approx(before, abs=1e-9)
        assert memory.verify() == []


def test_it_is_as_it_was() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = taught(db)
        before = memory.predict("ab")
        memory.consolidate()
        after, position = memory.predict("ab"), memory.stats()["position"]
        memory.learn_many(SOME[:50])
        memory.consolidate()
        with memory.as_of(position - 1) as then:
            assert then.predict("ab") == pytest.approx(before, abs=1e-9)
        with memory.as_of(position) as then:
            assert then.predict("ab") == pytest.approx(after, abs=1e-9)


def test_an_erased_text_leaves_no_trace_in_what_was_fitted() -> None:
    with PlasticDB.open(":memory:") as one, PlasticDB.open(":memory:") as other:
        memory = taught(one, [*SOME, "secret"])
        memory.consolidate(100)
        memory.unlearn("secret", erase=True)
        taught(other).consolidate(100)
        assert differences(one._store, other._store, "m", but=HISTORY) == []
        assert memory.verify() == []


def test_it_is_exported_and_merged(tmp_path: Path) -> None:
    file = str(tmp_path / "m.jsonl")
    with PlasticDB.open(":memory:") as one, PlasticDB.open(":memory:") as two, PlasticDB.open(":memory:") as both:
        taught(one, SOME[:200]).consolidate(150)
        one.export(to=file)
        two.import_(file)
        assert differences(one._store, two._store, "m", but=HISTORY) == []
        memory = taught(both, SOME[200:])
        both.import_(file, merge=True)
        assert memory.stats()["samples"] == len(SOME)
        assert memory.stats()["left_out"] == 150
        assert memory.verify() == []
        position = memory.stats()["position"]
        both.import_(file, merge=True)  # again: nothing is new
        assert memory.stats()["position"] == position
        taught(two, SOME[200:]).consolidate(150)
        assert differences(two._store, both._store, "m", but=HISTORY) == []


def test_it_is_done_again_by_itself_when_the_memory_has_doubled() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", views="suffix 2")
        memory.learn_many(SOME)  # too few
        assert "fitted" not in memory.stats()
        memory.learn_many(SOME * 3)
        assert memory.stats()["left_out"] == 4 * len(SOME)
        memory.learn_many(SOME * 3)  # not yet twice as many
        assert memory.stats()["left_out"] == 4 * len(SOME)
        memory.learn_many(SOME * 3, consolidate=False)
        assert memory.stats()["left_out"] == 4 * len(SOME)
        memory.learn_many(SOME * 3)
        assert memory.stats()["left_out"] == min(13 * len(SOME), 8000)


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (0, "samples must be a whole number, 1 or more"),
        (401, "samples must be 1 to 400, which 'm' has, not 401"),
        (True, "samples must be a whole number"),
    ],
)
def test_samples_that_it_has_not(samples: Any, words: str) -> None:
    with PlasticDB.open(":memory:") as db, pytest.raises(BadInput, match=words):
        taught(db).consolidate(samples)


def test_nothing_to_leave_out_and_predict_from() -> None:
    with PlasticDB.open(":memory:") as db:
        with pytest.raises(NothingLearned, match="learned nothing yet"):
            taught(db, []).consolidate()
        with pytest.raises(NothingLearned, match="has one sample, and without it nothing is left to predict from"):
            taught(db, ["ab"]).consolidate()


def test_a_rule_of_a_newer_version() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = taught(db)
        newer = Written("consolidate", json.dumps({"samples": 9, "rule": RULE + 1}))
        memory._journal.append(memory._open(), [newer], 0.0)
        with pytest.raises(Stuck, match=f"by rule {RULE + 1} is of a newer plasticdb"):
            memory.sync()
        memory.skip(len(SOME) + 1)
        assert memory.verify() == []


def test_a_memory_without_samples_trusts_what_it_did_at_first() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = taught(db, ["ab", "abc", "b"])
        memory.consolidate()
        memory.unlearn(["ab", "abc"], erase=True)  # one is left: nothing can be fitted to it
        assert "fitted" not in memory.stats()
        assert trusts(memory) == {}
        assert memory.verify() == []
        assert np.isclose(sum(memory.predict("").values()), 1.0)
