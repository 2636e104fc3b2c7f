"""A new PostgreSQL as its user meets it: set up by the command, filled, copied to; and what is said of a wrong address."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, create_engine, make_url, text

from .conftest import COMMAND, Run, environ

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def test_a_new_server_is_set_up_by_the_command(run: Run, postgres_new: str) -> None:
    here = ("--db", postgres_new)
    said = run(*here, "ingest", "m", "-", input=b"emma\n").error(4)
    assert "has no journal yet; make its tables: run `plasticdb migrate up`" in said
    assert '"applied": true' not in run(*here, "migrate", "status").out
    assert len(run(*here, "migrate", "up").out.splitlines()) == len(run(*here, "migrate", "status").out.splitlines())
    assert run(*here, "migrate", "up").out == ""
    assert '"learned": 2' in run(*here, "ingest", "m", "-", input=b"emma\nann\n").out
    assert run(*here, "verify", "m").code == 0


def test_memories_are_copied_to_a_new_server(run: Run, postgres_new: str) -> None:
    assert run("ingest", "m", "-", input=b"emma\nann\n").code == 0
    assert '"copied": 2' in run("copy", "m", "--to", postgres_new).out
    assert run("--db", postgres_new, "verify", "m").code == 0


def test_memories_are_imported_into_a_new_server(run: Run, postgres_new: str) -> None:
    assert run("ingest", "m", "-", input=b"emma\nann\n").code == 0
    assert run("export", "m", "--to", "m.jsonl").code == 0
    assert '"imported": 2' in run("--db", postgres_new, "import", "m.jsonl").out
    assert run("--db", postgres_new, "verify", "m").code == 0


def test_a_copy_of_nothing_makes_nothing(run: Run, postgres_new: str) -> None:
    assert "there is no database a.db" in run("--db", "a.db", "copy", "--to", postgres_new).error(1)
    assert '"applied": true' not in run("--db", postgres_new, "migrate", "status").out


def test_an_older_server_is_not_changed_by_a_copy(run: Run, postgres_new: str) -> None:
    run("--db", postgres_new, "migrate", "up")
    engine = create_engine(postgres_new)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE operation"))
        connection.execute(text("UPDATE journal_version SET version_num = '0002'"))
    engine.dispose()
    assert run("ingest", "m", "-", input=b"emma\n").code == 0
    said = run("copy", "m", "--to", postgres_new).error(4)
    assert "has an older schema; bring it up to date: run `plasticdb migrate up`" in said
    assert len(run("--db", postgres_new, "migrate", "up").out.splitlines()) == 1
    assert run("copy", "m", "--to", postgres_new).code == 0


def test_a_journal_in_a_new_postgresql_beside_neo4j(run: Run, postgres_new: str, neo4j_emptied: Any) -> None:
    here = ("--db", neo4j_emptied.uri, "--journal", postgres_new)
    env = {"NEO4J_USERNAME": neo4j_emptied.username, "NEO4J_PASSWORD": neo4j_emptied.password}
    assert "has no journal yet" in run(*here, "ingest", "m", "-", input=b"emma\n", env=env).error(4)
    assert run(*here, "migrate", "up", env=env).code == 0
    assert '"learned": 2' in run(*here, "ingest", "m", "-", input=b"emma\nann\n", env=env).out
    assert run(*here, "verify", "m", env=env).code == 0


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgres://h/x", "postgres:// is not used here; write postgresql+psycopg://h/x"),
        ("postgresql+asyncpg://u:secret@h/x", "postgresql+asyncpg:// is not used here; write postgresql+psycopg://h/x"),
        ("mysql://h/x", "a mysql database cannot be used; take SQLite, PostgreSQL or Neo4j"),
        ("sqlite://x.db", "two slashes begin the name of a host; write sqlite:///x.db"),
        ("sqlite:///x.db?mode=ro", "has options, which are not used here; write sqlite:///x.db"),
        ("postgresql+psycopg://u:secret@h:abc/x", "'h:abc/x' is not a database URL"),
        (
            "postgresql+psycopg://localhost:1/x?foo=bar",
            'cannot be used (invalid connection option "foo"); correct the address',
        ),
        ("postgresql+psycopg://localhost:1/x?sslmode=on", 'invalid sslmode value: "on"); correct the address'),
        ("PostgreSQL://h/x", "write it in small letters: postgresql://"),
        ("nix.db", "there is no database nix.db; begin with `plasticdb ingest`"),
    ],
)
def test_an_address_that_is_wrong_says_what_to_type(run: Run, url: str, said: str) -> None:
    error = run("--db", url, "stats", "m").error(1)
    assert said in error
    assert "secret" not in error


def test_a_database_of_another_program(run: Run, postgres_new: str) -> None:
    engine = create_engine(postgres_new)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE memory (size int)"))
    engine.dispose()
    assert "has tables of another program" in run("--db", postgres_new, "migrate", "up").error(1)
    assert run("--db", postgres_new, "stats", "m").error(4).endswith("with the same --db and --journal")


def test_a_database_that_is_not_there(run: Run, postgres: URL) -> None:
    there = postgres.set(database="nowhere").render_as_string(hide_password=False)
    assert "there is no database 'nowhere' on this server" in run("--db", there, "stats", "m").error(1)
    assert "make it (`createdb nowhere`)" in run("--db", there, "migrate", "up").error(1)
    user = postgres.set(username="nobody_here").render_as_string(hide_password=False)
    assert "refused the user name or password" in run("--db", user, "stats", "m").error(1)


def test_a_url_without_a_driver_is_postgresql_all_the_same(run: Run, postgres_new: str) -> None:
    short = make_url(postgres_new).set(drivername="postgresql").render_as_string(hide_password=False)
    assert run("--db", short, "migrate", "up").code == 0
    assert run("--db", short, "--journal", postgres_new, "ingest", "m", "-", input=b"emma\n").code == 0


@pytest.fixture
def named(postgres: URL) -> Iterator[dict[str, str]]:
    """A new database that is called `plasticdb`, and the environment that says where it is."""
    engine = create_engine(postgres.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as server:
        if server.execute(text("SELECT 1 FROM pg_database WHERE datname = 'plasticdb'")).first():
            engine.dispose()
            pytest.skip("NOT TESTED: the README's PostgreSQL: there is a database `plasticdb` on this server")
        server.execute(text("CREATE DATABASE plasticdb"))
        told = {"PGHOST": postgres.query.get("host") or postgres.host, "PGUSER": postgres.username}
        told |= {
            "PGPORT": postgres.port and str(postgres.port),
            "PGPASSWORD": postgres.password and str(postgres.password),
        }
        yield {name: str(value) for name, value in told.items() if value}
        server.execute(text("DROP DATABASE plasticdb WITH (FORCE)"))
    engine.dispose()


def test_the_postgresql_of_the_readme(named: dict[str, str], tmp_path: Path) -> None:
    shutil.copy(ROOT / "examples" / "female.txt", tmp_path / "names.txt")
    (block,) = re.findall(r"## PostgreSQL\n.*?```\n(.*?)```", README, re.DOTALL)
    lines = block.splitlines()
    assert len(lines) == 2
    for line in lines:
        command, *words = shlex.split(line)
        assert command == "plasticdb"
        done = subprocess.run(
            [*COMMAND, *words], cwd=tmp_path, env=environ(**named), capture_output=True, text=True, check=True
        )
    assert '"learned": 4275' in done.stdout
    assert os.listdir(tmp_path) == ["names.txt"]
