"""From texts to vectors. An embedder is a callable: texts -> [n, d] float32.

`ngrams` is built in and needs no model: it counts a text's hashed character n-grams, so texts are near that share parts
of words. Embedders that know meanings come from other packages, by an entry point of the group `plasticdb.embedders`
(docs/embedders.md). A callable may say its `dimension` and its `version`; otherwise the first is found by trying, and the
second is its package's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..checks import shown
from ..errors import BadInput
from ..kit.texts import did_you_mean, is_name
from .options import LARGEST_DIMENSION
from .rules import Vectors

__all__ = ["GROUP", "NGRAMS", "NGRAMS_DIMENSION", "Embedder", "Installed", "NGrams", "embed", "embedder", "installed"]

Embedder = Callable[[Sequence[str]], Vectors]

GROUP = "plasticdb.embedders"
"""The entry points of installed packages by which embedders are found: each names an `Embedder`."""
NGRAMS = "ngrams"
NGRAMS_DIMENSION = 256
"""Of the vectors that `ngrams` makes, where none is asked for."""
_AT_ONCE = 256
"""Texts that an embedder gets at a time."""


@dataclass(frozen=True, slots=True)
class Installed:
    """An embedder that is here.

    Parameters
    ----------
    version
        Which one it is: of another version, or under another name, the same text may have another vector.
    by
        What makes the vectors.
    dimension
        How many numbers they have, as it says; None where it does not.
    """

    name: str
    version: str
    by: Embedder
    dimension: int | None = None

    def numbers(self) -> int:
        """How many numbers its vectors have; found by trying, where it does not say."""
        return self.dimension or embed(["a text"], self.by).shape[1]


@dataclass(frozen=True, slots=True)
class NGrams:
    """Character n-grams within words, hashed to `dimension` signed counts, scaled to length 1.

    The same as scikit-learn's HashingVectorizer(n_features=dimension, analyzer="char_wb", ngram_range=(shortest,
    longest)), rounded to float32. A text without any n-gram (nothing but spaces) is a vector of zeros.

    >>> vectors = NGrams(256)(["a long memory", "Memories are long", "zebra"])
    >>> (vectors @ vectors[0] > 0.5).tolist()
    [True, True, False]
    """

    version: ClassVar[str] = "1"

    dimension: int
    shortest: int = 2
    longest: int = 4

    def __post_init__(self) -> None:
        if not 1 <= self.dimension < 2**31:
            raise BadInput(f"vectors cannot have {self.dimension} dimensions; take 1 or more, such as 256")
        if not 1 <= self.shortest <= self.longest:
            raise BadInput(f"n-grams cannot be {self.shortest} to {self.longest} characters long; take such as 2 to 4")

    def __call__(self, texts: Sequence[str]) -> Vectors:
        names: dict[str, int] = {}
        text, gram, times = [], [], []
        for i, each in enumerate(texts):
            for word, count in Counter(each.lower().split()).items():
                for piece in _pieces(word, self.shortest, self.longest):
                    text.append(i)
                    gram.append(names.setdefault(piece, len(names)))
                    times.append(count)
        hashes = _hashes([name.encode("utf-8", "surrogatepass") for name in names]).astype(np.int64)[gram]
        signed = np.where(hashes < 2**31, hashes, hashes - 2**32)
        cell = np.array(text, np.int64) * self.dimension + np.abs(signed) % self.dimension
        sums = np.bincount(cell, np.where(signed < 0, -1.0, 1.0) * times, len(texts) * self.dimension)
        counts = sums.reshape(len(texts), self.dimension)
        length = np.linalg.norm(counts, axis=1, keepdims=True)
        return np.asarray(counts / np.where(length == 0, 1, length), np.float32)


def installed(name: str = NGRAMS, dimension: int | None = None) -> Installed:
    """The embedder of a name: `ngrams`, of this dimension, or one of another package, whose dimension is its own.

    Raises BadInput where there is none of that name (it says which there are), or where its package does not load.
    """
    if name == NGRAMS:
        by = NGrams(NGRAMS_DIMENSION if dimension is None else dimension)
        return Installed(name, NGrams.version, by, by.dimension)
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in found:
        names = [NGRAMS, *sorted(found)]
        raise BadInput(
            f"unknown embedder {shown(name)}{did_you_mean(name, names)}; choose one of {', '.join(names)}, or install a "
            f"package with an entry point in {GROUP}"
        )
    entry = found[name]
    this = f'the embedder "{name}" ({entry.value})'
    try:
        loaded = entry.load()
    except Exception as error:
        raise BadInput(f"{this} does not load: {_line(error)}") from error
    if not callable(loaded):
        raise BadInput(f"{this} is no callable; its package must be mended")
    size = getattr(loaded, "dimension", None)
    if size is not None and (isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= LARGEST_DIMENSION):
        raise BadInput(f"{this} has a dimension of {shown(size)}; its package must be mended")
    return Installed(name, _version(entry, loaded), loaded, size)


def embedder(name: str = NGRAMS, dimension: int | None = None) -> Embedder:
    """What makes vectors, of the embedder of a name: see `installed`."""
    return installed(name, dimension).by


def embed(texts: Sequence[str], by: Embedder) -> Vectors:
    """Vectors [n, d] of n texts, checked: raises BadInput where an embedder returns something else, or fails."""
    if isinstance(texts, str):
        raise BadInput("texts must be a list of texts, not one text")
    parts = [_embedded(texts[at : at + _AT_ONCE], by) for at in range(0, max(len(texts), 1), _AT_ONCE)]
    if len(sizes := {part.shape[1] for part in parts}) > 1:
        raise BadInput(f"the embedder returned vectors of {' and of '.join(map(str, sorted(sizes)))} numbers")
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _embedded(texts: Sequence[str], by: Embedder) -> Vectors:
    try:
        vectors = np.asarray(by(texts), np.float32)
    except BadInput:
        raise
    except Exception as error:
        raise BadInput(f"the embedder failed: {_line(error)}") from error
    if vectors.ndim != 2 or len(vectors) != len(texts) or not 1 <= vectors.shape[1] <= LARGEST_DIMENSION:
        raise BadInput(f"the embedder returned an array of shape {vectors.shape} for {len(texts)} texts")
    if not np.isfinite(vectors).all():
        raise BadInput("the embedder returned values that are no finite numbers")
    return vectors


def _version(entry: EntryPoint, loaded: Any) -> str:
    """What an embedder says that it is, or else the version of its package."""
    said = getattr(loaded, "version", None)
    if said is None:
        return "" if entry.dist is None else entry.dist.version
    if not is_name(said):
        raise BadInput(
            f'the embedder "{entry.name}" ({entry.value}) has a version of {shown(said)}, not a short text; its package '
            "must be mended"
        )
    return str(said)


def _line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _pieces(word: str, shortest: int, longest: int) -> Iterator[str]:
    """The n-grams of a word between two spaces; one that is shorter than n is one n-gram, once."""
    padded = f" {word} "
    for n in range(shortest, longest + 1):
        if n >= len(padded):
            yield padded
            break
        for start in range(len(padded) - n + 1):
            yield padded[start : start + n]


def _hashes(keys: Sequence[bytes]) -> NDArray[np.uint32]:
    """MurmurHash3 (x86, 32 bit, seed 0; Austin Appleby, public domain) of each key, all keys of a length at once."""
    out = np.zeros(len(keys), np.uint32)
    lengths = np.fromiter(map(len, keys), np.int64, len(keys))
    for length in np.unique(lengths).tolist():
        here = np.flatnonzero(lengths == length)
        blocks = -(-length // 4)
        padded = b"".join(keys[i].ljust(4 * blocks, b"\0") for i in here.tolist())
        words = np.frombuffer(padded, "<u4").reshape(len(here), blocks).astype(np.uint32)
        h = np.zeros(len(here), np.uint32)
        for block in range(blocks):
            k = words[:, block] * np.uint32(0xCC9E2D51)
            h ^= _rotate(k, 15) * np.uint32(0x1B873593)
            if 4 * (block + 1) <= length:  # the tail, less than a word, is not mixed any further
                h = _rotate(h, 13) * np.uint32(5) + np.uint32(0xE6546B64)
        h ^= np.uint32(length)
        h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
        h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
        out[here] = h ^ (h >> np.uint32(16))
    return out


def _rotate(values: NDArray[np.uint32], bits: int) -> NDArray[np.uint32]:
    return (values << np.uint32(bits)) | (values >> np.uint32(32 - bits))
