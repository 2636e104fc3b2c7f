"""The event `collapse`: what it says, and its step, which folds the contexts of the whole graph in one transaction.

The event names how many contexts may be left, and by which rule the others are chosen; which these are follows from the graph
as it is at that position. So a journal that is replayed makes the same graph.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...checks import shown
from ...errors import BadInput, StoreError
from ...graph.store import Changes, EdgeChanges, NodeChanges
from ...kit.ids import as_id, seed
from ...kit.plasticity import told
from ...kit.sorting import among, distinct, places
from ...kit.tables import Ints, Table
from ...memory.requests import Asking, Edges, Nodes, Scan
from ..prediction.parameters import HEARD, total
from ..schema import ATOM, CLOSED, CONTEXT, SYNAPSE
from .collapse import Folded, Forest, fold

__all__ = ["LEAST", "RULE", "collapse", "overfull", "payload", "said"]

RULE = 1
"""The rule by which contexts are chosen (`collapse.py`); another one has another number, and the old one stays."""
LEAST = 1
ROOM = 0.75
"""Of the contexts that a memory may have, so much is left when it collapses by itself: not each batch should have to."""
_PART = 50_000
"""Contexts whose synapses are asked for at a time."""


def payload(most: int) -> str:
    """An event as the journal keeps it."""
    return json.dumps({"contexts": most, "rule": RULE})


def said(payload: str | None) -> int:
    """How many contexts may be left.

    Raises
    ------
    BadInput
        It is no such payload, or a newer version wrote it.
    """
    try:
        found = json.loads(payload or "")
        most, rule = found["contexts"], found["rule"]
    except (ValueError, TypeError, KeyError):
        raise BadInput(f"{shown(payload)} is not a payload of collapse") from None
    if not isinstance(rule, int) or rule != RULE:
        raise BadInput(f"a collapse by the rule {shown(rule)}, which this plasticdb does not know; upgrade it")
    if not isinstance(most, int) or isinstance(most, bool) or most < LEAST or len(found) != 2:
        raise BadInput(f"{shown(payload)} is not a payload of collapse")
    return most


def overfull(totals: Mapping[str, float], most: int | None) -> int | None:
    """How many contexts are to be left of a graph that has more than it may have; None where it may have them.

    Where the last collapse could not leave so few, it grows by as much as it does otherwise before the next.

    >>> overfull({"contexts": 1200}, 1000), overfull({"contexts": 1200, "collapsed": 1000}, 1000)
    (750, None)
    """
    if most is None or totals.get("contexts", 0) <= max(most, totals.get("collapsed", 0) / ROOM):
        return None
    return max(int(ROOM * most), LEAST)


def collapse(memory: str, totals: Mapping[str, float], payload: str | None) -> Asking[Changes]:
    """The changes of the event; none where no more contexts are there than may be left."""
    most = said(payload)
    if totals.get("contexts", 0) <= most:
        return Changes(totals=totals)
    nodes = yield Scan(CONTEXT, ("id", "parent"))
    ids = nodes["id"]
    found = []
    for first in range(0, len(ids), _PART):
        part = yield Edges(SYNAPSE, ids[first : first + _PART])
        by_end = np.lexsort((part["target"], part["source"]))
        found.append({name: column[by_end] for name, column in part.items()})
    edges = {name: np.concatenate([part.pop(name) for part in found]) for name in tuple(found[0])}
    atoms = yield Scan(ATOM, ("id",))
    forest = _forest(memory, nodes, edges, len(atoms["id"]))
    try:
        now = fold(forest, most)
    except ValueError as error:
        raise StoreError(f"{error}; run `plasticdb verify {memory}`, then `plasticdb rebuild {memory}`") from None
    marks = yield Scan(CLOSED, ("id",))
    roots = yield Nodes(CONTEXT, "id", ids[forest.parent < 0], ["id", "chain"])
    chains = dict(zip(roots["id"].tolist(), roots["chain"].tolist(), strict=True))
    heard = _heard(forest, now, [chains.get(id) for id in ids.tolist()])
    counted = {name: n for name, n in (dict(totals) | heard).items() if n or name not in heard}
    return _changes(ids, edges, forest, now, marks["id"], counted)


def _forest(memory: str, nodes: Table, edges: Table, symbols: int) -> Forest:
    ids = nodes["id"]
    parent = np.array([-1 if one is None else one for one in nodes["parent"].tolist()], np.int64)
    owner = np.searchsorted(ids, edges["source"])
    return Forest(
        np.where(parent < 0, -1, np.searchsorted(ids, parent)),
        np.bincount(owner, edges["fired"], len(ids)).astype(np.int64),
        owner,
        edges["target"],
        edges["weight"],
        int(np.searchsorted(ids, as_id(np.array([seed(memory, "suffix")]))[0])),
        symbols,
    )


def _changes(ids: Ints, edges: Table, forest: Forest, now: Folded, marks: Ints, totals: Mapping[str, float]) -> Changes:
    going = now.gone[forest.owner]
    changed = np.flatnonzero(~going & (now.weight != forest.weight))
    gone = {name: edges[name][going] for name in ("source", "target")}
    update = {name: edges[name][changed] for name in ("source", "target", "fired")} | {"weight": now.weight[changed]}
    rows = np.zeros(len(ids), bool)
    rows[forest.owner[changed]] = True
    heard = np.maximum(now.weight, 0.0)
    nodes: Table = {"id": ids[rows], "mass": np.bincount(forest.owner, heard, len(ids))[rows]}
    nodes["total"] = np.bincount(forest.owner, told(heard), len(ids))[rows]
    opened = among(marks, ids[now.gone])
    closed = np.flatnonzero(now.closed)
    closed = closed[~places(np.sort(marks), ids[closed])[1]]
    new = {"id": ids[closed], "r_level": _depth(forest.parent, closed)}
    left: dict[str, Any] = dict(totals)
    left["contexts"] = len(ids) - int(now.gone.sum())
    left["synapses"] = len(going) - int(going.sum())
    left["collapsed"] = left["contexts"]
    left["closed"] = len(marks) - int(opened.sum()) + len(closed)
    return Changes(
        [
            NodeChanges(CONTEXT, update=nodes, delete=ids[now.gone]),
            NodeChanges(CLOSED, create=new, delete=np.sort(marks[opened])),
        ],
        [EdgeChanges(SYNAPSE, update=update, delete=gone)],
        left,
    )


def _heard(forest: Forest, now: Folded, chains: list[str | None]) -> dict[str, int]:
    """How many synapses were heard once and twice, of what is left. chains: of the roots' rows."""
    root = np.arange(len(forest.parent))
    while (inner := forest.parent[root] >= 0).any():
        root = np.where(inner, forest.parent[root], root)
    depth = _depth(forest.parent, np.arange(len(root)))
    size, left = int(depth.max(initial=0)) + 1, ~now.gone[forest.owner]
    found: dict[str, int] = {}
    for name, (least, most) in HEARD.items():
        owner = forest.owner[left & (now.weight >= least) & (now.weight < most)]
        many = np.bincount(root[owner] * size + depth[owner], minlength=len(root) * size)
        every = distinct(root * size + depth)
        found |= {total(name, chains[key // size] or "", key % size): int(many[key]) for key in every.tolist()}
    return found


def _depth(parent: Ints, rows: Ints) -> Ints:
    depth, above = np.zeros(len(rows), np.int64), parent[rows]
    while (some := above >= 0).any():
        depth += some
        above = np.where(some, parent[above], -1)
    return depth
