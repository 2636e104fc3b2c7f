"""What callers give, checked before anything happens: keys, values, payloads, external ids. All of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import number, one_of, optional
from ..errors import BadInput
from ..memory.payloads import noted
from .events import MODES

__all__ = ["directed", "mode", "one", "pairs", "payloads", "rows", "tolerance"]

Floats = NDArray[np.float64]
_HIGHEST = 1e15
"""So that the square of a length is a float32, too."""


def rows(what: str, found: Any, dimension: int, memory: str) -> Floats:
    """Keys or values [m, dimension] as float64; other numbers are converted.

    >>> rows("keys", [[1, 2]], dimension=2, memory="m").dtype
    dtype('float64')
    """
    try:
        given = np.asarray(found)
        if given.dtype.kind not in "fiu":
            raise ValueError
        numbers = np.ascontiguousarray(given, np.float64)
    except (TypeError, ValueError):
        raise BadInput(f"{what} must be numbers, an array of [m, {dimension}]") from None
    if numbers.ndim != 2 or numbers.shape[1] != dimension:
        of = "values" if what == "values" else "keys"
        raise BadInput(
            f"{memory!r} has {of} of {dimension} numbers, an array of [m, {dimension}], not of {list(numbers.shape)}"
        )
    sound = (np.abs(numbers) <= _HIGHEST).all(axis=1)
    if not sound.all():
        single = {"queries": "query"}.get(what, what.removesuffix("s"))
        raise BadInput(
            f"{single} {int(np.argmin(sound)) + 1:,} of {len(numbers):,} has a number that is not finite (NaN or infinite), or "
            f"beyond {_HIGHEST:g}"
        )
    return numbers


def one(found: Any, dimension: int, memory: str) -> Floats:
    """One query, [dimension]."""
    try:
        given = np.asarray(found)
        if given.ndim != 1 or given.dtype.kind not in "fiu":
            raise ValueError
    except (TypeError, ValueError):
        raise BadInput(f"a query must be {dimension} numbers, one after the other") from None
    if len(given) != dimension:
        raise BadInput(f"{memory!r} has keys of {dimension} numbers, and this query has {len(given)}")
    query: Floats = rows("queries", given[None, :], dimension, memory)[0]
    return query


def directed(keys: Floats, similarity: str) -> Floats:
    """Keys [m, n] as a memory of such a similarity keeps them, or is asked for.

    >>> directed(np.array([[3.0, 4.0]]), "cosine").tolist()
    [[0.6, 0.8]]
    """
    if similarity != "cosine":
        return keys
    scale = np.abs(keys).max(axis=1, keepdims=True)  # first: the squares of small numbers are none
    if not scale.all():
        raise BadInput(
            f"key {int(np.argmin(scale)) + 1:,} of {len(keys):,} is all zeros, which has no direction to be near by"
        )
    keys = keys / scale
    return np.asarray(keys / np.linalg.norm(keys, axis=1, keepdims=True))


def pairs(keys: Any, values: Any, dimensions: tuple[int, int], memory: str) -> tuple[Floats, Floats]:
    """Keys with their values: as many of each, at least one. One key may be given as it is, with its value."""
    try:
        if np.ndim(keys) == 1 and np.ndim(values) == 1:
            keys, values = np.asarray(keys)[None, :], np.asarray(values)[None, :]
    except (TypeError, ValueError):
        pass  # which `rows` says
    ks, vs = rows("keys", keys, dimensions[0], memory), rows("values", values, dimensions[1], memory)
    if len(ks) != len(vs):
        raise BadInput(
            f"each key needs a value: there are {len(ks):,} keys and {len(vs):,} values; nothing was written"
        )
    if not len(ks):
        raise BadInput("there is no key to write; give at least one, with its value")
    return ks, vs


def payloads(found: Any, many: int) -> list[str | None]:
    """What is kept with pairs, as JSON: one payload each, if a list of them is given, or one for all."""
    if found is None:
        return [None] * many
    if not isinstance(found, list | tuple):
        return [noted(found)] * many
    if len(found) != many:
        raise BadInput(
            f"give a payload for each of the {many:,} pairs, or one that is no list for all, not {len(found):,}"
        )
    return [None if one is None else noted(one) for one in found]


def tolerance(found: Any) -> float:
    """How far an absorbed pair may come out from how it went in."""
    return number("tolerance", found, "a number, 0 or more", lambda t: 0 <= t < np.inf)


def mode(found: Any, known: Sequence[str] = MODES[1:]) -> str | None:
    """How to read; None: as the memory says."""
    return optional(lambda what, value: one_of(what, value, known), "mode", found)
