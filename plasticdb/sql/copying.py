"""Rows of numbers as PostgreSQL's COPY takes them: its binary format, made of whole columns.

As arrays of a statement they take a hundred times as long here, and several times as long on the server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from ..kit.tables import Ints, Table, height
from ..schema import Property

__all__ = ["TYPES", "append", "numbers", "stage"]

TYPES = {"int": "bigint", "float": "double precision"}
AT_ONCE = 100_000
"""Rows that are put together at a time."""
_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TAIL = b"\xff\xff"
_VALUES = {"int": ">i8", "float": ">f8"}


def numbers(properties: Sequence[Property], rows: Table) -> tuple[Table, Table]:
    """Rows in which nothing is missing, as numbers; and the others."""
    missing = np.zeros(height(rows), bool)
    for p in properties:
        if rows[p.name].dtype == object:
            missing |= rows[p.name] == None  # noqa: E711 (of each)
    whole = np.flatnonzero(~missing)
    dtypes = {"int": np.int64, "float": np.float64}
    there = {p.name: _of(rows[p.name], whole).astype(dtypes[p.type], copy=False) for p in properties}
    return there, {p.name: rows[p.name][missing] for p in properties}


def _of(column: Any, whole: Ints) -> Any:
    return column if len(whole) == len(column) else column[whole]


def stage(connection: Connection, table: str, properties: Sequence[Property], rows: Table) -> None:
    """Make a table that ends with the transaction, and put the rows into it."""
    columns = ", ".join(f'"{p.name}" {TYPES[p.type]}' for p in properties)
    connection.exec_driver_sql(f'CREATE TEMP TABLE "{table}" ({columns}) ON COMMIT DROP')
    pieces = binary(properties, rows)
    _copy(connection, f'COPY "{table}" FROM STDIN (FORMAT BINARY)', lambda copy: [*map(copy.write, pieces)])
    connection.exec_driver_sql(f'ANALYZE "{table}"')  # or it would be taken for a small one, and joined row by row


def append(connection: Connection, statement: str, rows: list[tuple[Any, ...]]) -> None:
    """Copy rows of Python's own values into a table."""
    _copy(connection, statement, lambda copy: [*map(copy.write_row, rows)])


def _copy(connection: Connection, statement: str, write: Callable[[Any], object]) -> None:
    """Do it past SQLAlchemy, that has no COPY, and say of an error what it would say."""
    raw: Any = connection.connection.dbapi_connection
    refused: Any = connection.dialect.loaded_dbapi.Error
    try:
        with raw.cursor() as cursor, cursor.copy(statement) as copy:
            write(copy)
    except refused as error:
        lost = connection.dialect.is_disconnect(error, raw, None)
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(statement, None, error, refused, connection_invalidated=lost) from error


def binary(properties: Sequence[Property], rows: Table) -> Iterator[bytes]:
    """The rows in pieces: of each how many fields it has, and of each field its size and its value."""
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for i, p in enumerate(properties):
        fields += [(f"size{i}", ">i4"), (f"value{i}", _VALUES[p.type])]
    yield _HEAD
    for begin in range(0, height(rows), AT_ONCE):
        some = slice(begin, begin + AT_ONCE)
        piece = np.empty(min(AT_ONCE, height(rows) - begin), np.dtype(fields))
        piece["fields"] = len(properties)
        for i, p in enumerate(properties):
            piece[f"size{i}"] = 8
            piece[f"value{i}"] = rows[p.name][some]
        yield piece.tobytes()
    yield _TAIL
