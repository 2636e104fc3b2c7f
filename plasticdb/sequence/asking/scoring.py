"""How well samples are predicted, many at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...kit.plasticity import Floats
from ...kit.sorting import groups
from ...kit.tables import Ints
from ...memory.requests import Asking
from ..prediction.predict import toward
from ..tokens import Tokenizer
from ..views import Views
from ..vocabulary import START_CODE, Batch, encode
from ..working_set import SequenceWorkingSet
from .ask import Listened, columns, listen, trusted

__all__ = ["Score", "parts", "score"]

CHARACTERS = 50_000
"""Of samples that are scored at a time."""
SYNAPSES = 200_000
"""What is looked through at a time: of more, a half as much again is spent on fetching it from memory."""


@dataclass(frozen=True, slots=True)
class Score:
    """How well samples were predicted: `nats` and `symbols` (stop included) of each, and together."""

    nats: tuple[float, ...]
    symbols: tuple[int, ...]

    @property
    def nats_per_symbol(self) -> float:
        return sum(self.nats) / sum(self.symbols) if self.symbols else 0.0

    def __repr__(self) -> str:
        sizes = f"{len(self.nats):,} samples, {sum(self.symbols):,} symbols"
        return f"<Score: {self.nats_per_symbol:.4f} nats per symbol; {sizes}>"


def score(
    cache: SequenceWorkingSet, tokenizer: Tokenizer, views: Views, payloads: Sequence[str]
) -> Asking[tuple[Floats, Ints]]:
    """The nats and the symbols of each sample.

    A symbol that was never learned costs what it takes to spell, where it is a text; a character or a byte joins the
    vocabulary of its sample.
    """
    nats: list[Floats] = [np.zeros(0)]
    symbols: list[Ints] = [np.zeros(0, np.int64)]
    for some in parts(payloads):
        batch = encode(tokenizer, [*map(tokenizer.text, some)], cache.vocabulary)
        target = np.flatnonzero(batch.codes != START_CODE)
        sizes = np.diff(batch.offsets) - 1
        sample = np.repeat(np.arange(len(some)), sizes)
        heard = yield from listen(cache, tokenizer, batch, views, target)
        codes, column = columns(cache.vocabulary)
        unknown, strange = column == len(codes), np.zeros(len(batch))
        if not tokenizer.spells:
            strange += _strange(batch, unknown, target, sample)
        log_p = _log_p(cache, views, heard, column[batch.codes[target]], sample, strange)
        if tokenizer.spells:
            log_p -= _spelled(cache, batch.codes[target], unknown)
        nats.append(np.bincount(sample, -log_p, len(some)).astype(np.float64))
        symbols.append(sizes)
    return np.concatenate(nats), np.concatenate(symbols)


def parts(payloads: Sequence[str]) -> Iterator[Sequence[str]]:
    """Samples, as many at a time as are looked at together."""
    first = size = 0
    for i, payload in enumerate(payloads):
        if i > first and size + len(payload) > CHARACTERS:
            yield payloads[first:i]
            first, size = i, 0
        size += len(payload) + 1
    if first < len(payloads):
        yield payloads[first:]


def _strange(batch: Batch, unknown: NDArray[np.bool_], target: Ints, sample: Ints) -> Ints:
    """How many symbols of each sample were never learned. unknown: [codes] which those are."""
    new = unknown[batch.codes[target]]
    size = len(unknown)
    pairs, _, _ = groups(sample[new] * size + batch.codes[target][new])
    return np.bincount(pairs // size, minlength=len(batch))


def _spelled(cache: SequenceWorkingSet, code: Ints, unknown: NDArray[np.bool_]) -> Floats:
    """The nats that it takes to spell each symbol, 0 of those that are known. unknown: [codes] which are not."""
    nats, new = np.zeros(len(code)), np.flatnonzero(unknown[code])
    if len(new):
        found, _, which = groups(code[new])
        nats[new] = cache.speller.nats([cache.vocabulary.symbols[one] for one in found.tolist()])[which]
    return nats


def _log_p(
    cache: SequenceWorkingSet, views: Views, heard: Listened, column: Ints, sample: Ints, strange: Floats
) -> Floats:
    """What each history gives to the symbol that followed it. strange: of each sample, symbols beyond those that are known."""
    gates, out = trusted(cache, views).gates, np.empty(len(column))
    spoken = heard.speakers.many(heard.rows).cumsum()
    first = 0
    while first < len(column):
        upto = max(first + 1, int(spoken.searchsorted(SYNAPSES + (spoken[first - 1] if first else 0), "right")))
        part = slice(first, upto)
        some = heard.some(part)
        base = some.base(sample[part], strange)
        out[part] = toward(some.said(base, gates), base, column[part]).log_p
        first = upto
    return out
