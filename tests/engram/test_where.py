"""A filter over payloads, and the columns by which it is asked of many at once."""

from __future__ import annotations

import json
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plasticdb.engram.columns import Columns
from plasticdb.engram.where import OPERATORS, Where
from plasticdb.errors import BadInput

NOTE = {"speaker": "Ann", "year": 2021, "meta": {"lang": "en", "deep": {"er": None}}, "tags": ["a", 2], "a.b": True}


@pytest.mark.parametrize(
    ("where", "matches"),
    [
        ({"speaker": "Ann"}, True),
        ({"speaker": "ann"}, False),
        ({"speaker": ["Bob", "Ann"]}, True),
        ({"speaker": []}, False),
        ({"meta.lang": "en"}, True),
        ({"meta.deep.er": None}, True),
        ({"meta": "en"}, False),
        ({"a.b": True}, True),
        ({"a.b": 1}, False),
        ({"year": 2021.0}, True),
        ({"year": "2021"}, False),
        ({"year": {">=": 2020, "<": 2024}}, True),
        ({"year": {">": 2021}}, False),
        ({"year": {">": "2020"}}, False),
        ({"speaker": {">=": "A", "<": "B"}}, True),
        ({"speaker": {"!=": "Bob"}}, True),
        ({"speaker": {"!=": ["Bob", "Ann"]}}, False),
        ({"nobody": {"!=": "Bob"}}, False),
        ({"tags": "a"}, True),
        ({"tags": {"!=": "a"}}, False),
        ({"tags": {">": 1}}, True),
        ({"speaker": "Ann", "year": 2022}, False),
    ],
)
def test_what_matches(where: dict[str, Any], matches: bool) -> None:
    assert Where.parse(where).matches(NOTE) is matches


@pytest.mark.parametrize("payload", [None, "Ann", ["speaker"], 7])
def test_a_payload_that_is_no_object_matches_nothing(payload: Any) -> None:
    assert not Where.parse({"speaker": "Ann"}).matches(payload)


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (["speaker"], 'a filter is values by field, such as {"speaker": "Ann"}, not a list'),
        ({}, "a filter must name a field"),
        ({7: "Ann"}, "a filter's field must be a text, not 7"),
        ({"year": {"=>": 1}}, "'=>' is no operator; choose one of =, !=, <, <=, >, >="),
        ({"meta": {"lang": "en"}}, "a field in an object is 'meta.lang'"),
        ({"year": {}}, "there is no operator"),
        ({"year": {">": True}}, "> takes a number or a text, not True"),
        ({"year": {">": [1]}}, "> takes a number or a text, not a list"),
        ({"year": float("nan")}, "must be a text, a number, true, false, null, or a list of these, not nan"),
        ({"year": [[1]]}, "not a list"),
        ({"year": b"x"}, "not a bytes"),
    ],
)
def test_what_is_no_filter_is_said_in_a_line(where: Any, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        Where.parse(where)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_numpys_values_are_plain_ones() -> None:
    assert Where.parse({"year": np.int64(2021), "speaker": np.array(["Ann", "Bob"])}).matches(NOTE)


scalars = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 2.0, "", "a", "b", "2", "Ann"])
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.just("b"), inner), max_leaves=4
)
payloads = st.dictionaries(st.sampled_from(["a", "b", "a.b"]), values) | scalars
bounds = st.integers(-3, 3) | st.sampled_from([0.5, "a", "b"])
tests = st.dictionaries(st.sampled_from(OPERATORS[2:]), bounds, min_size=1) | st.dictionaries(
    st.sampled_from(OPERATORS[:2]), scalars | st.lists(scalars, max_size=2), min_size=1
)
filters = st.dictionaries(
    st.sampled_from(["a", "b", "a.b"]), scalars | st.lists(scalars, max_size=2) | tests, min_size=1
)


@given(st.lists(st.lists(payloads, max_size=5), max_size=4), filters, st.data())
def test_columns_match_what_payloads_match(taken: list[list[Any]], where: dict[str, Any], data: st.DataObject) -> None:
    asked = Where.parse(where)
    columns = Columns("notes").of(["a", "b", "a.b"])
    rows: list[Any] = []
    for some in taken:
        columns.take([json.dumps(one) for one in some])
        rows += some
        if rows and data.draw(st.booleans(), "another payload"):
            row = data.draw(st.integers(0, len(rows) - 1))
            rows[row] = data.draw(payloads)
            columns.put(row, json.dumps(rows[row]))
        if data.draw(st.booleans(), "fewer rows"):
            kept = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
            columns.keep(np.array(kept, bool))
            rows = [one for one, stays in zip(rows, kept, strict=True) if stays]
        try:
            found = columns.mask(asked).tolist()
        except BadInput:
            assert not any(map(asked.matches, rows))
        else:
            assert found == [asked.matches(one) for one in rows]


def test_a_field_that_no_payload_has_is_an_error_that_names_the_one_that_was_meant() -> None:
    columns = Columns("notes").of(["speker", "meta.lnag"])
    columns.take([json.dumps(NOTE)])
    with pytest.raises(BadInput, match=r"no payload in 'notes' has the field 'speker' \(did you mean 'speaker'\?\)"):
        columns.mask(Where.parse({"speker": "Ann"}))
    with pytest.raises(BadInput, match=r"\(did you mean 'meta.lang'\?\)"):
        columns.mask(Where.parse({"meta.lnag": "en"}))


def test_a_field_of_the_dead_alone_is_no_field() -> None:
    columns = Columns("notes").of(["old"])
    columns.take(['{"old": 1}', '{"new": 1}'])
    with pytest.raises(BadInput, match="has the field 'old'"):
        columns.mask(Where.parse({"old": 1}), np.array([False, True]))
    assert columns.mask(Where.parse({"old": 1})).tolist() == [True, False]


def test_where_no_payload_is_an_object_the_error_says_so_and_of_no_notes_none_match() -> None:
    columns = Columns("notes").of(["speaker"])
    assert columns.mask(Where.parse({"speaker": "Ann"})).tolist() == []
    columns.take(['"Ann"', "null"])
    with pytest.raises(BadInput, match="no payload in 'notes' is an object, so there is no field 'speaker'"):
        columns.mask(Where.parse({"speaker": "Ann"}))


def test_another_field_needs_columns_that_have_it() -> None:
    columns = Columns("notes").of(["speaker"])
    where = Where.parse({"speaker": "Ann", "year": 2021})
    assert columns.lacks(where) == ["year"]
    assert columns.of(columns.lacks(where)).lacks(where) == []


def test_a_hundred_thousand_notes_are_filtered_in_a_few_milliseconds() -> None:
    columns = Columns("notes").of(["speaker", "at"])
    columns.take(json.dumps({"speaker": f"s{i % 20}", "at": f"2024-{i:09}"}) for i in range(100_000))
    where = Where.parse({"speaker": ["s1", "s2"], "at": {">=": "2024-000050000"}})
    assert columns.mask(where).sum() == 5000  # which puts the texts in order, once
    best = min(_seconds(columns, where) for _ in range(5))
    assert best < 0.02


def _seconds(columns: Columns, where: Where) -> float:
    began = perf_counter()
    columns.mask(where)
    return perf_counter() - began
