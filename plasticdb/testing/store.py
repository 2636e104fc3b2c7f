"""The laws of stores: what every `GraphStore` must do, whatever database it is made on.

A law is a function `check_...(open_store)` that raises AssertionError where a store breaks it. `store_checks` lists
them, so that pytest makes a test of each; `check_store` runs them all.
"""

from __future__ import annotations

from collections.abc import Callable

from ..graph.store import GraphStore
from . import store_batches, store_between, store_memories, store_random, store_reading
from .store_laws import Check

__all__ = ["check_store", "store_checks"]

_ROOMS = (store_memories, store_reading, store_between, store_batches, store_random)


def store_checks() -> tuple[Check, ...]:
    """List the laws of stores.

    Returns
    -------
    tuple
        Functions of `open_store` (see `check_store`). The name and the docstring of each say what it asks of a store.

    Examples
    --------
    >>> from plasticdb.testing import store_checks
    >>> store_checks()[0].__name__
    'check_a_memory_is_none_until_it_is_created'

    In a test module, with a fixture `open_store`:

    >>> import pytest
    >>> @pytest.mark.parametrize("check", store_checks(), ids=lambda check: check.__name__)
    ... def test_my_store(check, open_store):
    ...     check(open_store)
    """
    return tuple(law for room in _ROOMS for name, law in vars(room).items() if name.startswith("check_"))


def check_store(open_store: Callable[[], GraphStore]) -> None:
    """Run all laws of stores.

    Parameters
    ----------
    open_store
        Opens a store, on the same graph each time. The graph must not know a journal yet: use an empty database. What
        the laws write there is removed, but for the tables, indexes and constraints of the labels `Law...`.

    Raises
    ------
    AssertionError
        The store breaks a law.

    Examples
    --------
    >>> import tempfile
    >>> from plasticdb.graph.sql import SQLStore
    >>> from plasticdb.testing import check_store
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     check_store(lambda: SQLStore.connect(f"{folder}/memory.db"))  # doctest: +SKIP
    """
    for check in store_checks():
        check(open_store)
