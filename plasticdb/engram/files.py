"""Reading vectors from files: JSON lines, .npy, or texts through an embedder. What cannot be read is said by line."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput, BadMemory
from ..files.samples import is_id, opened
from ..files.samples import read as records
from .arguments import UNSOUND, sound
from .embed import embed
from .embed import embedder as found_embedder
from .options import Options
from .rules import Vectors

__all__ = ["Given", "cue", "read", "remember"]

TEXT_DIMENSION = 256
"""Of the vectors of texts, where a memory does not have its own yet."""
LONGEST = 1 << 20
"""Symbols of a line at most."""


@dataclass(frozen=True, slots=True)
class Given:
    """What files hold: vectors [n, d], a payload each, and the external ids where every one has one."""

    vectors: NDArray[Any]
    payloads: list[Any]
    ids: list[str] | None = None


def read(files: Sequence[str], *, text: bool, embedder: str, dimension: int | None) -> Given:
    """All vectors of files; raises BadInput, with file and line, where one cannot be read.

    dimension: of the memory, if it has one already; that of vectors of texts, and that JSON lines must have.
    """
    if text:
        lines = [str(line) for file in files for _, line in _lines(file)]
        return Given(_embedded(lines, embedder, dimension), lines)
    parts = [
        _npy(file)
        if file.removesuffix(".gz").removesuffix(".zst").endswith((".npy", ".npz"))
        else _jsonl(file, dimension)
        for file in files
    ]
    shapes = {part.vectors.shape[1:] for part in parts if len(part.vectors)}
    if len(shapes) != 1:
        sizes = " and ".join(str(shape[0]) for shape in sorted(shapes) if shape)
        raise BadInput(f"the files hold vectors of {sizes} numbers" if shapes else "there is no vector to remember")
    ids = [part.ids if part.ids is not None else [None] * len(part.vectors) for part in parts if len(part.vectors)]
    flat = [one for some in ids for one in some]
    if None in flat and any(one is not None for one in flat):
        raise BadInput('give each vector an "id", or none of them')
    vectors = np.concatenate([part.vectors for part in parts if len(part.vectors)])
    return Given(vectors, [p for part in parts for p in part.payloads], None if None in flat else flat)  # type: ignore[arg-type]


class Memory(Protocol):
    """An engram memory, as far as it matters here."""

    @property
    def options(self) -> Options: ...

    def remember(
        self, vectors: Any, payloads: Sequence[Any] | None, external_ids: Sequence[str] | None, *, operation: str | None
    ) -> Any: ...


def remember(
    open_memory: Callable[..., Memory],
    files: Sequence[str],
    *,
    text: bool = False,
    embedder: str = "ngrams",
    dimension: int | None = None,
    operation: str | None = None,
) -> Any:
    """Remember what files hold; a new memory gets the dimension of the first vectors.

    Parameters
    ----------
    open_memory
        Opens the memory, and makes it with the `dimension` that it is called with.
    files, text, embedder
        As in `read`.
    dimension
        Numbers in a vector; by default those of the memory, or of the first vector.
    operation
        As in `EngramMemory.remember`.

    Returns
    -------
    Remembered
        What `EngramMemory.remember` gives.

    Raises
    ------
    BadInput
        A file cannot be read, or holds what the memory does not take; nothing was remembered.
    """
    asked = dimension
    if dimension is None:
        with suppress(BadMemory):  # it is made now
            dimension = open_memory().options.dimension
    found = read(files, text=text, embedder=embedder, dimension=dimension)
    memory = open_memory(dimension=found.vectors.shape[1] if dimension is None else asked)
    return memory.remember(found.vectors, found.payloads, found.ids, operation=operation)


def cue(said: str, *, text: bool, embedder: str, dimension: int) -> Any:
    """A vector as it is typed: a JSON list or an object with one; or a text, through the embedder."""
    if text:
        return _embedded([said.rstrip("\n")], embedder, dimension)[0]
    try:
        value = json.loads(said)
    except (ValueError, RecursionError):
        raise BadInput(f"{said.strip()[:40]!r} is not a JSON list of numbers; a text needs --text") from None
    return value.get("vector") if isinstance(value, dict) else value


def _embedded(lines: list[str], embedder: str, dimension: int | None) -> Vectors:
    return embed(lines, found_embedder(embedder, dimension or TEXT_DIMENSION))


def _lines(file: str) -> list[tuple[int, Any]]:
    with opened(file) as stream:
        found = list(records(stream, "lines", LONGEST))
    if not found:
        raise BadInput(f"{file} is empty: there is nothing to remember; nothing was remembered")
    for record in found:
        if record.error is not None:
            raise BadInput(f"{file}:{record.line}: {record.error}; nothing was remembered")
    return [(record.line, record.sample) for record in found]


def _npy(file: str) -> Given:
    with opened(file) as stream:
        try:
            vectors = np.load(BytesIO(stream.read()), allow_pickle=False)
        except (ValueError, EOFError, OSError, MemoryError):
            raise BadInput(f"{file} is not an array as numpy.save writes it (nor a .npz)") from None
    if not isinstance(vectors, np.ndarray) or vectors.ndim != 2:
        has = f"an array of {list(vectors.shape)}" if isinstance(vectors, np.ndarray) else "several (.npz)"
        raise BadInput(f"{Path(file).name} must hold one array of [n, dimension], a vector a row, and holds {has}")
    return Given(vectors, [None] * len(vectors))


def _jsonl(file: str, dimension: int | None) -> Given:
    vectors: list[NDArray[Any]] = []
    payloads: list[Any] = []
    ids: list[str | None] = []
    for line, said in _lines(file):
        try:
            value = json.loads(said)
            bare = isinstance(value, list)
            vector = np.array(value if bare else value["vector"])
            if vector.ndim != 1 or vector.dtype.kind not in "fiu" or (vectors and vector.shape != vectors[0].shape):
                raise ValueError
            name = None if bare else value.get("id")
            if not (name is None or is_id(name)):
                raise ValueError
        except (ValueError, KeyError, TypeError, RecursionError):
            raise BadInput(
                f'{file}:{line}: write {{"vector": [...], "payload": ..., "id": "..."}}, vectors of one length, or give '
                "--text for a text a line; nothing was remembered"
            ) from None
        if len(vector) != (dimension or len(vector)):
            raise BadInput(
                f"{file}:{line}: a vector of {len(vector)}, not of {dimension} numbers; nothing was remembered"
            )
        if not sound(vector):
            raise BadInput(f"{file}:{line}: the vector {UNSOUND}; nothing was remembered")
        vectors.append(vector)
        payloads.append(None if bare else value.get("payload"))
        ids.append(None if name is None else str(name))
    if not vectors:
        return Given(np.empty((0, 0)), [])
    return Given(np.array(vectors), payloads, ids)  # type: ignore[arg-type]
