"""The predictor's contexts (`views.py` says which), and how a batch changes their synapses.

A batch is learned level by level from the deepest contexts to the roots. At each level the masses that reach a synapse
are summed first: what it passes on depends on its weight before and after alone, so every batch size and every order
give the same graph.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import Collision
from ..kit.ids import as_id
from ..kit.plasticity import Floats, told
from ..kit.rows import Rows
from ..kit.tables import Ints, Table
from .views import Level
from .vocabulary import Batch

__all__ = ["EMPTY_EDGES", "learn", "ordered"]

GONE = 1e-9
"""A synapse in which nothing learned is left goes when its weight is nearer to zero than this."""

Number = TypeVar("Number", np.int64, np.float64)

EMPTY_EDGES: Table = {"code": np.empty(0, np.int64), "weight": np.empty(0), "fired": np.empty(0, np.int64)}


def _described(batch: Batch, levels: list[Level]) -> Table:
    """The contexts of all levels as columns: `id`, `parent`, `chain`, `at`, `text`, `length`, `r_level`."""
    sizes = [len(level.first) for level in levels]
    ids = [as_id(level.hashes) for level in levels]
    parents = [np.full(len(level.first), None, object) if level.depth == 0 else None for level in levels]
    above = {(level.chain, level.depth): ids[i] for i, level in enumerate(levels)}
    return {
        "id": np.concatenate(ids),
        "parent": np.concatenate(
            [
                root if root is not None else above[level.chain, level.depth - 1][level.parent].astype(object)
                for level, root in zip(levels, parents, strict=True)
            ]
        ),
        "chain": np.repeat(np.array([level.chain for level in levels], object), sizes),
        "at": np.concatenate([level.at for level in levels]),
        "text": np.concatenate([batch.texts(level.first - level.length, level.first) for level in levels]),
        "length": np.repeat([level.length for level in levels], sizes),
        "r_level": np.repeat([level.depth for level in levels], sizes),
    }


def ordered(batch: Batch, chains: list[list[Level]]) -> tuple[Table, Ints]:
    """The contexts of all levels in the order of their ids, and the place of each in it."""
    described = _described(batch, [level for chain in chains for level in chain])
    order = np.argsort(described["id"])
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return {name: column[order] for name, column in described.items()}, rank


def learn(
    batch: Batch, chains: list[list[Level]], order: Ints, old: Rows, mass: Floats, count: Ints
) -> tuple[Rows, Table]:
    """What a batch makes of the contexts it visits.

    order: [c] where each context of the levels, one level behind the other, stands in `old` (all contexts, sorted by
    id, those that are new with count 0 and no edges). mass, count: [samples] what is added to each sample (negative:
    taken away).

    Returns the contexts as they are now, and what happened to their synapses: columns `row` (in `old`), `code`,
    `weight`, `fired`, and `change` (1 new, 0 updated, -1 gone).
    """
    codes = int(max(batch.codes.max(initial=0), old.edges["code"].max(initial=0))) + 1
    lengths = np.diff(old.start)
    before = np.repeat(np.arange(len(old)), lengths) * codes + old.edges["code"]
    by_key = np.argsort(before)
    before, weights, fired = before[by_key], old.edges["weight"][by_key], old.edges["fired"][by_key]
    sample = np.repeat(np.arange(len(batch)), np.diff(batch.offsets))

    keys, changed, firings, offset = [], [], [], 0
    for levels in chains:
        offsets = offset + np.cumsum([0] + [len(level.first) for level in levels])
        offset = int(offsets[-1])
        passed: tuple[Ints, Floats, Ints] | None = None
        for depth in reversed(range(len(levels))):
            level = levels[depth]
            own = np.ones(len(level.target), bool)
            if depth + 1 < len(levels):
                own = ~np.isin(level.target, levels[depth + 1].target, assume_unique=True, kind="table")
            target = level.target[own]
            key = level.context[own] * codes + batch.codes[target]
            m, n = mass[sample[target]], count[sample[target]]
            if passed is not None:
                key, m, n = (np.concatenate(pair) for pair in zip((key, m, n), passed, strict=True))
            key, inverse = np.unique(key, return_inverse=True)
            added = np.bincount(inverse, m, len(key)).astype(np.float64, copy=False)
            n = np.bincount(inverse, n, len(key)).astype(np.int64)
            context, code = np.divmod(key, codes)
            row = order[offsets[depth] + context] * codes + code
            weight = _at(before, weights, row)
            after = weight + added
            keys.append(row)
            changed.append(after)
            firings.append(_at(before, fired, row) + n)
            passed = (level.parent[context] * codes + code, told(after) - told(weight), n)
    return _settle(old, codes, (before, weights, fired), *(np.concatenate(part) for part in (keys, changed, firings)))


def _at(keys: Ints, values: NDArray[Number], wanted: Ints) -> NDArray[Number]:
    """values where keys == wanted, else 0; keys sorted."""
    out = np.zeros(len(wanted), values.dtype)
    at = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    found = keys[at] == wanted if len(keys) else np.zeros(len(wanted), bool)
    out[found] = values[at[found]]
    return out


def _settle(
    old: Rows, codes: int, before: tuple[Ints, Floats, Ints], touched: Ints, weight: Floats, fired: Ints
) -> tuple[Rows, Table]:
    """Old and touched synapses as one: what is gone goes, and mass, total and count follow from what is there."""
    order = np.argsort(touched)
    touched, weight, fired = touched[order], weight[order], fired[order]
    gone = (fired == 0) & (np.abs(weight) < GONE)
    existed = np.isin(touched, before[0], assume_unique=True)
    untouched = ~np.isin(before[0], touched, assume_unique=True)
    parts = [(kept[untouched], new[~gone]) for kept, new in zip(before, (touched, weight, fired), strict=True)]
    key, weights, firings = (np.concatenate(part) for part in parts)
    order = np.argsort(key)
    row, code = np.divmod(key[order], codes)
    weights, firings = weights[order], firings[order]
    heard, size = np.maximum(weights, 0.0), len(old)
    now = Rows(
        old.key,
        old.columns
        | {
            "count": np.bincount(row, firings, size).astype(np.int64),
            "mass": np.bincount(row, heard, size),
            "total": np.bincount(row, told(heard), size),
        },
        np.searchsorted(row, np.arange(size + 1)),
        {"code": code, "weight": weights, "fired": firings},
    )
    seen = existed | ~gone
    row, code = np.divmod(touched[seen], codes)
    change = np.where(gone[seen], -1, np.where(existed[seen], 0, 1))
    return now, {"row": row, "code": code, "weight": weight[seen], "fired": fired[seen], "change": change}


def same(described: Table, held: Table) -> None:
    """Compare natural keys of contexts with those found under their ids; raises Collision."""
    for name in ("chain", "at", "text"):
        unlike = np.flatnonzero(described[name] != held[name])
        if len(unlike):
            i = int(unlike[0])
            raise Collision(
                f"two concepts have the id {described['id'][i]}: {described['text'][i]!r} and {held['text'][i]!r}; "
                "rename the memory (its name is part of every id) or report this"
            )
