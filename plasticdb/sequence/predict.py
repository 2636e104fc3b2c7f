"""From contexts to the probability of the next symbol: interpolation down each chain, then the product of those that speak.

The rule is Pitman-Yor-like: at depth k, with weights c, mass n, total T and discount d, strength
theta by depth, p(s) = [max(c, 0) - d f(max(c, 0)) + (theta + d T) p_above(s)] / (n + theta).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..kit.plasticity import Floats, told
from ..kit.rows import Rows, ranges
from ..kit.tables import Ints

__all__ = ["GATE", "Voice", "Weights", "combine", "spread", "toward", "voices"]

GATE = 0.55
"""The power to which each chain's distribution enters the product; 1 where one speaks alone."""
FLOOR = 1e-12
NOTHING = 1e-9
"""A mass (1 a symbol) that is none."""

_DISCOUNT = (0.1, 0.51, 0.6, 0.71, 0.75, 0.84, 0.92)
_STRENGTH = (0.0, 1.5, 2.0, 1.5, 0.3, 0.2, 0.3)


def discount(depth: int) -> float:
    """d by depth: what a context withholds from each symbol it knows, and gives to its abstraction."""
    return _DISCOUNT[depth] if depth < len(_DISCOUNT) else 0.95


def strength(depth: int) -> float:
    """theta by depth: how much a context trusts its abstraction from the start."""
    return _STRENGTH[depth] if depth < len(_STRENGTH) else 1.0


@dataclass(frozen=True, slots=True)
class Chain:
    """The contexts [d, n] of a chain, from the root to the deepest, for n histories; -1 where there is none.

    whole: what each divides by; inherits: the part of its abstraction that each takes over, 1 where it does not speak;
    passed: what is left, in the end, of what each adds itself.
    """

    row: Ints
    speaks: NDArray[np.bool_]
    whole: Floats
    inherits: Floats
    passed: Floats

    @classmethod
    def of(cls, contexts: Rows, row: Ints) -> Chain:
        """contexts: with columns `mass` and `total`."""
        depths = range(len(row))
        theta, d = np.array([*map(strength, depths)])[:, None], np.array([*map(discount, depths)])[:, None]
        whole = contexts.columns["mass"][row] + theta
        # Where there is nothing but inhibition, or what rounding leaves of forgotten samples, the abstraction speaks.
        speaks = (row >= 0) & (whole > NOTHING)
        whole = np.where(speaks, whole, 1.0)
        inherits = np.where(speaks, (theta + d * contexts.columns["total"][row]) / whole, 1.0)
        passed = np.ones_like(inherits)
        passed[:-1] = inherits[:0:-1].cumprod(axis=0)[::-1]
        return cls(row, speaks, whole, inherits, passed)

    @property
    def start(self) -> Floats:
        """[n]: what is left, in the end, of what is said where nothing is known."""
        return np.asarray(self.passed[0] * self.inherits[0])


def added(weight: Floats, discounts: Floats | float) -> Floats:
    """What a context adds for a symbol, by their synapse's weight."""
    heard = np.maximum(weight, 0.0)
    return np.asarray(heard - discounts * told(heard))


@dataclass(frozen=True, slots=True)
class Voice:
    """What the context at one depth of a chain says after one history.

    row: of the context; inherits: see `Chain`; before, after: [v] the distribution that came from its abstraction and
    what it made of that.
    """

    depth: int
    row: int
    inherits: float
    before: Floats
    after: Floats


def voices(contexts: Rows, row: Ints, column: Ints, symbols: int) -> list[Voice]:
    """Run down one chain of one history [d], and keep what each depth says; the last one's `after` is the chain's.

    contexts: with columns `mass`, `total` and edges `code`, `weight`. column: code -> column of the distribution, -1 for
    symbols left out. symbols: v, its width.
    """
    chain = Chain.of(contexts, row[:, None])
    p = np.full(symbols, 1.0 / symbols)
    out = []
    for depth in np.flatnonzero(row >= 0).tolist():
        before, inherits = p, float(chain.inherits[depth, 0])
        p = before * inherits
        if chain.speaks[depth, 0]:
            mine = slice(*contexts.start[row[depth] : row[depth] + 2].tolist())
            where = column[contexts.edges["code"][mine]]
            gain = added(contexts.edges["weight"][mine], discount(depth)) / chain.whole[depth, 0]
            p[where[where >= 0]] += gain[where >= 0]
        out.append(Voice(depth, int(row[depth]), inherits, before, p))
    return out


def spread(contexts: Rows, row: Ints, column: Ints, start: Floats, symbols: int) -> Floats:
    """A chain's distributions [n, v] after n histories [d, n]: as the last of `voices`, all depths at once.

    start: [n] what is said of each symbol where nothing is known.
    """
    chain = Chain.of(contexts, row)
    depth, history = chain.speaks.nonzero()
    speaks = row[depth, history]
    first = contexts.start[speaks]
    lengths = contexts.start[speaks + 1] - first
    edge = ranges(first, lengths)
    discounts = np.array([*map(discount, range(len(row)))])[depth]
    part = chain.passed[depth, history] / chain.whole[depth, history]
    gain = added(contexts.edges["weight"][edge], discounts.repeat(lengths)) * part.repeat(lengths)
    where, size = column[contexts.edges["code"][edge]], len(start) * symbols
    where = np.where(where < 0, size, history.repeat(lengths) * symbols + where)
    p = np.bincount(where, gain, size + 1)[:size].reshape(len(start), symbols)
    return np.asarray(p + (start * chain.start)[:, None])


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of contexts' synapses, to be found by (row, code)."""

    codes: int
    key: Ints
    weight: Floats

    @classmethod
    def of(cls, contexts: Rows, codes: int) -> Weights:
        """All of them; codes: more than any symbol's."""
        owner = np.arange(len(contexts)).repeat(np.diff(contexts.start))
        key = owner * codes + contexts.edges["code"]
        order = key.argsort(kind="stable")
        return cls(codes, key[order], contexts.edges["weight"][order])

    def between(self, row: Ints, code: Ints) -> Floats:
        """The weights from rows to codes; 0 where there is no synapse."""
        wanted = row * self.codes + code
        at = np.minimum(np.searchsorted(self.key, wanted), len(self.key) - 1)
        return np.where(self.key[at] == wanted, self.weight[at], 0.0)


def toward(contexts: Rows, row: Ints, weights: Weights, code: Ints, start: Floats) -> Floats:
    """What a chain gives to one symbol each, [n]: as `spread`, at the cost of one symbol and not of all."""
    chain = Chain.of(contexts, row)
    discounts = np.array([*map(discount, range(len(row)))])[:, None]
    gain = added(weights.between(row, code), discounts) / chain.whole * chain.passed
    return np.asarray(start * chain.start + np.where(chain.speaks, gain, 0.0).sum(axis=0))


def combine(distributions: list[Floats], speaks: list[NDArray[np.bool_]], times: Floats | None = None) -> Floats:
    """The product of the chains' distributions [n, v], each to the power of its gate, normalised.

    speaks: [n] for each of them, where it speaks. Elsewhere it gives each symbol the same, which says nothing.
    times: [n] for how many symbols the last column stands.
    """
    if len(distributions) == 1:
        score = np.maximum(distributions[0], FLOOR)
    else:
        gate = np.where(np.add.reduce(speaks, dtype=np.int64) > 1, GATE, 1.0)[:, None]
        score = gate * np.add.reduce([np.log(np.maximum(p, FLOOR)) for p in distributions])
        score = np.exp(score - score.max(axis=1, keepdims=True))
    whole = score.sum(axis=1, keepdims=True)
    if times is not None:
        whole += score[:, -1:] * (times[:, None] - 1.0)
    return np.asarray(score / whole)
