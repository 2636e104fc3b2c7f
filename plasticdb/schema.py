"""The words in which a kind of memory declares its part of the graph: labels, relationship types, typed properties.

SQL tables (`graph/sql/`), Cypher statements (`graph/neo4j/cypher.py`) and the docs (`docs/schema.md`) follow from what the
kinds declare (`kinds.py`). A migration writes down one version of it; a test holds the newest migration against it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

__all__ = [
    "KEYS",
    "MEMORY_PROPERTIES",
    "Index",
    "Node",
    "Packed",
    "Property",
    "Relationship",
    "check_index",
    "check_schema",
    "fingerprint",
    "united",
]

Type = Literal["int", "float", "text", "vector", "floats"]
"""A `vector` is float32s: in a column their bytes (little-endian), in SQL these, in Neo4j a list of numbers. `floats` are
float64s, and their bytes in Neo4j, too: a matrix is read several times as fast so."""


@dataclass(frozen=True, slots=True)
class Property:
    """A typed property; `doc` says what it means and in what unit."""

    name: str
    type: Type
    doc: str
    nullable: bool = False


Use = Literal["key", "between", "strongest", "nearest"]


@dataclass(frozen=True, slots=True)
class Index:
    """An index on a property, for one verb of the stores. A store refuses the verb where its index is not declared.

    Parameters
    ----------
    use
        `key`: `fetch` by it, which need not be unique (a label's unique key and its parent have an index as well).
        `between`: nodes of a memory in the order of the property. `strongest`: a source's relationships, the largest first.
        `nearest`: nodes near a vector, in Neo4j; the other stores have no such index, and find none.
    by
        The property.
    unless
        Only of `nearest`: leave out nodes that have this property, since nobody looks for them so. It is dear to keep.
    """

    use: Use
    by: str
    unless: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Packed:
    """How SQL keeps a node of which there are very many.

    What follows from the rest is not stored, but derived when it is asked for. Other stores keep it as any other node.

    Parameters
    ----------
    step
        What a node adds to its parent: the id of a node of the label `coded`, or a number below 1, which means what the
        kind says. With its parent it tells a node from all others. Stores that do not derive have no such property.
    coded
        A label of which SQL keeps small numbers in place of ids (which must be above 0): in steps, and as targets of the
        edges. A node of it must stay as long as a step or an edge leads to it.
    spells
        The property of that label by which `spelled` calls it.
    pieces
        A label and its property, by which `spelled` calls steps that are ids of its nodes, below zero. Nothing else is as
        far below zero as -2**62, and no id is nearer; none where there are no such steps.
    edges
        The table of the one relationship that goes out from here to `coded`; all its properties are numbers.
    spelled
        "module:function", and the properties that it derives from the steps: `function(paths, depth, names)`, where row i
        of `paths` has in its first `depth[i]` columns the steps of node i, its own first and the root's last, and `names`
        says what the numbers above 0 in it are called. It returns these properties as columns.
    summed
        "module:function", and the properties that it derives from the edges: `function(owner, edges, rows)`, where edge i
        goes out from node `owner[i]` of `rows`. It returns these properties as columns.
    """

    step: Property
    coded: str
    spells: str
    edges: str
    spelled: tuple[str, tuple[str, ...]]
    summed: tuple[str, tuple[str, ...]]
    pieces: tuple[str, str] | None = None

    @property
    def derived(self) -> tuple[str, ...]:
        """The properties that are not stored."""
        return (*self.spelled[1], *self.summed[1])


@dataclass(frozen=True, slots=True)
class Node:
    """A label. Every node also has `id` (a stable 63-bit hash, the key) and `memory` (the memory's name).

    `unique` names a second key, which no two nodes share, `parent` the relationship type by which a node hangs under one
    parent of the same label (general -> specific): a column `parent` in SQL, a relationship in Neo4j.

    Two of them may share a label, of which each is a part with a table of its own: whoever asks in Cypher, or exports,
    sees one label with the properties of both (`united`). They are told apart by a property that one of them always has
    (`having`) and the other never (`lacking`).
    """

    label: str
    doc: str
    properties: tuple[Property, ...]
    unique: str | None = None
    parent: str | None = None
    stored: str | None = None
    """The SQL table, where it cannot have the label's name (the journal may be in the same database)."""
    indexes: tuple[Index, ...] = ()
    having: str | None = None
    lacking: str | None = None
    downward: bool = True
    """Whether anybody asks for the children of a parent, or for what is below it: that takes an index in SQL."""

    packed: Packed | None = None

    @property
    def table(self) -> str:
        """The name of its table in SQL."""
        return self.stored or self.label.lower()

    @property
    def kept(self) -> tuple[Property, ...]:
        """The properties that a store which derives keeps, the step among them."""
        if self.packed is None:
            return self.properties
        return (self.packed.step, *(p for p in self.properties if p.name not in self.packed.derived))

    def check_key(self, by: str) -> None:
        """Raise ValueError unless nodes can be fetched by this: `id`, the unique key, the parent, or an index."""
        if by not in ("id", self.unique, "parent" if self.parent and self.downward else None):
            check_index(self, "key", by)


@dataclass(frozen=True, slots=True)
class Relationship:
    """A relationship type, at most one between a source and a target.

    Several may have one type if their sources differ. Each has a table of its own, except a label's parent relationship
    (`Node.parent`, from the label to itself): that is the column `parent` of the label's table (`kinds.hanging`).
    """

    type: str
    doc: str
    source: str
    target: str
    properties: tuple[Property, ...] = ()
    stored: str | None = None
    """The SQL table, and the name in counts and exported files, if another relationship has the type's name."""
    leaving: str | None = None
    """The SQL table of the nodes that it goes out from, where two of them share the label."""
    indexes: tuple[Index, ...] = ()

    @property
    def table(self) -> str:
        """The name of its table in SQL."""
        return self.stored or self.type.lower()


def check_index(what: Node | Relationship, use: Use, by: str | None = None) -> str:
    """The property of an index for this use (`by`, or any); raises ValueError where none is declared."""
    for index in what.indexes:
        if index.use == use and by in (None, index.by):
            return index.by
    raise ValueError(
        f"{_name(what)} has no index for {use!r} by {by or 'a vector'}; declare it: indexes=(Index({use!r}, {by or '...'!r}),)"
    )


def check_schema(nodes: Sequence[Node], relationships: Sequence[Relationship]) -> None:
    """Raise ValueError where declarations contradict each other, or a store could not keep them."""
    whats: list[Node | Relationship] = [*nodes, *relationships]
    for what in whats:
        properties = {p.name: p.type for p in what.properties}
        for name in (_name(what), what.table, *properties):
            if not re.fullmatch(r"[A-Za-z_]\w{0,50}", name, re.ASCII) or name in _OWN:
                raise ValueError(
                    f"{name!r} cannot be a name in the graph; use letters, digits and _, and none of {_OWN}"
                )
        indexes = [(index.use, index.by) for index in what.indexes]
        if isinstance(what, Node) and what.unique:
            indexes.append(("key", what.unique))
        for index in what.indexes:
            if index.unless and (index.use != "nearest" or index.unless not in properties):
                raise ValueError(
                    f"{_name(what)} has an index unless {index.unless!r}, which only one for 'nearest' can have, of a property"
                )
        for use, by in indexes:
            if properties.get(by) not in _INDEXED[use]:
                wanted = " or ".join(_INDEXED[use])
                raise ValueError(
                    f"{_name(what)} has an index for {use!r} by {by!r}, which is not a property of type {wanted}"
                )
    _check_different("the table", [(what.table, what) for what in whats])
    for node in nodes:
        _check_parts([node, *(other for other in nodes if other.label == node.label and other != node)])
    for node in nodes:
        if node.packed is not None:
            _check_packed(node, node.packed, nodes, relationships)
    _check_different("the type and the source", [((edge.type, edge.source), edge) for edge in relationships])
    parents = {(node.parent, node.label) for node in nodes if node.parent}
    for type, label in parents - {(edge.type, edge.source) for edge in relationships if edge.source == edge.target}:
        raise ValueError(
            f"{label} needs its parent relationship: declare Relationship({type!r}, ..., {label!r}, {label!r})"
        )
    for edge in relationships:
        if (edge.type, edge.target) in parents and edge.source != edge.target:
            raise ValueError(
                f"{edge.type} leads to the parent of a {edge.target}; from {edge.source} take another type"
            )


def fingerprint(nodes: Sequence[Node], relationships: Sequence[Relationship]) -> str:
    """A text that is another one where a store has to be changed; what is said in words does not count."""
    whats: list[Node | Relationship] = [*nodes, *relationships]
    parts = [[_name(w), w.table, [(p.name, p.type, p.nullable) for p in w.properties], w.indexes] for w in whats]
    keys: list[object] = [(node.unique, node.parent) for node in nodes]
    keys += [(node.table, node.packed) for node in nodes if node.packed]
    keys += [(n.table, n.having, n.lacking, n.downward) for n in nodes if n.having or n.lacking or not n.downward]
    keys += [(index.by, index.unless) for what in whats for index in what.indexes if index.unless]
    return hashlib.sha256(repr((parts, keys)).encode()).hexdigest()[:8]


def united(parts: Sequence[Node]) -> Node:
    """A label as Cypher and exports show it: a part with the properties of all, of which some nodes may have none."""
    if len(parts) == 1:
        return parts[0]
    everywhere = {p.name: p for part in reversed(parts) for p in part.properties}
    names = dict.fromkeys(p.name for part in parts for p in part.properties)
    lacked = {name for name in names if any(name not in {p.name for p in part.properties} for part in parts)}
    properties = (replace(everywhere[n], nullable=everywhere[n].nullable or n in lacked) for n in names)
    return replace(parts[0], properties=tuple(properties), having=None)


def _check_parts(nodes: Sequence[Node]) -> None:
    """Two nodes may share a label if they say how to tell them apart."""
    by = {how: [getattr(node, how) for node in nodes] for how in ("having", "lacking")}
    if len(nodes) == 1 and by == {"having": [None], "lacking": [None]}:
        return
    label, (has, lacks) = nodes[0].label, ([name for name in named if name] for named in by.values())
    types = [{p.name: p.type for p in node.properties} for node in nodes]
    always = {p.name for node in nodes if node.having for p in node.properties if not p.nullable}
    never = {p.name for node in nodes if node.lacking for p in node.properties}
    if not (len(nodes) == 2 and has == lacks and len(has) == 1 and has[0] in always - never):
        raise ValueError(
            f"{len(nodes)} nodes share the label {label!r}, which only two may: say of a property that one of them always "
            "has it (having), and of the other that it never has it (lacking)"
        )
    if nodes[0].parent != nodes[1].parent or any(types[1].get(name, kind) != kind for name, kind in types[0].items()):
        raise ValueError(f"those that share the label {label!r} must have one parent, and one type of each property")


def _check_packed(node: Node, packed: Packed, nodes: Sequence[Node], relationships: Sequence[Relationship]) -> None:
    """That SQL can keep a node so."""
    coded = [n for n in nodes if n.label == packed.coded and not n.packed and not n.lacking]
    edges = [e for e in relationships if e.table == packed.edges and e.source == node.label and not e.indexes]
    names = {p.name for p in node.properties}
    for right, wanted in (
        (node.parent and not node.downward, "a parent, and nobody who asks for children (downward=False)"),
        (not node.unique and not node.indexes, "no key but its id, and no index"),
        (
            packed.step.name not in names and names >= set(packed.derived),
            "its derived properties, and a step of its own",
        ),
        (
            len(coded) == 1 and packed.spells in {p.name for p in coded[0].properties},
            "the label that is coded, with a name",
        ),
        (len(edges) == 1 and edges[0].target == packed.coded, "one relationship without an index, to what is coded"),
        (all(p.type in ("int", "float") and not p.nullable for e in edges for p in e.properties), "edges of numbers"),
    ):
        if not right:
            raise ValueError(f"{node.table} is packed: it needs {wanted}")


def _check_different(what: str, named: Iterable[tuple[object, Node | Relationship]]) -> None:
    seen: dict[object, Node | Relationship] = {}
    for name, declared in named:
        if seen.setdefault(name, declared) is not declared:
            raise ValueError(f"{_name(seen[name])} and {_name(declared)} share {what} {name!r}; change one of them")


def _name(what: Node | Relationship) -> str:
    return what.label if isinstance(what, Node) else what.type


_INDEXED = {"key": ("int",), "between": ("int", "float"), "strongest": ("int", "float"), "nearest": ("vector",)}
_OWN = ("Memory", "Graph", "Migration")
"""Labels of the store's own."""
MEMORY_PROPERTIES = (
    Property("name", "text", "the memory's name, the key"),
    Property("kind", "text", "what kind of memory it is"),
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
