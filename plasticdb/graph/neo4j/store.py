"""The graph in Neo4j, through the official driver: a `GraphStore` with managed, retried transactions.

A retried transaction cannot add twice, since `apply` compares and sets the memory's position under its lock. All
Cypher is in `cypher.py`; how long an answer is waited for is in `sessions.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from importlib.resources.abc import Traversable
from typing import Any

import neo4j
import numpy as np
from numpy.typing import NDArray

from ...errors import SchemaBehind, StoreError, WrongJournal
from ...kinds import labels, relationships
from ...kit.tables import Ints, Table, height
from ...schema import Node, Relationship
from ..store import CLEARING, Changes, GraphMemory
from . import cypher, migrations
from .address import address
from .columns import listed, statements, tabled
from .migrations import Migration
from .sessions import Sessions
from .trip import together

__all__ = ["Neo4jStore"]

BATCH = 10_000
"""Rows a statement."""
CLEAR = 20_000
"""Nodes deleted in one transaction."""
HEAVY = 10
"""What a node costs that is deleted or found with all its relationships, in rows."""
LARGE = HEAVY * BATCH
"""The rows of what is read at once, however large it is."""
TOGETHER = 1_000
"""Rows of changes that are sent at once: of more the server's time is what counts, and not the way."""

_Transaction = neo4j.ManagedTransaction

# The driver warns of every attempt to reach a server that is away; we say it once, as an error. Who wants to see
# them configures logging, and does.
logging.getLogger("neo4j").addHandler(logging.NullHandler())
_FIRST = np.iinfo(np.int64).min
_MOST = np.iinfo(np.int64).max
_OWN = ("name", "kind", "position", "batch", "lock")


class Neo4jStore:
    """A graph in one database of a Neo4j server (5.23 or later). One store may be used by several threads."""

    most_rows = 400_000  # some 500,000 fill the 1.4 GB that a server with a heap of 2 gives a transaction
    derives = False

    def __init__(self, sessions: Sessions, folder: Traversable | None = None) -> None:
        self.sessions = sessions
        self._folder = folder

    @classmethod
    def connect(
        cls,
        uri: str,
        username: str,
        password: str,
        database: str | None = None,
        timeout: float = 30.0,
        migrations: Traversable | None = None,
    ) -> Neo4jStore:
        """Make a store; the first verb connects.

        Parameters
        ----------
        uri
            `neo4j://host`, `neo4j://host/database`, `bolt://host:port`; with `+s` encrypted, with `+ssc` also for
            self-signed certificates.
        database
            Default: the one in the URI, else `neo4j`.
        timeout
            Seconds to wait for a server that is away, for an answer, or for other writers.
        migrations
            A folder of migrations instead of the product's own.

        Raises
        ------
        BadInput
            The URI is none of these, or names another database.
        """
        to = address(uri, database)
        sessions = Sessions(
            to.uri,
            (username, password),
            database=to.database,
            where=f"Neo4j at {to.shown}",
            timeout=timeout,
            routed=to.uri.startswith("neo4j"),
        )
        return cls(sessions, migrations)

    def renew(self) -> object:
        return self.sessions.renew()

    def close(self) -> None:
        self.sessions.close()

    # The schema and the journal.

    def check(self, journal: str, *, patient: bool = True) -> None:
        row = self._read(cypher.RECORDED, newest=True, patient=patient)
        if missing := migrations.pending(self._known(), row["migrations"]):
            raise SchemaBehind(
                f"{self.sessions.where} has an older schema ({len(missing)} migrations behind); run `plasticdb migrate up`"
            )
        kept = row["journal"]
        if kept is None:
            kept = self.sessions.write(lambda tx: tx.run(cypher.KEEP_JOURNAL, journal=journal).single(strict=True)[0])
        if kept != journal:
            raise WrongJournal(
                f"{self.sessions.where} was made from journal {kept[:8]}, and this is journal {journal[:8]}; "
                "name the right one with `--journal`, or use another database for this one"
            )

    def migrations(self) -> list[tuple[str, bool]]:
        known = self._known()
        missing = migrations.pending(known, self._read(cypher.RECORDED, newest=True)["migrations"])
        return [(migration.name, migration not in missing) for migration in known]

    def migrate(self) -> list[str]:
        return migrations.run(self.sessions, self._known())

    def _known(self) -> list[Migration]:
        return migrations.known(self._folder) + migrations.of_kinds()

    # Reading.

    def memory(self, name: str) -> GraphMemory | None:
        row = self._read(cypher.MEMORY, newest=True, name=name)
        if row is None:
            return None
        found = row["properties"]
        totals = {key: value for key, value in found.items() if key not in _OWN}
        return GraphMemory(name, found["kind"], found["position"], found["batch"], totals)

    def fetch(self, memory: str, node: Node, by: str, keys: Ints, columns: Sequence[str]) -> Table:
        types = cypher.node_types(node)
        return self._tables(cypher.fetch(node, by, columns), memory, keys, {c: types[c] for c in columns})

    def edges(self, memory: str, relationship: Relationship, sources: Ints) -> Table:
        return self._tables(cypher.edges(relationship), memory, sources, cypher.relationship_types(relationship))

    def subtree(self, memory: str, node: Node, roots: Ints, columns: Sequence[str]) -> Table:
        # Not in parts: a node below two roots is there once.
        types = cypher.node_types(node)
        row = self._read(cypher.subtree(node, columns), size=LARGE, memory=memory, keys=np.unique(roots).tolist())
        return tabled(row, {c: types[c] for c in columns})

    def _tables(self, query: str, memory: str, keys: Ints, types: dict[str, str]) -> Table:
        """The tables of the keys, a batch at a time, as one."""
        keys = np.unique(keys)
        rows = [
            self._read(query, size=LARGE, memory=memory, keys=keys[start : start + BATCH].tolist())
            for start in range(0, len(keys), BATCH)
        ]
        if not rows:
            return tabled({name: [] for name in types}, types)
        tables = [tabled(row, types) for row in rows]
        return {name: np.concatenate([table[name] for table in tables]) for name in types}

    def scan_nodes(self, memory: str, node: Node, columns: Sequence[str], rows: int = 50_000) -> Iterator[Table]:
        types = cypher.node_types(node)
        asked = {c: types[c] for c in columns}
        query = cypher.scan_nodes(node, list(dict.fromkeys(["id", *columns])))
        after = _FIRST
        while True:
            row = self._read(query, size=rows, memory=memory, after=after, rows=rows)
            if row["id"]:
                yield tabled(row, asked)
                after = row["id"][-1]
            if len(row["id"]) < rows:
                return

    def scan_edges(self, memory: str, relationship: Relationship, rows: int = 50_000) -> Iterator[Table]:
        types = cypher.relationship_types(relationship)
        source = target = _FIRST
        while True:
            query = cypher.scan_edges(relationship)
            row = self._read(query, size=2 * rows, memory=memory, source=source, target=target, rows=rows)
            if row["source"]:
                yield tabled(row, types)
                source, target = row["source"][-1], row["target"][-1]
            if len(row["source"]) < rows:
                return

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
        types = cypher.node_types(node)
        query, limit = cypher.between(node, by, columns), _MOST if most is None else most
        row = self._read(query, size=LARGE, memory=memory, low=low, high=high, most=limit)
        return tabled(row, {c: types[c] for c in columns})

    def strongest(self, memory: str, relationship: Relationship, sources: Ints, by: str, most: int) -> Table:
        keys = np.unique(sources).tolist()
        row = self._read(cypher.strongest(relationship, by), size=LARGE, memory=memory, keys=keys, most=most)
        return tabled(row, cypher.relationship_types(relationship))

    def pairs(self, memory: str, relationship: Relationship, sources: Ints, targets: Ints) -> Table:
        types, query = cypher.relationship_types(relationship), cypher.pairs(relationship)
        parts = [
            tabled(
                self._read(query, source=sources[i : i + BATCH].tolist(), target=targets[i : i + BATCH].tolist()), types
            )
            for i in range(0, max(len(sources), 1), BATCH)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in types}

    def nearest(self, memory: str, node: Node, vector: NDArray[np.float32], most: int) -> Ints:
        # The index has the nodes of all memories: of a small one few are among those that it finds.
        for asked in (most, 4 * most, 16 * most):
            row = self._read(cypher.nearest(node), memory=memory, vector=vector.tolist(), most=asked)
            if len(row["id"]) >= most or row["seen"] < asked:
                break
        return np.array(row["id"][:most], np.int64)

    def counts(self) -> dict[str, int]:
        names = ["Memory", *(node.label for node, _ in labels())]
        queries = {name: cypher.count_nodes(name) for name in names} | {
            edge.table: cypher.count_edges(edge) for edge in relationships()
        }
        return {name: int(self._read(query)["n"]) for name, query in queries.items()}

    # Writing.

    def create(self, name: str, kind: str) -> None:
        self.sessions.write(lambda tx: tx.run(cypher.CREATE_MEMORY, name=name, kind=kind).consume())

    def apply(
        self, memory: str, changes: Changes, expected: int, position: int, batch: str, *, after: str | None = None
    ) -> bool:
        def work(tx: _Transaction) -> bool:
            found = tx.run(cypher.LOCK_MEMORY, name=memory).single()
            if found is None or found["position"] != expected or after not in (None, found["batch"]):
                return found is not None and bool(found["batch"] == batch)
            moved = {"name": memory, "position": position, "batch": batch, "totals": dict(changes.totals)}
            if changes.rows > TOGETHER:
                for query, table, all_there in statements(changes):
                    self._run(tx, query, table, memory, all_there)
                tx.run(cypher.MOVE_POSITION, moved).consume()
                return True
            small = [one for one in statements(changes) if height(one[1])]
            sent = [(query, _columns(table) | {"memory": memory}) for query, table, _ in small]
            *answers, _ = together(tx, [*sent, (cypher.MOVE_POSITION, moved)])
            for ((rows,),), (_, table, all_there) in zip(answers, small, strict=True):
                _check_found(memory, rows, height(table), all_there)
            return True

        rows = sum(height(table) * (HEAVY if len(table) == 1 else 1) for _, table, _ in statements(changes))
        return self.sessions.write(work, rows=rows)

    def _run(self, tx: _Transaction, query: str, table: Table, memory: str, all_there: bool) -> None:
        size = LARGE if len(table) == 1 else BATCH  # ids alone are of what is deleted: see `statements`
        for start in range(0, height(table), size):
            part = {name: column[start : start + size] for name, column in table.items()}
            found = tx.run(query, _columns(part), memory=memory).single(strict=True)["rows"]
            _check_found(memory, found, height(part), all_there)

    def clear(self, memory: str) -> None:
        self._clear(memory, cypher.EMPTY_MEMORY)

    def drop(self, memory: str) -> None:
        while self.memory(memory) is not None:
            self._clear(memory, cypher.DROP_MEMORY)

    def shred(self) -> None:
        """Nothing to do: how long Neo4j keeps its transaction logs is the server's to say."""

    def _clear(self, memory: str, finish: str) -> None:
        """Delete a memory's nodes in bounded transactions, then, in the one that finds none left, finish.

        Every transaction looks, under the lock, whether the memory still is being cleared: of two processes that
        clear it one finishes, and the other must not touch what was learned since.
        """

        def clearing(tx: _Transaction) -> bool:
            found = tx.run(cypher.LOCK_MEMORY, name=memory).single()
            return found is not None and bool(found["position"] == CLEARING)

        def delete(tx: _Transaction, node: Node, after: int) -> int | None:
            if not clearing(tx):
                return None
            query = cypher.delete_memory_nodes(node)
            last: int | None = tx.run(query, memory=memory, after=after, rows=CLEAR).single(strict=True)["last"]
            return last

        def finished(tx: _Transaction) -> bool:
            if not clearing(tx):
                return True
            if any(delete(tx, node, _FIRST) is not None for node, _ in labels()):
                return False
            tx.run(finish, name=memory).consume()
            return True

        self.sessions.write(lambda tx: tx.run(cypher.START_CLEARING, name=memory, clearing=CLEARING).consume())
        while True:
            for node, _ in labels():
                after: int | None = _FIRST
                while after is not None:
                    after = self.sessions.write(delete, node, after, rows=HEAVY * CLEAR)
            if self.sessions.write(finished, rows=HEAVY * CLEAR):
                return

    def _read(self, query: str, *, size: int = 0, newest: bool = False, patient: bool = True, **parameters: Any) -> Any:
        """The only record of a query, None if there is none. `size`: about how many rows it reads."""
        return self.sessions.read(query, parameters, rows=size, newest=newest, patient=patient)


def _columns(table: Table) -> dict[str, Any]:
    return {name: listed(column) for name, column in table.items()}


def _check_found(memory: str, found: int, rows: int, all_there: bool) -> None:
    if all_there and found != rows:
        raise StoreError(
            f"the graph of memory {memory!r} is not what this batch was made for: it has {found} of "
            f"{rows} rows; nothing was changed: run `plasticdb verify`, then `plasticdb rebuild`"
        )
