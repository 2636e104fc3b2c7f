"""Exact cells: what they give back because no map says it."""

from __future__ import annotations

import numpy as np
import pytest

from plasticdb.transform.exact import _strangers
from plasticdb.transform.factors import Pairs

LINE = Pairs(np.arange(6.0)[:, None], 2 * np.arange(6.0)[:, None])


def test_the_pair_that_bends_a_map_is_the_stranger() -> None:
    bent = Pairs(LINE.keys, LINE.values + np.array([[0], [0], [9], [0], [0], [0.0]]))
    assert _strangers(bent, np.full(6, 1.5)).tolist() == [False, False, True, False, False, False]


@pytest.mark.parametrize("off", [0.0, 1.0])
def test_where_one_map_says_all_pairs_each_is_as_strange_as_the_others(off: float) -> None:
    level = Pairs(LINE.keys, np.zeros((6, 1)))  # which a map says without any rounding
    assert _strangers(level, np.full(6, off)).all()
