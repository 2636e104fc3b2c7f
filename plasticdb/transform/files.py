"""Reading from files what is written and asked: keys with values, as JSON lines and .npy. What cannot be read is said by line."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput, BadMemory
from ..files.arrays import array, arrays, is_array, json_lines
from ..files.samples import is_id

__all__ = ["Given", "queries", "query", "read", "save", "single", "write"]

_PAIR = '{"key": [...], "value": [...], "payload": ..., "id": "..."}'


@dataclass(frozen=True, slots=True)
class Given:
    """What files hold: keys [m, n] and values [m, d]; payloads and external ids, one each, where there are any."""

    keys: NDArray[Any]
    values: NDArray[Any]
    payloads: Sequence[Any] | None = None
    ids: Sequence[str | None] | None = None


def read(files: Sequence[str], keys: str | None = None, values: str | None = None) -> Given:
    """All pairs of files; raises BadInput, with file and line, where one cannot be read.

    files: JSON lines, or .npz with `keys` and `values`. keys, values: a .npy each, in place of files.
    """
    if keys is not None or values is not None:
        if keys is None or values is None or files:
            raise BadInput("give --keys and --values, an array each, and no other files; nothing was written")
        return Given(array(keys, "[m, numbers], a key a row"), array(values, "[m, numbers], a value a row"))
    parts = [_arrays(file) if is_array(file) else _lines(file) for file in files]
    for what in ("keys", "values"):
        widths = {getattr(part, what).shape[1:] for part in parts}
        if len(widths) > 1:
            sizes = " and ".join(str(list(one)) for one in sorted(widths))
            raise BadInput(f"the files hold {what} of unlike shapes, a row: {sizes}; nothing was written")
    payloads = [one for part in parts for one in part.payloads or [None] * len(part.keys)]
    ids = [one for part in parts for one in part.ids or [None] * len(part.keys)]
    named = any(one is not None for one in ids)
    if named and None in ids:
        raise BadInput('give each pair an "id", or none of them; nothing was written')
    return Given(
        np.concatenate([part.keys for part in parts]),
        np.concatenate([part.values for part in parts]),
        payloads if any(one is not None for one in payloads) else None,
        ids if named else None,
    )


def query(said: str) -> Any | None:
    """One query or several, as they are typed: a JSON list. None where it is the name of a file, or `-`."""
    if not said.lstrip().startswith(("[", "{")):
        return None
    try:
        value = json.loads(said)
    except (ValueError, RecursionError):
        raise BadInput(f"{said.strip()[:40]!r} is not a JSON list of numbers, such as [0.5, 1]") from None

    def refuse() -> NoReturn:
        _refused(said.strip()[:40], "a JSON list of numbers, such as [0.5, 1]")

    found = _key(value, refuse)
    for row in found if found and isinstance(found[0], list) else [found]:
        if isinstance(row, list) and bool in {*map(type, row)}:  # numpy takes true for 1
            refuse()
    return found


def single(said: str) -> Any:
    """One query, as it is typed: a JSON list, or an object with a `key`."""
    found = query(said)
    return _refused(said.strip()[:40], "a JSON list of numbers, such as [0.5, 1]") if found is None else found


def queries(file: str) -> NDArray[Any]:
    """The queries of a file [m, n]: a .npy, or JSON lines, each a list or an object with a `key`."""
    if is_array(file):
        return array(file, "[m, key_dimension], a query a row")
    found: list[Any] = []
    for line, said in json_lines(file, "read", "read"):

        def refuse(at: str = f"{file}:{line}") -> NoReturn:
            raise BadInput(f'{at}: write a list of numbers, or {{"key": [...]}}, all of one length; nothing was read')

        try:
            one = _row(_key(json.loads(said), refuse))
        except (ValueError, RecursionError):
            refuse()
        if found and len(one) != len(found[0]):
            refuse()
        found.append(one)
    return np.array(found)


def _refused(said: str, wanted: str) -> NoReturn:
    raise BadInput(f"{said!r} is not {wanted}")


def _key(value: Any, refuse: Callable[[], NoReturn]) -> Any:
    if isinstance(value, dict):
        value = value.get("key")
    return value if isinstance(value, list) else refuse()


def _row(value: Any) -> NDArray[Any]:
    """The numbers of a JSON list; raises ValueError where it is none, or one is no number: numpy takes true for 1."""
    found = np.array(value)
    if found.ndim != 1 or not found.size or found.dtype.kind not in "fiu" or bool in {*map(type, value)}:
        raise ValueError
    return found


def _arrays(file: str) -> Given:
    if not file.removesuffix(".gz").removesuffix(".zst").endswith(".npz"):
        raise BadInput(f"{file} is one array: give --keys and --values, a .npy each; nothing was written")
    keys, values = arrays(file, "keys", "values")
    if keys.ndim != 2 or values.ndim != 2:
        shapes = f"{list(keys.shape)} and {list(values.shape)}"
        raise BadInput(
            f"{file} must hold keys and values of [m, numbers], a pair a row, not of {shapes}; nothing was written"
        )
    return Given(keys, values)


def _lines(file: str) -> Given:
    keys: list[NDArray[Any]] = []
    values: list[NDArray[Any]] = []
    payloads: list[Any] = []
    ids: list[str | None] = []
    for line, said in json_lines(file, "write", "written"):
        try:
            pair = json.loads(said)
            key, value, name = _row(pair["key"]), _row(pair["value"]), pair.get("id")
            for one, before in ((key, keys), (value, values)):
                if before and len(one) != len(before[0]):
                    raise ValueError
            if not (name is None or is_id(name)):
                raise ValueError
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise BadInput(
                f"{file}:{line}: write {_PAIR}, all keys of one length and all values of one; nothing was written"
            ) from None
        for what, one in (("key", key), ("value", value)):
            if not np.isfinite(one).all():
                raise BadInput(f"{file}:{line}: the {what} has a number that is not finite; nothing was written")
        keys.append(key)
        values.append(value)
        payloads.append(pair.get("payload"))
        ids.append(None if name is None else str(name))
    return Given(np.array(keys), np.array(values), payloads, ids)


class Memory(Protocol):
    """A transform memory, as far as it matters here."""

    @property
    def options(self) -> Any: ...

    def write(self, keys: Any, values: Any, stream: str | None, payload: Any, **how: Any) -> Any: ...


def write(
    open_memory: Callable[..., Memory],
    files: Sequence[str],
    keys: str | None,
    values: str | None,
    options: Mapping[str, Any],
    *,
    stream: str | None = None,
    source: str | None = None,
    operation: str | None = None,
) -> Any:
    """Write what files hold; a new memory gets the dimensions of the first pair.

    Parameters
    ----------
    open_memory
        Opens the memory, and makes it with the options that it is called with.
    files, keys, values
        As in `read`.
    options
        Of the memory, by name; None: as it is, or by default.
    stream, source, operation
        As in `TransformMemory.write`.

    Returns
    -------
    list[int]
        What `TransformMemory.write` gives.

    Raises
    ------
    BadInput
        A file cannot be read, or holds what the memory does not take; nothing was written.
    """
    found = read(files, keys, values)
    made = {name: value for name, value in options.items() if value is not None}
    known: Any = None
    with suppress(BadMemory):  # it is made now
        known = open_memory().options
    if known is None:
        made = {"key_dimension": found.keys.shape[1], "value_dimension": found.values.shape[1]} | made
    memory = open_memory(**made)
    return memory.write(
        found.keys,
        found.values,
        stream,
        found.payloads,
        external_ids=found.ids,
        source=source,
        operation=operation,
    )


def save(file: str, rows: NDArray[Any]) -> None:
    """Write rows as numpy.save does, under exactly that name."""
    with Path(file).open("wb") as kept:
        np.save(kept, rows)
