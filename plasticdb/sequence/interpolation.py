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

__all__ = ["GATE", "Gains", "Speakers", "Voice", "combine", "spread", "toward", "voices"]

GATE = 0.55
"""The power to which each chain's distribution enters the product; 1 where one speaks alone."""
FLOOR = 1e-12
NOTHING = 1e-9
"""A mass (1 a symbol) that is none."""

DISCOUNTS = np.full(100, 0.95)
"""d by depth: what a context withholds from each symbol it knows, and gives to its abstraction."""
DISCOUNTS[:7] = (0.1, 0.51, 0.6, 0.71, 0.75, 0.84, 0.92)
STRENGTHS = np.full(100, 1.0)
"""theta by depth: how much a context trusts its abstraction from the start."""
STRENGTHS[:7] = (0.0, 1.5, 2.0, 1.5, 0.3, 0.2, 0.3)


@dataclass(frozen=True, slots=True)
class Speakers:
    """What contexts say, each to whatever its abstraction says.

    speaks, inherits: [c + 1] whether each speaks, and the part of its abstraction that it takes over; the last stands for
    none, at -1. start: [c + 1], code, gain: its synapses (`Rows`), and what each adds to its symbol.
    """

    speaks: NDArray[np.bool_]
    inherits: Floats
    start: Ints
    code: Ints
    gain: Floats

    @classmethod
    def of(cls, contexts: Rows, depth: Ints) -> Speakers:
        """contexts: with columns `mass`, `total` and edges `code`, `weight`. depth: [c] in their chains."""
        theta, d, lengths = STRENGTHS[depth], DISCOUNTS[depth], np.diff(contexts.start)
        whole = contexts.columns["mass"] + theta
        # Where there is nothing but inhibition, or what rounding leaves of forgotten samples, the abstraction speaks.
        speaks = whole > NOTHING
        whole = np.where(speaks, whole, 1.0)
        inherits = np.where(speaks, (theta + d * contexts.columns["total"]) / whole, 1.0)
        heard = np.maximum(contexts.edges["weight"], 0.0)
        gain = (heard - d.repeat(lengths) * told(heard)) / whole.repeat(lengths)
        return cls(np.append(speaks, False), np.append(inherits, 1.0), contexts.start, contexts.edges["code"], gain)

    def passed(self, row: Ints) -> tuple[Floats, Floats]:
        """What is left, in the end, of what each context of a chain [d, n] adds; and of what is said without any, [n]."""
        inherits = self.inherits[row]
        upward = inherits[::-1].cumprod(axis=0)[::-1]
        passed = np.ones_like(inherits)
        passed[:-1] = upward[1:]
        return passed, upward[0]


@dataclass(frozen=True, slots=True)
class Voice:
    """What the context at one depth of a chain says after one history.

    row: of the context; inherits: see `Speakers`; before, after: [v] the distribution that came from its abstraction and
    what it made of that.
    """

    depth: int
    row: int
    inherits: float
    before: Floats
    after: Floats


def voices(speakers: Speakers, row: Ints, column: Ints, symbols: int) -> list[Voice]:
    """Run down one chain of one history [d], and keep what each depth says; the last one's `after` is the chain's.

    column: code -> column of the distribution, -1 for symbols left out. symbols: v, its width.
    """
    p = np.full(symbols, 1.0 / symbols)
    out = []
    for depth in np.flatnonzero(row >= 0).tolist():
        before, inherits = p, float(speakers.inherits[row[depth]])
        p = before * inherits
        if speakers.speaks[row[depth]]:
            mine = slice(*speakers.start[row[depth] : row[depth] + 2].tolist())
            where = column[speakers.code[mine]]
            p[where[where >= 0]] += speakers.gain[mine][where >= 0]
        out.append(Voice(depth, int(row[depth]), inherits, before, p))
    return out


def spread(speakers: Speakers, row: Ints, column: Ints, start: Floats, symbols: int) -> Floats:
    """A chain's distributions [n, v] after n histories [d, n]: as the last of `voices`, all depths at once.

    start: [n] what is said of each symbol where nothing is known.
    """
    passed, rest = speakers.passed(row)
    depth, history = speakers.speaks[row].nonzero()
    speaks = row[depth, history]
    first = speakers.start[speaks]
    lengths = speakers.start[speaks + 1] - first
    edge = ranges(first, lengths)
    gain = speakers.gain[edge] * passed[depth, history].repeat(lengths)
    where, size = column[speakers.code[edge]], len(start) * symbols
    where = np.where(where < 0, size, (history * symbols).repeat(lengths) + where)
    p = np.bincount(where, gain, size + 1)[:size].reshape(len(start), symbols)
    return np.asarray(p + (start * rest)[:, None])


@dataclass(frozen=True, slots=True)
class Gains:
    """What contexts add to symbols, to be found by (row, code)."""

    codes: int
    key: Ints
    gain: Floats

    @classmethod
    def of(cls, speakers: Speakers, codes: int) -> Gains:
        """All of them; codes: more than any symbol's."""
        lengths = np.diff(speakers.start)
        key = np.arange(len(lengths)).repeat(lengths) * codes + speakers.code
        order = key.argsort(kind="stable")
        return cls(codes, key[order], speakers.gain[order])

    def between(self, row: Ints, code: Ints) -> Floats:
        """What rows add to codes; 0 where there is no synapse."""
        wanted = row * self.codes + code
        at = np.minimum(np.searchsorted(self.key, wanted), len(self.key) - 1)
        return np.where(self.key[at] == wanted, self.gain[at], 0.0)


def toward(speakers: Speakers, row: Ints, gains: Gains, code: Ints, start: Floats) -> Floats:
    """What a chain gives to one symbol each, [n]: as `spread`, at the cost of one symbol and not of all."""
    passed, rest = speakers.passed(row)
    added = np.where(speakers.speaks[row], gains.between(row, code), 0.0) * passed
    return np.asarray(start * rest + added.sum(axis=0))


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
