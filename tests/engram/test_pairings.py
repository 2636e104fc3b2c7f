"""Two engrams have a synapse of their own in each context in which they fired together; one without a name is their sum."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import BadInput, PlasticDB
from plasticdb.engram import memory as module
from plasticdb.engram.memory import EngramMemory

from ..effort import times

PAIRS = 20
CUES = np.random.default_rng(0).normal(size=(3 * PAIRS, 16)).astype(np.float32)
FIRST, SECOND = "the first list", "the second list"


@pytest.fixture(autouse=True)
def _much_is_consolidated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OPEN", 3)
    monkeypatch.setattr(module, "KEPT", 1)


def known(db: PlasticDB) -> tuple[EngramMemory, list[int]]:
    """A memory of the cues A, and of what each is paired with: B, and C."""
    memory = db.engrams("m", dimension=16)
    return memory, memory.remember(CUES, [f"{which}{i}" for which in "ABC" for i in range(PAIRS)]).ids


def learn(memory: EngramMemory, ids: list[int], partner: int, context: str | None) -> None:
    """A list of pairs, each practised until its cue is answered with it."""
    for i in range(PAIRS):
        for _ in range(9):
            memory.fire([ids[i], ids[partner * PAIRS + i]], context=context)
            if answer(memory, i, context) == f"{' BC'[partner]}{i}":
                break


def answer(memory: EngramMemory, i: int, context: str | None) -> Any:
    return memory.recall(CUES[i], k=2, context=context)[-1].payload


def right(memory: EngramMemory, which: str, context: str | None) -> float:
    return sum(answer(memory, i, context) == f"{which}{i}" for i in range(PAIRS)) / PAIRS


def test_a_second_list_of_the_same_cues_takes_nothing_from_the_first() -> None:
    with PlasticDB.open(":memory:") as db:
        memory, ids = known(db)
        learn(memory, ids, 1, FIRST)
        learn(memory, ids, 2, SECOND)
        assert (right(memory, "B", FIRST), right(memory, "C", SECOND)) == (1.0, 1.0)
        assert memory.verify() == []


def test_with_one_synapse_for_both_lists_the_first_is_lost() -> None:
    with PlasticDB.open(":memory:") as db:
        memory, ids = known(db)
        learn(memory, ids, 1, None)
        learn(memory, ids, 2, None)
        assert (right(memory, "B", None), right(memory, "C", None)) == (0.0, 1.0)


def test_where_no_context_is_named_all_of_them_add_up() -> None:
    with PlasticDB.open(":memory:") as db:
        memory, (a, b, *_) = known(db)
        for context, often in ((FIRST, 4), (SECOND, 2), (None, 1)):
            for _ in range(often):
                memory.fire([a, b], context=context)
        (one,) = memory.associations(a)
        assert (one.id, one.fired, one.contexts) == (b, 7, {FIRST: 4, SECOND: 2})
        assert [two.fired for two in memory.associations(b, context=SECOND)] == [2]
        assert memory.associations(a, context="another") == []


@settings(deadline=None, max_examples=times(8))
@given(
    st.lists(
        st.tuples(st.sets(st.integers(0, 5), min_size=1), st.sampled_from([None, "x", "y"]), st.booleans()), max_size=14
    ),
    st.integers(0, 5),
)
def test_each_context_counts_what_fired_in_it(said: list[tuple[set[int], str | None, bool]], forgotten: int) -> None:
    counts: Counter[tuple[str | None, int, int]] = Counter()
    with PlasticDB.open(":memory:") as db:
        memory, ids = known(db)
        for some, context, reminded in said:
            memory.fire([ids[i] for i in some], context=context)
            counts.update((context, *pair) for pair in combinations(sorted(some), 2))
            if reminded:
                memory.fire([ids[0]], context="alone")
        memory.forget(ids[forgotten])
        for i in set(range(6)) - {forgotten}:
            for context in ("x", "y"):
                expected = {
                    ids[p + q - i]: n
                    for (c, p, q), n in counts.items()
                    if c == context and i in (p, q) and forgotten not in (p, q)
                }
                assert {one.id: one.fired for one in memory.associations(ids[i], context=context)} == expected
        assert memory.verify() == []


def test_forgetting_one_of_two_leaves_nothing_of_what_they_had(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        memory, (a, b, c, *_) = known(db)
        for _ in range(6):
            memory.fire([a, b, c], context=FIRST)
        asked = "MATCH (e:Engram)-[:PAIRED]->(p:Pairing) RETURN count(DISTINCT p) AS pairs, count(e) AS ends"
        assert list(db.query(asked)) == [{"pairs": 3, "ends": 6}]
        assert memory.forget(b).left == 0
        assert list(db.query(asked)) == [{"pairs": 1, "ends": 2}]
        assert memory.verify() == []


def test_reminding_and_texts_have_contexts_too() -> None:
    with PlasticDB.open(":memory:") as db:
        notes = db.engrams("notes", embedder="ngrams")
        tea, rain, milk = notes.remember(["green tea", "rain in Bern", "white milk"]).ids
        notes.tick()
        notes.fire([tea, rain], context="travel")
        notes.fire([tea, milk], context="shopping")
        found = {
            context: notes.recall("green tea", k=2, context=context, weights="time 0")[1]
            for context in ("travel", "shopping")
        }
        assert {context: (one.id, one.why) for context, one in found.items()} == {
            "travel": (rain, "cofired"),
            "shopping": (milk, "cofired"),
        }
        notes.step(["black coffee"], context="shopping")
        assert notes.history(tea)[-1] | {"time": 0, "tick": 0} == {
            "event": "fired", "tick": 0, "time": 0, "why": "near", "context": "shopping",
        }  # fmt: skip
        assert notes.history(tea)[-2]["why"] == "told"


def test_an_operation_is_told_from_the_same_one_in_another_context() -> None:
    with PlasticDB.open(":memory:") as db:
        memory, (a, b, *_) = known(db)
        assert [memory.fire([a, b], context=FIRST, operation="one") for _ in range(2)] == [2, 2]
        assert memory.associations(a)[0].fired == 1
        with pytest.raises(BadInput, match="the operation 'one'"):
            memory.fire([a, b], context=SECOND, operation="one")


def test_a_wrong_context_or_a_dead_engram_fires_nothing() -> None:
    with PlasticDB.open(":memory:") as db:
        memory, ids = known(db)
        position = memory.stats()["position"]
        with pytest.raises(BadInput, match="a context's name must have 1 to"):
            memory.fire(ids[:2], context="")
        with pytest.raises(BadInput, match="nothing fired"):
            memory.fire([ids[0], 10**6])
        with pytest.raises(BadInput, match="a context's name"):
            memory.recall(CUES[0], context=7)  # type: ignore[arg-type]
        assert memory.stats()["position"] == position
