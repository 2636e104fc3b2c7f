"""The predictor's contexts (`views/` says which), and how a batch changes their synapses.

A batch is learned level by level from the deepest contexts to the roots. At each level the masses that reach a synapse
are summed first: what it passes on depends on its weight before and after alone, so every batch size and every order
give the same graph.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import Collision
from ..kit import sorting
from ..kit.ids import as_id
from ..kit.plasticity import Floats, told
from ..kit.rows import Rows
from ..kit.tables import Ints, Table
from .derived import START, root, summed
from .views import Level
from .vocabulary import START_CODE, Batch

__all__ = ["EMPTY_EDGES", "NATURAL", "Described", "learn", "ordered"]

GONE = 1e-9
"""A synapse in which nothing learned is left goes when its weight is nearer to zero than this."""
ROOT = -1
"""The parent, and the symbol, of a chain's root."""
NATURAL = ("chain", "at", "text")
"""What names a context, for people."""

EVERY = slice(None)

EMPTY_EDGES: Table = {"code": np.empty(0, np.int64), "weight": np.empty(0), "fired": np.empty(0, np.int64)}


@dataclass(frozen=True, slots=True)
class Described:
    """The contexts that a batch visits, sorted by id.

    id, parent: [c]. symbol: [c] what it adds to its parent (`Level.step`). With its parent it says which context it is: so no
    text need be made to tell two from each other.
    level: [c] which of the `levels`. begin, end: [c] where the batch has what it adds, or its text where that is in one piece.
    length: [c] symbols in its text; added: [c] how many of them it adds.
    """

    batch: Batch
    levels: list[Level]
    id: Ints
    parent: Ints
    symbol: Ints
    level: Ints
    begin: Ints
    end: Ints
    at: Ints
    length: Ints
    added: Ints

    def __len__(self) -> int:
        return len(self.id)

    def natural(self, some: Ints) -> Table:
        """`NATURAL` of some of them (by their places)."""
        chain = np.array([level.chain for level in self.levels], object)[self.level[some]]
        return {"chain": chain, "at": self.at[some], "text": self.texts(some)}

    def texts(self, some: Ints) -> NDArray[np.object_]:
        own = self.batch.texts(self.begin[some], self.end[some])
        straight = np.array([level.straight for level in self.levels])[self.level[some]]
        if len(under := np.flatnonzero(~straight)):
            above, _, which = sorting.groups(self.parent[some[under]])
            more = self.texts(self.id.searchsorted(above))[which]
            between = self.batch.between
            own[under] = [between.join(filter(None, pair)) for pair in zip(own[under], more, strict=True)]
        return own

    def r_level(self, some: Ints | slice = EVERY) -> Ints:
        return np.array([level.depth for level in self.levels], np.int64)[self.level[some]]

    def steps(self, some: Ints, ids: Ints, tokenizer: str) -> Ints:
        """The steps of some of them (`derived.py`). ids: of atoms, by code."""
        level, made = self.level[some], self.symbol[some].copy()
        spoken = made >= 0
        made[spoken] = np.where(made[spoken] == START_CODE, START, ids[made[spoken]])
        for i in np.flatnonzero(self.parent[some] == ROOT).tolist():
            made[i] = root(self.levels[level[i]].chain, tokenizer)
        return made

    def table(self, some: Ints, ids: Ints, tokenizer: str, derives: bool) -> Table:
        """What a store keeps of some of them, but for their numbers; less where it derives the rest."""
        parent = self.parent[some].astype(object)
        parent[self.parent[some] == ROOT] = None
        own = {"id": self.id[some], "parent": parent, "symbol": self.steps(some, ids, tokenizer)}
        if derives:
            return own
        return own | {"length": self.length[some], "r_level": self.r_level(some)} | self.natural(some)


def ordered(batch: Batch, chains: list[list[Level]]) -> tuple[Described, Ints]:
    """The contexts of all levels in the order of their ids, and the place of each in it."""
    levels = [level for chain in chains for level in chain]
    sizes = np.array([len(level.first) for level in levels])
    begins = sizes.cumsum() - sizes
    number = np.arange(len(levels)).repeat(sizes)
    every = as_id(np.concatenate([level.hashes for level in levels]))
    above = np.concatenate([level.parent for level in levels]) + np.append(0, begins)[number]  # the level before it
    root = np.array([level.depth == 0 for level in levels])[number]
    parent = np.where(root, ROOT, every[above])
    step, at, length = (np.concatenate([getattr(level, name) for level in levels]) for name in ("step", "at", "length"))
    begin, end = (np.concatenate(parts) for parts in zip(*map(_spoken, levels), strict=True))
    added = np.concatenate([level.end - level.begin for level in levels])
    order = every.argsort()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    parts = (part[order] for part in (parent, step, number, begin, end, at, length, added))
    return Described(batch, levels, every[order], *parts), rank


def _spoken(level: Level) -> tuple[Ints, Ints]:
    """Where the batch has what a level's contexts add, or their texts where those are in one piece."""
    return (level.first - level.length, level.first) if level.straight else (level.begin, level.end)


def learn(
    batch: Batch, chains: list[list[Level]], order: Ints, old: Rows, mass: Floats, count: Ints
) -> tuple[Rows, Table]:
    """What a batch makes of the contexts it visits.

    order: [c] where each context of the levels, one level behind the other, stands in `old` (all contexts, sorted by
    id, those that are new with count 0 and no edges). mass, count: [samples] what is added to each sample (negative:
    taken away).

    Returns the contexts as they are now, and what happened to their synapses, in the order of the contexts: columns
    `row` (in `old`), `code`, `was`, `weight`, `fired`, and `change` (1 new, 0 updated, -1 gone).
    """
    codes = int(max(batch.codes.max(initial=0), old.edges["code"].max(initial=0))) + 1
    # Contexts have the numbers that the levels give them: so each level's synapses come in order, and are found in order.
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    before = np.repeat(number, np.diff(old.start)) * codes + old.edges["code"]
    by_key = sorting.order(before)
    held = _Synapses(before[by_key], old.edges["weight"][by_key], old.edges["fired"][by_key])
    sample = np.repeat(np.arange(len(batch)), np.diff(batch.offsets))
    deeper = np.zeros(len(batch.codes), bool)

    touched: list[_Touched] = []
    first = 0
    for levels in chains:
        offsets = first + np.cumsum([0] + [len(level.first) for level in levels])
        first = int(offsets[-1])
        passed: tuple[Ints, Floats, Ints] | None = None
        mine: list[_Touched] = []
        for level, offset in zip(reversed(levels), offsets[-2::-1].tolist(), strict=True):
            target, context = level.target, level.context
            if passed is not None:
                own = ~deeper[target]
                target, context = target[own], context[own]
            deeper[target] = True
            key = context * codes + batch.codes[target]
            m, n = mass[sample[target]], count[sample[target]]
            if passed is not None:
                key, m, n = (np.concatenate(pair) for pair in zip((key, m, n), passed, strict=True))
            key, _, which = sorting.groups(key)
            added = np.bincount(which, m, len(key)).astype(np.float64, copy=False)
            n = np.bincount(which, n, len(key)).astype(np.int64)
            mine.append(held.touch(key + offset * codes, added, n))
            context, code = np.divmod(key, codes)
            passed = (level.parent[context] * codes + code, told(mine[-1].weight) - told(mine[-1].was), n)
        deeper[levels[0].target if levels else ()] = False
        touched += reversed(mine)
    return _settle(old, order, number, codes, held, _Touched.all(touched))


@dataclass(frozen=True, slots=True)
class _Touched:
    """Synapses that a batch fires: their keys (sorted), weights before and after, and firings; where they were held, if so."""

    key: Ints
    was: Floats
    weight: Floats
    fired: Ints
    at: Ints
    existed: NDArray[np.bool_]

    @classmethod
    def all(cls, parts: list[_Touched]) -> _Touched:
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__))


@dataclass(frozen=True, slots=True)
class _Synapses:
    """The synapses that there were, sorted by key."""

    key: Ints
    weight: Floats
    fired: Ints

    def touch(self, key: Ints, added: Floats, n: Ints) -> _Touched:
        at, existed = sorting.places(self.key, key)
        was, fired = np.zeros(len(key)), n.copy()
        was[existed] = self.weight[at[existed]]
        fired[existed] += self.fired[at[existed]]
        return _Touched(key, was, was + added, fired, at, existed)


def _settle(old: Rows, order: Ints, number: Ints, codes: int, held: _Synapses, touched: _Touched) -> tuple[Rows, Table]:
    """Old and touched synapses as one: what is gone goes, and mass, total and count follow from what is there."""
    gone = (touched.fired == 0) & (np.abs(touched.weight) < GONE)
    untouched = np.ones(len(held.key), bool)
    untouched[touched.at[touched.existed]] = False
    parts = [
        np.concatenate([getattr(held, name)[untouched], getattr(touched, name)[~gone]])
        for name in ("key", "weight", "fired")
    ]
    by_key = parts[0].argsort(kind="stable")  # two runs that are sorted
    key, weight, fired = (part[by_key] for part in parts)
    context, code = np.divmod(key, codes)
    edges = {"code": code, "weight": weight, "fired": fired}
    numbers = summed(context, edges, len(old))
    start = np.concatenate([[0], np.bincount(context, minlength=len(old)).cumsum()])
    now = Rows(old.key[order], numbers, start, edges).take(number)
    now.columns.update({name: column for name, column in old.columns.items() if name not in numbers})
    seen = np.flatnonzero(touched.existed | ~gone)
    context, code = np.divmod(touched.key[seen], codes)
    row = order[context]
    by_row = sorting.order(row)
    seen = seen[by_row]
    change = np.where(gone[seen], -1, np.where(touched.existed[seen], 0, 1))
    synapses = {"row": row[by_row], "code": code[by_row], "was": touched.was[seen], "weight": touched.weight[seen]}
    return now, synapses | {"fired": touched.fired[seen], "change": change}


def same(described: Described, rows: Rows) -> None:
    """Compare contexts with the rows found under their ids (all of them, in their order); raises Collision."""
    unlike = (rows.columns["parent"] != described.parent) | (rows.columns["symbol"] != described.symbol)
    if unlike.any():
        refuse(described, int(unlike.argmax()), "another one")


def same_steps(described: Described, some: Ints, held: Table, ids: Ints) -> None:
    """The same for stores that derive texts, of some of the contexts; held: `parent` and `symbol`, as they are there."""
    below = np.flatnonzero(described.parent[some] != ROOT)
    step = described.steps(some[below], ids, "chars")
    unlike = (described.parent[some[below]] != held["parent"][below]) | (step != held["symbol"][below])
    if unlike.any():
        refuse(described, int(some[below[unlike.argmax()]]), "another one")


def same_text(described: Described, some: Ints, held: Table) -> None:
    """The same for stores that keep texts, of some of the contexts."""
    natural = described.natural(some)
    for name in NATURAL:
        unlike = np.flatnonzero(natural[name] != held[name])
        if len(unlike):
            i = int(unlike[0])
            refuse(described, int(some[i]), repr(held["text"][i]))


def refuse(described: Described, place: int, other: str) -> None:
    """Say that two contexts have one id."""
    text = described.texts(np.array([place]))[0]
    raise Collision(
        f"two concepts have the id {described.id[place]}: {text!r} and {other}; "
        "rename the memory (its name is part of every id) or report this"
    )
