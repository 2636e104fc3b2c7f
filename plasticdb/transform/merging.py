"""A chain that becomes one transform: whether it is one linear map, and whether that fits beside what a memory has already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import BadInput
from ..journal.journal import Written
from ..kit.tables import Ints
from ..memory.requests import Asking, Between, Named
from .events import MODES, Absorbing, Settled, written_pairs
from .exact import Flags
from .factors import Floats, Pairs, factor_of, fitted
from .index import Index
from .planning import bounded
from .reading import EXACT, GENERAL, NONE, Manner, Raw, Transforms, raw_of, read
from .schema import ARCHIVED, SLOT
from .working_set import TransformWorkingSet

__all__ = ["Merged", "planned", "pull", "source", "tried"]

_TIE = 1e-9
"""Squared distances that differ by less than this part may come out either way."""
_AT_ONCE = 4_000_000
_COLUMNS = ("centre", "matrix", "offset", "pull", "reach")
_ELSEWHERE = "merge it into a memory of its own"


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of a merge.

    Parameters
    ----------
    slot
        The number of the transform that answers for the chain now.
    pairs, held_out
        How many pairs went through the chain, and how many of them the fit was tried on, that it had not seen.
    largest
        How far off it was on these at most: the length of the difference.
    raw
        How many of the pairs stay raw, since a transform gives no value that is beyond the memory's cap, or since another raw
        slot has their key.
    """

    slot: int
    pairs: int
    held_out: int
    largest: float
    raw: int = 0


def source(names: Sequence[str]) -> str:
    """Under which source the pairs of a chain are filed.

    >>> source(["half", "turn"])
    'chain half>turn'
    """
    return f"chain {'>'.join(names)}"


def tried(pairs: Pairs, chain: str, tolerance: float, gain: float) -> tuple[int, float]:
    """On how many pairs of a chain one transform for it was tried that it had not seen, and how far off it was at most.

    One pair in five is held out. Raises BadInput where the transform is further off than the tolerance.
    """
    held = np.arange(len(pairs)) % 5 == 4
    if held.sum() < 1:
        raise BadInput(f"the {chain} was tried on {len(pairs)} pairs; it needs five keys at least to be merged")
    some, rest = pairs.of(~held), pairs.of(held)
    found = fitted(factor_of(some.keys, some.values), 0.0, gain)
    off = float(np.sqrt(((found(rest.keys) - rest.values) ** 2).sum(axis=1)).max())
    if not off <= tolerance:
        raise BadInput(
            f"the {chain} does not merge: one linear map is off by up to {off:.3g} on {len(rest):,} pairs that were held "
            f"out, and the tolerance is {tolerance:g}; leave it a chain, or write its pairs and consolidate them"
        )
    return len(rest), off


def pull(keys: Floats, centre: Floats, there: Transforms, known: Floats, own: Ints) -> float | None:
    """By which squared distance a transform has to seem nearer, so that keys are in its cell and all others stay in theirs.

    None: there is no such pull, for the keys lie among the others. known: keys that transforms absorbed; own: the place of
    the one that absorbed each.

    >>> there = Transforms(np.array([[4.0]]), np.ones((1, 1, 1)), np.ones((1, 1)), np.zeros(1), np.ones(1))
    >>> keys, known = np.array([[0.0], [1.0]]), np.array([[3.0], [5.0]])
    >>> pull(keys, np.array([0.5]), there, known, np.array([0, 0]))
    0.0
    >>> pull(keys, np.array([0.5]), there, np.array([[0.5]]), np.array([0])) is None
    True
    """
    low, high, scale = -np.inf, np.inf, 0.0
    step = max(_AT_ONCE // max(there.centre.size, 1), 1)
    for start in range(0, len(keys) if len(there) else 0, step):
        some = keys[start : start + step]
        mine, theirs = _squares(some, centre), _squares(some[:, None, :], there.centre) - there.pull
        low, scale = max(low, float((mine - theirs.min(axis=1)).max())), max(scale, float(np.abs(theirs).max()))
    for start in range(0, len(known), _AT_ONCE):
        some, places = known[start : start + _AT_ONCE], own[start : start + _AT_ONCE]
        mine, theirs = _squares(some, centre), _squares(some, there.centre[places]) - there.pull[places]
        high, scale = min(high, float((mine - theirs).min())), max(scale, float(np.abs(mine).max()))
    low, high = low + _TIE * scale, high - _TIE * scale
    if low >= high:
        return None
    if low < 0 < high:
        return 0.0
    return (low + high) / 2 if np.isfinite(high) else low + scale


def _squares(keys: Floats, centre: Floats) -> Floats:
    return np.asarray(((keys - centre) ** 2).sum(axis=-1))


def planned(
    cache: TransformWorkingSet, index: Index, pairs: Pairs, chain: str, tolerance: float, position: int
) -> Asking[tuple[list[Written], Merged]]:
    """The events behind a position that make a chain's pairs one transform beside what is there; and what comes of it.

    Raises
    ------
    BadInput
        The chain is not linear, or its transform would answer for what is there, or that for the chain; and what to do.
    """
    name = cache.name
    if any(mark.ended is None for mark in (yield Named(None, chain))):
        raise BadInput(f"{name!r} has the {chain} already; take it back first: unlearn({chain!r})")
    if cache.manner.mode == GENERAL:
        raise BadInput(f"{name!r} reads in general mode, which mixes what its transforms say; {_ELSEWHERE}")
    yield from index.catch_up(cache)
    numbers, there = index.transforms()
    manner = cache.manner
    if manner.mode == NONE:
        raw = index.raw(manner)
        every = np.concatenate([raw.keys.exact, pairs.keys]), np.concatenate([raw.values, pairs.values])
        manner = bounded(Pairs(*every), Manner(EXACT))
    held, off = tried(pairs, chain, tolerance, manner.gain)
    centre = pairs.keys.mean(axis=0)
    nearer = pull(pairs.keys, centre, there, *(yield from _absorbed(numbers, pairs.keys.shape[1])))
    if nearer is None:
        raise BadInput(
            f"the keys of the {chain} cannot be told apart from those of other transforms of {name!r} by centres; {_ELSEWHERE}"
        )
    into = _taken(pairs, centre, nearer, there, index.raw(cache.manner), manner, tolerance)
    if not into.any():
        raise BadInput(
            f"no pair of the {chain} would come out of a transform of {name!r}: other slots have their keys, or the values are "
            f"beyond its cap of {manner.cap:.3g}; {_ELSEWHERE}"
        )
    reach = float(np.sqrt(_squares(pairs.keys[into], centre)).max())
    places = position + 1 + np.arange(len(pairs))
    absorbing = Absorbing(places[into].tolist(), centre.astype("<f8").tobytes(), 0.0, nearer, reach)
    written = written_pairs(pairs.keys, pairs.values, [None] * len(pairs), None)
    events = [Written("learn", pair, 1, None, chain) for pair in written]
    if manner != cache.manner:
        how = Settled(MODES.index(EXACT), manner.few, manner.temperature, manner.cap, manner.gain)
        events.append(Written("consolidate", how.written(), 1))
    events.append(Written("absorb", absorbing.written(), int(into.sum())))
    return events, Merged(position + len(events), len(pairs), held, off, int((~into).sum()))


def _absorbed(numbers: Ints, dimension: int) -> Asking[tuple[Floats, Ints]]:
    """The keys that transforms of these numbers absorbed, and the place of the one that has each."""
    if not len(numbers):
        return np.zeros((0, dimension)), numbers
    rows = yield Between(SLOT, "state", ARCHIVED, ARCHIVED, ["key", "into"])
    some = np.array([bool(key) and into is not None for key, into in zip(rows["key"], rows["into"], strict=True)], bool)
    keys = np.frombuffer(b"".join(rows["key"][some]), "<f8").reshape(-1, dimension)
    return keys, np.searchsorted(numbers, rows["into"][some].astype(np.int64))


def _taken(
    pairs: Pairs, centre: Floats, nearer: float, there: Transforms, raw: Raw, manner: Manner, tolerance: float
) -> Flags:
    """Which pairs a transform takes: those that come out right where all is read as it will be. The rest stays raw."""
    into: Flags = np.sqrt((pairs.values**2).sum(axis=1)) <= manner.cap
    while into.any():
        some = pairs.of(into)
        found = fitted(factor_of(some.keys, some.values), 0.0, manner.gain, centre)
        reach = np.sqrt(_squares(some.keys, centre)).max(keepdims=True)
        mine = Transforms(centre[None], found.matrix[None], found.offset[None], np.array([nearer]), reach)
        both = Transforms(*(np.concatenate([getattr(of, name) for of in (there, mine)]) for name in _COLUMNS))
        keys, values = (raw.keys.exact, pairs.keys[~into]), (raw.values, pairs.values[~into])
        answer = read(some.keys, both, raw_of(Pairs(np.concatenate(keys), np.concatenate(values))), manner)
        wrong = np.sqrt(((answer.values - some.values) ** 2).sum(axis=1)) > tolerance
        if not wrong.any():
            break
        into[np.flatnonzero(into)[wrong]] = False
    return into
