"""What follows from the rest of a context, so that a store of very many need not keep it (`schema.Packed`).

A context's step is what it adds to its parent, its oldest symbol as a rule: the id of its atom, or a number below 1. `START`:
the start of a sample. Below a position chain's root it is `-at`. Several symbols at once are a piece, whose step is its id
below zero; `NOTHING` where a chain that takes such has none. A root's step says which chain it begins, and how a memory joins
symbols to texts.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..kit.plasticity import told
from ..kit.tables import Ints, Table
from .tokens import START as START_SYMBOL
from .tokens import TOKENIZERS, Tokenizer

__all__ = ["NOTHING", "PIECE", "START", "root", "spelled", "summed"]

START = 0
"""The step of a context whose oldest symbol is the start of a sample."""
NOTHING = -1
"""The step of a context that adds no symbol to its parent, such as a word where none has begun."""
PIECE = 2**62
"""The ids of pieces have this bit, and no other step is as far below zero."""
_CHAINS = (
    *("suffix", "position"),
    *(f"skip{out}" for out in range(1, 9)),
    *("follower", "word", "line", "first"),
    *(f"follower{length}" for length in range(2, 9)),
)
LOST = "\ufffd"
"""What stands for a symbol that is not there, which somebody deleted by hand."""
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
    ways = [TOKENIZERS[name] for name in _JOINS]
    text = np.empty(len(paths), object)
    rows = zip(paths.tolist(), length.tolist(), join.tolist(), strict=True)
    if (paths <= -PIECE).any() or (chain >= _CHAINS.index("word")).any():
        parts = [_taken(path[:size], names, ways[way % len(ways)]) for path, size, way in rows]
        text[:] = [ways[way % len(ways)].join(part) for part, way in zip(parts, join.tolist(), strict=True)]
        length = np.array([len(part) for part in parts], np.int64)
    else:
        symbols = dict(names) | {START: START_SYMBOL}
        text[:] = [ways[way % len(ways)].join([symbols.get(s, LOST) for s in path[:size]]) for path, size, way in rows]
    named = np.array(_CHAINS, object)[np.minimum(chain, len(_CHAINS) - 1)]
    return {"chain": named, "at": at, "text": text, "length": length, "r_level": depth - 1}


def _taken(steps: list[int], names: Mapping[int, str], tokenizer: Tokenizer) -> list[str]:
    """The symbols of steps, some of which have several or none."""
    found: list[str] = []
    for step in steps:
        if step <= -PIECE:
            found += tokenizer.split(names[step]) if step in names else [LOST]
        elif step != NOTHING:
            found.append(START_SYMBOL if step == START else names.get(step, LOST))
    return found


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
