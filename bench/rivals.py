"""What the memory is compared with, on the same samples: modified Kneser-Ney, and programs that compress."""

from __future__ import annotations

import lzma
import math
from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np

from plasticdb.sequence.prediction.strange import chosen, spelled
from plasticdb.sequence.tokens import tokenizer

from .kneser_ney import KneserNey
from .splits import Split

__all__ = ["PUBLISHED", "cut", "kneser_ney", "ppmd", "xz"]

PUBLISHED = {
    "a bigram": 2.4495,
    "MLP": 2.0475,
    "RNN": 2.0167,
    "GRU": 1.9691,
    "transformer": 1.9547,
    "transformer, one epoch": 2.0661,
}
"""makemore's models on its own split of the names, nats a symbol after many epochs; they are not trained here."""


def cut(split: Split) -> tuple[list[list[str]], list[list[str]]]:
    """The symbols of what is learned and of what is held out, cut as the memory cuts them."""
    how = tokenizer(split.tokenizer)
    learned, held = ([how.encode(how.payload(sample)) for sample in part] for part in (split.learned, split.held))
    return learned, held


def kneser_ney(split: Split, order: int = 5) -> float:
    """Nats a symbol. What was never learned costs it what it costs a memory: a character or a byte joins the vocabulary; a word
    or symbol is one more, whatever it is, and then is spelled by the spelling of those that were learned."""
    learned, held = cut(split)
    known = list(dict.fromkeys(chain.from_iterable(learned)))
    code, nats = {symbol: i for i, symbol in enumerate(known, 2)}, 0.0
    strange = [symbol for symbol in chain.from_iterable(held) if symbol not in code]
    if tokenizer(split.tokenizer).spells:
        nats = float(spelled(chosen(known)).nats(strange).sum())
        code |= dict.fromkeys(strange, len(code) + 2)
    else:
        for symbol in strange:
            code.setdefault(symbol, len(code) + 2)
    model = KneserNey([[code[s] for s in sample] for sample in learned], order, max(code.values()))
    return (float(model.nats([[code[s] for s in sample] for sample in held]).sum()) + nats) / symbols(held)


def symbols(samples: list[list[str]]) -> int:
    """How many symbols samples have, with their stops."""
    return sum(len(sample) + 1 for sample in samples)


def ppmd(split: Split) -> float | None:
    """Nats a symbol that the held out samples add to the learned ones, the best of three orders (None: there is no PPMd)."""
    try:
        import pyppmd  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        print("NOT MEASURED: PPMd (pip install '.[bench]')")
        return None

    def size(data: bytes, order: int) -> int:
        return len(pyppmd.compress(data, max_order=order, mem_size=512 << 20))

    return min(_added(split, lambda data, order=order: size(data, order)) for order in (5, 8, 16))  # type: ignore[misc]


def xz(split: Split) -> float:
    """The same with xz at its best."""
    best: list[dict[str, Any]] = [
        {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 27},
    ]
    return _added(split, lambda data: len(lzma.compress(data, lzma.FORMAT_XZ, filters=best)))


def _added(split: Split, size: Callable[[bytes], int]) -> float:
    learned, both = split.file(split.learned), split.file([*split.learned, *split.held])
    return 8 * (size(both) - size(learned)) * math.log(2) / symbols(cut(split)[1])


def bits(nats: float, split: Split) -> float:
    """Bits a byte of the held out samples, from nats a symbol."""
    return nats * symbols(cut(split)[1]) / math.log(2) / len(split.file(split.held))


def variation(ours: list[Any], theirs: list[Any]) -> float:
    """The total variation of two distributions that are given by what was drawn from them."""
    values, place = np.unique(np.array([*ours, *theirs]), return_inverse=True)
    p, q = (np.bincount(part, minlength=len(values)) for part in (place[: len(ours)], place[len(ours) :]))
    return float(np.abs(p / len(ours) - q / len(theirs)).sum() / 2)
