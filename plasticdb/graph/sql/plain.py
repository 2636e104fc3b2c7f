"""Plain tables: a node is a table, its parent a column `parent`, and a relationship a table with the key (source, target).

Keys and rows travel as whole columns, one statement each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection

from ...kinds import hanging, nodes
from ...kit.tables import Table
from ...schema import Node, Property, Relationship

__all__ = ["ENDS", "ID", "MEMORY", "found", "mine", "named", "of", "owned", "packing", "tabled", "whence"]

ID = Property("id", "int", "the key")
MEMORY = Property("memory", "text", "the memory's name")
ENDS = (Property("source", "int", "from"), Property("target", "int", "to"))
_PARENT = Property("parent", "int", "the more general concept", nullable=True)
_DTYPES = {"int": np.int64, "float": np.float64, "text": object, "vector": object, "floats": object}


def named(node: Node, names: Iterable[str]) -> list[Property]:
    """The properties of these names; a node's own, and `id` and `parent`."""
    steps = (node.packed.step,) if node.packed else ()
    by_name = {p.name: p for p in (ID, _PARENT, *steps, *node.properties)}
    return [by_name[name] for name in names]


def whence(relationship: Relationship) -> Node:
    """The nodes that a relationship goes out from."""
    return next(n for n in nodes() if n.label == relationship.source and relationship.leaving in (None, n.table))


def packing(relationship: Relationship) -> Node | None:
    """The packed node that has a relationship's edges; None where they are in a plain table."""
    return next((n for n in nodes() if n.packed is not None and n.packed.edges == relationship.table), None)


def of(what: Node | Relationship) -> str:
    """The table of a node or a relationship type; of a parent relationship the columns `parent` as such a table."""
    parents = () if isinstance(what, Node) else hanging(what)
    if not parents:
        return f'"{what.table}"'
    parts = (f'SELECT parent AS source, id AS target FROM "{n.table}" WHERE parent IS NOT NULL' for n in parents)
    return f"({' UNION ALL '.join(parts)})"


def mine(node: Node, mark: str) -> str:
    """What the column `memory` of a memory's rows is, given its name: that, or the number that it has in packed tables."""
    return f"(SELECT code FROM graph_memory WHERE name = {mark})" if node.packed else mark


def owned(relationship: Relationship, mark: str) -> tuple[str, int]:
    """A memory's relationships as a table, and how often its name is a parameter there."""
    if parts := hanging(relationship):
        below = [
            f'SELECT parent AS source, id AS target FROM "{n.table}" WHERE parent IS NOT NULL AND memory = {mine(n, mark)}'
            for n in parts
        ]
        return f"({' UNION ALL '.join(below)}) e", len(parts)
    sources = f'"{whence(relationship).table}" n ON n.id = e.source AND n.memory = {mark}'
    return f'"{relationship.table}" e JOIN {sources}', 1


def found(connection: Connection, asked: str, parameters: tuple[Any, ...], properties: Sequence[Property]) -> Table:
    """What a statement selects, as typed columns."""
    result = connection.exec_driver_sql(asked, parameters)
    cursor: Any = result.cursor  # the driver's own, which has all rows or is SQLite's: they may be millions
    rows = _numbers(cursor, properties) or tabled(cursor.fetchall(), properties)
    result.close()
    return rows


def _numbers(cursor: Iterator[Any], properties: Sequence[Property]) -> Table | None:
    """Rows of numbers alone as columns; None where there are others."""
    if any(_DTYPES[p.type] is object or p.nullable for p in properties):
        return None
    rows = np.fromiter(cursor, np.dtype([(p.name, _DTYPES[p.type]) for p in properties]))
    return {p.name: np.ascontiguousarray(rows[p.name]) for p in properties}


def tabled(rows: Sequence[Sequence[Any]], properties: Sequence[Property]) -> Table:
    """Rows as typed columns; text, and ints that may be missing, as objects."""
    values: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * len(properties)
    table: Table = {}
    for p, column in zip(properties, values, strict=True):
        if _DTYPES[p.type] is object or p.nullable:
            table[p.name] = np.empty(len(column), object)
            table[p.name][:] = column
        else:
            table[p.name] = np.fromiter(column, _DTYPES[p.type], len(column))
    return table
