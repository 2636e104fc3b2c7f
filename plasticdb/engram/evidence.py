"""What speaks for a note when a question is asked: evidence of several ways, each from 0 to 1, which adds up.

- `terms`: what of the question a note mentions. BM25 (Robertson and Zaragoza 2009), divided by what a note could have at
  most: 1 would be one that is full of every term of the question. A term that no note has counts there, too.
- `vector`: how near it is to the question: 0 as the average note, 1 if it and its neighbours were the question itself
  (cosines).
- `time`: what it has of both because of those before and behind it in its stream.
- `cofired`: that it fired together with the best of the above.

Evidence of time comes by counts, not by scores: a note mentions softly what its neighbours mention (as fields of
weight do in BM25F). So of a question's two terms one may be in a note and the other in the next, and a term that is in both
counts little more than once. All of it is pure and goes by sums that are exact, so it is the same on every store.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..kit.tables import Ints
from .embed import NGRAMS

__all__ = [
    "SPREAD",
    "Evidence",
    "Neighbours",
    "Spoken",
    "Weights",
    "cofirings",
    "cosines",
    "likeness",
    "mentions",
    "rarity",
]

Floats = NDArray[np.float64]

SPREAD = (0.5, 0.25)
"""What of a note's evidence goes to its neighbours in the stream, one and two steps away: it halves with each step."""
_MOST = 1 + 2 * sum(SPREAD)
"""What a note has that is itself, with all its neighbours, as much as can be."""
_SATURATION = 0.6
"""BM25's k1: that a note mentions a term at all counts most, since notes are short."""
_LENGTH = 0.4
"""BM25's b: how much the length of a note counts."""
_BUILT_IN = 0.25
"""The weight of vectors of n-grams."""
_PRIOR = 10
"""Notes that are unlike any question, added to the average: so that a memory of few notes has one."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What each way may add to a score at most.

    Terms and the built-in n-grams both see how words are written, so these add little to terms; vectors of a model see
    what they mean. Found on two conversations of LoCoMo (docs/benchmarks.md says how others came out); flat around there.

    Parameters
    ----------
    time
        The factor of `SPREAD`; 0: nothing goes to neighbours.
    """

    terms: float = 1.0
    vector: float = 0.6
    cofired: float = 0.1
    time: float = 1.0

    @classmethod
    def of(cls, embedder: str | None, chosen: Mapping[str, float] | None = None) -> Weights:
        """Those of a memory with an embedder of some name, but for what was chosen otherwise.

        >>> Weights.of("ngrams", {"time": 0.0})
        Weights(terms=1.0, vector=0.25, cofired=0.1, time=0.0)
        """
        usual = cls(vector=_BUILT_IN) if embedder == NGRAMS else cls()
        return replace(usual, **(chosen or {}))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a way says of each row [n]: in all, and of that by the row's own."""

    whole: Floats
    own: Floats


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Of each row the rows one and two steps before and behind it; -1 where there is none."""

    near: tuple[Ints, Ints]
    far: tuple[Ints, Ints]

    @classmethod
    def of(cls, before: Ints, behind: Ints) -> Neighbours:
        """From the rows right before and behind each [n].

        >>> Neighbours.of(np.array([-1, 0, 1]), np.array([1, 2, -1])).far[0].tolist()
        [-1, -1, 0]
        """
        return cls((before, behind), (np.append(before, -1)[before], np.append(behind, -1)[behind]))

    def steps(self, time: float = 1.0) -> list[tuple[Ints, float]]:
        """The neighbours of all rows, with what each gets of a row's evidence."""
        pairs = zip((self.near, self.far), SPREAD, strict=True)
        return [(rows, time * share) for both, share in pairs for rows in both] if time else []

    def spread(self, values: Floats, time: float = 1.0) -> Floats:
        """Values [n] with what comes from neighbours."""
        found, open_ended = values.copy(), np.append(values, 0.0)
        for rows, share in self.steps(time):
            found += share * open_ended.take(rows)
        return found

    def spread_some(self, rows: Ints, counts: Floats, time: float = 1.0) -> Floats:
        """The same of values that are 0 but in some rows."""
        at, values, size = [rows], [counts], len(self.near[0])
        for step, share in self.steps(time):
            to = step[rows]
            at.append(to[to >= 0])
            values.append(share * counts[to >= 0])
        return np.bincount(np.concatenate(at), np.concatenate(values), size).astype(float, copy=False)

    def around(self, row: int) -> list[tuple[int, float]]:
        """The neighbours of a row, and what of their evidence it gets."""
        return [(int(rows[row]), share) for rows, share in self.steps() if rows[row] >= 0]


def rarity(texts: int, mention: int) -> float:
    """How much a term says that so many of so many texts mention (BM25's idf, which is never negative).

    >>> round(rarity(10, 1), 3), round(rarity(10, 10), 3)
    (1.992, 0.047)
    """
    return math.log(1 + (texts - mention + 0.5) / (mention + 0.5))


def mentions(
    found: Sequence[tuple[Ints, Floats]], lengths: Ints, texts: int, near: Neighbours, time: float = 1.0
) -> Evidence:
    """What of a question rows mention.

    Parameters
    ----------
    found
        Of each term of the question: the rows that mention it, each once, and how often.
    lengths
        Terms in each row [n]; 0 where there is no text.
    texts
        How many rows have a text.

    Examples
    --------
    >>> alone = Neighbours.of(np.array([-1, -1]), np.array([-1, -1]))
    >>> mentions([(np.array([0]), np.array([1.0]))], np.array([2, 2]), 2, alone).whole.round(3).tolist()
    [0.625, 0.0]
    """
    whole, own = np.zeros(len(lengths)), np.zeros(len(lengths))
    spread = near.spread(lengths.astype(float), time)
    mean = spread.sum() / max(texts, 1)
    if not mean:
        return Evidence(whole, own)
    held_back = _SATURATION * (1 - _LENGTH + _LENGTH * spread / mean)
    most = 0.0
    for rows, counts in found:
        weight = rarity(texts, len(rows))
        most += weight
        if len(rows):
            count = near.spread_some(rows, counts, time)
            whole += weight * (count / (count + held_back))
            own[rows] += weight * (counts / (counts + held_back[rows]))
    return Evidence(whole / most, own / most) if most else Evidence(whole, own)


def cosines(vectors: NDArray[np.float32], norms: NDArray[np.float32], cue: NDArray[np.float32]) -> Floats:
    """The cosines of vectors [n, d] of some lengths with another; 0 of and with zeros, and where a vector is NaN.

    A row's is the same whatever other rows there are, which a product of matrices would not give.
    """
    if not len(vectors):
        return np.empty(0)
    lengths = norms.astype(float) * math.sqrt(float(np.einsum("d,d->", cue, cue)))
    products = np.einsum("nd,d->n", vectors, cue).astype(float)
    there = (lengths > 0) & ~np.isnan(products)
    found: Floats = np.divide(products, lengths, out=np.zeros(len(vectors)), where=there)
    return found


def likeness(cosine: Floats, alive: NDArray[np.bool_], near: Neighbours, time: float = 1.0) -> Evidence:
    """How much nearer than the average rows are to a question, by their cosines with it [n].

    >>> alone = Neighbours.of(np.array([-1, -1]), np.array([-1, -1]))
    >>> likeness(np.array([0.5, 0.0]), np.array([True, True]), alone).whole.round(3).tolist()
    [0.191, 0.0]
    """
    mean = float(cosine[alive].sum()) / (int(alive.sum()) + _PRIOR)
    above = np.where(alive, cosine - mean, 0.0) / max(1 - mean, 1e-9) / _MOST
    whole = np.maximum(near.spread(above, time), 0)
    return Evidence(whole, np.clip(above, 0, whole))


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a note that is not among the others would have by itself, without neighbours.

    rare: what each term of the question says (see `rarity`). mean: terms in a note with its neighbours, on average.
    usual: the average note's cosine with the question.
    """

    rare: NDArray[np.float64]
    mean: float
    usual: float

    @classmethod
    def of(
        cls, known: Sequence[int], lengths: Ints, vectors: NDArray[np.float32], norms: NDArray[np.float32],
        alive: NDArray[np.bool_], texts: int, near: Neighbours, cue: NDArray[np.float32],
    ) -> Spoken:  # fmt: skip
        """From how many mention each term, and all that are there."""
        rare = np.array([rarity(texts, mention) for mention in known], float)
        mean = float(near.spread(lengths.astype(float)).sum()) / max(texts, 1)
        likely = cosines(vectors, norms, cue)[alive]
        return cls(rare, mean, float(likely.sum()) / (len(likely) + _PRIOR))

    def mention(self, counts: Sequence[int], length: int) -> float:
        """What of the question it mentions, so often each term; `length`: its terms in all."""
        if not (len(self.rare) and length):
            return 0.0
        count, long = np.array(counts, float), length * _MOST
        held_back = _SATURATION * (1 - _LENGTH + _LENGTH * long / (self.mean or long))
        return float((self.rare * count / (count + held_back)).sum() / self.rare.sum())

    def like(self, vector: NDArray[np.float32], cue: NDArray[np.float32]) -> float:
        """How near its vector is, where it is of the same embedder."""
        if vector.shape != cue.shape:
            return 0.0
        norm = np.sqrt(np.einsum("nd,nd->n", vector[None], vector[None]))
        (cosine,) = cosines(vector[None], norm, cue)
        return max(0.0, float((cosine - self.usual) / max(1 - self.usual, 1e-9) / _MOST))


def cofirings(
    share: Floats, source: Ints, count: Ints, fires: tuple[Ints, Ints], targets: Ints
) -> tuple[Ints, Floats, Ints]:
    """Who fired together with the best: some of `targets`, each once, how strongly from 0 to 1, and with whom most.

    Parameters
    ----------
    share, source
        Of each synapse [m] what speaks for its source, from 0 to 1, and which that is. So no one has more of it than that.
    count
        How often both fired together.
    fires
        How often the sources, and the targets, fired at all. Two are associated by count / sqrt(fires * fires), which is
        1 where they only fire together (the cosine of their firings, Ochiai 1957).

    Examples
    --------
    >>> some = np.array([1.0, 0.5]), np.array([4, 5]), np.array([2, 2]), (np.array([2, 2]), np.array([8, 2]))
    >>> [part.tolist() for part in cofirings(*some, np.array([7, 7]))]
    [[7], [0.5], [4]]
    """
    strength = np.minimum(1, share * count / np.sqrt(np.maximum(fires[0] * fires[1].astype(float), 1)))
    order = np.lexsort((source, -strength, targets))
    found, first = np.unique(targets[order], return_index=True)
    return found, strength[order][first], source[order][first]
