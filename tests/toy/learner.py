"""How a toy memory learns: paths that came and went, as changes of the topics, the letters and what is between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from plasticdb.graph.store import Changes, EdgeChanges, GraphMemory, NodeChanges
from plasticdb.journal.events import VOID
from plasticdb.kit.tables import Ints, Table
from plasticdb.memory.requests import Asking, EventsAfter, Nodes, Payloads, Taken
from plasticdb.memory.working_set import WorkingSet

from .kind import HEARD, LETTER, NAMED, SPELLED, TOPIC, TRAIL, Options

__all__ = ["ToyLearner", "ToyStep", "ToyWorkingSet", "look", "number"]


def number(memory: str, what: str) -> int:
    """The id of something in a memory."""
    return int.from_bytes(blake2b(f"{memory}\0{what}".encode(), digest_size=8).digest(), "big") >> 1


def look(name: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    """What a name looks like, as two numbers."""
    return np.array([len(name), sum(letter in "aeiou" for letter in name)], "<f4")


class ToyWorkingSet(WorkingSet):
    """A toy memory keeps nothing of its graph."""

    def _begin(self, graph: GraphMemory) -> Asking[None]:
        yield from ()


@dataclass(frozen=True, slots=True)
class ToyStep:
    """A learned batch."""

    cache: ToyWorkingSet
    position: int
    changes: Changes

    def applied(self, batch: str) -> None:
        self.cache.applied(self.position, batch, self.changes.totals)


@dataclass(frozen=True, slots=True)
class ToyLearner:
    """Learns the journal of one memory, a batch at a time."""

    cache: ToyWorkingSet
    options: Options
    batch: int

    def forget(self) -> None:
        self.cache.forget()

    def step(self, graph: GraphMemory, most: int) -> Asking[ToyStep | None]:
        """The next batch of events as changes."""
        yield from self.cache.look(graph)
        rows = yield EventsAfter(graph.position, most)
        if not rows:
            return None
        first, last = rows[0].position, rows[-1].position
        came = [row.payload for row in rows if row.kind == "learn" and row.ended != VOID]
        taken = yield Taken(first, last)
        went = yield Payloads([row.position for row in taken])
        paths = Counter(path for path in came if path is not None)  # a text that was erased is None, there and here
        paths.subtract(path for path in went.values() if path is not None)
        changes = yield from self._changes(graph.name, paths, dict(graph.totals))
        return ToyStep(self.cache, last, changes)

    def _changes(self, memory: str, paths: Counter[str], totals: dict[str, Any]) -> Asking[Changes]:
        topics, letters = Counter[str](), Counter[str]()
        for path, n in paths.items():
            names = path.split(self.options.separator)
            for depth, name in enumerate(names, 1):
                topics[self.options.separator.join(names[:depth])] += n
                letters.update({name[:1]: n})
                letters.update({name[:2]: n} if len(name) > 1 else {})
        old_topics = yield from _counts(memory, TOPIC, "samples", topics)
        old_letters = yield from _counts(memory, LETTER, "topics", letters)
        now = {path: old_topics.get(path, 0) + n for path, n in topics.items()}
        begins = {begin: old_letters.get(begin, 0) + n for begin, n in letters.items()}
        new, gone = [p for p in now if now[p] and p not in old_topics], [p for p in old_topics if not now[p]]
        samples = totals.get("samples", 0) + sum(paths.values())
        return Changes(
            (
                self._topics(memory, old_topics, now),
                _letters(memory, old_letters, begins),
                self._trails(memory, old_topics, now),
            ),
            (*self._edges(memory, new, gone), self._heard(memory, old_topics, now)),
            {"samples": samples, "weight": samples * self.options.step},
        )

    def _topics(self, memory: str, old: dict[str, int], now: dict[str, int]) -> NodeChanges:
        def row(path: str) -> dict[str, Any]:
            return {
                "id": number(memory, f"topic {path}"),
                "samples": now[path],
                "weight": now[path] * self.options.step,
            }

        def made(path: str) -> dict[str, Any]:
            above, _, name = path.rpartition(self.options.separator)
            parent = number(memory, f"topic {above}") if self.options.separator in path else None
            return row(path) | {"parent": parent, "path": path, "look": look(name).tobytes()}

        return _changes_of(memory, TOPIC, old, now, row, made)

    def _trails(self, memory: str, old: dict[str, int], now: dict[str, int]) -> NodeChanges:
        def row(path: str) -> dict[str, Any]:
            return {"id": number(memory, f"trail {path}"), "heard": now[path] * len(_begins(self._names(path)[-1]))}

        def made(path: str) -> dict[str, Any]:
            *above, last = self._names(path)
            parent = number(memory, f"trail {self.options.separator.join(above)}") if above else None
            own = {"parent": parent, "letter": number(memory, f"letter {last[:1]}")}
            return row(path) | own | {"initials": "".join(name[0] for name in (*above, last))}

        return _changes_of(memory, TRAIL, old, now, row, made)

    def _heard(self, memory: str, old: dict[str, int], now: dict[str, int]) -> EdgeChanges:
        def ends(path: str) -> list[dict[str, Any]]:
            trail, begins = number(memory, f"trail {path}"), _begins(self._names(path)[-1])
            return [{"source": trail, "target": number(memory, f"letter {b}"), "samples": now[path]} for b in begins]

        def those(wanted: Callable[[str], bool]) -> Table:
            return _table([end for path in now if wanted(path) for end in ends(path)], HEARD)

        return EdgeChanges(
            HEARD,
            those(lambda path: bool(now[path]) and path not in old),
            those(lambda path: bool(now[path]) and old.get(path, now[path]) != now[path]),
            those(lambda path: not now[path] and path in old),
        )

    def _names(self, path: str) -> list[str]:
        return path.split(self.options.separator)

    def _edges(self, memory: str, new: list[str], gone: list[str]) -> tuple[EdgeChanges, EdgeChanges]:
        def ends(path: str, back: bool) -> dict[str, Any]:
            name = path.rpartition(self.options.separator)[2]
            topic, letter = number(memory, f"topic {path}"), number(memory, f"letter {name[: 1 if back else 2]}")
            source, target = (letter, topic) if back else (topic, letter)
            depth = {"depth": path.count(self.options.separator) + 1} if back else {}
            return {"source": source, "target": target} | depth

        made, taken = [[[ends(path, back) for path in paths] for back in (False, True)] for paths in (new, gone)]
        return tuple(  # type: ignore[return-value]
            EdgeChanges(edge, _table(made[i], edge), delete=_table(taken[i], edge))
            for i, edge in enumerate((SPELLED, NAMED))
        )


def _begins(name: str) -> list[str]:
    """How a name begins: its first letter, and two."""
    return [name[:1], name[:2]][: len(name)]


def initials(paths: Ints, depth: Ints, names: Mapping[int, str]) -> Table:
    """The first letters of the names along trails."""
    found = np.empty(len(paths), object)
    steps = zip(paths.tolist(), depth.tolist(), strict=True)
    found[:] = ["".join(names.get(step, "?") for step in reversed(path[:size])) for path, size in steps]
    return {"initials": found}


def heard(owner: Ints, edges: Table, rows: int) -> Table:
    """What the letters of trails heard."""
    return {"heard": np.bincount(owner, edges["samples"], rows).astype(np.int64)}


def _counts(memory: str, node: Any, count: str, wanted: Iterable[str]) -> Asking[dict[str, int]]:
    """What is there of topics or letters, by their names."""
    prefix, name = ("topic ", "path") if node is TOPIC else ("letter ", "begin")
    ids = np.array([number(memory, prefix + one) for one in wanted], np.int64)
    rows = yield Nodes(node, "id", ids, [name, count])
    return dict(zip(rows[name].tolist(), rows[count].tolist(), strict=True))


def _letters(memory: str, old: dict[str, int], now: dict[str, int]) -> NodeChanges:
    def row(begin: str) -> dict[str, Any]:
        return {"id": number(memory, f"letter {begin}"), "topics": now[begin]}

    def made(begin: str) -> dict[str, Any]:
        below = len(begin) > 1
        parent = number(memory, f"letter {begin[:1]}") if below else None
        return row(begin) | {
            "parent": parent,
            "begin": begin,
            "slot": None if below else number(memory, f"slot {begin}"),
        }

    return _changes_of(memory, LETTER, old, now, row, made)


def _changes_of(memory: str, node: Any, old: dict[str, int], now: dict[str, int], row: Any, made: Any) -> NodeChanges:
    prefix = {TOPIC: "topic ", TRAIL: "trail "}.get(node, "letter ")
    new = [made(one) for one in now if now[one] and one not in old]
    changed = [row(one) for one in now if now[one] and old.get(one, now[one]) != now[one]]
    gone = np.array(sorted(number(memory, prefix + one) for one in old if not now[one]), np.int64)
    return NodeChanges(node, _table(new, node), _table(changed, node), delete=gone)


def _table(rows: list[dict[str, Any]], of: Any) -> Table:
    """Rows as columns, in the order of their keys."""
    types: dict[str, Any] = {p.name: np.float64 if p.type == "float" else np.int64 for p in of.properties}
    types |= {p.name: object for p in of.properties if p.type in ("text", "vector") or p.nullable} | {"parent": object}
    rows = sorted(rows, key=lambda row: (row.get("id", 0), row.get("source", 0), row.get("target", 0)))
    columns: Table = {}
    for name in rows[0] if rows else ():
        columns[name] = np.empty(len(rows), types.get(name, np.int64))
        columns[name][:] = [row[name] for row in rows]
    return columns
