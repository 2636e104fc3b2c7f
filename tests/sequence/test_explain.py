"""Why a prediction: contexts with shares that add up, and the samples that taught them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import BadInput, PlasticDB

from ..effort import times
from ..plain_views import keys

SETS = [
    "suffix 3",
    "suffix 1, position 4",
    "suffix 1, skip 2 of 4",
    "suffix 1, skip 1 of 3 within 5",
    "suffix 1, follower",
]


@pytest.fixture
def db() -> Iterator[PlasticDB]:
    with PlasticDB.open(":memory:") as db:
        db.sequence("m").learn_many(["emma", "emily", "emil"], source="girls.txt")
        db.sequence("m").learn_many(["ann", "anna"], source="more.txt")
        yield db


def test_the_shares_of_a_chain_and_of_chance_add_up(db: PlasticDB) -> None:
    why = db.sequence("m").explain("em", "i")
    assert why.probability == pytest.approx(db.sequence("m").predict("em")["i"])
    for chain, final in why.chains.items():
        spoke = [context for context in why.spoke if context.chain == chain]
        assert spoke[-1].after == pytest.approx(final)
        for above, below in pairwise(spoke):
            assert below.before == above.after
        assert 0 < sum(context.share for context in spoke) < 1
        assert spoke[0].before == pytest.approx(1 / len(db.sequence("m").predict("em")))


def test_the_deepest_context_is_named_with_what_it_knows(db: PlasticDB) -> None:
    deepest = [c for c in db.sequence("m").explain("em", "i").spoke if c.chain == "suffix"][-1]
    assert (deepest.context, deepest.weight, deepest.fired, deepest.mass) == ("␂em", 2.0, 2, 3.0)


def test_the_samples_that_taught_are_found_by_place_and_source(db: PlasticDB) -> None:
    why = db.sequence("m").explain("em", "i", samples=2)
    lessons = {
        (c.chain, c.context, c.at): [(lesson.sample, lesson.source) for lesson in c.taught_by] for c in why.spoke
    }
    assert lessons["suffix", "␂em", 0] == [("emil", "girls.txt"), ("emily", "girls.txt")]
    assert lessons["position", "em", 3] == [("emil", "girls.txt"), ("emily", "girls.txt")]
    db.sequence("m").unlearn("emil")
    assert [lesson.sample for lesson in db.sequence("m").explain("em", "i").spoke[-1].taught_by] == ["emily"]


def test_no_sample_taught_a_chain_behind_its_last_place() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", views="suffix 1, position 2")
        memory.learn_many(["ab", "xxxb"])
        root = next(c for c in memory.explain("a", "b").spoke if (c.chain, c.at) == ("position", 0))
        assert (root.fired, [lesson.sample for lesson in root.taught_by]) == (1, ["ab"])
        assert len(memory.explain("a", "b").spoke[0].taught_by) == 2, "the suffix sees all of a sample"


@settings(deadline=None, max_examples=times(25))
@given(st.sampled_from(SETS), st.lists(st.text("ab", max_size=9), min_size=1, max_size=6, unique=True), st.data())
def test_each_context_names_the_samples_that_taught_it(views: str, some: list[str], data: st.DataObject) -> None:
    """All of those, and no other, whatever the view leaves out."""
    prompt = data.draw(st.sampled_from(some))
    prompt = prompt[: data.draw(st.integers(0, len(prompt)))]
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", views=views)
        memory.learn_many(some)
        why = memory.explain(prompt, samples=10)
    for context in why.spoke:
        key = (context.chain, context.at, context.context)
        expected = {sample for sample in some if key in keys(views, sample, why.symbol)}
        assert {lesson.sample for lesson in context.taught_by} == expected
        assert context.fired >= len(expected)


def test_the_most_likely_symbol_is_explained_by_default(db: PlasticDB) -> None:
    assert db.sequence("m").explain("emm").symbol == next(iter(db.sequence("m").predict("emm")))
    stop = db.sequence("m").explain("anna", "␃")
    assert [lesson.sample for lesson in stop.spoke[-1].taught_by] == ["anna"]


def test_a_symbol_never_learned_is_an_error(db: PlasticDB) -> None:
    for symbol in ("z", "␂"):
        with pytest.raises(BadInput, match="was never learned"):
            db.sequence("m").explain("em", symbol)


@pytest.mark.parametrize(
    ("tokenizer", "sample"), [("words", "so it goes"), ("bytes", "é so"), ("symbols", ["a b", "c\\", "d"])]
)
def test_every_tokenizer_explains(tokenizer: str, sample: list[str] | str) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", tokenizer=tokenizer)
        memory.learn(sample)
        deepest = memory.explain(sample).spoke[-1]
        assert [lesson.sample for lesson in deepest.taught_by] == [memory.tokenizer.shown(memory.payload(sample))]
