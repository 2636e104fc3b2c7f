"""The laws of plasticity: pure functions that every memory shares. Numpy in, numpy out; time is an argument.

A synapse gains what it lacks (`potentiated`), and loses a share of what it has (`depressed`). What it has prevented is
its importance (`credited`), which protects it (`protected`) and lets it fade later (`faded`). It fades by elapsed time,
however often one looks (`settled`), and is gone when little is left (`pruned`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Decay",
    "Synapses",
    "credited",
    "depressed",
    "faded",
    "mattered",
    "potentiated",
    "protected",
    "pruned",
    "settled",
    "told",
    "weigh",
]

Floats = NDArray[np.float64]


def told(weight: Floats) -> Floats:
    """What a synapse of this weight has told its abstraction: f(c) = c up to 1 (and below 0), the square root above.

    The nth firing passes on f(n) - f(n-1), ever less: a new context is seen by its parents in full, an old one hardly.

    Parameters
    ----------
    weight
        Signed sums of firings.

    Returns
    -------
    array of float64
        What was told of each.

    Notes
    -----
    Teh 2006 (A hierarchical Bayesian language model based on Pitman-Yor processes) uses the number of tables of a
    Chinese restaurant process for the same purpose; a root is its growth.

    Examples
    --------
    >>> told(np.array([-2.0, 0.5, 1.0, 4.0])).tolist()
    [-2.0, 0.5, 1.0, 2.0]
    """
    return np.where(weight <= 1.0, weight, np.sqrt(np.maximum(weight, 1.0)))


def protected(rate: float, importance: Floats | float, kappa: float) -> Floats | float:
    """The rate at which a synapse changes that matters so much: rate / (1 + kappa importance).

    Parameters
    ----------
    rate
        The rate of one that does not matter, from 0 to 1.
    importance
        What the synapse has prevented, 0 or more: see `credited`.
    kappa
        How much importance protects, 0 or more.

    Returns
    -------
    float or array of float64
        The rate: never above the given one, and never 0 where that is not.

    Notes
    -----
    Synapses that held for long change less: Fusi, Drew and Abbott 2005 (Cascade models of synaptically stored memories).
    That importance decides how much: Kirkpatrick et al. 2017 (Overcoming catastrophic forgetting in neural networks).

    Examples
    --------
    >>> protected(0.5, 0.0, 1.0), protected(0.5, 4.0, 1.0)
    (0.5, 0.1)
    """
    return rate / (1.0 + kappa * importance)


def potentiated(weight: Floats | float, rate: Floats | float) -> Floats | float:
    """A synapse's weight after it was right: it gains a share of what it lacks to 1, w + rate (1 - w).

    Parameters
    ----------
    weight
        From 0 to 1.
    rate
        The share, from 0 to 1.

    Returns
    -------
    float or array of float64
        The weight then: never smaller, and never above 1.

    Notes
    -----
    Soft bounds: van Rossum, Shippi and Barrett 2012 (Soft-bound synaptic plasticity increases storage capacity).

    Examples
    --------
    >>> potentiated(potentiated(0.0, 0.5), 0.5)
    0.75
    """
    return weight + rate * (1.0 - weight)


def depressed(weight: Floats | float, importance: Floats | float, rate: float, kappa: float) -> Floats | float:
    """A synapse's weight after it was wrong: it loses a share of what it has, w (1 - rate / (1 + kappa importance)).

    Parameters
    ----------
    weight
        From 0 to 1.
    importance
        What the synapse has prevented, 0 or more: see `credited`.
    rate
        The share that one loses which does not matter, from 0 to 1.
    kappa
        How much importance protects, 0 or more.

    Returns
    -------
    float or array of float64
        The weight then: never greater, and never below 0.

    Notes
    -----
    The soft bound at 0 (see `potentiated`) with the rate of `protected`.

    Examples
    --------
    >>> depressed(1.0, 0.0, 0.5, 1.0), depressed(1.0, 1.0, 0.5, 1.0)
    (0.5, 0.75)
    """
    return weight * (1.0 - protected(rate, importance, kappa))


def credited(importance: Floats | float, before: Floats | float, after: Floats | float) -> Floats | float:
    """A synapse's importance after it took part in an answer: it grows by the error that it prevented, if any.

    Of a synapse that fades, what went by is settled first: see `mattered`.

    Parameters
    ----------
    importance
        What the synapse has prevented until now, 0 or more.
    before
        The error without the synapse.
    after
        The error with it.

    Returns
    -------
    float or array of float64
        The importance then: never smaller.

    Notes
    -----
    Zenke, Poole and Ganguli 2017 (Continual learning through synaptic intelligence): each synapse is credited with its
    part of what an error fell by, summed over its life.

    Examples
    --------
    >>> credited(np.array([2.0, 2.0]), before=np.array([1.0, 0.0]), after=np.array([0.25, 1.0])).tolist()
    [2.75, 2.0]
    """
    more: Floats | float = importance + np.maximum(before - after, 0.0)
    return more


def faded(
    weight: Floats | float,
    elapsed: Floats | float,
    half_life: float,
    importance: Floats | float = 0.0,
    kappa: float = 0.0,
) -> Floats | float:
    """A weight after some time: w 2^(-elapsed / h) with h = half_life (1 + kappa importance).

    Parameters
    ----------
    weight
        Any numbers.
    elapsed
        How long, in the unit of the half-life. Less than 0, of a clock that ran backwards, counts as no time.
    half_life
        After how long half is left of what does not matter, above 0.
    importance
        What the synapse has prevented, 0 or more: see `credited`.
    kappa
        How much importance protects, 0 or more.

    Returns
    -------
    float or array of float64
        What is left.

    Notes
    -----
    Settles and Meeder 2016 (A trainable spaced repetition model for language learning): memory is 2^(-elapsed / h), and
    experience makes h longer.

    Examples
    --------
    >>> faded(np.array([1.0, 1.0]), 120.0, half_life=60.0, importance=np.array([0.0, 1.0]), kappa=1.0).tolist()
    [0.25, 0.5]
    """
    left: Floats | float = weight * np.exp2(-np.maximum(elapsed, 0.0) / (half_life * (1.0 + kappa * importance)))
    return left


@dataclass(frozen=True, slots=True)
class Synapses:
    """Synapses that fade, each as of when it was last looked at.

    Attributes
    ----------
    weight : array of float64
        What each weighed then.
    importance : array of float64
        What each has prevented, 0 or more: it holds from then on.
    since : array of float64
        When that was.
    """

    weight: Floats
    importance: Floats
    since: Floats


def settled(synapses: Synapses, now: float, half_life: float, kappa: float) -> Synapses:
    """Synapses as of now: each faded by the time that went by since it was last looked at, by its importance of then.

    How often one looks does not matter: no pass goes over all of them, and each is settled when it is used.

    Parameters
    ----------
    synapses
        As of when each was last looked at.
    now
        The time. One that is earlier than a synapse's counts as no time.
    half_life
        See `faded`.
    kappa
        See `faded`.

    Returns
    -------
    Synapses
        As of now.

    Examples
    --------
    >>> one = Synapses(np.array([1.0]), np.array([0.0]), np.array([0.0]))
    >>> settled(settled(one, 20.0, 60.0, 1.0), 60.0, 60.0, 1.0).weight.round(12).tolist()
    [0.5]
    """
    left = faded(synapses.weight, now - synapses.since, half_life, synapses.importance, kappa)
    return replace(synapses, weight=np.asarray(left), since=np.maximum(synapses.since, now))


def mattered(
    synapses: Synapses, before: Floats | float, after: Floats | float, now: float, half_life: float, kappa: float
) -> Synapses:
    """Synapses after they took part in an answer now: settled by the importance that they had, and then credited.

    What one prevents now says nothing of the time before: it did not fade more slowly then.

    Parameters
    ----------
    synapses
        As of when each was last looked at.
    before
        The error without each synapse.
    after
        The error with it.
    now
        The time.
    half_life
        See `faded`.
    kappa
        See `faded`.

    Returns
    -------
    Synapses
        As of now, with the importance that they have from now on.

    Examples
    --------
    >>> one = Synapses(np.array([1.0]), np.array([0.0]), np.array([0.0]))
    >>> then = mattered(one, before=1.0, after=0.0, now=60.0, half_life=60.0, kappa=1.0)
    >>> then.weight.tolist(), settled(then, 180.0, 60.0, 1.0).weight.tolist()
    ([0.5], [0.25])
    """
    there = settled(synapses, now, half_life, kappa)
    return replace(there, importance=np.asarray(credited(there.importance, before, after)))


def pruned(weight: Floats, least: float) -> NDArray[np.bool_]:
    """Which synapses are gone: those of which less is left, with either sign.

    What matters needs no exception here: it loses less, and fades later.

    Parameters
    ----------
    weight
        What is left of each.
    least
        What a synapse must weigh to stay, above 0.

    Returns
    -------
    array of bool
        True where a synapse is gone.

    Notes
    -----
    Chechik, Meilijson and Ruppin 1998 (Synaptic pruning in development: a computational account): of all ways to choose,
    to delete the weakest keeps most memories.

    Examples
    --------
    >>> pruned(np.array([0.5, 0.01, -0.02]), 0.02).tolist()
    [False, True, False]
    """
    return np.abs(weight) < least


@dataclass(frozen=True, slots=True)
class Decay:
    """A forgetting by elapsed time, journalled at `position`, of the events at positions `first` to `last`.

    Attributes
    ----------
    position : int
        Where the journal has it.
    first : int
        The first event that fades.
    last : int
        The last one.
    time : float
        When it was.
    half_life : float
        After how long half is left.
    """

    position: int
    first: int
    last: int
    time: float
    half_life: float


def weigh(
    mass: Floats, time: Floats, position: NDArray[np.int64], decays: list[Decay], before: NDArray[Any] | int
) -> Floats:
    """What events weigh after the decays journalled before the position `before` (one number, or one per event).

    An event's mass m becomes m 2^(-dt/h) at a decay with half-life h, dt the seconds since the event happened or was
    last decayed. A clock that ran backwards counts as no time.

    Parameters
    ----------
    mass
        What each event weighed when it happened.
    time
        When that was.
    position
        Where the journal has it.
    decays
        In any order.
    before
        Decays from there on do not count.

    Returns
    -------
    array of float64
        What is left of each.

    Examples
    --------
    >>> day = [Decay(position=2, first=1, last=1, time=86400.0, half_life=86400.0)]
    >>> weigh(np.array([1.0]), np.array([0.0]), np.array([1]), day, 3).tolist()
    [0.5]
    """
    weight, since = mass.astype(np.float64), time.astype(np.float64)
    for decay in sorted(decays, key=lambda decay: decay.position):
        touched = (position >= decay.first) & (position <= decay.last) & (np.asarray(before) > decay.position)
        weight[touched] = faded(weight[touched], decay.time - since[touched], decay.half_life)
        since[touched] = np.maximum(since[touched], decay.time)
    return weight
