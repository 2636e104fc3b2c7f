"""One batch of samples on its way into the graph: what they do to the neurons, and that as changes of the graph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..graph.store import Changes, EdgeChanges, NodeChanges
from ..kit.tables import Ints, Table
from ..memory.requests import Asking, Payloads
from .events import LabelName, label_type, read, spelled
from .growing import learn
from .neighbours import Pair
from .options import Options
from .schema import BESIDE, LABEL, NEURON, SAYS
from .state import Settings, State, empty, label
from .working_set import COLUMNS, PACKED, SYNAPSE, ClassifierWorkingSet, Known, Label

__all__ = ["ClassifierStep", "SampleBatch"]

PART = 4_096
"""Samples that are fetched from the journal at a time."""


@dataclass(frozen=True, slots=True)
class ClassifierStep:
    """One batch on its way into the graph (a projection.Step)."""

    cache: ClassifierWorkingSet
    position: int
    changes: Changes
    known: Known

    def applied(self, batch: str) -> None:
        self.cache.known = self.known
        self.cache.applied(self.position, batch, self.changes.totals)


@dataclass(slots=True)
class SampleBatch:
    """Learns samples, one after the other; `step` says what that is in the graph.

    touched: the numbers of neurons that changed, or grew. number: of each label.
    """

    cache: ClassifierWorkingSet
    options: Options
    state: State = field(init=False)
    settings: Settings = field(init=False)
    touched: set[int] = field(default_factory=set)
    number: dict[LabelName, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cache.changing()
        self.settings = self.options.settings
        self.state = self._empty() if self.cache.state is None else self.cache.state
        self.number = {name: number for number, name in enumerate(self.cache.names)}

    def learn(self, payloads: Iterable[str | None]) -> None:
        """Learn samples as the journal has them; one that was erased is left out."""
        state, cache, touched = self.state, self.cache, self.touched
        dimension = self.options.dimension or 1
        for payload in payloads:
            if payload is None:
                continue
            x, name = read(payload, dimension)
            column = self.number.get(name)
            if column is None:
                column = self.number[name] = label(state)
                cache.names.append(name)
                cache.samples.append(0)
            cache.samples[column] += 1
            found = learn(state, x, column, self.settings)
            cache.right += found.right
            touched.update(state.number[list(found.neurons)].tolist())

    def afresh(self, positions: Ints) -> Asking[None]:
        """Forget all, and learn the samples at these positions: they are all that there is."""
        self.state, self.number = self._empty(), {}
        self.state.neighbours.touched |= self.cache.known.beside
        self.cache.names, self.cache.samples, self.cache.right = [], [], 0
        for begin in range(0, len(positions), PART):
            part = positions[begin : begin + PART].tolist()
            found: dict[int, str | None] = yield Payloads(part)
            self.learn(found.get(position) for position in part)

    def step(self, position: int) -> ClassifierStep:
        """What was learned, as a step to a position."""
        cache, state = self.cache, self.state
        cache.state = state if state.size else None
        numbers = state.number[: state.size].tolist()
        labels = {
            cache.label_id(name): Label(_text(name), label_type(name), i, cache.samples[i])
            for i, name in enumerate(cache.names)
        }
        says = {number: ids for number, ids in cache.known.says.items() if number not in self.touched}
        known = Known(set(numbers), says, labels)
        rows = np.array([i for i, number in enumerate(numbers) if number in self.touched], np.int64)
        edges = [self._synapses(rows, list(labels), known), self._neighbours(known)]
        totals = {"samples": sum(cache.samples), "right": cache.right, "neurons": state.size, "labels": len(labels)}
        nodes = [self._neurons(rows, known), self._labels(known)]
        return ClassifierStep(cache, position, Changes(nodes, edges, totals | {"next": state.next}), known)

    def _empty(self) -> State:
        return empty(self.options.dimension or 1, self.settings.rank)

    def _neurons(self, rows: Ints, known: Known) -> NodeChanges:
        there = self.cache.known.neurons
        old = np.isin(self.state.number[rows], np.array(sorted(there), np.int64))
        gone = self.cache.ids(there - known.neurons)
        return NodeChanges(NEURON, self._rows(rows[~old]), self._rows(rows[old]), delete=gone)

    def _rows(self, rows: Ints) -> Table:
        """Neurons as rows of the graph."""
        state = self.state
        table: Table = {"id": state.number[rows] + self.cache.first}
        for name, column in COLUMNS.items():
            values = getattr(state, column)[rows]
            table[name] = _bytes(values) if name in PACKED else values
        return table

    def _labels(self, known: Known) -> NodeChanges:
        before, after = self.cache.known.labels, known.labels
        made = sorted(after.keys() - before.keys())
        changed = sorted(id for id in after.keys() & before.keys() if after[id] != before[id])
        gone = np.array(sorted(before.keys() - after.keys()), np.int64)
        return NodeChanges(LABEL, _label_rows(made, known), _label_rows(changed, known), delete=gone)

    def _synapses(self, rows: Ints, ids: Sequence[int], known: Known) -> EdgeChanges:
        """The synapses of some neurons, which it makes known, too; those of all that are gone, go."""
        state, before = self.state, self.cache.known.says
        has = state.weight[rows, : state.labels] > 0.0
        found: dict[tuple[int, int], tuple[int, int]] = {}
        for i, row in enumerate(rows.tolist()):
            number = int(state.number[row])
            columns = np.flatnonzero(has[i]).tolist()
            known.says[number] = {ids[column] for column in columns}
            found |= {(number, ids[column]): (row, column) for column in columns}
        cut = [
            (number, id)
            for number, had in before.items()
            if number in self.touched or number not in known.neurons
            for id in had
            if (number, id) not in found
        ]
        known.says = {number: some for number, some in known.says.items() if number in known.neurons}
        made = {edge: at for edge, at in found.items() if edge[1] not in before.get(edge[0], ())}
        kept = {edge: at for edge, at in found.items() if edge not in made}
        return EdgeChanges(SAYS, self._edges(made), self._edges(kept), self._ends(sorted(cut)))

    def _neighbours(self, known: Known) -> EdgeChanges:
        """The edges between neurons that changed, which it makes known, too."""
        before, found = self.cache.known.beside, self.state.neighbours
        there = {ends for ends in found.touched if found.get(ends) is not None}
        gone = found.touched & before - there
        known.beside = before - gone | there
        found.touched = set()
        return EdgeChanges(BESIDE, self._beside(there - before), self._beside(there & before), self._each_way(gone))

    def _beside(self, pairs: Iterable[Pair]) -> Table:
        table = self._each_way(pairs)
        ends = ((table[end] - self.cache.first).tolist() for end in ("source", "target"))
        found = [self.state.neighbours.of[one][other] for one, other in zip(*ends, strict=True)]
        fired, weight = ([edge.fired for edge in found], [edge.weight for edge in found])
        return table | {"fired": np.array(fired, np.int64), "weight": np.array(weight, np.float64)}

    def _each_way(self, pairs: Iterable[Pair]) -> Table:
        both = np.array(sorted(ends for pair in pairs for ends in (pair, pair[::-1])), np.int64).reshape(-1, 2)
        return {"source": both[:, 0] + self.cache.first, "target": both[:, 1] + self.cache.first}

    def _ends(self, edges: Sequence[tuple[int, int]]) -> Table:
        ends = np.array(edges, np.int64).reshape(-1, 2)
        return {"source": ends[:, 0] + self.cache.first, "target": ends[:, 1]}

    def _edges(self, edges: dict[tuple[int, int], tuple[int, int]]) -> Table:
        some = sorted(edges)
        at = np.array([edges[edge] for edge in some], np.int64).reshape(-1, 2)
        values = {name: getattr(self.state, name)[at[:, 0], at[:, 1]] for name in SYNAPSE}
        return self._ends(some) | values


def _bytes(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    column = np.empty(len(values), object)
    column[:] = [row.tobytes() for row in np.ascontiguousarray(values, "<f8")]
    return column


def _label_rows(ids: Sequence[int], known: Known) -> Table:
    rows = [known.labels[id] for id in ids]
    columns = zip(Label._fields, (object, object, np.int64, np.int64), strict=True)
    return {"id": np.array(ids, np.int64)} | {n: np.array([getattr(r, n) for r in rows], of) for n, of in columns}


def _text(name: LabelName) -> str:
    return name if isinstance(name, str) else spelled(name)
