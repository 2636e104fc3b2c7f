"""The graph's migrations: what is refused, and what happens when two run them at once or one is killed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import neo4j
import pytest

from plasticdb.errors import SchemaBehind, StoreError
from plasticdb.graph.neo4j.migrations import known, pending
from plasticdb.graph.neo4j.store import Neo4jStore

FIRST = known()[0]


@pytest.fixture
def driver(neo4j_server: Any) -> Iterator[neo4j.Driver]:
    """The server, with the product's migrations only before and after."""
    auth = (neo4j_server.username, neo4j_server.password)
    with neo4j.GraphDatabase.driver(neo4j_server.uri, auth=auth, notifications_min_severity="OFF") as driver:
        store = connect(neo4j_server)
        store.migrate()
        store.close()
        yield driver
        driver.execute_query("MATCH (n:Ran) DELETE n", database_="neo4j")
        newest = known()[-1].version
        driver.execute_query("MATCH (n:Migration) WHERE n.version > $newest DELETE n", newest=newest, database_="neo4j")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The product's migrations, to add to."""
    for migration in known():
        write(tmp_path, migration.name, "".join(f"{statement};\n" for statement in migration.statements))
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.cypher").write_text(text, encoding="utf-8")


def connect(server: Any, folder: Path | None = None) -> Neo4jStore:
    return Neo4jStore.connect(server.uri, server.username, server.password, migrations=folder)


def added() -> str:
    return f"V{known()[-1].version + 1:04}__more"


def ran(driver: neo4j.Driver) -> list[Any]:
    return [record[0] for record in driver.execute_query("MATCH (n:Ran) RETURN n.what", database_="neo4j").records]


# Files.


def test_a_checksum_is_of_the_statements_and_not_of_comments_and_line_ends(tmp_path: Path) -> None:
    texts = [
        "CREATE (:A);\nCREATE (:B);\n",
        "// why\r\n\r\nCREATE (:A);  \r\n  // and\r\nCREATE (:B);",
        "CREATE (:A);\nCREATE (:C);",
    ]
    read = []
    for text in texts:
        write(tmp_path, "V0001__x", text)
        read.append(known(tmp_path)[0])
    assert read[0] == read[1]
    assert read[0].statements == ("CREATE (:A)", "CREATE (:B)")
    assert read[2].checksum != read[0].checksum


def test_a_semicolon_in_a_line_and_an_address_are_no_end_and_no_comment(tmp_path: Path) -> None:
    write(tmp_path, "V0001__x", "CREATE (:A {x: 'a;b', y: 'http://c'});\nMATCH (n)\nRETURN n;\n")
    assert known(tmp_path)[0].statements == ("CREATE (:A {x: 'a;b', y: 'http://c'})", "MATCH (n)\nRETURN n")


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["V0001__a", "V0003__c"], "V0003__c stands where V0002 should be"),
        (["V0002__b"], "V0002__b stands where V0001 should be"),
        (["V0001__a", "V0001__b"], "V0001__b stands where V0002 should be"),
        (["V1__a"], "V1__a.cypher is not named"),
        (["V0001__a", "notes"], "notes.cypher is not named"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, names: list[str], says: str) -> None:
    for name in names:
        write(tmp_path, name, "CREATE (:Ran);")
    with pytest.raises(StoreError, match=says):
        known(tmp_path)


def test_an_older_migration_than_the_last_one_applied_is_refused(tmp_path: Path) -> None:
    for name in ("V0001__a", "V0002__b", "V0003__c"):
        write(tmp_path, name, f"CREATE (:{name});")
    files = known(tmp_path)
    recorded = [{"version": m.version, "name": m.name, "checksum": m.checksum} for m in files]
    assert pending(files, []) == files
    assert pending(files, recorded[:2]) == files[2:]
    assert pending(files, recorded) == []
    with pytest.raises(StoreError, match="has not had migration V0002__b, but the newer V0003__c"):
        pending(files, [recorded[0], recorded[2]])


# The graph.


def test_migrating_runs_what_is_missing_and_records_it(neo4j_server: Any, driver: neo4j.Driver, folder: Path) -> None:
    write(folder, added(), "// twice\nCREATE (:Ran {what: 1});\nCREATE (:Ran\n{what: 2});\n")
    store = connect(neo4j_server, folder)
    assert store.migrations() == [*((m.name, True) for m in known()), (added(), False)]
    with pytest.raises(SchemaBehind, match=r"1 migrations behind\); run `plasticdb migrate up`"):
        store.check("any")
    assert store.migrate() == [added()]
    assert store.migrate() == []
    assert sorted(ran(driver)) == [1, 2]
    assert store.migrations() == [(m.name, True) for m in known(folder)]
    asked = "MATCH (m:Migration {name: $name}) RETURN m.version, m.checksum, m.applied"
    (record,) = driver.execute_query(asked, name=added(), database_="neo4j").records
    assert list(record)[:2] == [known(folder)[-1].version, known(folder)[-1].checksum]
    assert record[2] is not None
    store.close()


def test_a_graph_of_a_newer_version_is_refused(neo4j_server: Any, driver: neo4j.Driver, folder: Path) -> None:
    write(folder, added(), "CREATE (:Ran {what: 1});")
    newer, older = connect(neo4j_server, folder), connect(neo4j_server)
    newer.migrate()
    for ask in (older.migrate, older.migrations, lambda: older.check("any")):
        with pytest.raises(
            StoreError, match=rf"made by a newer plasticdb \(it has migration {added()}\); upgrade"
        ) as refused:
            ask()
        assert not isinstance(refused.value, SchemaBehind)
    newer.close()
    older.close()


def test_a_changed_file_is_refused(neo4j_server: Any, driver: neo4j.Driver, folder: Path) -> None:
    write(folder, added(), "CREATE (:Ran {what: 1});")
    store = connect(neo4j_server, folder)
    store.migrate()
    write(folder, added(), "CREATE (:Ran {what: 2});")
    for ask in (store.migrate, store.migrations, lambda: store.check("any")):
        with pytest.raises(StoreError, match=f"{added()} has changed since"):
            ask()
    assert ran(driver) == [1]
    store.close()


def test_of_two_runners_at_once_one_waits(neo4j_server: Any, driver: neo4j.Driver, folder: Path) -> None:
    write(folder, added(), "UNWIND range(1, 3) AS what CREATE (:Ran {what: what});\nCREATE (:Ran {what: 4});\n")
    stores = [connect(neo4j_server, folder) for _ in range(4)]
    applied: list[list[str]] = []
    threads = [threading.Thread(target=lambda store=store: applied.append(store.migrate())) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(applied) == [[], [], [], [added()]]
    assert sorted(ran(driver)) == [1, 2, 3, 4]
    for store in stores:
        store.close()


def test_what_a_crash_left_half_done_is_done_by_running_again(
    neo4j_server: Any, driver: neo4j.Driver, folder: Path
) -> None:
    write(folder, added(), "MERGE (:Ran {what: 1});\nMERGE (:Ran {what: 1 / $nothing});\n")
    store = connect(neo4j_server, folder)
    with pytest.raises(StoreError, match="nothing"):
        store.migrate()
    assert ran(driver) == [1]
    assert store.migrations()[-1] == (added(), False)
    write(folder, added(), "MERGE (:Ran {what: 1});\nMERGE (:Ran {what: 2});\n")
    assert store.migrate() == [added()]
    assert sorted(ran(driver)) == [1, 2]
    store.close()
