"""Consolidation: what comes out exactly, what can be learnt, how many slots that takes, and that more can follow."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb.transform.cells import balanced, closest
from plasticdb.transform.factors import Floats, Pairs, factor_of
from plasticdb.transform.growing import grow
from plasticdb.transform.planning import Plan, plan, transforms_of
from plasticdb.transform.reading import Answer, Manner, raw_of, read
from plasticdb.transform.shapes import Shapes

from ..effort import times


def planned(pairs: Pairs, **how: object) -> Plan:
    n = pairs.keys.shape[1]
    none = Shapes(np.zeros((0, n)), np.zeros(0), np.zeros(0), np.zeros(0))
    return plan(pairs, np.full(len(pairs), -1), none, **how)  # type: ignore[arg-type]


def answered(pairs: Pairs, found: Plan, queries: Floats) -> Answer:
    transforms = transforms_of(pairs, found.group, found.shapes, found.manner)
    return read(queries, transforms, raw_of(pairs.of(found.group < 0)), found.manner)


def normal(seed: int, count: int, n: int, d: int) -> Pairs:
    rng = np.random.default_rng(seed)
    return Pairs(rng.normal(size=(count, n)), rng.normal(size=(count, d)))


def missed(values: Floats, right: Floats) -> float:
    return float(np.sqrt(((values - right) ** 2).mean()) / right.std())


# What comes out exactly


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 60),
    st.integers(1, 6),
    st.integers(1, 3),
    st.sampled_from(["auto", "exact"]),
)
@settings(max_examples=times(30), deadline=None)
def test_what_is_absorbed_comes_out_within_the_tolerance(seed: int, count: int, n: int, d: int, mode: str) -> None:
    pairs = normal(seed, count, n, d)
    found = planned(pairs, mode=mode)
    if found.manner.mode == "exact":
        assert np.abs(answered(pairs, found, pairs.keys).values - pairs.values).max() <= 1e-6
        assert found.largest <= 1e-6


@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.integers(1, 4))
@settings(max_examples=times(20), deadline=None)
def test_a_plan_depends_on_the_pairs_and_not_on_their_order(seed: int, count: int, n: int) -> None:
    pairs, order = normal(seed, count, n, 2), np.random.default_rng(seed).permutation(count)
    one, other = planned(pairs), planned(pairs.of(order))
    assert one.manner == other.manner
    assert one.group[order].tolist() == other.group.tolist()
    assert one.shapes.centre.tolist() == other.shapes.centre.tolist()


def test_random_pairs_take_a_fifteenth_of_the_slots() -> None:
    pairs = normal(0, 1_024, 64, 64)
    found = planned(pairs)
    assert found.manner.mode == "exact"
    assert (found.group < 0).sum() + len(found.shapes) <= 1_024 / 15
    assert np.abs(answered(pairs, found, pairs.keys).values - pairs.values).max() <= 1e-6


@pytest.mark.parametrize("count", [256, 768, 1_024])
def test_sixteen_slots_hold_a_sequence(count: int) -> None:
    rng = np.random.default_rng(0)
    pairs = Pairs(rng.normal(size=(count, 64)), rng.integers(2, size=(count, 64)) * 2.0 - 1)
    found = planned(pairs, budget=16)
    assert (found.group < 0).sum() + len(found.shapes) <= 16
    assert ((answered(pairs, found, pairs.keys).values > 0) == (pairs.values > 0)).all()


@pytest.mark.parametrize("budget", [1, 3, 10])
def test_a_budget_is_kept_beyond_the_tolerance(budget: int) -> None:
    pairs = normal(0, 40, 3, 2)
    found = planned(pairs, budget=budget)
    assert (found.group < 0).sum() + len(found.shapes) <= budget
    off = np.sqrt(((answered(pairs, found, pairs.keys).values - pairs.values) ** 2).sum(axis=1))
    assert (found.largest, found.mean) == pytest.approx((off.max(), off.mean()))


def test_equal_keys_with_unlike_values_stay_raw_and_the_newest_is_read() -> None:
    pairs = normal(0, 20, 3, 2)
    twice = Pairs(np.concatenate([pairs.keys, pairs.keys[:5]]), np.concatenate([pairs.values, pairs.values[:5] + 1]))
    found = planned(twice)
    assert found.unlike == 10
    assert answered(twice, found, twice.keys[20:]).values.tolist() == twice.values[20:].tolist()


def test_equal_keys_with_like_values_are_one() -> None:
    pairs = normal(0, 20, 3, 2)
    twice = Pairs(np.concatenate([pairs.keys, pairs.keys]), np.concatenate([pairs.values, pairs.values]))
    assert (planned(twice).group >= 0).all()
    assert len(planned(twice).shapes) == len(planned(pairs).shapes)


def test_one_pair_becomes_one_transform() -> None:
    pairs = normal(0, 1, 3, 2)
    found = planned(pairs)
    assert found.group.tolist() == [0]
    assert answered(pairs, found, pairs.keys).values.tolist() == pairs.values.tolist()


def test_a_tolerance_of_0_absorbs_what_comes_out_to_the_last_digit() -> None:
    pairs = normal(0, 40, 3, 2)
    found = planned(pairs, tolerance=0.0)
    assert found.largest == 0.0
    assert answered(pairs, found, pairs.keys).values.tolist() == pairs.values.tolist()


def test_a_value_beyond_the_cap_stays_raw() -> None:
    pairs = normal(0, 200, 3, 2)
    pairs.values[7] *= 1e6
    found = planned(pairs)
    assert found.group[7] == -1
    assert answered(pairs, found, pairs.keys[7:8]).values.tolist() == pairs.values[7:8].tolist()


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e-20, 1e15])
@pytest.mark.parametrize("far", [0.0, 1e6])
def test_keys_of_any_size_come_out(scale: float, far: float) -> None:
    """Those that cannot be told apart after all have unlike values, and the newest is read."""
    pairs = normal(0, 40, 3, 2)
    pairs = Pairs(pairs.keys * scale + far, pairs.values)
    found = planned(pairs)
    newest = [np.flatnonzero((pairs.keys == key).all(axis=1))[-1] for key in pairs.keys]
    assert answered(pairs, found, pairs.keys).values == pytest.approx(pairs.values[newest], abs=1e-6)


@pytest.mark.parametrize("mode", ["auto", "exact"])
@pytest.mark.parametrize(("n", "outliers"), [(3, 5), (8, 5), (8, 50)])
def test_outliers_stay_raw_and_the_rest_is_one_transform(n: int, outliers: int, mode: str) -> None:
    rng = np.random.default_rng(0)
    keys = rng.normal(size=(500, n))
    pairs = Pairs(keys, keys @ rng.normal(size=(n, 2)) + 1)
    off = np.sort(rng.choice(500, outliers, replace=False))
    pairs.values[off] += rng.normal(size=(outliers, 2))
    order = rng.permutation(500)
    for some in (pairs, pairs.of(order)):
        found = planned(some, mode=mode)
        assert found.manner.mode == "exact"
        assert len(found.shapes) == 1
        assert (found.group < 0).sum() == outliers
        assert np.abs(answered(some, found, some.keys).values - some.values).max() <= 1e-6
    assert np.flatnonzero(planned(pairs, mode=mode).group < 0).tolist() == off.tolist()
    assert planned(pairs.of(order), mode=mode).group.tolist() == planned(pairs, mode=mode).group[order].tolist()


def test_one_map_for_most_is_taken_only_where_it_saves_slots() -> None:
    """Two maps, the larger of which holds 3 in 5, and an outlier: one transform, and the rest raw, would be 201 slots."""
    rng = np.random.default_rng(0)
    keys = rng.normal(size=(500, 3))
    keys[:, 0] += np.where(np.arange(500) < 300, 20, -20)
    pairs = Pairs(keys, np.where(keys[:, :1] > 0, keys, keys @ rng.normal(size=(3, 3))))
    pairs.values[7] += 1
    found = planned(pairs, mode="exact")
    assert (found.group < 0).sum() + len(found.shapes) < 100


def test_a_budget_that_has_room_for_the_outliers_keeps_the_tolerance() -> None:
    rng = np.random.default_rng(0)
    keys = rng.normal(size=(500, 8))
    pairs = Pairs(keys, keys @ rng.normal(size=(8, 2)))
    pairs.values[:5] += 1
    found = planned(pairs, mode="exact", budget=8)
    assert found.group.tolist() == [-1] * 5 + [0] * 495
    assert found.largest <= 1e-6


def test_cells_are_even() -> None:
    keys = np.random.default_rng(0).normal(size=(1_040, 64))
    group, centre, pull = balanced(keys, count=16, room=65)
    assert np.bincount(group).tolist() == [65] * 16
    assert closest(keys, centre, pull).tolist() == group.tolist()


# What can be learnt


@pytest.mark.parametrize(
    ("form", "most"),
    [(lambda x: x, 1e-8), (lambda x: np.maximum(x, 0), 0.2), (np.tanh, 0.29)],
    ids=["linear", "relu", "tanh"],
)
def test_a_map_is_learnt(form: Callable[[Floats], Floats], most: float) -> None:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(8, 8)) / np.sqrt(8)
    keys, queries = rng.normal(size=(2, 1_000, 8))
    pairs = Pairs(keys, form(keys @ matrix))
    assert missed(answered(pairs, planned(pairs), queries).values, form(queries @ matrix)) <= most


def regimes(count: int, noise: float) -> tuple[Pairs, Pairs]:
    """Pairs of 24 linear maps, each around its own place; and some more without noise."""
    rng = np.random.default_rng(0)
    places, matrices = 4 * rng.normal(size=(24, 8)), rng.normal(size=(24, 8, 8))
    which = rng.integers(24, size=count + 1_000)
    away = rng.normal(size=(len(which), 8)) / 2
    values = np.einsum("pdn,pn->pd", matrices[which], away) + places[which]
    keys = places[which] + away
    return Pairs(keys[:count], values[:count] + rng.normal(scale=noise, size=(count, 8))), Pairs(
        keys[count:], values[count:]
    )


def test_regimes_are_found() -> None:
    pairs, queries = regimes(3_000, 0.1)
    found = planned(pairs)
    assert found.manner.mode == "general"
    assert len(found.shapes) < 40
    said, raw = (
        missed(read(queries.keys, *known).values, queries.values)
        for known in (
            (
                transforms_of(pairs, found.group, found.shapes, found.manner),
                raw_of(pairs.of(found.group < 0)),
                found.manner,
            ),
            (
                transforms_of(pairs, found.group, found.shapes.of(np.zeros(0, np.int64)), Manner()),
                raw_of(pairs),
                Manner(),
            ),
        )
    )
    assert said <= 0.1
    assert said * 3 <= raw


# More can follow


def test_pairs_of_known_regimes_are_absorbed_without_their_sources() -> None:
    pairs, _ = regimes(3_500, 0.1)
    first, more = pairs.of(np.arange(3_000)), pairs.of(np.arange(3_000, 3_500))
    found = planned(first)
    known = transforms_of(first, found.group, found.shapes, found.manner)
    parts = [first.of(found.group == j) for j in range(len(known))]
    factors = [factor_of(part.keys, part.values) for part in parts]
    grown = grow(more, known, found.shapes.ridge, factors, found.manner)
    assert grown is not None
    assert (grown.group >= 0).all()


def test_pairs_of_a_new_regime_are_planned_anew() -> None:
    pairs, _ = regimes(3_000, 0.1)
    found = planned(pairs)
    known = transforms_of(pairs, found.group, found.shapes, found.manner)
    parts = [pairs.of(found.group == j) for j in range(len(known))]
    factors = [factor_of(part.keys, part.values) for part in parts]
    more = normal(1, 300, 8, 8)
    assert grow(Pairs(more.keys + 40, more.values), known, found.shapes.ridge, factors, found.manner) is None


def test_what_was_read_and_written_back_changes_no_map() -> None:
    pairs = normal(0, 100, 16, 16)
    found = planned(pairs)
    known = transforms_of(pairs, found.group, found.shapes, found.manner)
    parts = [pairs.of(found.group == j) for j in range(len(known))]
    factors = [factor_of(part.keys, part.values) for part in parts]
    queries = np.random.default_rng(1).normal(size=(300, 16))
    back = Pairs(queries, answered(pairs, found, queries).values)
    grown = grow(back, known, found.shapes.ridge, factors, found.manner)
    assert grown is not None
    assert (grown.group >= 0).all()
    assert grown.shapes.centre.tolist() == found.shapes.centre.tolist()
