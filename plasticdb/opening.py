"""Opening a memory of any kind: it is there or is made, of the kind asked for, with the options that it was made with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .errors import BadMemory
from .journal import Journal, Memory
from .texts import did_you_mean

__all__ = ["agreed", "opened", "unknown"]

SHOWN = 20
"""Memories that an error names at most."""


def opened(journal: Journal, name: str, kind: str, options: Mapping[str, Any] | None = None) -> Memory:
    """The memory of a name; with `options` it is made where it is not there. Raises BadMemory where there is none."""
    memory = journal.memory(name)
    if memory is None and options is not None:
        memory = journal.create(name, kind, dict(options))
    if memory is None:
        raise unknown(name, journal.memories())
    return memory


def unknown(name: str, known: Iterable[Memory]) -> BadMemory:
    """The error for a memory that is not there."""
    names = [memory.name for memory in known]
    hint = did_you_mean(name, names)
    return BadMemory(f"there is no memory {name!r}{hint}; the memories are: {_listed(names) or 'none yet'}")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def agreed(memory: Memory, kind: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """A memory's options. Raises BadMemory where it is of another kind, or others than its own were asked for."""
    if memory.kind != kind:
        raise BadMemory(f"{memory.name!r} is a memory of the kind {memory.kind!r}, not {kind!r}")
    for name, value in asked.items():
        if memory.options[name] != value:
            raise BadMemory(
                f"{memory.name!r} was made with {name} {memory.options[name]!r}, not {value!r}; "
                "leave the option out, or take another name"
            )
    return memory.options
