"""The SQL tables that labels and relationship types declare, and making those of kinds from other packages.

The kinds of this package have migrations, which a test compares with these tables. A kind from another package has none:
what its declaration needs and the database lacks is made here. Nothing is ever removed or changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    inspect,
    text,
)
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable, ExecutableDDLElement
from sqlalchemy.sql.expression import TextClause
from sqlalchemy.types import TypeEngine

from ... import kinds
from ...errors import SchemaBehind, StoreError
from ...schema import KEYS, Node, Property, Relationship
from ...sql import migrations
from ...sql.engine import shown_url
from ...sql.transactions import read, write
from .shelf import firsts

__all__ = ["check", "migrate", "status", "tables"]

_INT = BigInteger().with_variant(Integer, "sqlite")
_BYTES = LargeBinary()
_TYPES: dict[str, TypeEngine[Any]] = {"int": _INT, "float": Float(), "text": Text(), "vector": _BYTES, "floats": _BYTES}


def tables(nodes: Sequence[Node], relationships: Sequence[Relationship]) -> MetaData:
    """The tables of labels, and of relationship types that are no parent relationships."""
    made = MetaData()
    codes = {node.packed.coded for node in nodes if node.packed}
    for node in nodes:
        columns = [_column(p) for p in (*KEYS[1:], *node.properties)]
        if node.packed:
            first = firsts(next(edge for edge in relationships if edge.table == node.packed.edges))
            columns = [Column("memory", _INT, nullable=False), *map(_column, (*node.kept, *first))]
        columns += [Column("parent", _INT)] * bool(node.parent) + [Column("code", _INT, nullable=False)] * (
            node.label in codes
        )
        table = Table(node.table, made, Column("id", _INT, primary_key=True, autoincrement=False), *columns)
        if node.unique:
            column, name = table.c[node.unique], f"{node.table}_{node.unique}"
            there = column.is_not(None) if column.nullable else None
            Index(name, column, unique=True, sqlite_where=there, postgresql_where=there)
        if node.parent and node.downward:
            Index(f"{node.table}_parent", table.c.parent)
        if node.label in codes:
            Index(f"{node.table}_code", table.c.memory, table.c.code, unique=True)
        _index(node, table)
    for edge in relationships:
        ends = [Column(end, _INT, primary_key=True) for end in ("source", "target")]
        _index(edge, Table(edge.table, made, *ends, *map(_column, edge.properties), sqlite_with_rowid=False))
    return made


def _column(p: Property) -> Column[Any]:
    return Column(p.name, _TYPES[p.type], nullable=p.nullable)


def _index(what: Node | Relationship, table: Table) -> None:
    for index in what.indexes:
        by, name = table.c[index.by], f"{table.name}_{index.by}"
        match index.use:
            case "key":
                Index(name, by)
            case "between":
                Index(name, table.c.memory, by, table.c.id)
            case "strongest":
                Index(name, table.c.source, by.desc(), table.c.target)


def status(engine: Engine) -> list[tuple[str, bool]]:
    """Of each kind from another package a name for what it declares, and whether the database has it."""
    foreign = kinds.foreign()
    if not foreign:
        return []
    return read(engine, lambda connection: [(kind.schema, not [*_missing(connection, kind)]) for kind in foreign])


def check(engine: Engine) -> None:
    """Raise SchemaBehind where the tables of such a kind are missing; in a SQLite file they are made instead."""
    missing = [name for name, applied in status(engine) if not applied]
    if missing and engine.dialect.name == "sqlite":
        try:
            migrate(engine)
        except StoreError as error:
            names = ", ".join(kind.name for kind in kinds.foreign() if kind.schema in missing)
            raise StoreError(f"the tables of {names} memories cannot be made: {error}") from None
    elif missing:
        raise SchemaBehind(
            f"{shown_url(engine.url)} lacks tables of {', '.join(missing)}; make them: run `plasticdb migrate up` with the "
            "same --db and --journal"
        )


def migrate(engine: Engine) -> list[str]:
    """Make what is missing in one transaction; the names of the kinds that lacked something."""
    foreign = kinds.foreign()

    def up(connection: Connection) -> list[str]:
        migrations.alone(connection)
        done = []
        for kind in foreign:
            statements = list(_missing(connection, kind))
            for statement in statements:
                connection.execute(statement)
            done += [kind.schema] * bool(statements)
        return done

    return write(engine, up) if foreign else []


def _missing(connection: Connection, kind: kinds.Kind) -> Iterator[ExecutableDDLElement | TextClause]:
    """The statements that make what a kind declares and the database lacks."""
    found = inspect(connection)
    there = set(found.get_table_names())
    for table in tables(kind.nodes, [edge for edge in kind.relationships if edge in kinds.tables()]).sorted_tables:
        if table.name not in there:
            yield CreateTable(table)
            yield from map(CreateIndex, table.indexes)
            continue
        columns = {column["name"] for column in found.get_columns(table.name)}
        for column in table.columns:
            if column.name not in columns and not column.nullable:
                raise StoreError(
                    f"the table {table.name} is there, but has no column {column.name}, which {kind.name} memories need; "
                    "declare that it may be missing (nullable), or another table (stored)"
                )
            if column.name not in columns:
                added = CreateColumn(column).compile(dialect=connection.dialect)
                yield text(f'ALTER TABLE "{table.name}" ADD COLUMN {added}')
        indexes = {index["name"] for index in found.get_indexes(table.name)}
        yield from (CreateIndex(index) for index in table.indexes if index.name not in indexes)
