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

__all__ = ["GATE", "Voice", "Weights", "combine", "discount", "speaking", "spread", "strength", "toward", "voices"]

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
class Voice:
    """What the contexts at one depth of a chain say, for n histories at once.

    row: [n] the context's row, -1 where the chain has ended; before, after: [n, v] the distribution that came from
    the abstraction and what this depth made of it.
    """

    depth: int
    row: Ints
    before: Floats
    after: Floats


def voices(contexts: Rows, chain: list[Ints], column: Ints, p: Floats) -> list[Voice]:
    """Run down one chain, and keep what each depth says; the last one's `after` is the chain's distribution.

    contexts: with columns `mass`, `total` and edges `code`, `weight`. chain: per depth [n] rows of contexts, -1 where
    there is none. column: code -> column of the distribution, -1 for symbols left out. p: [n, v] what is said where
    nothing is known.
    """
    out = []
    for depth, row in enumerate(chain):
        if not (row >= 0).any():
            break
        after = p.copy()
        _hear(contexts, row, depth, column, after)
        out.append(Voice(depth, row, p, after))
        p = after
    return out


def spread(contexts: Rows, chain: list[Ints], column: Ints, p: Floats) -> Floats:
    """A chain's distributions alone, made in `p`; see `voices`."""
    for depth, row in enumerate(chain):
        _hear(contexts, row, depth, column, p)
    return p


def _hear(contexts: Rows, row: Ints, depth: int, column: Ints, p: Floats) -> None:
    """What the contexts of one depth make of what came from their abstractions."""
    at, speaks, inherits, n = _inherited(contexts, row, depth)
    if not len(at):
        return
    first = contexts.start[speaks]
    lengths = contexts.start[speaks + 1] - first
    edge = ranges(first, lengths)
    heard = np.maximum(contexts.edges["weight"][edge], 0.0)
    gain = (heard - discount(depth) * told(heard)) / n.repeat(lengths)
    where = column[contexts.edges["code"][edge]]
    known = where >= 0
    if len(at) == len(row):
        p *= inherits[:, None]
    else:
        p[at] *= inherits[:, None]
    p[at.repeat(lengths)[known], where[known]] += gain[known]


def _inherited(contexts: Rows, row: Ints, depth: int) -> tuple[Ints, Ints, Floats, Floats]:
    """Where a context speaks, which one, the part that it takes from its abstraction, and what it divides by."""
    theta = strength(depth)
    n = contexts.columns["mass"][row] + theta
    # Where there is nothing but inhibition, or what rounding leaves of forgotten samples, the abstraction speaks.
    at = ((row >= 0) & (n > NOTHING)).nonzero()[0]
    speaks, n = row[at], n[at]
    return at, speaks, (theta + discount(depth) * contexts.columns["total"][speaks]) / n, n


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


def toward(contexts: Rows, chain: list[Ints], weights: Weights, code: Ints, p: Floats) -> Floats:
    """What a chain gives to one symbol each, [n]: as `spread`, at the cost of one symbol and not of all. p: [n]."""
    p = p.copy()
    for depth, row in enumerate(chain):
        at, speaks, inherits, n = _inherited(contexts, row, depth)
        if len(at):
            heard = np.maximum(weights.between(speaks, code[at]), 0.0)
            p[at] = inherits * p[at] + (heard - discount(depth) * told(heard)) / n
    return p


def speaking(chain: list[Ints], n: int) -> NDArray[np.bool_]:
    """[n]: for which histories a chain speaks: where it has a root."""
    return chain[0] >= 0 if chain else np.zeros(n, bool)


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
