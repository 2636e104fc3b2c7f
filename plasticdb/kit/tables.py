"""Tables of columns: how rows travel between stores, working sets and rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Column", "Ints", "Table", "empty", "height"]

Ints = NDArray[np.int64]
Column = NDArray[Any]
"""int64, float64 or object (text, ints that may be None, and vectors and floats as bytes)."""
Table = dict[str, Column]
"""Columns of equal length by name."""


def height(table: Table) -> int:
    """Rows in a table."""
    return len(next(iter(table.values()))) if table else 0


def empty(columns: Mapping[str, str]) -> Table:
    """A table without rows; `columns` maps a name to a schema type."""
    dtype = {"int": np.int64, "float": np.float64}
    return {name: np.empty(0, dtype.get(kind, object)) for name, kind in columns.items()}
