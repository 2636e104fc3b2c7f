"""The prefix chain's rules: the hashes of prefixes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plasticdb.sequence.learning import tree
from plasticdb.sequence.tokens import tokenizer
from plasticdb.sequence.vocabulary import Vocabulary, encode


@given(st.lists(st.text("ab", max_size=30), min_size=1, max_size=15), st.integers(0, 15))
def test_a_prefix_has_one_hash_however_many_samples_are_hashed_at_once(texts: list[str], few: int) -> None:
    vocabulary = Vocabulary("m")
    batch = encode(tokenizer("chars"), texts, vocabulary)
    usual = tree.paths(batch, vocabulary).hashes.tolist()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tree, "FEW", few)
        assert tree.paths(batch, vocabulary).hashes.tolist() == usual
