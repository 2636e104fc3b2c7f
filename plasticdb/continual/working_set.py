"""What this process has fetched of a classifier's graph: all of it, as the arrays that the rules work on.

A neuron's id is its number from a base of its memory's own, so ids are in the order of age.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ..graph.store import GraphMemory
from ..kit.ids import digest
from ..kit.tables import Ints, Table
from ..memory.requests import Asking, Edges, Scan
from ..memory.working_set import WorkingSet
from .events import LabelName, called, spelled
from .neighbours import Edge, Neighbours, Pair
from .schema import BESIDE, LABEL, NEURON, SAYS
from .state import State, empty

__all__ = ["COLUMNS", "PACKED", "SYNAPSE", "ClassifierWorkingSet", "Known", "Label"]

COLUMNS = {p.name: {"seen": "count"}.get(p.name, p.name) for p in NEURON.properties}
PACKED = tuple(p.name for p in NEURON.properties if p.type == "floats")
SYNAPSE = tuple(p.name for p in SAYS.properties)
"""What is kept at neurons, and the state's columns of these, which of these as bytes, and what is kept at their synapses."""


class Label(NamedTuple):
    """A label: see `schema.LABEL`."""

    name: str
    type: str
    number: int
    samples: int


@dataclass(slots=True)
class Known:
    """What the graph has: numbers of neurons, the ids of the labels to which each has a synapse, labels by their ids, and
    the ends of edges between neurons."""

    neurons: set[int] = field(default_factory=set)
    says: dict[int, set[int]] = field(default_factory=dict)
    labels: dict[int, Label] = field(default_factory=dict)
    beside: set[Pair] = field(default_factory=set)


@dataclass(slots=True)
class ClassifierWorkingSet(WorkingSet):
    """A coherent cache of one memory.

    state: None as long as nothing was learned. names: the labels, in the order in which they came; samples: how many each
    has. first: what the ids of neurons count from.
    """

    state: State | None = None
    names: list[LabelName] = field(default_factory=list)
    samples: list[int] = field(default_factory=list)
    right: int = 0
    known: Known = field(default_factory=Known)
    first: int = field(init=False)

    def __post_init__(self) -> None:
        self.first = digest("\x00".join((self.name, NEURON.label))) >> 2

    def forget(self) -> None:
        WorkingSet.forget(self)
        self.state, self.names, self.samples, self.right, self.known = None, [], [], 0, Known()

    def _begin(self, graph: GraphMemory) -> Asking[None]:
        names = ("number", "id", "name", "type", "samples")
        table = yield Scan(LABEL, names)
        rows = sorted(zip(*(table[name].tolist() for name in names), strict=True))
        self.names = [called(name, of) for _, _, name, of, _ in rows]
        self.samples = [samples for *_, samples in rows]
        self.right = int(graph.totals.get("right", 0))
        self.known = Known(labels={id: Label(name, of, number, samples) for number, id, name, of, samples in rows})
        table = yield Scan(NEURON, ["id", *COLUMNS])
        if not len(table["id"]):
            return
        numbers = table["number"].tolist()
        synapses = yield Edges(SAYS, table["id"])
        self.state = _state(table, len(rows), int(graph.totals.get("next", 0)))
        columns = {id: label.number for id, label in self.known.labels.items()}
        row = np.searchsorted(self.state.number, synapses["source"] - self.first)
        column = np.array([columns[id] for id in synapses["target"].tolist()], np.int64)
        for name in SYNAPSE:
            getattr(self.state, name)[row, column] = synapses[name]
        self.known.neurons = set(numbers)
        self.known.says = {number: set() for number in numbers}
        for source, target in zip(synapses["source"].tolist(), synapses["target"].tolist(), strict=True):
            self.known.says[source - self.first].add(target)
        self.state.neighbours = _neighbours((yield Edges(BESIDE, table["id"])), self.first)
        self.known.beside = set(self.state.neighbours.pairs())

    def ids(self, numbers: Iterable[int]) -> Ints:
        """The ids of neurons in the graph, ascending."""
        return np.array(sorted(numbers), np.int64) + self.first

    def label_id(self, name: LabelName) -> int:
        """The id of a label in the graph."""
        return digest("\x00".join((self.name, LABEL.label, spelled(name)))) >> 1


def _neighbours(table: Table, first: int) -> Neighbours:
    """The edges between neurons, as the rules work on them; they are there each way."""
    found = Neighbours()
    ends = ((table[end] - first).tolist() for end in ("source", "target"))
    for one, other, fired, weight in zip(*ends, table["fired"].tolist(), table["weight"].tolist(), strict=True):
        if one < other:
            found.put((one, other), Edge(fired, weight))
    return found


def _state(table: Table, labels: int, next_number: int) -> State:
    """All neurons, as the rules work on them."""
    width = {name: len(table[name][0]) // 8 for name in PACKED}
    state = empty(width["mean"], width["scatter"])
    size = len(table["number"])
    for name, column in COLUMNS.items():
        shape = (size, *getattr(state, column).shape[1:])
        packed = name in PACKED
        made = np.frombuffer(b"".join(table[name]), "<f8").reshape(shape).copy() if packed else table[name].copy()
        setattr(state, column, made)
    for name in SYNAPSE:
        setattr(state, name, np.zeros((size, labels)))
    state.size, state.labels, state.next = size, labels, next_number
    return state
