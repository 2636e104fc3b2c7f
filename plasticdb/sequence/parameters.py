"""What a memory trusts, as numbers: what its contexts withhold, and how much each view counts. Here as before any fit.

A view's depth k = 1, 2, ... counts the levels of its chain below the root; depth 0 is the root of the suffix, the base of
all. Deeper than `DEPTHS - 1` all levels share the last numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..kit.plasticity import Floats
from ..kit.tables import Ints

__all__ = ["BUCKETS", "DEPTHS", "FIRST_STRENGTH", "MOST_DISCOUNT", "PLACES", "Gates", "Parameters", "begun"]

DEPTHS = 26
"""Depths that have numbers of their own, the root's among them."""
BUCKETS = 8
"""How sure a view's deepest context can be, at each depth."""
PLACES = 20
"""Places in a sample that have numbers of their own; the last stands for all behind it."""

MOST_DISCOUNT = 0.97
FIRST_STRENGTH = 0.3
TOGETHER = 1.1
"""What the views' weights add up to, before any fit, where several speak; one alone has the weight 1."""


@dataclass(frozen=True, slots=True)
class Gates:
    """How much each view counts: its weight after a history is the sum of these, by what is there.

    present: [2**views, views] by which views speak (bit i: the view i). depth: [DEPTHS, views] by how deep the suffix
    is known. confidence: [views, DEPTHS * BUCKETS] by the view's own deepest context: its depth, and how sure it is.
    place: [PLACES, views] by the place in the sample; none, [0, views], where a memory does not look at it. last: [codes,
    views] by the last symbol; none in the same way. A code beyond its end counts as 0.
    """

    present: Floats
    depth: Floats
    confidence: Floats
    place: Floats
    last: Floats


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

    once, twice: [views, DEPTHS] how many synapses there have a weight above 0 and below 1.99, or from there to below 2.99.
    codes: how many symbols have gates of their own (0: the last symbol is no matter). place: whether the place has.

    >>> first = begun(2, np.full((2, DEPTHS), 3), np.full((2, DEPTHS), 1))
    >>> first.discount[1, 2].round(3), first.strength[1, 2], first.gates.present[0b11], first.gates.present[0b10]
    (np.float64(0.615), np.float64(0.3), array([0.55, 0.55]), array([1., 1.]))
    """
    discount = np.minimum((once + 1.0) / (once + 2.0 * twice + 1.5), MOST_DISCOUNT)
    strength = np.full((views, DEPTHS), FIRST_STRENGTH)
    strength[0, 0] = 0.0
    masks = np.arange(2**views)
    speaking = ((masks[:, None] >> np.arange(views)) & 1).sum(axis=1)
    each = np.where(speaking > 1, TOGETHER / np.maximum(speaking, 1), 1.0)
    gates = Gates(
        np.repeat(each[:, None], views, axis=1),
        np.zeros((DEPTHS, views)),
        np.zeros((views, DEPTHS * BUCKETS)),
        np.zeros((PLACES if place else 0, views)),
        np.zeros((codes, views)),
    )
    return Parameters(discount, strength, gates)
