"""Opening a memory of any kind: it is there or is made, of the kind asked for, with the options that it was made with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import BadMemory
from .journal import Journal, Memory

__all__ = ["agreed", "filled", "opened"]


def opened(journal: Journal, name: str, kind: str, options: Mapping[str, Any] | None = None) -> Memory:
    """The memory of a name; with `options` it is made where it is not there. Raises BadMemory where there is none."""
    memory = journal.memory(name)
    if memory is None and options is not None:
        memory = journal.create(name, kind, dict(options))
    if memory is None:
        names = ", ".join(known.name for known in journal.memories()) or "none yet"
        raise BadMemory(f"there is no memory {name!r}; the memories are: {names}")
    return memory


def agreed(memory: Memory, kind: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """A memory's options. Raises BadMemory where it is of another kind, or others than its own were asked for."""
    if memory.kind != kind:
        raise BadMemory(f"{memory.name!r} is a memory of the kind {memory.kind!r}, not {kind!r}")
    options = filled(memory.kind, memory.options)
    for name, value in asked.items():
        if (own := options.get(name)) != value:
            made = f"with {name} {own!r}, not {value!r}" if own else f"without {name}, not with {value!r}"
            raise BadMemory(f"{memory.name!r} was made {made}; leave the option out, or take another name")
    return options


def filled(kind: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """All options of a memory; one that it was made without, since there was none, has the value that it had then.

    Raises BadMemory where one is not known here.
    """
    if kind != "sequence":
        return dict(options)
    from .sequence.options import DEFAULTS

    if unknown := options.keys() - DEFAULTS.keys():
        raise BadMemory(
            f"the memory was made with {', '.join(sorted(unknown))}, by a newer plasticdb; upgrade this one"
        )
    return DEFAULTS | dict(options)
