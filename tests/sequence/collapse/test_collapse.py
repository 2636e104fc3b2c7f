"""Collapse: fewer contexts, that are what a memory would have learned in which nothing ever opened below the closed ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from plasticdb import BadInput, PlasticDB, Stuck
from plasticdb.kit.ids import as_id, seed
from plasticdb.kit.plasticity import told
from plasticdb.memory.verify import differences
from plasticdb.sequence.collapse.collapse import NEAR, Forest, fold
from plasticdb.sequence.memory import SequenceMemory
from plasticdb.sequence.schema import CLOSED, CONTEXT, HISTORY, SYNAPSE

from ...effort import times

words = st.text("ab", min_size=1, max_size=6)
samples = st.lists(words, min_size=1, max_size=12)
few = settings(deadline=None, max_examples=times(10))


def forest_of(memory: SequenceMemory) -> Forest:
    """All that a graph has, in the order of ids."""
    nodes = [*memory.store.scan_nodes(memory.name, CONTEXT, ["id", "parent", "count"])]
    edges = [*memory.store.scan_edges(memory.name, SYNAPSE)]
    ids, count = (np.concatenate([part[name] for part in nodes]) for name in ("id", "count"))
    parent = np.array([-1 if one is None else one for part in nodes for one in part["parent"].tolist()])
    source, target, weight = (np.concatenate([part[name] for part in edges]) for name in ("source", "target", "weight"))
    base = int(np.searchsorted(ids, as_id(np.array([seed(memory.name, "suffix")]))[0]))
    above = np.where(parent < 0, -1, np.searchsorted(ids, parent))
    return Forest(above, count, np.searchsorted(ids, source), target, weight, base, memory.vocabulary)


class Slow:
    """The rule, a context at a time."""

    def __init__(self, forest: Forest) -> None:
        self.forest = forest
        self.parent = forest.parent.tolist()
        self.weights: list[dict[int, float]] = [{} for _ in self.parent]
        for owner, symbol, weight in zip(forest.owner.tolist(), forest.symbol.tolist(), forest.weight, strict=True):
            self.weights[owner][symbol] = float(weight)
        self.alive = set(range(len(self.parent)))
        self.kinds = {
            kind: self.discount([i for i in self.alive if self.kind(i) == kind]) for kind in map(self.kind, self.alive)
        }

    def above(self, i: int) -> list[int]:
        return [] if self.parent[i] < 0 else [self.parent[i], *self.above(self.parent[i])]

    def kind(self, i: int) -> tuple[int, int]:
        path = [i, *self.above(i)]
        return path[-1], len(path)

    def discount(self, some: list[int]) -> float:
        weights = [weight for i in some for weight in self.weights[i].values()]
        once, twice = sum(0 < c < 1.99 for c in weights), sum(1.99 <= c < 2.99 for c in weights)
        return min((once + 1) / (once + 2 * twice + 1.5), 0.97)

    def p(self, i: int, symbol: int) -> tuple[float, float]:
        """What a context says of a symbol, and what it takes over of what its abstraction says."""
        d, theta = self.kinds[self.kind(i)], 0.3 if self.above(i) else 0.0
        heard = {s: max(c, 0.0) for s, c in self.weights[i].items()}
        n, total = sum(heard.values()), sum(float(told(np.array(c))) for c in heard.values())
        c = heard.get(symbol, 0.0)
        inherits = (theta + d * total) / (n + theta)
        return (c - d * float(told(np.array(c)))) / (n + theta) + inherits * self.q(i, symbol), inherits

    def q(self, i: int, symbol: int) -> float:
        above = self.above(i)
        if not above:
            return 1 / self.forest.symbols
        return self.p(above[0] if len(above) > 1 else self.forest.base, symbol)[0]

    def nats(self, i: int) -> float:
        parts = [(*self.p(i, symbol), self.q(i, symbol)) for symbol in self.weights[i]]
        rest = 1 - sum(p for p, _, _ in parts)
        return sum(p * math.log(p / q) for p, _, q in parts) + (rest * math.log(parts[0][1]) if rest > 1e-9 else 0)

    def units(self) -> list[tuple[float, int]]:
        below: dict[int, list[int]] = {}
        for i in self.alive:
            below.setdefault(self.parent[i], []).append(i)
        return sorted(
            (sum(int(self.forest.count[i]) * self.nats(i) for i in some) / len(some), parent)
            for parent, some in below.items()
            if parent >= 0 and self.above(parent) and not any(i in below for i in some)
        )

    def collapse(self, parent: int) -> None:
        for i in [i for i in self.alive if self.parent[i] == parent]:
            for symbol, c in self.weights[i].items():
                mass = c - float(told(np.array(c)))
                for above in self.above(i):
                    was = self.weights[above][symbol]
                    self.weights[above][symbol] = was + mass
                    mass = float(told(np.array(was + mass)) - told(np.array(was)))
            self.alive.remove(i)


@few
@given(samples, st.integers(1, 60))
@example(["baaaaa", "bbaabb", "bbbabb"], 1)
def test_it_is_the_rule_a_context_at_a_time(some: list[str], most: int) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m")
        memory.learn_many(some)
        forest = forest_of(memory)
        # One context too many: what is worth least goes, and what is worth the same.
        slow, found = Slow(forest), fold(forest, len(forest.parent) - 1)
        units = slow.units()
        worths = [worth for worth, _ in units]
        unlike = [i for i, (a, b) in enumerate(pairwise(worths), 1) if b - a > NEAR * max(b, 1)]
        folded = [parent for _, parent in units[: unlike[0] if unlike else None]]
        for parent in folded:
            slow.collapse(parent)
        assert np.flatnonzero(found.closed).tolist() == sorted(folded)
        assert set(np.flatnonzero(~found.gone).tolist()) == slow.alive
        stays = ~found.gone[forest.owner]
        ends = zip(forest.owner[stays].tolist(), forest.symbol[stays].tolist(), strict=True)
        assert found.weight[stays] == pytest.approx([slow.weights[owner][symbol] for owner, symbol in ends])
        # As many as are wanted: no more than may be left, or none but what always stays.
        left = ~fold(forest, most).gone
        assert left.sum() <= most or all(len(slow.above(int(i))) < 2 for i in np.flatnonzero(left))


@few
@given(samples, samples, st.integers(8, 40), st.integers(1, 5))
def test_unlearning_everything_leaves_nothing_but_marks(
    some: list[str], more: list[str], most: int, batch: int
) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", batch=batch)
        memory.learn_many(some)
        memory.collapse(most)
        memory.learn_many(more)
        assert memory.verify() == []
        memory.unlearn([*some, *more])
        assert memory.verify() == []
        stats = memory.stats()
        assert [stats[name] for name in ("samples", "symbols", "concepts", "contexts", "synapses")] == [0] * 5
        assert sum(len(part["id"]) for part in memory.store.scan_nodes("m", CLOSED, ["id"])) == stats.get("closed", 0)


@few
@given(samples, samples, st.integers(8, 40), st.randoms())
def test_what_was_learned_is_learned_again_under_the_marks(
    some: list[str], more: list[str], most: int, rng: object
) -> None:
    """Whatever is learned before or after a collapse, in any order: the same graph, if the same contexts are closed."""
    with PlasticDB.open(":memory:") as one, PlasticDB.open(":memory:") as other:
        for db in (one, other):
            db.sequence("m").learn_many(some)
            db.sequence("m").collapse(most)
        one.sequence("m").learn_many(more)
        other.sequence("m").unlearn(some)
        for word in [*more, *some][::-1]:
            other.sequence("m").learn(word)
        assert differences(one._store, other._store, "m", but=HISTORY) == []


def test_nothing_opens_below_a_closed_context(names: list[str]) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m")
        memory.learn_many(names[:300])
        before = memory.stats()["contexts"]
        left = memory.collapse(before // 3)
        assert before // 4 < left <= before // 3
        memory.learn_many(names[:300])
        assert memory.stats()["contexts"] == left
        assert 0 < memory.stats()["closed"] < left
        assert memory.verify() == []


def test_a_second_collapse_goes_on_and_forgets_marks_below_others(names: list[str]) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m")
        memory.learn_many(names[:300])
        first = memory.collapse(1000)
        closed = memory.stats()["closed"]
        assert memory.collapse(first) == first  # there are no more: nothing happens
        assert memory.collapse(200) <= 200
        assert memory.stats()["closed"] < closed
        assert memory.verify() == []
        there = {i for part in memory.store.scan_nodes("m", CONTEXT, ["id"]) for i in part["id"].tolist()}
        marks = {i for part in memory.store.scan_nodes("m", CLOSED, ["id"]) for i in part["id"].tolist()}
        assert marks <= there


def test_roots_and_what_is_right_below_them_stay() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", views="suffix 3")
        memory.learn_many(["emma", "emily"])
        assert memory.collapse(1) == 8  # the root, and of each of e, m, a, i, l, y and the start what follows it
        assert sum(memory.predict("em").values()) == pytest.approx(1)


def test_a_memory_with_a_bound_collapses_by_itself(names: list[str]) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", max_contexts=1000)
        for first in range(0, 400, 40):
            memory.learn_many(names[first : first + 40])
            assert memory.stats()["contexts"] <= 1000
        kinds = [row["collapse"] for row in memory.sessions()]
        assert 0 < sum(kinds) < 10
        assert memory.verify() == []
        assert db.sequence("m").options.max_contexts == 1000


def test_one_that_cannot_be_so_small_does_not_collapse_each_time(names: list[str]) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", max_contexts=10)
        memory.learn_many(names[:200])
        for name in names[:5]:
            memory.learn(name)
        assert sum(row["collapse"] for row in memory.sessions()) == 1


def test_files_are_bounded_batch_by_batch(tmp_path: Path, names: list[str]) -> None:
    (tmp_path / "names.txt").write_text("\n".join(names[:400]))
    with PlasticDB.open(tmp_path / "m.db") as db:
        memory = db.sequence("m", batch=50, max_contexts=800)
        memory.ingest([tmp_path / "names.txt"])
        assert memory.stats()["contexts"] <= 800
        assert sum(row["collapse"] for row in memory.sessions()) > 1


def test_what_is_erased_leaves_no_mark(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db, PlasticDB.open(tmp_path / "never.db") as never:
        for one in (db, never):
            one.sequence("m").learn_many(["emma", "emily", "anna"] * 2)
        db.sequence("m").learn_many(["zxqv"] * 3)
        for one in (db, never):
            one.sequence("m").collapse(20)
        db.sequence("m").unlearn("zxqv", all=True)
        assert differences(db._store, never._store, "m", but=HISTORY) != []  # other contexts were folded
        db.sequence("m").learn("zxqv")
        db.sequence("m").unlearn("zxqv", erase=True)
        assert db.memory("m").verify() == []


def test_it_can_be_asked_as_it_was_and_goes_with_it(tmp_path: Path, names: list[str]) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db, PlasticDB.open(tmp_path / "n.db") as other:
        memory = db.sequence("m")
        memory.learn_many(names[:100])
        before = memory.stats()["contexts"]
        memory.collapse(300)
        with memory.as_of(100) as then:
            assert then.stats()["contexts"] == before
        db.export("m", tmp_path / "m.jsonl")
        other.import_(tmp_path / "m.jsonl")
        assert differences(db._store, other._store, "m", but=HISTORY) == []


def test_merging_brings_no_collapse(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db, PlasticDB.open(tmp_path / "n.db") as other:
        db.sequence("m").learn_many(["emma", "emily"])
        db.sequence("m").collapse(10)
        other.sequence("m").learn_many(["ann"])
        db.export("m", tmp_path / "m.jsonl")
        for _ in range(2):
            other.import_(tmp_path / "m.jsonl", merge=True)
        assert "closed" not in other.memory("m").stats()
        assert other.memory("m").stats()["samples"] == 3
        assert other.memory("m").verify() == []


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (lambda memory: memory.collapse(0), "max_contexts must be a whole number, 1 or more, not 0"),
        (lambda memory: memory.collapse(2.5), "max_contexts must be a whole number, 1 or more, not 2.5"),
    ],
)
def test_what_it_does_not_take(bad: Callable[[SequenceMemory], object], said: str) -> None:
    with PlasticDB.open(":memory:") as db:
        db.sequence("m").learn("emma")
        with pytest.raises(BadInput, match=said):
            bad(db.sequence("m"))


def test_a_rule_of_a_newer_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m")
        memory.learn_many(["emma", "emily"])
        monkeypatch.setattr("plasticdb.sequence.collapse.collapsing.RULE", 2)
        memory.collapse(10)
        monkeypatch.setattr("plasticdb.sequence.collapse.collapsing.RULE", 1)
        memory.store.clear("m")
        with pytest.raises(Stuck, match="a collapse by the rule 2, which this plasticdb does not know; upgrade it"):
            memory.sync()
