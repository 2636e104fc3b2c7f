"""What commands on engram memories share: which memory is meant, now or as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from .options import formatted

if TYPE_CHECKING:
    from plasticdb.engram.memory import EngramMemory

__all__ = ["engrams_of", "of_engrams", "owner", "then_of"]

owner = click.option(
    "--owner", help="Of whom: one memory each, that know nothing of each other; its name is MEMORY/OWNER."
)


def of_engrams(command: Callable[..., Any]) -> Callable[..., Any]:
    """A memory, and how rows are printed."""
    return click.argument("memory")(owner(formatted(command)))


def engrams_of(db: Any, memory: str, owner: str | None) -> EngramMemory:
    """A memory, or an owner's own."""
    found: EngramMemory = db.engrams(memory, owner=owner)
    return found


@contextmanager
def then_of(db: Any, memory: str, owner: str | None, when: str | None) -> Iterator[EngramMemory]:
    """A memory, now or as it was."""
    with engrams_of(db, memory, owner).as_of(when) as then:
        yield then
