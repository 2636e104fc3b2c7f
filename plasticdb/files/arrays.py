"""Reading arrays from files: as numpy.save writes them, and as JSON lines. What cannot be read is said by file and line."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput
from .samples import opened
from .samples import read as records

__all__ = ["array", "arrays", "is_array", "json_lines"]

LONGEST = 1 << 20
"""Symbols of a line at most."""


def is_array(file: str) -> bool:
    """Whether a file's name says that it holds an array, or several: .npy, .npz."""
    return file.removesuffix(".gz").removesuffix(".zst").endswith((".npy", ".npz"))


def array(file: str, wanted: str) -> NDArray[Any]:
    """The one array of a file, of two dimensions; `wanted` says what it should be, such as "[n, dimension], a vector a row".

    Raises BadInput where the file holds something else.
    """
    found = _loaded(file)
    if not isinstance(found, np.ndarray) or found.ndim != 2:
        has = f"an array of {list(found.shape)}" if isinstance(found, np.ndarray) else "several (.npz)"
        raise BadInput(f"{Path(file).name} must hold one array of {wanted}, and holds {has}")
    return found


def arrays(file: str, *names: str) -> list[NDArray[Any]]:
    """Arrays of a .npz by their names, as numpy.savez writes them."""
    found = _loaded(file)
    has = [] if isinstance(found, np.ndarray) else list(found)
    if missing := [name for name in names if name not in has]:
        told = ", ".join(has) if has else "one array without a name (.npy)"
        wanted = " and ".join(names)
        raise BadInput(
            f"{Path(file).name} must hold {wanted}, as numpy.savez writes them; {missing[0]} is not in it: {told}"
        )
    return [found[name] for name in names]


def json_lines(file: str, do: str, done: str) -> list[tuple[int, str]]:
    """The lines of a file with their numbers, blank ones left out.

    Raises BadInput where there is none, or one cannot be read; it says that there is nothing to `do`, and nothing was `done`.
    """
    with opened(file) as stream:
        found = list(records(stream, "lines", LONGEST))
    if not found:
        raise BadInput(f"{file} is empty: there is nothing to {do}; nothing was {done}")
    for record in found:
        if record.error is not None:
            raise BadInput(f"{file}:{record.line}: {record.error}; nothing was {done}")
    return [(record.line, str(record.sample)) for record in found]


def _loaded(file: str) -> NDArray[Any] | dict[str, NDArray[Any]]:
    with opened(file) as stream:
        try:
            found = np.load(BytesIO(stream.read()), allow_pickle=False)
            return found if isinstance(found, np.ndarray) else dict(found)
        except (ValueError, EOFError, OSError, MemoryError, BadZipFile):
            raise BadInput(f"{file} is not an array as numpy.save writes it (nor a .npz)") from None
