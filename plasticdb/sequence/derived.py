"""What follows from the rest of a context, so that a store of very many need not keep it (`schema.Packed`).

A context's step is its oldest symbol: the id of its atom, or a number below 1. `START`: the start of a sample. Below a
position chain's root it is `-at`. A root's step says which chain it begins, and how a memory joins symbols to texts.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..kit.plasticity import told
from ..kit.tables import Ints, Table
from .tokens import START as START_SYMBOL
from .tokens import TOKENIZERS

__all__ = ["START", "root", "spelled", "summed"]

START = 0
"""The step of a context whose oldest symbol is the start of a sample."""
_CHAINS = ("suffix", "position", *(f"skip{out}" for out in range(1, 9)), "follower", "word", "line")
_JOINS = ("chars", "words", "bytes", "symbols")
"""Tokenizers, which join symbols each in its way. Roots have the numbers of both: only add behind what is there."""
_MOST = 64
"""Chains that there may be."""


def root(chain: str, tokenizer: str) -> int:
    """The step of a chain's root."""
    return -1 - _CHAINS.index(chain) - _MOST * _JOINS.index(tokenizer)


def spelled(paths: Ints, depth: Ints, names: Mapping[int, str]) -> Table:
    """What contexts are called: `chain`, `at`, `text`, `length` and `r_level`.

    >>> made = spelled(np.array([[5, 4, -1], [0, -2, -2]]), np.array([3, 3]), {4: "m", 5: "e"})
    >>> [made[name].tolist() for name in ("chain", "at", "text", "r_level")]
    [['suffix', 'position'], [0, 2], ['em', '\u2402'], [2, 2]]
    """
    every = np.arange(len(paths))
    join, chain = np.divmod(np.maximum(-1 - paths[every, depth - 1], 0), _MOST)
    positioned = chain == _CHAINS.index("position")
    placed = positioned & (depth > 1)
    at = np.where(placed, -paths[every, np.maximum(depth - 2, 0)], 0)
    length = depth - 1 - placed
    symbols = dict(names) | {START: START_SYMBOL}
    joins = [TOKENIZERS[name].join for name in _JOINS]
    text = np.empty(len(paths), object)
    text[:] = [
        joins[way % len(joins)]([symbols.get(step, "\ufffd") for step in path[:size]])
        for path, size, way in zip(paths.tolist(), length.tolist(), join.tolist(), strict=True)
    ]
    named = np.array(_CHAINS, object)[np.minimum(chain, len(_CHAINS) - 1)]
    return {"chain": named, "at": at, "text": text, "length": length, "r_level": depth - 1}


def summed(owner: Ints, edges: Table, rows: int) -> Table:
    """What contexts heard: `count`, the firings of their synapses, `mass`, the sum of their positive weights, and `total`,
    what these tell their abstractions.

    >>> made = summed(np.array([0, 0, 2]), {"weight": np.array([2.0, -1.0, 1.0]), "fired": np.array([2, 1, 1])}, 3)
    >>> made["count"].tolist(), made["mass"].tolist()
    ([3, 0, 1], [2.0, 0.0, 1.0])
    """
    heard = np.maximum(edges["weight"], 0.0)
    count = np.bincount(owner, edges["fired"], rows).astype(np.int64)
    return {"count": count, "mass": np.bincount(owner, heard, rows), "total": np.bincount(owner, told(heard), rows)}
