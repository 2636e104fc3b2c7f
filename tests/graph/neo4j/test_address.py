"""What a Neo4j URL may have in it: nothing is ignored."""

from __future__ import annotations

from pathlib import Path

import pytest

from plasticdb import PlasticDB
from plasticdb.errors import BadInput
from plasticdb.graph.neo4j.address import _SCHEMES, Address, address
from plasticdb.graph.neo4j.store import Neo4jStore


@pytest.mark.parametrize(
    ("text", "database", "found"),
    [
        ("neo4j://host", None, ("neo4j://host", "neo4j")),
        ("neo4j://host/", None, ("neo4j://host", "neo4j")),
        ("neo4j://host:7688/foo", None, ("neo4j://host:7688", "foo")),
        ("bolt://host/foo/", None, ("bolt://host", "foo")),
        ("bolt+ssc://[::1]:7687/foo.bar-2", None, ("bolt+ssc://[::1]:7687", "foo.bar-2")),
        ("neo4j://host", "foo", ("neo4j://host", "foo")),
        ("neo4j://host/Foo", "foo", ("neo4j://host", "Foo")),
    ],
)
def test_the_database_is_in_the_path_or_beside_it(text: str, database: str | None, found: tuple[str, str]) -> None:
    uri, name = found
    assert address(text, database) == Address(uri, uri, name)


def test_a_routing_policy_goes_to_the_cluster_and_into_no_message() -> None:
    assert address("neo4j+s://host/foo?policy=eu") == Address("neo4j+s://host?policy=eu", "neo4j+s://host", "foo")


@pytest.mark.parametrize("scheme", _SCHEMES)
def test_every_scheme_of_the_driver_is_one(scheme: str) -> None:
    assert address(f"{scheme}://localhost").uri == f"{scheme}://localhost"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("localhost:7687", "neo4j://HOST, neo4j://HOST/DATABASE or bolt://HOST:PORT, not 'localhost:7687'"),
        ("http://localhost", "or bolt://HOST:PORT, not 'http://localhost'"),
        ("bolt://", "needs a host"),
        ("bolt://:7687", "needs a host"),
        (
            "bolt://host:abc",
            "^host:abc is not an address of a Neo4j: its host or port cannot be read; write .*bolt://HOST:PORT",
        ),
        ("bolt://host:99999", "its host or port cannot be read"),
        ("bolt://host:0", "a number from 1 to 65535"),
        ("bolt://host:", "a number from 1 to 65535"),
        ("bolt://[::1", "its host or port cannot be read"),
        ("bolt://a..b", "needs a host"),
        ("bolt://a b", "needs a host"),
        (
            "bolt://me:hunter2@host",
            "a user and a password are not taken from it; set NEO4J_USERNAME and NEO4J_PASSWORD",
        ),
        ("bolt://me@host", "a user and a password are not taken from it"),
        ("bolt://me:hunter2@host:abc", "^host:abc is not an address"),
        ("bolt://host?x=y", r"what follows '\?' is for a cluster's routing"),
        ("neo4j://host?", r"what follows '\?'"),
        ("neo4j://host?user=me&password=hunter2", r"what follows '\?'"),
        ("neo4j://host#foo", "what follows '#' means nothing"),
        ("neo4j://host/foo/bar", "'/foo/bar' is not a database's name"),
        ("neo4j://host/a%20b", "'/a b' is not a database's name"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line_without_a_password(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says) as refused:
        address(text)
    assert "\n" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_two_names_for_the_database_are_one_too_many() -> None:
    with pytest.raises(BadInput, match=r"the URL names the database 'foo', and NEO4J_DATABASE .* 'bar'; name it once"):
        address("neo4j://host/foo", "bar")


def test_an_address_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    with pytest.raises(BadInput, match="name it once"):
        PlasticDB.open("neo4j://host/foo", journal, database="bar")
    with pytest.raises(BadInput, match="its host or port cannot be read"):
        PlasticDB.open("bolt://host:abc", journal)
    assert not journal.exists()


@pytest.mark.parametrize(
    "uri", ["localhost:7687", "http://localhost", "bolt://me:secret-word@localhost", "bolt://a:b", "bolt://"]
)
def test_what_is_no_address(uri: str) -> None:
    with pytest.raises(BadInput, match="bolt://HOST:PORT") as refused:
        Neo4jStore.connect(uri, "neo4j", "secret-word")
    assert "secret-word" not in str(refused.value)


@pytest.mark.parametrize("scheme", ["neo4j", "bolt", "neo4j+s", "neo4j+ssc", "bolt+s", "bolt+ssc"])
def test_a_store_opens_with_every_scheme(scheme: str) -> None:
    Neo4jStore.connect(f"{scheme}://localhost", "neo4j", "secret-word").close()
