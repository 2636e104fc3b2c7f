"""The words in which a kind of memory declares its part of the graph: labels, relationship types, typed properties.

SQL tables (`graph/sql.py`), Cypher statements (`graph/neo4j/cypher.py`) and the docs (`docs/schema.md`) follow from what the
kinds declare (`kinds.py`). A migration writes down one version of it; a test holds the newest migration against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = [
    "KEYS",
    "MEMORY_PROPERTIES",
    "Node",
    "Property",
    "Relationship",
]

Type = Literal["int", "float", "text", "vector"]
"""A `vector` is float32s: in a column their bytes (little-endian), in SQL these, in Neo4j a list of numbers."""


@dataclass(frozen=True, slots=True)
class Property:
    """A typed property; `doc` says what it means and in what unit."""

    name: str
    type: Type
    doc: str
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """A label. Every node also has `id` (a stable 63-bit hash, the key) and `memory` (the memory's name).

    `unique` names a second key, `parent` the relationship type by which it hangs under one parent of the same
    label (general -> specific): a column `parent` in SQL, a relationship in Neo4j.
    """

    label: str
    doc: str
    properties: tuple[Property, ...]
    unique: str | None = None
    parent: str | None = None
    stored: str | None = None
    """The SQL table, where it cannot have the label's name (the journal may be in the same database)."""

    @property
    def table(self) -> str:
        return self.stored or self.label.lower()


@dataclass(frozen=True, slots=True)
class Relationship:
    """A relationship type, at most one between a source and a target.

    Several may have one type if their sources differ. Each has a table of its own, except a label's parent relationship
    (`Node.parent`, from the label to itself): that is the column `parent` of the label's table (`kinds.parent_label`).
    """

    type: str
    doc: str
    source: str
    target: str
    properties: tuple[Property, ...] = ()
    stored: str | None = None
    """The SQL table, and the name in counts and exported files, if another relationship has the type's name."""

    @property
    def table(self) -> str:
        return self.stored or self.type.lower()


MEMORY_PROPERTIES = (
    Property("name", "text", "the memory's name, the key"),
    Property("kind", "text", "what kind of memory it is: `sequence`, `engram`"),
    Property("position", "int", "the last journal event that this graph contains"),
    Property(
        "batch",
        "text",
        "the memory's number in its journal and the last batch's id, by which a writer knows that it won",
    ),
)

KEYS = (
    Property("id", "int", "a stable 63-bit hash of the memory and what the node is"),
    Property("memory", "text", "the memory's name"),
)
"""What every node has beside the properties of its label."""
