"""Verbs that change a memory: ingest, unlearn, reinforce, weaken, decay."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from . import output

if TYPE_CHECKING:
    from plasticdb.sequence.memory import SequenceMemory

INPUT = click.option(
    "--input", "kind", type=click.Choice(["lines", "text", "jsonl"]), default="lines", show_default=True,
    help="A sample a line, a paragraph, or a JSON text, list or object a line.",
)  # fmt: skip


@click.command()
@click.argument("memory")
@click.argument("files", nargs=-1, metavar="[FILE... or -]")
@INPUT
@click.option(
    "--tokenizer", type=click.Choice(["chars", "words", "bytes", "symbols"]), help="How samples are cut [chars]."
)
@click.option("--depth", type=int, help="How many symbols back a context reaches [5].")
@click.option("--max-symbols", type=int, help="The longest sample that the memory takes [10,000].")
@click.option("--source", help="What the samples are filed under [the file's path].")
@click.option("--batch", type=click.IntRange(1), help="Samples that are applied at a time [50,000].")
@click.option("--mirror", is_flag=True, help="Also unlearn what left the source.")
@output.operation
@output.formatted
@click.pass_context
def ingest(
    context: click.Context,
    /,
    memory: str,
    files: tuple[str, ...],
    kind: str,
    source: str | None,
    mirror: bool,
    operation: str | None,
    form: str | None,
    **options: Any,
) -> int:
    """Learn samples from FILEs, each line once however often it is given; durable when the command returns.

    Lines that cannot be learned are named on standard error, the rest is learned, and the exit code is 3.
    """
    named = _files(files)
    with output.opened(context, create=True) as db, output.progress(context, "learning") as bar:
        done = db.ingest(
            memory,
            named,
            input=kind,
            source=source,
            mirror=mirror,
            operation=operation,
            progress=lambda samples: bar(samples, None),
            **options,
        )
    for line in done.rejections:
        click.echo(f"plasticdb: rejected: {line}", err=True)
    if done.rejected > len(done.rejections):
        click.echo(f"plasticdb: rejected: {done.rejected - len(done.rejections):,} more", err=True)
    for named in done.unread:
        click.echo(f"plasticdb: not mirrored: {named}: what left it stays until every line of it can be read", err=True)
    found = asdict(done)
    del found["rejections"], found["unread"]
    if not mirror:
        del found["unlearned"]
    output.one(found | {"seconds": round(done.seconds, 3)}, form)
    return 3 if done.rejected else 0


def _files(files: tuple[str, ...]) -> tuple[str, ...]:
    if not files and sys.stdin.isatty():
        raise click.UsageError("say which files, or - to read standard input")
    return files or ("-",)


def _selecting(command: Callable[..., Any]) -> Callable[..., Any]:
    """The arguments that choose learned samples."""
    for add in (
        output.formatted,
        output.operation,
        click.option(
            "--all", "every", is_flag=True, help="Every learning of these samples, not one for each time given."
        ),
        click.option(
            "--sample", "texts", multiple=True, metavar="TEXT", help="One sample (may be given several times)."
        ),
        click.option("--source", help="Only this source; without samples, all of it."),
        INPUT,
        click.argument("files", nargs=-1, metavar="[FILE... or -]"),
        click.argument("memory"),
    ):
        command = add(command)
    return command


def _samples(memory: SequenceMemory, files: tuple[str, ...], kind: str, texts: tuple[str, ...]) -> list[Any] | None:
    """The samples that were named, or None; a line that is none is an error, since nothing may be half done."""
    from plasticdb.errors import BadInput
    from plasticdb.samples import opened, read

    found: list[Any] = [as_sample(memory, text) for text in texts]
    for file in files:
        with opened(file) as stream:
            for record in read(stream, kind, memory.options.max_symbols):  # type: ignore[arg-type]
                if record.error:
                    raise BadInput(f"{file}:{record.line}: {record.error}; nothing was changed")
                found.append(record.sample)
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


@click.command()
@_selecting
@click.option("--erase", is_flag=True, help="Also remove the texts from the journal.")
@click.pass_context
def unlearn(
    context: click.Context, memory: str, files: tuple[str, ...], kind: str, source: str | None, texts: tuple[str, ...],
    every: bool, operation: str | None, form: str | None, erase: bool,
) -> None:  # fmt: skip
    """Take samples back, exactly: a --source, the lines of FILEs, or --sample TEXT. All of them, or none if one is unknown."""
    with output.opened(context) as db:
        samples = _samples(db.sequence(memory), files, kind, texts)
        done = db.unlearn(memory, samples, source=source, all=every, erase=erase, operation=operation)
    output.one({"unlearned": done}, form)


def _potentiation(name: str, doc: str) -> click.Command:
    @_selecting
    @click.option("--by", type=float, default=1.0, show_default=True, help="How much; a new sample weighs 1.")
    @click.pass_context
    def verb(
        context: click.Context, memory: str, files: tuple[str, ...], kind: str, source: str | None, texts: tuple[str, ...],
        every: bool, operation: str | None, form: str | None, by: float,
    ) -> None:  # fmt: skip
        with output.opened(context) as db:
            samples = _samples(db.sequence(memory), files, kind, texts)
            done = getattr(db, name)(memory, samples, source=source, by=by, all=every, operation=operation)
        output.one({f"{name}d" if name.endswith("e") else f"{name}ed": done}, form)

    return click.command(name, help=doc)(verb)


reinforce = _potentiation(
    "reinforce", "Make learned samples weigh more: a --source, the lines of FILEs, or --sample TEXT."
)
weaken = _potentiation("weaken", "Make learned samples weigh less; below zero they inhibit. Chosen as in reinforce.")

UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365.25 * 86400}


def _seconds(context: click.Context, _: click.Parameter, text: str) -> float:
    found = re.fullmatch(r"([0-9.]+)([smhdwy]?)", text.strip())
    try:
        return float(found[1]) * UNITS[found[2]] if found else float("")
    except ValueError:
        raise click.BadParameter(f"{text!r} is no time; write 30d, 12h, 90m, 45s, 2w or 1y") from None


@click.command()
@click.argument("memory")
@click.option("--half-life", required=True, callback=_seconds, metavar="TIME", help="30d, 12h, 90m, 45s, 2w, 1y.")
@output.operation
@output.formatted
@click.pass_context
def decay(context: click.Context, memory: str, half_life: float, operation: str | None, form: str | None) -> None:
    """Forget by elapsed time: every sample's mass halves with each half-life since it was learned or last decayed."""
    with output.opened(context) as db:
        output.one({"decayed": db.decay(memory, half_life, operation=operation)}, form)
