"""Queries on Neo4j: what the server's plan says is refused whatever the text looked like, and time and size are bounded."""

from __future__ import annotations

import signal
import threading
import time
from typing import Any

import neo4j
import pytest

from plasticdb.cypher import engine, server
from plasticdb.errors import BadInput, Unavailable
from plasticdb.graph.neo4j.store import Neo4jStore


@pytest.fixture
def unchecked(neo4j_store: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> Neo4jStore:
    """A store that lets every text pass, as if each looked harmless: what is left is the server's plan."""
    monkeypatch.setattr(engine, "check", lambda query, parameters: [])
    return neo4j_store


LOAD = r"LOAD CSV FROM 'file:///etc/passwd' AS l RETURN l"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (LOAD, "LOAD CSV reads files"),
        (r"WITH '\u0027 AS x LOAD CSV FROM \u0027file:///etc/passwd\u0027 AS l RETURN l //' AS y RETURN y", "LOAD CSV"),
        (f"RETURN COLLECT {{ {LOAD} }} AS x", "LOAD CSV"),
        (f"RETURN CASE WHEN rand() < 2 THEN COLLECT {{ {LOAD} }} END AS x", "LOAD CSV"),
        (f"RETURN [i IN [1, 2] | COLLECT {{ {LOAD} }}] AS x", "LOAD CSV"),
        (f"MATCH (n) WHERE rand() > 2 OR EXISTS {{ {LOAD} }} RETURN n", "LOAD CSV"),
        ("CALL db.stats.clear('QUERIES')", r"the procedure db\.stats\.clear may do more than read"),
        ("CALL db.stats.collect('QUERIES')", "the procedure"),
        ("CALL db.prepareForReplanning()", "the procedure"),
        ("CALL `db`.`prepareForReplanning`()", "the procedure"),
        ("CALL db.awaitIndexes()", "the procedure"),
        ("RETURN [i IN [1] | COLLECT { CALL db.prepareForReplanning() RETURN 1 AS x }] AS x", "the procedure"),
        (
            "RETURN [i IN [1] | EXISTS { CALL db.stats.clear('QUERIES') YIELD section RETURN section }] AS x",
            "the procedure",
        ),
        ("CALL dbms.listConfig()", "query is read-only"),
        ("CALL dbms.killConnections(['bolt-0'])", "query is read-only"),
        ("CALL db.createLabel('Sneaked')", "query is read-only"),
        ("CREATE (:Sneaked)", "query is read-only"),
        ("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS", "query is read-only"),
        ("SHOW SETTINGS", "ShowSettings in the server's plan"),
        ("SHOW TRANSACTIONS", "ShowTransactions"),
        ("SHOW PROCEDURES", "ShowProcedures"),
        ("SHOW USERS", "query is read-only"),
        ("TERMINATE TRANSACTIONS 'neo4j-transaction-0'", "TerminateTransactions"),
    ],
)
def test_what_does_more_than_read_the_graph_is_seen_in_its_plan(unchecked: Neo4jStore, query: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        list(engine.rows(unchecked, query, {}))
    with pytest.raises(BadInput, match=says):
        list(engine.rows(unchecked, query, {}, explain=True))


@pytest.mark.parametrize(
    "query",
    [
        "RETURN 1 AS x",
        "CALL db.labels() YIELD label RETURN count(*)",
        "CALL db.schema.visualization()",
        "SHOW INDEXES",
        "SHOW CONSTRAINTS",
        "MATCH (n) RETURN n ORDER BY n.id SKIP 1 LIMIT 1",
        "MATCH (c:Concept {id: 1}) OPTIONAL MATCH (c)-[:ABSTRACTS*1..3]->(d) RETURN c, collect(DISTINCT d.text)",
        "MATCH (c:Concept) WHERE c.text STARTS WITH 'a' OR c.id IN [1, 2] RETURN count(c)",
        "MATCH (c:Concept)-[s:SYNAPSE]->(a:Atom) WITH c, max(s.weight) AS w WHERE w > 1 RETURN c.text, w LIMIT 3",
        "MATCH p = shortestPath((a:Concept {id: 1})-[:ABSTRACTS*]-(b:Concept {id: 2})) RETURN length(p)",
        "MATCH p = ANY SHORTEST (a:Concept {id: 1})-[:ABSTRACTS]-+(b:Concept {id: 2}) RETURN length(p)",
        "MATCH (a:Concept {id: 1}) ((x)-[:ABSTRACTS]->(y)){1,3} (b) RETURN b",
        "MATCH (a:Atom), (b:Atom) WHERE a.symbol = b.symbol AND a.id < b.id RETURN a, b LIMIT 1",
        "MATCH (a)-->(b)-->(c) WHERE NOT (a)-->(c) RETURN count(*)",
        "MATCH (n) WHERE EXISTS { (n)--() } AND COUNT { (n)--() } > 1 RETURN COLLECT { MATCH (n)--(m) RETURN m.id } AS x",
        "UNWIND [1, 2] AS i CALL (i) { RETURN i AS x UNION RETURN 2 * i AS x } RETURN DISTINCT x",
        "RETURN reduce(a = 0, i IN [1] | a + COUNT { MATCH (n:Atom) WHERE n.count = i RETURN n }) AS x",
        "MATCH ()-[e]->() WHERE e.weight > 1 RETURN type(e), count(*)",
        "MATCH (n) WHERE elementId(n) = 'x' OR id(n) = 3 RETURN n",
    ],
)
def test_what_only_reads_the_graph_is_taken(unchecked: Neo4jStore, query: str) -> None:
    assert list(engine.rows(unchecked, query, {}, explain=True))


def test_a_query_is_given_up_in_time_and_ended_on_the_server(neo4j_store: Neo4jStore, neo4j_server: Any) -> None:
    endless = "UNWIND range(1, 100000000000) AS x RETURN count(x) AS endless"
    began = time.monotonic()
    with pytest.raises(Unavailable, match="longer than --timeout"):
        list(engine.rows(neo4j_store, endless, {}, timeout=1.0))
    assert time.monotonic() - began < 5
    auth = (neo4j_server.username, neo4j_server.password)
    with neo4j.GraphDatabase.driver(neo4j_server.uri, auth=auth, notifications_min_severity="OFF") as driver:
        running = (
            "SHOW TRANSACTIONS YIELD currentQuery AS q WHERE q CONTAINS 'AS endless' AND NOT q CONTAINS 'SHOW' RETURN q"
        )
        end = time.monotonic() + 30
        while driver.execute_query(running, database_="neo4j").records:
            assert time.monotonic() < end
            time.sleep(0.1)
    assert list(engine.rows(neo4j_store, "RETURN 1 AS one", {}, timeout=30.0)) == [{"one": 1}]


def test_a_row_that_would_fill_the_memory_is_not_read(neo4j_store: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "ROOM", 1 << 20)
    with pytest.raises(BadInput, match="more than 1 MB came at once; RETURN less in a row"):
        list(engine.rows(neo4j_store, "RETURN range(1, 400000) AS x", {}))
    assert (
        len(list(engine.rows(neo4j_store, "UNWIND range(1, 1500) AS x RETURN x, range(1, 300) AS text", {}))) == 1_500
    )


def test_control_c_in_a_query_does_not_wait_for_its_end(neo4j_store: Neo4jStore) -> None:
    began = time.monotonic()
    timer = threading.Timer(1.0, signal.pthread_kill, [threading.get_ident(), signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        list(engine.rows(neo4j_store, "UNWIND range(1, 100000000000) AS x RETURN count(x)", {}))
    timer.join()
    assert time.monotonic() - began < 10
    assert list(engine.rows(neo4j_store, "RETURN 1 AS one", {})) == [{"one": 1}]
