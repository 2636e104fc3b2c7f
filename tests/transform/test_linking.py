"""Chains of transform memories: what they give, when they halt, and when one becomes a single transform."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from plasticdb import PlasticDB
from plasticdb.errors import BadInput
from plasticdb.transform.memory import TransformMemory


@pytest.fixture
def db() -> Iterator[PlasticDB]:
    with PlasticDB.open(":memory:") as made:
        yield made


def affine(db: PlasticDB, name: str, matrix: list[list[float]], offset: list[float]) -> TransformMemory:
    """A memory that knows an affine map."""
    matrices = np.array(matrix)
    memory = db.transforms(name, key_dimension=matrices.shape[1], value_dimension=len(matrices))
    keys = np.random.default_rng(len(name)).normal(size=(30, matrices.shape[1]))
    memory.write(keys, keys @ matrices.T + offset)
    memory.consolidate()
    return memory


def test_each_answer_is_the_next_key(db: PlasticDB) -> None:
    first = affine(db, "twice", [[2, 0], [0, 2]], [1, 0])
    affine(db, "sum", [[1, 1]], [0])
    found = first.chain([0.5, 1], ["twice", "sum"])
    assert found.value == pytest.approx([4])
    assert found.halted == "done"
    assert [(step.memory, len(step.slots)) for step in found.steps] == [("twice", 1), ("sum", 1)]
    assert found.steps[0].value == pytest.approx([2, 2])


def test_again_and_again_until_nothing_changes_or_the_budget_is_spent(db: PlasticDB) -> None:
    half = affine(db, "half", [[0.5, 0], [0, 0.5]], [1, 1])
    found = half.chain([5, -3], until="converged")
    assert (found.halted, found.value.round(6).tolist()) == ("converged", [2.0, 2.0])
    turn = affine(db, "turn", [[0, -1], [1, 0]], [0, 0])
    spent = turn.chain([1, 0], until="converged", budget=10)
    assert (spent.halted, len(spent.steps)) == ("budget", 10)


def test_a_stop_slot_ends_it(db: PlasticDB) -> None:
    way = db.transforms("way", key_dimension=1, value_dimension=1)
    way.write([[0.0], [1.0], [2.0]], [[1.0], [2.0], [3.0]])
    way.write([[3.0]], [[3.0]], payload={"stop": True})
    for _ in range(2):
        found = way.chain([0.0], until="stop", budget=20)
        assert (found.halted, len(found.steps), found.value.tolist()) == ("stop", 4, pytest.approx([3.0]))
        way.consolidate(mode="exact")


def test_an_affine_chain_becomes_one_transform_and_can_be_taken_back(db: PlasticDB) -> None:
    rng = np.random.default_rng(0)
    names = [f"step{i}" for i in range(10)]
    for i, name in enumerate(names):
        affine(db, name, np.linalg.qr(np.random.default_rng(i).normal(size=(3, 3)))[0].tolist(), [i, 0, 1])
    whole = db.transforms("whole", key_dimension=3, value_dimension=3)
    done = whole.merge(names, operation="once")
    assert whole.merge(names, operation="once") == done
    assert (done.pairs, done.held_out) == (30, 6)
    queries = rng.normal(size=(20, 3))
    wanted = [whole.chain(one, names).value for one in queries]
    assert whole.read_many(queries) == pytest.approx(np.array(wanted), abs=1e-9)
    assert (whole.stats()["slots"], whole.stats()["archived"]) == (1, 30)
    assert whole.read(queries[0]).slots[0].id == done.slot
    assert whole.verify() == []
    assert whole.unlearn(f"chain {'>'.join(names)}") == 30
    assert whole.stats()["slots"] == 0


def test_a_chain_that_is_not_linear_says_how_far_off_it_is(db: PlasticDB) -> None:
    keys = np.random.default_rng(0).normal(size=(200, 1))
    bent = db.transforms("bent", key_dimension=1, value_dimension=1)
    bent.write(keys, np.maximum(keys, 0))
    whole = db.transforms("whole", key_dimension=1, value_dimension=1)
    with pytest.raises(
        BadInput, match=r"the chain bent does not merge: one linear map is off by up to 0\.\d+ on 40 pairs"
    ):
        whole.merge("bent")
    assert db.memories()[0]["memory"] == "bent"


def test_what_is_no_chain(db: PlasticDB) -> None:
    two = affine(db, "two", [[2, 0], [0, 2]], [1, 0])
    affine(db, "one", [[1, 1]], [0])
    for steps, how, said in (
        (["one", "two"], {}, "'two' has keys of 2 numbers, and 'one' before it has values of 1"),
        (["two", "one"], {"until": "converged"}, "'two' has keys of 2 numbers, and 'one' before it has values of 1"),
        ([], {}, "a chain is names of transform memories, at least one"),
        ([7], {}, "a chain is names of transform memories, and 7 is none"),
        (["two"], {"until": "bored"}, "unknown until 'bored'; choose one of converged, stop"),
        (["two"], {"budget": 0}, "budget must be a whole number, 1 or more, not 0"),
        (["two"], {"tolerance": -1}, "tolerance must be a number, 0 or more, not -1"),
    ):
        with pytest.raises(BadInput, match=said):
            two.chain([1, 2], steps, **how)
    with pytest.raises(BadInput, match="'two' is in the chain; merge it into a memory of its own"):
        two.merge(["two"])
    whole = affine(db, "whole", [[2, 0], [0, 2]], [1, 0])
    with pytest.raises(
        BadInput,
        match="the keys of the chain two cannot be told apart from those of other transforms of 'whole'",
    ):
        whole.merge(["two"])
    with pytest.raises(BadInput, match="'whole' does not fit the chain, which has keys of 2 and values of 1 numbers"):
        whole.merge(["two", "one"])


@pytest.mark.parametrize("query", [[np.nan, 1], [1e16, 1], ["a", 1], [True, False], [[1, 2]], [1], [], None, 3, "two"])
def test_what_is_no_key_goes_through_no_chain(db: PlasticDB, query: Any) -> None:
    two = affine(db, "two", [[2, 0], [0, 2]], [1, 0])
    for until in (None, "converged", "stop"):
        with pytest.raises(BadInput) as error:
            two.chain(query, until=until)
        assert "\n" not in str(error.value)


def test_a_tolerance_of_0_ends_at_what_maps_to_itself_or_at_the_budget(db: PlasticDB) -> None:
    still = affine(db, "still", [[0, 0], [0, 0]], [3, 4])
    found = still.chain([5, -3], until="converged", tolerance=0)
    assert (found.halted, found.value.tolist()) == ("converged", pytest.approx([3, 4]))
    turn = affine(db, "turn", [[0, -1], [1, 0]], [0, 0])
    assert turn.chain([1, 0], until="converged", tolerance=0, budget=9).halted == "budget"
    with pytest.raises(BadInput, match=r"one linear map is off by up to .* and the tolerance is 0; leave it a chain"):
        db.transforms("whole", 2, 2).merge("turn", tolerance=0)


def test_keys_of_a_line_and_one_key_again_and_again_merge_as_far_as_they_go(db: PlasticDB) -> None:
    """Keys of fewer dimensions than they have numbers: one map is as right as another off their line."""
    keys = np.arange(12.0)[:, None] * [[1, 2, 0]]
    db.transforms("line", 3, 3).write(keys, keys[:, ::-1])
    whole = db.transforms("whole", 3, 3)
    assert whole.merge("line").pairs == 12
    assert np.abs(whole.read_many(keys) - keys[:, ::-1]).max() <= 1e-9
    db.transforms("same", 3, 3).write(np.ones((6, 3)), np.ones((6, 3)) * 2)
    dot = db.transforms("dot", 3, 3)
    dot.merge("same")
    assert dot.read([1, 1, 1]).value == pytest.approx([2, 2, 2])
    assert dot.verify() == whole.verify() == []


def test_a_memory_as_it_was_chains_with_itself_and_with_memories_that_it_is_given(db: PlasticDB) -> None:
    two, one = affine(db, "two", [[2, 0], [0, 2]], [1, 0]), affine(db, "one", [[1, 1]], [0])
    was = two.stats()["position"]
    two.forget([1, 2, 3])
    with two.as_of(was) as then:
        assert then.chain([0.5, 1]).value == pytest.approx([2, 2])
        assert then.chain([0.5, 1], [then, one]).value == pytest.approx([4])
        with pytest.raises(
            BadInput, match="'two' as it was knows no other memory, such as 'one'; chain it alone, or give memories"
        ):
            then.chain([0.5, 1], ["two", "one"])


def test_a_chain_merges_beside_what_is_there_and_both_answer(db: PlasticDB) -> None:
    """Raw pairs, and a transform whose cell begins where the keys of the chain end: wherever the middles of both are."""
    rng = np.random.default_rng(0)
    two = affine(db, "two", [[2, 0], [0, 2]], [1, 0])
    near, wide = (
        2 + rng.normal(scale=0.1, size=(20, 2)),
        np.stack([rng.normal(size=20) - 30, np.linspace(-80, 80, 20)], 1),
    )
    odd = rng.normal(size=(3, 2))
    whole = db.transforms("whole", key_dimension=2, value_dimension=2)
    for some in (near, wide):
        whole.write(some, some @ [[1, 2], [3, 4]] + some.mean(axis=0))
    assert whole.consolidate(mode="exact").transforms > 1
    whole.write(odd, odd * 0 + 99, stream="odd")
    asked = np.concatenate([near, wide, odd])
    before, slots = whole.read_many(asked), whole.stats()["slots"]
    done = whole.merge(["two"])
    assert (whole.stats()["slots"], done.raw) == (slots + 1, 0)
    keys = np.array([one.key for one in two.list() if one.state == "archived"])
    assert np.abs(whole.read_many(keys) - two.read_many(keys)).max() <= 1e-9
    assert np.array_equal(whole.read_many(asked), before)
    assert whole.read(keys[0]).slots[0].id == done.slot
    assert whole.verify() == []
    with pytest.raises(
        BadInput, match=r"'whole' has the chain two already; take it back first: unlearn\('chain two'\)"
    ):
        whole.merge(["two"])
    assert whole.unlearn("chain two") == 30
    assert np.array_equal(whole.read_many(asked), before)
    assert whole.merge("two").pairs == 30


def test_pairs_of_a_chain_that_no_transform_can_give_stay_raw(db: PlasticDB) -> None:
    """Values beyond the cap, and keys that raw slots have: the newest answers there, as after a write."""
    keys = np.append(np.linspace(-1, 1, 200), [60.0])[:, None]
    db.transforms("far", 1, 1).write(keys, keys)
    db.transforms("far").consolidate()
    whole = db.transforms("whole", 1, 1)
    whole.write(keys[7:9], [[8.0], [9.0]])
    done = whole.merge("far", tolerance=1e-9)
    assert (done.raw, whole.stats()["raw"], whole.stats()["transforms"]) == (3, 5, 1)
    assert np.abs(whole.read_many(keys) - keys).max() <= 1e-9
    assert whole.verify() == []


def test_where_a_chain_cannot_be_merged_nothing_is_written(db: PlasticDB) -> None:
    two = affine(db, "two", [[2, 0], [0, 2]], [1, 0])
    mixed = db.transforms("mixed", 2, 2)
    keys = np.random.default_rng(1).normal(size=(300, 2)) + 50
    mixed.write(keys, np.tanh(keys - 50))
    mixed.consolidate(mode="general")
    small = db.transforms("small", 2, 2)
    small.write(keys[:3], keys[:3] * 0)
    small.consolidate(mode="exact")
    far = db.transforms("far", 2, 2)
    far.write(keys * 1e6, keys * 1e6)
    few = db.transforms("few", 2, 2)
    few.write(keys[:4], keys[:4])
    for memory, chain, said in (
        (
            mixed,
            "two",
            "'mixed' reads in general mode, which mixes what its transforms say; merge it into a memory of its own",
        ),
        (
            small,
            "far",
            "no pair of the chain far would come out of a transform of 'small': .* beyond its cap of 5.66; merge it",
        ),
        (small, "few", "the chain few was tried on 4 pairs; it needs five keys at least to be merged"),
    ):
        position = memory.stats()["position"]
        with pytest.raises(BadInput, match=said) as error:
            memory.merge([chain])
        assert "\n" not in str(error.value)
        assert memory.stats()["position"] == position
    two.forget([one.id for one in two.list() if one.state == "archived"])
    with pytest.raises(
        BadInput, match="nothing was written to 'two'; a chain is merged on the keys of its first memory"
    ):
        small.merge("two")


def test_a_merge_tells_what_was_done_whatever_became_of_its_chain(db: PlasticDB) -> None:
    affine(db, "two", [[2, 0], [0, 2]], [1, 0])
    whole = db.transforms("whole", key_dimension=2, value_dimension=2)
    done = whole.merge(["two"], operation="o")
    keys = np.random.default_rng(9).normal(size=(50, 2))
    db.transforms("two").write(keys, np.abs(keys))
    assert whole.merge(["two"], operation="o") == done
    db.drop("two")
    db.transforms("two", 2, 2).write(keys, np.abs(keys))
    assert whole.merge(["two"], operation="o") == done
    with pytest.raises(BadInput, match="the operation 'o' was another one"):
        whole.merge(["two"], tolerance=1.0, operation="o")


def test_stop_slots_are_looked_for_once(db: PlasticDB, monkeypatch: pytest.MonkeyPatch) -> None:
    way = db.transforms("way", key_dimension=1, value_dimension=1)
    way.write([[0.0], [1.0], [2.0]], [[1.0], [2.0], [3.0]], payload=[None, {"stop": 1}, '{"stop": true}'])
    assert way.chain([0.0], until="stop", budget=20).halted == "budget"
    looked, between = [], db._store.between
    monkeypatch.setattr(db._store, "between", lambda *asked: looked.append(asked) or between(*asked))
    assert way.chain([0.0], until="stop", budget=20).halted == "budget"
    assert looked == []
    (stop,) = way.write([[3.0]], [[3.0]], payload={"stop": True})
    assert len(way.chain([0.0], until="stop").steps) == 4
    assert [asked[3] - way._held.first for asked in looked if "payload" in asked[5]] == [stop]
    way.forget(stop)
    assert way.chain([0.0], until="stop", budget=20).halted == "budget"
    db.drop("way")
    again = db.transforms("way", key_dimension=1, value_dimension=1)
    again.write([[0.0], [1.0]], [[1.0], [2.0]], payload=[{"stop": True}, None])
    assert len(way.chain([0.0], until="stop", budget=20).steps) == 1


def test_a_graph_that_is_made_again_meanwhile_hides_no_stop_slot(db: PlasticDB) -> None:
    way = db.transforms("way", key_dimension=1, value_dimension=1)
    way.write([[0.0], [1.0]], [[1.0], [1.0]], payload=[None, {"stop": True}])
    look = way._store.between

    def between(*asked: Any) -> Any:
        """Answer as if another process made the graph again, just now."""
        way._store.between = look  # type: ignore[method-assign]
        way._store.clear("way")
        found = look(*asked)
        db.transforms("way").rebuild()
        return found

    way._store.between = between  # type: ignore[method-assign]
    ids, _ = way._ended()
    assert [*ids] == [2]


def test_a_merge_is_done_once_and_made_again_the_same(db: PlasticDB) -> None:
    affine(db, "two", [[2, 0], [0, 2]], [1, 0])
    whole = db.transforms("whole", key_dimension=2, value_dimension=2)
    assert whole.merge(["two"], operation="o") == whole.merge(["two"], operation="o")
    found = whole.read_many([[0.5, 1]])
    assert whole.verify() == []
    whole.rebuild()
    assert np.abs(whole.read_many([[0.5, 1]]) - found).max() <= 1e-9
    assert whole.unlearn("chain two") == 30
    assert (whole.stats()["slots"], whole.verify()) == (0, [])
