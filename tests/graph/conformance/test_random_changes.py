"""Whatever is done to it, a store holds what a dict would hold."""

from __future__ import annotations

import random
import uuid
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plasticdb.graph.store import Changes, EdgeChanges, GraphStore, NodeChanges
from plasticdb.kit.tables import Table
from plasticdb.schema import Node, Relationship
from plasticdb.sequence.schema import ATOM, CONCEPT, SYNAPSE

Rows = dict[Any, dict[str, Any]]
TEXTS = ["", "a", "ß", "語", "🧠", "quote \"'`", "two\nlines", "\\u0041"]
FLOATS = [0.0, 1.0, -2.5, 1e-300, 1.7e308, 0.1 + 0.2, 2**53 + 1.0]
INTS = [0, 1, 7, -3, 2**53 + 1, 2**63 - 1]
STORED = {
    CONCEPT: ["id", "parent", *(p.name for p in CONCEPT.properties)],
    ATOM: ["id", *(p.name for p in ATOM.properties)],
    SYNAPSE: ["source", "target", *(p.name for p in SYNAPSE.properties)],
}


class Model:
    """A memory as dicts, and batches that are right for it: no cycle, no dangling end, no key twice."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        base = draw.randrange(2**62)
        self.ids = {CONCEPT: [base + 5 * i for i in range(8)], ATOM: [base + 5 * i for i in range(3)]}
        self.next_slot = base
        self.rows: dict[Node | Relationship, Rows] = {CONCEPT: {}, ATOM: {}, SYNAPSE: {}}

    def values(self, of: Node | Relationship) -> dict[str, Any]:
        values: dict[str, list[Any]] = {"int": INTS, "float": FLOATS, "text": TEXTS}
        return {p.name: self.draw.choice(values[p.type]) for p in of.properties}

    def batch(self) -> Changes:
        concepts, atoms = self.concepts(), self.atoms()
        return Changes((concepts, atoms), (self.synapses(),), {"step": self.draw.randrange(99)})

    def some(self, among: list[Any], odds: float = 0.3) -> list[Any]:
        return [thing for thing in among if self.draw.random() < odds]

    def atoms(self) -> NodeChanges:
        rows, ids = self.rows[ATOM], self.ids[ATOM]
        delete = self.some(list(rows))
        create = {i: {"id": i} | self.values(ATOM) for i in self.some([i for i in ids if i not in rows])}
        for i in delete:
            del rows[i]
        update = {i: {"id": i, "count": self.draw.choice(INTS)} for i in self.some(list(rows))}
        self.write(ATOM, create, update)
        return NodeChanges(ATOM, table(create, ATOM), table(update, ATOM), delete=np.array(sorted(delete), np.int64))

    def concepts(self) -> NodeChanges:
        # A parent always comes before its children in `ids`, and the first concept never goes: so there are no cycles,
        # and there always is somewhere to hang what has lost its parent.
        rows, ids = self.rows[CONCEPT], self.ids[CONCEPT]
        delete = self.some([i for i in rows if i != ids[0]], 0.2)
        create = [i for i in ids if i not in rows and (i == ids[0] or self.draw.random() < 0.4)]
        free = [rows.pop(i)["slot"] for i in delete]
        alive = sorted([*rows, *create])
        orphans = [i for i, row in rows.items() if row["parent"] in delete]
        moved = sorted({*orphans, *self.some([i for i in rows if i != ids[0]], 0.2)})
        move: Rows = {}
        for i in moved:
            move[i] = {"id": i, "parent": self.draw.choice(alive[: alive.index(i)]), "slot": self.slot(free)}
        free += [rows[i]["slot"] for i in moved]  # what is moved leaves its slot to what is created
        made: Rows = {}
        for i in create:
            above = None if i == ids[0] else self.draw.choice(alive[: alive.index(i)])
            slot = self.slot(free) if self.draw.random() < 0.7 else None
            made[i] = {"id": i, "parent": above} | self.values(CONCEPT) | {"slot": slot}
        self.write(CONCEPT, {}, move)
        changed = [p.name for p in CONCEPT.properties if p.name != "slot"]
        names = self.some(changed) or changed
        update = {i: {"id": i} | {n: self.values(CONCEPT)[n] for n in names} for i in self.some(list(rows))}
        self.write(CONCEPT, made, update)
        deleted = np.array(sorted(delete), np.int64)
        return NodeChanges(CONCEPT, table(made, CONCEPT), table(update, CONCEPT), table(move, CONCEPT), deleted)

    def slot(self, free: list[Any]) -> int:
        taken = [slot for slot in free if slot is not None]
        if taken and self.draw.random() < 0.8:
            slot: int = self.draw.choice(taken)
            free.remove(slot)
            return slot
        self.next_slot += 1
        return self.next_slot

    def synapses(self) -> EdgeChanges:
        rows = self.rows[SYNAPSE]
        alive = [(c, a) for c in self.rows[CONCEPT] for a in self.rows[ATOM]]
        delete = sorted({*(pair for pair in rows if pair not in alive), *self.some(list(rows), 0.2)})
        free = [pair for pair in alive if pair not in rows]
        create = {p: {"source": p[0], "target": p[1]} | self.values(SYNAPSE) for p in self.some(free)}
        for pair in delete:
            del rows[pair]
        update = {p: {"source": p[0], "target": p[1]} | self.values(SYNAPSE) for p in self.some(list(rows))}
        self.write(SYNAPSE, create, update)
        gone = {p: {"source": p[0], "target": p[1]} for p in delete}
        return EdgeChanges(SYNAPSE, table(create, SYNAPSE), table(update, SYNAPSE), table(gone, SYNAPSE))

    def write(self, of: Node | Relationship, create: Rows, update: Rows) -> None:
        for i, row in create.items():
            self.rows[of][i] = dict(row)
        for i, row in update.items():
            self.rows[of][i].update(row)


def table(rows: Rows, of: Node | Relationship) -> Table:
    """Rows by key as columns, sorted by key."""
    dtypes = {"int": np.int64, "float": np.float64, "text": object}
    types: dict[str, Any] = {p.name: object if p.nullable else dtypes[p.type] for p in of.properties}
    types["parent"] = object
    ordered = [rows[key] for key in sorted(rows)]
    columns: Table = {}
    for name in ordered[0] if ordered else ():
        columns[name] = np.empty(len(ordered), types.get(name, np.int64))
        columns[name][:] = [row[name] for row in ordered]
    return columns


def held(store: GraphStore, memory: str, of: Node | Relationship) -> list[tuple[Any, ...]]:
    names = STORED[of]
    parts = store.scan_nodes(memory, of, names) if isinstance(of, Node) else store.scan_edges(memory, of)
    return [row for part in parts for row in zip(*(part[name].tolist() for name in names), strict=True)]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False), st.integers(1, 6))
def test_a_store_agrees_with_a_dict_after_every_batch(store: GraphStore, draw: random.Random, batches: int) -> None:
    memory = f"test-{uuid.uuid4()}"
    store.create(memory, "sequence")
    try:
        model = Model(draw)
        for position in range(batches):
            changes = model.batch()
            assert store.apply(memory, changes, position, position + 1, f"batch {position}")
            for of, rows in model.rows.items():
                assert held(store, memory, of) == [tuple(rows[key][n] for n in STORED[of]) for key in sorted(rows)]
            found = store.memory(memory)
            assert found is not None
            assert found.totals == changes.totals
    finally:
        store.drop(memory)
