"""Reading samples with their labels from files: CSV, JSON lines, .npz and .npy. What cannot be read is said by line."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput
from ..files.arrays import array, arrays, is_array, json_lines
from ..files.samples import is_id

__all__ = ["Given", "read", "sample"]

_LINE = '{"x": [...], "y": ..., "id": "..."}'
_TRUTH = {"true": True, "false": False, "True": True, "False": False}


@dataclass(frozen=True, slots=True)
class Given:
    """What files hold: samples [n, dimension], a label each where they were wanted, and ids where there are any."""

    samples: NDArray[Any]
    labels: Sequence[Any]
    ids: Sequence[str] | None = None


def sample(said: str) -> list[Any] | None:
    """One sample as it is typed, a JSON list; None where it is the name of a file, or `-`."""
    if not said.lstrip().startswith("["):
        return None
    try:
        found: list[Any] = json.loads(said)
    except (ValueError, RecursionError):
        raise BadInput(f"{said.strip()[:40]!r} is not a JSON list of numbers, such as [0.5, 1]") from None
    return found


def read(files: Sequence[str], label: str | None = None, *, labelled: bool = True, kept: str | None = None) -> Given:
    """All samples of files; raises BadInput, with file and line, where one cannot be read.

    Parameters
    ----------
    files
        JSON lines (.jsonl, .ndjson) `{"x": [...], "y": ..., "id": ...}`; .npz with `X` and `y`; .npy and CSV, in which the
        label is a column.
    label
        Of CSV with a header: the label's column; by default the last one.
    labelled
        Whether there are labels. Where there are none to be, a column that is named in `label` is left out.
    kept
        The type of the labels that the memory has: what is written in a CSV is read as that.
    """
    parts = [_read(file, label, labelled, kept) for file in files]
    widths = sorted({part.samples.shape[1] for part in parts})
    if len(widths) > 1:
        raise BadInput(f"the files hold samples of {' and '.join(map(str, widths))} numbers; give those of one memory")
    ids = [id for part in parts for id in part.ids or [""] * len(part.samples)]
    if any(ids) and not all(ids):
        raise BadInput('give each sample an "id", or none of them; nothing was learned')
    labels = [name for part in parts for name in part.labels]
    return Given(np.concatenate([part.samples for part in parts]), labels, ids if any(ids) else None)


def _read(file: str, label: str | None, labelled: bool, kept: str | None) -> Given:
    if is_array(file):
        return _arrays(file, labelled)
    name = file.removesuffix(".gz").removesuffix(".zst")
    lines = json_lines(file, "learn" if labelled else "ask", "learned" if labelled else "asked")
    if name.endswith((".jsonl", ".ndjson", ".json")) or lines[0][1].lstrip().startswith(("{", "[")):
        return _json(file, lines, labelled)
    return _csv(file, lines, label, labelled, kept)


def _arrays(file: str, labelled: bool) -> Given:
    if ".npz" in Path(file).name:
        found = arrays(file, "X", "y") if labelled else arrays(file, "X")
        if found[0].ndim != 2:
            raise BadInput(f"{file} must hold X of [n, dimension], a sample a row, not of {list(found[0].shape)}")
        return Given(found[0], found[1].tolist() if labelled else [])
    if not labelled:
        return Given(array(file, "[n, dimension], a sample a row"), [])
    table = array(file, "[n, dimension + 1], a sample a row and its label last")
    last = table[:, -1]
    if table.shape[1] < 2 or not (last == np.rint(last)).all():
        raise BadInput(f"{file} must have a whole number as the label in its last column; give a .npz with X and y")
    return Given(table[:, :-1], last.astype(np.int64).tolist())


def _json(file: str, lines: Sequence[tuple[int, str]], labelled: bool) -> Given:
    samples: list[NDArray[Any]] = []
    labels, ids = [], []
    for line, said in lines:
        try:
            found = json.loads(said)
            found = {"x": found} if isinstance(found, list) and not labelled else found
            one, id = np.array(found["x"]), found.get("id", "")
            if one.ndim != 1 or one.dtype.kind not in "fiu" or (samples and len(one) != len(samples[0])):
                raise ValueError
            if id != "" and not is_id(id):
                raise ValueError
            labels.append(found["y"] if labelled else None)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            wanted = _LINE if labelled else 'a list of numbers, or {"x": [...]}'
            raise BadInput(f"{file}:{line}: write {wanted}, with as many numbers as in the others") from None
        samples.append(one)
        ids.append(str(id))
    return Given(np.array(samples), labels if labelled else [], ids)


def _csv(file: str, lines: Sequence[tuple[int, str]], label: str | None, labelled: bool, kept: str | None) -> Given:
    rows = list(csv.reader(said for _, said in lines))
    header = rows[0] if label is not None or not _numbers(rows[0][:-1] if labelled else rows[0]) else None
    at: int | None = len(rows[0]) - 1 if labelled else None
    if label is not None:
        if label not in rows[0]:
            raise BadInput(f"{file}:1 has no column {label!r}; its columns are: {', '.join(rows[0])[:200]}")
        at = rows[0].index(label)
    lines, rows = (lines, rows) if header is None else (lines[1:], rows[1:])
    if not rows:
        raise BadInput(f"{file} has a header and no samples")
    width = len(rows[0])
    samples = []
    for (line, _), row in zip(lines, rows, strict=True):
        numbers = [cell for i, cell in enumerate(row) if i != at]
        if len(row) != width or not numbers or not _numbers(numbers):
            raise BadInput(f"{file}:{line}: write {width} columns, numbers but for the label")
        samples.append([float(cell) for cell in numbers])
    labels = [row[at] for row in rows] if labelled and at is not None else []
    return Given(np.array(samples), _typed(labels, kept))


def _numbers(cells: Sequence[str]) -> bool:
    try:
        return all(float(cell) == float(cell) for cell in cells)
    except ValueError:
        return False


def _typed(labels: Sequence[str], kept: str | None) -> Sequence[Any]:
    """Labels of a CSV: of the type that the memory has; of a new one whole numbers or truth, if all are, and else texts."""
    if kept in (None, "bool") and all(one in _TRUTH for one in labels):
        return [_TRUTH[one] for one in labels]
    if kept in (None, "int"):
        with suppress(ValueError):
            return [int(one) for one in labels]
    return labels
