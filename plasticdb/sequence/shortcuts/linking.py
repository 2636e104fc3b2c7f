"""Shortcuts as edges: a consolidation makes them of all samples, and what is unlearned takes its part of them along.

Which they are follows from the samples that the memory has, what these weigh then, and nothing else. Between two consolidations
none opens; of one that lost samples the rest must be evidence enough.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ...graph.store import Changes, EdgeChanges
from ...journal.events import EventRow
from ...kit.shortcuts import ABOVE, surprise
from ...kit.tables import Ints, Table, empty
from ...memory.requests import Asking, Edges, Taken
from ..fit.fitted import edge_changes
from ..living import Living, living, texts_of, weights
from ..options import Options
from ..schema import APART
from ..vocabulary import STOP_CODE, encode
from ..working_set import SequenceWorkingSet
from .pairs import Read, apart, far

__all__ = ["left", "link"]

_PART = 10_000
"""Samples whose texts are fetched at a time."""
_COLUMNS = {"source": "int", "target": "int", **{p.name: p.type for p in APART.properties}}


def link(cache: SequenceWorkingSet, options: Options, last: int) -> Asking[tuple[EdgeChanges, int]]:
    """What makes the shortcuts those of the samples alive at a position, and how many pairs have one then."""
    old = empty(_COLUMNS)
    if cache.totals.get("apart"):
        old = yield from _edges(cache.vocabulary.ids[cache.vocabulary.known])
    new = yield from _found(cache, options, last)
    return edge_changes(APART, old, new), len(new["source"]) // 2


def left(cache: SequenceWorkingSet, options: Options, rows: Sequence[EventRow], changes: Changes) -> Asking[Changes]:
    """What a batch of events changes, and what its unlearnings take from the shortcuts."""
    if not cache.totals.get("apart") or not any(row.kind == "unlearn" for row in rows):
        return changes
    fitted = int(cache.totals["fit_position"])
    taken: list[EventRow] = yield Taken(rows[0].position, rows[-1].position)
    gone = np.array([row.position for row in taken if row.target is None and row.position < fitted], np.int64)
    if not len(gone):
        return changes
    read = yield from _read(cache, options, Living(gone, (yield from weights(gone, fitted - 1))), np.arange)
    symbols = len(cache.vocabulary.symbols)
    pair, lost = apart(read, options.window, symbols)
    ends = cache.vocabulary.ids[np.stack(np.divmod(pair, symbols))]
    edges = yield from _edges(np.unique(ends))
    less = dict(zip(zip(*np.sort(ends, axis=0).tolist(), strict=True), lost.tolist(), strict=True))
    both = np.sort(np.stack([edges["source"], edges["target"]]), axis=0).T.tolist()
    minus = np.array([less.get((one, other), 0.0) for one, other in both], float)
    edges["occasions"] -= minus
    edges["evidence"] = surprise(edges["occasions"], edges["expected"])
    stays = (minus == 0) | (edges["occasions"] - edges["expected"] >= ABOVE)
    now = dict(changes.totals or cache.totals)
    now["apart"] = now.get("apart", 0) - int((~stays).sum()) // 2
    less_evident = _those(edges, (minus > 0) & stays)
    ended = _those({name: edges[name] for name in ("source", "target")}, ~stays)
    return Changes(changes.nodes, [*changes.edges, EdgeChanges(APART, update=less_evident, delete=ended)], now)


def _found(cache: SequenceWorkingSet, options: Options, last: int) -> Asking[Table]:
    """The shortcuts that there should be, as rows in their order."""
    vocabulary = cache.vocabulary
    often = np.flatnonzero(vocabulary.count >= ABOVE)  # one that is rarer has no pair that is evident
    names = [(vocabulary.symbols[code], code) for code in often.tolist() if code != STOP_CODE]
    codes = np.array([code for _, code in sorted(names)], np.int64)  # so their numbers do not depend on what came first
    if len(codes) < 2:
        return empty(_COLUMNS)

    def numbers(known: int) -> Ints:
        number = np.full(known, -1)
        number[codes] = np.arange(len(codes))
        return number

    read = yield from _read(cache, options, (yield from living(last)), numbers)
    found = far(read, options.window, len(codes))
    one, other = vocabulary.ids[codes[found.one]], vocabulary.ids[codes[found.other]]
    table: Table = {"source": np.concatenate([one, other]), "target": np.concatenate([other, one])}
    table |= {name: np.tile(getattr(found, name), 2) for name in ("occasions", "expected", "evidence")}
    return _those(table, np.lexsort((table["target"], table["source"])))


def _read(cache: SequenceWorkingSet, options: Options, samples: Living, numbers: Callable[[int], Ints]) -> Asking[Read]:
    """Samples as they are paired. numbers: gives the number of each code that the vocabulary has, -1 for none."""
    none = np.empty(0, np.int64)
    codes, lengths, kept = [none.astype(np.int32)], [np.zeros(1, np.int64)], [none]
    for first in range(0, len(samples.position), _PART):
        texts, there = yield from texts_of(samples.position[first : first + _PART], options.spelling)
        batch = encode(options.cut, texts, cache.vocabulary)
        inner = np.ones(len(batch.codes), bool)
        inner[[*batch.offsets[:-1], *(batch.offsets[1:] - 1)]] = False  # the start and the stop are in every sample
        codes.append(batch.codes[inner].astype(np.int32))
        lengths.append(np.diff(batch.offsets) - 2)
        kept.append(there + first)
    mass = np.clip(samples.mass[np.concatenate(kept)], 0.0, 1.0)  # one that was reinforced is no more samples than one
    flat = np.concatenate(codes).astype(np.int64)
    return Read(numbers(len(cache.vocabulary.symbols))[flat], np.concatenate(lengths).cumsum(), mass)


def _edges(sources: Ints) -> Asking[Table]:
    found: Table = yield Edges(APART, np.sort(sources))
    return _those(found, np.lexsort((found["target"], found["source"])))


def _those(table: Table, which: NDArray[np.bool_] | Ints) -> Table:
    return {name: column[which] for name, column in table.items()}
