"""What commands on engram memories share: which memory is meant, now or as it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from .options import formatted

if TYPE_CHECKING:
    from plasticdb.engram.memory import EngramMemory

__all__ = ["between", "engrams_of", "in_context", "levels", "of_engrams", "owner", "then_of", "weights", "where"]

owner = click.option(
    "--owner", help="Of whom: one memory each, that know nothing of each other; its name is MEMORY/OWNER."
)


def of_engrams(command: Callable[..., Any]) -> Callable[..., Any]:
    """A memory, and how rows are printed."""
    return click.argument("memory")(owner(formatted(command)))


def _fields(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, Any] | None:
    """A filter of payloads, from FIELD=VALUE and from JSON objects."""
    asked: dict[str, Any] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if one.startswith("{"):
            try:
                asked |= json.loads(one)
            except (ValueError, RecursionError):
                raise click.BadParameter(f"{one[:40]!r} is no JSON object") from None
        elif not name or not equals:
            raise click.BadParameter(f"{one[:40]!r} is not FIELD=VALUE; write it like speaker=Ann")
        else:
            try:
                asked[name] = json.loads(value)
            except (ValueError, RecursionError):
                asked[name] = value
    return asked if given else None


where = click.option(
    "--where", multiple=True, metavar="FIELD=VALUE", callback=_fields,
    help="What payloads must have, such as speaker=Ann, or 'year={\">=\": 2020}'. Again for more.",
)  # fmt: skip
levels = click.option(
    "--level", "levels", multiple=True, help="Only of this level: working, short-term, long-term. Again for more."
)


weights = click.option(
    "--weights", metavar="WEIGHTS", help="Of texts: what ways weigh, such as 'vector 0.5, time 0' [as usual]."
)


in_context = click.option("--context", "named", metavar="NAME", help="Of firing together: what was so in this context.")


def between(command: Callable[..., Any]) -> Callable[..., Any]:
    """From when and until when."""
    since = click.option("--since", help="Only what was remembered from then on, such as 2026-11-21T10:00 (UTC).")
    return since(click.option("--until", help="Only what was remembered up to then.")(command))


def engrams_of(db: Any, memory: str, owner: str | None) -> EngramMemory:
    """A memory, or an owner's own."""
    found: EngramMemory = db.engrams(memory, owner=owner)
    return found


@contextmanager
def then_of(db: Any, memory: str, owner: str | None, when: str | None) -> Iterator[EngramMemory]:
    """A memory, now or as it was."""
    with engrams_of(db, memory, owner).as_of(when) as then:
        yield then
