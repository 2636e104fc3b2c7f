"""What a query may name: the labels, relationship types and properties of a graph, written into each copy of it.

The process that asks a copy reads them there, and so knows every kind of memory that is in it, without importing one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

__all__ = ["Schema", "declared", "read", "written"]


@dataclass(frozen=True, slots=True)
class Schema:
    """The names in a graph. `properties` has the type of each property whose name means one thing everywhere."""

    labels: tuple[str, ...]
    types: tuple[str, ...]
    properties: Mapping[str, str]


def declared() -> Schema:
    """What the kinds of memory declare that this process knows."""
    from ..kinds import labels, nodes, relationships

    found: dict[str, set[str]] = {"id": {"int"}, "memory": {"text"}}
    for properties in [*(node.properties for node in nodes()), *(edge.properties for edge in relationships())]:
        for p in properties:
            found.setdefault(p.name, set()).add(p.type)
    return Schema(
        ("Memory", *(node.label for node, _ in labels())),
        tuple(dict.fromkeys(edge.type for edge in relationships())),
        {name: types.pop() for name, types in found.items() if len(types) == 1},
    )


def written(schema: Schema) -> str:
    """A schema as a text."""
    return json.dumps(asdict(schema))


def read(text: str) -> Schema:
    """The schema that was written.

    >>> read(written(declared())).labels[:2]
    ('Memory', 'Concept')
    """
    found = json.loads(text)
    return Schema(tuple(found["labels"]), tuple(found["types"]), found["properties"])
