"""One batch of changes as statements, and a memory's end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import Connection, text

from ...kinds import nodes, tables
from ...kit.tables import height
from ...schema import Node
from ...sql.dialects import Dialect
from ..store import Changes, EdgeChanges, NodeChanges
from . import packed
from .codes import CODE, coded, numbered
from .plain import ENDS, ID, MEMORY, named, of, whence
from .shelf import shelf

__all__ = ["empty", "write"]


def write(connection: Connection, do: Dialect, memory: str, changes: Changes) -> None:
    """Apply a batch in the order that `Changes` names, but that packed nodes come after those whose codes they hold."""
    edges = {edge.relationship.table: edge for edge in changes.edges}
    packs = [shelf(connection, do, memory, node) for node in nodes() if _packed(node, changes.nodes, edges)]
    inside = {one.edge.table: edges.get(one.edge.table, EdgeChanges(one.edge)) for one in packs}
    outside = [edge for edge in changes.edges if edge.relationship.table not in inside]
    plain = [node for node in changes.nodes if node.node.packed is None]
    for one in packs:
        packed.forget(one, inside[one.edge.table].delete)
    for edge in outside:
        do.delete(connection, edge.relationship.table, ENDS, edge.delete)
    for node in changes.nodes:
        do.delete(connection, node.node.table, (ID,), {"id": node.delete})
    for node in changes.nodes:
        do.update(connection, node.node.table, (ID,), named(node.node, node.move), node.move)
    for node in plain:
        _create(connection, do, memory, node)
    for node in plain:
        do.update(connection, node.node.table, (ID,), named(node.node, node.update), node.update)
    for one in packs:
        change = next((node for node in changes.nodes if node.node == one.node), NodeChanges(one.node))
        its, made = inside[one.edge.table], change.create.get("id", np.empty(0, np.int64))
        packed.change(one, change.update, made, packed.add(one, change.create, its.create), its.update)
    for edge in outside:
        properties = (*ENDS, *edge.relationship.properties)
        do.insert(connection, edge.relationship.table, properties, edge.create)
        do.upsert(connection, edge.relationship.table, ENDS, properties, edge.update)


def _packed(node: Node, changed: Sequence[NodeChanges], edges: Mapping[str, EdgeChanges]) -> bool:
    """Whether it is a packed node that a batch changes, or whose edges it changes."""
    if node.packed is None:
        return False
    return node.packed.edges in edges or any(change.node == node for change in changed)


def _create(connection: Connection, do: Dialect, memory: str, node: NodeChanges) -> None:
    if not height(node.create):
        return
    made = node.create | {"memory": np.full(height(node.create), memory, object)}
    properties = [*named(node.node, node.create), MEMORY]
    if coded(node.node):
        made, properties = numbered(connection, do, memory, node.node, made), [*properties, CODE]
    do.insert(connection, node.node.table, properties, made)


def empty(connection: Connection, memory: str, code: int | None) -> None:
    """Delete all that a memory has; `code`: the number that it has in packed tables."""
    whose = {False: memory, True: code}
    for edge in tables():
        node = whence(edge)
        sources = f"SELECT id FROM {of(node)} WHERE memory = :memory"
        connection.execute(
            text(f"DELETE FROM {of(edge)} WHERE source IN ({sources})"), {"memory": whose[node.packed is not None]}
        )
    for node in nodes():
        connection.execute(
            text(f"DELETE FROM {of(node)} WHERE memory = :memory"), {"memory": whose[node.packed is not None]}
        )
