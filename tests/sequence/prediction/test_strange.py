"""Strange words: what one costs that was never learned, by those that were."""

from __future__ import annotations

import math
import random
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import PlasticDB
from plasticdb.sequence.prediction import strange
from plasticdb.sequence.prediction.strange import chosen, spelled, unseen

from ...effort import times

words = st.lists(st.text("abé🧠", max_size=7), unique=True, max_size=12)
few = settings(deadline=None, max_examples=times(40))

STOP = "stop"


def f(c: float) -> float:
    return c if c <= 1 else math.sqrt(c)


class Slow:
    """The rule, a character at a time: a text is a context, and what follows it a character or the stop."""

    def __init__(self, known: list[str]) -> None:
        self.weights: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for word in known:
            for before, after in self.steps(word):
                mass = 1.0
                for begin in range(len(before) + 1):
                    held = self.weights[before[begin:]]
                    was = held[after]
                    held[after] = was + mass
                    mass = f(was + mass) - f(was)
        self.characters = sorted(set("".join(known)))
        self.discounts = {depth: self.discount(depth) for depth in range(6)}

    @staticmethod
    def steps(word: str) -> list[tuple[str, str]]:
        text = "^" + word
        return [(text[max(0, i - 5) : i], after) for i, after in enumerate([*word, STOP], 1)]

    def discount(self, depth: int) -> float:
        weights = [c for context, held in self.weights.items() if len(context) == depth for c in held.values()]
        once, twice = sum(c < 1.99 for c in weights), sum(1.99 <= c < 2.99 for c in weights)
        return min((once + 1) / (once + 2 * twice + 1.5), 0.97)

    def p(self, before: str, after: str) -> float:
        known = len(self.characters) + 1
        rest = unseen(known, sum(c < 1.99 for c in self.weights[""].values()))
        p = (
            (1 - rest) / known
            if after == STOP or after in self.characters
            else rest / (0x110000 - len(self.characters))
        )
        for depth in range(len(before) + 1):
            if held := self.weights.get(before[len(before) - depth :]):
                d, theta = self.discounts[depth], 0.3 if depth else 0.0
                n, total, c = sum(held.values()), sum(map(f, held.values())), held.get(after, 0.0)
                p = (c - d * f(c) + (theta + d * total) * p) / (n + theta)
        return p

    def nats(self, word: str) -> float:
        return -sum(math.log(self.p(before, after)) for before, after in self.steps(word))


@few
@given(words, words)
def test_it_is_the_rule_a_character_at_a_time(known: list[str], asked: list[str]) -> None:
    slow = Slow(known)
    assert spelled(known).nats(asked) == pytest.approx([slow.nats(word) for word in asked])


@few
@given(words, st.randoms())
def test_the_order_of_the_words_says_nothing(known: list[str], rng: random.Random) -> None:
    asked = ["ab", "ba🧠", "x"]
    one, other = spelled(known).nats(asked), spelled(rng.sample(known, len(known))).nats(asked)
    assert one == pytest.approx(other, rel=1e-12)


def test_all_that_may_follow_has_one_together() -> None:
    slow = Slow(["tea", "sea", "seat"])
    for before in ("^", "^s", "^sea", "tea"):
        others = (0x110000 - 4) * slow.p(before, "x")
        assert sum(slow.p(before, after) for after in ["t", "e", "a", "s", STOP]) + others == pytest.approx(1)


def test_a_word_like_others_costs_less_than_one_like_none(names: list[str]) -> None:
    rng = random.Random(0)
    every = sorted(set(names))
    rng.shuffle(every)
    known, others = every[1000:], every[:1000]
    nats = spelled(known).nats(others)
    size = sum(len(word) + 1 for word in others)
    assert nats.sum() / size < 2.0  # a character; 3.3 where each were as likely
    assert spelled(known).nats(["Ω"])[0] > 15


def test_a_character_that_no_word_had_is_never_impossible() -> None:
    assert np.isfinite(spelled(["ab"]).nats(["ab", "", "日本", "x" * 500])).all()
    assert np.isfinite(spelled([]).nats(["a", ""])).all()


def test_of_very_many_words_it_hears_some_whatever_their_order(
    monkeypatch: pytest.MonkeyPatch, names: list[str]
) -> None:
    monkeypatch.setattr(strange, "MOST", 100)
    some = sorted(set(names))[:2000]
    heard = chosen(some)
    assert sorted(heard) == sorted(chosen(some[::-1]))
    assert 100 <= len(heard) < 110
    assert chosen(some[:100]) == some[:100]


@pytest.mark.parametrize(("symbols", "once"), [(1, 0), (1, 1), (10, 0), (10, 10), (10**6, 10**6)])
def test_what_is_unseen_is_never_none_and_never_all(symbols: int, once: int) -> None:
    assert 0 < unseen(symbols, once) < 1


# In a memory of words

SENTENCES = ["the cat sat on the mat", "the dog sat on the log", "a cat and a dog"]
KNOWN = ["the", "cat", "sat", "on", "mat", "dog", "log", "a", "and"]
sentences = st.lists(st.lists(st.sampled_from(KNOWN), min_size=1, max_size=5).map(" ".join), min_size=1, max_size=6)


@pytest.mark.parametrize("tokenizer", ["words", "symbols"])
def test_what_is_known_and_the_rest_are_one(tokenizer: str) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", tokenizer=tokenizer)
        memory.learn_many([text if tokenizer == "words" else text.split() for text in SENTENCES])
        for prompt in ([], ["the"], ["the", "cat"], ["zebra"]):
            found = memory.predict(" ".join(prompt) if tokenizer == "words" else prompt)
            assert found.keys() == {*KNOWN, "␃"}
            assert 0.001 < found.rest < 0.5
            assert sum(found.values()) + found.rest == pytest.approx(1)
            few = memory.predict(" ".join(prompt) if tokenizer == "words" else prompt, top=2)
            assert few.rest == pytest.approx(1 - sum(few.values()))


def test_what_is_all_known_leaves_no_rest() -> None:
    with PlasticDB.open(":memory:") as db:
        db.sequence("m").learn_many(["emma", "emily"])
        assert db.sequence("m").predict("em").rest < 1e-12


@settings(deadline=None, max_examples=times(10))
@given(sentences, st.sampled_from(["cot", "zebra", "straße"]))
def test_a_strange_word_has_its_part_of_the_rest(learned: list[str], odd: str) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", tokenizer="words")
        memory.learn_many(learned)
        words = sorted({word for text in learned for word in text.split()})
        (nats,) = memory.score([f"the {odd}"]).nats
        the = memory.predict("")
        first = the["the"] if "the" in the else the.rest * math.exp(-Slow(words).nats("the"))
        second = memory.predict("the").rest * math.exp(-Slow(words).nats(odd))
        assert nats == pytest.approx(-math.log(first * second * memory.predict(f"the {odd}")["␃"]))


@settings(deadline=None, max_examples=times(8))
@given(sentences, sentences, st.randoms())
def test_it_forgets_what_is_unlearned_and_knows_no_order(kept: list[str], gone: list[str], rng: random.Random) -> None:
    asked = ["the cat", "a zebra", "cats sat"]
    with PlasticDB.open(":memory:") as db, PlasticDB.open(":memory:") as never:
        memory = db.sequence("m", tokenizer="words", batch=2)
        memory.learn_many(gone, source="gone")
        memory.score(asked)
        memory.learn_many(kept)
        memory.unlearn(source="gone")
        never.sequence("m", tokenizer="words").learn_many(rng.sample(kept, len(kept)))
        assert memory.score(asked).nats == pytest.approx(never.sequence("m").score(asked).nats, abs=1e-9)


def test_the_more_words_were_new_the_more_is_kept_for_others() -> None:
    with PlasticDB.open(":memory:") as db:
        few, many = (db.sequence(name, tokenizer="words") for name in ("few", "many"))
        few.learn_many(["the cat sat"] * 10)
        many.learn_many([f"the cat{i} sat{i}" for i in range(10)])
        assert few.predict("the").rest < many.predict("the").rest


def test_a_strange_word_is_explained_away_from_none_that_is_known() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", tokenizer="words")
        memory.learn_many(SENTENCES)
        found = memory.explain("the", "dog")
        assert sum(found.shares.values()) == pytest.approx(math.log(memory.predict("the")["dog"]))
        # mat, log and "and" came once, and "on" always behind the same word
        assert found.chance == pytest.approx((1 - unseen(10, 4)) / 10)
