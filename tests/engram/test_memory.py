"""What the engram memory takes and refuses; and that its counts, and its graph, do not depend on how it was kept."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import neo4j
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text

from plasticdb import BadInput, BadMemory, GraphBehind, PlasticDB, StoreError, Unavailable
from plasticdb.engram import ask, remind, synapses
from plasticdb.engram import memory as module
from plasticdb.engram.events import Reminding, consolidating
from plasticdb.engram.memory import EngramMemory, Reminded
from plasticdb.engram.schema import FIRING
from plasticdb.journal import history
from plasticdb.journal.journal import Written
from plasticdb.memory.verify import differences


def useful(reminded: list[Reminded]) -> dict[int, float]:
    return {one.id: 1.5 for one in reminded if one.id % 3}


def lived(db: PlasticDB, steps: int = 60, seed: int = 0, **options: Any) -> EngramMemory:
    """A memory `m` with engrams of every level."""
    rng = np.random.default_rng(seed)
    memory = db.engrams("m", dimension=4, **({"lifespan": 8.0, "capacity": 6} | options))
    for _ in range(steps):
        memory.step(rng.normal(size=(2, 4)), useful)
    return memory


def test_what_is_near_comes_up_and_what_fired_with_it_is_brought_along() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("notes", dimension=2, near=1)
        tea, rain = memory.remember([[1, 0], [0, 1]], ["tea", {"what": "rain"}]).ids
        memory.remind()
        assert memory.tick() == 1
        memory.remember([[0.9, 0]])
        (one,) = memory.remind()
        assert (one.id, one.payload, one.level, one.lifespan, one.why) == (tea, "tea", "short-term", 31.0, "near")
        found = memory.recall([1.0, 0.0], k=3)
        assert [r.why for r in found] == ["near", "near", "brought"]
        assert (found[2].id, found[2].payload, found[2].via) == (rain, {"what": "rain"}, tea)
        assert [(a.id, a.fired, a.probability) for a in memory.associations(rain)] == [(tea, 1, 1.0)]
        assert memory.reward({tea: 2.5}) == 1
        assert [(e["event"], e["tick"]) for e in memory.history(tea)] == [
            ("born", 0), ("fired", 0), ("fired", 1), ("rewarded", 1),
        ]  # fmt: skip


def test_a_life_ends_in_the_tick_in_which_the_graph_loses_it() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = lived(db, 40)
        alive = {row["n"] for row in db.query("MATCH (e:Engram) RETURN e.number AS n")}
        events = {id: memory.history(id) for id in range(1, 150) if memory_has(memory, id)}
        assert len(events) > 20
        assert {id for id, life in events.items() if life[-1]["event"] != "died"} == alive & set(events)


def memory_has(memory: EngramMemory, id: int) -> bool:
    try:
        memory.history(id)
    except BadInput:
        return False
    return True


def test_a_walk_says_from_where_it_came() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = lived(db, 80)
        memory.remember(np.ones((2, 4)))
        found = memory.remind()
        walked = [one for one in found if one.why == "walked"]
        assert {one.level for one in walked} == {"long-term"}
        assert {one.level for one in found if one.why == "near"} == {"short-term"}
        known = {row["n"] for row in db.query("MATCH (e:Engram) RETURN e.number AS n")}
        assert {one.via for one in walked} <= known


def test_an_external_id_is_remembered_once() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=1)
        assert memory.remember([[1], [2]], external_ids=["a", "b"]).ids == [1, 2]
        again = memory.remember([[1], [3], [3]], external_ids=["a", "c", "c"])
        assert (again.ids, again.skipped) == ([1, 3, 3], 2)
        assert memory.stats()["working"] == 3


@pytest.mark.parametrize("owner", ["", " ", "a/b"])
def test_an_owner_that_could_be_another_is_refused(owner: str) -> None:
    with (
        PlasticDB.open(":memory:") as db,
        pytest.raises(BadInput, match="an owner's name must have a character and no '/'"),
    ):
        db.engrams("m", dimension=1, owner=owner)


def test_of_an_owner_without_a_memory_no_other_is_named() -> None:
    with PlasticDB.open(":memory:") as db:
        db.engrams("m", dimension=1, owner="ann").remember([[1.0]])
        with pytest.raises(BadMemory, match=r"^'bob' has no memory 'm' yet; a new one needs its dimension$"):
            db.engrams("m", owner="bob")


def test_owners_know_nothing_of_each_other() -> None:
    with PlasticDB.open(":memory:") as db:
        one, other = (db.engrams("agent", owner=owner, dimension=1) for owner in ("ann", "bob"))
        one.remember([[1]], ["mine"])
        other.remember([[1]], ["his"])
        assert [r.payload for r in other.recall([1], k=5)] == ["his"]
        assert {m["memory"] for m in db.memories()} == {"agent/ann", "agent/bob"}


def test_the_same_journal_makes_the_same_choices() -> None:
    with PlasticDB.open(":memory:") as one, PlasticDB.open(":memory:") as other:
        found = [lived(db, 50).recall([0.0] * 4, k=9) for db in (one, other)]
        assert found[0] == found[1]


# However it is kept


def counts(memory: EngramMemory) -> dict[tuple[int, int], int]:
    ids = [one.id for one in memory.recall([0.0] * 4, k=10_000) if one.why == "near"]
    return {(id, one.id): one.fired for id in ids for one in memory.associations(id)}


def counted(memory: EngramMemory) -> dict[tuple[int, int], int]:
    """The same, counted out from what the journal says."""
    alive = {row.id for row in memory.recall([0.0] * 4, k=10_000)}
    found: dict[tuple[int, int], int] = {}
    for row in history.after(memory._journal, memory._open(), 0, 10**6, 10**6):
        if row.kind == "remind":
            fired = alive & Reminding.read(row.payload).fired().keys()
            for pair in permutations(fired, 2):
                found[pair] = found.get(pair, 0) + 1
    return found


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 20), st.sampled_from([0.2, 0.7, 1.0])), max_size=6), st.integers(0, 3))
def test_consolidating_whatever_and_whenever_changes_no_count(parts: list[tuple[int, float]], seed: int) -> None:
    with PlasticDB.open(":memory:") as db, pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "OPEN", 10_000)  # never by itself
        memory, rng = lived(db, 10, seed), np.random.default_rng(seed)
        for steps, part in parts:
            for _ in range(steps):
                memory.step(rng.normal(size=(2, 4)), useful)
            before = counts(memory)
            some = [number for number in memory._held.firings if rng.random() < part]
            memory._journal.append(memory._open(), [Written("consolidate", consolidating(some))], 0.0)
            assert memory.sync() == 1
            assert counts(memory) == before
        assert counts(memory) == counted(memory)
        assert len(counts(memory)) > 20
        assert db.memory("m").verify() == []


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1000), st.integers(1, 40))
def test_rebuilt_in_batches_of_any_size_it_is_the_same(seed: int, batch: int) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = lived(db, 40, seed)
        memory.batch = batch
        before = memory.stats(), counts(memory), db._store.memory("m").totals  # type: ignore[union-attr]
        assert db.memory("m").rebuild() == memory.stats()["position"]
        assert (memory.stats(), counts(memory), db._store.memory("m").totals) == before  # type: ignore[union-attr]
        assert db.memory("m").verify() == []


@pytest.mark.parametrize("hubs", [False, True], ids=["few synapses", "hubs"])
def test_reopened_after_every_step_it_is_the_same(tmp_path: Path, hubs: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where most engrams have more synapses than are read, and what is known of these is followed from step to step."""
    rng = np.random.default_rng(1)
    vectors, lifespan = rng.normal(size=(50, 2, 4)), 8.0
    if hubs:
        monkeypatch.setattr(remind, "_MORE", 0)
        monkeypatch.setattr(synapses, "_SPARE", 1)
        monkeypatch.setattr(module, "OPEN", 3)
        monkeypatch.setattr(module, "KEPT", 1)
        vectors, lifespan = rng.normal(size=(150, 2, 4)), 40.0
    with PlasticDB.open(":memory:") as steady:
        for step in vectors:
            steady.engrams("m", dimension=4, lifespan=lifespan, capacity=6).step(step, useful)
            with PlasticDB.open(tmp_path / "m.db") as db:
                db.engrams("m", dimension=4, lifespan=lifespan, capacity=6).step(step, useful)
        with PlasticDB.open(tmp_path / "m.db") as db:
            assert counts(db.engrams("m")) == counts(steady.engrams("m"))
            assert db.engrams("m").recall([0.0] * 4) == steady.engrams("m").recall([0.0] * 4)


def test_a_large_firing_is_never_as_many_synapses_as_it_has_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=4, lifespan=100.0)
        memory.remember(rng.normal(size=(300, 4)))
        for _ in range(50):
            memory.step(rng.normal(size=(2, 4)), useful)
        assert len(memory._held.firings) <= module.OPEN + 1
        assert len(memory._held.firings[min(memory._held.firings)]) > module.LARGEST
        assert db._store.counts()["engram_synapse"] < 10_000
        assert counts(memory) == counted(memory)
        assert db.memory("m").verify() == []


@pytest.mark.parametrize("part", ["_journal", "_store"])
@pytest.mark.parametrize("error", [StoreError, Unavailable, KeyboardInterrupt])
def test_what_failed_half_way_leaves_nothing_behind(
    part: str, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    with PlasticDB.open(":memory:") as db, PlasticDB.open(":memory:") as undisturbed:
        for one in (db, undisturbed):
            lived(one, 12)
        memory, verb = db.engrams("m"), "append" if part == "_journal" else "apply"

        def fail(*_: Any, **__: Any) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(getattr(memory, part), verb, fail)
            with pytest.raises((error, GraphBehind)):
                memory.step([[9.0] * 4], useful)
        if part == "_store":  # the journal has it
            undisturbed.engrams("m").step([[9.0] * 4], useful)
        for one in (db, undisturbed):
            one.engrams("m").step([[8.0] * 4], useful)
        assert db.memory("m").verify() == []
        assert counts(memory) == counts(undisturbed.engrams("m"))


def test_verify_finds_what_was_changed_by_hand() -> None:
    for statement, found in [
        (
            "UPDATE engram SET expires_at = expires_at + 1 WHERE number = (SELECT max(number) FROM engram)",
            "expires_at is",
        ),
        ("UPDATE engram SET fires = fires + 1 WHERE number = (SELECT min(number) FROM engram)", "fires is"),
        ("UPDATE engram_synapse SET fired = fired + 1", "fired is"),
        ("DELETE FROM fired", "only there"),
        ("DELETE FROM engram_synapse", "only there"),
    ]:
        with PlasticDB.open(":memory:") as db:
            lived(db, 60)
            with db._store.engine.begin() as connection:  # type: ignore[attr-defined]
                assert connection.execute(text(statement)).rowcount > 0
            assert any(found in line for line in db.memory("m").verify()), statement
            db.memory("m").rebuild()
            assert db.memory("m").verify() == []


def test_exported_and_imported_it_goes_on_as_it_would_have(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db, PlasticDB.open(tmp_path / "o.db") as other:
        memory = lived(db, 50)
        db.export("m", tmp_path / "m.jsonl")
        other.import_(tmp_path / "m.jsonl")
        assert counts(other.engrams("m")) == counts(memory)
        assert other.engrams("m").step(np.ones((1, 4))) == memory.step(np.ones((1, 4)))
        with pytest.raises(BadMemory, match="engram memories cannot be merged"):
            other.import_(tmp_path / "m.jsonl", merge=True)


def test_copied_it_is_the_same_also_what_came_since(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db, PlasticDB.open(tmp_path / "o.db") as other:
        memory = lived(db, 50)
        assert db.copy(other) == {"m": memory.stats()["position"]}
        memory.step(np.ones((1, 4)))
        assert db.copy(other, batch=2)["m"] >= 3
        assert differences(db._store, other._store, "m", but=[FIRING]) == []
        assert other.memory("m").verify() == []


def test_a_handle_outlives_a_memory_that_is_dropped_and_made_again() -> None:
    with PlasticDB.open(":memory:") as db:
        old = db.engrams("m", dimension=2)
        old.remember([[100.0 + i, 100.0] for i in range(10)])
        old.tick()
        assert len(old.recall([0.0, 0.0], 30)) == 10
        db.drop("m")
        rows = [
            [0.0, 0.0],
            *([100.0 + i, 100.0] for i in range(1, 10)),
            *([5.0 + i, 5.0] for i in range(20)),
        ]  # 2 to 10 as before
        new = db.engrams("m", dimension=2)  # its 2 to 10 are as before
        new.remember(rows)
        new.tick()
        assert [one.id for one in old.recall([0.0, 0.0], 3)] == [one.id for one in new.recall([0.0, 0.0], 3)]
        assert old.recall([0.0, 0.0], 1)[0].distance == 0.0
        db.drop("m")
        db.engrams("m", dimension=3).remember([[1.0, 2.0, 3.0]])
        with pytest.raises(BadMemory, match="was made with dimension 3, not 2"):
            old.recall([0.0, 0.0])


def test_a_recall_while_the_graph_is_made_again_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    with PlasticDB.open(tmp_path / "m.db") as db, PlasticDB.open(tmp_path / "m.db") as other:
        memory = db.engrams("m", dimension=2)
        memory.remember(rng.normal(size=(60, 2)))
        memory.tick()
        before, real = [one.id for one in memory.recall([0.0, 0.0], 5)], ask.Matrix.nearest

        def cleared(matrix: Any, *rest: Any) -> Any:
            monkeypatch.setattr(ask.Matrix, "nearest", real)
            other._store.clear("m")
            return real(matrix, *rest)

        monkeypatch.setattr(ask.Matrix, "nearest", cleared)
        assert [one.id for one in memory.recall([0.0, 0.0], 5)] == before
        assert [one.id for one in memory.recall([0.0, 0.0], 5)] == before


def test_where_very_many_died_few_looks_find_who_is_alive() -> None:
    rng = np.random.default_rng(0)
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=2, lifespan=2.0)
        near = memory.remember(rng.normal(size=(3000, 2))).ids
        far = memory.remember(100 + rng.normal(size=(3000, 2))).ids
        memory.tick()
        memory.recall([0.0, 0.0])
        memory.reward(dict.fromkeys([*far, near[7]], 50.0))
        memory.tick()
        found = [one.id for one in memory.recall([0.0, 0.0], 4)]
        assert found[0] == near[7]
        assert {*found[1:]} <= {*far}


def test_interrupted_in_the_middle_of_asking_nothing_half_known_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = lived(db, 60)
        memory._held.forget()
        expected = memory.recall([0.0] * 4)
        memory._held.forget()

        def interrupted(*_: Any) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(synapses.KnownSynapses, "_rows", interrupted)
            with pytest.raises(KeyboardInterrupt):
                memory.recall([0.0] * 4)
        assert memory.recall([0.0] * 4) == expected


def test_a_dropped_memory_leaves_nothing() -> None:
    with PlasticDB.open(":memory:") as db:
        lived(db)
        db.drop("m")
        assert set(db._store.counts().values()) == {0}
        assert db.memories() == []


# What it refuses


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (lambda m: m.remember([[1, 2]]), r"has vectors of 4 numbers, an array of \[n, 4\], not of \[1, 2\]"),
        (lambda m: m.remember([1, 2, 3, 4]), r"has vectors of 4 numbers, an array of \[n, 4\], not of \[4\]"),
        (lambda m: m.remember([[1, 2, 3, float("nan")]]), "not finite"),
        (lambda m: m.remember([[1, 2, 3, float("inf")]]), "not finite"),
        (lambda m: m.remember([[1, 2, 3, 1e300]]), "not finite"),
        (lambda m: m.remember(np.empty((0, 4))), "no vector to remember"),
        (lambda m: m.remember("abcd"), "vectors must be numbers"),
        (lambda m: m.remember([[1, 2, 3], [4]]), "vectors must be numbers"),
        (lambda m: m.remember([[1, 2, 3, 4]], ["a", "b"]), "give one of the payloads for each of the 1 vectors"),
        (lambda m: m.remember([[1, 2, 3, 4]], [{1, 2}]), "a payload must be JSON"),
        (lambda m: m.remember([[1, 2, 3, 4]], [float("nan")]), "a payload must be JSON"),
        (lambda m: m.remember([[1, 2, 3, 4]] * 2, ["fine", "x" * 1_000_001]), "and 1,000,000 is the most"),
        (lambda m: m.remember([[1, 2, 3, 4]], None, [7]), "external id 1 must be a text, not 7"),
        (lambda m: m.reward({1: 2.0, 999: 1.0, -3: 1.0}), "no such engrams are alive in 'm': 999, -3"),
        (lambda m: m.reward({1: float("nan")}), "the reward of 1 must be a number"),
        (lambda m: m.reward({1: "much"}), "the reward of 1 must be a number"),
        (lambda m: m.reward({1: 10**400}), "the reward of 1 must be a number"),
        (lambda m: m.reward({"1": 1.0}), "no such engrams are alive in 'm': '1'"),
        (lambda m: m.reward([1]), "a reward is ticks by id, such as {17: 2.5}, and no list"),
        (lambda m: m.step([[0, 0, 0, 1]], lambda _: [1]), "a reward is ticks by id"),
        (lambda m: m.step([[0, 0, 0, 1]], lambda _: m.remember([[0] * 4])), "it cannot use 'm', which is in the middle of a"),
        (lambda m: m.step([[0, 0, 0, 1]], lambda _: m.recall([0] * 4)), "it cannot use 'm', which is in the middle of a step"),
        (lambda m: m.remember([[1, 2, 3, 4]], None, ["\ud800"]), "external id 1 has half of a character"),
        (lambda m: m.remember([[0] * 4, [0, float("inf"), 0, 0]]), "vector 2 of 2 has a value that is not finite"),
        (lambda m: m.step([[0, 0, 0, 1]], lambda _: {999: 1.0}), "no such engrams are alive in 'm': 999"),
        (lambda m: m.recall([1, 2, 3, 4], k=-1), "k must be a whole number, 0 or more, not -1"),
        (lambda m: m.recall([1, 2]), r"has vectors of 4 numbers, an array of \[n, 4\], not of \[1, 2\]"),
        (lambda m: m.associations(999), "no engram 999 is alive in 'm'"),
        (lambda m: m.history(999), "there never was an engram 999 in 'm'"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_changes_nothing(bad: Callable[[EngramMemory], object], said: str) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=4)
        memory.remember([[1, 1, 1, 1]], ["first"])
        before = memory.stats()
        with pytest.raises(BadInput, match=said) as refused:
            bad(memory)
        assert "\n" not in str(refused.value)
        assert memory.stats() == before
        assert db.memory("m").verify() == []


def test_another_dimension_another_kind_and_no_memory_at_all() -> None:
    with PlasticDB.open(":memory:") as db:
        db.engrams("m", dimension=4).remember([[1, 1, 1, 1]])
        db.sequence("s").learn("emma")
        with pytest.raises(BadMemory, match="'m' was made with dimension 4, not 5"):
            db.engrams("m", dimension=5)
        with pytest.raises(BadMemory, match="'s' is a memory of the kind 'sequence', not 'engram'"):
            db.engrams("s", dimension=4)
        with pytest.raises(BadMemory, match="'m' is a memory of the kind 'engram', not 'sequence'"):
            db.sequence("m").predict("em")
        with pytest.raises(BadMemory, match="there is no memory 'x'; the memories are: m, s"):
            db.engrams("x")
        with pytest.raises(BadMemory, match="there is no memory 'y'"):
            db.engrams("y", dimension=3).tick()
        for options in ({"dimension": 0}, {"dimension": 2, "lifespan": float("nan")}, {"dimension": 2, "near": -1}):
            with pytest.raises(BadInput):
                db.engrams("z", **options)  # type: ignore[arg-type]
        assert {m["memory"] for m in db.memories()} == {"m", "s"}


def test_zeros_and_float64_are_vectors_too() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=2)
        memory.remember(np.array([[0.0, 0.0], [1 / 3, 1.0]]), [0, 1])
        near = memory.recall([np.float32(1 / 3), 1.0], k=1)
        assert (near[0].payload, near[0].distance) == (1, 0.0)


def test_a_new_memory_can_be_asked_before_it_remembers() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=1)
        assert memory.recall([1.0]) == []
        assert memory.remind() == []
        assert db.memories() == []
        with pytest.raises(BadMemory, match="there is no memory 'm'"):
            memory.tick()
        with pytest.raises(BadInput, match=r"has vectors of 1 numbers"):
            memory.recall([1.0, 2.0])


def test_very_many_are_recalled_after_very_many_fired_together() -> None:
    rng = np.random.default_rng(0)
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=2)
        memory.remember(rng.normal(size=(2000, 2)))
        memory.remind()
        memory.tick()
        assert len(memory.recall([0.0, 0.0], 10**12)) == 2000


def test_what_was_later_is_not_in_the_history_as_of_before() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=1, lifespan=1.0)
        (id,) = memory.remember([[1.0]]).ids
        memory.tick()
        assert [one["event"] for one in memory.history(id)] == ["born", "died"]
        with db.memory("m").as_of(id) as then:
            assert isinstance(then, EngramMemory)
            assert [one["event"] for one in then.history(id)] == ["born"]


def test_with_nothing_in_working_memory_nothing_is_reminded() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=1)
        memory.remember([[1]])
        memory.tick()
        position = memory.stats()["position"]
        assert memory.remind() == []
        assert memory.reward({}) == 0
        assert memory.stats()["position"] == position


# What it costs


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
        small, large = taken(db, 100, said), taken(db, 5000, said)
    assert sum(large) <= 1.1 * sum(small)
    assert max(large) < 60


def test_a_step_takes_as_many_queries_on_neo4j(neo4j_db: PlasticDB, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    real = neo4j.ManagedTransaction.run

    def run(tx: neo4j.ManagedTransaction, query: Any, *rest: Any, **more: Any) -> neo4j.Result:
        said.append(query)
        return real(tx, query, *rest, **more)

    monkeypatch.setattr(neo4j.ManagedTransaction, "run", run)
    small, large = taken(neo4j_db, 100, said), taken(neo4j_db, 5000, said)
    assert sum(large) <= 1.1 * sum(small)
    assert max(large) < 30
