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

from ..checks import listed, path, shown
from ..errors import BadInput
from ..files.arrays import array, arrays, is_array, json_lines
from ..files.samples import is_id
from ..kit.texts import did_you_mean
from .features import Features, Samples, checked

__all__ = ["Given", "read", "sample"]

_LINE = '{"x": [...], "y": ..., "id": "..."}'
_TRUTH = {"true": True, "false": False, "True": True, "False": False}
_WHOLE = 2**53
"""Up to here every whole number is a float64."""


@dataclass(frozen=True, slots=True)
class Given:
    """What files hold: samples [n, dimension] or mappings, a label each where they were wanted, and ids where there are any.

    texts: the labels are texts because a CSV has no other.
    """

    samples: Samples
    labels: Sequence[Any]
    ids: Sequence[str] | None = None
    texts: bool = False


def sample(said: str) -> list[Any] | dict[str, Any] | None:
    """One sample as it is typed, a JSON list or a mapping; None where it is the name of a file, or `-`."""
    if not said.lstrip().startswith(("[", "{")):
        return None
    try:
        found: list[Any] | dict[str, Any] = json.loads(said)
    except (ValueError, RecursionError):
        raise BadInput(
            f"{said.strip()[:40]!r} is not a JSON list of numbers, such as [0.5, 1], nor a mapping, such as "
            '{"red": 1, "round": 0.5}'
        ) from None
    return found


def read(files: Sequence[str], label: str | None = None, *, labelled: bool = True, kept: str | None = None) -> Given:
    """All samples of files; raises BadInput, with file and line, where one cannot be read.

    Parameters
    ----------
    files
        JSON lines (.jsonl, .ndjson) `{"x": [...], "y": ..., "id": ...}`, where `x` may be a mapping; .npz with `X` and `y`;
        .npy and CSV, in which the label is a column.
    label
        Of CSV with a header: the label's column; by default the last one.
    labelled
        Whether there are labels. Where there are none to be, a column that is named in `label` is left out.
    kept
        The type of the labels that the memory has: what is written in a CSV is read as that.
    """
    names = [path(f"file {i:,}", file) for i, file in enumerate(listed("files", files), 1)]
    if not names:
        raise BadInput(f"there is no file to {'learn' if labelled else 'ask'}; give at least one")
    parts = [_read(file, label, labelled) for file in names]
    samples = _together([part.samples for part in parts])
    ids = [id for part in parts for id in part.ids or [""] * len(part.samples)]
    if any(ids) and not all(ids):
        raise BadInput('give each sample an "id", or none of them; nothing was learned')
    plain = iter(_typed([name for part in parts if part.texts for name in part.labels], kept))
    labels = [next(plain) if part.texts else name for part in parts for name in part.labels]
    return Given(samples, labels, ids if any(ids) else None)


def _together(parts: Sequence[Samples]) -> Samples:
    """The samples of all files, which must be alike."""
    rows = [part for part in parts if isinstance(part, np.ndarray)]
    mappings = [one for part in parts if not isinstance(part, np.ndarray) for one in part]
    if rows and mappings:
        raise BadInput("some of the files hold numbers and others mappings; give those of one memory")
    widths = sorted({part.shape[1] for part in rows})
    if len(widths) > 1:
        raise BadInput(f"the files hold samples of {' and '.join(map(str, widths))} numbers; give those of one memory")
    return np.concatenate(rows) if rows else mappings


def _read(file: str, label: str | None, labelled: bool) -> Given:
    if is_array(file):
        return _arrays(file, labelled)
    name = file.removesuffix(".gz").removesuffix(".zst")
    lines = json_lines(file, "learn" if labelled else "ask", "learned" if labelled else "asked")
    if name.endswith((".jsonl", ".ndjson", ".json")) or lines[0][1].lstrip().startswith(("{", "[")):
        return _json(file, lines, labelled)
    return _csv(file, lines, label, labelled)


def _arrays(file: str, labelled: bool) -> Given:
    if ".npz" in Path(file).name:
        found = arrays(file, "X", "y") if labelled else arrays(file, "X")
        if found[0].ndim != 2:
            raise BadInput(f"{file} must hold X of [n, dimension], a sample a row, not of {list(found[0].shape)}")
        return Given(found[0], found[1].tolist() if labelled else [])
    if not labelled:
        return Given(array(file, "[n, dimension], a sample a row"), [])
    table = array(file, "[n, dimension + 1], a sample a row and its label last")
    last = table[:, -1:]
    if table.shape[1] < 2 or table.dtype.kind not in "fiu" or not (np.abs(last) < _WHOLE).all() or (last % 1).any():
        raise BadInput(f"{file} must have a whole number as the label in its last column; give a .npz with X and y")
    return Given(table[:, :-1], last[:, 0].astype(np.int64).tolist())


def _json(file: str, lines: Sequence[tuple[int, str]], labelled: bool) -> Given:
    rows: list[NDArray[Any]] = []
    mappings: list[Features] = []
    labels, ids = [], []
    for line, said in lines:
        try:
            found = json.loads(said)
            found = {"x": found} if isinstance(found, list) and not labelled else found
            x, id = found["x"], found.get("id", "")
            if id != "" and not is_id(id):
                raise ValueError
            labels.append(found["y"] if labelled else None)
            if isinstance(x, dict):
                mappings.append(checked(x, f"{file}:{line}"))
            else:
                rows.append(_row(x, len(rows[0]) if rows else None))
            if rows and mappings:
                raise ValueError
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            wanted = _LINE if labelled else 'a list of numbers, or {"x": [...]}'
            raise BadInput(f"{file}:{line}: write {wanted}, with as many numbers as in the others") from None
        ids.append(str(id))
    return Given(np.array(rows) if rows else mappings, labels if labelled else [], ids)


def _row(x: Any, width: int | None) -> NDArray[Any]:
    """The numbers of a sample, as many as the others have; raises ValueError where it is none."""
    one = np.array(x)
    if one.ndim != 1 or one.dtype.kind not in "fiu" or width not in (None, len(one)):
        raise ValueError
    return one


def _csv(file: str, lines: Sequence[tuple[int, str]], label: str | None, labelled: bool) -> Given:
    rows = [_cells(file, line, said) for line, said in lines]
    wanted = rows[0][:-1] if labelled and label is None else rows[0]
    header = label is not None or not (wanted and any(map(_is_number, wanted)))
    at: int | None = len(rows[0]) - 1 if labelled else None
    if label is not None:
        if label not in rows[0]:
            there = ", ".join(rows[0])[:200]
            near = did_you_mean(label, rows[0])
            raise BadInput(f"{file}:1 has no column {shown(label)}{near}; its columns are: {there}")
        at = rows[0].index(label)
    lines, rows = (lines[1:], rows[1:]) if header else (lines, rows)
    if not rows:
        raise BadInput(f"{file} has a header and no samples")
    width = len(rows[0])
    samples = []
    for (line, _), row in zip(lines, rows, strict=True):
        numbers = [cell for i, cell in enumerate(row) if i != at]
        if len(row) != width or not numbers or not all(map(_is_number, numbers)):
            but = " but for the label" if labelled else "; name a column that is none by --label"
            raise BadInput(f"{file}:{line}: write {width} columns, numbers{but}")
        samples.append([float(cell) for cell in numbers])
    labels = [row[at] for row in rows] if labelled and at is not None else []
    return Given(np.array(samples), labels, texts=True)


def _cells(file: str, line: int, said: str) -> list[str]:
    try:
        (row,) = csv.reader([said], skipinitialspace=True, strict=True)
    except (csv.Error, ValueError):  # a quote that does not end here, among others
        raise BadInput(
            f"{file}:{line} is not a line of CSV: a quote that is open, or a cell that is too long"
        ) from None
    return row


def _is_number(cell: str) -> bool:
    try:
        return "_" not in cell and float(cell) == float(cell)
    except ValueError:
        return False


def _typed(labels: Sequence[str], kept: str | None) -> Sequence[Any]:
    """Labels of a CSV: of the type that the memory has; of a new one whole numbers or truth, if all are, and else texts."""
    if kept in (None, "bool") and all(one in _TRUTH for one in labels):
        return [_TRUTH[one] for one in labels]
    if kept in (None, "int") and all(map(_is_whole, labels)):
        return [int(one) for one in labels]
    return labels


def _is_whole(cell: str) -> bool:
    """Whether a number comes back as it is written; 007 is a name."""
    with suppress(ValueError):
        return str(int(cell)) == cell and -(2**63) <= int(cell) < 2**63
    return False
