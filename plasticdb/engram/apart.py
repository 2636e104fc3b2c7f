"""Long-range shortcuts: which engrams that never fire together belong together all the same, since they fire apart so often.

Two engrams that fire within a few firings of each other leave a trace. A trace is a synapse: each occasion on which that happens
again potentiates it, it fades by the firings that go by, and what it foretold lets it fade later. It becomes a shortcut when
there is evidence (`plasticdb.kit.shortcuts`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..kit.plasticity import Synapses, mattered, potentiated, pruned, settled
from ..kit.tables import Ints

__all__ = ["SLOTS", "by_chance", "faint", "met"]

Floats = NDArray[np.float64]

SLOTS = 128
"""Traces of an engram that are no shortcuts: those that were left last."""
_RATE = 0.2
"""What of its lack a trace gains on an occasion."""
_HALF_LIFE = 10_000.0
"""Firings after which half is left of a trace that foretold nothing."""
_KAPPA = 1.0
"""How much longer one lasts that foretold one firing surely."""
_LEAST = 0.05
"""What is left of a shortcut that is not used any more."""


def by_chance(fires: Ints, others: Ints, reach: int, firings: Floats) -> Floats:
    """On how many occasions pairs would fire within `reach` firings of each other, if neither had to do with the other.

    Parameters
    ----------
    fires, others
        How often each of a pair fired.
    reach
        Firings between them at most.
    firings
        How many there were in the life of the younger one.

    Examples
    --------
    >>> by_chance(np.array([20]), np.array([20]), 16, np.array([20_000.0])).tolist()
    [0.64]
    """
    return 2.0 * reach * fires * others / firings


def met(traces: Synapses, shortcut: NDArray[np.bool_], now: int) -> Synapses:
    """Traces after another occasion: each is potentiated, and one that was a shortcut foretold it by as much as it weighs.

    Nothing else did, since the two have no synapse: the error was 1 without it.

    Parameters
    ----------
    traces
        As of their last occasions; their time is counted in firings.
    shortcut
        Which were shortcuts.
    now
        The number of firings that there were.

    Examples
    --------
    >>> one = Synapses(np.array([0.5]), np.array([0.0]), np.array([0.0]))
    >>> then = met(one, np.array([True]), 10_000)
    >>> then.weight.round(12).tolist(), then.importance.tolist()
    ([0.4], [0.25])
    """
    before = np.ones(len(shortcut))
    left = settled(traces, now, _HALF_LIFE, _KAPPA).weight
    seen = mattered(traces, before, np.where(shortcut, 1.0 - left, 1.0), now, _HALF_LIFE, _KAPPA)
    return Synapses(np.asarray(potentiated(seen.weight, _RATE)), seen.importance, seen.since)


def faint(traces: Synapses, now: int) -> NDArray[np.bool_]:
    """Of which traces next to nothing is left now.

    >>> one = Synapses(np.array([0.8, 0.8]), np.array([0.0, 9.0]), np.array([0.0, 0.0]))
    >>> faint(one, 10_000).tolist(), faint(one, 60_000).tolist()
    ([False, False], [True, False])
    """
    return pruned(settled(traces, now, _HALF_LIFE, _KAPPA).weight, _LEAST)
