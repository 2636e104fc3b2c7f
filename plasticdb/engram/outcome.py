"""What a batch of events changes in the graph, once all of them are applied to the working set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..graph.store import Changes, EdgeChanges, NodeChanges
from ..kit.tables import Table
from ..memory.requests import Asking
from . import pairings
from .batch import EventBatch
from .schema import COPY, ENGRAM, FIRED, FIRING, NEXT, STREAM
from .succession import of_session
from .synapses import consolidation
from .working_set import COLUMNS, EngramWorkingSet, key

__all__ = ["changes", "in_session"]

_CHANGING = ("level", "expires_at", "fires", "place", "after", "pinned", "rewarded")
TOTALS = ("tick", "consolidated", "texts", "terms", "gone", "updated", "pairings", "heard")
"""What of a memory's totals its working set has by name."""


def changes(batch: EventBatch) -> Asking[Changes]:
    """What the events of a batch change in the graph."""
    cache = batch.cache
    there = [n for n in batch.dead if n not in batch.created]
    made = [cache.engrams[n] for n in sorted(batch.created) if n in cache.engrams]
    changed = [cache.engrams[n] for n in sorted(batch.touched - batch.created) if n in cache.engrams]
    open_ = [n for n in batch.fired if n in cache.firings]
    firings = {
        "id": np.array(open_, np.int64) + cache.first_firing,
        "number": np.array(open_, np.int64),
        "tick": np.array([batch.fired[n][0] for n in open_], np.int64),
        "session": np.array([batch.fired[n][1] for n in open_], np.int64),
        "context": np.array([cache.contexts.get(n) for n in open_], object),
    }
    done = sorted(n for n in batch.closed if n not in batch.fired)
    changing = COLUMNS if batch.updated else _CHANGING
    engrams = NodeChanges(ENGRAM, cache.table(made, COLUMNS), cache.table(changed, changing), delete=cache.ids(there))
    nodes = [engrams, NodeChanges(FIRING, firings, delete=np.array(done, np.int64) + cache.first_firing)]
    gone = batch.gone + [(n, number) for n in done for number in batch.closed[n]]
    new = [(n, number, why) for n in open_ for number, why in sorted(cache.firings[n].items())]
    fired = _ends(cache, new) | {"why": np.array([row[2] for row in new], object)}
    removed = _ends(cache, sorted(gone))
    kept = yield from consolidation(cache.first, batch.closed, batch.dead, there)
    edges = [EdgeChanges(FIRED, fired, delete=removed), kept]
    if batch.closed_in or (cache.pairings and there):
        pairs, ends = yield from pairings.changes(cache, batch.closed, batch.closed_in, batch.dead, there)
        nodes, edges = [*nodes, pairs], [*edges, ends]
    if batch.shortcuts.touched:
        edges.append(batch.shortcuts.changes())
    if batch.mentions.now:
        terms, mentions = yield from batch.mentions.changes(batch.created)
        nodes, edges = [*nodes, terms], [*edges, mentions]
    if batch.succession.was:
        streams, links = batch.succession.changes()
        nodes, edges = [*nodes, streams], [*edges, links]
    if batch.copies.was:
        copies, answers = batch.copies.changes()
        nodes, edges = [*nodes, copies], [*edges, answers]
    return Changes(nodes, edges, _totals(cache))


def in_session(batch: EventBatch, changes: Changes, session: int) -> None:
    """Note in which session this was, which was planned as that of number 0: the journal says so only when it has it."""
    cache = batch.cache
    changes.nodes[1].create["session"][:] = session
    planned, name = of_session(0), of_session(session)
    if planned not in batch.succession.was:
        return
    for node in changes.nodes:
        if node.node in (ENGRAM, COPY):
            node.create["stream"][node.create["stream"] == planned] = name
        elif node.node is STREAM:  # nothing but this one: a step has one stream
            node.create["name"][:] = name
            node.create["id"][:] = key(cache.name, STREAM.label, name)
    for edge in changes.edges:
        if edge.relationship is NEXT:
            edge.create["stream"][:] = name
    cache.streams[name] = cache.streams.pop(planned)
    for number in batch.created & cache.engrams.keys():
        cache.engrams[number].stream = name


def _totals(cache: EngramWorkingSet) -> dict[str, int]:
    sizes = {"working": cache.working, "short": cache.younger() - cache.working, "long": cache.long}
    return {name: getattr(cache, name) for name in TOTALS} | sizes | {"firings": len(cache.firings)}


def _ends(cache: EngramWorkingSet, rows: Sequence[Any]) -> Table:
    """Of pairs of a firing and an engram, at the beginning of each row, their ids."""
    firings, engrams = (np.array([row[end] for row in rows], np.int64) for end in (0, 1))
    return {"source": firings + cache.first_firing, "target": engrams + cache.first}
