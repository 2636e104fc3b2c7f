"""Comparing two graphs of one memory, node by node and weight by weight: parity of stores, and `verify`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import closing, suppress
from itertools import islice

import numpy as np

from ..errors import BadMemory, StoreError, Unavailable
from ..files.folders import Gone, cache_folder, making
from ..graph.sql import SQLStore
from ..graph.store import GraphStore
from ..journal.journal import Journal
from ..kinds import nodes, tables
from ..kit.tables import Column, Table, height
from ..schema import Node, Property, Relationship

__all__ = ["TOLERANCE", "aligned", "differences", "replayed"]

TOLERANCE = 1e-9
"""How far two masses or weights may be apart, times their size where that is above 1."""


def replayed(
    journal: Journal, store: GraphStore, memory: str, replay: Callable[[Journal, SQLStore], object]
) -> list[str]:
    """What is unlike in a memory's graph and one that `replay` makes of its journal, in words (empty: they agree).

    Raises
    ------
    BadMemory
        The graph is behind.
    Unavailable
        The memory is written to meanwhile.
    """
    before = known, graph = journal.memory(memory), store.memory(memory)
    behind = (known.position if known else 0) - (max(graph.position, 0) if graph else 0)
    if behind > 0:
        raise BadMemory(
            f"the graph of {memory!r} lacks {behind} events of the journal; run `plasticdb sync {memory}` first"
        )

    def untouched() -> bool:
        return (journal.memory(memory), store.memory(memory)) == before

    kept = cache_folder(journal.engine.url, "past")  # what is left there by a kill goes with the graphs of the past
    try:
        with making(kept) as folder, closing(SQLStore.connect(str(folder / "scratch.db"))) as scratch:
            try:
                scratch.check(journal.uuid)
                replay(journal, scratch)
                unlike = differences(store, scratch, memory)
            except Exception:  # what was read while others write need not fit together
                unlike = ["it could not be read"]
                if untouched():
                    raise
        with suppress(OSError):  # other things are kept there
            kept.rmdir()
    except Gone:
        raise Unavailable(f"texts of {memory!r} are being erased; verify it when that is done") from None
    except OSError as error:
        raise StoreError(
            f"the graph to compare with cannot be made in {kept} ({error.strerror}); make room there, or set XDG_CACHE_HOME"
        ) from None
    if unlike and not untouched():
        raise Unavailable(f"{memory!r} is being written to; verify it when that is done")
    return unlike


def differences(
    one: GraphStore,
    other: GraphStore,
    memory: str,
    most: int = 20,
    *,
    but: Collection[Node | Relationship | Property] = (),
) -> list[str]:
    """What is unlike in two graphs of a memory, in words (at most `most` lines); empty where they agree.

    Both are read in the order of their keys, so that graphs of any size are compared in little memory.

    Parameters
    ----------
    but
        What is not compared, such as `schema.HISTORY`, which depends on the order in which things happened.
    """
    return list(islice(_differences(one, other, memory, but, most), most))


def _differences(
    one: GraphStore, other: GraphStore, memory: str, but: Collection[Node | Relationship | Property], most: int
) -> Iterator[str]:
    a, b = (store.memory(memory) for store in (one, other))
    left_out = {"erased", *(total.name for total in but if isinstance(total, Property))}
    totals = [{} if m is None else {k: v for k, v in m.totals.items() if v and k not in left_out} for m in (a, b)]
    for name in sorted(totals[0].keys() | totals[1].keys()):
        here, there = (total.get(name, 0) for total in totals)
        if not _same(np.array([here]), np.array([there])).all():
            yield f"total {name}: {here} here, {there} there"
    for node in (node for node in nodes() if node not in but):
        names = [p.name for p in node.properties] + (["parent"] if node.parent else [])
        scans = [store.scan_nodes(memory, node, ["id", *names]) for store in (one, other)]
        yield from _compare(node, ("id",), scans[0], scans[1], node.packed.derived if node.packed else (), most)
    for relationship in (edge for edge in tables() if edge not in but):
        edges = [store.scan_edges(memory, relationship) for store in (one, other)]
        yield from _compare(relationship, ("source", "target"), edges[0], edges[1])


def _compare(
    what: Node | Relationship,
    key: tuple[str, ...],
    one: Iterator[Table],
    other: Iterator[Table],
    derived: Collection[str] = (),
    most: int = 0,
) -> Iterator[str]:
    """Compare two scans. What is `derived` is unlike in all rows below one that is unlike: it is told last."""
    name = what.label if isinstance(what, Node) else what.type
    floats = {p.name for p in what.properties if p.type == "floats"}
    follows: list[str] = []
    for a, b in aligned(key, one, other):
        keys = [list(zip(*(table[k].tolist() for k in key), strict=True)) for table in (a, b)]
        places = [{row: i for i, row in enumerate(rows)} for rows in keys]
        for here, there, mine in ((0, 1, "only here"), (1, 0, "only there")):
            for row in keys[here]:
                if row not in places[there]:
                    yield f"{name} {_shown((a, b)[here], places[here][row], row)}: {mine}"
        both = [row for row in keys[0] if row in places[1]]
        left, right = (np.array([place[row] for row in both], np.int64) for place in places)
        for column in a:
            same = _alike if column in floats else _same
            for i in np.flatnonzero(~same(a[column][left], b[column][right])):
                if column in derived and len(follows) >= most:
                    break
                x, y = a[column][left[i]], b[column][right[i]]
                is_ = f"{x} here, {y} there" if column not in floats else "unlike"
                line = f"{name} {_shown(a, int(left[i]), both[i])}: {column} is {is_}"
                if column not in derived:
                    yield line
                else:
                    follows.append(line)
    yield from follows


def _same(a: Column, b: Column) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if np.float64 in (a.dtype, b.dtype):
        with np.errstate(invalid="ignore"):  # two infinities are the same, and have no difference
            return np.asarray((a == b) | (np.abs(a - b) <= TOLERANCE * np.maximum(1.0, np.abs(a))))
    same = np.asarray(a == b, dtype=bool)
    for i in np.flatnonzero(~same):
        if isinstance(a[i], float) and isinstance(b[i], float):  # in a column of floats that may be missing
            same[i] = abs(a[i] - b[i]) <= TOLERANCE * max(1.0, abs(a[i]))
    return same


def _alike(a: Column, b: Column) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which floats are the same: as far as their rounding on one machine and on another."""
    same = np.asarray(a == b, dtype=bool)
    for i in np.flatnonzero(~same):
        if a[i] is not None and b[i] is not None and len(a[i]) == len(b[i]):
            x, y = (np.frombuffer(one, "<f8") for one in (a[i], b[i]))
            with np.errstate(invalid="ignore"):
                same[i] = bool((np.abs(x - y) <= TOLERANCE * max(1.0, float(np.abs(x).max()))).all())
    return same


def _shown(table: Table, i: int, key: tuple[int, ...]) -> str:
    return " ".join(
        [*map(str, key), *(repr(table[name][i]) for name in ("chain", "at", "text", "symbol") if name in table)]
    )


def aligned(key: tuple[str, ...], one: Iterator[Table], other: Iterator[Table]) -> Iterator[tuple[Table, Table]]:
    """Tables of both scans, cut so that each pair covers the same range of keys."""
    a, b = next(one, None), next(other, None)
    while a is not None and b is not None:
        horizon = min(_last(a, key), _last(b, key))
        (left, a), (right, b) = _cut(a, key, horizon), _cut(b, key, horizon)
        yield left, right
        a, b = (table if height(table) else next(scan, None) for table, scan in ((a, one), (b, other)))
    while a is not None:
        yield a, _cut(a, key, (-1,) * len(key))[0]
        a = next(one, None)
    while b is not None:
        yield _cut(b, key, (-1,) * len(key))[0], b
        b = next(other, None)


def _last(table: Table, key: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(int(table[name][-1]) for name in key)


def _cut(table: Table, key: tuple[str, ...], horizon: tuple[int, ...]) -> tuple[Table, Table]:
    """The rows up to a key, and those behind it."""
    upto = table[key[-1]] <= horizon[-1]
    for name, value in zip(reversed(key[:-1]), reversed(horizon[:-1]), strict=True):
        upto = (table[name] < value) | ((table[name] == value) & upto)
    at = int(upto.sum())
    return {n: c[:at] for n, c in table.items()}, {n: c[at:] for n, c in table.items()}
