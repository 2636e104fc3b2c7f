"""What callers give, checked before anything happens: samples and labels. All of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import label, listed, shown
from ..errors import BadInput
from .events import LabelName, label_type
from .features import HIGHEST, Features, Samples, checked
from .options import LABEL_TYPES, LARGEST_DIMENSION, Options

__all__ = ["given", "given_one", "mappings", "names", "one", "one_name", "samples"]

Floats = NDArray[np.float64]
SO = "; nothing was learned"


def given(found: Any, options: Options, memory: str, so: str = "") -> Samples:
    """Samples as a memory takes them. so: what an error says beside what is wrong."""
    return mappings(found, memory, so) if options.sparse else samples(found, options.dimension, memory, so)


def given_one(found: Any, options: Options, memory: str, so: str = "") -> Samples:
    """One sample, as the only one of several."""
    return mappings([found], memory, so) if options.sparse else one(found, options.dimension, memory, so)


def mappings(found: Any, memory: str, so: str = "") -> list[Features]:
    """Samples that are mappings from features to numbers.

    >>> mappings([{"red": 1}], memory="m")
    [{'red': 1.0}]
    """
    try:
        some = listed("samples", found)
        return [
            checked(value, f"sample {i:,} of {len(some):,}" if len(some) > 1 else "a sample")
            for i, value in enumerate(some, 1)
        ]
    except BadInput as error:
        raise BadInput(f"{memory!r} has sparse samples: {error}{so}") from None


def samples(found: Any, dimension: int | None, memory: str, so: str = "") -> Floats:
    """Samples [n, dimension] as float64; other numbers are converted. so: what an error says beside what is wrong.

    >>> samples([[1, 2]], dimension=2, memory="m").dtype
    dtype('float64')
    """
    wide = "dimension" if dimension is None else dimension
    try:
        given = np.asarray(found)
        if given.dtype.kind not in "fiub":
            raise ValueError
        numbers = np.ascontiguousarray(given, np.float64)
    except (TypeError, ValueError):
        if isinstance(found, list | tuple) and any(isinstance(value, Mapping) for value in found):
            raise _no_mapping(memory, so) from None
        raise BadInput(f"samples must be numbers, an array of [n, {wide}]{so}") from None
    if numbers.ndim == 1 and not numbers.size:
        numbers = numbers.reshape(0, dimension or 1)
    if numbers.ndim != 2 or not 1 <= numbers.shape[1] <= LARGEST_DIMENSION:
        raise BadInput(f"samples must be an array of [n, {wide}], not of {list(numbers.shape)}{so}")
    if dimension not in (None, numbers.shape[1]):
        raise BadInput(f"{memory!r} has samples of {dimension:,} numbers, and these have {numbers.shape[1]:,}{so}")
    sound = (np.abs(numbers) <= HIGHEST).all(axis=1)
    if not sound.all():
        raise BadInput(
            f"sample {int(np.argmin(sound)) + 1:,} of {len(numbers):,} has a number that is not finite (NaN or infinite), or "
            f"beyond {HIGHEST:g}{so}"
        )
    return numbers


def one(found: Any, dimension: int | None, memory: str, so: str = "") -> Floats:
    """One sample [dimension], as an array of one row."""
    if isinstance(found, Mapping):
        raise _no_mapping(memory, so)
    try:
        given = np.asarray(found)
        if given.ndim != 1 or not given.size:
            raise ValueError
    except (TypeError, ValueError):
        raise BadInput(f"a sample must be a list of {dimension or 'its'} numbers, one after the other{so}") from None
    return samples(given[None, :], dimension, memory, so)


def _no_mapping(memory: str, so: str) -> BadInput:
    return BadInput(
        f"{memory!r} has samples of numbers, and no mappings; a memory that is made with features 'sparse' takes these{so}"
    )


def names(found: Any, many: int, kept: str | None, memory: str) -> list[LabelName]:
    """The labels of so many samples, all of one type: that of the labels that the memory has."""
    if isinstance(found, np.ndarray) and found.ndim != 1:
        raise BadInput(f"labels must be a list of {many:,}, one a sample, not an array of {list(found.shape)}{SO}")
    try:
        given = listed("labels", found)
    except BadInput as error:
        raise BadInput(f"{error}{SO}") from None
    if len(given) != many:
        raise BadInput(f"each sample needs a label: there are {many:,} samples and {len(given):,} labels{SO}")
    checked = [one_name(value, f"label {i:,}") for i, value in enumerate(given, 1)]
    types = dict.fromkeys(map(label_type, checked))
    if len(types) > 1:
        raise BadInput(f"labels must be of one type, and these are {' and '.join(types)}{SO}")
    for of in types:
        if kept not in (None, of):
            raise BadInput(f"{memory!r} has labels of type {kept}, and {shown(checked[0])} is {of}{SO}")
    return checked


def one_name(value: Any, what: str = "a label", so: str = SO) -> LabelName:
    """A label: a whole number, a text, or True or False."""
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, str):
        try:
            return label(what, plain)
        except BadInput as error:
            raise BadInput(f"{error}{so}") from None
    if isinstance(plain, bool) or (isinstance(plain, int) and -(2**63) <= plain < 2**63):
        return plain if isinstance(plain, bool) else int(plain)
    raise BadInput(f"{what} must be of type {', '.join(LABEL_TYPES[:-1])} or {LABEL_TYPES[-1]}, not {shown(value)}{so}")
