"""A batch as Cypher statements with columns, and columns as Neo4j takes and gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ...kit.tables import Column, Table, height
from ...schema import Node
from ..store import Changes, EdgeChanges, NodeChanges
from . import cypher

__all__ = ["listed", "statements", "tabled"]


def statements(changes: Changes) -> Iterator[tuple[str, Table, bool]]:
    """The statements of a batch in order, each with its columns and whether every row must be found in the graph.

    Nodes are deleted last, most of a label at the very end: whenever the server seeks a node, it copies the list of all
    that the transaction has deleted. Before that they give their unique keys away.
    """
    for edges in changes.edges:
        yield cypher.delete_edges(edges.relationship), _left(edges, changes.nodes), False
    for nodes in changes.nodes:
        again = np.intersect1d(nodes.delete, nodes.create["id"]) if height(nodes.create) else nodes.delete[:0]
        yield cypher.delete_nodes(nodes.node), {"id": again}, False
    for nodes in changes.nodes:
        if (unique := nodes.node.unique) and (height(nodes.move) or height(nodes.create)):
            none = np.full(len(nodes.delete), None, object)
            yield cypher.update_nodes(nodes.node, [unique]), {"id": nodes.delete, unique: none}, False
    for nodes in changes.nodes:
        if height(nodes.move):
            yield cypher.unparent(nodes.node), {"id": nodes.move["id"]}, False
            if unique := nodes.node.unique:
                yield cypher.update_nodes(nodes.node, [unique]), _only(nodes.move, "id", unique), True
    for nodes in changes.nodes:
        if height(nodes.create):
            yield (
                cypher.create_nodes(nodes.node),
                _sent(nodes.node, _only(nodes.create, "id", *(p.name for p in nodes.node.properties))),
                True,
            )
    for nodes in changes.nodes:
        if nodes.node.parent:
            yield cypher.create_parents(nodes.node), _parents(nodes), True
    for nodes in changes.nodes:
        if height(nodes.update):
            names = [c for c in nodes.update if c != "id"]
            yield cypher.update_nodes(nodes.node, names), _sent(nodes.node, nodes.update), True
    for edges in changes.edges:
        yield cypher.create_edges(edges.relationship), edges.create, True
    for edges in changes.edges:
        if height(edges.update):
            names = [c for c in edges.update if c not in ("source", "target")]
            yield cypher.update_edges(edges.relationship, names), edges.update, True
    for nodes in sorted(changes.nodes, key=lambda nodes: len(nodes.delete)):
        left = np.setdiff1d(nodes.delete, nodes.create["id"]) if height(nodes.create) else nodes.delete
        yield cypher.delete_nodes(nodes.node), {"id": left}, False


def _left(edges: EdgeChanges, nodes: Sequence[NodeChanges]) -> Table:
    """The relationships to delete that do not go with a node that is deleted."""
    left = np.ones(height(edges.delete), bool)
    for end, label in (("source", edges.relationship.source), ("target", edges.relationship.target)):
        for gone in (n.delete for n in nodes if n.node.label == label and height(edges.delete)):
            left &= ~np.isin(edges.delete[end], gone)
    return {name: column[left] for name, column in edges.delete.items()}


def _sent(node: Node, table: Table) -> Table:
    """Rows of a label with its floats as the driver takes bytes: otherwise they would be taken for vectors."""
    floats = [p.name for p in node.properties if p.type == "floats" and p.name in table]
    sent = {name: np.empty(height(table), object) for name in floats}
    for name, column in sent.items():
        column[:] = [None if value is None else bytearray(value) for value in table[name]]
    return table | sent


def _only(table: Table, *names: str) -> Table:
    return {name: table[name] for name in names}


def _parents(nodes: NodeChanges) -> Table:
    """`id` and `parent` of what was moved and of what was created under a parent."""
    tables = [_only(table, "id", "parent") for table in (nodes.move, nodes.create) if height(table)]
    if not tables:
        return {}
    ids, parents = (np.concatenate([table[name].astype(object) for table in tables]) for name in ("id", "parent"))
    hangs = np.array([parent is not None for parent in parents], bool)
    return {"id": ids[hangs], "parent": parents[hangs]}


def listed(column: Column) -> list[Any]:
    """A column as the driver takes it; an object column may hold numpy scalars, or vectors as bytes."""
    values: list[Any] = column.tolist()
    return values if column.dtype != object else [_plain(v) for v in values]


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return np.frombuffer(value, "<f4").tolist()
    return value.item() if isinstance(value, np.generic) else value


def tabled(row: Any, types: Mapping[str, str]) -> Table:
    """A record of collected columns as a table."""
    return {name: _column(row[name], kind) for name, kind in types.items()}


def _column(values: Sequence[Any], kind: str) -> Column:
    if kind == "vector":
        values = [np.array(value, "<f4").tobytes() for value in values]
    elif kind == "floats":
        values = [None if value is None else bytes(value) for value in values]
    return np.array(values, {"int": np.int64, "float": np.float64}.get(kind, object))
