"""A store of the graph in SQL: each verb as statements on plain tables, or by way of `packed.py`."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from ...errors import Collision, WrongJournal
from ...files.folders import throw_away
from ...kinds import labels, nodes, relationships, tables
from ...kit.sorting import distinct
from ...kit.tables import Ints, Table, height
from ...schema import Node, Property, Relationship, check_index
from ...sql import migrations
from ...sql.dialects import dialect, quoted
from ...sql.engine import TIMEOUT, close, connect, renew, shown_url, sql_url
from ...sql.transactions import glance, read, truncate_log, write
from ...sql.vacuum import vacuum
from ..store import CLEARING, Changes, GraphMemory
from . import declared, packed
from .plain import ENDS, found, named, of, owned, packing, tabled, whence
from .shelf import Shelf, shelf
from .writing import empty
from .writing import write as write_changes

__all__ = ["SQLStore", "memories"]

_MEMORIES = "SELECT name, kind, position, batch, totals FROM graph_memory"
_OF = "memory || ''"
"""The memory's name, for a condition that no index is chosen by: SQLite would take one on it for better than the key."""
_UNITED = 100
"""Queries that are united to one at most; SQLite takes 500."""
T = TypeVar("T")


class Beside(Protocol):
    """What is closed with a store."""

    def close(self) -> None: ...


class SQLStore:
    """A GraphStore in a SQL database. `connect` opens one; an engine may also be shared with the journal."""

    most_rows = 1_000_000_000  # a transaction has no bound; what a process may hold bounds its symbols
    derives = True

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
        made = (
            "INSERT INTO graph_memory (name, kind, position, batch, totals, code) "
            "SELECT :name, :kind, 0, :batch, '{}', coalesce(max(code), 0) + 1 FROM graph_memory "
            "WHERE true ON CONFLICT (name) DO NOTHING"
        )
        values = {"name": name, "kind": kind, "batch": uuid.uuid4().hex}

        def create(connection: Connection) -> None:
            migrations.alone(connection)  # of two memories that are made at once each gets a number of its own
            connection.execute(text(made), values)

        write(self.engine, create)

    def fetch(self, memory: str, node: Node, by: str, keys: Ints, columns: Sequence[str]) -> Table:
        node.check_key(by)
        properties = named(node, columns)
        if not len(keys):
            return tabled([], properties)
        among = self._dialect.among(by)
        if node.packed:
            keyed = (self._dialect.keys(keys),)
            return self._unpacked(memory, node, lambda one: packed.nodes(one, among, keyed, columns))
        asked = f"SELECT {quoted(columns)} FROM {of(node)} WHERE {among} AND {_OF} = {self._dialect.mark}"
        if by == node.unique:
            asked += f" AND {by} IS NOT NULL"  # the index of the unique key holds nothing else
        return self._read(asked, (self._dialect.keys(keys), memory), properties)

    def edges(self, memory: str, relationship: Relationship, sources: Ints) -> Table:
        properties = (*ENDS, *relationship.properties)
        if not len(sources):
            return tabled([], properties)
        if (node := packing(relationship)) is not None:
            return self._unpacked(memory, node, lambda one: packed.edges(one, sources))
        names, table = quoted(p.name for p in properties), of(relationship)
        asked = f"SELECT {names} FROM {table} AS e WHERE {self._dialect.among('source')}"
        return self._read(asked, (self._dialect.keys(sources),), properties)

    def subtree(self, memory: str, node: Node, roots: Ints, columns: Sequence[str]) -> Table:
        node.check_key("parent")
        asked = (
            f"WITH RECURSIVE below(id) AS (SELECT id FROM {of(node)} WHERE {self._dialect.among('parent')} "
            f"UNION SELECT n.id FROM {of(node)} n JOIN below ON n.parent = below.id) "
            f"SELECT {quoted(columns)} FROM {of(node)} WHERE id IN (SELECT id FROM below) AND memory = {self._dialect.mark}"
        )
        return self._read(asked, (self._dialect.keys(roots), memory), named(node, columns))

    def scan_nodes(self, memory: str, node: Node, columns: Sequence[str], rows: int = 50_000) -> Iterator[Table]:
        mark, names = self._dialect.mark, list(dict.fromkeys([*columns, "id"]))
        asked = f"SELECT {quoted(names)} FROM {of(node)} WHERE id > {mark} AND {_OF} = {mark} ORDER BY id LIMIT {rows}"
        last = -1

        def page() -> Table:
            if node.packed is None:
                return self._read(asked, (last, memory), named(node, names))
            then = f"ORDER BY id LIMIT {rows}"
            return self._unpacked(memory, node, lambda one: packed.nodes(one, f"id > {mark}", (last,), names, then))

        full = True
        while full and height(table := page()):
            full, last = height(table) == rows, int(table["id"][-1])
            yield {name: table[name] for name in columns}

    def scan_edges(self, memory: str, relationship: Relationship, rows: int = 50_000) -> Iterator[Table]:
        if (node := packing(relationship)) is not None:
            yield from self._pages(memory, node, rows)
            return
        mark, properties = self._dialect.mark, (*ENDS, *relationship.properties)
        names = ", ".join(f'e."{p.name}"' for p in properties)
        table_, times = owned(relationship, mark)
        asked = (
            f"SELECT {names} FROM {table_} WHERE (e.source, e.target) > ({mark}, {mark}) "
            f"ORDER BY e.source, e.target LIMIT {rows}"
        )
        full, last = True, (-1, -1)
        while full and height(table := self._read(asked, (*[memory] * times, *last), properties)):
            full, last = height(table) == rows, (int(table["source"][-1]), int(table["target"][-1]))
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
        if node.packed:
            where, then = f"id BETWEEN {self._dialect.mark} AND {self._dialect.mark}", "ORDER BY id"
            then += "" if most is None else f" LIMIT {int(most)}"
            return self._unpacked(memory, node, lambda one: packed.nodes(one, where, (low, high), columns, then))
        whose, mark = _OF if by == "id" else "memory", self._dialect.mark
        asked = (
            f'SELECT {quoted(columns)} FROM {of(node)} WHERE {whose} = {mark} AND "{by}" BETWEEN {mark} AND {mark} '
            f'ORDER BY "{by}", id' + ("" if most is None else f" LIMIT {int(most)}")
        )
        return self._read(asked, (memory, low, high), named(node, columns))

    def strongest(self, memory: str, relationship: Relationship, sources: Ints, by: str, most: int) -> Table:
        check_index(relationship, "strongest", by)
        properties, mark = (*ENDS, *relationship.properties), self._dialect.mark
        one = (
            f"SELECT * FROM (SELECT {quoted(p.name for p in properties)} FROM {of(relationship)} "
            f'WHERE source = {mark} ORDER BY "{by}" DESC, target LIMIT {int(most)}) AS e'
        )
        keys: list[int] = distinct(sources).tolist()

        def united(connection: Connection) -> list[Any]:
            rows: list[Any] = []
            for some in (keys[start : start + _UNITED] for start in range(0, len(keys), _UNITED)):
                rows += connection.exec_driver_sql(" UNION ALL ".join([one] * len(some)), tuple(some)).fetchall()
            return rows

        return tabled(read(self.engine, united), properties)

    def pairs(self, memory: str, relationship: Relationship, sources: Ints, targets: Ints) -> Table:
        properties = (*ENDS, *relationship.properties)
        if not len(sources):
            return tabled([], properties)
        if packing(relationship) is not None:
            found = self.edges(memory, relationship, distinct(sources))
            wanted = set(zip(sources.tolist(), targets.tolist(), strict=True))
            ends = zip(found["source"].tolist(), found["target"].tolist(), strict=True)
            among = np.array([pair in wanted for pair in ends], bool)
            return {name: column[among] for name, column in found.items()}
        names = ", ".join(f'e."{p.name}"' for p in properties)
        asked = (
            f"SELECT {names} FROM {self._dialect.pairs} JOIN {of(relationship)} e ON e.source = k.s AND e.target = k.t"
        )
        return self._read(asked, self._dialect.ends(sources, targets), properties)

    def nearest(self, memory: str, node: Node, vector: NDArray[np.float32], most: int) -> Ints:
        check_index(node, "nearest")
        return np.empty(0, np.int64)

    def counts(self) -> dict[str, int]:
        counted = {"Memory": ["graph_memory"]} | {node.label: [of(part) for part in parts] for node, parts in labels()}
        counted |= {edge.table: [f"{of(edge)} e"] for edge in relationships()}
        for node in nodes():
            if node.packed is not None:
                counted[node.packed.edges].append(f'"{node.table}" WHERE {packed.HAS}')

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
                write_changes(connection, self._dialect, memory, changes)
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
            empty(connection, memory, self._code(connection, memory))
            for edge in tables():  # what was left behind where somebody deleted nodes by hand
                there = f"SELECT 1 FROM {of(whence(edge))} n WHERE n.id = {of(edge)}.source"
                connection.execute(text(f"DELETE FROM {of(edge)} WHERE NOT EXISTS ({there})"))

        write(self.engine, lambda connection: connection.execute(begun, {"name": memory, "position": CLEARING}))
        write(self.engine, emptied)

    def drop(self, memory: str) -> None:
        def dropped(connection: Connection) -> None:
            code = self._code(connection, memory)
            connection.execute(text("DELETE FROM graph_memory WHERE name = :name"), {"name": memory})
            empty(connection, memory, code)

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

    def _pages(self, memory: str, node: Node, rows: int) -> Iterator[Table]:
        after = -1

        def page(one: Shelf) -> tuple[int, list[Table]] | None:
            return packed.page(one, after, rows)

        while (found := self._unpacked(memory, node, page)) is not None:
            after, tables = found
            yield from tables

    def _code(self, connection: Connection, memory: str) -> int | None:
        asked = text("SELECT code FROM graph_memory WHERE name = :name")
        code: int | None = connection.execute(asked, {"name": memory}).scalar()
        return code

    def _read(self, asked: str, parameters: tuple[Any, ...], properties: Sequence[Property]) -> Table:
        return read(self.engine, lambda connection: found(connection, asked, parameters, properties))

    def _unpacked(self, memory: str, node: Node, asked: Callable[[Shelf], T]) -> T:
        return read(self.engine, lambda connection: asked(shelf(connection, self._dialect, memory, node)))


def _found(row: Any) -> GraphMemory:
    return GraphMemory(row[0], row[1], row[2], row[3], json.loads(row[4]))


def memories(connection: Connection) -> list[GraphMemory]:
    """The nodes of all memories, as a transaction sees them."""
    return [_found(row) for row in connection.exec_driver_sql(f"{_MEMORIES} ORDER BY name")]
