"""Writes docs/schema.md from what the kinds of memory declare: `python docs/make_schema.py`. A test holds the page to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from plasticdb.kinds import hanging, kinds, labels, relationships
from plasticdb.schema import KEYS, MEMORY_PROPERTIES, Node, Property

PAGE = Path(__file__).with_name("schema.md")


def page() -> str:
    """The page as text."""
    parts = [
        "# What is in the graph\n",
        "Made from what the kinds of memory declare by `python docs/make_schema.py`.\n",
        "In Neo4j, and in what `plasticdb query` asks of a SQL graph, a label is a label and a relationship type is a "
        "relationship type. In SQL itself each is a table, which its section names; a relationship's table has the ids of "
        "its `source` and `target`. What a table does not store follows from the rest "
        "([architecture.md](architecture.md)). `Memory` is the table `graph_memory`, its totals one JSON text.\n",
        "## (:Memory)\n",
        "A memory. Beside these it has the totals of its kind as properties.\n",
        _table(MEMORY_PROPERTIES),
    ]
    for kind in kinds():
        parts += [f"Totals of the kind `{kind.name}`:\n", _table(kind.totals)]
    for node, of in labels():
        parts += [f"## (:{node.label})\n", f"{node.doc} {_tables(of)}.\n", _table((*KEYS, *node.properties))]
    for relationship in relationships():
        children = hanging(relationship)
        named = " and ".join(f"`{node.table}`" for node in children)
        stored = f"Column `parent` of {named}" if children else f"Table `{relationship.table}`"
        parts += [
            f"## (:{relationship.source})-[:{relationship.type}]->(:{relationship.target})\n",
            f"{relationship.doc} {stored}.\n",
        ]
        if relationship.properties:
            parts.append(_table(relationship.properties))
    return "\n".join(parts)


def _tables(nodes: Sequence[Node]) -> str:
    first = nodes[0]
    others = "".join(f"; `{node.table}` has those without `{node.lacking}`" for node in nodes[1:])
    packed = "".join(
        f". In `{node.table}` {_named(node.packed.derived)} are not stored" for node in nodes if node.packed
    )
    return f"Table `{first.table}`{others}{packed}"


def _named(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:-1]) + f" and `{names[-1]}`"


def _table(properties: Iterable[Property]) -> str:
    rows = [f"| `{p.name}` | {p.type} | {p.doc} |" for p in properties]
    return "\n".join(["| property | type | meaning |", "|---|---|---|", *rows]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
