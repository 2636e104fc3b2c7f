"""A law of memories: verify finds whatever was changed in the graph behind the memory's back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from ..graph.store import Changes, EdgeChanges, GraphStore, NodeChanges
from ..schema import Node, Property, Relationship
from .graphs import table
from .laws import equal
from .memory_case import MemoryCase, Snapshot, snapshot, there
from .verbs import Step

__all__ = ["check_verify_finds_what_was_changed_by_hand"]

_FREE = 2**62 + 12_345
"""An id and a number that nobody has."""
_SAID = 10
"""So much is changed at once: verify says 20 lines, some of them of what follows from a change."""


@dataclass(frozen=True, slots=True)
class _Change:
    """Something that is done to a graph, how, what each line that verify must say begins and ends with, and how it is
    undone (None: by a rebuild)."""

    of: str
    how: str
    lines: Sequence[tuple[str, str]]
    done: Changes
    undone: Changes | None

    def __add__(self, other: _Change) -> _Change:
        undone = self.undone and other.undone and _both(self.undone, other.undone)
        lines = [*self.lines, *other.lines]
        return _Change(f"{self.of}, {other.of}", self.how, lines, _both(self.done, other.done), undone)


def _both(one: Changes, other: Changes) -> Changes:
    return Changes((*one.nodes, *other.nodes), (*one.edges, *other.edges))


def check_verify_finds_what_was_changed_by_hand(case: MemoryCase) -> None:
    """Of each label and relationship of the kind verify finds a row that is gone, one too many, and each changed value."""
    untouched = (set(case.kind.nodes) | set(case.kind.relationships)) - set(case.never)

    def law(steps: list[Step]) -> None:
        if not untouched:
            return
        with case.opened() as (db, name):
            memory = case.memory(db, name)
            case.do_all(steps, memory)
            if not there(db, name):
                return
            rows = snapshot(memory.store, name, case.kind)
            wanted = [of for of in (*case.kind.nodes, *case.kind.relationships) if of in untouched and rows[of]]
            for change in _changes(case, wanted, rows, memory.store):
                _tamper(memory, change.done)
                found = memory.verify()
                for label, what in change.lines:
                    said = any(line.startswith(label) and what in line for line in found)
                    assert said, (
                        f"verify must find what is {change.how} of {change.of}, and say {label} ... {what}; it says {found}"
                    )
                if change.undone is None:
                    memory.rebuild()
                else:
                    _tamper(memory, change.undone)
            equal(memory.verify(), [], "what verify says when all is undone")
            untouched.difference_update(wanted)
            for total in {name: n for name, n in memory.store.memory(name).totals.items() if name != "erased"}:
                _tamper(memory, Changes(), {total: 1})
                found = memory.verify()
                assert any(f"total {total}" in line for line in found), f"verify must find the total {total}: {found}"
                _tamper(memory, Changes(), {total: -1})

    law(case.one_mix())
    if untouched:
        case.for_any_mix(law, 10 * case.examples)
    names = sorted(of.label if isinstance(of, Node) else of.type for of in untouched)
    equal(names, [], "what the kind declares, and no mix of verbs made")


def _tamper(memory: Any, changes: Changes, more: dict[str, int] | None = None) -> None:
    """Change a graph without a word to the journal."""
    graph = memory.store.memory(memory.name)
    totals = graph.totals | {name: graph.totals[name] + n for name, n in (more or {}).items()}
    batch = f"{graph.batch.partition(':')[0]}:{uuid.uuid4().hex}"
    changed = Changes(changes.nodes, changes.edges, totals)
    assert memory.store.apply(memory.name, changed, graph.position, graph.position, batch), "a change must be applied"


def _changes(
    case: MemoryCase, wanted: Sequence[Node | Relationship], rows: Snapshot, store: GraphStore
) -> Iterator[_Change]:
    """What is done to all nodes in the same way, and then to all relationships: verify reads the whole graph each time."""
    nodes = (_of_node(of, _FREE + i, rows, store) for i, of in enumerate(wanted) if isinstance(of, Node))
    edges = (_of_edge(case, of, rows) for of in wanted if not isinstance(of, Node))
    for changes in (nodes, edges):
        alike: dict[str, _Change] = {}
        for change in chain.from_iterable(changes):
            before = alike.get(change.how)
            if before and len(before.lines) + len(change.lines) > _SAID:
                yield before
                before = None
            alike[change.how] = before + change if before else change
        yield from alike.values()


def _of_node(node: Node, free: int, rows: Snapshot, store: GraphStore) -> Iterator[_Change]:
    row = max(rows[node].values(), key=lambda row: (row.get("parent") is not None, row["id"]))
    derived = node.packed.derived if node.packed and store.derives else ()

    def updated(values: dict[str, Any]) -> Changes:
        return Changes((NodeChanges(node, update=table([{"id": row["id"]} | values], node)),))

    stored = [p for p in node.properties if p.name not in derived]
    before, after = {p.name: row[p.name] for p in stored}, {p.name: _other(row[p.name], p) for p in stored}
    changed = [(node.label, f"{p.name} is") for p in stored]
    if stored:
        yield _Change(node.label, "changed", changed, updated(after), updated(before))
    roots = [other["id"] for other in rows[node].values() if node.parent and other["parent"] is None]
    elsewhere = [i for i in roots if i not in (row["id"], row.get("parent"))]
    if node.parent and row["parent"] is not None and elsewhere:
        names = ["id", "parent", *([node.unique] if node.unique else [])]
        before, after = {n: row[n] for n in names}, {n: row[n] for n in names} | {"parent": elsewhere[0]}
        moved, back = (Changes((NodeChanges(node, move=table([values], node)),)) for values in (after, before))
        yield _Change(node.label, "under another parent", [(node.label, "parent is")], moved, back)
    if not node.unique or row[node.unique] is None or _nullable(node, node.unique):
        new = row | {"id": free} | ({node.unique: None} if node.unique and _nullable(node, node.unique) else {})
        if node.packed:
            new[node.packed.step.name] = 0
        made, gone = NodeChanges(node, create=table([new], node)), NodeChanges(node, delete=np.array([free], np.int64))
        yield _Change(node.label, "too many", [(node.label, "only here")], Changes((made,)), Changes((gone,)))
    deleted = Changes((NodeChanges(node, delete=np.array([row["id"]], np.int64)),))
    yield _Change(node.label, "gone", [(node.label, "only there")], deleted, None)


def _nullable(node: Node, name: str) -> bool:
    return any(p.nullable for p in node.properties if p.name == name)


def _of_edge(case: MemoryCase, edge: Relationship, rows: Snapshot) -> Iterator[_Change]:
    if any(node.parent == edge.type and node.label == edge.source for node in case.kind.nodes):
        return  # a parent is checked with its label
    row = rows[edge][max(rows[edge])]
    ends = {"source": row["source"], "target": row["target"]}

    def changed(**tables: Any) -> Changes:
        return Changes((), (EdgeChanges(edge, **{verb: table([values], edge) for verb, values in tables.items()}),))

    if edge.properties:
        after = row | {p.name: _other(row[p.name], p) for p in edge.properties}
        named = [(edge.type, f"{p.name} is") for p in edge.properties]
        yield _Change(edge.type, "changed", named, changed(update=after), changed(update=row))
    yield _Change(edge.type, "gone", [(edge.type, "only there")], changed(delete=ends), changed(create=row))
    source, *_ = (n for n in case.kind.nodes if n.label == edge.source and edge.leaving in (None, n.table))
    target, *_ = (n for n in case.kind.nodes if n.label == edge.target)
    pairs = ((a, b) for (a,) in rows[source] for (b,) in rows[target] if (a, b) not in rows[edge])
    if (pair := next(pairs, None)) is not None:
        new = row | {"source": pair[0], "target": pair[1]}
        gone = {"source": pair[0], "target": pair[1]}
        yield _Change(edge.type, "too many", [(edge.type, "only here")], changed(create=new), changed(delete=gone))


def _other(value: Any, p: Property) -> Any:
    """Another value of a property."""
    match p.type:
        case "int":
            return _FREE if value is None or p.nullable else value + 1
        case "float":
            return (value or 0.0) + max(1.0, abs(value or 0.0))
        case "text":
            return f"{value or ''}?"
        case "floats":
            return (np.frombuffer(value or b"", "<f8") + 1.0).tobytes() if value else np.ones(1).tobytes()
        case _:
            return (np.frombuffer(value, "<f4") + np.float32(1)).astype("<f4").tobytes()
