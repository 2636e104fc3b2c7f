"""Answering what a learner or a question asks for, from a graph store and a journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from ..graph.store import GraphStore
from ..journal import history, marks
from ..journal.journal import Journal
from ..journal.rows import MemoryRow
from ..kit.tables import empty
from . import requests
from .pace import MOST_SYMBOLS
from .requests import Asking, GraphRequest, JournalRequest, Request, drive

__all__ = ["Reading", "answer"]

T = TypeVar("T")


def answer(asking: Asking[T], store: GraphStore, journal: Journal, memory: MemoryRow) -> T:
    """Run a learner or a question on a store and a journal; its result."""
    return Reading(store, journal, memory.name, memory).run(asking)


@dataclass(slots=True)
class Reading:
    """A store and a journal, as what answers requests about one memory.

    memory: its row in the journal; a question that asks for no events needs none. fetched: whether rows of the graph
    were read, so that the answer is of one position only if the graph did not move meanwhile. most_symbols: of the events
    that a learner gets at a time. symbols: how many it got.
    """

    store: GraphStore
    journal: Journal
    name: str
    memory: MemoryRow | None = None
    fetched: bool = False
    most_symbols: int = MOST_SYMBOLS
    symbols: int = 0

    def run(self, asking: Asking[T]) -> T:
        """The result of a learner or a question."""
        return drive(asking, self._answer)

    def _answer(self, request: Request) -> Any:
        if isinstance(request, GraphRequest):
            self.fetched = True
            return _of_graph(request, self.store, self.name)
        assert self.memory is not None
        if isinstance(request, requests.EventsAfter):
            rows = history.after(self.journal, self.memory, request.position, request.events, self.most_symbols)
            self.symbols += sum(row.symbols for row in rows)
            return rows
        return _of_journal(request, self.journal, self.memory)


_OF_GRAPH = {
    requests.Nodes: "fetch",
    requests.Edges: "edges",
    requests.Subtree: "subtree",
    requests.Between: "between",
    requests.Strongest: "strongest",
    requests.Pairs: "pairs",
    requests.Nearest: "nearest",
}
"""Requests, and the method of a store that answers each: it is given the memory's name, and the request's fields in order."""
_OF_JOURNAL: dict[type[JournalRequest], Callable[..., Any]] = {
    requests.Events: history.events,
    requests.EventCount: history.count,
    requests.Payloads: history.payloads,
    requests.Marks: marks.marks,
    requests.Named: marks.named,
    requests.Moment: history.at,
    requests.Samples: history.samples,
    requests.Taken: history.ended,
    requests.MassesIn: history.alive,
    requests.Alive: history.living,
    requests.Masses: history.masses,
    requests.Decays: history.decays,
    requests.Taught: history.taught,
    requests.SourceNames: history.source_names,
}
"""Requests, and the function that answers each: it is given the journal, the memory, and the request's fields in order."""


def _fields(request: Any) -> list[Any]:
    return [getattr(request, name) for name in request.__match_args__]


def _of_graph(request: GraphRequest, store: GraphStore, name: str) -> Any:
    if isinstance(request, requests.Scan):
        types = {"id": "int", "parent": "text"} | {p.name: p.type for p in request.node.properties}
        columns = request.columns
        tables = [empty({c: types[c] for c in columns}), *store.scan_nodes(name, request.node, columns)]
        return {column: np.concatenate([table[column] for table in tables]) for column in columns}
    return getattr(store, _OF_GRAPH[type(request)])(name, *_fields(request))


def _of_journal(request: JournalRequest, journal: Journal, memory: MemoryRow) -> Any:
    if isinstance(request, requests.Sessions):
        return history.begun(journal, request.numbers)
    return _OF_JOURNAL[type(request)](journal, memory, *_fields(request))
