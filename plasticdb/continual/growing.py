"""What a sample does: which neurons fire, which one adapts or grows, and what becomes of their synapses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .prototype import adapt, fit, noise
from .state import Floats, Ints, Settings, State, add

__all__ = ["Touched", "learn", "scores"]


@dataclass(frozen=True, slots=True)
class Touched:
    """What a sample changed: rows of neurons after it, and the numbers of neurons that are gone.

    Attributes
    ----------
    neurons : tuple of int
        Rows of the neurons that changed, the synapses to labels included.
    grown : int or None
        The row of the neuron that grew; it is also among `neurons`.
    gone : tuple of int
        Numbers of neurons that became part of others.
    right : bool
        Whether the label was the one that the neurons would have said.
    """

    neurons: tuple[int, ...]
    grown: int | None
    gone: tuple[int, ...]
    right: bool


def winners(state: State, x: Floats, label: int, settings: Settings) -> Ints:
    """The rows of the neurons that look at a sample: the nearest of all, and the nearest ones of its label."""
    size = state.size
    if size <= settings.winners:
        return np.arange(size)
    away = state.mean[:size] - x
    distance = np.einsum("nd,nd->n", away, away)
    nearest = np.argpartition(distance, settings.winners - 1)[: settings.winners]
    own = np.flatnonzero(state.weight[:size, label] > 0)
    own = own[np.argsort(distance[own], kind="stable")[: settings.winners // 4]]
    return np.union1d(nearest, own)


def learn(state: State, x: Floats, label: int, settings: Settings) -> Touched:
    """Learn one sample of a label that has a column (see `plasticdb.continual.state.label`)."""
    if not state.size:
        return Touched((grow(state, x, label, None, settings),), state.size - 1, (), False)
    rows = winners(state, x, label, settings)
    shared = noise(state, settings)
    if shared <= 0.0:
        away = state.mean[: state.size] - x
        shared = float((away * away).sum(axis=1).min()) / state.mean.shape[1] or 1.0
    fits = fit(state, rows, x, settings, shared)
    best = int(rows[np.argmax(fits)])
    said = int(np.argmax(state.weight[best, : state.labels]))
    own = np.argmax(state.weight[rows, : state.labels], axis=1) == label
    if not own.any():
        row = grow(state, x, label, best, settings)
        return Touched((row,), row, (), False)
    mine = int(rows[own][np.argmax(fits[own])])
    if said == label:
        adapt(state, mine, x)
        state.fired[mine] += 1
        return Touched((mine,), None, (), True)
    if np.count_nonzero(state.home[: state.size] == label) < settings.share and state.size < settings.budget:
        row = grow(state, x, label, mine, settings)
        return Touched((row,), row, (), False)
    adapt(state, mine, x)
    return Touched((mine,), None, (), False)


def grow(state: State, x: Floats, label: int, beside: int | None, settings: Settings) -> int:
    """A neuron at a sample. It varies as the neuron beside which it grows does, as far as the prior goes."""
    row = add(state)
    state.mean[row] = x
    state.count[row] = 1.0
    state.home[row] = label
    state.weight[row, label] = 1.0
    if beside is not None and state.evidence[beside] > 0:
        share = min(1.0, settings.prior / state.evidence[beside])
        state.evidence[row] = share * state.evidence[beside]
        state.basis[row] = state.basis[beside]
        state.scatter[row] = share * state.scatter[beside]
        state.rest[row] = share * state.rest[beside]
    return row


def scores(state: State, samples: Floats, settings: Settings) -> Floats:
    """How well each label fits each sample: the best density among its neurons, as a logarithm. [n, labels]."""
    out = np.full((len(samples), state.labels), -np.inf)
    if not state.size:
        return out
    rows = np.arange(state.size)
    shared = noise(state, settings) or 1.0
    says = np.argmax(state.weight[: state.size, : state.labels], axis=1)
    for i, x in enumerate(samples):
        np.maximum.at(out[i], says, fit(state, rows, x, settings, shared))
    return out
