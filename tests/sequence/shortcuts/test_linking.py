"""Shortcuts in a memory: made of what it holds when it is consolidated; what is unlearned takes its part along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import BadInput, NothingLearned, PlasticDB
from plasticdb.sequence.memory import SequenceMemory
from plasticdb.sequence.schema import APART, ATOM
from plasticdb.testing import Clock

from ...effort import times

FAR = [["cold", "m", "m", "m", "hot"], ["dawn", "m", "m", "m", "dusk"], ["up", "m", "m", "m", "down"]]
Edges = dict[tuple[str, str], tuple[float, float]]


def known(db: PlasticDB, samples: list[list[str]], name: str = "m", **options: Any) -> SequenceMemory:
    how: dict[str, Any] = {"tokenizer": "symbols", "views": "suffix 2", "shortcuts": 4} | options
    memory = db.sequence(name, **how)
    memory.learn_many(samples, consolidate=False)
    return memory


def edges(memory: SequenceMemory) -> Edges:
    """The shortcuts, by what the symbols are called: samples and evidence."""
    called: dict[int, str] = {}
    for atoms in memory.store.scan_nodes(memory.name, ATOM, ["id", "symbol"]):
        called |= dict(zip(atoms["id"].tolist(), atoms["symbol"].tolist(), strict=True))
    found: Edges = {}
    for table in memory.store.scan_edges(memory.name, APART):
        for source, target, *what in zip(*(table[name].tolist() for name in _NAMES), strict=True):
            found[called[source], called[target]] = tuple(what)
    return found


_NAMES = ("source", "target", "occasions", "evidence")


def test_what_is_far_apart_again_and_again_is_brought_along() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = known(db, FAR * 8)
        memory.consolidate()
        (one,) = memory.associations(["cold"])
        assert (one.symbol, one.via, one.occasions) == ("hot", "cold", 8.0)
        assert one.occasions - one.expected >= 5
        assert [one.symbol for one in memory.associations(["down", "dawn", "unknown"])] == ["dusk", "up"]
        assert memory.associations(["cold", "hot"]) == []
        assert memory.associations(["down", "dawn"], k=1) == memory.associations(["down", "dawn"])[:1]
        assert {*edges(memory)} == {("cold", "hot"), ("dawn", "dusk"), ("up", "down")} | {
            ("hot", "cold"), ("dusk", "dawn"), ("down", "up"),
        }  # fmt: skip
        assert memory.stats()["apart"] == 3


def test_cypher_sees_them() -> None:
    pytest.importorskip("ladybug")
    with PlasticDB.open(":memory:") as db:
        known(db, FAR * 8).consolidate()
        rows = db.query(
            "MATCH (a:Atom {symbol: 'cold'})-[r:APART]->(b:Atom) RETURN b.symbol AS far, r.occasions AS occasions"
        )
        assert list(rows) == [{"far": "hot", "occasions": 8.0}]


@settings(max_examples=times(5), deadline=None)
@given(st.lists(st.integers(0, 3), min_size=20, max_size=40), st.integers(1, 9), st.integers(0, 99))
def test_the_order_the_batches_and_the_name_do_not_matter(which: list[int], batch: int, seed: int) -> None:
    samples = [[*FAR, ["x", "y"]][i] for i in which] + FAR * 6
    shuffled = [samples[i] for i in np.random.default_rng(seed).permutation(len(samples))]
    with PlasticDB.open(":memory:") as db:
        memory, other = known(db, samples), known(db, shuffled, "another", batch=batch)
        memory.consolidate()
        other.consolidate()
        assert edges(memory) == edges(other) != {}


@settings(max_examples=times(5), deadline=None)
@given(st.lists(st.integers(0, 2), max_size=12), st.integers(1, 5))
def test_what_is_unlearned_takes_its_part_along_and_then_it_was_never_there(gone: list[int], batch: int) -> None:
    often = [8 - gone.count(i) for i in range(3)]
    with PlasticDB.open(":memory:") as db:
        memory, never = known(db, FAR * 8, batch=batch), known(db, FAR * 8, "never")
        memory.consolidate()
        never.consolidate()
        (before,) = {round(one.expected, 9) for one in memory.associations(["cold"])}
        for i in gone:
            if often[i] >= 0:
                memory.unlearn([FAR[i]])
        left = {sample[0]: many for sample, many in zip(FAR, often, strict=True)}
        found = {one: occasions for (one, _), (occasions, _) in edges(memory).items() if one in left}
        assert found == {one: many for one, many in left.items() if many - before >= 5}
        assert memory.stats()["apart"] == len(found)
        assert memory.verify() == []


def test_unlearning_what_came_later_changes_nothing() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = known(db, FAR * 8)
        memory.consolidate()
        before = edges(memory)
        memory.learn_many([FAR[0]] * 5, source="later", consolidate=False)
        memory.unlearn(source="later")
        assert edges(memory) == before
        memory.learn_many([FAR[0]] * 5, source="later", consolidate=False)
        memory.consolidate()
        memory.unlearn(source="later")
        memory.consolidate()
        assert edges(memory) == before


def test_what_is_erased_leaves_no_evidence(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        memory = known(db, FAR * 10)
        memory.consolidate()
        memory.unlearn([FAR[0]], all=True, erase=True)
        assert {one for one, _ in edges(memory)} == {"dawn", "dusk", "up", "down"}
        never = known(db, FAR[1:] * 10, "never")
        never.consolidate()
        assert edges(memory) == edges(never)
        assert memory.verify() == []


def test_what_faded_is_no_evidence_any_more() -> None:
    clock = Clock()
    with PlasticDB.open(":memory:", clock=clock) as db:
        memory = known(db, FAR * 10)
        memory.consolidate()
        clock.now += 50.0
        memory.decay(50.0)
        memory.learn_many(FAR[1:] * 8, consolidate=False)
        memory.consolidate()
        assert {one for one, _ in edges(memory)} == {"dawn", "dusk", "up", "down"}
        assert edges(memory)["dawn", "dusk"][0] == 13.0
        memory.unlearn([FAR[1]])  # the newest
        assert edges(memory)["dawn", "dusk"][0] == 12.0
        memory.rebuild()
        assert edges(memory)["dawn", "dusk"][0] == 12.0


def test_a_sample_that_was_reinforced_is_still_one_occasion() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = known(db, [*FAR[1:] * 8, *FAR[:1] * 5])
        memory.reinforce([FAR[0]], all=True, by=1.5)
        memory.consolidate()
        assert memory.associations(["cold"]) == []
        assert [one.occasions for one in memory.associations(["up"])] == [8.0]


def test_a_memory_as_it_was_has_those_that_it_had() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = known(db, FAR * 8)
        memory.consolidate()
        then = memory.stats()["position"]
        memory.unlearn([FAR[0]], all=True)
        memory.consolidate()
        with memory.as_of(then) as early:
            assert [one.symbol for one in early.associations(["cold"])] == ["hot"]
        assert memory.associations(["cold"]) == []


def test_a_memory_without_the_option_has_none_and_says_so() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = known(db, FAR * 8, shortcuts=None)
        memory.consolidate()
        assert edges(memory) == {}
        assert "apart" not in memory.stats()
        with pytest.raises(BadInput, match="'m' was made without shortcuts"):
            memory.associations(["cold"])


def test_before_a_consolidation_there_is_nothing_to_tell() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = known(db, FAR * 8)
        with pytest.raises(NothingLearned, match="run `plasticdb consolidate m`"):
            memory.associations(["cold"])


@pytest.mark.parametrize("reach", [0, 2, 257])
def test_a_shortcut_goes_beyond_what_contexts_see(reach: int) -> None:
    with PlasticDB.open(":memory:") as db:
        with pytest.raises(BadInput, match="shortcuts must be 3 to 256"):
            known(db, FAR, shortcuts=reach)
        assert db.memories() == []


@pytest.mark.parametrize("store", ["postgres", "neo4j"])
def test_servers_have_the_same(store: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = known(db, FAR * 9)
        memory.consolidate()
        memory.unlearn([FAR[0]])
        expected = edges(memory)
    if store == "postgres":
        opened = PlasticDB.open(request.getfixturevalue("postgres_emptied"))
    else:
        server = request.getfixturevalue("neo4j_emptied")
        opened = PlasticDB.open(server.uri, tmp_path / "j.db", username=server.username, password=server.password)
    with opened as db:
        memory = known(db, FAR * 9)
        memory.consolidate()
        memory.unlearn([FAR[0]])
        assert edges(memory) == expected
        assert [one.symbol for one in memory.associations(["cold"])] == ["hot"]
        assert memory.verify() == []
        memory.unlearn([FAR[1]], all=True)
        assert {one for one, _ in edges(memory)} == {"cold", "hot", "up", "down"}
        assert memory.verify() == []
