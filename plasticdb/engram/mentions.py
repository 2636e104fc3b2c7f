"""Which engrams mention which terms, and what a batch changes in that. The counts are sums: exact after any death."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from ..errors import Collision
from ..graph.store import EdgeChanges, NodeChanges
from ..kit.tables import Ints, Table
from ..memory.requests import Asking, Edges, Nodes
from .schema import MENTIONS, TERM
from .working_set import EngramWorkingSet, key

__all__ = ["Mentions"]

Pair = tuple[int, int]
"""The ids of an engram and of a term."""


@dataclass(slots=True)
class Mentions:
    """The terms of engrams that a batch makes, changes or buries.

    cache: the working set. now: of such engrams, by number, how often each term is in its text at the end of the batch.
    """

    cache: EngramWorkingSet
    now: dict[int, Mapping[str, int]] = field(default_factory=dict)

    def changes(self, created: Iterable[int]) -> Asking[tuple[NodeChanges, EdgeChanges]]:
        """What that is in the graph, which knows nothing of the engrams that were `created`."""
        fresh = set(created)
        kept = yield Edges(MENTIONS, self.cache.ids(n for n in self.now if n not in fresh))
        ends = zip(kept["source"].tolist(), kept["target"].tolist(), strict=True)
        before: dict[Pair, int] = dict(zip(ends, kept["count"].tolist(), strict=True))
        ids: dict[str, int] = {}
        after: dict[Pair, int] = {}
        for number, terms in self.now.items():
            for term, count in terms.items():
                if term not in ids:
                    ids[term] = key(self.cache.name, TERM.label, term)
                after[self.cache.first + number, ids[term]] = count
        more = [pair for pair in after if pair not in before]
        less = [pair for pair in before if pair not in after]
        other = [pair for pair, count in after.items() if before.get(pair, count) != count]
        nodes = yield from self._terms(ids, more, less)
        removed = _rows(less)
        return nodes, EdgeChanges(MENTIONS, _rows(more, after), _rows(other, after), removed)

    def _terms(self, ids: Mapping[str, int], more: Iterable[Pair], less: Iterable[Pair]) -> Asking[NodeChanges]:
        """What becomes of terms that more engrams mention, and fewer."""
        change: dict[int, int] = {}
        for pairs, one in ((more, 1), (less, -1)):
            for _, term in pairs:
                change[term] = change.get(term, 0) + one
        counts, texts = self.cache.mentioned, {id: text for text, id in ids.items()}
        if unknown := [id for id in change if id not in counts]:
            rows = yield Nodes(TERM, "id", np.array(sorted(unknown), np.int64), ["id", "text", "engrams"])
            for id, text, engrams in zip(*(rows[name].tolist() for name in ("id", "text", "engrams")), strict=True):
                if texts.setdefault(id, text) != text:
                    raise Collision(f"the terms {text!r} and {texts[id]!r} have one id; keep them in two memories")
                counts[id] = engrams
        new: list[int] = []
        changed: list[int] = []
        gone: list[int] = []
        for id in sorted(id for id, by in change.items() if by):
            before = counts.get(id, 0)
            counts[id] = before + change[id]
            (gone if not counts[id] else changed if before else new).append(id)
        create: Table = {"id": _ints(new), "text": np.array([texts[id] for id in new], object)}
        create["engrams"] = _ints([counts[id] for id in new])
        update = {"id": _ints(changed), "engrams": _ints([counts[id] for id in changed])}
        return NodeChanges(TERM, create, update, delete=_ints(gone))


def _rows(pairs: Iterable[Pair], counts: Mapping[Pair, int] | None = None) -> Table:
    ordered = sorted(pairs)
    ends = np.array(ordered, np.int64).reshape(-1, 2)
    table: Table = {"source": ends[:, 0], "target": ends[:, 1]}
    return table if counts is None else table | {"count": _ints([counts[pair] for pair in ordered])}


def _ints(values: list[int]) -> Ints:
    return np.array(values, np.int64)
