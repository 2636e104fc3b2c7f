"""What a store does for engrams: vectors, relationships of one type between other labels, and reads that are bounded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from plasticdb.engram.schema import COFIRED, ENGRAM, FIRED, FIRING
from plasticdb.graph.store import Changes, EdgeChanges, GraphStore, NodeChanges
from plasticdb.kit.tables import Ints, Table, height

from .parts import key, keys, learn, rows, table

COLUMNS = ["id", *(p.name for p in ENGRAM.properties)]
VECTORS = [[0.1, -2.5, 3e-38], [0.0, 0.0, 0.0], [1e38, 1 / 3, -1.0]]


def engram(memory: str, i: int, **changed: Any) -> dict[str, Any]:
    vector = np.array(VECTORS[i % 3], "<f4").tobytes()
    row = {"id": first(memory) + i, "number": i, "level": 3, "vector": vector, "payload": f'{{"i":{i}}}', "born": 0}
    return row | {"expires_at": 10.0 + i / 2, "fires": i, "place": key(memory, f"place {i}")} | changed


def first(memory: str) -> int:
    return key(memory, "engrams") >> 1


def ids(memory: str, numbers: Sequence[int]) -> Ints:
    return np.array(numbers, np.int64) + first(memory)


def synapses(memory: str, fired: dict[tuple[int, int], int]) -> Table:
    pairs = [(a, b, n) for (a, b), n in fired.items()] + [(b, a, n) for (a, b), n in fired.items()]
    return table([{"source": first(memory) + a, "target": first(memory) + b, "fired": n} for a, b, n in pairs], COFIRED)


def live(store: GraphStore, memory: str) -> None:
    """Nine engrams, three short-term; one firing of 0 and 1; the engram 0 fired with all others, most with 5 and 3."""
    made = [engram(memory, i, **({} if i < 6 else {"level": 2, "place": None})) for i in range(9)]
    firing = {"id": key(memory, "firing"), "number": 12, "tick": 3, "session": 1}
    fired = [{"source": firing["id"], "target": first(memory) + i, "why": "near"} for i in (0, 1)]
    counts = {(0, i): (7 if i in (3, 5) else 2) for i in range(1, 9)} | {(1, 2): 4}
    nodes = (NodeChanges(ENGRAM, table(made, ENGRAM)), NodeChanges(FIRING, table([firing], FIRING)))
    edges = (EdgeChanges(FIRED, table(fired, FIRED)), EdgeChanges(COFIRED, synapses(memory, counts)))
    assert store.apply(memory, Changes(nodes, edges, {"tick": 3}), 0, 1, "lived")


def test_vectors_come_back_as_they_were(store: GraphStore, memory: str) -> None:
    live(store, memory)
    found = store.fetch(memory, ENGRAM, "id", ids(memory, [1, 2, 3]), ["number", "vector"])
    back = {n: np.frombuffer(v, "<f4").tolist() for n, v in zip(found["number"], found["vector"], strict=True)}
    assert back == {i: np.array(VECTORS[i % 3], np.float32).tolist() for i in (1, 2, 3)}
    (scanned,) = store.scan_nodes(memory, ENGRAM, COLUMNS)
    assert rows(scanned) == rows(
        table([engram(memory, i, **({} if i < 6 else {"level": 2, "place": None})) for i in range(9)], ENGRAM)
    )
    assert store.fetch(memory, ENGRAM, "place", keys(memory, "place 4", "place 7"), ["number"])["number"].tolist() == [
        4
    ]


def test_between_is_in_order_and_bounded(store: GraphStore, memory: str) -> None:
    live(store, memory)

    def numbers(by: str, low: float, high: float, most: int | None = None) -> list[int]:
        found: list[int] = store.between(memory, ENGRAM, by, low, high, ["number"], most)["number"].tolist()
        return found

    assert numbers("level", 1, 2) == [6, 7, 8]
    assert numbers("level", 2, 3) == [6, 7, 8, 0, 1, 2, 3, 4, 5]
    assert numbers("level", 3, 3, 2) == [0, 1]
    assert numbers("expires_at", -np.inf, 11.0) == [0, 1, 2]
    assert numbers("expires_at", 11.1, 11.4) == []
    assert numbers("id", first(memory) + 7, first(memory) + 100) == [7, 8]
    assert store.between("another", ENGRAM, "level", 1, 3, COLUMNS)["id"].tolist() == []
    assert list(store.between(memory, FIRING, "id", 0, 2**63 - 1, ["number", "tick"])["number"]) == [12]


def test_strongest_is_the_first_of_each_source(store: GraphStore, memory: str) -> None:
    live(store, memory)
    found = store.strongest(memory, COFIRED, ids(memory, [0, 2, 100]), "fired", 3)
    relative = [(s - first(memory), t - first(memory), n) for s, t, n in rows(found)]
    assert sorted(relative) == [(0, 1, 2), (0, 3, 7), (0, 5, 7), (2, 0, 2), (2, 1, 4)]
    assert height(store.strongest(memory, COFIRED, np.empty(0, np.int64), "fired", 3)) == 0


def test_pairs_are_those_asked_for(store: GraphStore, memory: str) -> None:
    live(store, memory)
    found = store.pairs(memory, COFIRED, ids(memory, [0, 3, 2, 4]), ids(memory, [3, 0, 4, 100]))
    assert sorted((s - first(memory), t - first(memory), n) for s, t, n in rows(found)) == [(0, 3, 7), (3, 0, 7)]
    assert height(store.pairs(memory, COFIRED, np.empty(0, np.int64), np.empty(0, np.int64))) == 0


def test_an_index_finds_what_is_near_in_one_memory_or_there_is_none(store: GraphStore, memory: str) -> None:
    vectors = np.random.default_rng(1).normal(scale=10, size=(20, 7)).astype("<f4")
    near = [4, 9, 15]  # much nearer than all others: an index may round what it compares
    vectors[near] = vectors[4] + np.float32([[0], [0.1], [0.2]])
    for name in (memory, f"{memory} too"):
        store.create(name, "engram")
        made = [engram(name, i, vector=vector.tobytes()) for i, vector in enumerate(vectors)]
        assert store.apply(name, Changes((NodeChanges(ENGRAM, table(made, ENGRAM)),)), 0, 1, "made")
    found = store.nearest(memory, ENGRAM, vectors[4], 3)
    assert sorted(found.tolist()) in ([], ids(memory, near).tolist())
    assert len(store.nearest(memory, ENGRAM, np.zeros(9, np.float32), 3)) == 0  # of another dimension


def test_one_type_between_other_labels_is_another_relationship(store: GraphStore, memory: str) -> None:
    before = store.counts()
    learn(store, memory)
    other = f"{memory}-engrams"
    store.create(other, "engram")
    try:
        live(store, other)
        assert height(store.edges(memory, COFIRED, keys(memory, "em"))) == 0
        found = store.edges(other, COFIRED, ids(other, [1]))
        assert sorted(zip((found["target"] - first(other)).tolist(), found["fired"].tolist(), strict=True)) == [
            (0, 2),
            (2, 4),
        ]
        more = {name: n - before[name] for name, n in store.counts().items() if n != before[name]}
        assert more == {
            "Memory": 1, "Concept": 5, "Atom": 2, "abstracts": 4, "synapse": 3,
            "Engram": 9, "Firing": 1, "fired": 2, "engram_synapse": 18,
        }  # fmt: skip
        store.clear(other)
        assert list(store.scan_edges(other, COFIRED)) == []
        assert {name: n - before[name] for name, n in store.counts().items()}["synapse"] == 3
    finally:
        store.drop(other)
