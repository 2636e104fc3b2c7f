"""The predictor's contexts (`views/` says which), and how a batch changes their synapses.

A batch is learned level by level from the deepest contexts to the roots. At each level the masses that reach a synapse
are summed first: what it passes on depends on its weight before and after alone, so every batch size and every order
give the same graph.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import Collision
from ...kit import sorting
from ...kit.ids import as_id
from ...kit.plasticity import Floats, told
from ...kit.rows import Rows
from ...kit.tables import Column, Ints, Table
from ..derived import START, root, summed
from ..views import Level
from ..vocabulary import START_CODE, Batch

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
class _Named:
    """What a level's contexts have in common. The level itself is large, and need not be kept to know that."""

    chain: str
    depth: int
    straight: bool


@dataclass(frozen=True, slots=True)
class Described:
    """The contexts that a batch visits, sorted by id.

    id, parent: [c]. symbol: [c] what it adds to its parent (`Level.step`). With its parent it says which context it is: so no
    text need be made to tell two from each other.
    level: [c] which of the `levels`. begin, end: [c] where the batch has what it adds, or its text where that is in one piece.
    length: [c] symbols in its text; added: [c] how many of them it adds.
    """

    batch: Batch
    levels: list[_Named]
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

    def some(self, which: NDArray[np.bool_]) -> Described:
        """Some of them."""
        names = [name for name in self.__slots__ if name not in ("batch", "levels")]
        return replace(self, **{name: getattr(self, name)[which] for name in names})

    def natural(self, some: Ints) -> Table:
        """`NATURAL` of some of them (by their places)."""
        chain = np.array([level.chain for level in self.levels], object)[self.level[some]]
        return {"chain": chain, "at": self.at[some], "text": self.texts(some)}

    def texts(self, some: Ints) -> NDArray[np.object_]:
        own = self.batch.texts(self.begin[some], self.end[some])
        # Where a text is not in one piece the abstraction's comes behind; a root has none, and need not be among these.
        goes_on = np.array([level.depth > 1 and not level.straight for level in self.levels])
        if len(under := np.flatnonzero(goes_on[self.level[some]])):
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
        parent: Column = self.parent[some]
        if (root := parent == ROOT).any():
            parent = parent.astype(object)  # several times as large
            parent[root] = None
        own: Table = {"id": self.id[some], "parent": parent, "symbol": self.steps(some, ids, tokenizer)}
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
    named = [_Named(level.chain, level.depth, level.straight) for level in levels]
    parts = (part[order] for part in (parent, step, number, begin, end, at, length, added))
    return Described(batch, named, every[order], *parts), rank


def _spoken(level: Level) -> tuple[Ints, Ints]:
    """Where the batch has what a level's contexts add, or their texts where those are in one piece."""
    return (level.first - level.length, level.first) if level.straight else (level.begin, level.end)


def learn(
    batch: Batch, chains: list[list[Level]], order: Ints, old: Rows, mass: Floats, count: Ints
) -> tuple[Rows, Table]:
    """What a batch makes of the contexts it visits.

    chains: their levels, which are let go one by one: they are most of what a batch takes. order: [c] where each context
    of the levels, one level behind the other, stands in `old` (all contexts, sorted by id, those that are new with count
    0 and no edges). mass, count: [samples] what is added to each sample (negative: taken away).

    Returns the contexts as they are now, and what happened to their synapses, in the order of the contexts: columns
    `row` (in `old`), `code`, `was`, `weight`, `fired`, and `change` (1 new, 0 updated, -1 gone).
    """
    codes = int(max(batch.codes.max(initial=0), old.edges["code"].max(initial=0))) + 1
    row = np.repeat(np.arange(len(old)), np.diff(old.start))
    # Contexts have the numbers that the levels give them: so each level's synapses come in order, and are found in order.
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    before = number[row] * codes + old.edges["code"]
    place = sorting.order(before)
    held = _Synapses(before[place], old.edges["weight"][place], old.edges["fired"][place])
    del before, number
    touched = _touch(batch, chains, held, codes, mass, count)
    del held
    stays = np.ones(len(row), bool)
    stays[place[touched["at"][touched["existed"]]]] = False
    del place, touched["at"]
    context, code = np.divmod(touched.pop("key"), codes)
    return _settle(old, row, stays, codes, touched | {"row": order[context], "code": code})


def _touch(
    batch: Batch, chains: list[list[Level]], held: _Synapses, codes: int, mass: Floats, count: Ints
) -> dict[str, NDArray[Any]]:
    """The synapses that a batch fires: their `key`s (sorted), `weight` before (`was`) and after, and how often they `fired`;
    and whether they `existed`, and where they were held (`at`)."""
    sample = np.repeat(np.arange(len(batch)), np.diff(batch.offsets))
    deeper = np.zeros(len(batch.codes), bool)
    touched: dict[str, list[NDArray[Any]]] = {name: [] for name in ("key", "was", "weight", "fired", "at", "existed")}
    first = 0
    for levels in chains:
        offsets = first + np.cumsum([0] + [len(level.first) for level in levels])
        first = int(offsets[-1])
        passed: tuple[Ints, Floats, Ints] | None = None
        mine: list[tuple[NDArray[Any], ...]] = []
        for offset in offsets[-2::-1].tolist():
            level = levels.pop()
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
            was, weight, fired, at, existed = held.touch(key + offset * codes, added, n)
            mine.append((key + offset * codes, was, weight, fired, at, existed))
            context, code = np.divmod(key, codes)
            passed = (level.parent[context] * codes + code, told(weight) - told(was), n)
            if not levels:
                deeper[level.target] = False
        for parts in reversed(mine):
            for name, part in zip(touched, parts, strict=True):
                touched[name].append(part)
    return {name: np.concatenate(touched.pop(name)) for name in [*touched]}


@dataclass(frozen=True, slots=True)
class _Synapses:
    """The synapses that there were, sorted by key."""

    key: Ints
    weight: Floats
    fired: Ints

    def touch(self, key: Ints, added: Floats, n: Ints) -> tuple[Floats, Floats, Ints, Ints, NDArray[np.bool_]]:
        """Weights before and after, and firings of those with these keys; where they are held, and whether they are."""
        at, existed = sorting.places(self.key, key)
        was, fired = np.zeros(len(key)), n.copy()
        was[existed] = self.weight[at[existed]]
        fired[existed] += self.fired[at[existed]]
        return was, was + added, fired, at, existed


def _settle(
    old: Rows, row: Ints, stays: NDArray[np.bool_], codes: int, touched: dict[str, NDArray[Any]]
) -> tuple[Rows, Table]:
    """Old and touched synapses as one: what is gone goes, and mass, total and count follow from what is there.

    row: [m] whose the old synapses are; stays: which of them are not touched.
    """
    gone = (touched["fired"] == 0) & (np.abs(touched["weight"]) < GONE)
    # A column at a time: all of them twice would be most of what a process takes.
    key = np.concatenate([row[stays], touched["row"][~gone]]) * codes
    key += np.concatenate([old.edges["code"][stays], touched["code"][~gone]])
    place = sorting.order(key)
    owner, code = np.divmod(key[place], codes)
    del key
    edges: Table = {"code": code}
    for name in ("weight", "fired"):
        edges[name] = np.concatenate([old.edges[name][stays], touched[name][~gone]])[place]
    del place
    numbers = summed(owner, edges, len(old))
    start = np.concatenate([[0], np.bincount(owner, minlength=len(old)).cumsum()])
    del owner
    seen = np.flatnonzero(touched["existed"] | ~gone)
    seen = seen[sorting.order(touched["row"][seen])]
    change = np.where(gone[seen], -1, np.where(touched["existed"][seen], 0, 1))
    synapses = {name: touched.pop(name)[seen] for name in ("row", "code", "was", "weight", "fired")}
    return Rows(old.key, old.columns | numbers, start, edges), synapses | {"change": change}


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
