"""The law of long-range shortcuts: which pairs of nodes that fire far apart earn an edge. Numpy in, numpy out.

A pair needs evidence (`evident`): so many occasions that chance would not make one such pair of all that there could be. Of the
pairs that have it each node keeps the best (`best`), so that none becomes a hub.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .tables import Ints

__all__ = ["ABOVE", "MOST", "best", "by_shares", "evident", "surprise"]

Floats = NDArray[np.float64]

MOST = 16
"""Shortcuts of a node, so that none becomes a hub."""
ABOVE = 5
"""Occasions above chance that a shortcut needs."""
_STEPS = 30


def surprise(occasions: Ints | Floats, chance: Floats) -> Floats:
    """How much more occasions than chance would make are a surprise, in nats: k ln(k / m) - k + m; 0 where they are not more.

    Parameters
    ----------
    occasions
        How many there were, k.
    chance
        How many chance would make, m.

    Notes
    -----
    The probability that a Poisson number of mean m is k or more is exp(-surprise) at most (Chernoff 1952). It is half of the
    statistic by which Dunning 1993 (Accurate methods for the statistics of surprise and coincidence) finds words that
    belong together.

    Examples
    --------
    >>> surprise(np.array([0, 2, 9]), np.array([1.0, 2.0, 1.0])).round(2).tolist()
    [0.0, 0.0, 11.78]
    """
    many, mean = np.asarray(occasions, float), np.maximum(chance, 1e-300)
    tail = many * np.log(np.maximum(many, mean) / mean) - many + chance
    return np.where(many > chance, tail, 0.0)


def evident(occasions: Ints | Floats, chance: Floats, nodes: int) -> NDArray[np.bool_]:
    """Whether pairs had so many occasions that there is more to it than chance.

    At least 5 above chance; and such a surprise that, of all pairs of `nodes`, chance would make less than one of the kind.

    >>> evident(np.array([5, 6, 9, 60]), np.array([0.01, 0.64, 0.64, 50.0]), 1_000).tolist()
    [False, False, True, False]
    """
    enough = np.asarray(occasions, float) - chance >= ABOVE
    found: NDArray[np.bool_] = enough & (surprise(occasions, chance) >= 2 * math.log(max(nodes, 2)))
    return found


def by_shares(one: Ints, other: Ints, met: Floats) -> Floats:
    """On how many occasions pairs would meet by chance, if each node met others as often as it did and cared not which.

    Parameters
    ----------
    one, other
        Pairs of different nodes.
    met
        How often each node met others, in all.

    Notes
    -----
    x_a x_b, where the x are such that each node meets others as often as it did: quasi-independence, for a table without a
    diagonal, since nothing meets itself (Goodman 1968, The analysis of cross-classified data). The plain product of shares
    is too low for what is frequent, and among a few symbols that would be evidence.

    Examples
    --------
    >>> by_shares(np.array([0, 0, 1]), np.array([1, 2, 2]), np.array([5.0, 5.0, 2.0])).round(2).tolist()
    [4.0, 1.0, 1.0]
    """
    share = met / max(float(met.sum()), 1.0) ** 0.5
    for _ in range(_STEPS):  # half a step each time, on a scale of logarithms: a whole one may swing
        share = np.sqrt(share * met / np.maximum(share.sum() - share, 1e-300))
    return np.asarray(share[one] * share[other])


def best(one: Ints, other: Ints, worth: Floats, most: int = MOST) -> NDArray[np.bool_]:
    """Which pairs both of their nodes have among their best.

    Parameters
    ----------
    one, other
        The pairs, each once.
    worth
        What each is worth; of equals the one with the lower number comes first.
    most
        How many pairs of a node are left at most.

    Examples
    --------
    >>> best(np.array([0, 0, 0]), np.array([1, 2, 3]), np.array([1.0, 3.0, 1.0]), most=2).tolist()
    [True, True, False]
    """
    here, there = np.concatenate([one, other]), np.concatenate([other, one])
    order = np.lexsort((there, -np.tile(worth, 2), here))
    ordered = here[order]
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order)) - np.searchsorted(ordered, ordered)
    kept = place < most
    return np.asarray(kept[: len(one)] & kept[len(one) :])
