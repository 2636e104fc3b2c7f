"""Packed nodes and their edges: reading them as if they were plain, and writing them.

A node's first edge is kept in its row, for most have no other; the rest is in a table of its own. Which edge is the first is
chance, and nobody above sees it. Ids of what is coded are small numbers in both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...errors import Collision, StoreError
from ...kit.sorting import among, distinct, groups, places
from ...kit.tables import Ints, Table, height
from ...schema import Property
from .derived import spelled, summed
from .plain import ENDS, ID, MEMORY, found, mine
from .shelf import ABOVE, FIRST, STEP, Shelf, firsts

__all__ = ["HAS", "add", "change", "edges", "forget", "nodes", "page", "scan", "scan_edges"]

HAS = f'"{FIRST}target" > 0'
"""The condition that a node has an edge in its row."""
_CODE = Property(MEMORY.name, "int", "the memory's number")
_PARENT = Property("parent", "int", "the more general one", nullable=True)


def nodes(shelf: Shelf, where: str, parameters: Sequence[Any], columns: Sequence[str], then: str = "") -> Table:
    """The nodes of a memory that fulfil a condition, with these columns, `then` in which order and how many."""
    packed, step = shelf.packed, shelf.packed.step.name
    wanted = set(columns)
    spells, sums = (not wanted.isdisjoint(rule[1]) for rule in (packed.spelled, packed.summed))
    kept = [p for p in shelf.node.kept if p.name in wanted and p.name != step]
    names, properties = [f'"{p.name}"' for p in kept], [*kept]
    for name, asked, needed in (
        ("id", "id", sums or "id" in wanted),
        (ABOVE, "coalesce(parent, -1)", spells or "parent" in wanted),
        (STEP, f'"{step}"', spells or step in wanted),
    ):
        names += [asked] * needed
        properties += [Property(name, "int", "")] * needed
    whose = f"memory = {mine(shelf.node, shelf.do.mark)}"
    asked = f'SELECT {", ".join(names)} FROM "{shelf.node.table}" WHERE {where} AND {whose} {then}'
    rows = found(shelf.connection, asked, (*parameters, shelf.memory), properties)
    if spells:
        rows |= spelled(shelf, rows)
    if sums:
        rows |= summed(shelf, rows["id"], edges(shelf, rows["id"]))
    if step in wanted:
        rows[step] = shelf.codes.ids(rows[STEP])
    if "parent" in wanted:
        rows["parent"] = rows[ABOVE].astype(object)
        rows["parent"][rows[ABOVE] < 0] = None
    return {name: rows[name] for name in columns}


def edges(shelf: Shelf, sources: Ints) -> Table:
    """All edges that go out from nodes of the memory."""
    do, properties = shelf.do, shelf.edge.properties
    ends, keys = (*ENDS, *properties), shelf.do.keys(sources)
    first = ", ".join(f'"{p.name}"' for p in firsts(shelf.edge))
    asked = (
        f'SELECT id, {first} FROM "{shelf.node.table}" WHERE {do.among("id")} AND memory = {mine(shelf.node, do.mark)}'
    )
    one = found(shelf.connection, asked, (keys, shelf.memory), ends)
    names = ", ".join(f'"{p.name}"' for p in ends)
    asked = f'SELECT {names} FROM "{shelf.edge.table}" WHERE {do.among("source")}'
    more = found(shelf.connection, asked, (keys,), ends)
    more = _only(more, among(more["source"], np.sort(one["source"])))
    one = _only(one, one["target"] > 0)
    table = {p.name: np.concatenate([one[p.name], more[p.name]]) for p in ends}
    return table | {"target": shelf.codes.ids(table["target"])}


def scan(shelf: Shelf, columns: Sequence[str], rows: int) -> Iterator[Table]:
    """All nodes of a memory in the order of their ids, in one transaction."""
    names, last = list(dict.fromkeys([*columns, "id"])), -1
    then = f"ORDER BY id LIMIT {rows}"
    while height(table := nodes(shelf, f"id > {shelf.do.mark}", (last,), names, then)):
        last = int(table["id"][-1])
        yield table


def scan_edges(shelf: Shelf, rows: int) -> Iterator[Table]:
    """All edges of a memory's nodes in order, in one transaction."""
    last = -1
    while (found := page(shelf, last, rows)) is not None:
        last, tables = found
        yield from tables


def page(shelf: Shelf, after: int, rows: int) -> tuple[int, list[Table]] | None:
    """The edges of the next nodes behind an id, in order and in tables of so many; and which node is the last of these."""
    asked = f"id > {shelf.do.mark}"
    ids = nodes(shelf, asked, (after,), ["id"], f"ORDER BY id LIMIT {rows}")["id"]
    if not len(ids):
        return None
    table = edges(shelf, ids)
    order = np.lexsort((table["target"], table["source"]))
    parts = [order[begin : begin + rows] for begin in range(0, len(order), rows)]
    return int(ids[-1]), [{name: column[part] for name, column in table.items()} for part in parts]


def forget(shelf: Shelf, gone: Table) -> None:
    """Delete edges, wherever each of them is."""
    if not height(gone):
        return
    target = shelf.codes.codes(gone["target"])
    first, _ = _first(shelf, gone["source"])
    here = (first == target) & (target > 0)
    none: Table = {"id": gone["source"][here]}
    none |= {p.name: np.zeros(int(here.sum()), np.int64) for p in firsts(shelf.edge)}
    shelf.do.update(shelf.connection, shelf.node.table, (ID,), (ID, *firsts(shelf.edge)), none)
    shelf.do.delete(
        shelf.connection, shelf.edge.table, ENDS, {"source": gone["source"][~here], "target": target[~here]}
    )


def add(shelf: Shelf, rows: Table, new: Table) -> Table:
    """Create nodes, each with the first of its new edges; the new edges that are left, with codes for their targets."""
    new = _coded(shelf, new)
    if not height(rows):
        return new
    step = shelf.packed.step
    kept = [p for p in shelf.node.kept if p.name != step.name]
    code = shelf.connection.exec_driver_sql(f"SELECT {mine(shelf.node, shelf.do.mark)}", (shelf.memory,)).scalar_one()
    made: Table = {p.name: rows[p.name] for p in (ID, _PARENT, *kept)}
    made |= {step.name: _known(shelf, rows[step.name]), "memory": np.full(height(rows), code, np.int64)}
    source, begin, _ = groups(new["source"])
    at, has = places(source, rows["id"])
    first = begin[at[has]]
    for p in firsts(shelf.edge):
        made[p.name] = np.zeros(height(rows), np.float64 if p.type == "float" else np.int64)
        made[p.name][has] = new[p.name.removeprefix(FIRST)][first]
    properties = (ID, _PARENT, _CODE, step, *kept, *firsts(shelf.edge))
    shelf.do.insert(shelf.connection, shelf.node.table, properties, made)
    left = np.ones(height(new), bool)
    left[first] = False
    return _only(new, left)


def change(shelf: Shelf, rows: Table, made: Ints, new: Table, changed: Table) -> None:
    """Update nodes, create the edges that `add` left, and update edges. made: ids of the nodes that `add` has made."""
    changed = _coded(shelf, changed)
    sources = np.concatenate([new["source"], changed["source"]])
    first, there = _first(shelf, sources, made)
    targets = np.concatenate([new["target"], changed["target"]])
    count = height(new)
    if (twice := there & (first == targets) & (np.arange(len(targets)) < count)).any():
        source = int(sources[twice.argmax()])
        raise Collision(
            f"the graph already has a {shelf.edge.type} of {source} that this batch creates; run `plasticdb verify`"
        )
    here = there & (first == targets)
    free = np.flatnonzero((there & (first == 0))[:count])
    _, begin, _ = groups(new["source"][free])
    here[free[begin]] = True  # its row has room again
    both = {p.name: np.concatenate([new[p.name], changed[p.name]]) for p in (*ENDS, *shelf.edge.properties)}
    row = {"id": both["source"][here]} | {p.name: both[p.name.removeprefix(FIRST)][here] for p in firsts(shelf.edge)}
    _rows(shelf, rows, row)
    properties = (*ENDS, *shelf.edge.properties)
    shelf.do.insert(shelf.connection, shelf.edge.table, properties, _only(new, ~here[:count]))
    shelf.do.upsert(shelf.connection, shelf.edge.table, ENDS, properties, _only(changed, ~here[count:]))


def _rows(shelf: Shelf, rows: Table, first: Table) -> None:
    """Update nodes, and first edges (by the node's `id`): one statement for those that are in both."""
    kept = [p for p in shelf.node.kept if p.name in rows and p.name != shelf.packed.step.name]
    edge, table = firsts(shelf.edge), shelf.node.table
    order = np.argsort(first["id"])
    first = {name: column[order] for name, column in first.items()}
    rows = {p.name: rows[p.name] for p in (ID, *kept)} if kept else {"id": first["id"][:0]}
    at, both = places(first["id"], rows["id"])
    alone = np.ones(height(first), bool)
    alone[at[both]] = False
    together = _only(rows, both) | {p.name: first[p.name][at[both]] for p in edge}
    shelf.do.update(shelf.connection, table, (ID,), (ID, *kept, *edge), together)
    if kept:
        shelf.do.update(shelf.connection, table, (ID,), (ID, *kept), _only(rows, ~both))
    shelf.do.update(shelf.connection, table, (ID,), (ID, *edge), _only(first, alone))


def _first(
    shelf: Shelf, sources: Ints, made: Ints | None = None
) -> tuple[Ints, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """The code of the first edge of each node (0: none), and whether the node is there.

    Those that were `made` just now (sorted) are there, and need not be read: an edge that is left is not their first (-1).
    """
    if made is not None and len(made):
        code, there = np.full(len(sources), -1), np.ones(len(sources), bool)
        old = ~among(sources, made)
        code[old], there[old] = _first(shelf, sources[old])
        return code, there
    keys = distinct(sources)
    if not len(keys):
        return keys, np.zeros(0, bool)
    target = firsts(shelf.edge)[0]
    asked = f'SELECT id, "{target.name}" FROM "{shelf.node.table}" WHERE {shelf.do.among("id")}'
    table = found(shelf.connection, asked, (shelf.do.keys(keys),), (ID, target))
    code, there = np.zeros(len(keys), np.int64), np.zeros(len(keys), bool)
    place = np.searchsorted(keys, table["id"])
    code[place], there[place] = table[target.name], True
    place = np.searchsorted(keys, sources)
    return code[place], there[place]


def _coded(shelf: Shelf, table: Table) -> Table:
    """Edges with codes for their targets, all columns there also where there is no row."""
    if not height(table):
        types = {p.name: np.float64 if p.type == "float" else np.int64 for p in shelf.edge.properties}
        return {name: np.empty(0, types.get(name, np.int64)) for name in ("source", "target", *types)}
    return table | {"target": _known(shelf, table["target"])}


def _known(shelf: Shelf, ids: Ints) -> Ints:
    """The codes of ids, each of which must have one; numbers below 1 stay what they are."""
    codes = shelf.codes.codes(ids)
    if (nowhere := (codes == 0) & (ids > 0)).any():
        raise StoreError(f"there is no {shelf.packed.coded} {ids[nowhere.argmax()]}; run `plasticdb verify`")
    return codes


def _only(table: Table, rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Table:
    return {name: column[rows] for name, column in table.items()}
