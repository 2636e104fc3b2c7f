"""What commands print: rows in four formats on standard output, notices and progress on standard error."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from math import inf
from typing import Any

import click

from . import terminal

__all__ = [
    "FORMATS",
    "SHOWN",
    "as_json",
    "chosen",
    "complain",
    "dated",
    "most",
    "names",
    "notice",
    "one",
    "pieces",
    "plain",
    "progress",
    "rows",
    "shallow",
]

EXACT = 1 << 53
"""Up to here every whole number is one of JavaScript's; beyond, JSON has them as texts."""
FORMATS = ("table", "json", "jsonl", "csv")
SHOWN = 20
"""Rows of a table that may be long, unless more are asked for."""
Row = Mapping[str, Any]


def chosen(form: str | None) -> str:
    """The format: as asked, else a table for a person and JSON lines for a program."""
    return form or ("table" if sys.stdout.isatty() else "jsonl")


def most(asked: int | None, form: str | None) -> int | None:
    """How many rows to print: so many as were asked for, else `SHOWN` in a table, and all in other formats."""
    return asked or (SHOWN if chosen(form) == "table" else None)


def rows(found: Iterable[Row], form: str | None, header: Iterable[str] = (), nothing: str = "") -> None:
    """Print rows. header: of a CSV without any. nothing: what a person is told where there are none."""
    kind = chosen(form)
    if kind == "jsonl":
        for row in found:
            click.echo(as_json(row))
    elif kind == "json":
        click.echo(as_json([dict(row) for row in found], indent=2))
    else:
        listed = list(found)
        names = list(dict.fromkeys(name for row in listed for name in row)) or list(header)
        if kind == "csv":
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(names)
            writer.writerows([_cell(row.get(name)) for name in names] for row in listed)
        elif listed:
            _table(names, listed)
        elif nothing:
            notice(click.get_current_context(), nothing)


def names(kind: Any) -> list[str]:
    """The columns of rows that are made of dataclasses of a kind."""
    return [field.name for field in fields(kind)]


def shallow(one: Any) -> dict[str, Any]:
    """A dataclass as a row; what it holds stays as it is, however deep (as `dataclasses.asdict` would not)."""
    return {field.name: getattr(one, field.name) for field in fields(one)}


def dated(found: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    """Rows with some columns (seconds since 1970) as dates."""

    def date(seconds: float | None) -> str | None:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")

    return [row | {name: date(row[name]) for name in names} for row in found]


def one(found: Row, form: str | None) -> None:
    """Print one thing: as a JSON object, or a table of its properties."""
    kind = chosen(form)
    if kind in ("json", "jsonl"):
        click.echo(as_json(found, indent=2 if kind == "json" else None))
    elif kind == "csv":
        rows([found], "csv")
    else:
        width = max(map(len, found))
        for name, value in found.items():
            click.echo(f"{name:<{width}}  {terminal.inline(_cell(value, person=True))}")


def as_json(value: Any, indent: int | None = None) -> str:
    """JSON as every program reads it: see `_portable`."""
    return json.dumps(_portable(value), ensure_ascii=False, indent=indent, default=str, allow_nan=False)


def _portable(value: Any) -> Any:
    """A value for JSON: NaN and infinities, which it does not have, as texts; and whole numbers beyond 2^53 as texts too,
    since jq, JavaScript and spreadsheets would round them: an id must stay that id."""
    made = [value]
    left: list[tuple[Any, Any]] = [(made, 0)]  # places whose value is to be made so: nothing calls itself
    while left:
        where, key = left.pop()
        one = where[key]
        if isinstance(one, float) and not abs(one) < inf:
            where[key] = _number(one)
        elif isinstance(one, int) and abs(one) > EXACT:
            where[key] = str(one)
        elif isinstance(one, Mapping | list | tuple):
            where[key] = one = dict(one) if isinstance(one, Mapping) else list(one)
            left += ((one, key) for key in (one if isinstance(one, dict) else range(len(one))))
    return made[0]


def _number(value: float) -> str:
    return repr(value) if abs(value) < inf else "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def _table(names: list[str], listed: list[Row]) -> None:
    cells = [[terminal.inline(_cell(row.get(name), person=True)) for name in names] for row in listed]
    widths = [max(map(terminal.width, column)) for column in zip(names, *cells, strict=True)]
    right = [all(isinstance(row.get(name), int | float) for row in listed) for name in names]
    prose = any(isinstance(row.get(names[-1]), str) for row in listed)
    for line in (names, *cells):
        *before, last = (terminal.padded(text, w, r) for text, w, r in zip(line, widths, right, strict=True))
        first = "".join(f"{text}  " for text in before)
        plain(terminal.hanging(first, last) if prose else [(first + last).rstrip()])


def _cell(value: Any, person: bool = False) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if person and isinstance(value, int):
        return f"{value:,}"
    if person and isinstance(value, float):
        return f"{value:.6g}"
    if person and (drawn := _drawn(value)):
        return drawn
    if person and isinstance(value, list) and all(isinstance(part, int | str) for part in value):
        return ", ".join(map(str, value))
    if isinstance(value, int | float):
        return _number(value)
    return value if isinstance(value, str) else as_json(value)


def _drawn(value: Any) -> str:
    """A node, a relationship or a path as one would write it in Cypher; nothing for any other value."""
    match value:
        case {"labels": [str(label), *_], **properties}:
            name = next(
                (properties[key] for key in ("text", "symbol", "name") if key in properties), properties.get("id", "")
            )
            return f"(:{label} {json.dumps(name, ensure_ascii=False)})"
        case {"type": str(kind), **properties}:
            inside = ", ".join(f"{name}: {_cell(part, person=True)}" for name, part in properties.items())
            return f"[:{kind} {{{inside}}}]" if inside else f"[:{kind}]"
        case [first, *_] if isinstance(first, dict) and all(isinstance(part, dict) and _drawn(part) for part in value):
            return ("-" if len(value) > 2 and "type" in value[1] else ", ").join(map(_drawn, value))
        case _:
            return ""


def plain(lines: Iterable[str]) -> None:
    """Print lines of text."""
    for line in lines:
        click.echo(line)


def pieces(text: Iterable[str]) -> None:
    """Print a text that comes in pieces, and end its line."""
    for piece in text:
        click.echo(piece, nl=False)
    click.echo()


def _talks(context: click.Context) -> bool:
    return sys.stderr.isatty() and not context.obj["quiet"]


def complain(what: str, lines: Iterable[str], more: int = 0) -> None:
    """Name on standard error what was not taken; and how many others."""
    for line in lines:
        click.echo(f"plasticdb: {what}: {line}", err=True)
    if more > 0:
        click.echo(f"plasticdb: {what}: {more:,} more", err=True)


def notice(context: click.Context, text: str) -> None:
    """Tell a person something that is no data; a program is not told."""
    if _talks(context):
        click.echo(text, err=True)


@contextmanager
def progress(context: click.Context, what: str) -> Iterator[Callable[[int, int | None], None]]:
    """A progress bar on a terminal: call what you get with (done, in all or None)."""
    if not _talks(context):
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=terminal.raw()), transient=True) as bar, terminal.guarded():
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
