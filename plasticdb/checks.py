"""Checks of arguments. They make values plain: numpy's numbers and texts become Python's.

Each check returns the value, or raises BadInput, which says what the value was and what to pass. `what` names it.
"""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np

from .errors import BadInput
from .kit.sizes import size
from .kit.texts import is_text
from .waiting import LONGEST_WAIT

__all__ = [
    "LONGEST_LABEL",
    "amount",
    "called",
    "flag",
    "label",
    "labels",
    "listed",
    "number",
    "one_of",
    "optional",
    "parameters",
    "path",
    "plain",
    "sample",
    "seconds",
    "shown",
    "text",
    "whole",
]

T = TypeVar("T")
P = ParamSpec("P")

LONGEST_LABEL = 2000
"""Bytes of a source's name or an external id at most: PostgreSQL's indexes take no more than 2,704."""
_NAME = 255
"""Bytes of a file's name at most."""
DEEPEST = 1000
"""Lists in lists that are looked into: JSON takes no more."""
_WIDE = 60
"""Characters of a value that a message shows at most."""


def shown(value: object) -> str:
    """A value as a message shows it: short values as they are written, others by their type."""
    if value is None or isinstance(value, bool | int | float | np.bool_ | np.integer | np.floating):
        return str(value) if not isinstance(value, int) or value.bit_length() < 200 else "a number of many digits"
    if isinstance(value, str):
        return repr(str.__str__(value) if len(value) <= _WIDE else f"{value[:_WIDE]}...")
    kind = type(value).__name__
    return f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"


def optional(
    check: Callable[Concatenate[str, Any, P], T], what: str, value: Any, *how: P.args, **by: P.kwargs
) -> T | None:
    """None, or what a check returns.

    >>> optional(whole, "top", None, 0) is None
    True
    """
    return None if value is None else check(what, value, *how, **by)


def whole(what: str, value: Any, lowest: int | None = None, highest: int | None = None) -> int:
    """A whole number.

    >>> whole("top", np.int64(3), 0)
    3
    >>> whole("top", -1, 0)
    Traceback (most recent call last):
    plasticdb.errors.BadInput: top must be a whole number, 0 or more, not -1
    """
    found: int | None = None
    with suppress(Exception):  # whatever a stranger's __index__ raises
        found = None if isinstance(value, bool) else operator.index(value)
    if (
        found is None
        or found < (found if lowest is None else lowest)
        or found > (found if highest is None else highest)
    ):
        within = (
            "" if lowest is None else f", {lowest:,} or more" if highest is None else f" from {lowest:,} to {highest:,}"
        )
        raise BadInput(f"{what} must be a whole number{within}, not {shown(value)}")
    return found


def amount(what: str, value: Any) -> int:
    """An amount of memory, in bytes: a number, or a text with a unit.

    >>> amount("max_memory", "1GB"), amount("max_memory", 5)
    (1000000000, 5)
    """
    if not isinstance(value, str):
        return whole(what, value, 1)
    try:
        return size(value)
    except ValueError as error:
        raise BadInput(f"{what}: {error}") from None


def number(what: str, value: Any, wanted: str = "a number", fits: Callable[[float], bool] = math.isfinite) -> float:
    """A number that `fits`; `wanted` says in words which numbers do.

    >>> number("temperature", np.float32(0.5))
    0.5
    >>> number("temperature", float("nan"))
    Traceback (most recent call last):
    plasticdb.errors.BadInput: temperature must be a number, not nan
    """
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        try:
            found = float(value)
        except OverflowError:
            found = math.inf
        if fits(found):
            return found
    raise BadInput(f"{what} must be {wanted}, not {shown(value)}")


def seconds(what: str, value: Any) -> float:
    """A time to wait, in seconds."""
    return number(what, value, f"a number of seconds from 0 to {LONGEST_WAIT:,}", lambda s: 0 <= s <= LONGEST_WAIT)


def flag(what: str, value: Any) -> bool:
    """True or False."""
    if not isinstance(value, bool | np.bool_):
        raise BadInput(f"{what} must be True or False, not {shown(value)}")
    return bool(value)


def text(what: str, value: Any) -> str:
    """A text that every database keeps: whole characters, and no NUL."""
    if not isinstance(value, str):
        raise BadInput(f"{what} must be a text, not {shown(value)}")
    if not is_text(value):
        raise BadInput(f"{what} has half of a character (a surrogate), which UTF-8 cannot write: {shown(value)}")
    if "\x00" in value:
        raise BadInput(f"{what} has the character U+0000, which a database does not keep: {shown(value)}")
    return str.__str__(value)  # of numpy's str_ the str


def label(what: str, value: Any) -> str:
    """A text by which something is found: not empty, and short enough for every database's index."""
    found = text(what, value)
    if not found or len(found.encode()) > LONGEST_LABEL:
        raise BadInput(f"{what} must have 1 to {LONGEST_LABEL:,} bytes as UTF-8, not {shown(value)}")
    return found


def one_of(what: str, value: Any, choices: Iterable[str]) -> str:
    """One of some texts."""
    if not isinstance(value, str) or value not in choices:
        raise BadInput(f"unknown {what} {shown(value)}; choose one of {', '.join(choices)}")
    return str.__str__(value)


def called(what: str, value: Any) -> Any:
    """A function, or anything else that can be called."""
    if not callable(value):
        raise BadInput(f"{what} must be a function, not {shown(value)}")
    return value


def listed(what: str, values: Any) -> list[Any]:
    """The parts of a list, or of any other iterable but a text."""
    if isinstance(values, str | bytes | bytearray | os.PathLike | Mapping) or not hasattr(type(values), "__iter__"):
        one = "one text" if isinstance(values, str | bytes) else shown(values)
        raise BadInput(f"{what} must be a list of {what}, such as [{_like(values)}], not {one}")
    if isinstance(values, np.ndarray):
        if not values.ndim:
            raise BadInput(f"{what} must be a list of {what}, not {shown(values.item())}")
        texts = values.ndim == 1 and values.dtype.kind in "OSTU"
        return values.tolist() if texts else list(values)
    if callable(column := getattr(values, "to_pylist", None)):  # Arrow's columns
        return list(column())
    return list(values)


def _like(value: Any) -> str:
    return repr(value[:20]) if isinstance(value, str | bytes) else "..."


def labels(what: str, values: Any) -> list[str]:
    """A list of labels."""
    return [label(f"{what} {i:,}", value) for i, value in enumerate(listed(f"{what}s", values), 1)]


def sample(value: Any) -> Any:
    """A sample as tokenizers take it: a text, bytes, or a list of symbols."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bytes):
        return value
    if isinstance(value, Mapping) or not hasattr(type(value), "__iter__") or not getattr(value, "ndim", 1):
        raise BadInput(f"a sample must be a text or a list of symbols, not {shown(value)}")
    return list(value)


def path(what: str, value: Any) -> str:
    """A path or an address, as text. A file's name may have bytes that are not UTF-8."""
    if not isinstance(value, str | os.PathLike):
        raise BadInput(f"{what} must be a path, not {shown(value)}")
    found = os.fspath(value)
    try:
        longest = max(map(len, os.fsencode(found).split(b"/")))
        if isinstance(found, str) and "\x00" not in found and (longest <= _NAME or "://" in found):
            return str.__str__(found)
    except UnicodeEncodeError:
        pass
    raise BadInput(f"{what} must be a path (no U+0000, and no name of more than {_NAME} bytes), not {shown(found)}")


def plain(value: Any) -> Any:
    """A value in which numpy's numbers, texts and arrays are Python's. Everything else stays as it is.

    >>> plain({"ids": np.array([1, 2]), "least": np.float32(0.5)})
    {'ids': [1, 2], 'least': 0.5}
    """
    made = [value]
    left: list[tuple[Any, Any, int]] = [(made, 0, 0)]  # places whose value is to be made plain: nothing calls itself
    while left:
        where, key, depth = left.pop()
        one = where[key]
        if isinstance(one, np.generic | np.ndarray):
            one = where[key] = one.tolist()
        if isinstance(one, list | tuple):
            one = list(one)
        elif isinstance(one, Mapping):
            one = {name.item() if isinstance(name, np.generic) else name: part for name, part in one.items()}
        else:
            continue
        if depth > DEEPEST:
            raise RecursionError
        where[key] = one
        left += ((one, key, depth + 1) for key in (one if isinstance(one, dict) else range(len(one))))
    return made[0]


def parameters(values: Any) -> dict[str, Any]:
    """A query's parameters by name; which values may be is checked with the query."""
    if not isinstance(values, Mapping):
        raise BadInput(f"parameters are values by name, such as {{'text': 'em'}}, not {shown(values)}")
    found = {}
    for name, value in values.items():
        called = text("a parameter's name", name)
        try:
            found[called] = plain(value)
        except RecursionError:
            raise BadInput(f"query: the value of ${called} is nested too deeply") from None
    return found
