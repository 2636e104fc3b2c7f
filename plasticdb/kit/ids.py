"""Stable 63-bit ids: a node's id is a hash of (memory, chain, natural key), so a writer knows every id before it reads.

Hashes are built symbol by symbol (`extend`), so that a whole batch is hashed with a few numpy operations and the hash
of a prefix is a by-product of the hash of the sample. Two keys with one id are an error (errors.Collision): the natural
key is stored beside the id and compared on fetch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Hashes", "as_id", "digest", "extend", "extend_one", "mix", "seed", "slots", "symbol_hashes"]

Hashes = NDArray[np.uint64]

_BITS = 2**64 - 1
_SLOT = np.uint64(0x9E3779B97F4A7C15)


def digest(text: str) -> int:
    """A 64-bit hash of a text, the same in every process."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def seed(*parts: str) -> np.uint64:
    """Where the hashes of one kind of node in one memory begin."""
    return np.uint64(digest("\x00".join(parts)))


def mix(values: Hashes) -> Hashes:
    """Scramble 64 bits (the finalizer of splitmix64, Steele, Lea and Flood 2014); one to one.

    >>> int(mix(np.array([1], np.uint64))[0])
    6238072747940578789
    """
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def extend(values: Hashes, symbols: Hashes) -> Hashes:
    """The hashes of keys that are one symbol longer."""
    return mix(values * np.uint64(0x9E3779B97F4A7C15) + symbols)


def extend_one(value: int, symbol: int) -> int:
    """As `extend`, of one key: a question asks for a dozen, one after the other, and an array of one takes ten times as long.

    >>> extend_one(1, 2) == int(extend(np.array([1], np.uint64), np.array([2], np.uint64))[0])
    True
    """
    value = (value * 0x9E3779B97F4A7C15 + symbol) & _BITS
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _BITS
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _BITS
    return value ^ (value >> 31)


def slots(prefixes: Hashes) -> NDArray[np.int64]:
    """The slot at which a concept hangs whose parent is one symbol shorter than these prefixes."""
    return as_id(mix(prefixes ^ _SLOT))


def as_id(values: Hashes) -> NDArray[np.int64]:
    """The upper 63 bits, as what every database calls a big integer."""
    return (values >> np.uint64(1)).astype(np.int64)


def symbol_hashes(symbols: Sequence[str]) -> Hashes:
    """The hashes of symbols, shape [len(symbols)]."""
    return np.fromiter((digest(symbol) for symbol in symbols), np.uint64, len(symbols))
