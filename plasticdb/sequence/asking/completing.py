"""Continuing prompts: all that are not finished go on by one symbol at a time, together.

Chance is a pure function of (seed, which sample, which step). So the i-th sample of a prompt is the same however many
are asked for, and whatever else is continued beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...kit.ids import extend
from ...kit.plasticity import Floats
from ...kit.tables import Ints
from ...memory.requests import Asking
from ..tokens import Tokenizer
from ..views import Views, farthest
from ..vocabulary import START_CODE, STOP_CODE, Batch, Vocabulary, encode
from ..working_set import SequenceWorkingSet
from .ask import CELLS, columns, distributions, listen

__all__ = ["MOST", "Chance", "complete"]

FLOOR = 1e-300
"""The least probability whose logarithm is taken."""
MOST = 2_000
"""Samples that are asked for at a time: all of those are of one graph, and are asked for again where another writer moves it."""


@dataclass(frozen=True, slots=True)
class Chance:
    """How the next symbol is chosen: `greedy` the most likely, or drawn with a temperature, by a seed."""

    seed: int
    temperature: float = 1.0
    greedy: bool = False

    def choose(self, p: Floats, sample: Ints, step: int) -> Ints:
        """The column of each distribution [n, v] that is chosen; sample: [n] which of its prompt's samples each is."""
        if self.greedy:
            return np.asarray(p.argmax(axis=1))
        if self.temperature != 1.0:
            score = np.log(np.maximum(p, FLOOR))
            with np.errstate(over="ignore"):  # next to nothing: then only the most likely is left
                p = np.exp((score - score.max(axis=1, keepdims=True)) / self.temperature)
        upto = p.cumsum(axis=1)
        drawn = draws(self.seed, sample, step) * upto[:, -1]
        return np.asarray(np.minimum((upto <= drawn[:, None]).sum(axis=1), p.shape[1] - 1))


def draws(seed: int, sample: Ints, step: int) -> Floats:
    """Numbers from 0 to 1 (without it), [n].

    >>> draws(7, np.array([0, 1, 2]), 0)[1] == draws(7, np.array([1]), 0)[0]
    np.True_
    """
    # A seed may have any number of digits.
    begun = np.random.SeedSequence(seed).generate_state(1, np.uint64).astype(np.uint64)
    hashes = extend(extend(begun, sample.astype(np.uint64)), np.array([step], np.uint64))
    return np.asarray((hashes >> np.uint64(11)) * 2.0**-53)


def complete(
    cache: SequenceWorkingSet,
    tokenizer: Tokenizer,
    views: Views,
    longest: int,
    payloads: Sequence[str],
    sample: Ints,
    chance: Chance,
) -> Asking[list[list[str]]]:
    """A continuation of each payload, the symbols behind it; sample: which of its payload's samples each is."""
    known, _ = columns(cache.vocabulary, drawn=True)
    found: list[list[str]] = []
    size = max(1, CELLS // len(known))
    for first in range(0, len(payloads), size):
        part = slice(first, first + size)
        found += yield from _together(cache, tokenizer, views, longest, payloads[part], sample[part], chance)
    return found


def _together(
    cache: SequenceWorkingSet,
    tokenizer: Tokenizer,
    views: Views,
    longest: int,
    payloads: Sequence[str],
    sample: Ints,
    chance: Chance,
) -> Asking[list[list[str]]]:
    most = farthest(views)
    window, at = _begun(encode(tokenizer, [*map(tokenizer.text, payloads)], cache.vocabulary), most)
    going, said = np.flatnonzero(at <= longest), []
    step = 0
    while len(going):
        batch, ends, places = _batch(cache.vocabulary, tokenizer, window[going], at[going])
        heard = yield from listen(cache, tokenizer, batch, views, ends, places, drawn=True)
        chosen = heard.codes[chance.choose(distributions(cache, views, heard), sample[going], step)]
        going, chosen = (part[chosen != STOP_CODE] for part in (going, chosen))
        said.append((going, chosen))
        if window.shape[1] < min(most, int(at.max()) + 1):
            window = np.column_stack([np.full(len(window), START_CODE), window])
        window[going] = np.column_stack([window[going, 1:], chosen])
        at[going] += 1
        going = going[at[going] <= longest]
        step += 1
    return _by_sample(cache.vocabulary, said, len(payloads))


def _begun(batch: Batch, most: int) -> tuple[Ints, Ints]:
    """The last symbols of each sample without its stop, right-aligned, [n, wide]; and how many it has, with its start."""
    ends = batch.offsets[1:] - 1
    at = ends - batch.offsets[:-1]
    back = np.arange(min(most, int(at.max(initial=1))), 0, -1)
    place = ends[:, None] - back
    return np.where(back <= at[:, None], batch.codes[np.maximum(place, 0)], START_CODE), at


def _batch(vocabulary: Vocabulary, tokenizer: Tokenizer, window: Ints, at: Ints) -> tuple[Batch, Ints, Ints]:
    """The ends of histories as a batch, each with a stop for what is to come; where those are, and their places."""
    size, wide = window.shape
    codes = np.column_stack([window, np.full(size, STOP_CODE)]).ravel()
    ends = np.arange(wide, len(codes), wide + 1)
    places = np.zeros(len(codes), np.int64)
    places[ends] = at
    symbols = [vocabulary.symbols[code] for code in codes.tolist()]
    flat = "".join(symbols) if tokenizer.name == "chars" else None

    def spell(a: int, b: int) -> str:
        return tokenizer.join(symbols[a:b]) if flat is None else flat[a:b]

    return Batch(codes, np.arange(0, len(codes) + 1, wide + 1), spell, tokenizer.join(["", ""])), ends, places


def _by_sample(vocabulary: Vocabulary, said: list[tuple[Ints, Ints]], samples: int) -> list[list[str]]:
    out: list[list[str]] = [[] for _ in range(samples)]
    for which, chosen in said:
        for i, code in zip(which.tolist(), chosen.tolist(), strict=True):
            out[i].append(vocabulary.symbols[code])
    return out
