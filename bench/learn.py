"""Learning the names durably, beside a raw write of the very same rows: on SQLite by sqlite3, on Neo4j by the driver."""

from __future__ import annotations

import sqlite3
import statistics
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from plasticdb import PlasticDB
from plasticdb.sequence.schema import CONCEPT

from .data import names_file
from .report import Figure, child, seconds, tell
from .servers import postgresql

TABLES = ("memory", "session", "source", "event", "graph_memory", "concept", "context", "atom", "synapse")
TABLES += ("graph_source", "graph_session", "taught_by")

INGEST = """
import sys, time, resource
from plasticdb import PlasticDB
with PlasticDB.open(sys.argv[1]) as db:
    began = time.perf_counter()
    db.sequence("names").ingest([sys.argv[2]])
    print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def on_sqlite(folder: Path, times: int = 5) -> None:
    """Ours and raw in turn, each into a new file; the medians."""
    file, what = names_file(folder)
    ours, raw, peak = [], [], 0.0
    for i in range(times):
        took, memory = child(INGEST, str(folder / f"ours{i}.db"), str(file))
        ours.append(took)
        peak = max(peak, memory)
        raw.append(_raw_sqlite(folder / f"ours{i}.db", folder / f"raw{i}.db"))
    mine, theirs = statistics.median(ours), statistics.median(raw)
    tell(
        Figure(f"learn {what}, SQLite", mine, "s", 2.0),
        Figure("  a raw executemany of the same rows", theirs, "s"),
        Figure("  ours / raw", statistics.median(o / r for o, r in zip(ours, raw, strict=True)), "x", 2.5),
        Figure("  peak memory", peak, "MB", 400),
    )


def _raw_sqlite(learned: Path, new: Path) -> float:
    """Write all rows of a learned database into a new file with the same schema, as durably; rows are in memory, by key."""
    with closing(sqlite3.connect(learned)) as source:
        schema = [
            sql for (sql,) in source.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
        ]
        rows = {table: source.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}
    with closing(sqlite3.connect(new, isolation_level=None)) as target:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "cache_size = -65536"):
            target.execute(f"PRAGMA {pragma}")
        for statement in schema:
            target.execute(statement)

        def write() -> None:
            for tables in (TABLES[:4], TABLES[4:]):  # what happened, and what it made, in a transaction each
                target.execute("BEGIN IMMEDIATE")
                for table in tables:
                    if rows[table]:
                        marks = ", ".join("?" * len(rows[table][0]))
                        target.executemany(f"INSERT INTO {table} VALUES ({marks})", rows[table])
                target.execute("COMMIT")

        return seconds(write)


def on_postgresql(folder: Path, times: int = 3) -> None:
    """Ours alone, each into a new server's database."""
    file, what = names_file(folder)
    took = []
    for _ in range(times):
        with postgresql() as url:
            if url is None:
                return
            with PlasticDB.open(url) as db:
                took.append(seconds(lambda db=db: db.sequence("names").ingest([str(file)])))  # type: ignore[misc]
    tell(Figure(f"learn {what}, PostgreSQL", statistics.median(took), "s"))


def on_neo4j(folder: Path, uri: str, username: str, password: str, times: int = 3) -> None:
    """The same on Neo4j: nodes, ABSTRACTS and SYNAPSE in batches of 10,000 rows, in one transaction."""
    import neo4j

    file, what = names_file(folder)
    ours, raw = [], []
    with neo4j.GraphDatabase.driver(uri, auth=(username, password), notifications_min_severity="OFF") as driver:
        for i in range(times):
            _empty(driver)
            journal = folder / f"journal{i}.db"
            with PlasticDB.open(uri, journal, username=username, password=password) as db:
                db.migrate()
                ours.append(seconds(lambda db=db: db.sequence("names").ingest([str(file)])))  # type: ignore[misc]
                rows = _rows(db)
            _empty(driver)
            raw.append(seconds(lambda rows=rows: _raw_neo4j(driver, rows)))  # type: ignore[misc]
        _empty(driver)
    tell(
        Figure(f"learn {what}, Neo4j", statistics.median(ours), "s", 13),
        Figure("  a raw batched write of the same rows", statistics.median(raw), "s"),
        Figure("  ours / raw", statistics.median(o / r for o, r in zip(ours, raw, strict=True)), "x", 1.3),
    )


def _empty(driver: Any) -> None:
    with driver.session(database="neo4j") as session:
        gone = "MATCH (n) WHERE NOT n:Migration CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 20000 ROWS"
        session.run(gone).consume()


def _rows(db: PlasticDB) -> dict[str, list[dict[str, Any]]]:
    """All nodes and relationships as rows, from the graph that was learned."""
    names = ["id", *(p.name for p in CONCEPT.properties)]
    nodes = list(db.query(f"MATCH (c:Concept) RETURN c.memory AS memory, {', '.join(f'c.{n} AS {n}' for n in names)}"))
    return {
        "Concept": sorted(nodes, key=lambda row: int(row["id"])),
        "Atom": list(
            db.query("MATCH (a:Atom) RETURN a.id AS id, a.memory AS memory, a.symbol AS symbol, a.count AS count")
        ),
        "ABSTRACTS": list(
            db.query("MATCH (a:Concept)-[:ABSTRACTS]->(b:Concept) RETURN a.id AS source, b.id AS target")
        ),
        "SYNAPSE": list(
            db.query(
                "MATCH (c:Concept)-[s:SYNAPSE]->(a:Atom) "
                "RETURN c.id AS source, a.id AS target, s.weight AS weight, s.fired AS fired"
            )
        ),
    }


def _raw_neo4j(driver: Any, rows: dict[str, list[dict[str, Any]]]) -> None:
    statements = {
        "Concept": "UNWIND $rows AS row CREATE (c:Concept) SET c = row",
        "Atom": "UNWIND $rows AS row CREATE (a:Atom) SET a = row",
        "ABSTRACTS": "UNWIND $rows AS row MATCH (a:Concept {id: row.source}) MATCH (b:Concept {id: row.target}) "
        "CREATE (a)-[:ABSTRACTS]->(b)",
        "SYNAPSE": "UNWIND $rows AS row MATCH (c:Concept {id: row.source}) MATCH (a:Atom {id: row.target}) "
        "CREATE (c)-[:SYNAPSE {weight: row.weight, fired: row.fired}]->(a)",
    }
    with driver.session(database="neo4j") as session, session.begin_transaction() as transaction:
        for name, statement in statements.items():
            for batch in _batches(rows[name], 10_000):
                transaction.run(statement, rows=batch).consume()
        transaction.commit()


def _batches(rows: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [rows[i : i + size] for i in range(0, len(rows), size)]
