"""A packed node in one transaction: what is needed to read and to write it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from ...kinds import nodes, tables
from ...schema import Node, Packed, Property, Relationship
from ...sql.dialects import Dialect
from .codes import Codes

__all__ = ["ABOVE", "FIRST", "STEP", "Shelf", "firsts", "shelf"]

FIRST = "first_"
"""What the names of the columns begin with that a node's first edge has in the node's own row."""
ABOVE, STEP = "-above", "-step"
"""The parent (-1: none) and the step (with codes) while they are computed with; no property is called so."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A packed node and the edges that go out from it, of one memory."""

    connection: Connection
    do: Dialect
    memory: str
    node: Node
    packed: Packed
    edge: Relationship
    codes: Codes


def shelf(connection: Connection, do: Dialect, memory: str, node: Node) -> Shelf:
    """The shelf of a packed node."""
    assert node.packed is not None
    edge = next(edge for edge in tables() if edge.table == node.packed.edges)
    coded = next(other for other in nodes() if other.label == node.packed.coded)
    return Shelf(connection, do, memory, node, node.packed, edge, Codes(connection, do, memory, coded))


def firsts(edge: Relationship) -> list[Property]:
    """The columns of a node's first edge: its target's code (0: it has none) and its properties."""
    target = Property(f"{FIRST}target", "int", "the code of its target")
    return [target, *(Property(FIRST + p.name, p.type, p.doc) for p in edge.properties)]
