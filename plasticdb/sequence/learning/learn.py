"""From a batch of samples and what is cache of the graph to the changes of one graph transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...graph.store import Changes, EdgeChanges, NodeChanges
from ...kit.plasticity import Floats
from ...kit.rows import Rows
from ...kit.sorting import among
from ...kit.tables import Ints, Table, height
from ...memory.requests import Asking
from ..prediction.parameters import HEARD, total
from ..schema import ATOM, CONCEPT, CONTEXT, SYNAPSE
from ..tokens import Tokenizer
from ..views import Views, chains
from ..vocabulary import START_CODE, Batch, encode
from ..working_set import SequenceWorkingSet
from . import closed, contexts, pieces, tree

__all__ = ["Learned", "learn", "taken"]

# What a symbol of a batch takes, as it was measured on source code: most of it are the contexts that it opens, and below
# which depth it opens any, and how many more at each depth, depends on what a symbol is.
_A_SYMBOL = {"chars": 180, "bytes": 230, "words": 350, "symbols": 1000}
"""Bytes that it takes where it opens none."""
_A_CONTEXT = 370
_OPENS = {"chars": (2, 0.08), "bytes": (2, 0.08), "words": (0, 0.14), "symbols": (0, 0.14)}
_MOST_OPENED = 0.55
_PLACED = {"chars": 1.5, "bytes": 1.5, "words": 2.1, "symbols": 2.1}
"""Contexts that it opens in all of a position view, of which the first places open few."""
_PLACES = 100


@dataclass(frozen=True, slots=True)
class Learned:
    """What a batch made: the changes for the store, and what to hold when the store has applied them.

    leaves: the id of each sample's own concept, and whether it was `known` before the batch.
    """

    changes: Changes
    contexts: Rows
    prefixes: Table
    vacated: Ints
    atoms: Ints
    leaves: Ints
    known: NDArray[np.bool_]

    def keep(self, cache: SequenceWorkingSet) -> None:
        """The store applied it: take it in."""
        cache.keep_contexts(self.contexts)
        cache.keep_prefixes(self.prefixes, self.vacated)
        cache.vocabulary.counted(self.atoms)


def learn(
    cache: SequenceWorkingSet, tokenizer: Tokenizer, views: Views, texts: Sequence[str], mass: Floats, count: Ints
) -> Asking[Learned]:
    """Add `mass` and `count` (negative: take away) to samples, each given once, by its text as a concept (without stop).

    One fetch; nothing is written.
    """
    if not len(texts):
        return _nothing(cache)
    batch = encode(tokenizer, texts, cache.vocabulary)
    # The tree first: it makes little, and what it takes is let go before the contexts take more.
    leaves, growth, lifted, levels = yield from _grow_tree(cache, batch, tokenizer, mass, count)
    rows, speakers, said, synapses, heard = yield from _learn_contexts(cache, tokenizer, batch, views, mass, count)
    was = np.concatenate([growth.now["id"][growth.existed], growth.gone])
    prefixes = _tree_changes(growth, lifted)
    fired = np.bincount(batch.codes, np.repeat(count, np.diff(batch.offsets)), len(cache.vocabulary.symbols)).astype(
        np.int64
    )
    fired[START_CODE] = 0
    atoms = cache.vocabulary.count + fired
    more = {
        "samples": int(count.sum()),
        "symbols": int(fired.sum()),
        "concepts": height(prefixes.create) - len(prefixes.delete),
        "contexts": height(speakers.create) - len(speakers.delete),
        "synapses": height(synapses.create) - height(synapses.delete),
    }
    more |= {f"r_level_{level}": int(n) for level, n in enumerate(levels) if n} | heard
    if moved := height(said.create) - len(said.delete):
        more["pieces"] = moved
    totals = dict(cache.totals) | {name: cache.totals.get(name, 0) + n for name, n in more.items()}
    totals = {name: n for name, n in totals.items() if n or name not in heard}  # as if what is gone had never been
    changes = Changes([prefixes, speakers, said, _atom_changes(cache, atoms)], [synapses], totals)
    now = {name: np.concatenate([growth.now[name], lifted[name]]) for name in tree.COLUMNS}
    return Learned(changes, rows, now, growth.vacated, atoms, leaves, among(leaves, np.sort(was)))


def taken(tokenizer: str, views: Views) -> int:
    """Bytes that a symbol takes while it is learned, about.

    >>> from ..views import read
    >>> taken("chars", read("suffix 5, position 16")), taken("words", read("suffix 4")), taken("chars", read("suffix 16"))
    (446, 864, 2429)
    """
    opened, (none, more) = 0.0, _OPENS[tokenizer]
    for view in views:
        if view.name == "position":
            opened += _PLACED[tokenizer] * min(1.0, view.reach / _PLACES)
        else:
            # What follows a symbol again is seldom new, and a skip has a level less than it looks back.
            levels = {"suffix": view.reach, "skip": view.reach - 1, "first": view.reach}.get(view.name, 1)
            opened += sum(min(_MOST_OPENED, more * max(depth - none, 0)) for depth in range(1, levels + 1))
    return int(_A_SYMBOL[tokenizer] + _A_CONTEXT * opened)


def _nothing(cache: SequenceWorkingSet) -> Learned:
    none = np.empty(0, np.int64)
    empty = Rows(none, {}, np.zeros(1, np.int64), contexts.EMPTY_EDGES)
    columns, atoms = dict.fromkeys(tree.COLUMNS, none), cache.vocabulary.count
    return Learned(Changes(totals=cache.totals), empty, columns, none, atoms, none, none.astype(bool))


def _learn_contexts(
    cache: SequenceWorkingSet, tokenizer: Tokenizer, batch: Batch, views: Views, mass: Floats, count: Ints
) -> Asking[tuple[Rows, NodeChanges, NodeChanges, EdgeChanges, dict[str, int]]]:
    levels = chains(batch, cache.vocabulary, views)
    described, rank = contexts.ordered(batch, levels)
    twice = np.flatnonzero(np.diff(described.id) == 0)
    if len(twice):
        contexts.refuse(described, int(twice[0]), repr(described.texts(twice[:1] + 1)[0]))
    old = yield from cache.get_contexts(described, hold=False)
    if cache.totals.get("closed"):
        levels, described, rank, old = yield from closed.within(batch, levels, described, rank, old)
    now, synapses = contexts.learn(batch, levels, rank, old, mass, count)

    was = (old.columns["count"] > 0) | (np.diff(old.start) > 0)
    there = (now.columns["count"] > 0) | (np.diff(now.start) > 0)
    now.columns["count"][~there] = 0
    new, stay = np.flatnonzero(there & ~was), np.flatnonzero(there & was)
    create = described.table(new, cache.vocabulary.ids, tokenizer.name, cache.derives)
    update: Table = {"id": described.id[stay]}
    if not cache.derives:
        update["r_level"] = described.r_level(stay)
        for name in ("count", "mass", "total"):
            create[name], update[name] = now.columns[name][new], now.columns[name][stay]
    nodes = NodeChanges(CONTEXT, create, update, {}, described.id[was & ~there])
    said = yield from pieces.heard(described, now.columns["count"] - old.columns["count"])
    return now, nodes, said, _synapse_changes(cache, described.id, synapses), _heard(described, synapses)


def _heard(described: contexts.Described, synapses: Table) -> dict[str, int]:
    """What a batch changes at the numbers of synapses that were heard once, or twice, by chain and depth."""
    level = described.level[synapses["row"]]
    more: dict[str, int] = {}
    for name, (least, most) in HEARD.items():
        now, was = ((weight >= least) & (weight < most) for weight in (synapses["weight"], synapses["was"]))
        moved = now != was
        found = np.bincount(level[moved], np.where(now[moved], 1, -1), len(described.levels)).astype(np.int64)
        for at in np.flatnonzero(found).tolist():
            key = total(name, described.levels[at].chain, described.levels[at].depth)
            more[key] = more.get(key, 0) + int(found[at])
    return more


def _synapse_changes(cache: SequenceWorkingSet, ids: Ints, synapses: Table) -> EdgeChanges:
    table = {
        "source": ids[synapses["row"]],
        "target": cache.vocabulary.ids[synapses["code"]],
        "weight": synapses["weight"],
        "fired": synapses["fired"],
    }
    of = {kind: np.flatnonzero(synapses["change"] == kind) for kind in (1, 0, -1)}
    new, old, gone = ({name: column[some] for name, column in table.items()} for some in of.values())
    return EdgeChanges(SYNAPSE, new, old, {"source": gone["source"], "target": gone["target"]})


def _grow_tree(
    cache: SequenceWorkingSet, batch: Batch, tokenizer: Tokenizer, mass: Floats, count: Ints
) -> Asking[tuple[Ints, tree.Growth, Table, Ints]]:
    """The ids of the samples' own concepts, those on the samples' paths, those further below whose r_level changed, and
    what that adds to each r_level."""
    way = tree.paths(batch, cache.vocabulary)
    leaves = way.leaves
    nodes = yield from cache.get_prefixes(way.slots)
    parents = tree.emptied(way, nodes, count)
    if len(parents):
        siblings = yield from cache.children(parents)
        new = ~among(siblings["id"], np.sort(nodes["id"]))
        nodes = {name: np.concatenate([nodes[name], siblings[name][new]]) for name in tree.COLUMNS}
    beside = way.beside(nodes)
    if len(beside):
        others = encode(tokenizer, beside, cache.vocabulary)
        way = way.before(tree.paths(others, cache.vocabulary), batch)
        batch = batch.before(others)
        mass, count = (np.concatenate([part, np.zeros(len(beside), part.dtype)]) for part in (mass, count))
    growth = tree.grow(batch, way, cache.vocabulary, nodes, parents, count, mass)
    below = {name: growth.now[name][:0] for name in (*tree.COLUMNS, "parent")}
    if len(growth.lifted):
        below = yield from cache.below(growth.lifted)
    lifted, was = tree.lift(growth, below)
    new, old = (np.concatenate(pair) for pair in ((growth.now["r_level"], lifted["r_level"]), (nodes["r_level"], was)))
    most = int(max(new.max(initial=0), old.max(initial=0))) + 1
    return leaves, growth, lifted, np.bincount(new, minlength=most) - np.bincount(old, minlength=most)


def _tree_changes(growth: tree.Growth, lifted: Table) -> NodeChanges:
    now, existed = growth.now, growth.existed
    create = {name: column[~existed] for name, column in now.items()}
    rows = height(create)
    create |= {
        "chain": np.full(rows, "prefix", object),
        "at": np.zeros(rows, np.int64),
        "total": np.zeros(rows),
    }
    names = ("id", "r_level", "count", "mass")
    update = {name: np.concatenate([now[name][existed], lifted[name]]) for name in names}
    update["total"] = np.zeros(height(update))
    move = {name: now[name][growth.moved] for name in ("id", "parent", "slot")}
    return NodeChanges(CONCEPT, create, update, move, growth.gone)


def _atom_changes(cache: SequenceWorkingSet, atoms: Ints) -> NodeChanges:
    was, ids, symbols = cache.vocabulary.count, cache.vocabulary.ids, cache.vocabulary.symbols
    unlike = np.flatnonzero(was != atoms)
    unlike = unlike[np.argsort(ids[unlike])]
    new, gone = unlike[was[unlike] == 0], unlike[atoms[unlike] == 0]
    changed = unlike[(was[unlike] > 0) & (atoms[unlike] > 0)]
    named = np.empty(len(new), object)
    named[:] = [symbols[code] for code in new.tolist()]
    create = {"id": ids[new], "symbol": named, "count": atoms[new]}
    return NodeChanges(ATOM, create, {"id": ids[changed], "count": atoms[changed]}, {}, ids[gone])
