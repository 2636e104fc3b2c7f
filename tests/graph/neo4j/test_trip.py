"""Several statements go to the server in one trip: as they would one after the other, and all or none of them."""

from __future__ import annotations

import uuid
from typing import Any

import neo4j
import pytest
from neo4j.exceptions import ConstraintError, CypherSyntaxError

from plasticdb.graph.neo4j.store import Neo4jStore
from plasticdb.graph.neo4j.trip import together


def in_one_trip(store: Neo4jStore, *statements: tuple[str, dict[str, Any]]) -> list[list[Any]]:
    return store.sessions.insist(lambda session: session.execute_write(together, statements))


def test_the_driver_has_what_a_trip_reaches_into(neo4j_store: Neo4jStore) -> None:
    """A driver without these would need another way to send several statements at once."""

    def looked(tx: neo4j.ManagedTransaction) -> None:
        connection = tx._error_handling_connection  # type: ignore[attr-defined]
        assert all(callable(getattr(connection, name)) for name in ("run", "pull", "send_all", "fetch_all"))

    neo4j_store.sessions.write(looked)


def test_each_statement_sees_what_those_before_it_did(neo4j_store: Neo4jStore) -> None:
    name = f"test-{uuid.uuid4()}"
    found = in_one_trip(
        neo4j_store,
        ("CREATE (m:Memory {name: $name, kind: 'test', position: 1}) RETURN m.position", {"name": name}),
        ("MATCH (m:Memory {name: $name}) SET m.position = 2 RETURN m.position", {"name": name}),
        ("UNWIND [1, 2] AS i RETURN i", {}),
        ("MATCH (m:Memory {name: $name}) DELETE m", {"name": name}),
    )
    assert found == [[[1]], [[2]], [[1], [2]], []]
    assert neo4j_store.memory(name) is None


@pytest.mark.parametrize(
    ("fails", "error"), [("no Cypher", CypherSyntaxError), ("CREATE (:Memory {name: $name})", ConstraintError)]
)
def test_where_one_fails_none_was_run(neo4j_store: Neo4jStore, fails: str, error: type[Exception]) -> None:
    name = f"test-{uuid.uuid4()}"
    make = ("CREATE (:Memory {name: $name, kind: 'test', position: 0, batch: ''})", {"name": name})

    def attempt(session: neo4j.Session) -> None:
        with pytest.raises(error):
            session.execute_write(together, [make, (fails, {"name": name}), make])

    neo4j_store.sessions.insist(attempt)
    assert neo4j_store.memory(name) is None  # and the connection can be used again
