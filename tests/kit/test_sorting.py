"""Grouping and finding by sorting is what NumPy's functions say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plasticdb.kit.sorting import FEW, among, distinct, groups, order, places
from plasticdb.kit.tables import Ints

LARGEST = 2**63 - 1
numbers = st.lists(st.integers(0, 9) | st.integers(0, LARGEST), max_size=30).map(lambda some: np.array(some, np.int64))


@given(numbers)
def test_groups_are_numpys(keys: Ints) -> None:
    wanted = np.unique(keys, return_index=True, return_inverse=True)
    assert [part.tolist() for part in groups(keys)] == [part.tolist() for part in wanted]


@given(numbers, st.sampled_from([1, FEW]))
def test_of_equal_keys_the_first_comes_first(keys: Ints, times: int) -> None:
    keys = np.tile(keys, times)
    assert order(keys).tolist() == np.argsort(keys, kind="stable").tolist()


@pytest.mark.parametrize("near", [1, 7, 10**6])
def test_large_keys_that_differ_in_their_last_bits_alone_are_put_right(near: int) -> None:
    keys = np.random.default_rng(1).integers(0, 2**62, 5_000)
    keys[::100] = keys[0] ^ np.arange(50) % near
    assert order(keys).tolist() == np.argsort(keys, kind="stable").tolist()
    assert distinct(keys).tolist() == np.unique(keys).tolist()


@given(numbers, numbers)
def test_keys_are_found_where_they_stand(held: Ints, wanted: Ints) -> None:
    held, wanted = np.unique(held), np.sort(wanted)
    at, there = places(held, wanted)
    assert there.tolist() == np.isin(wanted, held).tolist()
    assert held[at[there]].tolist() == wanted[there].tolist()


@given(numbers, numbers, st.sampled_from([1, 100]))
def test_needles_may_come_in_any_order(keys: Ints, held: Ints, times: int) -> None:
    keys = np.tile(keys, times)
    assert among(keys, np.unique(held)).tolist() == np.isin(keys, held).tolist()
