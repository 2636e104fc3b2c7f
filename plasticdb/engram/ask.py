"""Asking an engram memory: recall and associations. It changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput
from ..kit.tables import Ints
from ..memory.requests import Asking, Nearest
from . import firings
from .evidence import Weights
from .finding import Mask, Question, Recalled, find, told, wanted
from .index import Index
from .pairings import NOTHING, in_contexts
from .recall import brought, nearest
from .remind import strongest_of, synapses_of
from .rules import Vectors
from .schema import ENGRAM
from .shortcuts import shortcuts_of
from .working_set import LAST, Engram, EngramWorkingSet, stacked

__all__ = ["Association", "Recalled", "associations", "recall", "told"]

_INDEXED = 20_000
"""In a memory with more long-term engrams it is left to the store's own index to find those that may be the nearest."""
_CANDIDATES = 8
"""Of how many that the index finds each of the nearest is taken."""
_SOURCES = 8
"""Of how many of the nearest it is asked what they bring along, at least; eight times as many at most."""
_SYNAPSES = 128
"""How many synapses of an engram are looked at, the strongest: most have fewer."""


@dataclass(frozen=True, slots=True)
class Association:
    """An engram that fired together with another: how often, and P(this one | the other fires).

    Parameters
    ----------
    contexts
        How often in each context that was named.
    why
        `apart` where it is a shortcut: they never fired together, but so often within a few firings of each other.
    """

    id: int
    payload: Any
    text: str | None
    fired: int
    probability: float
    contexts: Mapping[str, int] = field(default_factory=dict)
    why: str | None = None


def recall(
    cache: EngramWorkingSet,
    index: Index,
    cue: Vectors,
    terms: Iterable[str],
    question: Question,
    weights: Weights | None,
) -> Asking[list[Recalled]]:
    """See `EngramMemory.recall`. weights: of the ways; None: it is a memory of vectors."""
    if weights is None:
        return (yield from _brought_up(cache, index, cue, question))
    return (yield from find(cache, index, terms, cue, question, weights))


def _brought_up(cache: EngramWorkingSet, index: Index, cue: Vectors, question: Question) -> Asking[list[Recalled]]:
    """What is near to a cue, and what that brings along."""
    among = None
    if not question.open:
        yield from index.catch_up(cache)
        among = yield from wanted(index, cache, question)
    k = min(question.k, 2 * cache.alive())  # then all are near, and nothing is left to bring
    near, squared = yield from _nearest(cache, index, cue, max(k, _SOURCES), among)
    some, sources = near[: k - k // 2], near[: min(max(k - k // 2, _SOURCES), 8 * _SOURCES)]
    synapses = yield from strongest_of(cache, sources, _SYNAPSES, question.context)
    synapses = synapses.among(targets=np.setdiff1d(synapses.target, some))
    if among is not None:
        rows = index.rows(synapses.target)
        synapses = synapses.among(targets=synapses.target[(rows >= 0) & among[rows]])
    targets = np.unique(synapses.target)
    yield from cache.load(targets.tolist())
    fires = _fires(cache, synapses.source), _fires(cache, synapses.target)
    vectors = stacked([cache.engrams[n] for n in [*sources.tolist(), *targets.tolist()]], len(cue))
    numbers, via, strength = brought(sources, squared[: len(sources)], synapses, fires, vectors, k // 2)
    taken = near[:k][~np.isin(near[:k], numbers)][: k - len(numbers)].tolist()
    found = [_near(cache, cue, n) for n in taken]
    came = zip(numbers.tolist(), via.tolist(), strength.tolist(), strict=True)
    found += [_brought(cache, *row) for row in came]
    return [one for one in found if question.min_score is None or one.score >= question.min_score]


def _near(cache: EngramWorkingSet, cue: Vectors, number: int) -> Recalled:
    distance = _distance(cue, cache.engrams[number].vector)
    score = 1 / (1 + distance)
    return Recalled(*told(cache, number), "near", distance, score=score, ways={"vector": score})


def _brought(cache: EngramWorkingSet, number: int, via: int, strength: float) -> Recalled:
    way = {"cofired": strength}
    return Recalled(*told(cache, number), "brought", via=via, strength=strength, score=strength, ways=way)


def _distance(a: Vectors, b: Vectors) -> float:
    return float(np.linalg.norm(a.astype(float) - b))


def _fires(cache: EngramWorkingSet, numbers: Ints) -> Ints:
    return np.array([cache.engrams[number].fires for number in numbers.tolist()], np.int64)


def _nearest(
    cache: EngramWorkingSet, index: Index, cue: Vectors, k: int, among: Mask | None
) -> Asking[tuple[Ints, NDArray[np.float32]]]:
    """The nearest that are alive, and their squared distances; `among`: which rows count."""
    if cache.long > _INDEXED and among is None:
        found = (yield Nearest(ENGRAM, cue, _CANDIDATES * k)) - cache.first
        yield from cache.load(found.tolist())
        found = np.array(sorted(n for n in found.tolist() if n in cache.engrams), np.int64)
        if len(found) >= k:
            at, squared = nearest(cue, stacked([cache.engrams[n] for n in found.tolist()], len(cue)), k)
            return found[at], squared
    yield from index.catch_up(cache)
    found, squared = index.nearest(cue, k, among)
    yield from cache.load(found.tolist())
    return found, squared


def associations(cache: EngramWorkingSet, number: int, context: str | None) -> Asking[list[Association]]:
    """See `EngramMemory.associations`."""
    this = yield from _alive(cache, number)
    source = np.array([this.number])
    by_context = yield from in_contexts(cache, source)
    apart = NOTHING
    if context is not None:
        found = by_context.get(context, NOTHING)
    else:
        found, apart = (yield from synapses_of(cache, source)), (yield from shortcuts_of(cache, source))
    rows = []
    for some, why in ((found, None), (apart, "apart")):
        yield from cache.load(some.target.tolist())
        p = firings.probability(some, np.full(len(some), max(this.fires, 1)))
        others = [cache.engrams[number] for number in some.target.tolist()]
        rows += [
            Association(e.number, json.loads(e.payload), e.text, fired, probability, _shares(by_context, e.number), why)
            for e, fired, probability in zip(others, some.count.tolist(), p.tolist(), strict=True)
        ]
    return sorted(rows, key=lambda row: (-row.fired, row.id))


def _shares(by_context: Mapping[str, firings.Synapses], number: int) -> dict[str, int]:
    """How often an engram fired in each context together with the one that they are of."""
    found = {name: synapses.count[synapses.target == number] for name, synapses in by_context.items()}
    return {name: int(count[0]) for name, count in found.items() if len(count)}


def _alive(cache: EngramWorkingSet, number: int) -> Asking[Engram]:
    if 0 < number < LAST:
        yield from cache.load([number])
    if number not in cache.engrams:
        raise BadInput(f"no engram {number} is alive in {cache.name!r}")
    return cache.engrams[number]
