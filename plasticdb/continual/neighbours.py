"""Which neurons are side by side: the one that takes a sample and the best of the others, again and again.

That draws the map of what was learned (competitive Hebbian learning: Martinetz and Schulten 1994, Topology representing
networks), without a distance ever being compared: neighbours of one label share its samples out, and those of two labels
are where these may be confused. A neuron has few edges. Where there is no room for one more, its weakest loses what another
one gains, until it is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from ..kit.plasticity import depressed, potentiated, pruned

__all__ = ["MOST", "Edge", "Neighbours", "Pair", "become", "meet", "pair"]

Pair = tuple[int, int]
"""The numbers of two neurons, the older one's first."""
MOST = 16
"""Edges that a neuron has at most."""
RATE = 1.0 / 16.0
"""The share of what is missing that an edge gains with each sample, and of what it has that the weakest loses."""


@dataclass(slots=True)
class Edge:
    """What two neurons have in common.

    Attributes
    ----------
    fired : int
        Samples that one of them took and that the other one fitted second best, since the edge grew.
    weight : float
        How firm it is, from 0 to 1.
    """

    fired: int = 0
    weight: float = 0.0


@dataclass(slots=True)
class Neighbours:
    """The edges among all neurons, which have none to themselves.

    Attributes
    ----------
    of : dict of int to dict of int to Edge
        By the number of a neuron and that of another one: an edge is found from both ends. A neuron may be missing.
    touched : set of Pair
        The ends of edges that grew, changed or went since somebody emptied this.
    """

    of: dict[int, dict[int, Edge]] = field(default_factory=dict)
    touched: set[Pair] = field(default_factory=set)

    def get(self, ends: Pair) -> Edge | None:
        """The edge between two neurons, if there is one."""
        return self.of.get(ends[0], {}).get(ends[1])

    def put(self, ends: Pair, edge: Edge) -> None:
        """Let there be an edge."""
        one, other = ends
        self.of.setdefault(one, {})[other] = self.of.setdefault(other, {})[one] = edge

    def pairs(self) -> Iterator[Pair]:
        """The ends of all edges, each once."""
        return ((one, other) for one, edges in self.of.items() for other in edges if one < other)


def pair(one: int, other: int) -> Pair:
    """Two neurons, the older one first."""
    return (one, other) if one < other else (other, one)


def meet(known: Neighbours, one: int, other: int) -> None:
    """Strengthen the edge between the neuron that takes a sample and the best of the others.

    >>> known = Neighbours()
    >>> for second in 1, 2, 1:
    ...     meet(known, 0, second)
    >>> {ends: known.get(ends).fired for ends in known.pairs()}
    {(0, 1): 2, (0, 2): 1}
    """
    ends = pair(one, other)
    edge = known.get(ends)
    if edge is None:
        room = [_room(known, end) for end in ends]  # of both: each loses what stands in the way
        if not all(room):
            return
        edge = Edge()
        known.put(ends, edge)
    edge.fired += 1
    edge.weight = float(potentiated(edge.weight, RATE))
    known.touched.add(ends)


def become(known: Neighbours, number: int, other: int) -> None:
    """Let a neuron be part of another one, `number`: its edges become that one's, as if all samples had been between these.

    >>> known = Neighbours()
    >>> for ends in (0, 1), (0, 2), (1, 2), (1, 2):
    ...     meet(known, *ends)
    >>> become(known, 0, 1)
    >>> {ends: known.get(ends).fired for ends in known.pairs()}
    {(0, 2): 3}
    """
    for third, edge in known.of.pop(other, {}).items():
        del known.of[third][other]
        known.touched.add(pair(third, other))
        if third == number:
            continue
        ends = pair(third, number)
        mine = known.get(ends) or Edge()
        mine.fired += edge.fired
        mine.weight = float(potentiated(mine.weight, edge.weight))
        known.put(ends, mine)
        known.touched.add(ends)
    while len(known.of.get(number, ())) > MOST:
        _cut(known, pair(number, _weakest(known, number)))


def _room(known: Neighbours, number: int) -> bool:
    """Whether a neuron has room for one edge more. Where it has none, its weakest one weakens, and may be gone by that."""
    edges = known.of.get(number, {})
    if len(edges) < MOST:
        return True
    weakest = _weakest(known, number)
    edge, ends = edges[weakest], pair(number, weakest)
    edge.weight = float(depressed(edge.weight, 0.0, RATE, 0.0))
    known.touched.add(ends)
    if not pruned(np.asarray(edge.weight), RATE):  # as much as one sample is worth
        return False
    _cut(known, ends)
    return True


def _weakest(known: Neighbours, number: int) -> int:
    """The neuron to which the edge is weakest; of two alike the one to the oldest."""
    return min((edge.weight, edge.fired, other) for other, edge in known.of[number].items())[2]


def _cut(known: Neighbours, ends: Pair) -> None:
    one, other = ends
    del known.of[one][other], known.of[other][one]
    known.touched.add(ends)
