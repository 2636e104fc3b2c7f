"""One neuron: a Gaussian with a mean, a few directions in which its samples vary, and the same variance in all others."""

from __future__ import annotations

import numpy as np

from .state import Floats, Ints, Settings, State

__all__ = ["adapt", "fit", "noise"]

TINY = 1e-12


def noise(state: State, settings: Settings) -> float:
    """The variance that all neurons share in each direction that none of them keeps.

    Before there is any, it is 0: the caller decides what that means.
    """
    size, dimension, rank = state.size, state.mean.shape[1], state.basis.shape[1]
    free = float(state.evidence[:size].sum()) * max(dimension - rank, 1)
    total = float(state.rest[:size].sum()) + (0.0 if dimension > rank else float(state.scatter[:size, -1].sum()))
    return total / free if free else 0.0


def fit(state: State, rows: Ints, x: Floats, settings: Settings, shared: float) -> Floats:
    """How well a sample fits neurons: the logarithm of their densities, up to what is the same for all. [len(rows)]."""
    dimension, rank = state.mean.shape[1], state.basis.shape[1]
    away = x - state.mean[rows]
    along = (state.basis[rows] @ away[:, :, None])[:, :, 0] ** 2
    outside = np.maximum(np.einsum("nd,nd->n", away, away) - along.sum(axis=1), 0.0)
    evidence = state.evidence[rows][:, None]
    variance = (state.scatter[rows] + settings.prior * shared) / (evidence + settings.prior)
    logarithms = np.log(variance).sum(axis=1) + (dimension - rank) * np.log(shared)
    return np.asarray(-0.5 * ((along / variance).sum(axis=1) + outside / shared + logarithms))


def adapt(state: State, row: int, x: Floats) -> None:
    """Move a neuron's mean to a sample, and turn its directions: a rank-one update."""
    count = state.count[row]
    away = x - state.mean[row]
    state.mean[row] += away / (count + 1.0)
    state.count[row] = count + 1.0
    state.evidence[row] += 1.0
    spread(state, row, away * np.sqrt(count / (count + 1.0)))


def spread(state: State, row: int, vector: Floats) -> None:
    """Add a vector's square to the sums of squares of a neuron."""
    basis, scatter = state.basis[row], state.scatter[row]
    rank = len(scatter)
    along = basis @ vector
    outside = vector - along @ basis
    square = float(outside @ outside)
    if square <= TINY * float(vector @ vector):
        square = 0.0
    length = np.sqrt(square)
    # The sums of squares in the neuron's directions and the new one: diagonal, and the vector's part of each.
    parts = np.append(along, length)
    small = np.outer(parts, parts)
    small[np.arange(rank), np.arange(rank)] += scatter
    values, vectors = np.linalg.eigh(small)
    keep = vectors[:, :0:-1].T
    turned = keep[:, :rank] @ basis
    if square:
        turned += keep[:, rank:] * (outside / length)
    state.basis[row] = turned
    state.scatter[row] = np.maximum(values[:0:-1], 0.0)
    state.rest[row] += max(float(values[0]), 0.0)
