"""The figures for the 32,033 names: sizes, r_levels, every count, every weight, and five held-out scores."""

from __future__ import annotations

import random
from collections import Counter
from types import ModuleType

import numpy as np
import pytest

from plasticdb import PlasticDB
from plasticdb.graph.store import GraphStore
from plasticdb.kit.tables import Table
from plasticdb.memory.verify import differences
from plasticdb.sequence.schema import ATOM, CONCEPT, CONTEXT, HISTORY, SYNAPSE

R_LEVELS = [1, 26, 351, 2873, 9242, 13961, 10611, 4351, 1161, 166, 12]
SCORES = [1.9461548, 1.9449479, 1.9403242, 1.9359119, 1.9483273]
"""Before any fit, as another implementation has them."""


def everything(tables: list[Table]) -> Table:
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}


def check_sizes(db: PlasticDB, names: list[str]) -> None:
    stats = db.memory("names").stats()
    assert (stats["samples"], stats["symbols"]) == (32_033, sum(map(len, names)) + 32_033)
    assert (stats["concepts"], stats["contexts"], stats["synapses"]) == (42_755, 118_441, 256_138)
    assert stats["r_levels"] == R_LEVELS
    nodes = everything(list(db._store.scan_nodes("names", CONCEPT, ["id", "r_level"])))
    assert np.bincount(nodes["r_level"]).tolist() == R_LEVELS


def check_counts(store: GraphStore, names: list[str]) -> None:
    """Every count is the number of names below."""
    below = Counter(name[:i] for name in names for i in range(len(name) + 1)) + Counter(name + "␃" for name in names)
    nodes = everything(list(store.scan_nodes("names", CONCEPT, ["id", "chain", "text", "count"])))
    assert set(nodes["chain"]) == {"prefix"}
    assert {t: below[t] for t in nodes["text"]} == dict(
        zip(nodes["text"].tolist(), nodes["count"].tolist(), strict=True)
    )


def check_weights(store: GraphStore, names: list[str], oracle: ModuleType) -> None:
    """The same contexts and synapses as the oracle's, and each weight, mass and total."""
    memory = oracle.Memory(5)
    for name in names:
        memory.learn(name)
    atoms = everything(list(store.scan_nodes("names", ATOM, ["id", "symbol"])))
    symbols = dict(zip(atoms["id"].tolist(), atoms["symbol"].tolist(), strict=True))
    edges = everything(list(store.scan_edges("names", SYNAPSE)))
    weights: dict[int, dict[str, float]] = {}
    for source, target, weight in zip(*(edges[name].tolist() for name in ("source", "target", "weight")), strict=True):
        weights.setdefault(source, {})[symbols[target].replace("␃", "$")] = weight
    columns = ["id", "chain", "at", "text", "mass", "total"]
    nodes = everything(list(store.scan_nodes("names", CONTEXT, columns)))
    worst = 0.0
    for id, chain, at, text, mass, total in zip(*(nodes[name].tolist() for name in columns), strict=True):
        place = (at,) if at else ()
        n, t, expected = memory.contexts.pop((chain, *(place if chain == "position" else ()), *text.replace("␂", "^")))
        assert weights[id].keys() == expected.keys()
        worst = max(worst, abs(n - mass), abs(t - total), *(abs(weights[id][s] - w) for s, w in expected.items()))
    assert not memory.contexts
    assert worst < 1e-9


def test_the_names_on_sqlite(names: list[str], oracle: ModuleType) -> None:
    with PlasticDB.open(":memory:") as db:
        db.sequence("names").learn_many(names)
        check_sizes(db, names)
        check_counts(db._store, names)
        check_weights(db._store, names, oracle)


def test_some_names_on_neo4j(names: list[str], oracle: ModuleType, neo4j_db: PlasticDB) -> None:
    neo4j_db.sequence("names").learn_many(names[:3_000])
    check_counts(neo4j_db._store, names[:3_000])
    check_weights(neo4j_db._store, names[:3_000], oracle)
    with PlasticDB.open(":memory:") as db:
        db.sequence("names").learn_many(names[:3_000])
        scores = [one.sequence("names").score(names[3_000:3_100]).nats for one in (db, neo4j_db)]
    assert scores[0] == pytest.approx(scores[1], abs=1e-9)


@pytest.mark.soak
def test_the_names_on_neo4j(names: list[str], oracle: ModuleType, neo4j_db: PlasticDB) -> None:
    neo4j_db.sequence("names").learn_many(names)
    check_sizes(neo4j_db, names)
    check_counts(neo4j_db._store, names)
    check_weights(neo4j_db._store, names, oracle)


@pytest.mark.parametrize("seed", range(5))
def test_held_out_names_are_predicted_as_well_as_promised(seed: int, names: list[str]) -> None:
    order = list(range(32_033))
    random.Random(seed).shuffle(order)
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("names", views="suffix 5, position 16")
        memory.learn_many([names[i] for i in order[1000:]], consolidate=False)
        score = memory.score([names[i] for i in order[:1000]])
    assert score.nats_per_symbol == pytest.approx(SCORES[seed], abs=1e-6)


def test_a_memory_of_names_consolidates_by_itself_and_predicts_better(names: list[str]) -> None:
    order = list(range(32_033))
    random.Random(0).shuffle(order)
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("names", views="suffix 5, position 16")
        memory.learn_many([names[i] for i in order[1000:]])
        score = memory.score([names[i] for i in order[:1000]])
        own = memory.stats()["nats_per_symbol"]
    assert score.nats_per_symbol < SCORES[0] - 0.023
    assert own == pytest.approx(score.nats_per_symbol, abs=0.02)


def test_batches_and_order_make_no_difference_to_names(names: list[str]) -> None:
    """One batch, batches of 7, one sample at a time, and shuffled: the same graph."""
    some = names[:300]
    shuffled = random.Random(0).sample(some, len(some))
    with PlasticDB.open(":memory:") as whole:
        whole.sequence("names").learn_many(some)
        for order, batch in ((some, 7), (some, 1), (shuffled, 50_000)):
            with PlasticDB.open(":memory:") as db:
                db.sequence("names", batch=batch).learn_many(order)
                assert differences(db._store, whole._store, "names", but=HISTORY) == []
