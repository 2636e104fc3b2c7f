"""The working set: rows with edges, found by key; newer rows shadow older ones."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plasticdb.kit.rows import Rows, Tiers, concatenate


def rows(values: dict[int, list[int]]) -> Rows:
    """Rows whose column says how many edges they have, and whose edges are given."""
    keys = sorted(values)
    lengths = [len(values[key]) for key in keys]
    return Rows(
        np.array(keys, np.int64),
        {"size": np.array(lengths, np.int64)},
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        {"code": np.array([code for key in keys for code in values[key]], np.int64)},
    )


def values(found: Rows | None) -> dict[int, list[int]]:
    if found is None:
        return {}
    edges = [found.edges["code"][a:b].tolist() for a, b in zip(found.start[:-1], found.start[1:], strict=True)]
    assert found.columns["size"].tolist() == [len(some) for some in edges]
    return dict(zip(found.key.tolist(), edges, strict=True))


tables = st.dictionaries(st.integers(0, 20), st.lists(st.integers(0, 9), max_size=3), max_size=8)


@given(st.lists(tables, max_size=8), st.sets(st.integers(0, 20)))
def test_tiers_are_a_dictionary_of_the_newest_rows(added: list[dict[int, list[int]]], keys: set[int]) -> None:
    tiers, model = Tiers(limit=1000), {}
    for some in added:
        assert tiers.add(rows(some))
        model |= some
    found, missing = tiers.find(np.array(sorted(keys), np.int64))
    assert values(found) == {key: model[key] for key in sorted(keys) if key in model}
    assert missing.tolist() == sorted(keys - model.keys())


@given(tables, tables)
def test_the_first_of_equal_keys_wins(one: dict[int, list[int]], other: dict[int, list[int]]) -> None:
    assert values(concatenate([rows(one), rows(other)])) == dict(sorted((other | one).items()))


def test_too_many_rows_drop_the_older_ones() -> None:
    tiers = Tiers(limit=3)
    assert tiers.add(rows({1: [], 2: []}))
    assert not tiers.add(rows({3: [], 4: []}))
    assert tiers.find(np.array([1, 3], np.int64))[1].tolist() == [1]
