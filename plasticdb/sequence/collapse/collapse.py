"""Collapse: of the contexts that there are, those go which tell least more than their abstraction; what they heard goes there.

The unit is all children of one context, none of which has children. A unit is worth the mean over them of
count x KL(child || parent), nats by the predictor's rule with discounts by counts of counts. Those worth least are folded:
of each child's synapse c the mass c - f(c), which the parent never heard, is learned by the parent, and what that passes on
by what is above it, as learning does. So the weights are those of a memory in which nothing ever opened below the parent.

The same graph must come of it wherever it is made, also where rounding added weights up in another order. So no cut is made
between units that are worth the same, to `NEAR`: they go together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...kit.plasticity import Floats, told
from ...kit.sorting import groups, places
from ...kit.tables import Ints
from ..prediction.interpolated import NOTHING, interpolated
from ..prediction.parameters import FIRST_STRENGTH, MOST_DISCOUNT, ONCE, TWICE, discounts

__all__ = ["Folded", "Forest", "fold"]

ROOT = -1
PART = 0.35
"""What is to go goes in rounds, each this part of what is left: contexts that became leaves by one are weighed in the next."""
LAST = 0.01
"""When no more than this part of what may stay is to go, it goes at once."""
NEAR = 1e-7
"""Units whose worth differs by no more (of it, or of one nat) are worth the same."""


@dataclass(frozen=True, slots=True)
class Forest:
    """All contexts of a memory and their synapses.

    parent: [c] the row of each one's abstraction, -1 of a root. count: [c] its firings. owner: [s] the row that each synapse
    goes out from, symbol: [s] any number that stands for where it leads, sorted by (owner, symbol); weight: [s].
    base: the row of the root that says what is heard where nothing is known. symbols: how many a prediction is over.
    """

    parent: Ints
    count: Ints
    owner: Ints
    symbol: Ints
    weight: Floats
    base: int
    symbols: int


@dataclass(frozen=True, slots=True)
class Folded:
    """What became of a forest: the contexts that went [c], those below which nothing opens from now on [c], and all weights
    [s] (those of contexts that went say nothing)."""

    gone: NDArray[np.bool_]
    closed: NDArray[np.bool_]
    weight: Floats


@dataclass(frozen=True, slots=True)
class _Ways:
    """Where things are, which does not change.

    depth: [c]. by_depth: for each depth the synapses of its contexts. up: [s] the synapse of the parent to the same symbol,
    -1 of a root. discount: by chain and depth, [c]. below: [s] the synapse of the base's root to the same symbol.
    """

    depth: Ints
    by_depth: list[Ints]
    up: Ints
    below: Ints
    discount: Floats
    strength: Floats


def fold(forest: Forest, most: int) -> Folded:
    """Fold units until no more than `most` contexts are left, or none is left but roots and what is right below them.

    A few less may be left: units that are worth the same go together.

    Raises
    ------
    ValueError
        A context has a synapse that its abstraction has not.
    """
    gone, closed = np.zeros(len(forest.parent), bool), np.zeros(len(forest.parent), bool)
    now = Folded(gone, closed, forest.weight.copy())
    if len(forest.parent) <= most:
        return now
    ways = _ways(forest)
    while (over := int((~now.gone).sum()) - most) > 0:
        parents, size = _units(forest, ways, now.gone)
        if not len(parents):
            break
        worth = _worth(forest, ways, now, parents, size)
        chosen = _least(worth, size, over if over <= max(LAST * most, 1) else int(np.ceil(PART * over)))
        now = _fold(forest, ways, now, parents[chosen])
    now.closed[now.gone] = False
    return now


def _ways(forest: Forest) -> _Ways:
    parent, owner = forest.parent, forest.owner
    depth, root = np.zeros(len(parent), np.int64), np.arange(len(parent))
    above = parent
    while (some := above >= 0).any():
        depth += some
        root = np.where(some, above, root)
        above = np.where(some, parent[above], ROOT)
    _, _, code = groups(forest.symbol)
    codes = int(code.max(initial=0)) + 1
    key = owner * codes + code
    up = np.full(len(owner), -1)
    inner = np.flatnonzero(parent[owner] >= 0)
    up[inner], there = _found(key, parent[owner[inner]] * codes + code[inner])
    below, base = _found(key, forest.base * codes + code)
    if not there.all() or not base.all():
        raise ValueError("a context has a synapse that its abstraction has not")
    of, at = depth[owner], root[owner]
    kind = at * (int(depth.max(initial=0)) + 1) + of
    once, twice = forest.weight < ONCE, forest.weight < TWICE
    heard = forest.weight > 0
    every, _, which = groups(kind)
    ones = np.bincount(which, heard & once, len(every))
    twos = np.bincount(which, heard & ~once & twice, len(every))
    discount = np.full(len(parent), MOST_DISCOUNT)
    discount[owner] = discounts(ones, twos)[which]
    strength = np.where(depth > 0, FIRST_STRENGTH, 0.0)
    return _Ways(
        depth, [np.flatnonzero(of == k) for k in range(int(depth.max(initial=0)) + 1)], up, below, discount, strength
    )


def _found(key: Ints, wanted: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    order = wanted.argsort(kind="stable")
    at, there = np.empty(len(wanted), np.int64), np.empty(len(wanted), bool)
    at[order], there[order] = places(key, wanted[order])
    return at, there


def _units(forest: Forest, ways: _Ways, gone: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """The parents of units, in the order of their rows, and the size of each."""
    size = len(forest.parent)
    child = np.flatnonzero(~gone & (forest.parent >= 0))
    above = forest.parent[child]
    children = np.bincount(above, minlength=size)
    inner = np.bincount(above, children[child] > 0, size)
    parents = np.flatnonzero((children > 0) & (inner == 0) & (ways.depth > 0))
    return parents, children[parents]


def _worth(forest: Forest, ways: _Ways, now: Folded, parents: Ints, size: Ints) -> Floats:
    """What each unit is worth."""
    is_unit = np.zeros(len(forest.parent), bool)
    is_unit[parents] = True
    child = ~now.gone & (forest.parent >= 0)
    child &= is_unit[np.where(child, forest.parent, 0)]
    nats = np.bincount(
        forest.parent[child], forest.count[child] * _nats(forest, ways, now.weight)[child], len(forest.parent)
    )
    return np.asarray(nats[parents] / size)


def _nats(forest: Forest, ways: _Ways, weight: Floats) -> Floats:
    """KL(context || abstraction) of each context, 0 of roots."""
    owner, contexts = forest.owner, len(forest.parent)
    start = owner.searchsorted(np.arange(contexts + 1))
    own = interpolated(np.maximum(weight, 0.0), start, ways.discount, ways.strength)
    gain, inherits = own.gain, own.inherits
    p = gain.copy()
    base = gain[ways.below] + inherits[forest.base] / forest.symbols
    q = base.copy()
    for depth, some in enumerate(ways.by_depth):
        if depth > 1:
            q[some] = p[ways.up[some]]
        p[some] = base[some] if not depth else gain[some] + inherits[owner[some]] * q[some]
    nats = np.bincount(owner, p * np.log(p / q), contexts)
    rest = 1.0 - np.bincount(owner, p, contexts)
    return np.where(ways.depth > 0, nats + np.where(rest > NOTHING, rest * np.log(inherits), 0.0), 0.0)


def _least(worth: Floats, size: Ints, wanted: int) -> Ints:
    """The units worth least that have so many contexts together, and with each all that are worth the same."""
    order = worth.argsort(kind="stable")
    ordered = worth[order]
    last = int(np.searchsorted(size[order].cumsum(), wanted))
    steps = np.diff(ordered[last:]) > NEAR * np.maximum(ordered[last:][1:], 1.0)
    more = int(steps.argmax()) if steps.any() else len(steps)
    return order[: last + more + 1]


def _fold(forest: Forest, ways: _Ways, now: Folded, parents: Ints) -> Folded:
    """Fold the units of these parents."""
    unit = np.zeros(len(forest.parent), bool)
    unit[parents] = True
    goes = ~now.gone & (forest.parent >= 0)
    goes &= unit[np.where(goes, forest.parent, 0)]
    weight, closed = now.weight.copy(), now.closed.copy()
    mass = np.zeros(len(weight))
    for some in reversed(ways.by_depth[1:]):
        going = goes[forest.owner[some]]
        was = weight[some]
        weight[some] = was + np.where(going, 0.0, mass[some])
        passed = np.where(going, was - told(was), told(weight[some]) - told(was))
        mass += np.bincount(ways.up[some], passed, len(mass))
    some = ways.by_depth[0]
    weight[some] += mass[some]
    closed[parents] = True
    return replace(now, gone=now.gone | goes, closed=closed, weight=weight)
