"""What a memory trusts, as numbers: what its contexts withhold, and how much each view counts. Here as before any fit.

A view's depth k = 1, 2, ... counts the levels of its chain below the root; depth 0 is the root of the suffix, the base of
all. Deeper than `DEPTHS - 1` all levels share the last numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...kit.plasticity import Floats
from ...kit.tables import Ints

__all__ = [
    "BUCKETS",
    "DEPTHS",
    "ENDING",
    "FIRST_STRENGTH",
    "HEARD",
    "MOST_DISCOUNT",
    "ONCE",
    "PLACES",
    "TWICE",
    "Gates",
    "Parameters",
    "begun",
    "counted",
    "discounts",
    "total",
]

DEPTHS = 26
"""Depths that have numbers of their own, the root's among them."""
BUCKETS = 8
"""How sure a view's deepest context can be, at each depth."""
PLACES = 20
"""Places in a sample that have numbers of their own; the last stands for all behind it."""
ENDING = "ending"
"""What stands behind the views where gates are told apart: that the sample ends."""

ONCE, TWICE = 1.99, 2.99
"""A weight below one of these is counted as one firing, or as two."""
HEARD = {"once": (1e-9, ONCE), "twice": (ONCE, TWICE)}
"""The weights, from and below, of synapses that were heard once or twice. A memory counts them, by chain and depth."""
MOST_DISCOUNT = 0.97
FIRST_STRENGTH = 0.3
TOGETHER = 1.1
"""What the views' weights add up to, before any fit, where several speak; one alone has the weight 1."""


@dataclass(frozen=True, slots=True)
class Gates:
    """How much each view counts: its weight after a history is the sum of these, by what is there.

    present: [2**views, views] by which views speak (bit i: the view i). depth: [DEPTHS, views + 1] by how deep the suffix
    is known. confidence: [views, DEPTHS * BUCKETS] by the view's own deepest context: its depth, and how sure it is.
    place: [PLACES, views + 1] by the place in the sample; none, [0, views + 1], where a memory does not look at it. last:
    [codes, views] by the last symbol; none in the same way. A code beyond its end counts as 0.

    The last column of depth and place is of no view, but of `ENDING`: it says how much likelier than by all views the stop
    is, as a logarithm. A memory that does not look at the place makes no use of it.
    """

    present: Floats
    depth: Floats
    confidence: Floats
    place: Floats
    last: Floats

    @property
    def end(self) -> bool:
        """Whether they say how likely a sample ends."""
        return len(self.place) > 0


@dataclass(frozen=True, slots=True)
class Parameters:
    """All that a prediction takes beside the contexts.

    discount, strength: [views, DEPTHS], d and theta by view and depth; the base's are at [0, 0].
    """

    discount: Floats
    strength: Floats
    gates: Gates


def begun(views: int, once: Ints, twice: Ints, codes: int = 0, place: bool = False) -> Parameters:
    """The parameters before any fit.

    once, twice: [views, DEPTHS] how many synapses were `HEARD` so often.
    codes: how many symbols have gates of their own (0: the last symbol is no matter). place: whether the place has.

    >>> first = begun(2, np.full((2, DEPTHS), 3), np.full((2, DEPTHS), 1))
    >>> first.discount[1, 2].round(3), first.strength[1, 2], first.gates.present[0b11], first.gates.present[0b10]
    (np.float64(0.615), np.float64(0.3), array([0.55, 0.55]), array([1., 1.]))
    """
    discount = discounts(once, twice)
    strength = np.full((views, DEPTHS), FIRST_STRENGTH)
    strength[0, 0] = 0.0
    masks = np.arange(2**views)
    speaking = ((masks[:, None] >> np.arange(views)) & 1).sum(axis=1)
    each = np.where(speaking > 1, TOGETHER / np.maximum(speaking, 1), 1.0)
    gates = Gates(
        np.repeat(each[:, None], views, axis=1),
        np.zeros((DEPTHS, views + 1)),
        np.zeros((views, DEPTHS * BUCKETS)),
        np.zeros((PLACES if place else 0, views + 1)),
        np.zeros((codes, views)),
    )
    return Parameters(discount, strength, gates)


def discounts(once: Ints, twice: Ints) -> Floats:
    """What contexts withhold, by how many of their synapses were heard once and twice (Kneser and Ney count so)."""
    return np.minimum((once + 1.0) / (once + 2.0 * twice + 1.5), MOST_DISCOUNT)


def total(name: str, chain: str, depth: int) -> str:
    """What the number of synapses that were `HEARD` so often is called among a memory's totals.

    >>> total("once", "suffix", 3)
    'once_suffix_3'
    """
    return f"{name}_{chain}_{depth}"


def counted(totals: Mapping[str, float], chains: Sequence[str]) -> tuple[Ints, Ints]:
    """These numbers, once and twice: [views, DEPTHS]; chains: of the views."""
    found = [np.zeros((len(chains), DEPTHS), np.int64) for _ in HEARD]
    place = {total(name, chain, 0)[:-1]: (i, view) for i, name in enumerate(HEARD) for view, chain in enumerate(chains)}
    for key, many in totals.items():
        name, _, depth = key.rpartition("_")
        if (at := place.get(f"{name}_")) is not None:
            found[at[0]][at[1], min(int(depth), DEPTHS - 1)] += int(many)
    once, twice = found
    return once, twice
