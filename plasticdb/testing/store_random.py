"""A law of stores: whatever is done to it, a store has what a dict would have."""

from __future__ import annotations

import random
from contextlib import closing
from typing import Any

import numpy as np

from ..graph.store import Changes, EdgeChanges, GraphStore, NodeChanges
from ..kit.tables import Ints
from ..schema import Node, Relationship
from .graphs import CLOSE, LINK, NAMED, PLACE, TERM, TOPIC, WALK, WALKED, table
from .laws import equal
from .store_laws import OpenStore, fresh, on_a_store

__all__ = ["check_a_store_agrees_with_a_dict_after_every_batch"]

_EXAMPLES = 20
_Rows = dict[Any, dict[str, Any]]
_VALUES: dict[str, list[Any]] = {
    "int": [0, 1, 7, -3, 2**53 + 1, 2**63 - 1],
    "float": [0.0, 1.0, -2.5, 1e-300, 1.7e308, 0.1 + 0.2, 2**53 + 1.0],
    "text": ["", "a", "ß", "語", "🧠", "quote \"'`", "two\nlines", "\\u0041"],
    "vector": [np.array(v, "<f4").tobytes() for v in ([0.0, 1.5], [-1e38, 3e-38], [1 / 3, -2.0])],
    "floats": [np.array(v, "<f8").tobytes() for v in ([0.0], [-1e308, 5e-324, 0.1 + 0.2], [1 / 3, -2.0])],
}


_SUMS: list[Any] = [0.0, 1.0, -2.0, 3.0, 0.5]
"""Numbers whose sum does not depend on their order."""


def _stored(of: Node | Relationship) -> list[str]:
    if isinstance(of, Relationship):
        return ["source", "target", *(p.name for p in of.properties)]
    return ["id", *(["parent"] if of.parent else []), *(p.name for p in of.properties)]


class _Model:
    """A memory as dicts, and batches that are right for it: no cycle, no dangling end, no key twice."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        base = 1 + draw.randrange(2**62)
        self.ids = {
            node: [base + 5 * i for i in range(n)] for node, n in ((TOPIC, 8), (TERM, 3), (PLACE, 4), (WALK, 6))
        }
        self.next_key = base
        self.rows: dict[Node | Relationship, _Rows] = {
            of: {} for of in (TOPIC, TERM, PLACE, WALK, LINK, NAMED, CLOSE, WALKED)
        }

    def batch(self) -> Changes:
        topics, terms, places = self.tree(TOPIC), self.terms(), self.tree(PLACE)
        before = {i: dict(row) for i, row in self.rows[WALK].items()}
        gone = self.walks()
        edges = tuple(
            map(self.edges, (LINK, NAMED, CLOSE, WALKED), (TOPIC, PLACE, PLACE, WALK), (TERM, TOPIC, PLACE, TERM))
        )
        nodes = (topics, terms, self.walked(before, gone), places)
        return Changes(nodes, edges, {"step": self.draw.randrange(99), "mass": self.draw.choice(_VALUES["float"])})

    def values(self, of: Node | Relationship) -> dict[str, Any]:
        values = _VALUES | {"float": _SUMS} if of is WALKED else _VALUES
        return {p.name: self.draw.choice(values[p.type]) for p in of.properties}

    def some(self, among: list[Any], odds: float = 0.3) -> list[Any]:
        return [thing for thing in among if self.draw.random() < odds]

    def terms(self) -> NodeChanges:
        rows, ids = self.rows[TERM], self.ids[TERM]
        walked = {row["step"] for row in self.rows[WALK].values()} | {target for _, target in self.rows[WALKED]}
        delete = self.some([i for i in rows if i not in walked])
        create = {i: {"id": i} | self.values(TERM) for i in self.some([i for i in ids if i not in rows])}
        for i in delete:
            del rows[i]
        update = {i: {"id": i, "count": self.draw.choice(_VALUES["int"])} for i in self.some(list(rows))}
        self.write(TERM, create, update)
        return NodeChanges(TERM, _table(create, TERM), _table(update, TERM), delete=_ints(delete))

    def walks(self) -> list[int]:
        """Let walks come, go and count: those that go."""
        rows = self.rows[WALK]
        gone = self.some([i for i in rows if i not in {row["parent"] for row in rows.values()}])
        for i in gone:
            del rows[i]
        for i in self.some([i for i in self.ids[WALK] if i not in rows and i not in gone], 0.5):
            above = self.draw.choice([None, *(other for other in rows if other < i)])
            step = self.draw.choice([0, -7, *self.rows[TERM]])
            rows[i] = {"id": i, "parent": above, "step": step, "count": self.draw.choice(_VALUES["int"])}
        for i in self.some(list(rows)):
            rows[i]["count"] = self.draw.choice(_VALUES["int"])
        return gone

    def walked(self, before: _Rows, gone: list[int]) -> NodeChanges:
        """The changes of walks, with what is derived from their steps and their links."""
        rows = self.rows[WALK]
        for i, row in sorted(rows.items()):
            step = row["step"] if row["step"] < 1 else self.rows[TERM][row["step"]]["symbol"]
            row["text"] = str(step) if row["parent"] is None else f"{rows[row['parent']]['text']}/{step}"
            row["mass"] = sum((link["weight"] for (source, _), link in self.rows[WALKED].items() if source == i), 0.0)
        create = {i: row for i, row in rows.items() if i not in before}
        names = ("id", "text", "count", "mass")
        update = {i: {n: row[n] for n in names} for i, row in rows.items() if i in before and row != before[i]}
        return NodeChanges(WALK, _table(create, WALK), _table(update, WALK), delete=_ints(gone))

    def tree(self, node: Node) -> NodeChanges:
        # A parent always comes before its children in `ids`, and the first node never goes: so there are no cycles,
        # and there always is somewhere to hang what has lost its parent.
        rows, ids, unique = self.rows[node], self.ids[node], str(node.unique)
        delete = self.some([i for i in rows if i != ids[0]], 0.2)
        create = [i for i in ids if i not in rows and (i == ids[0] or self.draw.random() < 0.4)]
        free = [rows.pop(i)[unique] for i in delete]
        alive = sorted([*rows, *create])
        orphans = [i for i, row in rows.items() if row["parent"] in delete]
        moved = sorted({*orphans, *self.some([i for i in rows if i != ids[0]], 0.2)})
        move: _Rows = {}
        for i in moved:
            move[i] = {"id": i, "parent": self.draw.choice(alive[: alive.index(i)]), unique: self.key(free)}
        free += [rows[i][unique] for i in moved]  # what is moved leaves its key to what is created
        made: _Rows = {}
        for i in create:
            above = None if i == ids[0] else self.draw.choice(alive[: alive.index(i)])
            key = self.key(free) if self.draw.random() < 0.7 else None
            made[i] = {"id": i, "parent": above} | self.values(node) | {unique: key}
        self.write(node, {}, move)
        names = [p.name for p in node.properties if p.name != unique]
        changed = self.some(names) or names
        update = {i: {"id": i} | {n: self.values(node)[n] for n in changed} for i in self.some(list(rows))}
        self.write(node, made, update)
        return NodeChanges(node, _table(made, node), _table(update, node), _table(move, node), _ints(delete))

    def key(self, free: list[Any]) -> int:
        taken = [key for key in free if key is not None]
        if taken and self.draw.random() < 0.8:
            key: int = self.draw.choice(taken)
            free.remove(key)
            return key
        self.next_key += 1
        return self.next_key

    def edges(self, of: Relationship, source: Node, target: Node) -> EdgeChanges:
        rows = self.rows[of]
        alive = [(a, b) for a in self.rows[source] for b in self.rows[target]]
        delete = sorted({*(pair for pair in rows if pair not in alive), *self.some(list(rows), 0.2)})
        free = [pair for pair in alive if pair not in rows]
        create = {pair: {"source": pair[0], "target": pair[1]} | self.values(of) for pair in self.some(free)}
        for pair in delete:
            del rows[pair]
        changed = self.some(list(rows)) if of.properties else []
        update = {pair: {"source": pair[0], "target": pair[1]} | self.values(of) for pair in changed}
        self.write(of, create, update)
        gone = {pair: {"source": pair[0], "target": pair[1]} for pair in delete}
        return EdgeChanges(of, _table(create, of), _table(update, of), _table(gone, of))

    def write(self, of: Node | Relationship, create: _Rows, update: _Rows) -> None:
        for i, row in create.items():
            self.rows[of][i] = dict(row)
        for i, row in update.items():
            self.rows[of][i].update(row)


def _table(rows: _Rows, of: Node | Relationship) -> dict[str, Any]:
    return table(list(rows.values()), of)


def _ints(ids: list[int]) -> Ints:
    return np.array(sorted(ids), np.int64)


def _scanned(store: GraphStore, memory: str, of: Node | Relationship) -> list[tuple[Any, ...]]:
    names = _stored(of)
    parts = store.scan_nodes(memory, of, names) if isinstance(of, Node) else store.scan_edges(memory, of)
    return [row for part in parts for row in zip(*(part[name].tolist() for name in names), strict=True)]


@on_a_store
def check_a_store_agrees_with_a_dict_after_every_batch(open_store: OpenStore) -> None:
    """After any batches of any changes, scans give what was written. It needs the package hypothesis."""
    from hypothesis import given, settings
    from hypothesis import strategies as st

    with closing(open_store()) as store:

        @settings(max_examples=_EXAMPLES, deadline=None)
        @given(st.randoms(use_true_random=False), st.integers(1, 6))
        def agrees(draw: random.Random, batches: int) -> None:
            with fresh(store) as memory:
                model = _Model(draw)
                for position in range(batches):
                    changes = model.batch()
                    applied = store.apply(memory, changes, position, position + 1, f"batch {position}")
                    assert applied, f"batch {position} must be applied"
                    for of, rows in model.rows.items():
                        expected = [tuple(rows[key][n] for n in _stored(of)) for key in sorted(rows)]
                        equal(_scanned(store, memory, of), expected, f"{of} after batch {position}")
                    found = store.memory(memory)
                    assert found is not None, "a memory must stay"
                    equal(found.totals, changes.totals, f"totals after batch {position}")

        agrees()
