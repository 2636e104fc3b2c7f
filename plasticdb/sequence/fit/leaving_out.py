"""Leaving one sample out: what each context would know, had the sample never been learned. Nothing is written.

Of every sample, what it taught is taken out of copies of the contexts that it visits, level by level, as `contexts.learn`
would take it out of the contexts themselves. So it is what an unlearning of this one sample would leave.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...kit import sorting
from ...kit.plasticity import Floats, told
from ...kit.rows import Rows, ranges
from ...kit.tables import Ints
from ..learning.contexts import GONE
from ..views import Level
from ..vocabulary import START_CODE, Batch

__all__ = ["Alone", "LeftOut", "leave_out"]


@dataclass(frozen=True, slots=True)
class Alone:
    """The contexts of some samples, each sample's own as they were without it.

    contexts: rows of own contexts, with edges `code`, `weight`. view, depth: [c] of each. rows: [views, depths, n] which of
    them each history has, from depth 1, -1 where there is none. code: [n] the symbol that follows; place, last: [n] how
    many symbols come before it, and the code of the last of these. sample: [n] whose history it is, from 0; samples: how
    many there are. key, other: weights of the suffix's root without a sample, sorted by sample * codes + code; mass,
    total: [samples] of that root.
    """

    contexts: Rows
    view: Ints
    depth: Ints
    rows: Ints
    code: Ints
    place: Ints
    last: Ints
    sample: Ints
    key: Ints
    other: Floats
    mass: Floats
    total: Floats


@dataclass(frozen=True, slots=True)
class _Copies:
    """Own contexts in the order of their samples, and the synapses of these that differ from what there is.

    row: [c] which context each is a copy of. touched: [t] which copy, in order; edge: which of the synapses in `LeftOut`,
    and the weight that is left: 0 where nothing is.
    """

    sample: Ints
    row: Ints
    view: Ints
    depth: Ints
    touched: Ints
    edge: Ints
    left: Floats


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A batch whose samples are left out one by one. start, code, weight: the synapses of all contexts, by row and code.

    rows: [views, depths, n], as in `Alone`, of all copies. first: [samples + 1] where each sample's histories begin.
    key, other, mass, total: as in `Alone`, of all samples.
    """

    codes: int
    start: Ints
    code: Ints
    weight: Floats
    copies: _Copies
    rows: Ints
    first: Ints
    said: Ints
    place: Ints
    last: Ints
    key: Ints
    other: Floats
    mass: Floats
    total: Floats

    def some(self, begin: int, end: int) -> Alone:
        """The samples from `begin` up to `end`: copies are made of what they visit."""
        copies, codes = self.copies, self.codes
        a, b = copies.sample.searchsorted((begin, end)).tolist()
        row = copies.row[a:b]
        lengths = self.start[row + 1] - self.start[row]
        edge, start = ranges(self.start[row], lengths), np.concatenate([[0], lengths.cumsum()])
        weight = self.weight[edge]
        t, u = copies.touched.searchsorted((a, b)).tolist()
        touched, left = copies.touched[t:u] - a, copies.left[t:u]
        weight[start[touched] + copies.edge[t:u] - self.start[row[touched]]] = left
        mine = slice(*self.first[[begin, end]].tolist())
        rows = np.where(self.rows[:, :, mine] >= 0, self.rows[:, :, mine] - a, -1)
        # A synapse of which nothing is left stays, and says nothing; a context that has no other is not there.
        there = np.append(lengths > np.bincount(touched[left == 0], minlength=b - a), False)
        rows = np.where(there[rows], rows, -1)
        k, m = self.key.searchsorted((begin * codes, end * codes)).tolist()
        sample = np.arange(end - begin).repeat(np.diff(self.first[begin : end + 1]))
        return Alone(
            Rows(np.arange(b - a), {}, start, {"code": self.code[edge], "weight": weight}),
            copies.view[a:b],
            copies.depth[a:b],
            rows,
            self.said[mine],
            self.place[mine],
            self.last[mine],
            sample,
            self.key[k:m] - begin * codes,
            self.other[k:m],
            self.mass[begin:end],
            self.total[begin:end],
        )


def leave_out(batch: Batch, chains: list[list[Level]], order: Ints, held: Rows, mass: Floats, codes: int) -> LeftOut:
    """Leave each sample of a batch out of the contexts that it visits.

    order: where each context of the levels stands in `held` (as for `contexts.learn`). mass: [samples] what is taken of
    each. codes: more than any symbol's.
    """
    by_code = _by_code(held, codes)
    spoken = batch.codes != START_CODE
    target = np.flatnonzero(spoken)
    history = spoken.cumsum() - 1
    sample = np.arange(len(batch)).repeat(np.diff(batch.offsets))
    rows = np.full((len(chains), max((len(levels) for levels in chains), default=1) - 1, len(target)), -1)
    parts: list[_Copies] = []
    root: _Copies | None = None
    offset = made = 0
    for view, levels in enumerate(chains):
        offsets = offset + np.cumsum([0] + [len(level.first) for level in levels])
        offset = int(offsets[-1])
        passed: tuple[Ints, Ints, Ints, Floats, Ints] | None = None
        deeper = np.zeros(len(batch.codes), bool)
        for level, before in zip(reversed(levels), offsets[-2::-1].tolist(), strict=True):
            if not level.depth and view:  # what the suffix's root knows is the base of all; the others say nothing
                break
            wide = len(level.first)
            key, _, which = sorting.groups(sample[level.target] * wide + level.context)
            of_sample, context = np.divmod(key, wide)
            if level.depth:
                rows[view, level.depth - 1, history[level.target]] = made + which
            own = ~deeper[level.target]
            deeper[level.target] = True
            code = batch.codes[level.target[own]]
            touched, taken = which[own] * codes + code, mass[of_sample[which[own]]]
            fired = np.ones(len(touched), np.int64)
            if passed is not None:
                above = key.searchsorted(passed[0] * wide + passed[1])
                touched = np.concatenate([touched, above * codes + passed[2]])
                taken, fired = np.concatenate([taken, passed[3]]), np.concatenate([fired, passed[4]])
            touched, _, group = sorting.groups(touched)
            taken = np.bincount(group, taken, len(touched)).astype(np.float64, copy=False)
            fired = np.bincount(group, fired, len(touched)).astype(np.int64)
            copy, code = np.divmod(touched, codes)
            row = order[before + context]
            edge = by_code.find(row[copy] * codes + code)
            was = by_code.weight[edge]
            left = was - taken
            left[(by_code.fired[edge] == fired) & (np.abs(left) < GONE)] = 0.0
            at, deep = np.full(len(key), view), np.full(len(key), level.depth)
            found = _Copies(of_sample, row, at, deep, copy + made, edge, left)
            if not level.depth:
                root = replace(found, touched=copy)
                break
            parts.append(found)
            made += len(key)
            passed = of_sample[copy], level.parent[context[copy]], code, told(was) - told(left), fired
    assert root is not None
    copies, rank = _in_order(parts)
    rows = np.where(rows >= 0, np.append(rank, 0)[rows], -1)
    return LeftOut(
        codes,
        held.start,
        by_code.code,
        by_code.weight,
        copies,
        rows,
        batch.offsets - np.arange(len(batch) + 1),
        batch.codes[target],
        (target - batch.offsets[sample[target]]),
        batch.codes[target - 1],
        *_rooted(root, by_code, held, codes, len(batch)),
    )


@dataclass(frozen=True, slots=True)
class _ByCode:
    """The synapses of rows, in the order of (row, code)."""

    key: Ints
    code: Ints
    weight: Floats
    fired: Ints

    def find(self, key: Ints) -> Ints:
        """Where synapses are that must be there."""
        by = sorting.order(key)
        at = np.empty(len(key), np.int64)
        at[by] = self.key.searchsorted(key[by])
        return at


def _by_code(held: Rows, codes: int) -> _ByCode:
    key = np.arange(len(held)).repeat(np.diff(held.start)) * codes + held.edges["code"]
    by = sorting.order(key)
    return _ByCode(key[by], *(held.edges[name][by] for name in ("code", "weight", "fired")))


def _in_order(parts: list[_Copies]) -> tuple[_Copies, Ints]:
    """Copies of all levels in the order of their samples, and the place of each in it."""
    whole = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _Copies.__slots__}
    by_sample = whole["sample"].argsort(kind="stable")
    rank = np.empty(len(by_sample), np.int64)
    rank[by_sample] = np.arange(len(by_sample))
    touched = rank[whole["touched"]]
    by_copy = touched.argsort(kind="stable")
    own = {name: whole[name][by_sample] for name in ("sample", "row", "view", "depth")}
    found = {"touched": touched[by_copy]} | {name: whole[name][by_copy] for name in ("edge", "left")}
    return _Copies(**own, **found), rank


def _rooted(
    root: _Copies, by_code: _ByCode, held: Rows, codes: int, samples: int
) -> tuple[Ints, Floats, Floats, Floats]:
    """The suffix's root without each sample: `key`, `other`, `mass` and `total`."""
    row = int(root.row[0])
    whole = np.maximum(by_code.weight[held.start[row] : held.start[row + 1]], 0.0)
    was, left = np.maximum(by_code.weight[root.edge], 0.0), np.maximum(root.left, 0.0)
    sample = root.sample[root.touched]
    mass = float(whole.sum()) + np.bincount(sample, left - was, samples)
    total = float(told(whole).sum()) + np.bincount(sample, told(left) - told(was), samples)
    return sample * codes + by_code.code[root.edge], left, mass.astype(np.float64), total.astype(np.float64)
