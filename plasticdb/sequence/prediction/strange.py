"""How words are spelled: what a word that was never learned costs, in place of nothing at all.

A spelling is a small memory of its own, made of the words that are known, each once: their characters, a stop behind each,
and contexts of the last 0 to `DEPTH` characters, the start included. They are learned as the contexts of a memory are
(`contexts.py`), and say what they would (`interpolated.py`), with discounts by counts of counts. Nothing of it is stored: it
is a function of the set of words, made when a strange word is first asked for. Of a million words it hears `MOST`, chosen by
their hash alone.

So the abstraction of a memory of words, G, is u times the spelling for what was never learned, and (1 - u) / V for each of the
V symbols that are known. What the spelling would give to those is nobody's: all that may come has at most 1 together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from ...kit.plasticity import Floats, told
from ...kit.rows import ranges
from ...kit.sorting import groups, places
from ...kit.tables import Ints
from .interpolated import interpolated
from .parameters import FIRST_STRENGTH, ONCE, TWICE, discounts

__all__ = ["MOST", "Speller", "chosen", "spelled", "unseen"]

DEPTH = 5
"""Characters that a context looks back."""
MOST = 50_000
"""Words that a spelling is made of, about: more of them spell hardly better."""
CHARACTERS = 0x110000
"""All that there are: one that no word had is any of them."""
START, STOP, FIRST = 0, 1, 2
"""Codes of the start, the stop, and of the first character."""
NOWHERE = -1


def unseen(symbols: int, once: float) -> float:
    """u: which part of what the abstraction says is of symbols that were never learned.

    once: how many of the known were heard once. As it was new so often among those that are known (Good and Turing count so),
    with one more of each kind: so it is never none and never all.

    >>> unseen(8, 4), unseen(1, 0)
    (0.5, 0.3333333333333333)
    """
    return (once + 1) / (symbols + 2)


def chosen(words: Sequence[str]) -> list[str]:
    """The words that a spelling is made of: all, or those whose hash is the smallest."""
    if len(words) <= MOST:
        return [*words]
    hashes = np.fromiter((crc32(word.encode()) for word in words), np.int64, len(words))
    return [words[i] for i in np.flatnonzero(hashes <= np.partition(hashes, MOST - 1)[MOST - 1]).tolist()]


@dataclass(frozen=True, slots=True)
class _Level:
    """The contexts of one depth. key: [c] (the context's parent * codes + its oldest character), sorted. inherits: [c] what
    each takes over of what its abstraction says. pair: [s] (context * codes + what follows), sorted; gain: [s] what it adds."""

    key: Ints
    inherits: Floats
    pair: Ints
    gain: Floats


@dataclass(frozen=True, slots=True)
class Speller:
    """characters: the code points that there are, sorted; their codes begin at `FIRST`. known, other: what each of what may
    follow, and each other character, has where nothing is known."""

    characters: Ints
    levels: tuple[_Level, ...]
    known: float
    other: float

    def nats(self, words: Sequence[str]) -> Floats:
        """What it costs to spell each word, its stop included.

        Examples
        --------
        >>> spelled(["tea", "sea", "seat"]).nats(["teat", "tee", "xyz"]).round(1).tolist()
        [4.5, 7.3, 50.9]
        """
        codes, at = _coded(words, self.characters)
        target = np.flatnonzero(at > 0)
        p = np.where(codes[target] < FIRST + len(self.characters), self.known, self.other)
        size, context = FIRST + len(self.characters) + 1, np.zeros(len(target), np.int64)
        for depth, level in enumerate(self.levels):
            if depth:
                context = _below(level.key, context, codes[np.maximum(target - depth, 0)], size)
                context[depth > at[target]] = NOWHERE
            pair = context * size + codes[target]
            place, there = _at(level.pair, pair)
            said = np.where(there, level.gain[place], 0.0) + level.inherits[np.maximum(context, 0)] * p
            p = np.where(context >= 0, said, p)
        word = np.repeat(np.arange(len(words)), [len(word) + 1 for word in words])
        return np.bincount(word, -np.log(p), len(words)).astype(np.float64)


def spelled(words: Sequence[str]) -> Speller:
    """The spelling of words, each given once, in any order.

    >>> one, other = spelled(["tea", "sea"]), spelled(["sea", "tea"])
    >>> one.nats(["tee"]) == other.nats(["tee"])
    array([ True])
    """
    characters = np.array(sorted(set(map(ord, set().union(*words)))), np.int64)
    size = FIRST + len(characters) + 1
    codes, at = _coded(words, characters)
    target = np.flatnonzero(at > 0)
    deepest = np.minimum(at[target], DEPTH)
    levels = list(_contexts(codes, target, at[target], size))
    made: list[_Level] = []
    pair, mass = np.zeros(0, np.int64), np.zeros(0)
    for depth in range(len(levels) - 1, -1, -1):
        key, context = levels[depth]
        own = deepest == depth
        pair = np.concatenate([pair, context[own] * size + codes[target[own]]])
        pair, _, which = groups(pair)
        weight = np.bincount(which, np.concatenate([mass, np.ones(int(own.sum()))]), len(pair)).astype(np.float64)
        made.append(_level(key, pair, weight, size, FIRST_STRENGTH if depth else 0.0))
        pair, mass = (key // size)[pair // size] * size + pair % size, told(weight)
    known = len(characters) + 1  # the stop follows, and no start
    rest = unseen(known, float((weight < ONCE).sum()) if len(made) else 0)
    return Speller(characters, tuple(reversed(made)), (1 - rest) / known, rest / (CHARACTERS - len(characters)))


def _contexts(codes: Ints, target: Ints, at: Ints, size: int) -> Iterator[tuple[Ints, Ints]]:
    """The keys of the contexts of each depth, and which of them stands before each target."""
    if not len(target):
        return
    context = np.zeros(len(target), np.int64)
    yield np.zeros(1, np.int64), context
    for depth in range(1, DEPTH + 1):
        there = np.flatnonzero(at >= depth)
        if not len(there):
            return
        key, _, which = groups(context[there] * size + codes[target[there] - depth])
        context = np.full(len(target), NOWHERE)
        context[there] = which
        yield key, context


def _level(key: Ints, pair: Ints, weight: Floats, size: int, strength: float) -> _Level:
    """What contexts say that heard these weights."""
    once, twice = (weight < ONCE).sum(), ((weight >= ONCE) & (weight < TWICE)).sum()
    discount = float(discounts(once, twice))
    start = pair.searchsorted(np.arange(len(key) + 1) * size)
    own = interpolated(weight, start, np.full(len(key), discount), np.full(len(key), strength))
    return _Level(key, own.inherits, pair, own.gain)


def _coded(words: Sequence[str], characters: Ints) -> tuple[Ints, Ints]:
    """Words as codes, one behind the other, each start + characters + stop; and the place of each code in its word."""
    points = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
    place, there = _at(characters, points)
    size = np.array([len(word) for word in words], np.int64)
    begin = (size + 2).cumsum() - size - 2
    codes = np.full(len(points) + 2 * len(words), START)
    codes[ranges(begin + 1, size)] = np.where(there, FIRST + place, FIRST + len(characters))
    codes[begin + size + 1] = STOP
    return codes, ranges(np.zeros(len(words), np.int64), size + 2)


def _below(key: Ints, context: Ints, character: Ints, size: int) -> Ints:
    """The contexts with one more character."""
    place, there = _at(key, context * size + character)
    return np.where(there & (context >= 0), place, NOWHERE)


def _at(held: Ints, wanted: Ints) -> tuple[Ints, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Where keys stand among those that are held, and whether they do; 0 where there are none."""
    order = wanted.argsort(kind="stable")
    place, there = np.zeros(len(wanted), np.int64), np.zeros(len(wanted), bool)
    place[order], there[order] = places(held, wanted[order])
    return place, there
