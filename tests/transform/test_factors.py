"""What transforms know of pairs: factors that merge, and the fit from them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb.transform.factors import Factor, Floats, factor_of, fitted, merged, missed

SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.integers(1, 6)


def pairs(seed: int, count: int, n: int, d: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, n)), rng.normal(size=(count, d))


@settings(deadline=None)
@given(SEEDS, st.integers(1, 20), st.integers(1, 20), SIZES, SIZES)
def test_merged_factors_are_the_factor_of_all(seed: int, some: int, others: int, n: int, d: int) -> None:
    keys, values = pairs(seed, some + others, n, d)
    both = merged(factor_of(keys[:some], values[:some]), factor_of(keys[some:], values[some:]))
    every = factor_of(keys, values)
    assert both.count == every.count == some + others
    triangle, whole = both.rows[: n + 1], every.rows[: n + 1]
    assert triangle.T @ triangle == pytest.approx(whole.T @ whole, abs=1e-9)
    assert both.left == pytest.approx(every.left, abs=1e-9)
    assert fitted(both, 0.1)(keys) == pytest.approx(fitted(every, 0.1)(keys), abs=1e-9)


@settings(deadline=None)
@given(SEEDS, SIZES, SIZES, st.data())
def test_a_map_goes_through_as_many_pairs_as_keys_have_numbers_and_one(
    seed: int, n: int, d: int, data: st.DataObject
) -> None:
    """Keys are corners of a simplex, so that no two are near; moved and turned."""
    count = data.draw(st.integers(1, n + 1))
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(n, n)))[0]
    keys = (np.concatenate([np.zeros((1, n)), np.eye(n)])[:count] @ turn + rng.normal(size=n)) * 10.0 ** rng.integers(
        -3, 4
    )
    values = rng.normal(size=(count, d))
    factor = factor_of(keys, values)
    fit = fitted(factor)
    assert fit(keys) == pytest.approx(values, abs=1e-8)
    assert missed(factor, fit) == pytest.approx(0, abs=1e-14)


@settings(deadline=None)
@given(SEEDS, st.integers(1, 20), SIZES, SIZES)
def test_what_a_fit_misses_follows_from_the_factor(seed: int, count: int, n: int, d: int) -> None:
    keys, values = pairs(seed, count, n, d)
    factor = factor_of(keys, values)
    fit = fitted(factor, 0.3, centre=keys[0])
    assert missed(factor, fit) == pytest.approx(np.sum((fit(keys) - values) ** 2), abs=1e-9)


def test_a_centre_changes_no_value() -> None:
    keys, values = pairs(0, 9, 3, 2)
    factor = factor_of(keys, values)
    assert fitted(factor, centre=np.full(3, 5.0))(keys) == pytest.approx(fitted(factor)(keys), abs=1e-12)


def test_keys_in_a_plane_have_a_smallest_map() -> None:
    """Of the maps that go through them it says nothing of where no key is."""
    keys, values = pairs(0, 12, 2, 2)
    fit = fitted(factor_of(np.c_[keys, keys @ [[1.0], [2.0]]], keys @ values[:2]))
    assert fit.matrix @ [1.0, 2.0, -1.0] == pytest.approx(0, abs=1e-12)


def test_a_gain_is_not_exceeded() -> None:
    keys, values = pairs(0, 9, 8, 2)
    factor = factor_of(keys, values)
    free, held = fitted(factor), fitted(factor, gain=0.5)
    assert np.linalg.norm(free.matrix, 2) > 0.5 >= np.linalg.norm(held.matrix, 2) > 0.49


def test_a_factor_is_read_as_it_was_written() -> None:
    factor = factor_of(*pairs(0, 5, 3, 2))
    assert Factor.read(factor.written(), 3, 2).rows.tolist() == factor.rows.tolist()
