"""Answering what a learner or a question asks for, from a graph store and a journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from ..graph.store import GraphStore
from ..journal import history, marks
from ..journal.journal import Journal
from ..journal.rows import MemoryRow
from ..kit.tables import Ints, Table, empty
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


def _of_graph(request: GraphRequest, store: GraphStore, name: str) -> Table | Ints:
    match request:
        case requests.Nodes(node, by, keys, columns):
            return store.fetch(name, node, by, keys, columns)
        case requests.Edges(relationship, sources):
            return store.edges(name, relationship, sources)
        case requests.Subtree(node, roots, columns):
            return store.subtree(name, node, roots, columns)
        case requests.Scan(node, columns):
            types = {"id": "int", "parent": "text"} | {p.name: p.type for p in node.properties}
            tables = [empty({c: types[c] for c in columns}), *store.scan_nodes(name, node, columns)]
            return {column: np.concatenate([table[column] for table in tables]) for column in columns}
        case requests.Between(node, by, low, high, columns, most):
            return store.between(name, node, by, low, high, columns, most)
        case requests.Strongest(relationship, sources, by, most):
            return store.strongest(name, relationship, sources, by, most)
        case requests.Pairs(relationship, sources, targets):
            return store.pairs(name, relationship, sources, targets)
        case requests.Nearest(node, vector, most):
            return store.nearest(name, node, vector, most)
    raise TypeError(f"no store answers {request!r}")


def _of_journal(request: JournalRequest, journal: Journal, memory: MemoryRow) -> Any:
    match request:
        case requests.Events(kinds, first, last, most):
            return history.events(journal, memory, kinds, first, last, most)
        case requests.EventCount(kinds, first, last):
            return history.count(journal, memory, kinds, first, last)
        case requests.Payloads(positions):
            return history.payloads(journal, memory, positions)
        case requests.Marks(positions):
            return marks.marks(journal, memory, positions)
        case requests.Named(ids, source):
            return marks.named(journal, memory, ids, source)
        case requests.Moment(time):
            return history.at(journal, memory, time)
        case requests.Samples(containing, before, most):
            return history.samples(journal, memory, containing, before, most)
        case requests.Taken(first, last):
            return history.ended(journal, memory, first, last)
        case requests.MassesIn(decay):
            return history.alive(journal, memory, decay)
        case requests.Decays(last):
            return history.decays(journal, memory, last)
        case requests.Taught(contents, last):
            return history.taught(journal, memory, contents, last)
        case requests.SourceNames():
            return history.source_names(journal, memory)
        case requests.Sessions(numbers):
            return history.begun(journal, numbers)
    raise TypeError(f"no journal answers {request!r}")
