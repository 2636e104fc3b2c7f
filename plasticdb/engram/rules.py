"""What becomes of engrams: which are near, how long they live, and when they move from one store to the next.

Every function takes only the engrams that it is about. An engram is known by its number: 0, 1, 2 ... in the order in
which a memory took them in, so ascending numbers are oldest first. A memory's clock is its tick.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..kit.tables import Ints

__all__ = ["LEVELS", "LONG", "SHORT", "WORKING", "Turn", "Vectors", "expiry", "lifespan", "near", "nearness", "turn"]

Vectors = NDArray[np.float32]
Ticks = NDArray[np.float64]

WORKING, SHORT, LONG = 1, 2, 3
LEVELS = {WORKING: "working", SHORT: "short-term", LONG: "long-term"}
"""The three stores through which an engram passes, and what a person calls them."""


def nearness(vectors: Vectors, working: Vectors) -> NDArray[np.float32]:
    """How near vectors [n, d] are to working memory [w, d]: the mean of minus the squared distances, [n].

    Up to what is the same for all of them it is minus the squared distance to the centre of working memory.

    >>> nearness(np.float32([[0, 0], [3, 0]]), np.float32([[1, 0], [3, 0]])).tolist()
    [-5.0, -2.0]
    """
    # Differences, and not |w|^2 - 2wv + |v|^2: far from the origin that loses every digit in float32.
    difference = working[:, None] - vectors[None]
    squared = np.einsum("wnd,wnd->wn", difference, difference)
    return np.asarray(-squared.mean(axis=0, dtype=np.float32))


def near(numbers: Ints, vectors: Vectors, working: Vectors, k: int) -> Ints:
    """The k engrams nearest to working memory, nearest first; of equally near ones the older.

    numbers: [n] ascending; vectors: [n, d]. Nothing is near to an empty working memory.

    >>> near(np.array([4, 7, 9]), np.float32([[0], [5], [2]]), np.float32([[1]]), k=2).tolist()
    [4, 9]
    """
    if not len(working):
        return numbers[:0]
    return numbers[np.argsort(-nearness(vectors, working), kind="stable")[:k]]


def expiry(tick: int, lifespan: NDArray[np.float32] | float) -> Ticks:
    """The tick at which an engram with so many ticks to live dies.

    So nothing has to be written because time passes. In float64 the sum is exact as long as ticks are below 2^28: a
    float32 lifespan of 1 or more has at most 23 binary places, and less than 1 is left only within a tick.
    """
    return np.asarray(tick + np.asarray(lifespan, np.float32).astype(np.float64))


def lifespan(expires_at: Ticks, tick: int, delta: NDArray[np.float32] | float = 0.0) -> NDArray[np.float32]:
    """How many ticks engrams have left, after a reward of delta ticks each; in float32, as in the reference.

    >>> lifespan(expiry(100, 5.0), 103).item(), lifespan(expiry(100, 5.0), 103, delta=4.5).item()
    (2.0, 6.5)
    """
    return np.asarray((expires_at - tick).astype(np.float32) + np.asarray(delta, np.float32))


@dataclass(frozen=True, slots=True)
class Turn:
    """What one tick changes: the numbers of engrams that become short-term or long-term, and of those that die.

    No engram is in two of them. All others stay as they are.
    """

    short: Ints
    long: Ints
    died: Ints


def turn(working: Ints, short: Ints, expired: Ints, capacity: int) -> Turn:
    """End a tick: working memory becomes short-term, the oldest short-term engrams beyond capacity long-term, some die.

    working, short: the numbers of all engrams there, ascending; expired: of all whose expiry isn't after the new tick.
    Those that die still took a place: what overflows is counted before the dead are buried.

    >>> ended = turn(working=np.array([5, 6]), short=np.array([2, 3, 4]), expired=np.array([3, 6]), capacity=3)
    >>> ended.short.tolist(), ended.long.tolist(), ended.died.tolist()
    ([5], [2], [3, 6])
    """
    now = np.concatenate([short, working])
    over = max(len(now) - capacity, 0)
    fresh = now[max(over, len(short)) :]
    return Turn(np.setdiff1d(fresh, expired), np.setdiff1d(now[:over], expired), np.unique(expired))
