"""Samples that are mappings from features to numbers: what is taken as one, and how it becomes a vector.

A feature has its place and its sign from a hash of its name alone (Weinberger et al. 2009, Feature hashing for large scale
multitask learning). So there is no vocabulary that grows, and a sample is the same vector in every process, at every time.
Features that share a place cancel out as often as they add up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import number, shown, text
from ..errors import BadInput
from ..kit.ids import digest

__all__ = ["HIGHEST", "Features", "Samples", "checked", "hashed", "vectors"]

Floats = NDArray[np.float64]
Features = Mapping[str, float]
Samples = Floats | Sequence[Features]
"""Samples as a memory takes them: rows of numbers, or mappings."""
HIGHEST = 1e100
"""So that the square of a length is a float64, too."""


def checked(found: Any, what: str = "a sample") -> dict[str, float]:
    """A mapping from features to numbers, in plain texts and floats; raises BadInput where it is none.

    >>> checked({"red": np.int64(1)})
    {'red': 1.0}
    """
    if not isinstance(found, Mapping):
        raise BadInput(f"{what} must be a mapping from features to numbers, not {shown(found)}")
    if not found:
        raise BadInput(f"{what} has no features; it needs one at least")
    wanted = f"a finite number (up to {HIGHEST:g})"
    return {
        str(text(f"a feature of {what}", name)): number(
            f"{shown(name)} of {what}", value, wanted, lambda size: abs(size) <= HIGHEST
        )
        for name, value in found.items()
    }


def hashed(features: Features, dimension: int) -> Floats:
    """The vector of a sample, [dimension]; what shares a place is added up in the order of the features' names.

    >>> hashed({"red": 1.0, "round": 2.0}, 4).tolist()
    [0.0, 0.0, 1.0, -2.0]
    """
    names = sorted(features)
    hashes = np.array([digest(name) for name in names], np.uint64)
    signs = np.where(hashes & np.uint64(1), 1.0, -1.0)
    places = (hashes >> np.uint64(1)) % np.uint64(dimension)
    values = np.array([features[name] for name in names])
    return np.bincount(places.astype(np.int64), signs * values, dimension).astype(np.float64, copy=False)


def vectors(samples: Samples, dimension: int) -> Floats:
    """All samples as numbers, [n, dimension]."""
    if isinstance(samples, np.ndarray):
        return samples
    return np.array([hashed(one, dimension) for one in samples]).reshape(-1, dimension)
