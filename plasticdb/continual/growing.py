"""What a sample does: which neurons fire, which one adapts, splits or grows, and what becomes of their synapses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..kit.plasticity import credited, depressed, potentiated, protected
from .neighbours import meet
from .prototype import adapt, fit, join, noise, split
from .state import Floats, Ints, Settings, State, add, remove

__all__ = ["Touched", "learn", "says"]


LATELY = 1.0 / 16.0
LEFT = 0.5
"""A label has moved where a synapse to it is worth less: it falls with each sample that others took."""
LEAST = 0.01
"""By that it does not fall lower: the neuron still says its label."""


@dataclass(frozen=True, slots=True)
class Touched:
    """What a sample changed: rows of neurons after it, and the numbers of neurons that are gone.

    Attributes
    ----------
    neurons : tuple of int
        Rows of the neurons that changed, their synapses included.
    grown : int or None
        The row of the neuron that grew; it is also among `neurons`.
    gone : tuple of int
        Numbers of neurons that became part of others.
    right : bool
        Whether the label was the one that the neurons would have said.
    """

    neurons: tuple[int, ...]
    grown: int | None = None
    gone: tuple[int, ...] = ()
    right: bool = False


def says(state: State) -> Ints:
    """The label that each neuron says: the one to which its synapse is strongest. [size]."""
    said: Ints = np.argmax(state.weight[: state.size, : state.labels], axis=1)
    return said


def learn(state: State, x: Floats, label: int, settings: Settings) -> Touched:
    """Learn one sample of a label that has a column (see `plasticdb.continual.state.label`).

    The neurons whose means are nearest look at it. Those that would say another label have made a mistake:

    - where no neuron of the label is near, one grows;
    - where the label's neurons are far and the neuron that fits knows such samples well, that one adapts;
    - else the label's best neuron adapts, and splits when that has happened often.

    - where both that label and the one that was said have moved, a neuron that knows such samples is tied to the new
      label, and less to those that it said. So labels may change.

    The neuron that takes the sample and the best of the others are neighbours (see `plasticdb.continual.neighbours`).
    """
    if not state.size:
        return grow(state, x, label, None, settings)
    said = says(state)
    rows = winners(state, x, said == label, settings)
    shared = noise(state) or distance(state, x)
    density, away = fit(state, rows, x, settings, shared)
    own = np.flatnonzero(said[rows] == label)
    first = int(np.argmax(density))
    best = int(rows[first])
    if not len(own):
        return grow(state, x, label, best, settings, beside=best)
    second = int(own[np.argmax(density[own])])
    mine = int(rows[second])
    right = best == mine
    density[first] = -np.inf
    runner_up = int(rows[np.argmax(density)])  # the best one itself, where there is no other
    known = state.evidence[mine] >= settings.mature
    if (
        known
        and away[second] > settings.novelty * max(float(state.usual[mine]), 1.0)
        and (right or away[first] > settings.typical * state.usual[best])
        and may_grow(said, label, settings)
    ):
        return grow(state, x, label, best, settings, right=right)
    if right:
        adapt(state, mine, x)
        state.fired[mine] += 1
        state.usual[mine] += (away[second] - state.usual[mine]) * max(1.0 / state.fired[mine], LATELY)
        agree(state, mine, label, settings)
        border(state, mine, runner_up)
        if said[runner_up] != label:  # it mattered: the next best neuron would have been wrong
            state.importance[mine, label] = credited(state.importance[mine, label], before=1.0, after=0.0)
        return Touched((mine,), right=True)
    strength = float(state.weight[mine, label])
    weaker = float(depressed(strength, 0.0, settings.rate, 0.0))
    state.weight[mine, label] = max(weaker, min(strength, LEAST))
    # Labels that overlap both stay where they are. One that comes no more cannot have moved.
    if (
        state.weight[mine, label] < LEFT
        and state.weight[: state.size, said[best]][said == said[best]].min() < LEFT
        and 2.0 * state.evidence[best] >= settings.mature
        and away[first] < settings.typical * state.usual[best]
    ):
        agree(state, best, label, settings)
        adapt(state, best, x)
        border(state, best, runner_up)
        return crowded(state, label, (mine, best), settings)
    adapt(state, mine, x)
    border(state, mine, best)
    state.missed[mine] += 1
    ready = state.missed[mine] >= settings.mistakes and state.count[mine] >= settings.mature
    if ready and np.count_nonzero(said == label) < settings.share and state.size < settings.budget:
        if not state.basis.shape[1]:  # no direction is known along which to split
            state.missed[mine] = 0
            found = grow(state, x, label, best, settings, beside=mine)
            return Touched((mine, *found.neurons), grown=found.grown)
        new = add(state)
        split(state, mine, new, x)
        return Touched((mine, new), grown=new)
    return Touched((mine,))


def winners(state: State, x: Floats, own: Ints, settings: Settings) -> Ints:
    """The rows of the neurons that look at a sample: the nearest of all, and the nearest ones of its label."""
    size = state.size
    if size <= settings.winners:
        return np.arange(size)
    away = state.mean[:size] - x
    squares = np.einsum("nd,nd->n", away, away)
    nearest = np.argpartition(squares, settings.winners - 1)[: settings.winners]
    mine = np.flatnonzero(own)
    mine = mine[np.argsort(squares[mine], kind="stable")[: max(settings.winners // 4, 1)]]
    return np.union1d(nearest, mine)


def distance(state: State, x: Floats) -> float:
    """The squared distance to the nearest mean, a dimension: what may be a variance while none is known."""
    away = state.mean[: state.size] - x
    return float(np.einsum("nd,nd->n", away, away).min()) / len(x) or 1.0


def grow(
    state: State, x: Floats, label: int, best: int | None, settings: Settings, *, beside: int | None = None, right: bool = False
) -> Touched:  # fmt: skip
    """A neuron at a sample that fits none; of those that there are `best` fits it best.

    It varies as the neuron does `beside` which it grows, as far as that is worth something.
    """
    kept = None if beside is None else int(state.number[beside])
    nearest = None if best is None else int(state.number[best])
    joined, gone = make_room(state, label, settings)
    new = add(state)
    state.mean[new] = x
    state.count[new] = 1.0
    state.weight[new, label] = 1.0
    if kept is not None and kept not in gone:
        row = int(np.searchsorted(state.number[: state.size], kept))
        if state.evidence[row] > 0:
            share = min(1.0, settings.inherited / float(state.evidence[row]))
            state.basis[new] = state.basis[row]
            for array in (state.evidence, state.scatter, state.rest):
                array[new] = share * array[row]
    if nearest is not None:
        # Where that one has just become part of another, it is the other one.
        meet(state.neighbours, int(state.number[new]), int(state.number[joined[0]]) if nearest in gone else nearest)
    return Touched((*joined, new), new, gone, right)


def may_grow(said: Ints, label: int, settings: Settings) -> bool:
    """Whether there is room for a neuron more of a label that has one, or two others can become one."""
    counts = np.bincount(said)
    if counts[label] >= settings.share:
        return bool(counts[label] > 1)
    return bool(len(said) < settings.budget or counts.max() > 1)


def crowded(state: State, label: int, rows: tuple[int, ...], settings: Settings) -> Touched:
    """What a sample changed that may have tied a neuron to a label: where that is one too many, two become one."""
    mine = np.flatnonzero(says(state) == label)
    if len(mine) <= settings.share:
        return Touched(rows)
    numbers = state.number[list(rows)].tolist()
    one, other = alike(state, mine)
    left, gone = int(state.number[one]), int(state.number[other])
    join(state, one, other)
    remove(state, other)
    changed = sorted({*numbers, left} - {gone})
    return Touched(tuple(np.searchsorted(state.number[: state.size], changed).tolist()), gone=(gone,))


def border(state: State, row: int, other: int) -> None:
    """Let the neuron that takes a sample and the best of the others be neighbours, or more so."""
    if row != other:
        meet(state.neighbours, int(state.number[row]), int(state.number[other]))


def make_room(state: State, label: int, settings: Settings) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Where there is no room for one neuron more, two that are most alike become one: its row, and who is gone."""
    said = says(state)
    counts = np.bincount(said, minlength=state.labels)
    if counts[label] < settings.share and state.size < settings.budget:
        return (), ()
    full = label if counts[label] >= settings.share else int(np.argmax(counts))
    rows = np.flatnonzero(said == full)
    if len(rows) < 2:  # a budget of fewer neurons than labels: each label keeps one
        return (), ()
    one, other = alike(state, rows)
    number = int(state.number[other])
    join(state, one, other)
    remove(state, other)
    return (one,), (number,)


def alike(state: State, rows: Ints) -> tuple[int, int]:
    """The two of some neurons that become one at the least cost: the sum of squares that it adds (Ward 1963)."""
    means, counts = state.mean[rows] - state.mean[rows[0]], state.count[rows]
    squares = np.einsum("nd,nd->n", means, means)
    away = np.maximum(squares[:, None] + squares - 2.0 * means @ means.T, 0.0)
    cost = away * counts[:, None] * counts / (counts[:, None] + counts)
    np.fill_diagonal(cost, np.inf)
    one, other = divmod(int(np.argmin(cost)), len(rows))
    return int(rows[min(one, other)]), int(rows[max(one, other)])


def agree(state: State, row: int, label: int, settings: Settings) -> None:
    """Tie a neuron to the label of a sample that it knows: that synapse gains, and those to other labels lose.

    What matters to the neuron protects it against both: what it lost, and what another label gains instead.
    """
    weight, importance = state.weight[row], state.importance[row]
    against = float(importance.sum() - importance[label])
    gained = potentiated(weight[label], protected(settings.rate, against, settings.kappa))
    weight[:] = depressed(weight, importance, settings.rate, settings.kappa)
    weight[label] = gained
