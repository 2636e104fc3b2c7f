"""What came, went and changed between two graphs of one memory: its concepts and its synapses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...graph.store import GraphStore
from ...kit.tables import Table
from ...memory.verify import TOLERANCE, aligned
from ..schema import ATOM, CONCEPT, CONTEXT, SYNAPSE

__all__ = ["Difference", "diff"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One of them. `before` and `after` are a count (concept) or a weight (synapse), None where there was none.

    Parameters
    ----------
    change
        `came`, `went`, `strengthened` or `weakened`. chain, at and text are the concept's; symbol the synapse's.
    """

    change: str
    what: str
    chain: str
    at: int
    text: str
    symbol: str | None
    before: float | None
    after: float | None


def diff(before: GraphStore, after: GraphStore, memory: str) -> Iterator[Difference]:
    """Both graphs are read in the order of their keys, so that they may be of any size; neither may change meanwhile."""
    columns = ["id", "chain", "at", "text", "count"]
    for node in (CONCEPT, CONTEXT):
        scans = [store.scan_nodes(memory, node, columns) for store in (before, after)]
        for a, b in aligned(("id",), *scans):
            for i, k, was, now in _changed(("id",), "count", a, b):
                row, n = (a, i) if i is not None else (b, k)
                yield _one("concept", was, now, row["chain"][n], row["at"][n], row["text"][n], None)
    symbols: dict[int, str] = {}
    for store in (before, after):
        for table in store.scan_nodes(memory, ATOM, ["id", "symbol"]):
            symbols |= zip(table["id"].tolist(), table["symbol"].tolist(), strict=True)
    edges = [store.scan_edges(memory, SYNAPSE) for store in (before, after)]
    for a, b in aligned(("source", "target"), *edges):
        found = []
        for i, k, was, now in _changed(("source", "target"), "weight", a, b):
            row, n = (a, i) if i is not None else (b, k)
            found.append((int(row["source"][n]), int(row["target"][n]), was, now))
        whence: dict[int, tuple[Any, Any, Any]] = {}
        ids = np.unique(np.array([source for source, *_ in found], np.int64))
        for store in (before, after):
            table = store.fetch(memory, CONTEXT, "id", ids, ["id", "chain", "at", "text"])
            for id, chain, at, text in zip(*(table[c].tolist() for c in ("id", "chain", "at", "text")), strict=True):
                whence[id] = (chain, at, text)
        for source, target, was, now in found:
            chain, at, text = whence[source]
            yield _one("synapse", was, now, chain, at, text, symbols[target])


def _one(what: str, was: Any, now: Any, chain: Any, at: Any, text: Any, symbol: str | None) -> Difference:
    change = "came" if was is None else "went" if now is None else "strengthened" if now > was else "weakened"
    return Difference(change, what, str(chain), int(at), str(text), symbol, was, now)


def _changed(key: tuple[str, ...], value: str, a: Table, b: Table) -> Iterator[tuple[Any, Any, Any, Any]]:
    """The rows of two tables that are unlike: where in each (None: not there), and their values."""
    keys = [list(zip(*(table[k].tolist() for k in key), strict=True)) for table in (a, b)]
    values = [table[value].tolist() for table in (a, b)]
    there = {row: k for k, row in enumerate(keys[1])}
    for i, row in enumerate(keys[0]):
        k = there.pop(row, None)
        was, now = values[0][i], None if k is None else values[1][k]
        if now is None or abs(now - was) > TOLERANCE * max(1.0, abs(was)):
            yield i, k, was, now
    for k in there.values():
        yield None, k, None, values[1][k]
