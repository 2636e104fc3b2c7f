"""Why a label is predicted: the neurons that are near a sample, and how far; and what each neuron is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .answering import scores, shares
from .events import LabelName
from .growing import says
from .prototype import fit, noise
from .state import Floats, Ints, Settings, State

__all__ = ["Neuron", "Reason", "neurons", "reasons"]


@dataclass(frozen=True, slots=True)
class Reason:
    """What one neuron has to do with a prediction.

    Attributes
    ----------
    neuron : int
        Its number.
    label : int, str or bool
        What it says.
    p : float
        How likely that label is, where this neuron speaks for it; 0 where a neuron that fits better does.
    distance : float
        How far the sample is from what the neuron knows: the square, a number of the sample, 1 where it is one standard
        deviation.
    usual : float
        How far its own samples are, of late, in the same units; 0 where it has won none yet.
    seen : float
        The samples that its mean is of.
    weight : float
        How strongly it says the label, at most 1.
    importance : float
        Errors that the neuron prevented by saying so.
    """

    neuron: int
    label: LabelName
    p: float
    distance: float
    usual: float
    seen: float
    weight: float
    importance: float


@dataclass(frozen=True, slots=True)
class Neuron:
    """A neuron.

    Attributes
    ----------
    number : int
        What the memory calls it: 0, 1, 2 ... in the order in which they grew.
    label : int, str or bool
        What it says.
    weight : float
        How strongly, at most 1.
    importance : float
        Errors that it prevented by saying so.
    seen : float
        The samples that its mean is of.
    fired : int
        How often it won.
    usual : float
        How far its own samples are, of late: as `Reason.distance`.
    mean : tuple of float
        Where it stands.
    """

    number: int
    label: LabelName
    weight: float
    importance: float
    seen: float
    fired: int
    usual: float
    mean: tuple[float, ...] = field(repr=False)


def reasons(state: State, names: Sequence[LabelName], sample: Floats, settings: Settings, top: int) -> list[Reason]:
    """The neurons that fit a sample [dimension] best, the best one first."""
    rows, said = np.arange(state.size), says(state)
    found = fit(state, rows, sample, settings, noise(state) or 1.0)
    likely = shares(scores(state, sample[None, :], settings))[0]
    order = np.argsort(-found.density, kind="stable")
    speaker = {int(said[row]): int(row) for row in order[::-1]}
    return [
        Reason(
            number,
            names[label],
            float(likely[label]) if speaker[label] == row else 0.0,
            float(found.distance[row]),
            float(state.usual[row]),
            float(state.count[row]),
            *_synapse(state, row, label),
        )
        for row, number, label in _rows(state, order[:top], said)
    ]


def neurons(state: State, names: Sequence[LabelName], rows: Ints) -> list[Neuron]:
    """The neurons in some rows."""
    return [
        Neuron(
            number,
            names[label],
            *_synapse(state, row, label),
            float(state.count[row]),
            int(state.fired[row]),
            float(state.usual[row]),
            tuple(state.mean[row].tolist()),
        )
        for row, number, label in _rows(state, rows, says(state))
    ]


def _rows(state: State, rows: Ints, said: Ints) -> list[tuple[int, int, int]]:
    """Of some rows: each with the neuron's number, and with the label that it says."""
    return list(zip(rows.tolist(), state.number[rows].tolist(), said[rows].tolist(), strict=True))


def _synapse(state: State, row: int, label: int) -> tuple[float, float]:
    return float(state.weight[row, label]), float(state.importance[row, label])
