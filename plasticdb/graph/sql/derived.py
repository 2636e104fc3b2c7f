"""What a packed table does not store, since it follows from what it does: a kind says by which rules (`schema.Packed`).

What a node says of itself follows from its steps up to the root, which are walked up to level by level; what its edges say of
it is a sum of theirs.
"""

from __future__ import annotations

import numpy as np

from ...kinds import load, nodes
from ...kit.sorting import distinct
from ...kit.tables import Ints, Table, height
from ...schema import Property
from .plain import ID, found
from .shelf import ABOVE, STEP, Shelf

__all__ = ["spelled", "summed"]

PIECES = 2**62
"""What the ids of pieces are not below."""
_DEEPEST = 1000
"""Steps up to a root, at most: somebody may have made a circle of them."""


def spelled(shelf: Shelf, rows: Table) -> Table:
    """What the steps of nodes say (their columns `ABOVE` and `STEP`)."""
    paths, depth = _paths(shelf, rows[ABOVE], rows[STEP])
    rule = load(shelf.packed.spelled[0])
    made: Table = rule(paths, depth, shelf.codes.texts(paths, shelf.packed.spells) | _pieces(shelf, paths))
    return made


def _pieces(shelf: Shelf, paths: Ints) -> dict[int, str]:
    """What steps are called that are ids below zero."""
    wanted = distinct(-paths[paths <= -PIECES])
    if shelf.packed.pieces is None or not len(wanted):
        return {}
    label, by = shelf.packed.pieces
    node = next(node for node in nodes() if node.label == label)
    asked = f'SELECT id, "{by}" FROM "{node.table}" WHERE {shelf.do.among("id")} AND memory = {shelf.do.mark}'
    table = found(shelf.connection, asked, (shelf.do.keys(wanted), shelf.memory), (ID, Property(by, "text", "")))
    return dict(zip((-table["id"]).tolist(), table[by].tolist(), strict=True))


def _paths(shelf: Shelf, above: Ints, step: Ints) -> tuple[Ints, Ints]:
    """The steps of each node: its own first, the root's last; and how many there are."""
    steps, depth = [step], np.ones(len(step), np.int64)
    above = above.copy()
    while (some := above >= 0).any() and len(steps) < _DEEPEST:
        keys = distinct(above[some])
        asked = (
            f'SELECT id, coalesce(parent, -1), "{shelf.packed.step.name}" FROM "{shelf.node.table}" '
            f"WHERE {shelf.do.among('id')}"
        )
        properties = (ID, Property(ABOVE, "int", ""), Property(STEP, "int", ""))
        table = found(shelf.connection, asked, (shelf.do.keys(keys),), properties)
        order = np.argsort(table["id"])
        held = table["id"][order]
        place = np.minimum(np.searchsorted(held, above), max(len(held) - 1, 0))
        there = some & (held[place] == above) if len(held) else np.zeros(len(above), bool)
        steps.append(np.where(there, table[STEP][order][place] if len(held) else 0, 0))
        depth += there
        above = np.where(there, table[ABOVE][order][place] if len(held) else -1, -1)
    return np.stack(steps, 1), depth


def summed(shelf: Shelf, ids: Ints, edges: Table) -> Table:
    """What the edges of nodes say of them."""
    keys = distinct(ids)
    order = np.lexsort((edges["target"], edges["source"]))  # one order of adding them up on every store
    owner = np.searchsorted(keys, edges["source"][order])
    rule = load(shelf.packed.summed[0])
    made: Table = rule(owner, {name: column[order] for name, column in edges.items()}, len(keys))
    place = np.searchsorted(keys, ids)
    return {name: column[place] for name, column in made.items()} if height(made) else made
