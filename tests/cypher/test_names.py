"""Names without case: as many as there were, and the same again when they are read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plasticdb import BadInput
from plasticdb.cypher.names import cased, encoded, named, read_back
from plasticdb.cypher.schema import declared
from plasticdb.cypher.tokens import tokens

NAMES = st.text(min_size=1, max_size=8) | st.text("aAbBˇ4", min_size=1, max_size=8)


@given(NAMES, NAMES)
def test_names_stay_apart_whatever_their_case(one: str, other: str) -> None:
    assert (encoded(one).lower() == encoded(other).lower()) == (one == other)


@given(NAMES)
def test_a_name_is_read_back(name: str) -> None:
    assert read_back(f"no {encoded(name)}!") == f"no {name}!"


def written(query: str) -> list[str]:
    return [token.text for token in cased(query, tokens(query), declared())]


def test_names_are_written_out_and_nothing_else_is() -> None:
    assert written("match (N:Concept {Text: Count(*)}) Return N.text As Case") == [
        *"match ( `ˇ4eˇ` : Concept { `ˇ54ˇext` : Count ( * ) } ) Return `ˇ4eˇ` . text As `ˇ43ˇase`".split()
    ]
    assert written("WHERE n:Atom|Concept AND {a: B} = [x IN l | X]")[:6] == ["WHERE", "n", ":", "Atom", "|", "Concept"]
    assert written("[x IN l | X]")[-2] == "`ˇ58ˇ`"


def test_a_name_that_ladybug_reserves_is_quoted() -> None:
    assert written("RETURN n.order AS index, {all: table}") == (
        "RETURN n . `order` AS `index` , { `all` : `table` }".split()
    )


@pytest.mark.parametrize("query", ["(c:concept)", "(c:Concept|atom)", "-[:synapse]-", "n:`CONCEPT`"])
def test_a_label_in_another_case_is_refused_with_the_right_one(query: str) -> None:
    with pytest.raises(BadInput, match=r"it is written (Concept|Atom|SYNAPSE)"):
        written(query)


def test_keys_of_parameters_are_written_out_too() -> None:
    assert named({"A": [{"b": 1, "B": "C"}]}) == {"ˇ41ˇ": [{"b": 1, "ˇ42ˇ": "C"}]}
