"""Opening a memory of any kind: it is there or is made, of the kind asked for, with the options that it was made with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from ..checks import shown
from ..errors import BadMemory
from ..journal.journal import Journal
from ..journal.rows import MemoryRow
from ..kit.texts import did_you_mean

__all__ = ["agreed", "check_kind", "filled", "opened", "unknown"]

SHOWN = 20
"""Memories that an error names at most."""


def opened(journal: Journal, name: str, kind: str, options: Mapping[str, Any] | None = None) -> MemoryRow:
    """The memory of a name; with `options` it is made where it is not there. Raises BadMemory where there is none."""
    memory = journal.memory(name)
    if memory is None and options is not None:
        memory = journal.create(name, kind, dict(options))
    if memory is None:
        raise unknown(name, journal.memories())
    return memory


def unknown(name: str, known: Iterable[MemoryRow]) -> BadMemory:
    """The error for a memory that is not there."""
    names = [memory.name for memory in known]
    hint = did_you_mean(name, names)
    return BadMemory(f"there is no memory {name!r}{hint}; the memories are: {_listed(names) or 'none yet'}")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


_TAKES = {
    "sequence": "it takes ingest, predict and the like (in Python db.sequence)",
    "engram": "it takes the verbs of `plasticdb engram` (in Python db.engrams)",
}


def check_kind(memory: MemoryRow, kind: str) -> None:
    """Raise BadMemory where a memory is of another kind."""
    if memory.kind != kind:
        raise BadMemory(f"{memory.name!r} is a memory of the kind {memory.kind!r}, not {kind!r}; {_TAKES[memory.kind]}")


def agreed(memory: MemoryRow, kind: str, asked: Mapping[str, Any], known: type[Any]) -> dict[str, Any]:
    """A memory's options, of the class `known`. Raises BadMemory where others were asked for, or another kind."""
    check_kind(memory, kind)
    options = filled(memory.options, known)
    for name, value in asked.items():
        if (own := options.get(name)) != value:
            made = f"with {name} {own!r}, not {shown(value)}" if own else f"without {name}, not with {shown(value)}"
            raise BadMemory(f"{memory.name!r} was made {made}; leave the option out, or take another name")
    return options


def filled(options: Mapping[str, Any], known: type[Any]) -> dict[str, Any]:
    """All options of a memory; one that it was made without, since there was none, has its default.

    known: the dataclass of the options that this version knows. Raises BadMemory where another one was kept.
    """
    if unknown := options.keys() - {option.name for option in fields(known)}:
        raise BadMemory(
            f"the memory was made with {', '.join(sorted(unknown))}, by a newer plasticdb; upgrade this one"
        )
    return {option.name: option.default for option in fields(known) if option.default is not MISSING} | dict(options)
