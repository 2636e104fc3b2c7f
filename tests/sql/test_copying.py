"""Many rows of numbers go to PostgreSQL by COPY, and arrive as they would one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sqlalchemy import Connection, text

from plasticdb import PlasticDB
from plasticdb.kit.tables import Table
from plasticdb.memory.verify import differences
from plasticdb.schema import Property
from plasticdb.sequence.schema import HISTORY
from plasticdb.sql import copying, dialects
from plasticdb.sql.engine import connect, sql_url
from plasticdb.sql.transactions import write

KEY = (Property("id", "int", ""),)
EVERY = (*KEY, Property("parent", "int", "", nullable=True), Property("weight", "float", ""))


def rows(ids: list[int], parents: list[int | None], weights: list[float]) -> Table:
    parent = np.empty(len(parents), object)
    parent[:] = parents
    return {"id": np.array(ids, np.int64), "parent": parent, "weight": np.array(weights)}


def test_a_row_is_its_fields_each_with_its_size() -> None:
    begin, row, end = copying.binary(KEY, {"id": np.array([258])})
    assert begin == b"PGCOPY\n\xff\r\n\0" + bytes(8)
    assert row == b"\0\1" + b"\0\0\0\x08" + bytes(6) + b"\1\2"
    assert end == b"\xff\xff"


def test_rows_in_which_something_is_missing_are_told_from_the_others() -> None:
    whole, others = copying.numbers(EVERY, rows([1, 2, 3], [None, 7, None], [0.5, 1.5, 2.5]))
    assert [column.tolist() for column in whole.values()] == [[2], [7], [1.5]]
    assert whole["parent"].dtype == np.int64
    assert [column.tolist() for column in others.values()] == [[1, 3], [None, None], [0.5, 2.5]]


@pytest.mark.parametrize("many", [1, 1000])
def test_rows_are_created_changed_and_deleted(
    postgres_emptied: str, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(dialects, "MANY", many)
    monkeypatch.setattr(copying, "AT_ONCE", 2)
    engine, do = connect(sql_url(postgres_emptied)), dialects.dialect("postgresql")

    def work(connection: Connection) -> list[Any]:
        connection.execute(text("CREATE TEMP TABLE t (id bigint PRIMARY KEY, parent bigint, weight double precision)"))
        do.insert(
            connection, "t", EVERY, rows([1, 2, 3, 4, 5, -(2**62)], [None, 1, 1, 2, None, 3], [0, 0.1, -1e300, 1, 2, 3])
        )
        do.update(connection, "t", KEY, (*KEY, EVERY[2]), {"id": np.array([2, 9]), "weight": np.array([7.5, 8.5])})
        do.upsert(connection, "t", KEY, EVERY, rows([3, 6], [None, 5], [1.0, 6.0]))
        do.delete(connection, "t", KEY, {"id": np.array([1, 9])})
        return [tuple(row) for row in connection.execute(text("SELECT * FROM t ORDER BY id"))]

    assert write(engine, work) == [(-(2**62), 3, 3), (2, 1, 7.5), (3, None, 1), (4, 2, 1), (5, None, 2), (6, 5, 6)]
    engine.dispose()


def test_what_is_learned_by_copy_is_the_same(postgres_emptied: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with PlasticDB.open(postgres_emptied) as db, PlasticDB.open(":memory:") as here:
        monkeypatch.setattr(dialects, "MANY", 1)
        for one in (db, here):
            memory = one.sequence("m")
            memory.learn_many(["emma", "emily", "ann"] * 3)
            memory.learn("anna")
            memory.unlearn(["emma", "ann"])
        assert differences(db._store, here._store, "m", but=HISTORY) == []


def test_a_connection_that_breaks_while_rows_are_copied_is_done_again(
    postgres_emptied: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, broken, own = connect(sql_url(postgres_emptied), 5), [0], copying.binary

    def work(connection: Connection) -> int:
        def pieces(*rows: Any) -> Any:
            yield from own(*rows)
            if not broken[0]:
                broken[0] = 1
                connection.connection.dbapi_connection.pgconn.finish()  # type: ignore[union-attr]
                yield b"x" * 10_000_000

        monkeypatch.setattr(copying, "binary", pieces)
        copying.stage(connection, "s", KEY, {"id": np.arange(5)})
        return int(connection.execute(text("SELECT count(*) FROM s")).scalar_one())

    assert write(engine, work) == 5
    assert broken == [1]
    engine.dispose()
