"""Parameters: they arrive as they were given, or are refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import BadInput, PlasticDB
from plasticdb.cypher.values import fit


@pytest.fixture(scope="module")
def db() -> Iterator[PlasticDB]:
    with PlasticDB.open(":memory:") as opened:
        opened.sequence("m").learn("emma")
        yield opened


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
NUMBERS = st.integers(-(1 << 63), (1 << 63) - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_a_parameter_comes_back_as_it_was_or_is_refused(db: PlasticDB, value: Any) -> None:
    with suppress(BadInput):
        (row,) = db.query("RETURN $x AS x", x=value)
        assert repr(row["x"]) == repr(value), "1 is not 1.0"


@pytest.mark.parametrize("value", [None, True, 1, [1, 2], ["a", None], [[1], []], {"a": {"b": [1, None]}}, [{"a": 1}]])
def test_what_fits(value: Any) -> None:
    fit({"x": value})


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([1, 2.5], "a list of unlike values"),
        ([True, 1], "a list of unlike values"),
        ([{"a": 1}, {"b": 2}], "a list of unlike values"),
        ([[1], 2], "a list of unlike values"),
        ([], "an empty list or a null of no known kind"),
        ({"a": None}, "an empty list or a null of no known kind"),
    ],
)
def test_what_ladybug_would_change_is_refused(value: Any, said: str) -> None:
    with pytest.raises(BadInput, match=rf"\$x has {said}"):
        fit({"x": value})
