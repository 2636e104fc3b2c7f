"""Grouping and finding by sorting: what NumPy's own functions do on millions of numbers in several times the time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .tables import Ints

__all__ = ["among", "begins_of", "distinct", "groups", "merged", "order", "places"]

_BITS = 63
FEW = 100
"""Keys of which no more is made than NumPy's own sort."""


def groups(keys: Ints) -> tuple[Ints, Ints, Ints]:
    """The distinct of some keys (none below zero) in their order, the first place of each, and which of them each key is.

    >>> [part.tolist() for part in groups(np.array([7, 3, 7]))]
    [[3, 7], [1, 0], [1, 0, 1]]
    """
    if len(keys) == 1:  # a single prediction, a dozen times: sorting would take a third of its time
        return keys, np.zeros(1, np.int64), np.zeros(1, np.int64)
    place = order(keys)
    ordered = keys[place]
    begins = begins_of(ordered).nonzero()[0]
    which = np.empty(len(keys), np.int64)
    which[place] = np.arange(len(begins)).repeat(np.diff(begins, append=len(keys)))
    return ordered[begins], place[begins], which


def distinct(keys: Ints) -> Ints:
    """The distinct of some keys in their order.

    >>> distinct(np.array([7, 3, 7])).tolist()
    [3, 7]
    """
    ordered = np.sort(keys)
    return ordered[begins_of(ordered)]


def merged(held: Ints, more: Ints) -> Ints:
    """The distinct of two runs of keys, each sorted. (`np.union1d` hashes both: minutes where they are many millions.)

    >>> merged(np.array([2, 4, 6]), np.array([4, 5])).tolist()
    [2, 4, 5, 6]
    """
    both = np.concatenate([held, more])
    both.sort(kind="stable")  # which merges runs
    return both[begins_of(both)]


def order(keys: Ints) -> Ints:
    """The places of keys (none below zero) in their order, of equal ones the first first.

    A key and its place are sorted as one number: numbers are sorted far faster than places. Where they do not have the
    bits together the key's last ones are left out, and the few that come out of order by that are put right.
    """
    many = len(keys)
    if many < FEW:
        return keys.argsort(kind="stable")
    bits = (many - 1).bit_length()
    fits = int(keys.max()).bit_length() + bits <= _BITS
    packed = (keys if fits else keys >> bits) << bits
    packed |= np.arange(many)
    packed.sort()
    place: Ints = packed & ((1 << bits) - 1)
    if not fits:
        ordered = keys[place]
        wrong = np.flatnonzero(ordered[1:] < ordered[:-1])
        if len(wrong) > FEW:
            return keys.argsort(kind="stable")
        packed >>= bits
        for begin in {int(packed.searchsorted(packed[at])) for at in wrong.tolist()}:
            some = place[begin : int(packed.searchsorted(packed[begin], "right"))]
            some[:] = some[keys[some].argsort(kind="stable")]
    return place


def begins_of(ordered: Ints) -> NDArray[np.bool_]:
    """Which of some keys in their order are the first of their kind."""
    begins = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=begins[1:])
    return begins


def places(held: Ints, wanted: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Where keys stand in `held`, and whether they do. Both are sorted: needles in any order would miss the cache.

    >>> [part.tolist() for part in places(np.array([2, 4, 6]), np.array([4, 5, 7]))]
    [[1, 2, 2], [True, False, False]]
    """
    if not len(held):
        return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), bool)
    at = np.minimum(held.searchsorted(wanted), len(held) - 1)
    return at, held[at] == wanted


def among(keys: Ints, held: Ints) -> NDArray[np.bool_]:
    """Which keys are in `held`, that is sorted; the keys need not be."""
    if len(keys) < 1_000:
        return places(held, keys)[1]
    by = keys.argsort()
    out = np.empty(len(keys), bool)
    out[by] = places(held, keys[by])[1]
    return out
