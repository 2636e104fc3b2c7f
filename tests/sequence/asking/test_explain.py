"""Why a prediction: contexts with shares that add up, and the samples that taught them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import BadInput, PlasticDB
from plasticdb.sequence.asking.explain import Explanation
from plasticdb.sequence.prediction.parameters import BUCKETS

from ...effort import times
from ...plain_views import keys
from ..prediction.test_predict import random_parameters

SETS = [
    "suffix 3",
    "suffix 1, position 4",
    "suffix 1, skip 2 of 4",
    "suffix 1, skip 1 of 3 within 5",
    "suffix 1, follower",
    "suffix 1, first 2",
]


@pytest.fixture
def db() -> Iterator[PlasticDB]:
    with PlasticDB.open(":memory:") as db:
        db.sequence("m", views="suffix 5, position 16").learn_many(["emma", "emily", "emil"], source="girls.txt")
        db.sequence("m").learn_many(["ann", "anna"], source="more.txt")
        yield db


def check_sums(why: Explanation) -> None:
    """Everything in an explanation adds up: contexts to their view's say, and shares to the logarithm of the probability."""
    assert sum(why.shares.values()) == pytest.approx(log(why.probability), abs=1e-12)
    base, *spoke = why.spoke
    assert (base.before, base.after, base.share) == (why.chance, why.base, pytest.approx(log(why.base / why.chance)))
    shares = [log(why.chance), *(one.share for one in why.spoke), *why.ending.values(), why.scale]
    assert sum(shares) == pytest.approx(log(why.probability), abs=1e-12)
    for view in why.views:
        contexts = [one for one in spoke if one.chain == view.view]
        assert contexts[0].before == why.base
        assert contexts[-1].after == pytest.approx(why.base * view.ratio)
        for above, below in pairwise(contexts):
            assert below.before == above.after
        assert view.weight == pytest.approx(sum(view.gates.values()), abs=1e-12)
        assert view.share == pytest.approx(view.weight * log(view.ratio), abs=1e-12)
        assert view.share == pytest.approx(sum(one.share for one in contexts), abs=1e-12)


@pytest.mark.parametrize(("prompt", "symbol"), [("em", "i"), ("em", "␃"), ("", "e"), ("xyz", "a"), ("anna", None)])
def test_the_shares_add_up_to_the_prediction(db: PlasticDB, prompt: str, symbol: str | None) -> None:
    why = db.sequence("m").explain(prompt, symbol)
    p = db.sequence("m").predict(prompt)
    assert why.probability == pytest.approx(p[why.symbol], abs=1e-12)
    assert why.chance == pytest.approx(1 / len(p))
    check_sums(why)


@pytest.mark.parametrize("seed", range(5))
def test_shares_add_up_whatever_was_fitted_and_each_gate_says_what_it_gave(db: PlasticDB, seed: int) -> None:
    db.sequence("m").predict("")
    db.sequence("m")._held.parameters = parameters = random_parameters(seed, last=bool(seed % 2))
    why = db.sequence("m").explain("em", "i")
    assert why.probability == pytest.approx(db.sequence("m").predict("em")["i"], abs=1e-12)
    check_sums(why)
    suffix = why.views[0]
    assert suffix.gates["suffix and position speak"] == parameters.gates.present[0b11, 0]
    assert suffix.gates["suffix known to depth 3"] == parameters.gates.depth[3, 0]
    (sure,) = [weight for why, weight in suffix.gates.items() if why.startswith("its context of depth 3 leaves ")]
    assert sure in parameters.gates.confidence[0, 3 * BUCKETS : 4 * BUCKETS]
    third = suffix.gates["after 'm'"] if seed % 2 else suffix.gates["place 3"]
    assert third in (parameters.gates.last if seed % 2 else parameters.gates.place)


def test_the_stop_has_a_share_beside_the_views_where_gates_look_at_the_place(db: PlasticDB) -> None:
    db.sequence("m").predict("")
    db.sequence("m")._held.parameters = parameters = random_parameters(3, last=False)
    why = db.sequence("m").explain("em", "␃")
    assert why.ending == {
        "suffix known to depth 3": parameters.gates.depth[3, -1],
        "place 3": parameters.gates.place[3, -1],
    }
    assert why.shares["ending"] == pytest.approx(sum(why.ending.values()))
    assert why.probability == pytest.approx(db.sequence("m").predict("em")["␃"], abs=1e-12)
    check_sums(why)
    assert not db.sequence("m").explain("em", "i").ending


def test_a_view_that_speaks_alone_says_so(db: PlasticDB) -> None:
    db.sequence("s", views="suffix 2").learn("emma")
    (alone,) = db.sequence("s").explain("em", "m").views
    assert (alone.weight, alone.gates["suffix speaks alone"]) == (1.0, 1.0)


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
        place = next(c for c in memory.explain("a", "b").spoke if (c.chain, c.context) == ("position", ""))
        assert (place.fired, [lesson.sample for lesson in place.taught_by]) == (1, ["ab"])
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
