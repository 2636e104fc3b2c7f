"""A graph and a journal that are plain Python tables: what a learner or a question runs on without any database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from plasticdb import PlasticDB
from plasticdb.graph.store import Changes, GraphMemory, GraphStore
from plasticdb.journal import history
from plasticdb.journal.events import VOID, EventRow, SampleRow, SessionRow
from plasticdb.journal.rows import MemoryRow
from plasticdb.kit.plasticity import Decay
from plasticdb.kit.tables import Table, height
from plasticdb.memory import requests
from plasticdb.memory.projection import Learner
from plasticdb.memory.requests import Request, drive
from plasticdb.schema import Node, Property, Relationship

__all__ = ["Plain", "graph_of", "journal_of"]

Row = dict[str, Any]


def rows_of(table: Table) -> list[Row]:
    """The rows of a table."""
    return [
        dict(zip(table, row, strict=True)) for row in zip(*(column.tolist() for column in table.values()), strict=True)
    ]


def table_of(rows: Iterable[Row], properties: Sequence[Property]) -> Table:
    """Rows as typed columns."""
    rows, table = [*rows], Table()
    for p in properties:
        dtype = object if p.nullable else {"int": np.int64, "float": np.float64}.get(p.type, object)
        table[p.name] = np.empty(len(rows), dtype)
        table[p.name][:] = [row[p.name] for row in rows]
    return table


@dataclass(slots=True)
class Plain:
    """One memory: its graph, its events, and whoever taught it. It answers requests, and takes changes."""

    row: MemoryRow
    events: list[EventRow]
    content: Callable[[str], int]
    sources: dict[int, str] = field(default_factory=dict)
    sessions: list[SessionRow] = field(default_factory=list)
    nodes: dict[str, dict[int, Row]] = field(default_factory=lambda: defaultdict(dict))
    edges: dict[str, dict[tuple[int, int], Row]] = field(default_factory=lambda: defaultdict(dict))
    graph: GraphMemory = field(init=False)

    def __post_init__(self) -> None:
        self.graph = GraphMemory(self.row.name, self.row.kind, 0, "none", {})

    def learn(self, learner: Learner) -> None:
        """Apply all events."""
        while self.graph.position < self.row.position:
            step = drive(learner.step(self.graph, learner.batch), self)
            assert step is not None
            self.apply(step.changes, step.position)
            step.applied(self.graph.batch)

    def apply(self, changes: Changes, position: int) -> None:
        """Take a batch of changes; it must fit what is there."""
        for edge in changes.edges:
            for row in rows_of(edge.delete):
                del self.edges[edge.relationship.table][row["source"], row["target"]]
        for node in changes.nodes:
            for id in node.delete.tolist():
                del self.nodes[node.node.table][id]
        for node in changes.nodes:
            there = self.nodes[node.node.table]
            for row in rows_of(node.create):
                assert row["id"] not in there
                there[row["id"]] = row
            for row in [*rows_of(node.move), *rows_of(node.update)]:
                there[row["id"]] |= row
        for edge in changes.edges:
            edges = self.edges[edge.relationship.table]
            for row in rows_of(edge.create):
                assert (row["source"], row["target"]) not in edges
                edges[row["source"], row["target"]] = row
            for row in rows_of(edge.update):
                edges[row["source"], row["target"]] |= row
        self.graph = GraphMemory(self.row.name, self.row.kind, position, f"batch {position}", dict(changes.totals))

    def __call__(self, request: Request) -> Any:
        """The answer to a request."""
        match request:
            case requests.Nodes(node, by, keys, columns):
                wanted = set(keys.tolist())
                return self._nodes(node, columns, [row for row in self._all(node) if row.get(by) in wanted])
            case requests.Scan(node, columns):
                return self._nodes(node, columns, self._all(node))
            case requests.Subtree(node, roots, columns):
                below, level = [], set(roots.tolist())
                while level:
                    rows = [row for row in self._all(node) if row.get("parent") in level]
                    below, level = below + rows, {row["id"] for row in rows}
                return self._nodes(node, columns, below)
            case requests.Between(node, by, low, high, columns, most):
                rows = [row for row in self._all(node) if row[by] is not None and low <= row[by] <= high]
                return self._nodes(node, columns, sorted(rows, key=lambda row: (row[by], row["id"]))[:most])
            case requests.Nearest():
                return np.empty(0, np.int64)
            case requests.Edges(relationship, sources):
                return self._edges(relationship, sources.tolist())
            case requests.Strongest(relationship, sources, by, most):
                chosen = []
                for source in sources.tolist():
                    mine = [row for (s, _), row in self.edges[relationship.table].items() if s == source]
                    chosen += sorted(mine, key=lambda row: (-row[by], row["target"]))[:most]
                return _edge_table(relationship, chosen)
            case requests.Pairs(relationship, sources, targets):
                pairs = zip(sources.tolist(), targets.tolist(), strict=True)
                edges = self.edges[relationship.table]
                return _edge_table(relationship, [edges[pair] for pair in pairs if pair in edges])
        return self._of_journal(request)

    def _of_journal(self, request: Request) -> Any:
        events, learned = self.events, [event for event in self.events if event.kind == "learn"]
        masses = [event for event in events if event.kind in ("learn", "reinforce", "weaken")]
        match request:
            case requests.EventsAfter(position, most):
                return [event for event in events if event.position > position][:most]
            case requests.Events(kinds, first, last, most):
                return self._span(kinds, first, last)[:most]
            case requests.EventCount(kinds, first, last):
                return len(self._span(kinds, first, last))
            case requests.Payloads(positions):
                return {event.position: event.payload for event in events if event.position in set(positions)}
            case requests.Samples(containing, before, most):
                rows = [
                    SampleRow(event.position, event.payload, self.sources.get(event.source or 0))
                    for event in reversed(learned)
                    if event.position < before
                    and event.ended is None
                    and event.payload is not None
                    and all(part in event.payload for part in containing)
                ]
                return rows[:most]
            case requests.Taken(first, last):
                return [event for event in masses if event.ended is not None and first <= event.ended <= last]
            case requests.MassesIn(decay):
                span = [event for event in masses if decay.first <= event.position <= decay.last]
                return [event for event in span if event.ended is None or event.ended > decay.position]
            case requests.Decays(last):
                return [_decay(event) for event in self._span(["decay"], 0, last)]
            case requests.Taught(contents, last):
                then = [e for e in learned if e.ended is None or (e.ended > last and e.payload is not None)]
                return [e for e in then if e.position <= last and self.content(e.payload or "") in contents]
            case requests.SourceNames():
                return self.sources
            case requests.Sessions(numbers):
                return [session for session in self.sessions if session.id in numbers]
        raise TypeError(request)

    def _all(self, node: Node) -> list[Row]:
        return [self.nodes[node.table][id] for id in sorted(self.nodes[node.table])]

    def _span(self, kinds: Sequence[str], first: int, last: int) -> list[EventRow]:
        counted = [event for event in self.events if event.kind in kinds and event.ended != VOID]
        return [event for event in counted if first <= event.position <= last]

    def _nodes(self, node: Node, columns: Sequence[str], rows: list[Row]) -> Table:
        types = {p.name: p for p in (Property("id", "int", ""), Property("parent", "int", "", True), *node.properties)}
        return table_of([{"parent": None} | row for row in rows], [types[name] for name in columns])

    def _edges(self, relationship: Relationship, sources: list[int]) -> Table:
        return _edge_table(
            relationship, [row for (s, _), row in self.edges[relationship.table].items() if s in set(sources)]
        )


def _edge_table(relationship: Relationship, rows: list[Row]) -> Table:
    return table_of(rows, (Property("source", "int", ""), Property("target", "int", ""), *relationship.properties))


def _decay(event: EventRow) -> Decay:
    import json

    return Decay(position=event.position, time=event.time, **json.loads(event.payload or ""))


def journal_of(db: PlasticDB, name: str, content: Callable[[str], int] = hash) -> Plain:
    """All that a database's journal has of a memory, and an empty graph."""
    row = db._journal.memory(name)
    assert row is not None
    events = history.after(db._journal, row, 0, 10**6, 10**9)
    sessions = history.begun(db._journal, sorted({event.session for event in events}))
    return Plain(row, events, content, history.source_names(db._journal, row), sessions)


def graph_of(store: GraphStore | Plain, name: str, part: Node | Relationship) -> dict[Any, Row]:
    """All nodes of a label by id, or all relationships of a type by their ends."""
    if isinstance(part, Node):
        columns = ["id", *(["parent"] if part.parent else []), *(p.name for p in part.properties)]
        scan = requests.Scan(part, columns)
        tables = [store(scan)] if isinstance(store, Plain) else [*store.scan_nodes(name, part, columns)]
        return {row["id"]: row for table in tables if height(table) for row in rows_of(table)}
    if isinstance(store, Plain):
        return dict(store.edges[part.table])
    return {(row["source"], row["target"]): row for table in store.scan_edges(name, part) for row in rows_of(table)}
