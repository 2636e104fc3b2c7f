"""The schema is declared once: the page, the SQL tables that the migrations make, and Neo4j's constraints follow it."""

from __future__ import annotations

import importlib.util
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from plasticdb import BadMemory, PlasticDB, SchemaBehind, StoreError
from plasticdb.journal.tables import TABLES
from plasticdb.kinds import nodes, relationships
from plasticdb.sql import engine as engines
from plasticdb.sql import migrations

ROOT = Path(__file__).parents[1]


def test_the_page_is_what_the_schema_says() -> None:
    spec = importlib.util.spec_from_file_location("make_schema", ROOT / "docs" / "make_schema.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text("utf-8") == module.page(), "run: python docs/make_schema.py"


def test_the_migrations_make_the_journal_that_the_code_uses() -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = engines.connect(engines.sql_url(":memory:"))
    migrations.migrate(engine, "journal")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "journal_version"})
        assert compare_metadata(context, TABLES) == []
    engine.dispose()


def test_the_migrations_make_the_graph_that_the_schema_declares() -> None:
    engine = engines.connect(engines.sql_url(":memory:"))
    migrations.migrate(engine, "graph")
    found = inspect(engine)
    for node in nodes():
        columns = {column["name"]: column for column in found.get_columns(node.table)}
        expected = {"id", "memory", *(p.name for p in node.properties), *(["parent"] if node.parent else [])}
        assert columns.keys() == expected
        assert all(columns[p.name]["nullable"] == p.nullable for p in node.properties)
    for relationship in relationships():
        if relationship.properties:
            names = {column["name"] for column in found.get_columns(relationship.table)}
            assert names == {"source", "target", *(p.name for p in relationship.properties)}
    engine.dispose()


def test_another_programs_database_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "theirs.db"
    with closing(sqlite3.connect(file)) as theirs:
        theirs.execute("CREATE TABLE event(a)")
    before = file.read_bytes()
    with pytest.raises(StoreError, match="is a database of another program; give another file"):
        PlasticDB.open(file)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def test_a_new_sqlite_file_migrates_itself_and_only_once() -> None:
    engine = engines.connect(engines.sql_url(":memory:"))
    migrations.check(engine, "journal")
    assert all(applied for _, applied in migrations.status(engine, "journal"))
    assert migrations.migrate(engine, "journal") == []
    engine.dispose()


def test_postgresql_asks_for_migrate_up(postgres_url: str) -> None:
    engine = engines.connect(engines.sql_url(postgres_url))
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA behind"))
    behind = engines.connect(
        engines.sql_url(postgres_url + ("&" if "?" in postgres_url else "?") + "options=-csearch_path%3Dbehind")
    )
    try:
        with pytest.raises(SchemaBehind, match="run `plasticdb migrate up`"):
            migrations.check(behind, "journal")
    finally:
        behind.dispose()
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA behind CASCADE"))
        engine.dispose()


def test_a_newer_schema_is_refused() -> None:
    engine = engines.connect(engines.sql_url(":memory:"))
    migrations.migrate(engine, "journal")
    with engine.begin() as connection:
        connection.execute(text("UPDATE journal_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"made by a newer plasticdb \(schema 9999\); upgrade plasticdb"):
        migrations.check(engine, "journal")
    engine.dispose()


def test_a_journal_that_did_not_count_its_memories_gives_no_id_of_theirs_again(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.sequence("m").learn_many(["emma", "emily"])
        (before,) = db._journal.memories()
    engine = engines.connect(engines.sql_url(str(tmp_path / "m.db")))
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE operation"))
        connection.execute(text("ALTER TABLE journal DROP COLUMN memories"))
        connection.execute(text("UPDATE journal_version SET version_num = '0001'"))
    engine.dispose()
    with PlasticDB.open(tmp_path / "m.db") as db:
        assert db.memory("m").verify() == []
        db.drop("m")
        db.sequence("m").learn("ann")
        (after,) = db._journal.memories()
        assert after.id > before.id


def test_a_graph_made_before_provenance_is_made_again_from_its_journal(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.sequence("m").learn_many(["emma", "emily"], source="s")
    engine = engines.connect(engines.sql_url(str(tmp_path / "m.db")))
    with engine.begin() as connection:
        first = {"graph", "graph_version", "graph_memory", "concept", "atom", "synapse"}
        later = inspect(connection).get_table_names()
        for table in {*later} - first - {*TABLES.tables, "journal_version"}:
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(text("UPDATE graph_version SET version_num = '0001'"))
    engine.dispose()
    with PlasticDB.open(tmp_path / "m.db") as db:
        with pytest.raises(BadMemory, match="run `plasticdb rebuild m`"):
            db.sequence("m").predict("em")
        assert db.sync() == {"m": 2}
        assert db.memory("m").verify() == []
        assert [row["samples"] for row in db.query("MATCH (s:Source) RETURN s.samples AS samples")] == [2]
