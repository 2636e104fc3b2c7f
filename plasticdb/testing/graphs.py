"""The graph by which stores are checked: a schema with everything that a kind may declare, and small graphs of it.

Topics are the names emma, emily and anna in a tree, where `em` is what the first two share. Places are a second tree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

from ..graph.store import Changes, EdgeChanges, GraphStore, NodeChanges
from ..kinds import Event, Kind
from ..kit.tables import Ints, Table
from ..schema import Index, Node, Packed, Property, Relationship

__all__ = [
    "ABOVE",
    "CLOSE",
    "INSIDE",
    "KIND",
    "LEADS",
    "LINK",
    "NAMED",
    "PLACE",
    "PLACE_COLUMNS",
    "TERM",
    "TOPIC",
    "TOPIC_COLUMNS",
    "TREE",
    "WALK",
    "WALKED",
    "ids",
    "key",
    "keys",
    "learn",
    "links",
    "live",
    "made_places",
    "place",
    "rows",
    "scanned",
    "table",
    "terms",
    "texts",
    "topic",
    "topics",
    "walked",
    "weighed",
]

TOPIC = Node(
    "LawTopic",
    "A label with a parent and a unique key that may be missing.",
    (
        Property("chain", "text", "a text"),
        Property("text", "text", "another text"),
        Property("length", "int", "a number"),
        Property("count", "int", "another number"),
        Property("mass", "float", "a float"),
        Property("total", "float", "another float"),
        Property("slot", "int", "a unique key that may be missing", True),
    ),
    unique="slot",
    parent="LAW_ABOVE",
)
TERM = Node(
    "LawTerm",
    "A label without a parent.",
    (Property("symbol", "text", "a text"), Property("count", "int", "a number with an index")),
    indexes=(Index("key", "count"),),
)
PLACE = Node(
    "LawPlace",
    "Another label with a parent; it has a vector, floats, and numbers with an index.",
    (
        Property("number", "int", "a number"),
        Property("level", "int", "a number with an index"),
        Property("vector", "vector", "a vector with an index"),
        Property("numbers", "floats", "float64s that may be missing", True),
        Property("payload", "text", "a text"),
        Property("expires_at", "float", "a float with an index"),
        Property("spot", "int", "a unique key that may be missing", True),
    ),
    unique="spot",
    parent="LAW_INSIDE",
    indexes=(Index("between", "level"), Index("between", "expires_at"), Index("nearest", "vector")),
)
WALK = Node(
    "LawWalk",
    "A label that SQL packs: a walk along terms, of which only the last step is kept.",
    (
        Property("text", "text", "the symbols of its terms, derived from its steps"),
        Property("count", "int", "a number"),
        Property("mass", "float", "what its links weigh, derived from these"),
    ),
    parent="LAW_LEADS",
    downward=False,
    packed=Packed(
        Property("step", "int", "a term, or minus a number"),
        coded="LawTerm",
        spells="symbol",
        edges="law_walk_link",
        spelled=("plasticdb.testing.graphs:walked", ("text",)),
        summed=("plasticdb.testing.graphs:weighed", ("mass",)),
    ),
)
ABOVE = Relationship("LAW_ABOVE", "From a topic to the more specific one.", "LawTopic", "LawTopic")
INSIDE = Relationship("LAW_INSIDE", "From a place to one inside it.", "LawPlace", "LawPlace")
LINK = Relationship(
    "LAW_LINK",
    "From a topic to a term, with two numbers.",
    "LawTopic",
    "LawTerm",
    (Property("weight", "float", "a float"), Property("fired", "int", "a number")),
)
NAMED = Relationship("LAW_NAMED", "From a place to a topic, without properties.", "LawPlace", "LawTopic")
CLOSE = Relationship(
    "LAW_LINK",
    "Between places: the same type, between other labels.",
    "LawPlace",
    "LawPlace",
    (Property("fired", "int", "a number"),),
    stored="law_place_link",
    indexes=(Index("strongest", "fired"),),
)
LEADS = Relationship("LAW_LEADS", "From a walk to one that is a step longer.", "LawWalk", "LawWalk")
WALKED = Relationship(
    "LAW_LINK",
    "From a walk to a term: the same type, from a label that SQL packs.",
    "LawWalk",
    "LawTerm",
    (Property("weight", "float", "a float"), Property("fired", "int", "a number")),
    stored="law_walk_link",
)
KIND = Kind(
    name="law",
    doc="What stores are checked with; it has no memories.",
    memory="plasticdb.testing.graphs:KIND",
    options="plasticdb.testing.graphs:KIND",
    events=(Event("learn", "something is learned", sample=True, mass=True),),
    nodes=(TOPIC, TERM, PLACE, WALK),
    relationships=(ABOVE, INSIDE, LINK, NAMED, CLOSE, LEADS, WALKED),
)
TREE: Mapping[str, str | None] = {"": None, "em": "", "emma": "em", "emily": "em", "anna": ""}
TOPIC_COLUMNS = ["id", "parent", *(p.name for p in TOPIC.properties)]
PLACE_COLUMNS = ["id", "parent", *(p.name for p in PLACE.properties)]
_VECTORS = [[0.1, -2.5, 3e-38], [0.0, 0.0, 0.0], [1e38, 1 / 3, -1.0]]
_DTYPES = {"int": np.int64, "float": np.float64, "text": object, "vector": object, "floats": object}


def walked(paths: Ints, depth: Ints, names: Mapping[int, str]) -> Table:
    """What walks are called: their terms and numbers, the first step first."""
    steps = (path[:size][::-1] for path, size in zip(paths.tolist(), depth.tolist(), strict=True))
    text = np.empty(len(paths), object)
    text[:] = ["/".join(names.get(step, str(step)) for step in walk) for walk in steps]
    return {"text": text}


def weighed(owner: Ints, edges: Table, rows: int) -> Table:
    """What the links of walks weigh."""
    return {"mass": np.bincount(owner, edges["weight"], rows)}


def key(memory: str, name: str) -> int:
    """A 63-bit id of something with a name, in a memory."""
    return int.from_bytes(blake2b(f"{memory}\0{name}".encode(), digest_size=8).digest(), "big") >> 1


def keys(memory: str, *texts: str) -> Ints:
    """The ids of topics."""
    return np.array([key(memory, text) for text in texts], np.int64)


def table(rows: Sequence[Mapping[str, Any]], of: Node | Relationship) -> Table:
    """Rows as columns of the types in the schema, sorted by their key."""
    types: dict[str, Any] = {p.name: object if p.nullable else _DTYPES[p.type] for p in of.properties}
    ordered = sorted(rows, key=lambda row: (row.get("id", 0), row.get("source", 0), row.get("target", 0)))
    columns: Table = {}
    for name in ordered[0] if ordered else ():
        columns[name] = np.empty(len(ordered), types.get(name, object if name == "parent" else np.int64))
        columns[name][:] = [row[name] for row in ordered]
    return columns


def topic(memory: str, text: str, parent: str | None, **changed: Any) -> dict[str, Any]:
    """A topic under another one; its slot is that of the letter with which it goes on there."""
    above = None if parent is None else key(memory, parent)
    letter = text.removeprefix(parent or "")[:1]
    row: dict[str, Any] = {
        "id": key(memory, text),
        "parent": above,
        "chain": "prefix",
        "text": text,
        "length": len(text),
    }
    row |= {"count": 1, "mass": 1.0, "total": 0.0, "slot": key(memory, f"{above} {letter}")}
    return row | changed


def topics(memory: str, tree: Mapping[str, str | None]) -> NodeChanges:
    """New topics, each with the one that it is under."""
    return NodeChanges(TOPIC, create=table([topic(memory, t, p) for t, p in tree.items()], TOPIC))


def terms(memory: str, symbols: str) -> NodeChanges:
    """New terms, one of each letter."""
    return NodeChanges(
        TERM, create=table([{"id": key(memory, f"term {s}"), "symbol": s, "count": 1} for s in symbols], TERM)
    )


def links(memory: str, weights: Mapping[tuple[str, str], float]) -> Table:
    """Links from topics to terms, with their weights."""
    rows = [
        {"source": key(memory, text), "target": key(memory, f"term {symbol}"), "weight": weight, "fired": 1}
        for (text, symbol), weight in weights.items()
    ]
    return table(rows, LINK)


def learn(store: GraphStore, memory: str) -> None:
    """Write the names of the example, with three links, up to position 3."""
    edges = EdgeChanges(LINK, create=links(memory, {("em", "m"): 1.5, ("em", "i"): 0.5, ("anna", "m"): -2.0}))
    changes = Changes((topics(memory, TREE), terms(memory, "mi")), (edges,), {"samples": 3})
    assert store.apply(memory, changes, 0, 3, "learned"), "the first batch of a memory must be applied"


def ids(memory: str, numbers: Sequence[int]) -> Ints:
    """The ids of places; they follow each other as the numbers do."""
    return np.array(numbers, np.int64) + (key(memory, "places") >> 1)


def place(memory: str, i: int, **changed: Any) -> dict[str, Any]:
    """A place: the first is the root, under which all others are."""
    (own, root), vector = ids(memory, [i, 0]).tolist(), np.array(_VECTORS[i % 3], "<f4").tobytes()
    row = {"id": own, "parent": None if i == 0 else root, "number": i, "level": 3, "vector": vector}
    row["numbers"] = None if i % 4 == 3 else np.array([0.1 + 0.2, i, -5e-324], "<f8").tobytes()
    row |= {"payload": f'{{"i":{i}}}', "expires_at": 10.0 + i / 2, "spot": key(memory, f"spot {i}")}
    return row | changed


def made_places(memory: str) -> Table:
    """Nine places, of which the last three are on level 2 and have no spot."""
    return table([place(memory, i, **({} if i < 6 else {"level": 2, "spot": None})) for i in range(9)], PLACE)


def live(store: GraphStore, memory: str) -> None:
    """Write nine places, up to position 1; two are named by topics, the first is close to all others, most to 3 and 5."""
    fired = {(0, i): (7 if i in (3, 5) else 2) for i in range(1, 9)} | {(1, 2): 4}
    both = {**fired, **{(b, a): n for (a, b), n in fired.items()}}
    first = int(ids(memory, [0])[0])
    close = table([{"source": first + a, "target": first + b, "fired": n} for (a, b), n in both.items()], CLOSE)
    named = table([{"source": first + i, "target": key(memory, "em")} for i in (0, 1)], NAMED)
    nodes = (NodeChanges(PLACE, made_places(memory)), NodeChanges(TOPIC, table([topic(memory, "em", None)], TOPIC)))
    changes = Changes(nodes, (EdgeChanges(NAMED, named), EdgeChanges(CLOSE, close)), {"tick": 3})
    assert store.apply(memory, changes, 0, 1, "lived"), "the first batch of a memory must be applied"


def rows(table: Table) -> list[tuple[Any, ...]]:
    """A table as rows, in one order."""
    return sorted(zip(*(column.tolist() for column in table.values()), strict=True), key=repr)


def texts(table: Table) -> set[str]:
    """The texts of topics."""
    return set(table["text"].tolist())


def scanned(store: GraphStore, memory: str) -> list[list[tuple[Any, ...]]]:
    """All that a memory has in the graph: a list for each label and each relationship type."""
    scans = [
        store.scan_nodes(memory, TOPIC, TOPIC_COLUMNS),
        store.scan_nodes(memory, TERM, ["id", "symbol", "count"]),
        store.scan_nodes(memory, PLACE, PLACE_COLUMNS),
        store.scan_nodes(memory, WALK, ["id", "parent", "text", "count", "mass"]),
        *(store.scan_edges(memory, edge) for edge in KIND.relationships),
    ]
    return [[row for part in scan for row in rows(part)] for scan in scans]
