"""The terms of a text: Unicode's words, folded, without endings and without function words."""

from __future__ import annotations

import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
import snowballstemmer
from hypothesis import given
from hypothesis import strategies as st

from plasticdb.engram import terms as module
from plasticdb.engram.terms import LANGUAGES, LONGEST_TERM, NO_LANGUAGE, STOPPED, checked_language, terms
from plasticdb.errors import BadInput

texts = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Running runs, he ran", {"run": 2, "ran": 1}),
        ("the dog, The dogs, THE DOG'S", {"dog": 3}),
        ("She's, don't, can\u2019t, I`ll, we\u2019ve", {}),
        ("Deborah`s and Deborah\u2019s", {"deborah": 2}),
        ("ﬁne ﬁnes \uff37\uff29\uff24\uff25 Ⅷ", {"fine": 2, "wide": 1, "viii": 1}),
        ("co\u00adop \u200bcoop\u200d", {"coop": 2}),
        ("in 1999: 3.14 or v2.0s", {"1999": 1, "3.14": 1, "v2.0s": 1}),
        ("日本 हिन्दी ไทย", {"日": 1, "本": 1, "हिन्दी": 1, "ไ": 1, "ท": 1, "ย": 1}),
        ("?! -- 👍 … \u0301", {}),
        ("In May they may", {"may": 2}),
        ("", {}),
    ],
)
def test_what_is_a_term(text: str, found: dict[str, int]) -> None:
    assert terms(text) == found


def test_terms_come_in_the_order_in_which_they_are_first() -> None:
    assert list(terms("zebra apple zebra Berlin")) == ["zebra", "appl", "berlin"]


def test_each_language_has_its_own_endings_and_none_has_none() -> None:
    assert terms("Häuser Häusern", "german") == {"haus": 2}
    assert terms("maisons maison", "french") == {"maison": 2}
    assert terms("runs running", NO_LANGUAGE) == {"runs": 1, "running": 1}
    assert set(LANGUAGES) <= set(snowballstemmer.algorithms())
    for language in LANGUAGES:
        assert terms("Running 日本 7", language)


def test_stop_words_can_stay() -> None:
    assert terms("the cat", stop_words=False) == {"the": 1, "cat": 1}
    assert terms("the cat", NO_LANGUAGE) == {"the": 1, "cat": 1}


def test_stop_words_are_folded_words_that_no_contraction_hides() -> None:
    for word in STOPPED["english"]:
        assert terms(word) == terms(word.title()) == terms(f"{word}n't") == terms(f"{word}'ll") == {}


@pytest.mark.parametrize("language", ["", "englich", "English", 7, None])
def test_an_unknown_language_is_refused(language: object) -> None:
    with pytest.raises(BadInput, match=r"^language must be arabic, .* or none, not "):
        checked_language(language)


@given(texts)
def test_any_text_has_terms_that_are_words(text: str) -> None:
    for term, count in terms(text).items():
        assert 0 < len(term) <= LONGEST_TERM
        assert count > 0
        assert any(map(str.isalnum, term))
        assert not any(unicodedata.category(character) in ("Cc", "Cf") for character in term)


@given(texts)
def test_forms_of_one_text_have_the_same_terms(text: str) -> None:
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    assert [terms(form, NO_LANGUAGE) for form in forms[1:]] == [terms(forms[0], NO_LANGUAGE)] * 3


@given(texts, texts)
def test_terms_of_two_texts_add_up(one: str, other: str) -> None:
    both = terms(f"{one}\n{other}")
    for term in both:
        assert both[term] == terms(one).get(term, 0) + terms(other).get(term, 0)


@pytest.mark.parametrize(
    "text",
    ["a" * 1_000_000, "running " * 125_000, "\ufdfa" * 50_000, "'" * 1_000_000, "e" + "\u0301" * 500_000, "\0" * 9],
    ids=["letter", "word", "ligature", "quote", "mark", "nul"],
)
def test_long_texts_have_short_terms(text: str) -> None:
    assert all(len(term) <= LONGEST_TERM for term in terms(text))


def test_threads_do_not_mix_their_words() -> None:
    module._term.cache_clear()
    words = [f"{'abcdefghij'[i % 10] * (i // 10 + 1)}nationalities" for i in range(300)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(terms, words * 4))
    module._term.cache_clear()
    assert found == [terms(word) for word in words] * 4
