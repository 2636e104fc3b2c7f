"""Reading from files what is remembered: texts, or vectors as JSON lines and .npy. What cannot be read is said by line."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput, BadMemory
from ..files.arrays import array, is_array, json_lines
from ..files.samples import is_id
from .arguments import UNSOUND, sound
from .embed import NGRAMS
from .options import Options

__all__ = ["Given", "cue", "read", "remember"]


@dataclass(frozen=True, slots=True)
class Given:
    """What files hold: vectors [n, d], a payload each, and the external ids where every one has one."""

    vectors: NDArray[Any]
    payloads: list[Any]
    ids: list[str] | None = None


def read(files: Sequence[str], *, dimension: int | None) -> Given:
    """All vectors of files; raises BadInput, with file and line, where one cannot be read.

    dimension: of the memory, if it has one already; JSON lines must have it.
    """
    parts = [_vectors(file) if is_array(file) else _jsonl(file, dimension) for file in files]
    shapes = {part.vectors.shape[1:] for part in parts if len(part.vectors)}
    if len(shapes) != 1:
        sizes = " and ".join(str(shape[0]) for shape in sorted(shapes) if shape)
        raise BadInput(f"the files hold vectors of {sizes} numbers" if shapes else "there is no vector to remember")
    ids = [part.ids if part.ids is not None else [None] * len(part.vectors) for part in parts if len(part.vectors)]
    flat = _ids([one for some in ids for one in some], "vector")
    vectors = np.concatenate([part.vectors for part in parts if len(part.vectors)])
    return Given(vectors, [p for part in parts for p in part.payloads], flat)


def _ids(found: Sequence[str | None], what: str) -> list[str] | None:
    """The external ids, if each has one."""
    named = [one for one in found if one is not None]
    if named and len(named) < len(found):
        raise BadInput(f'give each {what} an "id", or none of them')
    return named or None


class Memory(Protocol):
    """An engram memory, as far as it matters here."""

    @property
    def options(self) -> Options: ...

    def remember(
        self, given: Any, payloads: Any, external_ids: Any, *, stream: str | None, operation: str | None
    ) -> Any: ...


def remember(
    open_memory: Callable[..., Memory],
    files: Sequence[str],
    *,
    text: bool = False,
    embedder: str | None = None,
    dimension: int | None = None,
    stream: str | None = None,
    operation: str | None = None,
) -> Any:
    """Remember what files hold; a new memory gets an embedder for texts, or the dimension of the first vectors.

    Parameters
    ----------
    open_memory
        Opens the memory, and makes it with the `embedder` or the `dimension` that it is called with.
    text
        Whether each line is a text; in a file whose name ends in .jsonl an object with one.
    embedder
        What makes vectors of texts; by default what the memory was made with, or `ngrams`.
    dimension
        Numbers in a vector; by default those of the memory, or of the first vector.
    stream, operation
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
    made: Options | None = None
    with suppress(BadMemory):  # it is made now
        made = open_memory().options
    if text:
        said = [one for file in files for one in _said(file)]
        memory = open_memory(dimension=dimension, embedder=embedder or (NGRAMS if made is None else None))
        ids = _ids([one.id for one in said], "text")
        return memory.remember(
            [s.text for s in said], [s.payload for s in said], ids, stream=stream, operation=operation
        )
    size = made.dimension if dimension is None and made is not None else dimension
    found = read(files, dimension=size)
    memory = open_memory(dimension=found.vectors.shape[1] if size is None else dimension, embedder=embedder)
    return memory.remember(found.vectors, found.payloads, found.ids, stream=stream, operation=operation)


def cue(said: str, *, text: bool) -> Any:
    """What is asked, as it is typed: a text; or a vector, as a JSON list or an object with one."""
    if text:
        return said.rstrip("\n")
    try:
        value = json.loads(said)
    except (ValueError, RecursionError):
        raise BadInput(f"{said.strip()[:40]!r} is not a JSON list of numbers; a text needs --text") from None
    return value.get("vector") if isinstance(value, dict) else value


@dataclass(frozen=True, slots=True)
class _Said:
    """A text of a file."""

    text: str
    payload: Any = None
    id: str | None = None


def _said(file: str) -> list[_Said]:
    if not file.removesuffix(".gz").removesuffix(".zst").endswith(".jsonl"):
        return [_Said(str(line)) for _, line in json_lines(file, "remember", "remembered")]
    found = []
    for line, said in json_lines(file, "remember", "remembered"):
        try:
            value = json.loads(said)
            text, name = value["text"], value.get("id")
            if not isinstance(text, str) or not (name is None or is_id(name)):
                raise ValueError
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            wanted = '{"text": "...", "payload": ..., "id": "..."}'
            raise BadInput(f"{file}:{line}: write {wanted}, or give a file of lines; nothing was remembered") from None
        found.append(_Said(text, value.get("payload"), None if name is None else str(name)))
    return found


def _vectors(file: str) -> Given:
    vectors = array(file, "[n, dimension], a vector a row")
    return Given(vectors, [None] * len(vectors))


def _jsonl(file: str, dimension: int | None) -> Given:
    vectors: list[NDArray[Any]] = []
    payloads: list[Any] = []
    ids: list[str | None] = []
    for line, said in json_lines(file, "remember", "remembered"):
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
