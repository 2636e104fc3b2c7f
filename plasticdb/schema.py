"""What is in the graph, declared once: labels, relationship types and their typed properties.

SQL tables (`stores/sql.py`), Cypher statements (`stores/cypher.py`) and the docs (`docs/schema.md`) follow from
this page. A migration writes down one version of it; a test holds the newest migration against this page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = [
    "ABSTRACTS",
    "ATOM",
    "CONCEPT",
    "DESCRIBED",
    "KEYS",
    "MEMORY_PROPERTIES",
    "NODES",
    "RELATIONSHIPS",
    "SYNAPSE",
    "Node",
    "Property",
    "Relationship",
]

Type = Literal["int", "float", "text"]


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

    `unique` names a second unique key, `parent` the relationship type by which it hangs under one parent of the same
    label (general -> specific): a column `parent` in SQL, a relationship in Neo4j.
    """

    label: str
    doc: str
    properties: tuple[Property, ...]
    unique: str | None = None
    parent: str | None = None

    @property
    def table(self) -> str:
        return self.label.lower()


@dataclass(frozen=True, slots=True)
class Relationship:
    """A relationship type with properties, at most one between a source and a target."""

    type: str
    doc: str
    source: str
    target: str
    properties: tuple[Property, ...] = ()

    @property
    def table(self) -> str:
        return self.type.lower()


MEMORY_PROPERTIES = (
    Property("name", "text", "the memory's name, the key"),
    Property("kind", "text", "what kind of memory it is: `sequence`"),
    Property("position", "int", "the last journal event that this graph contains"),
    Property("batch", "text", "id of the last batch applied; tells a writer whose answer was lost that it won"),
)

CONCEPT = Node(
    "Concept",
    "Something that samples share: a prefix (chain `prefix`), or a context to predict from (`suffix`, `position`).",
    (
        Property("chain", "text", "`prefix`, `suffix` or `position`"),
        Property("at", "int", "position chain: symbols before the predicted one, the start included; otherwise 0"),
        Property("text", "text", "the symbols; ␂ is the start of a sample and ␃ its stop"),
        Property("length", "int", "symbols in `text`"),
        Property("r_level", "int", "abstractions between the chain's root (0) and this concept"),
        Property("count", "int", "prefix: samples below; context: symbols learned here (exact)"),
        Property("mass", "float", "prefix: what the samples below weigh; context: the sum of its positive weights"),
        Property("total", "float", "context: the sum of f(weight), what it told its abstraction; prefix: 0"),
        Property("slot", "int", "prefix: hash of the parent and the first symbol of the edge; context: none", True),
    ),
    unique="slot",
    parent="ABSTRACTS",
)
ATOM = Node(
    "Atom",
    "One symbol of a memory's vocabulary, the stop symbol ␃ among them.",
    (
        Property("symbol", "text", "the symbol"),
        Property("count", "int", "how often it was learned"),
    ),
)
ABSTRACTS = Relationship("ABSTRACTS", "From the general concept to the more specific one.", "Concept", "Concept")
SYNAPSE = Relationship(
    "SYNAPSE",
    "From a context to a symbol that followed it.",
    "Concept",
    "Atom",
    (
        Property("weight", "float", "how strong; below zero it inhibits"),
        Property("fired", "int", "how often it was learned (exact)"),
    ),
)
NODES = (CONCEPT, ATOM)
RELATIONSHIPS = (ABSTRACTS, SYNAPSE)

KEYS = (
    Property("id", "int", "a stable 63-bit hash of the memory and what the node is"),
    Property("memory", "text", "the memory's name"),
)
"""What every node has beside the properties of its label."""
DESCRIBED = (
    ("Memory", "(:Memory)", MEMORY_PROPERTIES),
    *((node.label, f"(:{node.label})", (*KEYS, *node.properties)) for node in NODES),
    *(
        (
            edge.type,
            f"(:{edge.source})-[:{edge.type}]->(:{edge.target})",
            edge.properties or (Property("", "text", edge.doc),),
        )
        for edge in RELATIONSHIPS
    ),
)
"""Everything in the graph: its label or type, how Cypher writes it, and its properties."""
