"""The graph in SQL: SQLite (the embedded default) and PostgreSQL, by the same code.

A label is a table, its parent relationship a column `parent`, and every other relationship type a table with the key
(source, target). Statements are made from `schema.py`; keys and rows travel as whole columns, one statement each.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from ..errors import Collision, WrongJournal
from ..files.folders import throw_away
from ..kinds import hanging, labels, nodes, relationships, tables
from ..kit.tables import Ints, Table, height
from ..schema import Node, Property, Relationship, check_index
from ..sql import migrations
from ..sql.dialects import dialect, quoted
from ..sql.engine import TIMEOUT, close, connect, renew, shown_url, sql_url
from ..sql.transactions import glance, read, truncate_log, write
from ..sql.vacuum import vacuum
from . import declared
from .store import CLEARING, Changes, GraphMemory

__all__ = ["SQLStore", "memories"]

_DTYPES = {"int": np.int64, "float": np.float64, "text": object, "vector": object}
_ID = Property("id", "int", "the key")
_MEMORY = Property("memory", "text", "the memory's name")
_PARENT = Property("parent", "int", "the more general concept", nullable=True)
_MEMORIES = "SELECT name, kind, position, batch, totals FROM graph_memory"
_OF = "memory || ''"
"""The memory's name, for a condition that no index is chosen by: SQLite would take one on it for better than the key."""
_UNITED = 100
"""Queries that are united to one at most; SQLite takes 500."""
_ENDS = (Property("source", "int", "from"), Property("target", "int", "to"))


class Beside(Protocol):
    """What is closed with a store."""

    def close(self) -> None: ...


class SQLStore:
    """A GraphStore in a SQL database. `connect` opens one; an engine may also be shared with the journal."""

    most_rows = 20_000_000  # for what a process holds; a transaction has no bound

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._dialect = dialect(engine.dialect.name)
        self.beside: Beside | None = None
        """What asks a copy of this graph; it is closed with the store, and left to the parent in a fork."""

    @classmethod
    def connect(cls, url: str, timeout: float = TIMEOUT) -> SQLStore:
        return cls(connect(sql_url(url), timeout))

    def check(self, journal: str, *, patient: bool = True) -> None:
        migrations.check(self.engine, "graph")
        declared.check(self.engine)
        kept = text("SELECT journal FROM graph")

        def keep(connection: Connection) -> Any:
            mine = text("INSERT INTO graph (id, journal) VALUES (1, :journal) ON CONFLICT (id) DO NOTHING")
            connection.execute(mine, {"journal": journal})
            return connection.execute(kept).scalar()

        known = read(self.engine, lambda connection: connection.execute(kept).scalar())
        if known is None:
            known = write(self.engine, keep)
        if known != journal:
            raise WrongJournal(
                f"the graph in {shown_url(self.engine.url)} was made from the journal {str(known)[:8]} and not from this one "
                f"({journal[:8]}); give its own journal with --journal, or another --db"
            )

    def migrations(self) -> list[tuple[str, bool]]:
        return migrations.status(self.engine, "graph") + declared.status(self.engine)

    def migrate(self) -> list[str]:
        return migrations.migrate(self.engine, "graph") + declared.migrate(self.engine)

    def memory(self, name: str) -> GraphMemory | None:
        mine = f"{_MEMORIES} WHERE name = {self._dialect.mark}"
        rows = glance(self.engine, mine, (name,))
        return _found(rows[0]) if rows else None

    def create(self, name: str, kind: str) -> None:
        made = "INSERT INTO graph_memory (name, kind, position, batch, totals) VALUES (:name, :kind, 0, :batch, '{}')"
        values = {"name": name, "kind": kind, "batch": uuid.uuid4().hex}
        new = text(made + " ON CONFLICT (name) DO NOTHING")
        write(self.engine, lambda connection: connection.execute(new, values))

    def fetch(self, memory: str, node: Node, by: str, keys: Ints, columns: Sequence[str]) -> Table:
        node.check_key(by)
        properties = _named(node, columns)
        if not len(keys):
            return _columns([], properties)
        among = self._dialect.among(by)
        asked = f"SELECT {quoted(columns)} FROM {_from(node)} WHERE {among} AND {_OF} = {self._dialect.mark}"
        if by == node.unique:
            asked += f" AND {by} IS NOT NULL"  # the index of the unique key holds nothing else
        return self._read(asked, (self._dialect.keys(keys), memory), properties)

    def edges(self, memory: str, relationship: Relationship, sources: Ints) -> Table:
        properties = (*_ENDS, *relationship.properties)
        if not len(sources):
            return _columns([], properties)
        names, whence = quoted(p.name for p in properties), _from(relationship)
        asked = f"SELECT {names} FROM {whence} AS e WHERE {self._dialect.among('source')}"
        return self._read(asked, (self._dialect.keys(sources),), properties)

    def subtree(self, memory: str, node: Node, roots: Ints, columns: Sequence[str]) -> Table:
        node.check_key("parent")
        asked = (
            f"WITH RECURSIVE below(id) AS (SELECT id FROM {_from(node)} WHERE {self._dialect.among('parent')} "
            f"UNION SELECT n.id FROM {_from(node)} n JOIN below ON n.parent = below.id) "
            f"SELECT {quoted(columns)} FROM {_from(node)} WHERE id IN (SELECT id FROM below) AND memory = {self._dialect.mark}"
        )
        return self._read(asked, (self._dialect.keys(roots), memory), _named(node, columns))

    def scan_nodes(self, memory: str, node: Node, columns: Sequence[str], rows: int = 50_000) -> Iterator[Table]:
        mark, names = self._dialect.mark, list(dict.fromkeys([*columns, "id"]))
        asked = (
            f"SELECT {quoted(names)} FROM {_from(node)} WHERE id > {mark} AND {_OF} = {mark} ORDER BY id LIMIT {rows}"
        )
        last = -1
        while height(table := self._read(asked, (last, memory), _named(node, names))):
            last = int(table["id"][-1])
            yield {name: table[name] for name in columns}

    def scan_edges(self, memory: str, relationship: Relationship, rows: int = 50_000) -> Iterator[Table]:
        mark, properties = self._dialect.mark, (*_ENDS, *relationship.properties)
        names = ", ".join(f'e."{p.name}"' for p in properties)
        asked = (
            f"SELECT {names} FROM {_from(relationship)} e {_owned(relationship)} "
            f"WHERE (e.source, e.target) > ({mark}, {mark}) AND n.memory = {mark} ORDER BY e.source, e.target LIMIT {rows}"
        )
        last = (-1, -1)
        while height(table := self._read(asked, (*last, memory), properties)):
            last = (int(table["source"][-1]), int(table["target"][-1]))
            yield table

    def between(
        self,
        memory: str,
        node: Node,
        by: str,
        low: float,
        high: float,
        columns: Sequence[str],
        most: int | None = None,
    ) -> Table:
        if by != "id":
            check_index(node, "between", by)
        whose, mark = _OF if by == "id" else "memory", self._dialect.mark
        asked = (
            f'SELECT {quoted(columns)} FROM {_from(node)} WHERE {whose} = {mark} AND "{by}" BETWEEN {mark} AND {mark} '
            f'ORDER BY "{by}", id' + ("" if most is None else f" LIMIT {int(most)}")
        )
        return self._read(asked, (memory, low, high), _named(node, columns))

    def strongest(self, memory: str, relationship: Relationship, sources: Ints, by: str, most: int) -> Table:
        check_index(relationship, "strongest", by)
        properties, mark = (*_ENDS, *relationship.properties), self._dialect.mark
        one = (
            f"SELECT * FROM (SELECT {quoted(p.name for p in properties)} FROM {_from(relationship)} "
            f'WHERE source = {mark} ORDER BY "{by}" DESC, target LIMIT {int(most)}) AS e'
        )
        keys: list[int] = np.unique(sources).tolist()

        def united(connection: Connection) -> list[Any]:
            rows: list[Any] = []
            for some in (keys[start : start + _UNITED] for start in range(0, len(keys), _UNITED)):
                rows += connection.exec_driver_sql(" UNION ALL ".join([one] * len(some)), tuple(some)).fetchall()
            return rows

        return _columns(read(self.engine, united), properties)

    def pairs(self, memory: str, relationship: Relationship, sources: Ints, targets: Ints) -> Table:
        properties = (*_ENDS, *relationship.properties)
        if not len(sources):
            return _columns([], properties)
        names = ", ".join(f'e."{p.name}"' for p in properties)
        asked = f"SELECT {names} FROM {self._dialect.pairs} JOIN {_from(relationship)} e ON e.source = k.s AND e.target = k.t"
        return self._read(asked, self._dialect.ends(sources, targets), properties)

    def nearest(self, memory: str, node: Node, vector: NDArray[np.float32], most: int) -> Ints:
        check_index(node, "nearest")
        return np.empty(0, np.int64)

    def counts(self) -> dict[str, int]:
        counted = {"Memory": ["graph_memory"]} | {
            node.label: [_from(part) for part in parts] for node, parts in labels()
        }
        counted |= {edge.table: [f"{_from(edge)} e"] for edge in relationships()}

        def rows(connection: Connection, table: str) -> int:
            return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())

        return read(
            self.engine,
            lambda connection: {name: sum(rows(connection, one) for one in some) for name, some in counted.items()},
        )

    def apply(
        self, memory: str, changes: Changes, expected: int, position: int, batch: str, *, after: str | None = None
    ) -> bool:
        moved = text(
            "UPDATE graph_memory SET position = :position, batch = :batch, totals = :totals "
            "WHERE name = :name AND position = :expected AND batch = coalesce(:after, batch)"
        )
        values = {
            "name": memory,
            "position": position,
            "batch": batch,
            "expected": expected,
            "after": after,
            "totals": json.dumps(dict(changes.totals)),
        }

        def applied(connection: Connection) -> bool:
            if not connection.execute(moved, values).rowcount:  # others were faster, or this is done already
                mine = "SELECT 1 FROM graph_memory WHERE name = :name AND batch = :batch"
                return connection.execute(text(mine), {"name": memory, "batch": batch}).scalar() is not None
            try:
                self._write(connection, memory, changes)
            except IntegrityError as error:
                what = str(error.orig).partition("\n")[0]
                raise Collision(
                    f"the graph already has what this batch creates ({what}); run `plasticdb verify`"
                ) from None
            return True

        return write(self.engine, applied)

    def clear(self, memory: str) -> None:
        begun = text("UPDATE graph_memory SET position = :position, batch = '' WHERE name = :name")
        done = text("UPDATE graph_memory SET position = 0, batch = :batch, totals = '{}' WHERE name = :name")
        batch = uuid.uuid4().hex

        def emptied(connection: Connection) -> None:
            connection.execute(done, {"name": memory, "batch": batch})  # first: its lock keeps other writers out
            self._empty(connection, memory)
            for edge in tables():  # what was left behind where somebody deleted nodes by hand
                there = f"SELECT 1 FROM {_from(_whence(edge))} n WHERE n.id = {_from(edge)}.source"
                connection.execute(text(f"DELETE FROM {_from(edge)} WHERE NOT EXISTS ({there})"))

        write(self.engine, lambda connection: connection.execute(begun, {"name": memory, "position": CLEARING}))
        write(self.engine, emptied)

    def drop(self, memory: str) -> None:
        def dropped(connection: Connection) -> None:
            connection.execute(text("DELETE FROM graph_memory WHERE name = :name"), {"name": memory})
            self._empty(connection, memory)

        write(self.engine, dropped)

    def shred(self) -> None:
        throw_away(self.engine.url, "cypher")
        told = {edge.table for edge in tables() if any(one.type == "text" for one in edge.properties)}
        vacuum(self.engine, {node.table for node in nodes()} | told)
        truncate_log(self.engine)  # last: it is refused while another process reads

    def renew(self) -> object:
        parents, self.beside = self.beside, None
        return parents, renew(self.engine)

    def close(self) -> None:
        if self.beside is not None:
            self.beside.close()
        close(self.engine)

    def _empty(self, connection: Connection, memory: str) -> None:
        for edge in tables():
            mine = f"SELECT id FROM {_from(_whence(edge))} WHERE memory = :memory"
            connection.execute(text(f"DELETE FROM {_from(edge)} WHERE source IN ({mine})"), {"memory": memory})
        for node in nodes():
            connection.execute(text(f"DELETE FROM {_from(node)} WHERE memory = :memory"), {"memory": memory})

    def _write(self, connection: Connection, memory: str, changes: Changes) -> None:
        do = self._dialect
        for edge in changes.edges:
            do.delete(connection, edge.relationship.table, _ENDS, edge.delete)
        for node in changes.nodes:
            do.delete(connection, node.node.table, (_ID,), {"id": node.delete})
        for node in changes.nodes:
            do.update(connection, node.node.table, (_ID,), _named(node.node, node.move), node.move)
        for node in changes.nodes:
            made = node.create
            if height(made):
                whose = np.full(height(made), memory, object)
                do.insert(connection, node.node.table, (*_named(node.node, made), _MEMORY), made | {"memory": whose})
        for node in changes.nodes:
            do.update(connection, node.node.table, (_ID,), _named(node.node, node.update), node.update)
        for edge in changes.edges:
            properties = (*_ENDS, *edge.relationship.properties)
            do.insert(connection, edge.relationship.table, properties, edge.create)
            do.update(connection, edge.relationship.table, _ENDS, properties, edge.update)

    def _read(self, asked: str, parameters: tuple[Any, ...], properties: Sequence[Property]) -> Table:
        def table(connection: Connection) -> Table:
            found = connection.exec_driver_sql(asked, parameters)
            cursor: Any = found.cursor  # the driver's own, which has all rows or is SQLite's: they may be millions
            rows = _numbers(cursor, properties) or _columns(cursor.fetchall(), properties)
            found.close()
            return rows

        return read(self.engine, table)


def _numbers(cursor: Iterator[Any], properties: Sequence[Property]) -> Table | None:
    """Rows of numbers alone as columns; None where there are others."""
    if any(_DTYPES[p.type] is object or p.nullable for p in properties):
        return None
    rows = np.fromiter(cursor, np.dtype([(p.name, _DTYPES[p.type]) for p in properties]))
    return {p.name: np.ascontiguousarray(rows[p.name]) for p in properties}


def _named(node: Node, columns: Iterable[str]) -> list[Property]:
    """The properties of these names; a label's own, and `id` and `parent`."""
    by_name = {p.name: p for p in (_ID, _PARENT, *node.properties)}
    return [by_name[name] for name in columns]


def _whence(relationship: Relationship) -> Node:
    """The nodes that a relationship goes out from."""
    return next(n for n in nodes() if n.label == relationship.source and relationship.leaving in (None, n.table))


def _owned(relationship: Relationship) -> str:
    """What says, as `n.memory`, whose a relationship `e` is."""
    key = "target" if hanging(relationship) else "source"
    parts = [_from(node) for node in hanging(relationship) or [_whence(relationship)]]
    whose = parts[0] if len(parts) == 1 else f"({' UNION ALL '.join(f'SELECT id, memory FROM {one}' for one in parts)})"
    return f"JOIN {whose} n ON n.id = e.{key}"


def _from(what: Node | Relationship) -> str:
    """The table of a node or a relationship type; of a parent relationship the columns `parent` as such a table."""
    parents = () if isinstance(what, Node) else hanging(what)
    if not parents:
        return f'"{what.table}"'
    parts = (f"SELECT parent AS source, id AS target FROM {_from(node)} WHERE parent IS NOT NULL" for node in parents)
    return f"({' UNION ALL '.join(parts)})"


def _columns(rows: Sequence[Sequence[Any]], properties: Sequence[Property]) -> Table:
    """Rows as typed columns; text, and ints that may be missing, as objects."""
    columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * len(properties)
    table: Table = {}
    for p, values in zip(properties, columns, strict=True):
        if _DTYPES[p.type] is object or p.nullable:
            table[p.name] = np.empty(len(values), object)
            table[p.name][:] = values
        else:
            table[p.name] = np.fromiter(values, _DTYPES[p.type], len(values))
    return table


def _found(row: Any) -> GraphMemory:
    return GraphMemory(row[0], row[1], row[2], row[3], json.loads(row[4]))


def memories(connection: Connection) -> list[GraphMemory]:
    """The nodes of all memories, as a transaction sees them."""
    return [_found(row) for row in connection.exec_driver_sql(f"{_MEMORIES} ORDER BY name")]
