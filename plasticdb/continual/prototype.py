"""One neuron: a Gaussian with a mean, a few directions in which its samples vary, and the same variance in all others.

That is a mixture of probabilistic principal components (Tipping and Bishop 1999), kept sample by sample: the mean by
its running sum, the directions by rank-one updates of a truncated decomposition (Brand 2006).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .neighbours import become
from .state import Floats, Ints, Settings, State

__all__ = ["Fit", "adapt", "fit", "join", "noise", "split", "variances"]

FLOOR = 0.01
"""The shared variance is at least this share of the mean variance, less with each sample: features may differ in scale."""
LITTLE = 0.1
"""Where directions say nearly all, as among a few dimensions, this part of the ridge is added: there it is hardly noise."""
SMALL = 1e-2
TINY = 1e-12


class Fit(NamedTuple):
    """How samples fit neurons: the logarithms of densities, and squared distances, 1 where a sample is as usual."""

    density: Floats
    distance: Floats


def noise(state: State) -> float:
    """The variance that all neurons share, in each direction that none of them keeps; 0 as long as there is none."""
    size, dimension, rank = state.size, state.mean.shape[1], state.basis.shape[1]
    evidence = float(state.evidence[:size].sum())
    if not evidence:
        return 0.0
    rest = float(state.rest[:size].sum())
    # The first samples of a neuron lie in its directions: what is left says something only of those beyond.
    beyond = float(np.maximum(state.evidence[:size] - rank, 0.0).sum())
    share = FLOOR / (1.0 + beyond)
    least = share * (rest + float(state.scatter[:size].sum())) / (evidence * dimension)
    return float(max(rest / (evidence * (dimension - rank)), least))


def variances(state: State, rows: Ints | slice, settings: Settings, shared: float) -> tuple[Floats, Floats]:
    """The variances of neurons along their directions [n, r], and in each other direction [n]."""
    others = state.mean.shape[1] - state.basis.shape[1]
    weight = 1.0 / (state.evidence[rows] + settings.prior)
    outside = (state.rest[rows] / others + settings.prior * shared) * weight
    along = state.scatter[rows] * weight[:, None] + (settings.prior * outside * weight)[:, None]
    rank = state.basis.shape[1]
    part = min(1.0, max(LITTLE, (others - 1) / rank)) if rank else 1.0
    ridge = part * settings.ridge * shared
    return along + ridge, outside + ridge


def fit(state: State, rows: Ints, x: Floats, settings: Settings, shared: float) -> Fit:
    """How well a sample fits neurons, [len(rows)]. Densities are up to what is the same for all."""
    dimension, rank = state.mean.shape[1], state.basis.shape[1]
    away = x - state.mean[rows]
    along = (state.basis[rows] @ away[:, :, None])[:, :, 0] ** 2
    outside = np.maximum(np.einsum("nd,nd->n", away, away) - along.sum(axis=1), 0.0)
    inner, outer = variances(state, rows, settings, shared)
    distance = (along / inner).sum(axis=1) + outside / outer
    logarithms = np.log(inner).sum(axis=1) + (dimension - rank) * np.log(outer)
    return Fit(-0.5 * (distance + logarithms), distance / dimension)


def adapt(state: State, row: int, x: Floats) -> None:
    """Move a neuron's mean to a sample, and turn its directions: a rank-one update."""
    count = float(state.count[row])
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
    square, whole = float(outside @ outside), float(vector @ vector)
    if square < SMALL * whole:  # what is left is mostly rounding: at right angles only after a second look
        outside -= (basis @ outside) @ basis
        square = float(outside @ outside)
    if square <= TINY * whole:
        square = 0.0
    # The sums of squares in the neuron's directions and the new one: diagonal, and the vector's part of each.
    length = float(np.sqrt(square))
    parts = np.append(along, length)
    small = np.outer(parts, parts)
    small.flat[: rank * (rank + 1) : rank + 2] += scatter
    values, vectors = np.linalg.eigh(small)
    keep = vectors[:, :0:-1].T
    turned = keep[:, :rank] @ basis
    if square:
        turned += keep[:, rank:] * (outside / length)
    state.basis[row] = turned
    state.scatter[row] = np.maximum(values[:0:-1], 0.0)
    state.rest[row] += max(float(values[0]), 0.0)


def split(state: State, row: int, new: int, x: Floats) -> None:
    """Make two neurons of one: halves of it, on both sides of its mean along its first direction. The row is at x's.

    A Gaussian cut in half has its halves' means at sqrt(2 / pi) standard deviations, and 1 - 2 / pi of its variance.
    """
    for array in (state.mean, state.basis, state.scatter, state.rest, state.weight, state.importance, state.usual):
        array[new] = array[row]
    direction = state.basis[row, 0]
    step = float(np.sqrt(2.0 / np.pi * state.scatter[row, 0] / state.evidence[row])) * direction
    if (x - state.mean[row]) @ direction < 0:
        step = -step
    for half, side in ((row, 1.0), (new, -1.0)):
        state.mean[half] += side * step
        state.missed[half] = 0
    state.count[new] = state.count[row] = state.count[row] / 2.0
    state.evidence[new] = state.evidence[row] = state.evidence[row] / 2.0
    state.rest[new] = state.rest[row] = state.rest[row] / 2.0
    scatter = state.scatter[row] / 2.0
    scatter[0] *= 1.0 - 2.0 / np.pi
    order = np.argsort(-scatter, kind="stable")
    state.scatter[new] = state.scatter[row] = scatter[order]
    state.basis[new] = state.basis[row] = state.basis[row][order]


def join(state: State, row: int, other: int) -> None:
    """Make one neuron of two, in the first one's row: what is known of the samples of both together."""
    become(state.neighbours, int(state.number[row]), int(state.number[other]))
    counts = state.count[[row, other]]
    share = counts / counts.sum()
    away = state.mean[other] - state.mean[row]
    between = away * np.sqrt(counts[0] * share[1])
    pair = [row, other]
    parts = np.sqrt(state.scatter[pair])[:, :, None] * state.basis[pair]
    rows = np.vstack([*parts, between])
    _, lengths, directions = np.linalg.svd(rows, full_matrices=False)
    rank = state.scatter.shape[1]
    squares = np.pad(lengths**2, (0, max(rank - len(lengths), 0)))
    state.mean[row] += share[1] * away
    state.basis[row, : len(directions[:rank])] = directions[:rank]
    state.scatter[row] = squares[:rank]
    state.rest[row] += state.rest[other] + squares[rank:].sum()
    for array in (state.weight, state.importance, state.usual):
        array[row] = share[0] * array[row] + share[1] * array[other]
    for total in (state.count, state.evidence, state.fired, state.missed):
        total[row] += total[other]
