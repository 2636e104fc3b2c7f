"""From contexts to the probability of the next symbol: each view says how much likelier than the base it makes a symbol.

The base b is what the suffix's root says. A view's contexts k = 1 .. L, from general to specific, with weights c, mass n,
total T, discount d and strength theta by depth, make of it p_i(s) = sum_k M_k (c - d f(c)) / (n_k + theta) + M_0 b(s),
where M_k is the product of B_j = (theta + d T_j) / (n_j + theta) over the deeper ones. With r_i = p_i / b and the gates'
weights w_i, p(s) = b(s) prod_i r_i(s)^w_i / Z, where gates may give the stop one factor more. A symbol that none of the
contexts knows has r_i = M_0 in each view: so Z is a sum over the symbols that some context knows, and the stop, and one
number for all others.

Symbols are numbers here, `column`: in which order is up to the caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...kit.plasticity import Floats, told
from ...kit.rows import Rows, ranges, sums
from ...kit.sorting import groups, order
from ...kit.tables import Ints
from .interpolated import NOTHING, interpolated
from .parameters import BUCKETS, DEPTHS, PLACES, Gates, Parameters

__all__ = [
    "Account",
    "Base",
    "Features",
    "Ground",
    "Said",
    "Speakers",
    "Toward",
    "account",
    "dense",
    "expected",
    "said",
    "toward",
]

SURE = np.array([1.5, 2.5, 4.5]) - NOTHING
"""The masses that part the buckets of contexts that know one symbol."""
UNSURE = np.array([0.1, 0.25, 0.5])
"""The parts left to the abstraction that part the others."""
_ZERO, _ONE, _NONE = np.zeros(1), np.ones(1), np.zeros(1, np.int64)


@dataclass(frozen=True, slots=True)
class Speakers:
    """What contexts say, each to whatever its abstraction says; the last stands for none, at -1.

    discount, strength, mass, total, inherits: [c + 1] d, theta, n, T and B of each; known: [c + 1] how many symbols it
    knows. start: [c + 1], column, heard, gain: its synapses (`Rows`), their weights where above 0, and what each adds to
    its symbol.
    """

    discount: Floats
    strength: Floats
    mass: Floats
    total: Floats
    inherits: Floats
    known: Ints
    start: Ints
    column: Ints
    heard: Floats
    gain: Floats

    @classmethod
    def of(cls, contexts: Rows, view: Ints, depth: Ints, column: Ints, parameters: Parameters) -> Speakers:
        """contexts: with edges `code`, `weight`. view, depth: [c] of each. column: by code."""
        depth = np.minimum(depth, DEPTHS - 1)
        d, theta = parameters.discount[view, depth], parameters.strength[view, depth]
        many, lengths = len(contexts), contexts.start[1:] - contexts.start[:-1]
        owner, columns = np.arange(many).repeat(lengths), column[contexts.edges["code"]]
        heard = np.maximum(contexts.edges["weight"], 0.0)
        # In another order sums would be rounded in another way: codes are one process's own.
        key = owner * (len(column) + 1) + columns
        if (key[1:] < key[:-1]).any():
            by_key = order(key)
            columns, heard = columns[by_key], heard[by_key]
        own = interpolated(heard, contexts.start, d, theta)
        known = sums((heard > NOTHING).astype(np.int64), contexts.start)
        d, theta, mass, total = (np.concatenate((part, _ZERO)) for part in (d, theta, own.mass, own.total))
        inherits, known = np.concatenate((own.inherits, _ONE)), np.concatenate((known, _NONE))
        return cls(d, theta, mass, total, inherits, known, contexts.start, columns, heard, own.gain)

    def many(self, rows: Ints) -> Ints:
        """[n]: how many synapses the contexts [views, depths, n] have together."""
        return np.asarray(np.append(np.diff(self.start), 0)[rows].sum(axis=(0, 1)))

    def edges(self, row: Ints) -> tuple[Ints, Ints]:
        """The synapses of rows, and how many each of them has."""
        first = self.start[row]
        lengths = self.start[row + 1] - first
        return ranges(first, lengths), lengths


@dataclass(frozen=True, slots=True)
class Ground:
    """What the suffix's root has heard. weight: [columns] c where above 0; mass, total: n and T."""

    weight: Floats
    mass: float
    total: float

    @classmethod
    def of(cls, speakers: Speakers, row: int, columns: int) -> Ground:
        """row: the root, -1 where there is none."""
        weight = np.zeros(columns)
        if row >= 0:
            mine = slice(speakers.start[row], speakers.start[row + 1])
            weight[speakers.column[mine]] = speakers.heard[mine]
        return cls(weight, float(speakers.mass[row]), float(speakers.total[row]))


@dataclass(frozen=True, slots=True)
class Base:
    """What the suffix's root makes of its abstraction: b(s) = (c - d f(c) + d T G(s)) / n.

    weight: [columns] c where above 0. discount: d. abstraction: [columns] G, but for a factor. group: [n] which of the g
    bases each history has; mass, total, factor: [g] n, T, and what G is multiplied by. key, other: weights that are others
    in one group, sorted by group * columns + column.
    """

    weight: Floats
    discount: float
    abstraction: Floats
    group: Ints
    mass: Floats
    total: Floats
    factor: Floats
    key: Ints
    other: Floats

    def weights(self, history: Ints, column: Ints) -> Floats:
        """c of symbols after histories."""
        weight = self.weight[column]
        some, other = self._others(history, column)
        weight[some] = other
        return weight

    def of(self, history: Ints, column: Ints) -> Floats:
        """b of symbols after histories."""
        own = self.weight if len(column) > len(self.weight) else self.weight[column]
        own = own - self.discount * told(own)
        own = own[column] if len(column) > len(self.weight) else own
        some, other = self._others(history, column)
        own[some] = other - self.discount * told(other)
        speaks = self.mass > NOTHING
        mass = np.where(speaks, self.mass, 1.0)
        above = np.where(speaks, self.discount * self.total / mass, 1.0) * self.factor
        said = self.abstraction[column]
        said *= above[self.group][history]
        own *= np.where(speaks, 1.0 / mass, 0.0)[self.group][history]
        said += own
        return said

    def _others(self, history: Ints, column: Ints) -> tuple[Ints, Floats]:
        """Which of these weights are others, and those."""
        if not len(self.key):
            return np.empty(0, np.int64), self.other
        columns = len(self.weight)
        differs = np.zeros(columns, bool)
        differs[self.key % columns] = True
        some = differs[column].nonzero()[0]
        wanted = self.group[history[some]] * columns + column[some]
        at = np.minimum(self.key.searchsorted(wanted), len(self.key) - 1)
        there = self.key[at] == wanted
        return some[there], self.other[at[there]]

    def every(self, symbols: int) -> Floats:
        """[n, symbols]: b of the first symbols after each history, where no weights are others."""
        group = np.arange(len(self.mass))[:, None]
        weight = self.weight[:symbols]
        mass, above = self.mass[group], self.abstraction[:symbols] * self.factor[group]
        own = weight - self.discount * told(weight)
        speaks = mass > NOTHING
        said = (own + self.discount * self.total[group] * above) / np.where(speaks, mass, 1.0)
        return np.asarray(np.where(speaks, said, above)[self.group])


@dataclass(frozen=True, slots=True)
class Features:
    """What the gates look at. mask, depth, place, last: [n]; confidence: [views, n]; see `Gates`."""

    mask: Ints
    depth: Ints
    confidence: Ints
    place: Ints
    last: Ints

    def weights(self, gates: Gates) -> Floats:
        """[views, n] how much each view counts after each history."""
        views = np.arange(len(self.confidence))[:, None]
        weights = gates.present[self.mask].T + gates.depth[self.depth, :-1].T + gates.confidence[views, self.confidence]
        if len(gates.place):
            weights += gates.place[self.place, :-1].T
        if len(gates.last):
            met = self.last < len(gates.last)
            weights += np.where(met, gates.last[np.where(met, self.last, 0)].T, 0.0)
        return weights

    def ending(self, gates: Gates) -> Floats:
        """[n] how much likelier than by all views the stop is after each history, as a logarithm."""
        return np.asarray(gates.depth[self.depth, -1] + gates.place[self.place, -1])


@dataclass(frozen=True, slots=True)
class Said:
    """What follows n histories, said of the symbols that any of their contexts knows: the cells, in order of `key`.

    rows: [views, depths, n] the contexts (-1: none), from depth 1. columns: more than any symbol's. first: [n + 1] where the
    cells of each history begin. key, history, column: [u] history * columns + column, and its parts. base: [u] b. ratio:
    [views, u] log r_i; rest: [views, n] log M_0, which is log r_i of all other symbols; 0 where a view is silent. weights:
    [views, n] of the views. stop: the stop's column; ending: [n] the log of its own factor: where there is any the stop is
    among the cells of each history. score: [u], and other: [n], times b, for each other symbol: p is that over `whole`, [n].
    beyond: [n] what b gives to all others together. lifted: [n] the log by which all scores were divided.
    """

    rows: Ints
    columns: int
    first: Ints
    key: Ints
    history: Ints
    column: Ints
    base: Floats
    ratio: Floats
    rest: Floats
    features: Features
    weights: Floats
    stop: int
    ending: Floats | None
    score: Floats
    other: Floats
    whole: Floats
    beyond: Floats
    lifted: Floats

    @property
    def present(self) -> NDArray[np.bool_]:
        """[views, n] which views speak."""
        return np.asarray(self.rows[:, 0] >= 0)


def said(speakers: Speakers, rows: Ints, base: Base, gates: Gates, place: Ints, last: Ints, stop: int) -> Said:
    """Let all views speak.

    rows: [views, depths, n] the contexts of n histories from depth 1, -1 where there is none. place, last: [n] how many
    symbols a history has, with its start, and the code of its last one. stop: the stop's column.
    """
    views, _, n = rows.shape
    columns = len(base.weight)
    inherits, passed = speakers.inherits[rows], np.ones(rows.shape)
    upward = inherits[:, ::-1].cumprod(axis=1)[:, ::-1]
    passed[:, :-1] = upward[:, 1:]
    left = upward[:, 0]
    view, depth, history = (rows >= 0).nonzero()
    edge, lengths = speakers.edges(rows[view, depth, history])
    wanted = (history * columns).repeat(lengths) + speakers.column[edge]
    if gates.end:
        wanted = np.concatenate([wanted, np.arange(n) * columns + stop])
    key, _, which = groups(wanted)
    which = which[: len(edge)]
    gain = speakers.gain[edge]
    gain *= passed[view, depth, history].repeat(lengths)
    # Cells are sorted by their history, and synapses by their view: a division and a long index less.
    first = key.searchsorted(np.arange(n + 1) * columns)
    many, per_view = np.diff(first), np.append(0, lengths.cumsum())[view.searchsorted(np.arange(views + 1))]
    history = np.arange(n).repeat(many)
    column = key - history * columns
    b = base.of(history, column)
    ratio, rest = np.empty((views, len(key))), np.log(left)
    for one, (a, z) in enumerate(pairwise(per_view.tolist())):
        ratio[one] = np.bincount(which[a:z], gain[a:z], len(key))
        ratio[one] /= b
        ratio[one] += left[one].repeat(many)
    np.log(ratio, out=ratio)
    features = _features(speakers, rows, place, last)
    weights = features.weights(gates)
    weights[rows[:, 0] < 0] = 0.0
    z, other = np.zeros(len(key)), np.add.reduce(weights * rest)
    for weight, of_view in zip(weights, ratio, strict=True):
        z += weight.repeat(many) * of_view
    ending = features.ending(gates) if gates.end else None
    if ending is not None:
        z[column == stop] += ending  # one cell of each history, in their order
    lifted, some = other.copy(), many > 0
    lifted[some] = np.maximum(lifted[some], np.maximum.reduceat(z, first[:-1][some]) if some.any() else 0.0)
    score, other = np.exp(z - lifted.repeat(many)), np.exp(other - lifted)
    score *= b
    beyond = np.maximum(1.0 - sums(b, first), 0.0)
    whole = beyond * other + sums(score, first)
    return Said(
        rows, columns, first, key, history, column, b, ratio, rest, features, weights, stop, ending, score, other, whole,
        beyond, lifted,
    )  # fmt: skip


def _features(speakers: Speakers, rows: Ints, place: Ints, last: Ints) -> Features:
    there = rows >= 0
    present, depth = there[:, 0], there.sum(axis=1)
    mask = (present << np.arange(len(rows))[:, None]).sum(axis=0)
    deepest = rows[np.arange(len(rows))[:, None], np.maximum(depth - 1, 0), np.arange(rows.shape[2])]
    sure = SURE.searchsorted(speakers.mass[deepest], "right")
    unsure = BUCKETS - 1 - UNSURE.searchsorted(speakers.inherits[deepest])
    bucket = np.where(present, np.where(speakers.known[deepest] == 1, sure, unsure), 0)
    depth = np.minimum(depth, DEPTHS - 1)
    return Features(mask, depth[0], depth * BUCKETS + bucket, np.minimum(place, PLACES - 1), last)


def dense(of: Said, base: Base, symbols: int) -> Floats:
    """[n, symbols]: p of the first symbols."""
    p = base.every(symbols) * (of.other / of.whole)[:, None]
    p[of.history, of.column] = of.score / of.whole[of.history]
    return p


def expected(of: Said) -> Floats:
    """[views, n]: the expectation of each view's log r_i under p."""
    cells = [sums(of.score * ratio, of.first) / of.whole for ratio in of.ratio]
    return np.asarray(cells + of.rest * (of.beyond * of.other / of.whole))


@dataclass(frozen=True, slots=True)
class Toward:
    """What is said of one symbol after each history. base: [n] b; ratio: [views, n] log r_i; log_p: [n]; known: [n]
    whether a context knows it."""

    base: Floats
    ratio: Floats
    log_p: Floats
    known: NDArray[np.bool_]


def toward(of: Said, base: Base, column: Ints) -> Toward:
    """What is said of one symbol each, [n]."""
    n = np.arange(len(column))
    wanted = n * of.columns + column
    at = np.minimum(of.key.searchsorted(wanted), max(len(of.key) - 1, 0))
    known = of.key[at] == wanted if len(of.key) else np.zeros(len(column), bool)
    b = base.of(n, column)
    ratio = of.rest.copy()
    ratio[:, known] = of.ratio[:, at[known]]
    log_p = np.log(b) + (of.weights * ratio).sum(axis=0) - of.lifted - np.log(of.whole)
    if of.ending is not None:
        log_p += np.where(column == of.stop, of.ending, 0.0)
    return Toward(b, ratio, log_p, known)


@dataclass(frozen=True, slots=True)
class Account:
    """What each context of each view says of one symbol after each history: all [views, depths, n], as `Said.rows`.

    weight: c of its synapse to it, 0 where it has none; gain: what that adds; before, after: what its abstraction gave to
    the symbol, and what it made of that; passed: which part of this comes out at the view's end.
    """

    weight: Floats
    gain: Floats
    before: Floats
    after: Floats
    passed: Floats


def account(speakers: Speakers, rows: Ints, base: Floats, column: Ints) -> Account:
    """base: [n] b of the symbols, one for each history."""
    weight, gain = np.zeros(rows.shape), np.zeros(rows.shape)
    where = (rows >= 0).nonzero()
    edge, lengths = speakers.edges(rows[where])
    mine = (speakers.column[edge] == column[where[2]].repeat(lengths)).nonzero()[0]
    owner = np.arange(len(lengths)).repeat(lengths)[mine]
    at = tuple(part[owner] for part in where)
    weight[at], gain[at] = speakers.heard[edge[mine]], speakers.gain[edge[mine]]
    inherits, before, after = speakers.inherits[rows], np.empty(rows.shape), np.empty(rows.shape)
    p = np.repeat(base[None], len(rows), axis=0)
    for depth in range(rows.shape[1]):
        before[:, depth] = p
        p = p * inherits[:, depth] + gain[:, depth]
        after[:, depth] = p
    passed = np.ones(rows.shape)
    passed[:, :-1] = inherits[:, :0:-1].cumprod(axis=1)[:, ::-1]
    return Account(weight, gain, before, after, passed)
