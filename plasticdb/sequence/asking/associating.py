"""Asking what is far apart from some symbols, again and again: the shortcuts that go out from them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...errors import NothingLearned
from ...memory.requests import Asking, Edges
from ..schema import APART
from ..tokens import Tokenizer
from ..working_set import SequenceWorkingSet

__all__ = ["Association", "associations"]


@dataclass(frozen=True, slots=True)
class Association:
    """A symbol that others bring along from far.

    Attributes
    ----------
    symbol
        Which.
    via
        The symbol that brings it along with the most evidence.
    occasions, expected
        In how many samples the two are far apart and never near, and in how many chance would have them so.
    evidence
        How much of a surprise that is, in nats: the sum over all that bring it along.
    """

    symbol: str
    via: str
    occasions: float
    expected: float
    evidence: float


def associations(cache: SequenceWorkingSet, tokenizer: Tokenizer, payload: str, k: int) -> Asking[list[Association]]:
    """See `SequenceMemory.associations`."""
    if "apart" not in cache.totals:
        raise NothingLearned(f"{cache.name!r} has no associations yet; run `plasticdb consolidate {cache.name}`")
    vocabulary = cache.vocabulary
    codes = {vocabulary.codes[symbol] for symbol in tokenizer.encode(payload) if symbol in vocabulary.codes}
    edges = yield Edges(APART, np.sort(vocabulary.ids[sorted(codes)]))
    via, found = (vocabulary.codes_of(edges[end]).tolist() for end in ("source", "target"))
    best: dict[int, Association] = {}
    total: dict[int, float] = {}
    numbers = (edges[name].tolist() for name in ("occasions", "expected", "evidence"))
    rows = sorted(zip(found, via, *numbers, strict=True), key=lambda row: (-row[-1], vocabulary.symbols[row[1]]))
    for code, through, occasions, expected, evidence in rows:
        if code in codes:
            continue
        total[code] = total.get(code, 0.0) + evidence
        names = vocabulary.symbols[code], vocabulary.symbols[through]
        best.setdefault(code, Association(*names, occasions, expected, evidence))
    summed = [replace(one, evidence=total[code]) for code, one in best.items()]
    return sorted(summed, key=lambda one: (-one.evidence, one.symbol))[:k]
