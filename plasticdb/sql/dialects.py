"""How whole columns travel to SQLite and to PostgreSQL: key sets into a query, and rows to insert, update and delete."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, ClassVar, Protocol

import numpy as np
from sqlalchemy import Connection

from ..kit.tables import Column, Ints, Table, height
from ..schema import Property
from . import copying

__all__ = ["Dialect", "PostgreSQL", "SQLite", "dialect"]

sqlite3.register_adapter(np.int64, int)  # which may be in a column of ints and Nones; without a word it would be bytes


class Dialect(Protocol):
    """One statement for any number of rows. `mark` is how a statement marks a parameter."""

    mark: str

    def among(self, column: str) -> str:
        """The condition that a column is among the keys of one parameter, made by `keys`."""

    def keys(self, keys: Ints) -> Any: ...

    pairs: str
    """What pairs of keys are selected from, as k(s, t); they are the parameters made by `ends`."""

    def ends(self, sources: Ints, targets: Ints) -> tuple[Any, ...]: ...

    def insert(self, connection: Connection, table: str, properties: Sequence[Property], rows: Table) -> None: ...

    def append(self, connection: Connection, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
        """Insert rows that are Python's own already."""

    def upsert(
        self, connection: Connection, table: str, key: Sequence[Property], properties: Sequence[Property], rows: Table
    ) -> None:
        """Insert rows, or set `properties` (all that a row must have) in those that are there."""

    def update(
        self, connection: Connection, table: str, key: Sequence[Property], properties: Sequence[Property], rows: Table
    ) -> None:
        """Set `properties` in the rows with these keys."""

    def delete(self, connection: Connection, table: str, key: Sequence[Property], rows: Table) -> None: ...


def dialect(name: str) -> Dialect:
    return SQLite() if name == "sqlite" else PostgreSQL()


def _names(properties: Iterable[Property]) -> list[str]:
    return [p.name for p in properties]


def _beside(properties: Sequence[Property], key: Sequence[Property]) -> list[Property]:
    return [p for p in properties if p not in key]


def _instead(key: Sequence[Property], properties: Sequence[Property]) -> str:
    """What becomes of a row that is there already."""
    sets = ", ".join(f'"{p.name}" = excluded."{p.name}"' for p in _beside(properties, key))
    return f" ON CONFLICT ({quoted(_names(key))}) DO UPDATE SET {sets}"


def quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


AT_ONCE = 50_000
"""Rows that are made Python's own values at a time."""
TOGETHER = 200
"""Rows that one statement of SQLite takes: each statement costs as much as some rows do, and more than these win nothing."""


MANY = 5_000
"""Rows from which on PostgreSQL gets them by COPY."""
STAGED = "plasticdb_staged"
"""The table that they are copied to, of a transaction alone."""


class SQLite:
    """Keys as one JSON array; rows through the driver's executemany, many with each statement, which is prepared once."""

    mark = "?"

    def among(self, column: str) -> str:
        return f'"{column}" IN (SELECT value FROM json_each(?))'

    def keys(self, keys: Ints) -> Any:
        return json.dumps(keys.tolist())

    # CROSS: in this order always, so that each pair is looked up.
    pairs = "(SELECT value ->> 0 AS s, value ->> 1 AS t FROM json_each(?)) AS k CROSS"

    def ends(self, sources: Ints, targets: Ints) -> tuple[Any, ...]:
        return (json.dumps(np.stack([sources, targets], 1).tolist()),)

    def insert(self, connection: Connection, table: str, properties: Sequence[Property], rows: Table) -> None:
        self._together(connection, table, properties, rows)

    def append(self, connection: Connection, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
        self._together_as_they_are(connection, table, columns, [*chain.from_iterable(rows)])

    def upsert(
        self, connection: Connection, table: str, key: Sequence[Property], properties: Sequence[Property], rows: Table
    ) -> None:
        self._together(connection, table, properties, rows, _instead(key, properties))

    def update(
        self, connection: Connection, table: str, key: Sequence[Property], properties: Sequence[Property], rows: Table
    ) -> None:
        values = _beside(properties, key)
        sets = ", ".join(f'"{p.name}" = ?' for p in values)
        where = " AND ".join(f'"{p.name}" = ?' for p in key)
        self._many(connection, f'UPDATE "{table}" SET {sets} WHERE {where}', [*values, *key], rows)

    def delete(self, connection: Connection, table: str, key: Sequence[Property], rows: Table) -> None:
        where = " AND ".join(f'"{p.name}" = ?' for p in key)
        self._many(connection, f'DELETE FROM "{table}" WHERE {where}', key, rows)

    def _many(self, connection: Connection, statement: str, properties: Sequence[Property], rows: Table) -> None:
        for some in _pieces(height(rows)):
            values = (_values(rows[p.name][some.start : some.stop]) for p in properties)
            connection.exec_driver_sql(statement, list(zip(*values, strict=True)))

    def _together(
        self, connection: Connection, table: str, properties: Sequence[Property], rows: Table, instead: str = ""
    ) -> None:
        """Insert rows, with as many to a statement as go together."""
        width, names = len(properties), _names(properties)
        for some in _pieces(height(rows)):
            flat: list[Any] = [None] * (len(some) * width)
            for place, name in enumerate(names):
                flat[place::width] = _values(rows[name][some.start : some.stop])
            self._together_as_they_are(connection, table, names, flat, instead)

    def _together_as_they_are(
        self, connection: Connection, table: str, names: Sequence[str], flat: list[Any], instead: str = ""
    ) -> None:
        """The same of values of all rows, one row behind the other."""
        into, row = f'INSERT INTO "{table}" ({quoted(names)}) VALUES ', f"({', '.join('?' * len(names))})"
        for rows, values in _grouped(flat, len(names), TOGETHER):
            connection.exec_driver_sql(into + ", ".join([row] * rows) + instead, values)


def _pieces(many: int) -> Iterator[range]:
    """Rows, as many at a time as may lie about as Python's own values."""
    return (range(begin, min(begin + AT_ONCE, many)) for begin in range(0, many, AT_ONCE))


def _grouped(flat: list[Any], width: int, together: int) -> Iterator[tuple[int, list[tuple[Any, ...]]]]:
    """The values of rows for statements that take many, and of what is left for those that take one; how many they take."""
    whole = len(flat) - len(flat) % (width * together)
    for rows, values in ((together, flat[:whole]), (1, flat[whole:])):
        if values:
            yield rows, list(zip(*[iter(values)] * (width * rows), strict=True))


class PostgreSQL:
    """Keys and few rows as arrays, unnested by the server; many rows of numbers by COPY into a table of the transaction's."""

    mark = "%s"
    _arrays: ClassVar = {"int": "bigint[]", "float": "double precision[]", "text": "text[]"} | dict.fromkeys(
        ("vector", "floats"), "bytea[]"
    )

    def among(self, column: str) -> str:
        return f'"{column}" = ANY(%s::bigint[])'

    def keys(self, keys: Ints) -> Any:
        return keys.tolist()

    pairs = "unnest(%s::bigint[], %s::bigint[]) AS k(s, t)"

    def ends(self, sources: Ints, targets: Ints) -> tuple[Any, ...]:
        return sources.tolist(), targets.tolist()

    def insert(self, connection: Connection, table: str, properties: Sequence[Property], rows: Table) -> None:
        insert = f'INSERT INTO "{table}" ({quoted(_names(properties))}) SELECT * FROM {{}}'
        self._from(connection, insert, properties, rows)

    def append(self, connection: Connection, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
        if len(rows) >= MANY:
            copying.append(connection, f'COPY "{table}" ({quoted(columns)}) FROM STDIN', rows)
        else:
            marks = ", ".join(["%s"] * len(columns))
            connection.exec_driver_sql(f'INSERT INTO "{table}" ({quoted(columns)}) VALUES ({marks})', rows)

    def upsert(
        self, connection: Connection, table: str, key: Sequence[Property], properties: Sequence[Property], rows: Table
    ) -> None:
        insert = f'INSERT INTO "{table}" ({quoted(_names(properties))}) SELECT * FROM {{}}{_instead(key, properties)}'
        self._from(connection, insert, properties, rows)

    def update(
        self, connection: Connection, table: str, key: Sequence[Property], properties: Sequence[Property], rows: Table
    ) -> None:
        values = _beside(properties, key)
        sets = ", ".join(f'"{p.name}" = v."{p.name}"' for p in values)
        update = f'UPDATE "{table}" AS t SET {sets} FROM {{}} WHERE {self._same(key)}'
        self._from(connection, update, [*values, *key], rows)

    def delete(self, connection: Connection, table: str, key: Sequence[Property], rows: Table) -> None:
        self._from(connection, f'DELETE FROM "{table}" AS t USING {{}} WHERE {self._same(key)}', key, rows)

    def _same(self, key: Sequence[Property]) -> str:
        return " AND ".join(f't."{p.name}" = v."{p.name}"' for p in key)

    def _from(self, connection: Connection, statement: str, properties: Sequence[Property], rows: Table) -> None:
        """Do a statement with the rows as what stands for {} in it, in the columns of v."""
        if height(rows) >= MANY and all(p.type in copying.TYPES for p in properties) and _may_stage(connection):
            numbers, rows = copying.numbers(properties, rows)
            copying.stage(connection, STAGED, properties, numbers)
            connection.exec_driver_sql(statement.format(f'"{STAGED}" AS v'))
            connection.exec_driver_sql(f'DROP TABLE "{STAGED}"')
        if height(rows):
            arrays = ", ".join(f"%s::{self._arrays[p.type]}" for p in properties)
            source = f"unnest({arrays}) AS v({quoted(_names(properties))})"
            connection.exec_driver_sql(statement.format(source), tuple(_values(rows[p.name]) for p in properties))


def _may_stage(connection: Connection) -> bool:
    asked = "SELECT has_database_privilege(current_database(), 'TEMP')"
    return bool(connection.exec_driver_sql(asked).scalar())


def _values(column: Column) -> list[Any]:
    return list(column.tolist())
