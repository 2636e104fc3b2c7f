"""All neurons of a memory as arrays: what the rules read and change.

A row is a neuron, in ascending order of its number; a column of the synapses is a label, in the order in which labels
came. Everything is kept as it is stored, so that a memory that was read again goes on bit for bit as one that stayed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .neighbours import Neighbours

__all__ = ["Floats", "Ints", "Settings", "State", "add", "empty", "label", "remove"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Settings:
    """How neurons grow, adapt and tie themselves to labels.

    Attributes
    ----------
    rank : int
        Directions in which a neuron's samples vary that it keeps: at most one fewer than there are dimensions.
    prior : float
        How many samples the variance that all neurons share is worth beside a neuron's own.
    inherited : float
        How many samples the variance of the best neuron is worth to the first one of a label.
    ridge : float
        How much of the shared variance is added to each: what a few samples did not show may still come.
    novelty : float
        A sample whose squared distance to its label's best neuron, as a multiple of what is usual there, is above this grows one.
    mature : float
        Samples that a neuron has seen before it splits or finds anything new, and a label before it takes neurons over.
    mistakes : int
        Samples of its own that others took before a mature neuron splits.
    typical : float
        A sample nearer than this, in the same units as novelty, is one as the neuron knows them.
    share : int
        How many neurons a label may have.
    budget : int
        How many neurons there may be in all; each label has one, even so.
    winners : int
        How many neurons look at a sample: those whose means are nearest.
    rate : float
        The share of what is missing that a synapse gains when it is right, and of what it has that it loses.
    kappa : float
        How much the importance of a synapse protects it: it loses rate / (1 + kappa importance).
    """

    rank: int = 16
    prior: float = 50.0
    inherited: float = 5.0
    ridge: float = 2.0
    novelty: float = 4.0
    mature: float = 30.0
    mistakes: int = 3
    typical: float = 1.0
    share: int = 40
    budget: int = 2000
    winners: int = 16
    rate: float = 0.3
    kappa: float = 0.05


@dataclass(slots=True)
class State:
    """The first `size` rows of each array are neurons; the others are room to grow.

    Attributes
    ----------
    size : int
        How many neurons there are.
    labels : int
        How many labels there are.
    next : int
        The number of the next neuron.
    number : array of int64 [n]
        The number of each neuron, ascending: 0, 1, 2 ... in the order in which they grew. It stays for life.
    count : array of float64 [n]
        Samples that the mean is of.
    evidence : array of float64 [n]
        Samples that the variance is of: the neuron's own, and what it took from the neuron beside which it grew.
    fired : array of int64 [n]
        How often the neuron won.
    missed : array of int64 [n]
        Samples of its own that others took since it last split.
    usual : array of float64 [n]
        How far its own samples are, of late.
    mean : array of float64 [n, d]
        Where the neuron stands.
    basis : array of float64 [n, r, d]
        Directions of length 1, at right angles to each other, in which its samples vary most.
    scatter : array of float64 [n, r]
        The sum of squares along each direction, the largest first; 0 where there is none yet.
    rest : array of float64 [n]
        The sum of squares outside of the directions.
    weight : array of float64 [n, l]
        The synapse from each neuron to each label: 0 where there is none, at most 1.
    importance : array of float64 [n, l]
        What the synapse has prevented: see `plasticdb.kit.plasticity`.
    neighbours : Neighbours
        The edges among neurons, by their numbers.
    """

    size: int
    labels: int
    next: int
    number: Ints
    count: Floats
    evidence: Floats
    fired: Ints
    missed: Ints
    usual: Floats
    mean: Floats
    basis: Floats
    scatter: Floats
    rest: Floats
    weight: Floats
    importance: Floats
    neighbours: Neighbours = field(default_factory=Neighbours)


COLUMNS = tuple(one.name for one in fields(State) if one.name not in ("size", "labels", "next", "neighbours"))


def empty(dimension: int, rank: int) -> State:
    """A state without neurons and labels, for vectors of a dimension.

    >>> state = empty(dimension=3, rank=16)
    >>> state.size, state.labels, state.basis.shape[1:]
    (0, 0, (2, 3))
    """
    rank = min(rank, dimension - 1)
    ints: Any = np.zeros(0, np.int64)
    floats: Any = np.zeros(0)
    return State(
        0, 0, 0, ints, floats, floats, ints, ints, floats,
        np.zeros((0, dimension)), np.zeros((0, rank, dimension)), np.zeros((0, rank)), floats,
        np.zeros((0, 0)), np.zeros((0, 0)),
    )  # fmt: skip


def label(state: State) -> int:
    """Make room for a label that is new, and say which column it has."""
    if state.labels == state.weight.shape[1]:
        more = ((0, 0), (0, max(state.labels, 4)))
        state.weight, state.importance = np.pad(state.weight, more), np.pad(state.importance, more)
    state.labels += 1
    return state.labels - 1


def add(state: State) -> int:
    """Make room for a neuron, give it the next number, and say which row it has."""
    row = state.size
    if row == len(state.number):
        for column in COLUMNS:
            array = getattr(state, column)
            setattr(state, column, np.pad(array, ((0, max(row, 16)), *[(0, 0)] * (array.ndim - 1))))
    for column in COLUMNS:
        getattr(state, column)[row] = 0
    state.number[row] = state.next
    state.next += 1
    state.size += 1
    return row


def remove(state: State, row: int) -> None:
    """Take a neuron out. Those behind it move up by one row."""
    for column in COLUMNS:
        array = getattr(state, column)
        array[row : state.size - 1] = array[row + 1 : state.size]
    state.size -= 1
