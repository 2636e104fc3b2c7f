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
    "COFIRED",
    "CONCEPT",
    "DESCRIBED",
    "ENGRAM",
    "FIRED",
    "FIRING",
    "HISTORY",
    "KEYS",
    "MEMORY_PROPERTIES",
    "NODES",
    "RELATIONSHIPS",
    "SESSION",
    "SOURCE",
    "SYNAPSE",
    "TAUGHT_BY",
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
    """A relationship type with properties, at most one between a source and a target.

    Two may have one type, between other labels; then each has a table of its own.
    """

    type: str
    doc: str
    source: str
    target: str
    properties: tuple[Property, ...] = ()
    stored: str | None = None
    """The SQL table, where another relationship has the type's name."""

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
SOURCE = Node(
    "Source",
    "What samples were filed under. Its history: it stays when all that it taught was unlearned.",
    (
        Property("name", "text", "the name; empty for samples that were given without one"),
        Property("samples", "int", "samples of it that are in the memory"),
        Property("learned", "int", "samples that it ever taught"),
        Property("unlearned", "int", "samples of it that were unlearned"),
        Property("first", "int", "journal position of the first sample that it taught"),
        Property("last", "int", "journal position of the last sample that it taught"),
    ),
    stored="graph_source",
)
SESSION = Node(
    "Session",
    "A process that wrote to the memory, from opening it to closing it; what it did, also what was unlearned later.",
    (
        Property("number", "int", "its number in the journal, as `plasticdb sessions` shows it"),
        Property("version", "text", "the version of plasticdb that wrote"),
        Property("started", "float", "when it began to write: seconds since 1970"),
        Property("first", "int", "journal position of the first event that it wrote for this memory"),
        Property("last", "int", "journal position of the last one"),
        Property("learned", "int", "samples learned"),
        Property("unlearned", "int", "samples unlearned"),
        Property("reinforced", "int", "samples reinforced"),
        Property("weakened", "int", "samples weakened"),
        Property("decayed", "int", "decays, over all samples"),
    ),
    stored="graph_session",
)
TAUGHT_BY = Relationship(
    "TAUGHT_BY",
    "From a sample's own concept (it ends in ␃) to a source that taught it. When a concept was born, and fired last: "
    "the smallest `first` and the largest `last` of the samples below.",
    "Concept",
    "Source",
    (
        Property("samples", "int", "how often the source taught it; what was unlearned does not count"),
        Property("first", "int", "journal position of the first of these"),
        Property("last", "int", "journal position of the last of these"),
    ),
)
ENGRAM = Node(
    "Engram",
    "Something that an engram memory remembers and that is still alive: a vector with a payload.",
    (
        Property("number", "int", "what the memory calls it: the journal position at which it was remembered"),
        Property("level", "int", "1 working, 2 short-term, 3 long-term"),
        Property("vector", "vector", "what it is; not in the copy that Cypher runs on beside SQL"),
        Property("payload", "text", "what was given with it, as JSON"),
        Property("born", "int", "the tick in which it was remembered"),
        Property("expires_at", "float", "the tick at which it dies, unless it is rewarded before"),
        Property("fires", "int", "how often it fired (exact)"),
        Property("place", "int", "long-term: its place among the memory's, counted from a number of its own", True),
    ),
    unique="place",
)
FIRING = Node(
    "Firing",
    "Engrams that fired together, until it is consolidated into their synapses.",
    (
        Property("number", "int", "the journal position of the reminding"),
        Property("tick", "int", "the tick in which it was"),
        Property("session", "int", "the journal's number of the session that reminded"),
    ),
)
FIRED = Relationship(
    "FIRED",
    "From a firing to an engram that took part and is alive.",
    "Firing",
    "Engram",
    (Property("why", "text", "`working`, `near` (short-term, near to working memory) or `walked` (long-term)"),),
)
COFIRED = Relationship(
    "SYNAPSE",
    "Between engrams that fired together in consolidated firings; one each way.",
    "Engram",
    "Engram",
    (Property("fired", "int", "in how many of these (exact)"),),
    stored="engram_synapse",
)
NODES = (CONCEPT, ATOM, SOURCE, SESSION, ENGRAM, FIRING)
RELATIONSHIPS = (ABSTRACTS, SYNAPSE, TAUGHT_BY, FIRED, COFIRED)
HISTORY = (SOURCE, SESSION, TAUGHT_BY)
"""What tells when and whence: like the journal, it depends on the order in which things happened."""

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
            edge.table,
            f"(:{edge.source})-[:{edge.type}]->(:{edge.target})",
            edge.properties or (Property("", "text", edge.doc),),
        )
        for edge in RELATIONSHIPS
    ),
)
"""Everything in the graph: its label or table, how Cypher writes it, and its properties."""
