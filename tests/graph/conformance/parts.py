"""Small graphs for the conformance tests: the names emma, emily and anna, where `em` is what the first two share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

import numpy as np

from plasticdb.graph.store import Changes, EdgeChanges, GraphStore, NodeChanges
from plasticdb.kit.tables import Table
from plasticdb.schema import Node, Relationship
from plasticdb.sequence.schema import ATOM, CONCEPT, SYNAPSE

Connect = Callable[[], GraphStore]
TREE = {"": None, "em": "", "emma": "em", "emily": "em", "anna": ""}
COLUMNS = ["id", "parent", "chain", "at", "text", "length", "r_level", "count", "mass", "total", "slot"]


def key(memory: str, name: str) -> int:
    return int.from_bytes(blake2b(f"{memory}\0{name}".encode(), digest_size=8).digest(), "big") >> 1


def table(rows: list[dict[str, Any]], node: Node | Relationship) -> Table:
    """Rows as sorted columns of the types in the schema."""
    dtypes = {"int": np.int64, "float": np.float64, "text": object, "vector": object}
    types: dict[str, Any] = {p.name: object if p.nullable else dtypes[p.type] for p in node.properties}
    rows = sorted(rows, key=lambda row: (row.get("id", 0), row.get("source", 0), row.get("target", 0)))
    columns: Table = {}
    for name in rows[0]:
        columns[name] = np.empty(len(rows), types.get(name, object if name == "parent" else np.int64))
        columns[name][:] = [row[name] for row in rows]
    return columns


def concept(memory: str, text: str, parent: str | None, **changed: Any) -> dict[str, Any]:
    above = None if parent is None else key(memory, parent)
    edge = text.removeprefix(parent or "")[:1]
    row: dict[str, Any] = {
        "id": key(memory, text),
        "parent": above,
        "chain": "prefix",
        "at": 0,
        "text": text,
        "length": len(text),
    }
    row |= {"r_level": 0, "count": 1, "mass": 1.0, "total": 0.0, "slot": key(memory, f"{above} {edge}")}
    return row | changed


def concepts(memory: str, tree: Mapping[str, str | None]) -> NodeChanges:
    return NodeChanges(CONCEPT, create=table([concept(memory, t, p) for t, p in tree.items()], CONCEPT))


def atoms(memory: str, symbols: str) -> NodeChanges:
    rows = [{"id": key(memory, f"atom {s}"), "symbol": s, "count": 1} for s in symbols]
    return NodeChanges(ATOM, create=table(rows, ATOM))


def synapses(memory: str, weights: Mapping[tuple[str, str], float]) -> Table:
    rows = [
        {"source": key(memory, text), "target": key(memory, f"atom {symbol}"), "weight": weight, "fired": 1}
        for (text, symbol), weight in weights.items()
    ]
    return table(rows, SYNAPSE)


def keys(memory: str, *texts: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array([key(memory, text) for text in texts], np.int64)


def learn(store: GraphStore, memory: str) -> None:
    """The names of the example, with three synapses, at position 3."""
    edges = synapses(memory, {("em", "m"): 1.5, ("em", "i"): 0.5, ("anna", "m"): -2.0})
    nodes = (concepts(memory, TREE), atoms(memory, "mi"))
    assert store.apply(memory, Changes(nodes, (EdgeChanges(SYNAPSE, create=edges),), {"samples": 3}), 0, 3, "learned")


def rows(table: Table) -> list[tuple[Any, ...]]:
    return sorted(zip(*(column.tolist() for column in table.values()), strict=True), key=repr)


def everything(store: GraphStore, memory: str) -> list[list[tuple[Any, ...]]]:
    """All that a memory has in the graph."""
    scans = (
        store.scan_nodes(memory, CONCEPT, COLUMNS),
        store.scan_nodes(memory, ATOM, ["id", "symbol", "count"]),
        store.scan_edges(memory, SYNAPSE),
    )
    return [[row for table in scan for row in rows(table)] for scan in scans]


def texts(table: Table) -> set[str]:
    return set(table["text"].tolist())
