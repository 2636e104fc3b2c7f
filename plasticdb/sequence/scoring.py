"""How well samples are predicted, many at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..kit.plasticity import Floats
from ..kit.sorting import groups
from ..kit.tables import Ints
from ..memory.requests import Asking
from .ask import CELLS, Listened, columns, listen
from .interpolation import FLOOR, Gains, combine, spread, toward
from .tokens import Tokenizer
from .views import Views
from .vocabulary import START_CODE, Batch, encode
from .working_set import SequenceWorkingSet

__all__ = ["Score", "score"]

CHARACTERS = 50_000
"""Of samples that are scored at a time."""


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
    """The nats and the symbols of each sample. A symbol that was never learned joins the vocabulary of its sample."""
    nats: list[Floats] = [np.zeros(0)]
    symbols: list[Ints] = [np.zeros(0, np.int64)]
    for some in _parts(payloads):
        batch = encode(tokenizer, [*map(tokenizer.text, some)], cache.vocabulary)
        target = np.flatnonzero(batch.codes != START_CODE)
        sizes = np.diff(batch.offsets) - 1
        sample = np.repeat(np.arange(len(some)), sizes)
        heard = yield from listen(cache, batch, views, target)
        codes, column = columns(cache.vocabulary, drawn=False)
        strange = _strange(batch, column, target, sample).astype(np.float64)
        p = _said(heard, column, len(codes), batch.codes[target], strange[sample])
        nats.append(np.bincount(sample, -np.log(np.maximum(p, FLOOR)), len(some)).astype(np.float64))
        symbols.append(sizes)
    return np.concatenate(nats), np.concatenate(symbols)


def _parts(payloads: Sequence[str]) -> Iterator[Sequence[str]]:
    first = size = 0
    for i, payload in enumerate(payloads):
        if i > first and size + len(payload) > CHARACTERS:
            yield payloads[first:i]
            first, size = i, 0
        size += len(payload) + 1
    if first < len(payloads):
        yield payloads[first:]


def _strange(batch: Batch, column: Ints, target: Ints, sample: Ints) -> Ints:
    """How many symbols of each sample were never learned."""
    new = column[batch.codes[target]] < 0
    size = len(column)
    pairs, _, _ = groups(sample[new] * size + batch.codes[target][new])
    return np.bincount(pairs // size, minlength=len(batch))


def _said(heard: Listened, column: Ints, symbols: int, code: Ints, strange: Floats) -> Floats:
    """What each history gives to the symbol that followed it; strange: [n] symbols beyond those that are known."""
    gains = Gains.of(heard.speakers, len(column))
    start = 1.0 / (symbols + strange)
    voices = np.add.reduce(heard.speaks, dtype=np.int64)
    p = start.copy()
    for row, speaks in zip(heard.chains, heard.speaks, strict=True):
        alone = np.flatnonzero(speaks & (voices == 1))  # a chain's distribution needs no sum over all symbols
        if len(alone):
            p[alone] = toward(heard.speakers, row[:, alone], gains, code[alone], start[alone])
    several = np.flatnonzero(voices > 1)
    most = max(1, CELLS // (symbols + 1))
    for first in range(0, len(several), most):
        some = several[first : first + most]
        chains, speaks_of = heard.of(some)
        # The last column is any one of the symbols that are strange: no context knows them.
        all_of = combine(
            [spread(heard.speakers, row, column, start[some], symbols + 1) for row in chains], speaks_of, strange[some]
        )
        p[some] = all_of[np.arange(len(some)), column[code[some]]]
    return p
