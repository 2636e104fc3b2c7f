"""What neurons say of samples that they do not learn."""

from __future__ import annotations

import numpy as np

from .growing import says
from .prototype import noise, variances
from .state import Floats, Settings, State

__all__ = ["scores", "shares"]

AT_ONCE = 1 << 22


def scores(state: State, samples: Floats, settings: Settings) -> Floats:
    """How well each label fits each sample: the best density among its neurons, as a logarithm. [n, labels].

    A label that no neuron says fits nothing: -inf.

    >>> from plasticdb.continual.growing import learn
    >>> from plasticdb.continual.state import empty, label
    >>> state, settings = empty(dimension=2, rank=16), Settings()
    >>> for x, y in ([0.0, 0.0], 0), ([9.0, 9.0], 1), ([0.0, 1.0], 0), ([9.0, 8.0], 1):
    ...     while state.labels <= y:
    ...         _ = label(state)
    ...     _ = learn(state, np.array(x), y, settings)
    >>> np.argmax(scores(state, np.array([[1.0, 1.0], [8.0, 8.0]]), settings), axis=1).tolist()
    [0, 1]
    """
    size, (_, rank, dimension) = state.size, state.basis.shape
    out = np.full((len(samples), state.labels), -np.inf)
    if not size:
        return out
    said = says(state)
    inner, outer = variances(state, slice(size), settings, noise(state) or 1.0)
    logarithms = np.log(inner).sum(axis=1) + (dimension - rank) * np.log(outer)
    # Away from a mean among them: far from the origin, squares of what is left would be lost to rounding.
    centre = state.mean[0]
    means = state.mean[:size] - centre
    directions = state.basis[:size].reshape(size * rank, dimension)
    offsets = np.einsum("nrd,nd->nr", state.basis[:size], means)
    order = np.argsort(said, kind="stable")
    labels, starts = np.unique(said[order], return_index=True)
    step = max(AT_ONCE // (size * (rank + 1)), 1)
    for start in range(0, len(samples), step):
        some = samples[start : start + step] - centre
        along = ((some @ directions.T).reshape(len(some), size, rank) - offsets) ** 2
        squares = (
            np.einsum("nd,nd->n", some, some)[:, None] - 2.0 * some @ means.T + np.einsum("nd,nd->n", means, means)
        )
        outside = np.maximum(squares - along.sum(axis=2), 0.0)
        density = -0.5 * ((along / inner).sum(axis=2) + outside / outer + logarithms)
        out[start : start + step, labels] = np.maximum.reduceat(density[:, order], starts, axis=1)
    return out


def shares(found: Floats) -> Floats:
    """Logarithms as shares of 1, row by row."""
    weights = np.exp(found - found.max(axis=1, keepdims=True, initial=-np.inf))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
