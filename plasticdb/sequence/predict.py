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

__all__ = ["GATE", "Voice", "combine", "discount", "speaking", "strength", "voices"]

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


def voices(contexts: Rows, chain: list[Ints], column: Ints, symbols: int) -> list[Voice]:
    """Run down one chain. Yields a Voice per depth; the last one's `after` is the chain's distribution.

    contexts: with columns `mass`, `total` and edges `code`, `weight`. chain: per depth [n] rows of contexts, -1 where
    there is none. column: code -> column of the distribution, -1 for symbols left out. symbols: v, its width.
    """
    p = np.full((len(chain[0]), symbols), 1.0 / symbols)
    mass, total = contexts.columns["mass"], contexts.columns["total"]
    alive = np.ones(len(chain[0]), bool)
    out = []
    for depth, row in enumerate(chain):
        alive = alive & (row >= 0)
        if not alive.any():
            break
        d, theta = discount(depth), strength(depth)
        # Where there is nothing but inhibition, or what rounding leaves of forgotten samples, the abstraction speaks.
        at = (alive & (mass[row] + theta > NOTHING)).nonzero()[0]
        speaks = row[at]
        n, t, first = mass[speaks] + theta, total[speaks], contexts.start[speaks]
        lengths = contexts.start[speaks + 1] - first
        edge = ranges(first, lengths)
        heard = np.maximum(contexts.edges["weight"][edge], 0.0)
        gain = (heard - d * told(heard)) / n.repeat(lengths)
        where = column[contexts.edges["code"][edge]]
        known = where >= 0
        after = p.copy()
        after[at] *= ((theta + d * t) / n)[:, None]
        after[at.repeat(lengths)[known], where[known]] += gain[known]
        out.append(Voice(depth, np.where(alive, row, -1), p, after))
        p = after
    return out


def speaking(chain: list[Ints], n: int) -> NDArray[np.bool_]:
    """[n]: for which histories a chain speaks: where it has a root."""
    return chain[0] >= 0 if chain else np.zeros(n, bool)


def combine(distributions: list[Floats], speaks: list[NDArray[np.bool_]]) -> Floats:
    """The product of the chains' distributions [n, v], each to the power of its gate, normalised.

    speaks: [n] for each of them, where it speaks. Elsewhere it gives each symbol the same, which says nothing.
    """
    gate = np.where(np.add.reduce(speaks, dtype=np.int64) > 1, GATE, 1.0)[:, None]
    score = gate * np.sum([np.log(np.maximum(p, FLOOR)) for p in distributions], axis=0)
    score = np.exp(score - score.max(axis=1, keepdims=True))
    return np.asarray(score / score.sum(axis=1, keepdims=True))
