"""What commands are given to read: files and standard input, the form that samples have in them, samples as typed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from plasticdb.files.samples import Form
    from plasticdb.sequence.memory import SequenceMemory

__all__ = ["as_sample", "complain", "files_or_stdin", "formed", "selected", "until_interrupted"]

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


def formed(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how samples stand in files, as one argument `form_of`."""
    from functools import wraps

    @wraps(command)
    def with_form(
        *args: Any, kind: str, field: str | None, id_field: str | None, strip_control: bool, **rest: Any
    ) -> Any:
        from plasticdb.files.samples import Form

        return command(*args, form_of=Form(kind, field, id_field, strip_control), **rest)  # type: ignore[arg-type]

    given: Callable[..., Any] = with_form
    for add in _FORM:
        given = add(given)
    return given


def files_or_stdin(files: tuple[str, ...]) -> tuple[str, ...]:
    """The files that were given; standard input where there are none, unless a person sits there."""
    if not files and sys.stdin.isatty():
        raise click.UsageError("say which files, or - to read standard input")
    return files or ("-",)


def complain(what: str, lines: Iterable[str], more: int = 0) -> None:
    """Name on standard error what was not taken; and how many others."""
    for line in lines:
        click.echo(f"plasticdb: {what}: {line}", err=True)
    if more > 0:
        click.echo(f"plasticdb: {what}: {more:,} more", err=True)


def selected(memory: SequenceMemory, files: tuple[str, ...], form: Form, texts: tuple[str, ...]) -> list[Any] | None:
    """The samples that were named, or None; what cannot be read is an error, since nothing may be half done."""
    from plasticdb.errors import BadInput
    from plasticdb.files.samples import opened, read

    found: list[Any] = [as_sample(memory, text) for text in texts]
    for file in files:
        before = len(found)
        try:
            with opened(file) as stream:
                for record in read(stream, form, memory.options.max_symbols, memory.options.tokenizer == "bytes"):
                    if record.error:
                        raise BadInput(f"{file}:{record.line}: {record.error}")
                    found.append(record.sample)
        except BadInput as error:
            raise BadInput(f"{error}; nothing was changed") from None
        except OSError as error:
            raise BadInput(f"{file} cannot be read ({error.strerror}); nothing was changed") from None
        if len(found) == before:
            raise BadInput(f"{file} is empty: it has no sample; nothing was changed")
    return found if texts or files else None


def as_sample(memory: SequenceMemory, text: str) -> Any:
    """A sample or a prompt as it is typed; for the tokenizer `symbols` a JSON list."""
    if memory.options.tokenizer != "symbols":
        return text
    import json

    try:
        return json.loads(text or "[]")
    except ValueError:
        from plasticdb.errors import BadInput

        raise BadInput(f'{text!r} is no JSON list; {memory.name!r} has symbols, such as ["open", "close"]') from None


def until_interrupted() -> Callable[[], bool]:
    """What says whether Ctrl-C or SIGTERM came. The first ends it cleanly, a second one at once."""
    import signal
    from types import FrameType

    came: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        if came:
            raise KeyboardInterrupt
        came.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)
    return lambda: bool(came)
