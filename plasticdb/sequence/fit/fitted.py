"""Fitted parameters as nodes and edges: what a memory found out about itself, for people and for the next process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...graph.store import EdgeChanges, NodeChanges
from ...kit.ids import digest
from ...kit.sorting import among
from ...kit.tables import Table, empty, height
from ...memory.requests import Asking, Edges, Scan
from ...schema import Node, Relationship
from ..prediction.parameters import BUCKETS, DEPTHS, ENDING, PLACES, Gates, Parameters, begun
from ..schema import DEPTH, GATE, OF_VIEW, TRUSTS, VIEW
from ..vocabulary import Vocabulary
from .fitting import Fitting

__all__ = ["NONE", "Fitted", "changed", "edge_changes", "fitted", "parameters", "read"]

_SURE = (
    "one symbol, heard once", "one symbol, heard twice", "one symbol, heard up to four times", "one symbol, heard often",
    "more than half left open", "a quarter to a half left open", "a tenth to a quarter left open",
    "less than a tenth left open",
)  # fmt: skip
"""How sure a context is, by the bucket of `Gates.confidence`."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """Rows as a store has them, sorted by their keys."""

    views: Table
    depths: Table
    gates: Table
    of_view: Table
    trusts: Table


def _columns(what: Node | Relationship) -> dict[str, str]:
    keys = ("id",) if isinstance(what, Node) else ("source", "target")
    return dict.fromkeys(keys, "int") | {p.name: p.type for p in what.properties}


_WHATS = (VIEW, DEPTH, GATE, OF_VIEW, TRUSTS)
NONE = Fitted(*(empty(_columns(what)) for what in _WHATS))
"""What a memory has that was never fitted."""


def fitted(memory: str, names: Sequence[str], found: Fitting, heard: NDArray[np.bool_], of: Vocabulary) -> Fitted:
    """What was found, as rows.

    names: of the views. heard: [views, DEPTHS] where the memory has synapses. of: the memory's vocabulary.
    """
    now, met = found.parameters, found.met
    ends = any(met[what][:, len(names) :].any() for what in ("depth", "place"))
    names = [*names, *[ENDING] * ends]
    view = np.array([_id(memory, VIEW, name) for name in names], np.int64)
    at, depth = np.nonzero(heard)
    own = [_id(memory, DEPTH, f"{names[v]} {k}") for v, k in zip(at.tolist(), depth.tolist(), strict=True)]
    depths = {"id": np.array(own, np.int64), "view": _texts([names[v] for v in at.tolist()]), "depth": depth}
    depths |= {"discount": now.discount[at, depth], "strength": now.strength[at, depth]}
    gates: dict[int, tuple[str, int, str]] = {}
    trusts: list[tuple[int, int, float]] = []
    for what in Gates.__slots__:
        weights, known = getattr(now.gates, what), met[what]
        for row, column in zip(*(part.tolist() for part in np.nonzero(known)), strict=True):
            number, v = (column, row) if what == "confidence" else (row, column)
            place, said = _said(what, number, names, of)
            gate = _id(memory, GATE, f"{what} {place}")
            gates[gate] = (what, place, said)
            trusts.append((gate, int(view[v]), float(weights[row, column])))
    told = list(gates.values())
    return Fitted(
        _sorted(VIEW, {"id": view, "name": _texts(names), "number": np.arange(len(names))}),
        _sorted(DEPTH, depths),
        _sorted(
            GATE,
            {
                "id": np.array([*gates], np.int64),
                "what": _texts([what for what, _, _ in told]),
                "at": np.array([place for _, place, _ in told], np.int64),
                "said": _texts([said for _, _, said in told]),
            },
        ),
        _sorted(OF_VIEW, {"source": depths["id"], "target": view[at]}),
        _sorted(
            TRUSTS,
            {
                "source": np.array([gate for gate, _, _ in trusts], np.int64),
                "target": np.array([v for _, v, _ in trusts], np.int64),
                "weight": np.array([weight for _, _, weight in trusts], np.float64),
            },
        ),
    )


def _said(what: str, number: int, names: Sequence[str], of: Vocabulary) -> tuple[int, str]:
    """What a gate has as `at` and as `said`."""
    match what:
        case "present":
            return number, ", ".join(name for i, name in enumerate(names) if number >> i & 1)
        case "depth":
            return number, f"the suffix is known to depth {number}"
        case "confidence":
            depth, bucket = divmod(number, BUCKETS)
            return number, f"known to depth {depth}: {_SURE[bucket]}"
        case "place":
            return number, f"symbol {number}" + (" or later" if number == PLACES - 1 else "")
        case _:
            return int(of.ids[number]), of.symbols[number]


def parameters(rows: Fitted, of: Vocabulary) -> Parameters | None:
    """Rows as parameters; None where there are none. Symbols that nobody knows any more come into the vocabulary."""
    if not height(rows.views):
        return None
    order = rows.views["number"].argsort()
    names, ids = rows.views["name"][order].tolist(), rows.views["id"][order]
    many = len(names) - (names[-1] == ENDING)
    what = rows.gates["what"]
    of.add(rows.gates["said"][what == "last"].tolist())
    none = np.zeros((many, DEPTHS), np.int64)
    codes = len(of.symbols) if (what == "last").any() else 0
    made = begun(many, none, none, codes, place=bool((what == "place").any()))
    number = {name: i for i, name in enumerate(names)}
    view = np.array([number[name] for name in rows.depths["view"].tolist()], np.int64)
    for name in ("discount", "strength"):
        getattr(made, name)[view, rows.depths["depth"]] = rows.depths[name]
    by_id = ids.argsort()
    gate = rows.gates["id"].searchsorted(rows.trusts["source"])
    view = by_id[ids[by_id].searchsorted(rows.trusts["target"])]
    at = rows.gates["at"].copy()
    last = np.flatnonzero(what == "last")
    at[last] = [of.codes[symbol] for symbol in rows.gates["said"][last].tolist()]
    for name in Gates.__slots__:
        mine = what[gate] == name
        row, column = at[gate[mine]], view[mine]
        if name == "confidence":
            row, column = column, row
        getattr(made.gates, name)[row, column] = rows.trusts["weight"][mine]
    return made


def read() -> Asking[Fitted]:
    """What is in the graph."""
    views: Table = yield Scan(VIEW, [*_columns(VIEW)])
    depths: Table = yield Scan(DEPTH, [*_columns(DEPTH)])
    gates: Table = yield Scan(GATE, [*_columns(GATE)])
    of_view: Table = yield Edges(OF_VIEW, depths["id"])
    trusts: Table = yield Edges(TRUSTS, gates["id"])
    return Fitted(views, depths, gates, _sorted(OF_VIEW, of_view), _sorted(TRUSTS, trusts))


def changed(old: Fitted, new: Fitted) -> tuple[list[NodeChanges], list[EdgeChanges]]:
    """What makes new rows of old ones."""
    nodes = [
        _nodes(what, a, b)
        for what, a, b in ((VIEW, old.views, new.views), (DEPTH, old.depths, new.depths), (GATE, old.gates, new.gates))
    ]
    edges = [
        edge_changes(what, a, b)
        for what, a, b in ((OF_VIEW, old.of_view, new.of_view), (TRUSTS, old.trusts, new.trusts))
    ]
    return nodes, edges


def _nodes(what: Node, old: Table, new: Table) -> NodeChanges:
    known = among(new["id"], old["id"])
    return NodeChanges(what, _those(new, ~known), _those(new, known), {}, old["id"][~among(old["id"], new["id"])])


def edge_changes(what: Relationship, old: Table, new: Table) -> EdgeChanges:
    """What makes new rows of old ones."""
    pairs = [set(zip(table["source"].tolist(), table["target"].tolist(), strict=True)) for table in (old, new)]

    def there(table: Table, held: set[tuple[int, int]]) -> NDArray[np.bool_]:
        ends = zip(table["source"].tolist(), table["target"].tolist(), strict=True)
        return np.array([pair in held for pair in ends], bool)

    known, stays = there(new, pairs[0]), there(old, pairs[1])
    gone = {name: old[name][~stays] for name in ("source", "target")}
    stay = _those(new, known) if what.properties else {}
    return EdgeChanges(what, _those(new, ~known), stay, gone)


def _those(table: Table, which: NDArray[np.bool_]) -> Table:
    return {name: column[which] for name, column in table.items()}


def _sorted(what: Node | Relationship, table: Table) -> Table:
    keys = ("id",) if isinstance(what, Node) else ("target", "source")
    order = np.lexsort([table[name] for name in keys])
    return {name: table[name][order] for name in _columns(what)}


def _texts(texts: Sequence[str]) -> NDArray[np.object_]:
    column = np.empty(len(texts), object)
    column[:] = texts
    return column


def _id(memory: str, node: Node, name: str) -> int:
    return digest("\x00".join((memory, node.label, name))) >> 1
