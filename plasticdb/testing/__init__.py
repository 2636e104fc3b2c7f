"""The laws that every store and every kind of memory must keep, for those who write one of their own.

`check_store` runs the laws of stores, `check_memory` those of memories. `store_checks` and `memory_checks` list them, so
that pytest can make a test of each. docs/kinds.md has a complete example.
"""

from .memory import check_memory, memory_checks
from .memory_case import MemoryCase
from .store import check_store, store_checks
from .verbs import Clock, Step, Verb, verb, wait

__all__ = [
    "Clock",
    "MemoryCase",
    "Step",
    "Verb",
    "check_memory",
    "check_store",
    "memory_checks",
    "store_checks",
    "verb",
    "wait",
]
