"""The laws of plasticity: pure functions that every memory shares. Numpy in, numpy out; time is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Decay", "depressed", "potentiated", "told", "weigh"]

Floats = NDArray[np.float64]


def told(weight: Floats) -> Floats:
    """What a synapse of this weight has told its abstraction: f(c) = c up to 1 (and below 0), the square root above.

    The nth firing passes on f(n) - f(n-1), ever less: a new context is seen by its parents in full, an old one hardly.
    (Teh 2006 uses the number of tables of a Chinese restaurant process for the same purpose; a root is its growth.)

    >>> told(np.array([-2.0, 0.5, 1.0, 4.0])).tolist()
    [-2.0, 0.5, 1.0, 2.0]
    """
    return np.where(weight <= 1.0, weight, np.sqrt(np.maximum(weight, 1.0)))


def potentiated(weight: Floats | float, rate: float) -> Floats | float:
    """A synapse's weight after it was right: it gains a share of what it lacks to 1.

    >>> potentiated(potentiated(0.0, 0.5), 0.5)
    0.75
    """
    return weight + rate * (1.0 - weight)


def depressed(weight: Floats | float, importance: Floats | float, rate: float, kappa: float) -> Floats | float:
    """A synapse's weight after it was wrong: it loses a share of what it has, the less the more it matters.

    >>> depressed(1.0, 0.0, 0.5, 1.0), depressed(1.0, 1.0, 0.5, 1.0)
    (0.5, 0.75)
    """
    return weight * (1.0 - rate / (1.0 + kappa * importance))


@dataclass(frozen=True, slots=True)
class Decay:
    """A forgetting by elapsed time, journalled at `position`, of the events at positions `first` to `last`."""

    position: int
    first: int
    last: int
    time: float
    half_life: float


def weigh(
    mass: Floats, time: Floats, position: NDArray[np.int64], decays: list[Decay], before: NDArray[Any] | int
) -> Floats:
    """What events weigh after the decays journalled before the position `before` (one number, or one per event).

    An event's mass m becomes m 2^(-dt/h) at a decay with half-life h, dt the seconds since the event happened or was
    last decayed. A clock that ran backwards counts as no time.

    >>> day = [Decay(position=2, first=1, last=1, time=86400.0, half_life=86400.0)]
    >>> weigh(np.array([1.0]), np.array([0.0]), np.array([1]), day, 3).tolist()
    [0.5]
    """
    weight, since = mass.astype(np.float64), time.astype(np.float64)
    for decay in sorted(decays, key=lambda decay: decay.position):
        touched = (position >= decay.first) & (position <= decay.last) & (np.asarray(before) > decay.position)
        elapsed = np.maximum(decay.time - since[touched], 0.0)
        weight[touched] *= np.exp2(-elapsed / decay.half_life)
        since[touched] = np.maximum(since[touched], decay.time)
    return weight
