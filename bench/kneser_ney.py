"""Modified Kneser-Ney (Chen and Goodman 1999), interpolated at all orders, to compare with: counts of one pass, no fit.

A lower order counts in how many contexts one symbol longer a symbol was seen, not how often. A context that begins with the
sample has no longer one, and counts how often. Discounts are those of counts of counts, for each order its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
START = 0
STOP = 1


@dataclass(frozen=True, slots=True)
class Order:
    """What was counted behind contexts of one length.

    Attributes
    ----------
    contexts
        Sorted keys of contexts: that of the context one symbol shorter, and the oldest symbol.
    pairs
        Sorted keys of what was seen: a context's number and the symbol behind it.
    count
        Of each pair, what is left after its discount.
    total, left
        Of each context, its counts together, and what was discounted of them.
    """

    contexts: Ints
    pairs: Ints
    count: Floats
    total: Floats
    left: Floats


class KneserNey:
    """A model of symbols 2, 3, ... behind START; it ends a sample with STOP.

    Examples
    --------
    >>> model = KneserNey([[2, 3, 2, 4], [2, 3, 3]], order=2, symbols=4)
    >>> float(model.nats([[2, 3]])[0].round(4))
    2.409
    """

    def __init__(self, samples: Sequence[Sequence[int]], order: int, symbols: int) -> None:
        self.symbols = symbols
        self.size = 1 + max((max(sample, default=1) for sample in samples), default=1)
        text, depth = _joined(samples)
        orders: list[Order] = []
        longer = np.zeros(0, np.int64)  # the pairs of the order above, each as a pair of this one
        for level, (contexts, number, parent) in reversed([*enumerate(self._walk(text, depth, order))]):
            here = np.flatnonzero((number >= 0) & ((level == order) | (depth == level)))
            pair, count = np.unique(
                np.concatenate([number[here] * self.size + text[here + 1], longer]), return_counts=True
            )
            orders.append(_discounted(contexts, pair, count, self.size))
            if level:
                longer = parent[pair // self.size] * self.size + pair % self.size
        self.orders = orders[::-1]

    def _walk(self, text: Ints, depth: Ints, order: int) -> list[tuple[Ints, Ints, Ints]]:
        """For each order: keys of contexts, the number of the context that ends at each place (-1: none), parents."""
        number = np.where(text == STOP, -1, 0)
        found = [(np.zeros(1, np.int64), number, np.zeros(0, np.int64))]
        for level in range(1, order + 1):
            there = np.flatnonzero((number >= 0) & (depth >= level))
            key = number[there] * self.size + text[there - level + 1]
            contexts, place = np.unique(key, return_inverse=True)
            number = np.full(len(text), -1)
            number[there] = place
            found.append((contexts, number, contexts // self.size))
        return found

    def nats(self, samples: Sequence[Sequence[int]]) -> Floats:
        """-log p of each sample, its stop included. A symbol that was never learned is one of `symbols`."""
        text, depth = _joined(samples)
        known = np.where(text < self.size, text, -1)
        at = np.flatnonzero(text != STOP)
        said = known[at + 1]
        p = np.full(len(at), 1.0 / self.symbols)
        number = np.zeros(len(at), np.int64)
        for level, order in enumerate(self.orders):
            if level:
                oldest = known[np.maximum(at - level + 1, 0)]
                there = (number >= 0) & (depth[at] >= level) & (oldest >= 0)
                number = np.where(there, _find(order.contexts, number * self.size + oldest), -1)
            spoke = np.flatnonzero(number >= 0)
            context = number[spoke]
            pair = _find(order.pairs, context * self.size + said[spoke])
            count = np.where((pair >= 0) & (said[spoke] >= 0), order.count[pair], 0.0)
            p[spoke] = (count + order.left[context] * p[spoke]) / order.total[context]
        return np.bincount(np.cumsum(text == START)[at] - 1, -np.log(p), len(samples)).astype(np.float64)


def _joined(samples: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    """Samples with START and STOP as one text, and how long a context that ends at each place can be."""
    text = np.fromiter((s for sample in samples for s in (START, *sample, STOP)), np.int64)
    place = np.arange(len(text))
    return text, place - np.maximum.accumulate(np.where(text == START, place, 0)) + 1


def _discounted(contexts: Ints, pair: Ints, count: Ints, size: int) -> Order:
    n1, n2, n3, n4 = (float(np.count_nonzero(count == n)) for n in (1, 2, 3, 4))
    discount = np.array([0.0, 0.5, 0.7, 0.9])  # too few to say
    if min(n1, n2, n3) > 0:
        y = n1 / (n1 + 2 * n2)
        discount[1:] = np.clip([1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3], 0.05, [0.99, 1.9, 2.9])
    off = discount[np.minimum(count, 3)]
    context = pair // size
    total = np.bincount(context, count, len(contexts)).astype(np.float64)
    return Order(contexts, pair, count - off, total, np.bincount(context, off, len(contexts)).astype(np.float64))


def _find(keys: Ints, wanted: Ints) -> Ints:
    """The place of each wanted key among sorted ones (-1: not there)."""
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, place, -1)
