"""Opening a memory of any kind: it is there or is made, of the kind asked for, with the options that it was made with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any

from ..checks import shown
from ..errors import BadInput, BadMemory
from ..journal.journal import Journal
from ..journal.rows import MemoryRow
from ..kinds import kind_of, load
from ..kit.texts import did_you_mean

__all__ = ["agreed", "check_kind", "filled", "opened", "options_of", "then", "unknown", "unlike"]

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


def check_kind(memory: MemoryRow, kind: str) -> None:
    """Raise BadMemory where a memory is of another kind."""
    own = kind_of(memory.name, memory.kind)
    if memory.kind != kind:
        raise BadMemory(
            f"{memory.name!r} is a memory of the kind {memory.kind!r}, not {kind!r}; it takes {own.told or 'other verbs'} "
            f"(in Python db.{own.wrapper})"
        )


def agreed(memory: MemoryRow, kind: str, asked: Mapping[str, Any], known: type[Any]) -> dict[str, Any]:
    """A memory's options, of the class `known`. Raises BadMemory where others were asked for, or another kind.

    An option's `metadata={"fits": f}` tells what else stands for its value: f(value, options) says whether.
    """
    check_kind(memory, kind)
    options = _whole(memory.options, known)
    fits = {option.name: option.metadata["fits"] for option in fields(known) if "fits" in option.metadata}
    for name, value in asked.items():
        if (own := options.get(name)) != value and not (name in fits and fits[name](value, options)):
            made = f"without {name}, not with" if own is None or own is False else f"with {name} {own!r}, not"
            raise BadMemory(
                f"{memory.name!r} was made {made} {shown(value)}; leave the option out, or take another name"
            )
    return options


def options_of(memory: str, kind: str, kept: Mapping[str, Any]) -> Any:
    """The options of a memory of any kind, from what was kept of them. Raises BadMemory where this version cannot know them."""
    known = load(kind_of(memory, kind).options)
    return known(**filled(kept, known))


def unlike(memory: str, kind: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Where the options of two memories of a kind differ, as both were kept; a kind need not be known if they are the same."""
    if one == other:
        return {}
    known = load(kind_of(memory, kind).options)
    mine, theirs = _whole(one, known), _whole(other, known)
    return {name: (value, theirs[name]) for name, value in mine.items() if value != theirs[name]}


def _whole(kept: Mapping[str, Any], known: type[Any]) -> dict[str, Any]:
    """All options of a memory as its kind takes them: one that was not kept may follow from the others."""
    made = known(**filled(kept, known))
    return {option.name: getattr(made, option.name) for option in fields(known)}


def filled(options: Mapping[str, Any], known: type[Any]) -> dict[str, Any]:
    """All options of a memory: one that there was not yet when it was made has its default.

    Parameters
    ----------
    known
        The dataclass of the options that this version knows. Raises BadMemory where another one was kept, or one that
        has no default was not.
    """
    if unknown := options.keys() - {option.name for option in fields(known)}:
        raise BadMemory(
            f"the memory was made with {', '.join(sorted(unknown))}, by a newer plasticdb; upgrade this one"
        )
    found: dict[str, Any] = {}
    for option in fields(known):
        if option.name in options:
            found[option.name] = options[option.name]
        elif option.default is not MISSING:
            found[option.name] = option.default
        elif option.default_factory is not MISSING:
            found[option.name] = option.default_factory()
        else:
            raise BadMemory(
                f"the memory was made without {option.name}, which it needs; was its journal changed by hand?"
            )
    return found


def then(memory: str, options: Mapping[str, Any], position: int) -> dict[str, Any]:
    """The options of a memory as they were at a position.

    Some kinds change options: `formerly` says what they were, each with `until` which position, and from which position on
    the graph was `ready` for the next. Raises BadInput for a position in between.
    """
    known: Sequence[Mapping[str, Any]] = options.get("formerly", ())
    for i, were in enumerate(known):
        if position <= were["until"]:
            before = {name: value for name, value in were.items() if name not in ("until", "ready")}
            return {**options, **before, "formerly": list(known[:i])}
        if position < were["ready"]:
            raise BadInput(
                f"{memory!r} was being changed at {position:,}; ask as of {were['until']:,} or of {were['ready']:,}"
            )
    return dict(options)
