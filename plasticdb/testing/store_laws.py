"""How a law of stores gets its store: opened and brought up to date, with a memory of its own, and closed again."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import wraps

from ..graph.store import GraphStore
from ..kinds import registered
from .graphs import KIND

__all__ = ["Check", "fresh", "on_a_memory", "on_a_store"]

OpenStore = Callable[[], GraphStore]
Check = Callable[[OpenStore], None]


def on_a_store(law: Check) -> Check:
    """Make a law of a function of `open_store`: it finds the tables of the labels that it writes."""

    @wraps(law)
    def check(open_store: OpenStore) -> None:
        with registered(KIND):
            with closing(open_store()) as store:
                store.migrate()
            law(open_store)

    return check


def on_a_memory(law: Callable[[GraphStore, str], None]) -> Check:
    """Make a law of a function of an open store and the name of an empty memory in it."""

    @wraps(law)
    def check(open_store: OpenStore) -> None:
        with closing(open_store()) as store, fresh(store) as memory:
            law(store, memory)

    return on_a_store(check)


@contextmanager
def fresh(store: GraphStore) -> Iterator[str]:
    """The name of an empty memory, which is dropped afterwards."""
    name = f"law-{uuid.uuid4()}"
    store.create(name, KIND.name)
    try:
        yield name
    finally:
        store.drop(name)
