"""Texts to vectors: the values of a known implementation, and one line for an embedder that cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import EntryPoint
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import BadInput
from plasticdb.engram import embed as module
from plasticdb.engram.embed import GROUP, NGrams, embed, embedder


def test_hashes_are_murmurhash3() -> None:
    facts = {
        "": 0,
        "a": 1009084850,
        "ab": -1681926305,
        "abc": -1277324294,
        "abcd": 1139631978,
        "hello": 613153351,
        "synapse": -1534332510,
        "漢字": 1467002891,
    }
    hashes = module._hashes([text.encode() for text in facts])
    assert hashes.view(np.int32).tolist() == list(facts.values())


@pytest.mark.parametrize(
    ("longest", "facts"),
    [
        (3, {"a cat": [-2, -2, 0, 3, 0, -1, 0, 2], "A  CAT sat": [-2, -3, 0, 5, 1, -2, 2, 2], " ": [0] * 8}),
        (3, {"Überraschung": [0, -2, -4, 0, 1, -3, -1, 2]}),
        (6, {"a cat": [-2, -1, 0, 3, 1, 0, 0, 2], "I am": [0, -1, -2, 1, 1, 1, 0, 1]}),
    ],
)
def test_counts_are_those_of_scikit_learn(longest: int, facts: dict[str, list[int]]) -> None:
    """HashingVectorizer(n_features=8, analyzer="char_wb", ngram_range=(2, longest), norm=None), scikit-learn 1.9."""
    counts = np.array(list(facts.values()), float)
    lengths = np.linalg.norm(counts, axis=1, keepdims=True)
    expected = (counts / np.maximum(lengths, 1)).astype(np.float32)
    np.testing.assert_array_equal(NGrams(8, 2, longest)(list(facts)), expected)


@settings(deadline=None)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=5), st.integers(1, 300))
def test_vectors_equal_those_of_scikit_learn(texts: list[str], dimension: int) -> None:
    sklearn: Any = pytest.importorskip("sklearn.feature_extraction.text", reason="scikit-learn isn't installed")
    expected = sklearn.HashingVectorizer(n_features=dimension, analyzer="char_wb", ngram_range=(2, 4))
    np.testing.assert_array_equal(NGrams(dimension)(texts), expected.transform(texts).toarray().astype(np.float32))


@settings(deadline=None)
@given(st.lists(st.text(max_size=20), min_size=1, max_size=6), st.integers(1, 100))
def test_a_vector_has_length_one_and_depends_on_its_text_alone(texts: list[str], dimension: int) -> None:
    vectors = NGrams(dimension)(texts)
    assert vectors.dtype == np.float32
    length = np.linalg.norm(vectors, axis=1)
    np.testing.assert_allclose(length[length > 0], 1, rtol=1e-5)
    for text, vector in zip(texts, vectors, strict=True):
        np.testing.assert_array_equal(NGrams(dimension)([text])[0], vector)


def test_no_texts_are_no_vectors() -> None:
    assert embed([], NGrams(7)).shape == (0, 7)


def test_texts_that_share_parts_of_words_are_near() -> None:
    one, near, far = NGrams(512)(["remembering long walks", "we remember a longer walk", "quick brown fox"])
    assert one @ near > 0.3 > one @ far


@pytest.mark.parametrize(("size", "message"), [((0,), "0 dimensions"), ((8, 3, 2), "3 to 2"), ((8, 0, 2), "0 to 2")])
def test_impossible_sizes_are_refused(size: tuple[int, ...], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        NGrams(*size)


def of_ones(texts: Sequence[str]) -> Any:
    return np.ones((len(texts), 3))


NO_EMBEDDER = 5


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three installed packages, of which one can be used."""
    found = [
        EntryPoint(name, value, GROUP)
        for name, value in {
            "ones": f"{__name__}:of_ones",
            "broken": "no_such_package:embed",
            "wrong": f"{__name__}:NO_EMBEDDER",
        }.items()
    ]
    monkeypatch.setattr(module, "entry_points", lambda group: found if group == GROUP else [])


@pytest.mark.usefixtures("packages")
def test_an_embedder_of_another_package_is_found_by_its_name() -> None:
    vectors = embed(["a", "b"], embedder("ones"))
    assert vectors.dtype == np.float32
    assert vectors.tolist() == [[1, 1, 1]] * 2
    assert embedder("ngrams", 64) == NGrams(64)


@pytest.mark.usefixtures("packages")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("word", "unknown embedder 'word'; choose one of ngrams, broken, ones, wrong, or install"),
        ("broken", r'"broken" \(no_such_package:embed\) does not load: ModuleNotFoundError'),
        ("wrong", "is no callable"),
    ],
)
def test_an_embedder_that_cannot_be_used_is_named(name: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        embedder(name)
    assert "\n" not in str(caught.value)


def failing(texts: Sequence[str]) -> Any:
    raise ValueError("out of\nmemory")


def refusing(texts: Sequence[str]) -> Any:
    raise BadInput("no text is longer than 3 characters")


@pytest.mark.parametrize(
    ("by", "message"),
    [
        (failing, "^the embedder failed: ValueError: out of memory$"),
        (refusing, "^no text is longer than 3 characters$"),
        (lambda texts: np.ones((1, 4)), r"shape \(1, 4\) for 2 texts"),
        (lambda texts: np.ones(2), r"shape \(2,\) for 2 texts"),
        (lambda texts: [[1.0], [float("nan")]], "no finite numbers"),
    ],
)
def test_what_an_embedder_returns_is_checked(by: Any, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        embed(["a", "b"], by)


def test_one_text_is_no_list_of_texts() -> None:
    with pytest.raises(BadInput, match="not one text"):
        embed("abc", NGrams(8))
