"""`column IN (many keys)` with one parameter, however many keys there are: SQLite and PostgreSQL each have a way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Text, any_, bindparam, func, select

__all__ = ["among"]


def among(dialect: str, column: ColumnElement[Any], keys: Sequence[int] | Sequence[str]) -> ColumnElement[bool]:
    """The condition that a column's value is among `keys`."""
    if dialect == "sqlite":
        return column.in_(select(func.json_each(json.dumps(keys)).table_valued("value").c.value))
    kind = Text() if keys and isinstance(keys[0], str) else BigInteger()
    return column == any_(bindparam(None, list(keys), ARRAY(kind)))
