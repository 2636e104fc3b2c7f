"""Who taught what, and when: the graph's sources and sessions, and which source taught which sample.

What a source taught is kept at the sample's own concept (the leaf of the prefix chain, with its stop), of the samples
that are still there: so unlearning takes it away exactly. Everything more general follows from the leaves below it.
Sources and sessions themselves are history: they also count what was unlearned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import history
from ..errors import Collision
from ..ids import digest
from ..journal import Journal, Memory
from ..schema import SESSION, SOURCE, TAUGHT_BY, Node
from ..stores.base import EdgeChanges, GraphStore, NodeChanges, Table

__all__ = ["Lessons", "Noted", "lessons", "note"]

Row = tuple[Any, ...]
_DONE = {
    "learn": "learned",
    "unlearn": "unlearned",
    "reinforce": "reinforced",
    "weaken": "weakened",
    "decay": "decayed",
}


@dataclass(frozen=True, slots=True)
class Lessons:
    """What a run of events says of who taught.

    sources, sessions: rows of the graph's columns (without `id`) by journal id, to be added to what is there.
    taught: (text of a sample, journal id of its source, 0 for none) -> samples, first and last position.
    whole: those of `taught` that are not to be added but are all that there is.
    """

    sources: dict[int, Row] = field(default_factory=dict)
    sessions: dict[int, Row] = field(default_factory=dict)
    taught: dict[tuple[str, int], Row] = field(default_factory=dict)
    whole: frozenset[tuple[str, int]] = frozenset()


def lessons(
    journal: Journal,
    memory: Memory,
    rows: Sequence[history.AnyRow],
    gone: Sequence[history.AnyRow],
    texts: Mapping[int, str | None],
) -> Lessons:
    """Read them off events: `rows` of a batch, and the learnings (`gone`) that its unlearnings took back."""
    learned = [row for row in rows if row.kind == "learn"]
    taken = [row for row in gone if row.target is None]
    names = history.source_names(journal, memory) if any(row.source for row in (*learned, *taken)) else {}
    names[0] = ""
    sources: dict[int, Row] = {}
    taught: dict[tuple[str, int], Row] = {}
    for row in learned:
        source, at, text = row.source or 0, row.position, texts[row.position]
        name, n, more, less, first, _ = sources.get(source, (names[source], 0, 0, 0, at, at))
        sources[source] = (name, n + 1, more + 1, less, first, at)
        if text is not None:
            n, first, _ = taught.get((text, source), (0, at, at))
            taught[text, source] = (n + 1, first, at)
    changed = set()
    for row in taken:
        source, text = row.source or 0, texts[row.position]
        name, n, more, less, first, last = sources.get(source, (names[source], 0, 0, 0, None, None))
        sources[source] = (name, n - 1, more, less + 1, first, last)
        if text is not None:
            changed.add((text, source))
    if changed:
        left = history.taught(journal, memory, sorted({text for text, _ in changed}), rows[-1].position)
        taught |= {pair: left.get(pair, (0, 0, 0)) for pair in changed}
    return Lessons(sources, _sessions(journal, rows), taught, frozenset(changed))


def _sessions(journal: Journal, rows: Sequence[history.AnyRow]) -> dict[int, Row]:
    counts: dict[int, dict[str, int]] = {}
    spans: dict[int, tuple[int, int]] = {}
    for row in rows:
        done = counts.setdefault(row.session, dict.fromkeys(_DONE.values(), 0))
        done[_DONE[row.kind]] += 1
        spans[row.session] = (spans.get(row.session, (row.position, 0))[0], row.position)
    return {
        session.id: (session.id, session.version, session.started, *spans[session.id], *counts[session.id].values())
        for session in history.begun(journal, sorted(counts))
    }


@dataclass(frozen=True, slots=True)
class Noted:
    """The changes, and the rows of sources and sessions to hold when they are applied."""

    nodes: list[NodeChanges]
    edges: list[EdgeChanges]
    rows: dict[int, Row]


def note(
    store: GraphStore,
    memory: str,
    held: Mapping[int, Row],
    found: Lessons,
    leaves: Mapping[str, int],
    known: frozenset[int],
) -> Noted:
    """Lessons as changes of the graph.

    held: rows of sources and sessions by node id, as far as they are held. leaves: the concept of each sample's text;
    known: those that were in the graph before this batch.
    """
    own = {id: _id(memory, SOURCE, row[0]) for id, row in found.sources.items()}
    sources, kept = _merge(store, memory, SOURCE, held, {own[id]: row for id, row in found.sources.items()})
    runs = {_id(memory, SESSION, str(id)): row for id, row in found.sessions.items()}
    sessions, more = _merge(store, memory, SESSION, held, runs)
    pairs = {(leaves[text], own[source]): (text, source) for text, source in found.taught}
    there: dict[tuple[int, int], Row] = {}
    if repeated := sorted({leaf for leaf, _ in pairs} & known):
        old = store.edges(memory, TAUGHT_BY, np.array(repeated, np.int64))
        ends = zip(old["source"].tolist(), old["target"].tolist(), strict=True)
        there.update(zip(ends, _rows(old, TAUGHT_BY), strict=True))
    made: dict[int, list[Row]] = {1: [], 0: [], -1: []}
    for pair in sorted(pairs):
        samples, first, last = found.taught[pairs[pair]]
        if pair in there and pairs[pair] not in found.whole:
            samples, first = samples + there[pair][0], there[pair][1]
        if samples or pair in there:
            kind = -1 if not samples else 0 if pair in there else 1
            made[kind].append((*pair, samples, first, last))
    new, changed, gone = (
        _table(rows, ["source", "target", "samples", "first", "last"], TAUGHT_BY) for rows in made.values()
    )
    forgotten = {name: gone[name] for name in ("source", "target")}
    return Noted([sources, sessions], [EdgeChanges(TAUGHT_BY, new, changed, forgotten)], kept | more)


def _merge(
    store: GraphStore, memory: str, node: Node, held: Mapping[int, Row], found: dict[int, Row]
) -> tuple[NodeChanges, dict[int, Row]]:
    """Add rows to those that are there: numbers are sums, but `first` and `last` positions and what names the node."""
    names = [p.name for p in node.properties]
    there = {id: held[id] for id in found if id in held}
    if missing := sorted(found.keys() - there.keys()):
        table = store.fetch(memory, node, "id", np.array(missing, np.int64), ["id", *names])
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
