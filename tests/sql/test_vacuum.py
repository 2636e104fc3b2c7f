"""Erasing in PostgreSQL: the bytes leave the files of the tables too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, make_url, text

from plasticdb import PlasticDB, StoreError, Unavailable
from plasticdb.sql.engine import connect, sql_url
from plasticdb.sql.transactions import reading, unbound

SECRET = "zxqvsecret"


@pytest.fixture
def engine(postgres_emptied: str) -> Iterator[Engine]:
    engine = connect(sql_url(postgres_emptied))
    yield engine
    engine.dispose()


def left(engine: Engine) -> list[str]:
    """The tables in whose files the secret is."""
    files = "SELECT relname, pg_relation_filepath(oid) AS file FROM pg_class WHERE relkind IN ('r', 't', 'i')"

    def holding(connection: Connection) -> list[str]:
        connection.exec_driver_sql("CHECKPOINT")
        return [
            row.relname
            for row in connection.execute(text(f"{files} AND pg_relation_filepath(oid) LIKE 'base/%'"))
            if SECRET[2:].encode()
            in bytes(connection.execute(text("SELECT pg_read_binary_file(:f)"), {"f": row.file}).scalar_one())
        ]

    return unbound(engine, holding)


def run(engine: Engine, *statements: str) -> None:
    unbound(engine, lambda connection: [connection.exec_driver_sql(statement) for statement in statements])


def test_what_was_erased_or_dropped_is_in_no_file_of_a_table(engine: Engine, postgres_emptied: str) -> None:
    with PlasticDB.open(postgres_emptied) as db:
        db.sequence("m").learn_many(["ann", SECRET, "emma"] * 20)
        assert {"event", "concept"} <= set(left(engine))
        db.sequence("m").unlearn(SECRET, all=True, erase=True)
        assert left(engine) == []
        assert db.memory("m").verify() == []
        db.sequence("m").learn_many([SECRET, "emma"])
        db.drop("m")
        assert left(engine) == []


def test_a_note_that_was_erased_is_in_no_file_of_a_table(engine: Engine, postgres_emptied: str) -> None:
    """Nor are its terms, its stream's name, and what it was updated from."""
    with PlasticDB.open(postgres_emptied) as db:
        notes = db.engrams("m", embedder="ngrams")
        said = [f"Ann said {SECRET}{i}" for i in range(20)]
        notes.step(said, None, [SECRET] * 20, stream=f"of {SECRET}", operation="one")
        notes.update(1, text=f"Ann wrote {SECRET}", payload=[SECRET, "again"], operation="two")
        notes.remember(["Ann drinks tea"], stream="another")
        assert {"event", "engram", "term", "stream", "next"} <= {name.removeprefix("engram_") for name in left(engine)}
        receipt = notes.forget(stream=f"of {SECRET}", erase=True, operation="three")
        assert (receipt.engrams, receipt.texts, receipt.left) == (20, 21, 0)
        assert left(engine) == []
        assert [one.text for one in notes.list()] == ["Ann drinks tea"]
        assert db.memory("m").verify() == []


def test_who_may_still_read_it_is_waited_for(engine: Engine, postgres_emptied: str) -> None:
    with PlasticDB.open(postgres_emptied, timeout=1) as db:
        db.sequence("m").learn_many(["ann", SECRET] * 20)
        with reading(engine) as connection:
            connection.exec_driver_sql("SELECT 1 FROM memory").all()
            with pytest.raises(
                Unavailable, match=r"may still read the erased texts in .*; when it is done, run `plasticdb"
            ):
                db.sequence("m").unlearn(SECRET, all=True, erase=True)
        assert "event" in left(engine)
        db.sync()
        assert left(engine) == []
        with reading(engine) as connection:
            connection.exec_driver_sql("SELECT 1 FROM memory").all()
            with pytest.raises(Unavailable, match=r"'m' is dropped, but .* VACUUM FULL"):
                db.drop("m")


def test_who_does_not_own_the_tables_is_told_once_what_stays(engine: Engine, postgres_emptied: str) -> None:
    url = make_url(postgres_emptied)
    role = f"{url.database}_guest"
    run(
        engine,
        f"CREATE ROLE \"{role}\" LOGIN PASSWORD 'guest'",
        f'GRANT ALL ON ALL TABLES IN SCHEMA public TO "{role}"',
        f'GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO "{role}"',
    )
    try:
        guest = url.set(username=role, password="guest").render_as_string(hide_password=False)
        with PlasticDB.open(guest) as db:
            db.sequence("m").learn_many([SECRET, "ann"])
            with pytest.raises(StoreError, match=r"until the owner of its tables runs: VACUUM FULL [a-z_, ]+$"):
                db.sequence("m").unlearn(SECRET, erase=True)
            assert db.memory("m").sync() == 0
            assert db.memory("m").verify() == []
    finally:
        run(engine, f'DROP OWNED BY "{role}"', f'DROP ROLE "{role}"')
