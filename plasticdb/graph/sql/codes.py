"""Small numbers for ids, where a packed table has very many of them: the nodes of one label have a `code` each.

A code is a memory's own, counted from 1 and given when its node is created. Nobody sees one but the store.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from ...kinds import nodes
from ...kit.sorting import distinct
from ...kit.tables import Ints, Table, height
from ...schema import Node, Property
from ...sql.dialects import Dialect
from .plain import ID, found

__all__ = ["CODE", "Codes", "coded", "numbered"]

CODE = Property("code", "int", "what stands for the id in packed tables")


def coded(node: Node) -> bool:
    """Whether nodes have codes: one of the packed ones says so."""
    return any(other.packed is not None and other.packed.coded == node.label for other in nodes())


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of a memory's nodes of one label, as a transaction sees them."""

    connection: Connection
    do: Dialect
    memory: str
    node: Node

    def ids(self, codes: Ints) -> Ints:
        """The ids of codes; numbers below 1 are no codes, and stay what they are.

        A code without a node, which somebody deleted by hand, has the id -1.
        """
        asked = f'SELECT "code", id FROM "{self.node.table}" WHERE {self.do.among("code")} AND memory = {self.do.mark}'
        return self._translated(codes, lambda wanted: self._pairs(asked, wanted, "code", "id"), -1)

    def codes(self, ids: Ints) -> Ints:
        """The codes of ids; 0 for an id that has none. Numbers below 1 are no ids, and stay what they are."""
        asked = f'SELECT id, "code" FROM "{self.node.table}" WHERE {self.do.among("id")} AND memory = {self.do.mark}'
        return self._translated(ids, lambda wanted: self._pairs(asked, wanted, "id", "code"), 0)

    def texts(self, codes: Ints, by: str) -> dict[int, str]:
        """A property of the nodes that codes stand for."""
        wanted = distinct(codes[codes > 0])
        if not len(wanted):
            return {}
        asked = (
            f'SELECT "code", "{by}" FROM "{self.node.table}" WHERE {self.do.among("code")} AND memory = {self.do.mark}'
        )
        said = Property(by, "text", "")
        table = found(self.connection, asked, (self.do.keys(wanted), self.memory), (CODE, said))
        return dict(zip(table["code"].tolist(), table[by].tolist(), strict=True))

    def _pairs(self, asked: str, keys: Ints, one: str, other: str) -> tuple[Ints, Ints]:
        by_name = {"id": ID, "code": CODE}
        table = found(self.connection, asked, (self.do.keys(keys), self.memory), (by_name[one], by_name[other]))
        return table[one], table[other]

    def _translated(self, values: Ints, pairs: Callable[[Ints], tuple[Ints, Ints]], unknown: int) -> Ints:
        wanted = distinct(values[values > 0])
        if not len(wanted):
            return values
        keys, others = pairs(wanted)
        known = np.full(len(wanted), unknown, np.int64)
        known[np.searchsorted(wanted, keys)] = others
        out = values.copy()
        out[values > 0] = known[np.searchsorted(wanted, values[values > 0])]
        return out


def numbered(connection: Connection, do: Dialect, memory: str, node: Node, rows: Table) -> Table:
    """New nodes with their codes: the next ones of the memory."""
    asked = f'SELECT coalesce(max("code"), 0) FROM "{node.table}" WHERE memory = {do.mark}'
    last = connection.exec_driver_sql(asked, (memory,)).scalar_one()
    return rows | {"code": np.arange(last + 1, last + 1 + height(rows))}
