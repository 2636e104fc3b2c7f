"""Who taught what, and when: the graph's sources and sessions, and which source taught which sample.

What a source taught is kept at the sample's own concept (the leaf of the prefix chain, with its stop), of the samples
that are still there: so unlearning takes it away exactly. Everything more general follows from the leaves below it.
Sources and sessions themselves are history: they also count what was unlearned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import Collision
from ...graph.store import EdgeChanges, NodeChanges
from ...journal.events import VOID, EventRow, SessionRow
from ...kit.ids import digest
from ...kit.sorting import distinct, places
from ...kit.spelling import Spelling
from ...kit.tables import Ints, Table, height
from ...memory.requests import Asking, Edges, Nodes, Sessions, SourceNames, Taught
from ...schema import Node
from ..schema import SESSION, SOURCE, TAUGHT_BY
from ..working_set import SequenceWorkingSet

__all__ = ["Lessons", "Noted", "lessons", "note", "witnessed"]

Row = tuple[Any, ...]
_COUNTED = ("learn", "unlearn", "reinforce", "weaken", "decay")
"""The events that a session counts, in the order of its properties."""


@dataclass(frozen=True, slots=True)
class Lessons:
    """What a run of events says of who taught.

    sources, sessions: rows of the graph's columns (without `id`) by journal id, to be added to what is there.
    taught: which `source` (journal id, 0 for none) taught which `sample` (its number in the batch): `samples`, `first`,
    `last`; and whether that is all there is (`whole`) or is to be added. One row a pair.
    """

    sources: dict[int, Row]
    sessions: dict[int, Row]
    taught: Table


def lessons(
    rows: Sequence[EventRow],
    learned: Table,
    taken: Table,
    texts: Sequence[str],
    payloads: Sequence[str],
    spelling: Spelling,
) -> Asking[Lessons]:
    """Read them off the events of a batch (`rows`).

    learned: its learnings, and taken: those that its unlearnings took back, by ascending `position`, each with its
    `source` and `sample`: the number of its text among `texts`, of each of which there is one of its `payloads`, or -1
    where it was erased.
    """
    heard = np.unique(np.concatenate([learned["source"], taken["source"]])).tolist()
    names = {0: ""} | ((yield SourceNames()) if heard != [0] else {})
    sources: dict[int, Row] = {}
    for source in heard:
        at = learned["position"][learned["source"] == source]
        less = int((taken["source"] == source).sum())
        span = (int(at[0]), int(at[-1])) if len(at) else (None, None)
        sources[source] = (names[source], len(at) - less, len(at), less, *span)
    taught = yield from _taught(learned, taken, texts, payloads, spelling, rows[-1].position)
    begun = yield Sessions(sorted({row.session for row in rows}))
    return Lessons(sources, _sessions(rows, begun), taught)


def _sessions(rows: Sequence[EventRow], begun: Sequence[SessionRow]) -> dict[int, Row]:
    writers = [row.session for row in rows]
    counts = Counter((row.session, row.kind) for row in rows if row.ended != VOID)
    last = {session: row.position for session, row in zip(writers, rows, strict=True)}
    first = {session: row.position for session, row in zip(reversed(writers), reversed(rows), strict=True)}
    return {
        session.id: (*session, first[session.id], last[session.id], *(counts[session.id, kind] for kind in _COUNTED))
        for session in begun
    }


def _taught(
    learned: Table, taken: Table, texts: Sequence[str], payloads: Sequence[str], spelling: Spelling, last: int
) -> Asking[Table]:
    known = learned["sample"] >= 0
    sample, source, position = (learned[name][known] for name in ("sample", "source", "position"))
    order = np.lexsort((position, source, sample))
    sample, source, position = sample[order], source[order], position[order]
    begin = np.flatnonzero(np.diff(sample, prepend=-1) | np.diff(source, prepend=-1))
    end = np.append(begin[1:], len(sample)) - 1
    added = {"sample": sample[begin], "source": source[begin], "samples": end - begin + 1}
    added |= {
        "first": position[begin],
        "last": position[end] if len(begin) else begin,
        "whole": np.zeros(len(begin), bool),
    }
    changed = {(n, s) for n, s in zip(taken["sample"].tolist(), taken["source"].tolist(), strict=True) if n >= 0}
    if not changed:
        return added
    number = {texts[n]: n for n, _ in changed}
    left: dict[tuple[int | None, int], tuple[int, int, int]] = {}
    alive: list[EventRow] = yield Taught([spelling.content(payloads[n], text) for text, n in number.items()], last)
    for row in alive:
        pair = (number.get(spelling.text(row.payload or "")), row.source or 0)
        count, first, _ = left.get(pair, (0, row.position, 0))
        left[pair] = (count + 1, first, row.position)
    rows = [(*pair, *left.get(pair, (0, 0, 0))) for pair in sorted(changed)]
    stays = [pair not in changed for pair in zip(added["sample"].tolist(), added["source"].tolist(), strict=True)]
    whole = dict(zip(("sample", "source", "samples", "first", "last"), np.array(rows, np.int64).T, strict=True))
    whole["whole"] = np.ones(len(rows), bool)
    return {name: np.concatenate([column[np.array(stays, bool)], whole[name]]) for name, column in added.items()}


@dataclass(frozen=True, slots=True)
class Noted:
    """The changes, and the rows of sources and sessions to hold when they are applied."""

    nodes: list[NodeChanges]
    edges: list[EdgeChanges]
    rows: dict[int, Row]


def note(cache: SequenceWorkingSet, found: Lessons, leaves: Ints, known: NDArray[np.bool_]) -> Asking[Noted]:
    """Lessons as changes of the graph.

    leaves: the ids of the batch's samples' own concepts; known: which of them were in the graph before.
    """
    own = {id: _id(cache.name, SOURCE, row[0]) for id, row in found.sources.items()}
    sources, rows = yield from _merge(SOURCE, cache.noted, {own[id]: row for id, row in found.sources.items()})
    runs = {_id(cache.name, SESSION, str(id)): row for id, row in found.sessions.items()}
    sessions, more = yield from _merge(SESSION, cache.noted, runs)
    edges = yield from _edges(found.taught, own, leaves, known)
    return Noted([sources, sessions], [edges], rows | more)


def witnessed(cache: SequenceWorkingSet, rows: Sequence[EventRow], spelling: Spelling) -> Asking[Noted]:
    """That sessions wrote events by which no sample is learned."""
    none = np.empty(0, np.int64)
    no = dict.fromkeys(("position", "source", "sample"), none)
    found = yield from lessons(rows, no, no, (), (), spelling)
    return (yield from note(cache, found, none, none.astype(bool)))


def _edges(taught: Table, own: Mapping[int, int], leaves: Ints, known: NDArray[np.bool_]) -> Asking[EdgeChanges]:
    if not height(taught):
        return EdgeChanges(TAUGHT_BY)
    source = leaves[taught["sample"]]
    target = np.array([own[id] for id in taught["source"].tolist()], np.int64)
    order = np.lexsort((target, source))
    rows = {"source": source[order], "target": target[order]}
    rows |= {name: taught[name][order].copy() for name in ("samples", "first", "last")}
    there = np.zeros(len(order), bool)
    if known[taught["sample"]].any():
        old = yield Edges(TAUGHT_BY, np.unique(source[known[taught["sample"]]]))
        at, there = _pairs(rows, old)
        more = there & ~taught["whole"][order]
        rows["samples"][more] += old["samples"][at[more]]
        rows["first"][more] = old["first"][at[more]]
    left = rows["samples"] > 0

    def those(which: NDArray[np.bool_]) -> Table:
        return {name: column[which] for name, column in rows.items()}

    gone = those(there & ~left)
    forgotten = {name: gone[name] for name in ("source", "target")}
    return EdgeChanges(TAUGHT_BY, those(left & ~there), those(left & there), forgotten)


def _pairs(rows: Table, old: Table) -> tuple[Ints, NDArray[np.bool_]]:
    """Where pairs (`source`, `target`), which are in order, stand among others; and whether they do."""
    ends = [distinct(np.concatenate([rows[end], old[end]])) for end in ("source", "target")]

    def keys(table: Table) -> Ints:
        source, target = (among.searchsorted(table[end]) for among, end in zip(ends, ("source", "target"), strict=True))
        return np.asarray(source * len(ends[1]) + target)

    held = keys(old)
    place = held.argsort()
    at, there = places(held[place], keys(rows))
    return (place[at] if len(place) else at), there


def _merge(node: Node, noted: Mapping[int, Row], found: dict[int, Row]) -> Asking[tuple[NodeChanges, dict[int, Row]]]:
    """Add rows to those that are there: numbers are sums, but `first` and `last` positions and what names the node."""
    names = [p.name for p in node.properties]
    there = {id: noted[id] for id in found if id in noted}
    if missing := sorted(found.keys() - there.keys()):
        table = yield Nodes(node, "id", np.array(missing, np.int64), ["id", *names])
        there.update(zip(table["id"].tolist(), _rows(table, node), strict=True))
    now = {}
    for id, row in found.items():
        old = there.get(id)
        if old is not None and old[0] != row[0]:
            raise Collision(f"the {node.label.lower()}s {old[0]!r} and {row[0]!r} have one id; rename the memory")
        now[id] = row if old is None else tuple(_sum(n, a, b) for n, a, b in zip(names, old, row, strict=True))
    create, update = (
        _table([(id, *now[id]) for id in sorted(now) if (id in there) is known], ["id", *names], node)
        for known in (False, True)
    )
    return NodeChanges(node, create, update), now


def _sum(name: str, old: Any, new: Any) -> Any:
    match name:
        case "name" | "number" | "version" | "started" | "first":
            return old
        case "last":
            return old if new is None else new
        case _:
            return old + new


def _id(memory: str, node: Node, name: str) -> int:
    return digest("\x00".join((memory, node.label, name))) >> 1


def _rows(table: Table, part: Any) -> list[Row]:
    return list(zip(*(table[p.name].tolist() for p in part.properties), strict=True))


def _table(rows: Sequence[Row], names: Sequence[str], part: Any) -> Table:
    types = {p.name: {"int": np.int64, "float": np.float64}.get(p.type, object) for p in part.properties}
    columns: list[Any] = list(zip(*rows, strict=True)) or [()] * len(names)
    return {name: np.array(column, types.get(name, np.int64)) for name, column in zip(names, columns, strict=True)}
