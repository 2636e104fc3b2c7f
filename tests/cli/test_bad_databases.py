"""Databases that are not there, locked, full, newer, another's, or down: what is said, and that nothing is lost."""

from __future__ import annotations

import json
import re
import resource
import signal
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from plasticdb import PlasticDB, Unavailable, WrongJournal

from .conftest import Run, as_ordinary, samples


def test_a_file_that_is_no_database(run: Run, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is a text, and long enough to be looked at as a database file " * 20)
    before = (tmp_path / "text.db").read_bytes()
    for words in (["stats", "m"], ["ingest", "m", "-"]):
        assert "text.db is not a database; give another file" in run("--db", "text.db", *words, input=b"a\n").error(1)
    assert (tmp_path / "text.db").read_bytes() == before


def test_no_address_of_a_database(run: Run) -> None:
    assert "no database is named" in run("--db", "", "stats", "m").error(1)
    assert "is not a database URL" in run("--db", "://x", "stats", "m").error(1)
    assert "a mysql database cannot be used" in run("--db", "mysql://u:secret@h/d", "stats", "m").error(1)
    assert "the folder" in run("--db", "no/such/folder/m.db", "ingest", "m", "-", input=b"a\n").error(1)


def test_a_read_only_file_can_be_asked_and_not_taught(names: Run, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "plasticdb.db") as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    (tmp_path / "plasticdb.db").chmod(0o444)
    tmp_path.chmod(0o555)
    try:
        asked = names("predict", "names", "em", preexec_fn=as_ordinary)
        taught = names("ingest", "names", "-", input=b"zoe\n", preexec_fn=as_ordinary)
    finally:
        tmp_path.chmod(0o755)
        (tmp_path / "plasticdb.db").chmod(0o644)
    assert asked.code == 0, asked
    assert "is read-only" in taught.error(1) or "cannot be opened" in taught.error(1)
    assert samples(names) == 2


def test_a_full_disk(names: Run, tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk's end. With room again, running again completes."""
    many = "".join(f"name{i}\n" for i in range(3000)).encode()
    room = (tmp_path / "plasticdb.db").stat().st_size + 200_000

    def full() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    message = names("ingest", "names", "-", "--batch", "500", input=many, preexec_fn=full).error(1)
    assert "is full or failing" in message
    source = re.search("given again with --source '(stdin .*?)' the rest is learned", message)
    assert source is not None
    done = json.loads(names("ingest", "names", "-", "--batch", "500", "--source", source[1], input=many).out)
    assert done["learned"] + done["skipped"] == 3000
    assert samples(names) == 3002


def test_a_locked_database(names: Run, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "plasticdb.db", isolation_level=None) as connection:
        connection.execute("BEGIN IMMEDIATE")
        message = names("--timeout", "0.2", "ingest", "names", "-", input=b"ann\n").error(75)
        connection.execute("ROLLBACK")
    connection.close()
    assert "is locked by another process; try again" in message
    assert samples(names) == 2


def test_a_newer_schema(names: Run, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "plasticdb.db") as connection:
        connection.execute("UPDATE graph_version SET version_num = '9999'")
    connection.close()
    assert "was made by a newer plasticdb (schema 9999); upgrade plasticdb" in names("predict", "names", "em").error(1)


def test_another_journal(names: Run) -> None:
    names("--db", "other.db", "ingest", "names", "-", input=b"ann\n")
    message = names("--journal", "other.db", "predict", "names", "em").error(1)
    assert "was made from the journal" in message
    assert "--journal" in message


def test_settings_that_make_no_sense(run: Run, tmp_path: Path) -> None:
    assert "timeout must be a number of seconds" in run("--timeout", "soon", "memories").error(1)
    (tmp_path / "plasticdb.toml").write_text("db = ")
    assert "plasticdb.toml cannot be used" in run("memories").error(1)


def test_no_journal_of_its_own(names: Run) -> None:
    done = names("memories", "--journal", "", env={"PLASTICDB_JOURNAL": "other.db"})
    assert done.code == 0, done.err


def test_the_journal_beside_neo4j_is_named_as_that(run: Run) -> None:
    assert "plasticdb-journal.db (the journal, which is a file" in run("--db", "bolt://127.0.0.1:1", "memories").error(
        1
    )


def test_neo4j_down_loses_nothing(run: Run, neo4j_emptied: Any) -> None:
    away = ["--db", "bolt://127.0.0.1:1", "--journal", "j.db", "--timeout", "0.5"]
    message = run(*away, "ingest", "names", "-", input=b"emma\nemily\n").error(75)
    assert "does not answer" in message
    assert "2 samples were learned into the journal" in message
    assert "run `plasticdb sync`" in message
    assert "does not answer" in run(*away, "predict", "names", "em").error(75)
    back = ["--db", neo4j_emptied.uri, "--journal", "j.db"]
    env = {"NEO4J_USERNAME": neo4j_emptied.username, "NEO4J_PASSWORD": neo4j_emptied.password}
    assert json.loads(run(*back, "sync", env=env).out) == {"memory": "names", "applied": 2}
    assert json.loads(run(*back, "verify", "names", env=env).out)["verified"]
    assert json.loads(
        run(
            *back,
            "query",
            "MATCH (c:Concept {chain: 'prefix', text: $t}) RETURN c.count AS n",
            "--param",
            "t=em",
            env=env,
        ).out
    ) == {"n": 2}
    assert "query is read-only" in run(*back, "query", "CREATE (:X)", env=env).error(1)
    assert "Invalid input" in run(*back, "query", "MATCH (", env=env).error(1)


def test_a_graph_that_comes_back_is_checked_before_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was down when the database was opened may turn out to be another journal's."""
    with PlasticDB.open(tmp_path / "graph.db", tmp_path / "one.db") as db:
        db.sequence("m").learn("emma")
    with PlasticDB.open(tmp_path / "graph.db", tmp_path / "two.db") as db:
        with monkeypatch.context() as down:

            def away(journal: str, patient: bool) -> None:
                raise Unavailable("down")

            down.setattr(db._store, "check", away)
            memory = db.sequence("m")
        with pytest.raises(WrongJournal):
            memory.learn("zoe")
        with pytest.raises(WrongJournal):
            memory.predict("e")


def test_wrong_credentials_for_neo4j(run: Run, neo4j_server: Any) -> None:
    done = run(
        "--db", neo4j_server.uri, "--journal", "j.db", "ingest", "names", "-",
        env={"NEO4J_USERNAME": "nobody", "NEO4J_PASSWORD": "a-wrong-word"},
    )  # fmt: skip
    assert "refused the user name or password; set NEO4J_USERNAME and NEO4J_PASSWORD" in done.error(1)
    assert "a-wrong-word" not in done.out + done.err


def test_a_neo4j_that_was_never_migrated(run: Run, neo4j_emptied: Any) -> None:
    import neo4j

    env = {"NEO4J_USERNAME": neo4j_emptied.username, "NEO4J_PASSWORD": neo4j_emptied.password}
    where = ["--db", neo4j_emptied.uri, "--journal", "j.db"]
    auth = (neo4j_emptied.username, neo4j_emptied.password)
    with neo4j.GraphDatabase.driver(neo4j_emptied.uri, auth=auth, notifications_min_severity="OFF") as driver:
        driver.execute_query("MATCH (m:Migration) DELETE m", database_="neo4j")
    assert "run `plasticdb migrate up`" in run(*where, "ingest", "names", "-", input=b"a\n", env=env).error(4)
    assert run(*where, "migrate", "up", env=env).code == 0
    assert run(*where, "ingest", "names", "-", input=b"a\n", env=env).code == 0
