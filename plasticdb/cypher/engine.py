"""Cypher on a graph, whatever store it is in: on Neo4j itself, or on the copy of a graph in SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import BadInput
from ..files.folders import cache_folder
from ..graph.sql import SQLStore, memories
from ..graph.store import GraphStore, check_whole
from ..sql.transactions import read
from .asking import Cypher
from .check import check
from .tokens import unescaped
from .view import full_key

__all__ = ["copied", "name", "rows"]


def rows(
    store: GraphStore,
    query: str,
    parameters: Mapping[str, Any],
    *,
    timeout: float | None = None,
    explain: bool = False,
) -> Iterator[dict[str, Any]]:
    """Rows of a read-only Cypher query, all of one moment; with `explain`, how the engine would find them.

    timeout: seconds. Raises BadInput where the query is wrong, would write, or does not run on this store.
    """
    if isinstance(store, SQLStore):
        if not isinstance(store.beside, Cypher):  # it is closed with the store
            kept = cache_folder(store.engine.url, "cypher")
            store.beside = Cypher(lambda: name(store), kept, lambda end: copied(store, end))
        return store.beside.rows(query, parameters, timeout=timeout, explain=explain)
    from ..graph.neo4j.store import Neo4jStore

    if not isinstance(store, Neo4jStore):
        raise BadInput(f"a {type(store).__name__} cannot be asked in Cypher; copy the memory to another database")
    return _on_the_server(store, query, parameters, timeout, explain)


def _on_the_server(
    store: Any, query: str, parameters: Mapping[str, Any], timeout: float | None, explain: bool
) -> Iterator[dict[str, Any]]:
    from . import server

    check(query, parameters)
    query = unescaped(query)  # what was checked is what is sent
    yield from server.rows(store.sessions, query, parameters, timeout=timeout, explain=explain)


def name(store: SQLStore) -> str:
    """What a copy of the graph is called, as it is now.

    Raises GraphBehind where the graph of a memory must be made again first: it would seem to have nothing in it.
    """
    there = read(store.engine, memories)
    for memory in there:
        check_whole(memory.name, memory.position)
    return full_key((memory.name, memory.position, memory.batch) for memory in there)


def copied(store: SQLStore, end: float | None = None) -> Path:
    """A new copy of the graph, for Cypher to run on, made before a moment of `time.monotonic()`."""
    from . import copying

    return copying.copy(store.engine, cache_folder(store.engine.url, "cypher"), memories, end)
