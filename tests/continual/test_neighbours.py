"""Neurons that share the samples of a place out have edges, as many as there is room for."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import PlasticDB
from plasticdb.continual.growing import grow, learn
from plasticdb.continual.neighbours import MOST, RATE, Edge, Neighbours, become, meet, pair
from plasticdb.continual.state import Settings, State, empty, label

from ..effort import times

SETTINGS = Settings()
NUMBERS = st.integers(0, 24)
MET = st.tuples(NUMBERS, NUMBERS).filter(lambda ends: ends[0] != ends[1])


def fired(known: Neighbours) -> dict[tuple[int, int], int]:
    return {ends: known.of[ends[0]][ends[1]].fired for ends in sorted(known.pairs())}


def learned(samples: list[float], labels: list[int], settings: Settings = SETTINGS) -> State:
    state = empty(1, settings.rank)
    for _ in range(max(labels) + 1):
        label(state)
    for x, y in zip(samples, labels, strict=True):
        learn(state, np.array([x]), y, settings)
    return state


def test_an_edge_says_how_many_samples_two_neurons_shared() -> None:
    known = Neighbours()
    for _ in range(5):
        meet(known, 1, 0)
    assert fired(known) == {(0, 1): 5}
    assert known.of[0][1].weight == pytest.approx(1 - (1 - RATE) ** 5)
    assert known.of[0][1] is known.of[1][0]


def test_the_neuron_between_two_others_is_beside_both_and_these_are_not() -> None:
    samples = [0.0, 5.0, 10.0, 0.1, 5.1, 9.9, 0.2, 4.9, 10.1]
    state = learned(samples, [0, 1, 2] * 3)
    assert state.size == 3
    assert fired(state.neighbours) == {(0, 1): 4, (1, 2): 4}  # the first sample had nobody beside it


def test_what_a_label_took_that_another_one_fitted_better_is_an_edge_of_the_two() -> None:
    state = learned([0.0, 1.0, 10.0, 11.0, 20.0, 21.0], [0, 0, 1, 1, 2, 2])
    before = fired(state.neighbours)
    learn(state, np.array([20.5]), 0, SETTINGS)  # far from all of its own: its neuron is not the runner-up either
    assert fired(state.neighbours) == before | {(0, 2): before.get((0, 2), 0) + 1}


def test_a_neuron_alone_has_no_neighbour() -> None:
    assert not list(learned([0.0, 1.0, 2.0], [0, 0, 0]).neighbours.pairs())


def test_what_is_firm_stays_and_what_comes_again_finds_room() -> None:
    known = Neighbours()
    for other in range(1, MOST + 1):
        for _ in range(1 if other == 3 else 5):
            meet(known, 0, other)
    meet(known, 0, 99)
    assert set(known.of[0]) == {*range(1, MOST + 1), 99} - {3}, "what was seen once gave way"
    for _ in range(5):
        meet(known, 0, 99)
    firm = dict(fired(known))
    meet(known, 0, 77)
    assert fired(known) == firm, "there is no room for what comes once"
    assert min(edge.weight for edge in known.of[0].values()) < known.of[0][2].weight
    for _ in range(100):
        meet(known, 0, 77)
    assert known.of[0][77].fired > 50
    assert len(known.of[0]) == MOST


@given(st.lists(st.tuples(st.booleans(), MET), max_size=200), st.integers(0, 200))
@settings(max_examples=times(50), deadline=None)
def test_no_neuron_has_more_than_its_share_and_how_edges_were_read_does_not_matter(
    steps: list[tuple[bool, tuple[int, int]]], read: int
) -> None:
    known, other = Neighbours(), Neighbours()
    dead: set[int] = set()
    for i, (merged, ends) in enumerate(steps):
        if i == read:  # as from a graph, in any order
            edges = [(ends, known.of[ends[0]][ends[1]]) for ends in known.pairs()]
            random.Random(0).shuffle(edges)
            other = Neighbours()
            for there, edge in edges:
                other.put(there, Edge(edge.fired, edge.weight))
        if dead & {*ends}:
            continue
        for which in (known, other) if i >= read else (known,):
            (become if merged else meet)(which, *ends)
        dead |= {ends[1]} if merged else set()
    for one, edges in known.of.items():
        assert len(edges) <= MOST
        assert one not in edges
        assert not dead & {one, *edges}
        for end, edge in edges.items():
            assert known.of[end][one] is edge
            assert edge.fired >= 1
            assert 0.0 < edge.weight <= 1.0
    if read < len(steps):
        assert fired(known) == fired(other)
        assert {ends: known.get(ends) for ends in known.pairs()} == {ends: other.get(ends) for ends in other.pairs()}


@given(st.lists(MET.filter(lambda ends: ends != (0, 1) and ends != (1, 0)), max_size=60))
@settings(max_examples=times(50), deadline=None)
def test_what_became_one_has_the_edges_that_it_would_have_had(met: list[tuple[int, int]]) -> None:
    met = [ends for ends in met if max(ends) < MOST]  # so that none is full
    two, one = Neighbours(), Neighbours()
    for ends in met:
        meet(two, *ends)
        meet(one, *(0 if end == 1 else end for end in ends))
    become(two, 0, 1)
    assert fired(two) == fired(one)
    for ends in one.pairs():
        assert two.of[ends[0]][ends[1]].weight == pytest.approx(one.of[ends[0]][ends[1]].weight)


def test_of_two_that_became_one_the_firmest_edges_stay() -> None:
    known = Neighbours()
    for other in range(2, 14):
        for _ in range(other):
            meet(known, 0, other)
            meet(known, 1, other + 12)
    become(known, 0, 1)
    assert set(known.of[0]) == {*range(6, 14), *range(18, 26)}
    assert {2, 3, 4, 5}.isdisjoint(known.of[0])
    assert not known.of[2]


def test_a_neuron_that_grows_is_beside_what_the_nearest_one_has_become() -> None:
    settings = replace(SETTINGS, share=2)
    state = learned([0.0, 9.0], [0, 1])
    grow(state, np.array([1.0]), 0, 0, settings)
    assert fired(state.neighbours) == {(0, 1): 1, (0, 2): 1}
    grow(state, np.array([1.5]), 0, 2, settings)  # the nearest, and there is room for two: 2 becomes part of 0
    assert state.number[: state.size].tolist() == [0, 1, 3]
    assert fired(state.neighbours) == {(0, 1): 1, (0, 3): 1}


def test_only_neurons_that_are_there_have_edges() -> None:
    settings = replace(SETTINGS, share=3, mature=2.0, novelty=0.5)
    rng = np.random.default_rng(0)
    state = learned(rng.normal(scale=20.0, size=300).tolist(), rng.integers(3, size=300).tolist(), settings)
    assert state.next > state.size + 20, "many became one"
    there = set(state.number[: state.size].tolist())
    assert {number for ends in state.neighbours.pairs() for number in ends} == there
    assert all(pair(*ends) == ends for ends in state.neighbours.touched)


def test_the_graph_tells_which_labels_border_on_each_other() -> None:
    asked = (
        "MATCH (x:Label)<-[:SAYS]-(a:Neuron {memory: 'm'})-[e:BESIDE]->(b:Neuron)-[:SAYS]->(y:Label) "
        "RETURN x.name AS label, y.name AS other, sum(e.fired) AS samples ORDER BY label, other"
    )
    with PlasticDB.open(":memory:") as db:
        memory = db.classifier("m", dimension=1)
        memory.learn_many([[0.0], [5.0], [10.0], [0.1], [4.9], [9.9]], ["low", "middle", "high"] * 2)
        borders = [(row["label"], row["other"], row["samples"]) for row in db.query(asked)]
        assert borders == [("high", "middle", 2), ("low", "middle", 3), ("middle", "high", 2), ("middle", "low", 3)]
        memory.forget("middle")
        assert [(row["label"], row["other"]) for row in db.query(asked)] == [("high", "low"), ("low", "high")]
        assert memory.verify() == []
