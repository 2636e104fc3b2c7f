"""How transforms and raw slots answer: the value for a key, which slots it came from, and their shares in it.

Exact: the one transform whose cell the key is in. General: the nearest few, mixed. Outputs are mixed and never matrices, whose
mean maps no key as either does. A raw slot answers for its own key, and where no transform reaches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..kit.tables import Ints
from .cells import closest
from .factors import Floats, Pairs
from .nearest import Keys, keys_of, nearest

__all__ = [
    "EXACT",
    "GENERAL",
    "NONE",
    "Answer",
    "Manner",
    "Raw",
    "Transforms",
    "no_transforms",
    "outputs",
    "raw_of",
    "read",
    "say",
]

NONE, EXACT, GENERAL = "none", "exact", "general"
_AT_ONCE = 4_000_000
"""Distances that are held at once."""
_SAME = 1e-15
"""Keys whose distance is this much below their length are the same."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a memory reads.

    mode: `exact`, `general`, or `none` before it was consolidated. few: how many transforms a general read mixes.
    temperature: the squared distance at which a transform's share is e times smaller; 0: only the nearest answers.
    cap: the length that no value of a transform exceeds. gain: the norm that no matrix exceeds.
    """

    mode: str = NONE
    few: int = 1
    temperature: float = 0.0
    cap: float = np.inf
    gain: float = np.inf


@dataclass(frozen=True, slots=True)
class Transforms:
    """Transforms: centre [m, n], matrix [m, d, n], offset [m, d], pull [m], reach [m].

    pull: a squared distance by which a transform seems nearer than it is. reach: how far the keys that it absorbed are.
    """

    centre: Floats
    matrix: Floats
    offset: Floats
    pull: Floats
    reach: Floats

    def __len__(self) -> int:
        return len(self.centre)


@dataclass(frozen=True, slots=True)
class Raw:
    """Raw slots, oldest first: keys ready to be searched, with their values.

    told: those that say what the transforms say already (`echoes`): they answer for their own keys only. None: there is none.
    """

    keys: Keys
    values: Floats
    told: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True)
class Answer:
    """Values [q, d]; which slots they came from [q, few], and their shares [q, few].

    A slot is a transform's place, or how many transforms there are plus a raw slot's place, or -1: none.
    """

    values: Floats
    slots: Ints
    shares: Floats


def no_transforms(n: int, d: int) -> Transforms:
    """No transforms, of keys of n numbers and values of d."""
    return Transforms(np.zeros((0, n)), np.zeros((0, d, n)), np.zeros((0, d)), np.zeros(0), np.zeros(0))


def raw_of(pairs: Pairs) -> Raw:
    """Pairs as raw slots."""
    return Raw(keys_of(pairs.keys), pairs.values)


def away(queries: Floats, transforms: Transforms) -> Floats:
    """How far each transform seems from each query [q, m]: the squared distance of its centre less its pull."""
    middle = transforms.centre.mean(axis=0)
    centre, query = transforms.centre - middle, queries - middle
    squares = (query**2).sum(axis=1)[:, None] + ((centre**2).sum(axis=1) - transforms.pull)
    return np.asarray(squares - 2 * query @ centre.T)


def outputs(queries: Floats, transforms: Transforms, which: Ints) -> Floats:
    """What transform which[i] says for query i: [q, d]."""
    found = np.empty((len(queries), transforms.offset.shape[1]))
    order = np.argsort(which, kind="stable")
    for some in np.split(order, np.flatnonzero(np.diff(which[order])) + 1):
        if len(some):
            j = which[some[0]]
            found[some] = (queries[some] - transforms.centre[j]) @ transforms.matrix[j].T + transforms.offset[j]
    return found


def capped(values: Floats, cap: float) -> Floats:
    """Values no longer than the cap."""
    length = np.sqrt((values**2).sum(axis=1, keepdims=True))
    share = np.minimum(cap, length) / np.maximum(length, 1e-300)
    return np.asarray(values * np.where(length > cap, (1 - 1e-14) * share, 1.0))  # what is rounded up is too long


def nearest_few(queries: Floats, centre: Floats, manner: Manner) -> tuple[Ints, Floats]:
    """The places of the few transforms nearest to each query [q, few], nearest first, and their shares [q, few]."""
    none = np.zeros(len(centre))
    return _few(queries, Transforms(centre, np.zeros((0, 0, 0)), np.zeros((0, 0)), none, none), manner)


def read(queries: Floats, transforms: Transforms, raw: Raw, manner: Manner) -> Answer:
    """The values for queries [q, n].

    >>> raw = raw_of(Pairs(np.array([[0.0], [1.0]]), np.array([[5.0], [7.0]])))
    >>> answer = read(np.array([[0.8]]), no_transforms(1, 1), raw, Manner())
    >>> answer.values.tolist(), answer.slots.tolist(), answer.shares.tolist()
    ([[7.0]], [[1]], [[1.0]])
    """
    m, few = len(transforms), max(min(manner.few if manner.mode == GENERAL else 1, len(transforms)), 1)
    slots, shares = np.full((len(queries), few), -1), np.zeros((len(queries), few))
    values = np.zeros((len(queries), raw.values.shape[1]))
    place, squared = nearest(queries, raw.keys)
    by_raw = place >= 0
    if m:
        chosen, share = _few(queries, transforms, manner)
        first = chosen[:, 0]
        there = ((queries - transforms.centre[first]) ** 2).sum(axis=1)
        by_raw &= squared <= _SAME**2 * (queries**2).sum(axis=1)
        rest = np.flatnonzero(~by_raw & (there > (transforms.reach[first] * (1 + 1e-9)) ** 2) & (squared < there))
        if raw.told is not None and raw.told[place[rest]].any():
            news = np.flatnonzero(~raw.told)
            again, squared[rest] = nearest(queries[rest], raw.keys.of(news))
            place[rest] = np.append(news, -1)[again]
        by_raw[rest] = squared[rest] < there[rest]
        rest = np.flatnonzero(~by_raw)
        slots[rest], shares[rest] = chosen[rest], share[rest]
        values[rest] = _mixed(queries[rest], transforms, chosen[rest], share[rest], manner)
    slots[by_raw, 0], shares[by_raw, 0] = m + place[by_raw], 1.0
    values[by_raw] = raw.values[place[by_raw]]
    return Answer(values, slots, shares)


def say(queries: Floats, transforms: Transforms, manner: Manner) -> Floats:
    """What transforms say for queries [q, n], whatever raw slots there are; there must be one."""
    return _mixed(queries, transforms, *_few(queries, transforms, manner), manner)


def _mixed(queries: Floats, transforms: Transforms, chosen: Ints, share: Floats, manner: Manner) -> Floats:
    values = np.zeros((len(queries), transforms.offset.shape[1]))
    for i in range(chosen.shape[1]):
        values += share[:, i, None] * outputs(queries, transforms, chosen[:, i])
    return capped(values, manner.cap)


def _few(queries: Floats, transforms: Transforms, manner: Manner) -> tuple[Ints, Floats]:
    few = max(min(manner.few if manner.mode == GENERAL else 1, len(transforms)), 1)
    some, shares = np.empty((len(queries), few), np.int64), np.empty((len(queries), few))
    step = max(_AT_ONCE // max(len(transforms), 1), 1)
    if few == 1:
        return closest(queries, transforms.centre, transforms.pull)[:, None], np.ones((len(queries), 1))
    for start in range(0, len(queries), step):
        rows = slice(start, start + step)
        some[rows], shares[rows] = _shares(away(queries[rows], transforms), few, manner.temperature)
    return some, shares


def _shares(seems: Floats, few: int, temperature: float) -> tuple[Ints, Floats]:
    """The nearest few transforms, nearest first, and a softmax of how near they are."""
    some = np.argsort(seems, axis=1, kind="stable")[:, :few]
    there = np.take_along_axis(seems, some, axis=1)
    if temperature <= 0:
        share = np.zeros_like(there)
        share[:, 0] = 1.0
        return some, share
    share = np.exp((there[:, :1] - there) / temperature)
    return some, share / share.sum(axis=1, keepdims=True)
