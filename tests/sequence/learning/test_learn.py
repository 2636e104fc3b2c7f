"""Learning is a function of what is in the memory: not of its order, its batches, or what was taken back."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import PlasticDB
from plasticdb.graph.store import GraphStore
from plasticdb.memory.verify import differences
from plasticdb.sequence.schema import CONTEXT, HISTORY, SYNAPSE

from ...effort import times
from ...plain import graph_of

words = st.text("ab", max_size=5)
samples = st.lists(words, max_size=12)
few = settings(deadline=None, max_examples=times(20))


def alike(one: PlasticDB, other: PlasticDB, memory: str = "m") -> None:
    """The same knowledge; when and whence it came may differ."""
    assert differences(one._store, other._store, memory, but=HISTORY) == []


def learned(*batches: list[str], batch: int = 50_000, **options: object) -> PlasticDB:
    db = PlasticDB.open(":memory:")
    memory = db.sequence("m", batch=batch, **options)  # type: ignore[arg-type]
    for some in batches:
        memory.learn_many(some)
    return db


@few
@given(samples, st.integers(1, 12), st.randoms())
def test_every_order_and_every_batch_size_gives_the_same_graph(some: list[str], batch: int, rng: random.Random) -> None:
    shuffled = rng.sample(some, len(some))
    with learned(some) as one, learned(shuffled, batch=batch) as other:
        alike(one, other)


def check_heard(db: PlasticDB) -> None:
    """How many synapses were heard once and twice, by chain and depth: as they are in the graph."""
    contexts, synapses = graph_of(db._store, "m", CONTEXT), graph_of(db._store, "m", SYNAPSE)
    expected: Counter[str] = Counter()
    for synapse in synapses.values():
        context, c = contexts[synapse["source"]], synapse["weight"]
        name = "once" if 0 < c < 1.99 else "twice" if 1.99 <= c < 2.99 else "often"
        expected[f"{name}_{context['chain']}_{context['r_level']}"] += 1
    graph = db._store.memory("m")
    assert graph is not None
    found = {name: n for name, n in graph.totals.items() if name.startswith(("once_", "twice_")) and n}
    assert found == {name: n for name, n in expected.items() if not name.startswith("often")}


@few
@given(st.lists(words, min_size=1, max_size=12), st.integers(1, 5), st.floats(0.3, 3), st.booleans())
def test_a_memory_counts_what_it_heard_once_and_twice(some: list[str], batch: int, by: float, collapse: bool) -> None:
    with learned(some, batch=batch) as db:
        check_heard(db)
        memory = db.sequence("m")
        memory.reinforce(some[0], by=by)
        check_heard(db)
        memory.weaken(some[-1], by=2 * by)
        check_heard(db)
        if collapse:
            memory.collapse(max_contexts=8)
            check_heard(db)
        memory.unlearn(some[::2])
        check_heard(db)
        assert memory.verify() == []


@few
@given(samples, samples)
def test_two_memories_in_one_equal_both_after_each_other(first: list[str], second: list[str]) -> None:
    with learned(first, second) as one, learned(second + first) as other:
        alike(one, other)


@few
@given(samples, samples, st.integers(1, 12))
def test_what_is_unlearned_was_never_learned(kept: list[str], gone: list[str], batch: int) -> None:
    with learned(kept) as never, learned(batch=batch) as db:
        memory = db.sequence("m")
        memory.learn_many(gone, source="gone")
        memory.learn_many(kept)
        if gone:
            assert memory.unlearn(source="gone") == len(gone)
        alike(db, never)


@few
@given(st.lists(words, min_size=1, max_size=12))
def test_unlearning_everything_leaves_nothing(some: list[str]) -> None:
    with learned(some) as db:
        assert db.sequence("m").unlearn(some) == len(some)
        stats = db.memory("m").stats()
        assert [stats[name] for name in ("samples", "symbols", "concepts", "contexts", "synapses")] == [0] * 5
        assert stats["r_levels"] == []


@few
@given(samples, st.floats(0.1, 3.0))
def test_weakening_undoes_reinforcing(some: list[str], by: float) -> None:
    with learned(some) as plain, learned(some) as db:
        for verb in (db.sequence("m").reinforce, db.sequence("m").weaken):
            if some:
                verb(some, by=by)
        alike(db, plain)


@few
@given(samples)
def test_learning_twice_is_learning_and_reinforcing(some: list[str]) -> None:
    """A weight of 2 is a weight of 2, however it came about; only the counts tell how often it was learned."""
    with learned(some, some) as twice, learned(some) as db:
        if some:
            db.sequence("m").reinforce(some)
        prompts = ["", "a", "ab", *some] if some else []
        for prompt in prompts:
            assert db.sequence("m").predict(prompt) == pytest.approx(twice.sequence("m").predict(prompt), abs=1e-9)


@few
@given(samples)
def test_the_tree_is_the_radix_tree_of_the_samples(some: list[str]) -> None:
    """Concepts are the root, the prefixes at which samples part, and the samples; counted exactly."""
    stopped = Counter(sample + "␃" for sample in some)
    below = Counter({"": len(some)} if some else {})
    for sample, n in stopped.items():
        for i in range(1, len(sample) + 1):
            below[sample[:i]] += n
    children = Counter(prefix[:-1] for prefix in below if prefix)
    expected = {p: below[p] for p in below if p == "" or p in stopped or children[p] > 1}
    with learned(some) as db:
        found = db.sequence("m").concepts() if some else []
        assert {concept.text: concept.count for concept in found} == expected
        for concept in found:
            above = [p for p in expected if p != concept.text and concept.text.startswith(p)]
            assert concept.r_level == len(above)
        assert db.memory("m").stats()["concepts"] == len(expected)


@pytest.mark.parametrize("tokenizer", ["words", "bytes", "symbols"])
def test_the_laws_hold_for_every_tokenizer(tokenizer: str) -> None:
    texts = ["so it goes", "so it went", "so be it", "", "it\\n ö", "so it goes"]
    some = [[*text] for text in texts] if tokenizer == "symbols" else texts
    with (
        learned(some, tokenizer=tokenizer) as one,  # type: ignore[arg-type]
        learned(some[::-1], batch=1, tokenizer=tokenizer) as other,  # type: ignore[arg-type]
    ):
        alike(one, other)
        other.sequence("m").unlearn(some)
        assert other.memory("m").stats()["concepts"] == 0


def calls_of(monkeypatch: pytest.MonkeyPatch, store: GraphStore, work: Callable[[], object]) -> Counter[str]:
    """How often each verb of a store is called by some work."""
    calls: Counter[str] = Counter()

    def counted(verb: str) -> Callable[..., object]:
        real = getattr(store, verb)

        def call(*args: object, **rest: object) -> object:
            calls[verb] += 1
            return real(*args, **rest)

        return call

    with monkeypatch.context() as patched:
        for verb in ("fetch", "edges", "subtree", "scan_nodes", "apply", "memory"):
            patched.setattr(store, verb, counted(verb))
        work()
    return calls


def test_a_batch_is_one_fetch_and_one_apply(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work of a batch is counted, not timed: the number of queries does not grow with the batch; a fit would be one more."""
    counts = []
    for size in (10, 1000):
        with learned([f"{i:b}" for i in range(50)]) as db:
            memory = db.sequence("m")
            memory.release()
            more = [f"{i:b}" for i in range(50, 50 + size)]
            learn = partial(memory.learn_many, more, consolidate=False)
            counts.append(calls_of(monkeypatch, db._store, learn))
    assert counts[0]["apply"] == counts[1]["apply"] == 1
    assert counts[1].total() <= 11
    assert counts[1]["fetch"] <= 4, "contexts, prefixes, sources, sessions"


def test_what_this_process_learned_is_not_fetched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with learned(["emma", "emily"]) as db:
        memory = db.sequence("m")
        calls = calls_of(monkeypatch, db._store, lambda: memory.learn("emil"))
        assert calls["fetch"] == calls["edges"] == 0
        again = calls_of(monkeypatch, db._store, lambda: memory.learn("emma"))
        assert (again["fetch"], again["edges"]) == (0, 1), "only who taught it before"
        assert calls_of(monkeypatch, db._store, lambda: memory.predict("em")) == {"memory": 1}
