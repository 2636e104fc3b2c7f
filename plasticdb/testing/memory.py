"""The laws of memories: what every memory must do, whatever its kind and whatever store it is on.

A law is a function `check_...(case)` that raises AssertionError where a memory breaks it. `memory_checks` lists them, so
that pytest makes a test of each; `check_memory` runs them all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..kinds import Kind
from . import memory_faults, memory_graphs, memory_keeping, memory_moving, memory_tampering
from .memory_case import MemoryCase, OpenDatabase

__all__ = ["check_memory", "memory_checks"]

_ROOMS = (memory_graphs, memory_faults, memory_tampering, memory_keeping, memory_moving)


def memory_checks() -> tuple[Callable[[MemoryCase], None], ...]:
    """List the laws of memories.

    Returns
    -------
    tuple
        Functions of a `MemoryCase`. The name and the docstring of each say what it asks of a memory.

    Examples
    --------
    >>> from plasticdb.testing import memory_checks
    >>> memory_checks()[0].__name__
    'check_any_store_and_any_batch_makes_the_same_graph'

    In a test module, with a fixture `case` that gives a `MemoryCase`:

    >>> import pytest
    >>> @pytest.mark.parametrize("check", memory_checks(), ids=lambda check: check.__name__)
    ... def test_my_kind(check, case):
    ...     check(case)
    """
    return tuple(law for room in _ROOMS for name, law in vars(room).items() if name.startswith("check_"))


def check_memory(kind: Kind, verbs: Any, open_database: OpenDatabase, **more: Any) -> None:
    """Run all laws of memories.

    Parameters
    ----------
    kind
        The declaration of the kind. It must be known: by an entry point, or by `kinds.register`.
    verbs
        Mixes of its verbs: a hypothesis strategy of lists of steps, or a function that draws such a list from a
        random.Random. A step is made by `verb`, or is a function of a memory.
    open_database
        Opens a database with a clock; the same database each time.
    **more
        What else a `MemoryCase` may be given: `options`, `commuting`, `undone`, `erased`, `apart`, `examples`.

    Raises
    ------
    AssertionError
        The kind breaks a law.
    """
    case = MemoryCase(kind, verbs, open_database, **more)
    for check in memory_checks():
        check(case)
