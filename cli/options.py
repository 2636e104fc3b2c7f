"""Options and arguments that several commands take: formats, moments, operations, files and the form of their samples."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from .output import FORMATS

__all__ = ["as_of", "duration", "files_or_stdin", "formatted", "formed", "of_memory", "operation", "printing"]

as_of = click.option(
    "--as-of", metavar="WHEN", help="As it was: at a position, a time (2026-11-21T10:00, UTC), or the end of session:N."
)
formatted = click.option(
    "--format", "form", type=click.Choice(FORMATS), help="How to print (default: table on a terminal, else jsonl)."
)
operation = click.option(
    "--operation",
    metavar="ID",
    help="An id for this call: run again with it, after a kill too, it is done once in all.",
)
_FORM = (
    click.option(
        "--strip-control", is_flag=True, help="Take out control characters and terminals' escape sequences; they are rejected."
    ),
    click.option("--id-field", metavar="PATH", help="Of JSON lines: where the id is [id]."),
    click.option("--field", metavar="PATH", help="Of JSON lines: where the sample is, such as event.text [text or symbols]."),
    click.option(
        "--input", "kind", type=click.Choice(["lines", "text", "jsonl"]), default="lines", show_default=True,
        help="A sample a line, a paragraph, or a JSON text, list or object a line. Files may be .gz or .zst.",
    ),
)  # fmt: skip


def of_memory(command: Callable[..., Any]) -> click.Command:
    """A command whose first argument is a MEMORY."""
    return click.command()(click.argument("memory")(command))


def printing(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option --format, of a command that is given its context, too."""
    return formatted(click.pass_context(command))


def formed(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how samples stand in files, as one argument `form_of`."""

    @wraps(command)
    def with_form(
        *args: Any, kind: str, field: str | None, id_field: str | None, strip_control: bool, **rest: Any
    ) -> Any:
        from plasticdb.files.samples import Form

        return command(*args, form_of=Form(kind, field, id_field, strip_control), **rest)  # type: ignore[arg-type]

    optioned: Callable[..., Any] = with_form
    for option in _FORM:
        optioned = option(optioned)
    return optioned


def files_or_stdin(files: tuple[str, ...]) -> tuple[str, ...]:
    """The files that were named; standard input where none is, unless a person sits there."""
    if not files and sys.stdin.isatty():
        raise click.UsageError("say which files, or - to read standard input")
    return files or ("-",)


def duration(context: click.Context, _: click.Parameter, text: str) -> tuple[float, str]:
    """A callback: a time in seconds, and in words."""
    from plasticdb.kit.durations import duration as read

    try:
        return read(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
