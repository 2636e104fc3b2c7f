"""How a context's own weights and its abstraction become one: what it takes over of this, and what each synapse adds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...kit.plasticity import Floats, told
from ...kit.rows import sums
from ...kit.tables import Ints

__all__ = ["NOTHING", "Interpolated", "interpolated"]

NOTHING = 1e-9
"""A mass (1 a symbol) that is none."""


@dataclass(frozen=True, slots=True)
class Interpolated:
    """p(s) = gain(s) + inherits * what the abstraction says of s. mass, total, inherits: [c] n, T and B; gain: [s]."""

    mass: Floats
    total: Floats
    inherits: Floats
    gain: Floats


def interpolated(heard: Floats, start: Ints, discount: Floats, strength: Floats) -> Interpolated:
    """What contexts make of their weights. heard: [s], none below 0. start: [c + 1] where each one's synapses begin, and the
    last ones end. discount, strength: [c].

    >>> made = interpolated(np.array([4.0, 1.0]), np.array([0, 2, 2]), np.full(2, 0.5), np.ones(2))
    >>> made.gain.round(3).tolist(), made.inherits.round(3).tolist()
    ([0.5, 0.083], [0.417, 1.0])
    """
    passed, lengths = told(heard), start[1:] - start[:-1]
    mass, total = sums(heard, start), sums(passed, start)
    # Where there is nothing but inhibition, or what rounding leaves of forgotten samples, the abstraction speaks.
    speaks = mass > NOTHING
    whole = np.where(speaks, mass + strength, 1.0)
    gain = heard - discount.repeat(lengths) * passed
    gain *= np.where(speaks, 1.0 / whole, 0.0).repeat(lengths)
    return Interpolated(mass, total, np.where(speaks, (strength + discount * total) / whole, 1.0), gain)
