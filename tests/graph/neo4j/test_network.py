"""The Neo4j store behind a bad network: nothing is lost or doubled, nothing hangs, and every error is one of ours."""

from __future__ import annotations

import logging
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from plasticdb.cypher import engine
from plasticdb.errors import BadInput, PlasticDBError, StoreError, Unavailable
from plasticdb.graph.neo4j.store import Neo4jStore
from plasticdb.graph.store import Changes, NodeChanges
from plasticdb.kit.tables import height
from plasticdb.sequence.schema import ATOM

from ...driver_log import listening
from ...proxy import BOLT_COMMIT, Proxy

HANDSHAKE = bytes.fromhex("6060b017")


@pytest.fixture
def proxy(neo4j_server: Any) -> Iterator[Proxy]:
    with Proxy.before(neo4j_server.uri) as proxy:
        yield proxy


Open = Callable[..., Neo4jStore]


@pytest.fixture
def through(neo4j_server: Any, proxy: Proxy) -> Iterator[Open]:
    """What opens a store behind the proxy, with a timeout."""
    opened = []

    def open_(timeout: float, scheme: str = "bolt") -> Neo4jStore:
        uri = proxy.instead(neo4j_server.uri).replace("bolt", scheme)
        opened.append(Neo4jStore.connect(uri, neo4j_server.username, neo4j_server.password, timeout=timeout))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def memory(neo4j_store: Neo4jStore) -> Iterator[str]:
    name = f"test-{uuid.uuid4()}"
    neo4j_store.create(name, "sequence")
    yield name
    neo4j_store.drop(name)


def three_atoms() -> Changes:
    ids = np.sort(np.random.default_rng().choice(2**62, 3, replace=False))
    create = {"id": ids, "symbol": np.array(["a", "b", "c"], object), "count": np.ones(3, int)}
    return Changes((NodeChanges(ATOM, create=create),))


def atoms(store: Neo4jStore, memory: str) -> int:
    return sum(height(table) for table in store.scan_nodes(memory, ATOM, ["id"]))


# One connection is lost.


@pytest.mark.parametrize("fate", ["drop", "freeze", "lose"])
def test_a_commit_whose_answer_never_comes_is_done_once(
    proxy: Proxy, through: Open, neo4j_store: Neo4jStore, memory: str, fate: Any
) -> None:
    store = through(2.0)
    store.memory(memory)
    proxy.doom(BOLT_COMMIT, fate)
    began = time.monotonic()
    assert store.apply(memory, three_atoms(), 0, 1, "b")
    assert time.monotonic() - began < 8
    assert proxy.done == [fate]
    assert neo4j_store.memory(memory).position == 1  # type: ignore[union-attr]
    assert atoms(neo4j_store, memory) == 3


def test_a_connection_that_was_lost_while_idle_is_replaced(proxy: Proxy, through: Open, memory: str) -> None:
    store = through(2.0)
    store.memory(memory)
    proxy.reset()
    assert store.memory(memory) is not None
    assert list(engine.rows(store, "RETURN 1 AS one", {})) == [{"one": 1}]
    proxy.reset()
    assert list(engine.rows(store, "RETURN 1 AS one", {})) == [{"one": 1}]


# All of them are.


def test_nobody_waits_for_ever_in_a_frozen_network(proxy: Proxy, through: Open, memory: str) -> None:
    store = through(1.0)
    store.memory(memory)
    proxy.freeze()
    said: list[str] = []

    def ask() -> None:
        try:
            store.memory(memory)
        except Unavailable as error:
            said.append(str(error))

    began = time.monotonic()
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 4
    assert time.monotonic() - began < 8
    began = time.monotonic()
    with pytest.raises(Unavailable, match="does not answer"):
        list(engine.rows(store, "RETURN 1", {}, timeout=1.0))
    assert time.monotonic() - began < 4
    proxy.thaw()
    assert store.memory(memory) is not None


def test_a_store_is_closed_at_once_in_a_frozen_network(proxy: Proxy, through: Open, memory: str) -> None:
    store = through(30.0)
    store.memory(memory)
    proxy.freeze()
    began = time.monotonic()
    store.close()
    assert time.monotonic() - began < 2
    with pytest.raises(BadInput, match="the database was closed; open it again"):
        store.memory(memory)


def test_a_server_that_comes_back_in_time_is_waited_for(
    proxy: Proxy, through: Open, neo4j_store: Neo4jStore, memory: str
) -> None:
    patient, impatient = through(20.0), through(0.3)
    proxy.refuse(2.0)
    with pytest.raises(Unavailable, match="does not answer"):
        impatient.apply(memory, three_atoms(), 0, 1, "b")
    assert patient.apply(memory, three_atoms(), 0, 1, "b")
    assert atoms(neo4j_store, memory) == 3


def test_a_slow_network_is_none_that_is_lost(proxy: Proxy, through: Open, memory: str) -> None:
    proxy.delay = 0.05
    store = through(2.0)
    assert store.apply(memory, three_atoms(), 0, 1, "b")
    assert atoms(store, memory) == 3


# Opening.


@pytest.mark.parametrize("fate", ["drop", "lose", "freeze"])
def test_a_connection_that_fails_while_it_is_opened_is_opened_again(
    proxy: Proxy, through: Open, memory: str, fate: Any
) -> None:
    proxy.doom(HANDSHAKE, fate)
    assert through(2.0).memory(memory) is not None
    assert proxy.done == [fate]


@pytest.mark.parametrize("sent", [b"", bytes.fromhex("00000805"), b"HTTP/1.1 400 Bad Request\r\n", b"\xff" * 64])
def test_what_ends_a_connection_while_it_is_opened_gives_no_foreign_error(sent: bytes) -> None:
    """Whatever listens there: it sends so much and resets. The driver has raised a bare OSError for the second."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client = listener.accept()[0]
                client.recv(64)
                client.sendall(sent)
            except OSError:
                return
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.close()

    thread = threading.Thread(target=serve)
    thread.start()
    store = Neo4jStore.connect(f"bolt://127.0.0.1:{listener.getsockname()[1]}", "neo4j", "secret", timeout=0.3)
    for ask in (lambda: store.memory("m"), lambda: list(engine.rows(store, "RETURN 1", {})), store.migrate):
        with pytest.raises(StoreError) as refused:
            ask()
        assert "\n" not in str(refused.value)
    store.close()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def test_resets_at_any_moment_give_no_foreign_error(proxy: Proxy, neo4j_server: Any, memory: str) -> None:
    over = threading.Event()

    def disturb() -> None:
        while not over.wait(0.003):
            proxy.reset()

    thread = threading.Thread(target=disturb)
    thread.start()
    for _ in range(30):
        uri = proxy.instead(neo4j_server.uri)
        store = Neo4jStore.connect(uri, neo4j_server.username, neo4j_server.password, timeout=0.05)
        try:
            store.memory(memory)
            list(engine.rows(store, "RETURN 1", {}))
        except PlasticDBError:
            pass
        finally:
            store.close()
    over.set()
    thread.join()


def test_an_encrypted_address_of_a_server_without_encryption_says_so(neo4j_server: Any) -> None:
    uri = neo4j_server.uri.replace("bolt://", "bolt+s://")
    store = Neo4jStore.connect(uri, "neo4j", "secret-word", timeout=0.3)
    with pytest.raises(
        StoreError, match="the encrypted connection failed; if the server does not encrypt, write neo4j://"
    ):
        store.memory("m")
    store.close()


# Cluster manners.


@pytest.fixture
def begins() -> Iterator[list[str]]:
    """What the driver sends to begin a transaction: BEGIN, or a statement that is one by itself and so says of which kind."""

    class Begins(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            message = record.getMessage()
            if "C: BEGIN" in message or ("C: RUN" in message and not message.endswith(" {}")):
                found.append(message)

    found: list[str] = []
    with listening(Begins(logging.DEBUG)):
        yield found


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_every_session_knows_what_the_others_have_written(
    neo4j_server: Any, memory: str, begins: list[str], scheme: str
) -> None:
    uri = neo4j_server.uri.replace("bolt", scheme)
    store = Neo4jStore.connect(uri, neo4j_server.username, neo4j_server.password)
    begins.clear()
    assert store.apply(memory, three_atoms(), 0, 1, "b")
    store.memory(memory)
    list(engine.rows(store, "RETURN 1", {}))
    assert ["bookmarks" in begin for begin in begins] == [False, True, True, True]
    # On a cluster the leader says where the memory stands, and plans queries; what is read after that is as new.
    assert ["'r'" in begin for begin in begins] == [False, scheme == "bolt", scheme == "bolt", True]
    store.close()
