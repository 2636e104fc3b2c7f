"""The graph in other programs' formats: csv, graphml, parquet; all of it or a cut, read and written a table at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadMemory, Unavailable
from ..graph.store import GraphStore, check_whole
from ..journal.journal import Journal
from ..journal.rows import MemoryRow
from ..kinds import hanging, labels, relationships
from ..kit.tables import Ints, Table, height
from ..schema import Node, Relationship
from .files import written, written_parts
from .formats import Part, columns, csv_chunks, graphml_chunks, stem, write_parquet

__all__ = ["GRAPH_FORMATS", "Cut", "export_graph"]

GRAPH_FORMATS = ("csv", "graphml", "parquet")
ROWS = 20_000
"""Nodes or relationships that are held at a time."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What of a graph to take: nodes up to an `r_level`, whose text begins with a prefix, with a count of at least
    `min_count`. A label without such a property is not cut by it. Relationships are taken where both ends are."""

    level: int | None = None
    prefix: str | None = None
    min_count: int | None = None

    @property
    def everything(self) -> bool:
        return self == Cut()

    def of(self, node: Node, table: Table) -> NDArray[np.bool_]:
        """Which rows of a label are taken."""
        has = {p.name for p in node.properties}
        taken = np.ones(height(table), bool)
        if self.level is not None and "r_level" in has:
            taken &= table["r_level"] <= self.level
        if self.prefix and "text" in has:
            taken &= np.array([text.startswith(self.prefix) for text in table["text"]], bool)
        if self.min_count is not None and "count" in has:
            taken &= table["count"] >= self.min_count
        return taken


@dataclass(slots=True)
class _Reading:
    """One way through the graph: nodes first, then the relationships between those that were taken."""

    store: GraphStore
    memories: Sequence[str]
    cut: Cut
    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    taken: list[Ints] = field(default_factory=list)

    def parts(self) -> Iterator[Part]:
        for node, parts in labels():
            yield node, self._nodes(node, parts)
        ids = np.sort(np.concatenate([np.empty(0, np.int64), *self.taken]))
        for relationship in relationships():
            yield relationship, self._edges(relationship, ids)

    def _nodes(self, node: Node, parts: Sequence[Node]) -> Iterator[Table]:
        for memory, part in product(self.memories, parts):
            names = [p.name for p in columns(part) if p.name != "memory"]
            for table in self.store.scan_nodes(memory, part, names, ROWS):
                if not self.cut.everything:
                    table = _only(table, self.cut.of(part, table))
                    self.taken.append(table["id"])
                self.rows[memory, "nodes"] += height(table)
                lacked = {p.name: np.full(height(table), None, object) for p in node.properties if p.name not in names}
                yield table | lacked | {"memory": np.full(height(table), memory, object)}

    def _edges(self, relationship: Relationship, ids: Ints) -> Iterator[Table]:
        for memory in self.memories:
            for table in self._scan(memory, relationship):
                if not self.cut.everything:
                    table = _only(table, _among(ids, table["source"]) & _among(ids, table["target"]))
                self.rows[memory, "relationships"] += height(table)
                yield table

    def _scan(self, memory: str, relationship: Relationship) -> Iterator[Table]:
        parts = hanging(relationship)
        if not parts:
            yield from self.store.scan_edges(memory, relationship, ROWS)
        for node in parts:
            for table in self.store.scan_nodes(memory, node, ["id", "parent"], ROWS):
                hangs = _only(table, np.array([parent is not None for parent in table["parent"]], bool))
                yield {"source": hangs["parent"].astype(np.int64), "target": hangs["id"]}


def export_graph(
    journal: Journal, store: GraphStore, memories: Sequence[MemoryRow], format: str, to: str, cut: Cut, mode: int
) -> list[dict[str, Any]]:
    """Write the graph of memories; for each what was written: `position`, `nodes`, `relationships`.

    Raises Unavailable where a memory is written to meanwhile: what was read would belong to no one position. GraphBehind
    where its graph must be made again first.
    BadMemory where one is dropped meanwhile.
    """
    before = {memory.name: store.memory(memory.name) for memory in memories}
    for found in before.values():
        if found is not None:
            check_whole(found.name, found.position)
    reading = _Reading(store, list(before), cut)

    def check() -> None:
        for memory in memories:
            if journal.now(memory) is None:
                raise BadMemory(f"the memory {memory.name!r} was dropped by another process; nothing was exported")
            if store.memory(memory.name) != before[memory.name]:
                raise Unavailable(f"{memory.name!r} is being written to; export it again when that is done")

    if format == "graphml":
        with written(to, mode) as stream:
            stream.writelines(graphml_chunks(reading.parts()))
            check()
    else:
        with written_parts(to, mode) as opened:
            for what, tables in reading.parts():
                with opened(f"{stem(what)}.{format}") as stream:
                    if format == "csv":
                        stream.writelines(csv_chunks(what, tables))
                    else:
                        write_parquet(stream, what, tables)
            check()
    return [
        {"memory": memory, "position": found.position if found else 0}
        | {what: reading.rows[memory, what] for what in ("nodes", "relationships")}
        for memory, found in before.items()
    ]


def _only(table: Table, rows: NDArray[np.bool_]) -> Table:
    return {name: column[rows] for name, column in table.items()}


def _among(ids: Ints, values: Ints) -> NDArray[np.bool_]:
    """Which values are among sorted ids."""
    if not len(ids):
        return np.zeros(len(values), bool)
    return np.asarray(ids[np.minimum(np.searchsorted(ids, values), len(ids) - 1)] == values)
