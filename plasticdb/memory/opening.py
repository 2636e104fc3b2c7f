"""What a caller says when a memory is opened, checked before anything happens: its name and its options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from ..checks import flag, number, optional, text, whole
from ..errors import BadInput
from ..kinds import Kind, load
from ..kit.texts import did_you_mean, is_name

__all__ = ["checked_name", "checked_options"]

_CHECKS: dict[str, Callable[[str, Any], Any]] = {"str": text, "int": whole, "bool": flag, "float": number}


def checked_name(name: Any) -> str:
    """The name of a memory, if it can be one."""
    if not is_name(name):
        raise BadInput("a memory's name must have 1 to 200 characters, no control characters, and not only spaces")
    return str.__str__(name)


def checked_options(kind: Kind, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a memory by the types that its kind declares; None is not asked for.

    An option whose field says `metadata={"asked": False}` is the kind's own affair. `metadata={"read": f}`: f brings what
    was given into the form that is kept, or raises BadInput.
    """
    known = {field.name: field for field in fields(load(kind.options)) if field.metadata.get("asked", True)}
    for name in options:
        if name not in known:
            hint = did_you_mean(name, known)
            raise BadInput(f"unknown option {name!r}{hint}; known options: {', '.join(known)}")
    types = {name: str(field.type).partition(" ")[0] for name, field in known.items()}
    checked = {name: optional(_CHECKS[types[name]], name, value) for name, value in options.items()}
    reads = {name: field.metadata["read"] for name, field in known.items() if "read" in field.metadata}
    return {name: reads[name](v) if name in reads and v is not None else v for name, v in checked.items()}
