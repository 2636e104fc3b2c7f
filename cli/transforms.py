"""What commands on transform memories share: which memory is meant, now or as it was, and how numbers are printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import click

from . import output
from .options import formatted

if TYPE_CHECKING:
    from plasticdb.transform.memory import TransformMemory

__all__ = ["WIDE", "numbers", "of_transforms", "spans", "then_of"]

WIDE = 6
"""Numbers of a key or a value that a table shows at most."""


def of_transforms(command: Callable[..., Any]) -> Callable[..., Any]:
    """A memory, and how rows are printed."""
    return click.argument("memory")(formatted(command))


@contextmanager
def then_of(db: Any, memory: str, when: str | None) -> Iterator[TransformMemory]:
    """A memory, now or as it was."""
    with db.transforms(memory).as_of(when) as then:
        yield then


def numbers(found: Any, form: str | None) -> dict[str, Any]:
    """An answer as a row: arrays as lists, and in a table no more of these than a person looks at."""
    row = {field.name: _plain(getattr(found, field.name)) for field in fields(found)}
    return {name: _short(value) for name, value in row.items()} if output.chosen(form) == "table" else row


def spans(numbers: Sequence[int]) -> str:
    """Numbers for a person: those that follow on one another as `1 to 100,000`.

    >>> spans([1, 2, 3, 7])
    '1 to 3, 7'
    """
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], number]
        else:
            parts.append([number])
    return ", ".join(" to ".join(f"{number:,}" for number in part) for part in parts)


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def _short(value: Any) -> Any:
    """A list of numbers, or the slots of an answer, in a few words."""
    if not isinstance(value, list) or not value:
        return "" if value == [] else value
    if all(isinstance(one, float) for one in value):
        more = f", ... ({len(value):,})" if len(value) > WIDE else ""
        return ", ".join(f"{one:.6g}" for one in value[:WIDE]) + more
    if all(isinstance(one, dict) and "share" in one for one in value):
        return ", ".join(
            f"{one['state']} {one['id']} ({one['share']:.0%}, {one['distance']:.3g} away)" for one in value
        )
    return value
