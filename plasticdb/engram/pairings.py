"""Several synapses between the same two engrams: one for each context in which they fired together.

What two have in all contexts, and in none, is their `SYNAPSE`: the sum. So the same cue brings along one partner in one
context and another one in the next, and what is learned in the second takes nothing from the first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from ..errors import Collision
from ..graph.store import EdgeChanges, NodeChanges
from ..kit.tables import Ints, Table
from ..memory.requests import Asking, Edges, Nodes
from .events import members
from .firings import Synapses, count
from .schema import PAIRED, PAIRING
from .working_set import EngramWorkingSet, key

__all__ = ["NOTHING", "changes", "in_contexts", "synapses_in"]

Pair = tuple[str, int, int]
"""A context, and the numbers of two engrams, the older first."""
_COLUMNS = ("id", "one", "other", "context", "fired")
NOTHING = count(np.empty(0, np.int64), *members({}))
"""No synapses."""


def synapses_in(cache: EngramWorkingSet, sources: Ints, context: str) -> Asking[Synapses]:
    """The synapses of engrams in one context, from kept ones and open firings."""
    found = yield from in_contexts(cache, sources)
    return found.get(context, NOTHING)


def in_contexts(cache: EngramWorkingSet, sources: Ints) -> Asking[dict[str, Synapses]]:
    """The synapses of engrams in each context in which they have any."""
    known = yield from _kept(cache, sources.tolist())
    for context in sorted(set(cache.contexts.values())):
        open_ = {n: fired for n, fired in cache.firings.items() if cache.contexts.get(n) == context}
        recent = count(sources, *members(open_))
        for source, target, fired in _rows(recent):
            pair = _pair(context, source, target)
            if source == pair[1] or pair[1] not in sources:  # counted from one end only
                known[pair] = known.get(pair, 0) + fired
    found: dict[str, list[tuple[int, int, int]]] = {}
    asked = set(sources.tolist())
    for (context, one, other), fired in known.items():
        ends = ((one, other, fired), (other, one, fired))
        found.setdefault(context, []).extend(row for row in ends if row[0] in asked)
    return {
        context: Synapses(*np.array(sorted(rows), np.int64).reshape(-1, 3).T) for context, rows in sorted(found.items())
    }


def changes(
    cache: EngramWorkingSet,
    closed: Mapping[int, Mapping[int, str]],
    contexts: Mapping[int, str],
    died: Collection[int],
    gone: Sequence[int],
) -> Asking[tuple[NodeChanges, EdgeChanges]]:
    """What firings that are consolidated add to what pairs have in their contexts, and that of the dead gone.

    Parameters
    ----------
    closed, contexts
        Who fired in each of them, and the contexts of those that have one.
    died, gone
        Engrams that are not alive any more, and those of them that the graph has.
    """
    cut = yield from _kept(cache, gone)
    more: dict[Pair, int] = {}
    for context in sorted(set(contexts.values())):
        alive = {
            n: {m: why for m, why in closed[n].items() if m not in died} for n, c in contexts.items() if c == context
        }
        firing, engram = members(alive)
        for source, target, fired in _rows(count(np.unique(engram), firing, engram)):
            if source < target:
                more[context, source, target] = fired
    ids = {_id(cache, pair): pair for pair in more}
    known = yield from _read(sorted(ids))
    for id, (pair, fired) in known.items():
        if pair != ids[id]:
            raise Collision(f"the contexts {pair[0]!r} and {ids[id][0]!r} have one id; call one of them otherwise")
        more[pair] += fired
    cache.pairings += len(more) - len(known) - len(cut)
    new = sorted(id for id in ids if id not in known)
    create: Table = {"id": _ints(new), "fired": _ints([more[ids[id]] for id in new])}
    create |= {"one": _ints([ids[id][1] for id in new]), "other": _ints([ids[id][2] for id in new])}
    create["context"] = np.array([ids[id][0] for id in new], object)
    update: Table = {"id": _ints(sorted(known)), "fired": _ints([more[ids[id]] for id in sorted(known)])}
    dead = _ints(sorted(_id(cache, pair) for pair in cut))
    ends = EdgeChanges(PAIRED, _ends(cache, (ids[id] for id in new)), delete=_ends(cache, cut))
    return NodeChanges(PAIRING, create, update, delete=dead), ends


def _kept(cache: EngramWorkingSet, engrams: Sequence[int]) -> Asking[dict[Pair, int]]:
    """How often pairs of some engrams fired in each context, in consolidated firings."""
    if not (cache.pairings and len(engrams)):
        return {}
    found = yield Edges(PAIRED, cache.ids(engrams))
    rows = yield from _read(np.unique(found["target"]).tolist())
    return dict(rows.values())


def _read(ids: Sequence[int]) -> Asking[dict[int, tuple[Pair, int]]]:
    if not ids:
        return {}
    rows = yield Nodes(PAIRING, "id", _ints(ids), _COLUMNS)
    columns = zip(*(rows[name].tolist() for name in _COLUMNS), strict=True)
    return {id: ((context, one, other), fired) for id, one, other, context, fired in columns}


def _rows(synapses: Synapses) -> Iterable[tuple[int, int, int]]:
    return zip(synapses.source.tolist(), synapses.target.tolist(), synapses.count.tolist(), strict=True)


def _pair(context: str, one: int, other: int) -> Pair:
    return context, min(one, other), max(one, other)


def _id(cache: EngramWorkingSet, pair: Pair) -> int:
    return key(cache.name, PAIRING.label, f"{pair[1]} {pair[2]} {pair[0]}")


def _ends(cache: EngramWorkingSet, pairs: Iterable[Pair]) -> Table:
    rows = sorted((cache.first + end, _id(cache, pair)) for pair in pairs for end in pair[1:])
    both = np.array(rows, np.int64).reshape(-1, 2)
    return {"source": both[:, 0], "target": both[:, 1]}


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, np.int64)
