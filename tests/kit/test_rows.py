"""The working set: rows with edges, found by key; newer rows shadow older ones."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plasticdb.kit import rows as module
from plasticdb.kit.rows import Rows, Tiers, concatenate, sums
from plasticdb.kit.tables import Ints


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


def values(parts: list[Rows]) -> dict[int, list[int]]:
    if not parts:
        return {}
    found = concatenate(parts)
    edges = [found.edges["code"][a:b].tolist() for a, b in zip(found.start[:-1], found.start[1:], strict=True)]
    assert found.columns["size"].tolist() == [len(some) for some in edges]
    return dict(zip(found.key.tolist(), edges, strict=True))


def ints(*keys: int) -> Ints:
    return np.array(keys, np.int64)


tables = st.dictionaries(st.integers(0, 20), st.lists(st.integers(0, 9), max_size=3), max_size=8)


@given(st.lists(tables, max_size=8), st.sets(st.integers(0, 20)))
def test_tiers_are_a_dictionary_of_the_newest_rows(added: list[dict[int, list[int]]], keys: set[int]) -> None:
    tiers, model = Tiers(room=10**6), {}
    for some in added:
        tiers.add(rows(some))
        model |= some
    found, missing = tiers.find(ints(*sorted(keys)))
    assert values(found) == {key: model[key] for key in sorted(keys) if key in model}
    assert missing.tolist() == sorted(keys - model.keys())


@given(tables, tables)
def test_the_first_of_equal_keys_wins(one: dict[int, list[int]], other: dict[int, list[int]]) -> None:
    assert values([concatenate([rows(one), rows(other)])]) == dict(sorted((other | one).items()))


def test_where_there_is_no_room_those_go_that_were_added_first() -> None:
    tiers = Tiers(room=300)
    tiers.add(rows({1: [], 2: []}))
    tiers.add(rows({3: [], 4: []}))
    tiers.add(rows({2: [7]}))
    tiers.add(rows({5: [], 6: [], 7: [], 8: [], 9: []}))
    found, missing = tiers.find(ints(1, 2, 3, 5))
    assert set(values(found)) >= {5}
    assert 1 in missing.tolist()
    assert tiers.bytes <= 300


@given(st.lists(tables, max_size=8), st.sets(st.integers(0, 20)), st.integers(0, 2_000))
def test_what_was_never_added_is_nowhere_however_little_room_there_is(
    added: list[dict[int, list[int]]], keys: set[int], room: int
) -> None:
    tiers, model = Tiers(room, whole=True), {}
    for some in added:
        tiers.add(rows(some))
        model |= some
    found, missing = tiers.find(ints(*sorted(keys)))
    assert values(found) == {key: model[key] for key in sorted(keys - set(missing.tolist()))}
    assert tiers.somewhere(missing).tolist() == sorted(set(missing.tolist()) & model.keys())
    tiers.whole = False
    assert tiers.somewhere(missing).tolist() == missing.tolist()


def test_what_is_added_is_not_spent_and_what_is_merged_is() -> None:
    tiers, added = Tiers(room=10**6), [rows({1: [5], 2: []}), rows({2: [6], 3: []})]
    for some in added:
        tiers.add(some)
    assert values([added[1]]) == {2: [6], 3: []}
    spent = [rows({1: [5]}), rows({4: [7]})]
    assert values([concatenate(spent, spent=True)]) == {1: [5], 4: [7]}
    assert [*spent[1].columns, *spent[1].edges] == []  # a column that is merged is not there twice


def test_tiers_that_are_interrupted_are_looked_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tiers = Tiers(room=10**6, whole=True)
    tiers.add(rows({1: [], 2: []}))

    def interrupted(parts: list[Rows], spent: bool = False) -> Rows:
        parts[0].columns.clear()
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "concatenate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tiers.add(rows({3: []}))
    found, missing = tiers.find(ints(1, 3, 4))
    assert (found, missing.tolist()) == ([], [1, 3, 4])
    assert tiers.somewhere(missing).tolist() == [1, 3, 4]


@given(st.lists(st.lists(st.integers(-9, 9), max_size=4), max_size=6))
def test_values_are_added_up_by_row(rows_of: list[list[int]]) -> None:
    start = np.cumsum([0, *map(len, rows_of)])
    added = sums(np.array([*chain(*rows_of)], np.int64), start)
    assert added.tolist() == [sum(row) for row in rows_of]
