"""The schema is declared once: the page, the SQL tables that the migrations make, and Neo4j's constraints follow it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

from plasticdb import GraphBehind, PlasticDB, SchemaBehind, StoreError
from plasticdb.graph.neo4j import cypher
from plasticdb.graph.neo4j.migrations import known
from plasticdb.graph.sql import declared
from plasticdb.journal.tables import TABLES
from plasticdb.kinds import nodes, relationships, tables
from plasticdb.sql import engine as engines
from plasticdb.sql import migrations

from .pages import script

ROOT = Path(__file__).parents[1]


def test_the_page_is_what_the_schema_says() -> None:
    module = script("make_schema")
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


@pytest.fixture(params=["sqlite", "postgres"])
def two(request: pytest.FixtureRequest) -> Iterator[tuple[Engine, Engine]]:
    """Two empty databases."""
    if request.param == "sqlite":
        opened = [engines.connect(engines.sql_url(":memory:")) for _ in range(2)]
        yield opened[0], opened[1]
    else:
        url = request.getfixturevalue("postgres_new")
        whole = engines.connect(engines.sql_url(url))
        with whole.begin() as connection:
            connection.execute(text("CREATE SCHEMA one"))
            connection.execute(text("CREATE SCHEMA two"))
        path = ("&" if "?" in url else "?") + "options=-csearch_path%3D"
        opened = [engines.connect(engines.sql_url(url + path + name)) for name in ("one", "two")]
        yield opened[0], opened[1]
        whole.dispose()
    for engine in opened:
        engine.dispose()


def made(engine: Engine) -> dict[str, object]:
    """The tables of labels and relationship types, and their indexes, as the database tells of them."""
    found = inspect(engine)
    wanted = {what.table for what in (*nodes(), *tables())}
    columns = {
        (table, column["name"]): (str(column["type"]), column["nullable"], bool(column.get("primary_key")))
        for table in wanted
        for column in found.get_columns(table)
    }
    keys = {table: found.get_pk_constraint(table)["constrained_columns"] for table in wanted}
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            asked = "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        else:
            asked = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()"
        indexes = {
            name: re.sub(r'"|\b(one|two)\.', "", said)
            for table, name, said in connection.execute(text(asked))
            if table in wanted
        }
    return {"columns": columns, "keys": keys, "indexes": indexes}


def test_the_migrations_make_the_tables_and_indexes_that_the_kinds_declare(two: tuple[Engine, Engine]) -> None:
    migrations.migrate(two[0], "graph")
    declared.tables(nodes(), tables()).create_all(two[1])
    assert made(two[0]) == made(two[1])
    assert len(inspect(two[0]).get_table_names()) == len(inspect(two[1]).get_table_names()) + 3  # graph, graph_...


def test_the_migrations_make_the_constraints_and_indexes_that_the_kinds_declare() -> None:
    statements = {statement for migration in known() for statement in migration.statements}
    dropped = {f" {statement.split()[2]} " for statement in statements if statement.startswith("DROP INDEX")}
    statements = {statement for statement in statements if not any(name in statement for name in dropped)}
    wanted = {statement for node in nodes() for statement in cypher.declared(node)}
    assert wanted <= statements
    others = {statement for statement in statements - wanted if statement.startswith("CREATE")}
    assert len(others) == 3  # of memories, of the graph, and of migrations
    assert all(f"(n:{label})" in " ".join(others) for label in ("Memory", "Graph", "Migration"))


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


def test_the_second_new_file_is_made_like_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first is made by Alembic, the second by the statements that it used."""
    monkeypatch.setattr(migrations, "_FROM_NOTHING", {})
    made = []
    for name in ("first.db", "second.db"):
        with PlasticDB.open(tmp_path / name) as db:
            db.sequence("m").learn("emma")
        with closing(sqlite3.connect(tmp_path / name)) as file:
            versions = [
                file.execute(f"SELECT version_num FROM {part}_version").fetchall() for part in ("journal", "graph")
            ]
            made.append((file.execute("SELECT type, name, sql FROM sqlite_master ORDER BY 2").fetchall(), versions))
    assert made[0] == made[1]
    assert migrations._FROM_NOTHING.keys() == {"journal", "graph"}


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
        connection.execute(text("DROP INDEX graph_memory_code"))
        connection.execute(text("ALTER TABLE graph_memory DROP COLUMN code"))
        connection.execute(text("UPDATE graph_version SET version_num = '0001'"))
    engine.dispose()
    with PlasticDB.open(tmp_path / "m.db") as db:
        with pytest.raises(GraphBehind, match=r"must be made again first: .* run `plasticdb sync m`"):
            db.sequence("m").predict("em")
        assert db.sync() == {"m": 2}
        assert db.memory("m").verify() == []
        assert [row["samples"] for row in db.query("MATCH (s:Source) RETURN s.samples AS samples")] == [2]


LATEST = (
    "atom_apart",
    "slot",
    "slot_stream",
    "slot_next",
    "absorbed",
    "neuron",
    "label",
    "says",
    "pairing",
    "paired",
    "apart",
    "beside",
)
OLDER = {  # what a graph had before contexts were packed, as far as it is not in this version any more
    "concept": "id INTEGER PRIMARY KEY, memory TEXT, parent INTEGER, chain TEXT, at INTEGER, text TEXT, length INTEGER, "
    "r_level INTEGER, count INTEGER, mass FLOAT, total FLOAT, slot INTEGER",
    "atom": "id INTEGER PRIMARY KEY, memory TEXT, symbol TEXT, count INTEGER",
    "synapse": "source INTEGER, target INTEGER, weight FLOAT, fired INTEGER, PRIMARY KEY (source, target)",
}


def make_older(file: Path) -> None:
    """Take a graph back to where contexts were plain rows of the table of concepts, with something in each table."""
    with closing(sqlite3.connect(file)) as older, older:
        later = ("closed", "piece", "graph_view", "graph_depth", "graph_gate", "of_view", "trusts", *LATEST)
        for table in ("context", "engram_copy", "answers_for", *later, *OLDER):
            older.execute(f"DROP TABLE {table}")
        for table, columns in OLDER.items():
            older.execute(f"CREATE TABLE {table} ({columns})")
            older.execute(
                f"INSERT INTO {table} VALUES ({', '.join('1' * (columns.count(', ') + 1 - 2 * columns.count('(')))})"
            )
        older.execute("DROP INDEX graph_memory_code")
        older.execute("ALTER TABLE graph_memory DROP COLUMN code")
        older.execute("ALTER TABLE firing DROP COLUMN context")
        older.execute("UPDATE graph_version SET version_num = '0004'")


def test_a_graph_made_before_contexts_were_packed_is_made_again_from_its_journal(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        for name in ("m", "n"):
            db.sequence(name).learn_many(["emma", "emily"], source="s")
        db.engrams("e", dimension=1).remember([[1.0]])
    make_older(tmp_path / "m.db")
    with PlasticDB.open(tmp_path / "m.db") as db:
        with pytest.raises(GraphBehind, match=r"must be made again first: .* run `plasticdb sync m`"):
            db.sequence("m").predict("em")
        seen: list[tuple[int, int]] = []
        assert db.sync(lambda position, last: seen.append((position, last))) == {"m": 2, "n": 2, "e": 0}
        assert seen == [(2, 2), (2, 2)]
        assert [db.memory(name).verify() for name in ("m", "n", "e")] == [[], [], []]
        assert next(iter(db.sequence("m").predict("em"))) == "m"


def test_a_name_has_one_type_in_all_kinds() -> None:
    """Cypher may ask for a property without a label: where it had two types, counts came out wrong on SQL."""
    types: dict[str, set[str]] = {}
    for what in [*nodes(), *relationships()]:
        for p in what.properties:
            types.setdefault(p.name, set()).add(p.type)
    assert {name: found for name, found in types.items() if len(found) > 1} == {}
