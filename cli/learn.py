"""Verbs that change a memory: ingest, unlearn, reinforce, weaken, decay."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from . import output
from .given import complain, files_or_stdin, formed, selected, until_interrupted

if TYPE_CHECKING:
    from plasticdb.files.samples import Form


@click.command()
@click.argument("memory")
@click.argument("files", nargs=-1, metavar="[FILE... or -]")
@formed
@click.option(
    "--tokenizer", type=click.Choice(["chars", "words", "bytes", "symbols"]), help="How samples are cut [chars]."
)
@click.option("--normalize", type=click.Choice(["NFC", "NFKC"]), help="Bring texts into this normal form of Unicode.")
@click.option("--lower", is_flag=True, default=None, help="Bring texts into lower case.")
@click.option("--depth", type=int, help="How many symbols back a context reaches [5].")
@click.option("--max-symbols", type=int, help="Symbols that a sample may have [10,000].")
@click.option(
    "--source",
    help="What the samples are filed under [the file's path]; may have {path}, {folder}, {name}, {stem}, {date}, {time} "
    "(of the file's last change), {first} (a hash of its first line) and {today} in it.",
)
@click.option("--batch", type=click.IntRange(1), help="Samples that are applied at a time [50,000].")
@click.option("--mirror", is_flag=True, help="Also unlearn what left the source.")
@output.operation
@click.option("--update", is_flag=True, help="Unlearn the old text of an id that comes again, and learn the new one.")
@click.option("--again", is_flag=True, help="Learn whatever is given, also what its source has taught before.")
@click.option("--follow", is_flag=True, help="Go on as the file grows, or the pipe gives more, until Ctrl-C.")
@output.formatted
@click.pass_context
def ingest(
    context: click.Context,
    /,
    memory: str,
    files: tuple[str, ...],
    form_of: Form,
    follow: bool,
    operation: str | None,
    form: str | None,
    **options: Any,
) -> int:
    """Learn samples from FILEs, each line once however often it is given; durable when the command returns.

    What cannot be learned is named on standard error: lines, files, and records whose id was taught with another text. The
    rest is learned, and the exit code is 3; it is 1 where no file could be read. A pipe without --source has a source of
    its own each time, which the summary tells.
    """
    named = files_or_stdin(files)
    with output.opened(context, create=True) as db, output.progress(context, "learning") as bar:
        made = {
            name: options.pop(name) for name in ("tokenizer", "depth", "max_symbols", "normalize", "lower", "batch")
        }
        done = db.sequence(memory, **made).ingest(
            named,
            form=form_of,
            operation=operation,
            follow=until_interrupted() if follow else None,
            progress=lambda samples: bar(samples, None),
            **options,
        )
    if form_of.input == "lines" and (
        plain := [file for file in named if re.search(r"\.(jsonl|ndjson)\b", file.lower())]
    ):
        output.notice(context, f"{plain[0]} was read as plain lines; --input jsonl learns what its records hold")
    complain("rejected", done.rejections, done.rejected - len(done.rejections))
    complain("not read", done.failed)
    if not (options["update"] or options["mirror"]):
        how = "to take it for the old one, run it with --update"
        complain("changed", [f"{line}; {how}" for line in done.changes], done.changed - len(done.changes))
    left = "what left it stays until every line of it can be read"
    complain("not mirrored", [f"{source}: {left}" for source in done.unread])
    found: dict[str, Any] = {name: getattr(done, name) for name in ("learned", "skipped")}
    if done.changed or options["update"]:
        found["changed"] = done.changed
    found["rejected"] = done.rejected
    if options["mirror"]:
        found["unlearned"] = done.unlearned
    found |= {"concepts": done.concepts, "synapses": done.synapses, "seconds": round(done.seconds, 3)}
    output.one(found | ({"source": done.piped[0]} if done.piped else {}), form)
    stale = done.changed and not (options["update"] or options["mirror"])
    return 3 if done.rejected or done.failed or stale else 0


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
        formed,
        click.argument("files", nargs=-1, metavar="[FILE... or -]"),
        click.argument("memory"),
    ):
        command = add(command)
    return command


@click.command()
@_selecting
@click.option("--erase", is_flag=True, help="Also remove the texts from the journal.")
@click.pass_context
def unlearn(
    context: click.Context, memory: str, files: tuple[str, ...], form_of: Form, source: str | None, texts: tuple[str, ...],
    every: bool, operation: str | None, form: str | None, erase: bool,
) -> None:  # fmt: skip
    """Take samples back, exactly: a --source, the lines of FILEs, or --sample TEXT. All of them, or none if one is unknown."""
    with output.opened(context) as db:
        known = db.sequence(memory)
        samples = selected(known, files, form_of, texts)
        done = known.unlearn(samples, source=source, all=every, erase=erase, operation=operation)
    output.one({"unlearned": done}, form)


def _potentiation(name: str, doc: str) -> click.Command:
    @_selecting
    @click.option("--by", type=float, default=1.0, show_default=True, help="How much; a new sample weighs 1.")
    @click.pass_context
    def verb(
        context: click.Context, memory: str, files: tuple[str, ...], form_of: Form, source: str | None, texts: tuple[str, ...],
        every: bool, operation: str | None, form: str | None, by: float,
    ) -> None:  # fmt: skip
        with output.opened(context) as db:
            known = db.sequence(memory)
            samples = selected(known, files, form_of, texts)
            done = getattr(known, name)(samples, source=source, by=by, all=every, operation=operation)
        output.one({f"{name}d" if name.endswith("e") else f"{name}ed": done}, form)

    return click.command(name, help=doc)(verb)


reinforce = _potentiation(
    "reinforce", "Make learned samples weigh more: a --source, the lines of FILEs, or --sample TEXT."
)
weaken = _potentiation("weaken", "Make learned samples weigh less; below zero they inhibit. Chosen as in reinforce.")

UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400, "year": 365.25 * 86400}


def _duration(context: click.Context, _: click.Parameter, text: str) -> tuple[float, str]:
    """A time in seconds, and in words."""
    found = re.fullmatch(r"(-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)) *([a-z]*)", text.strip().lower())
    if found is None:
        raise click.BadParameter(f"{text!r} is no time; write 30d, 12h, 90m, 45s, 2w or 1y")
    number, said = float(found[1]), found[2]
    if not said:
        raise click.BadParameter(
            f"{text!r} has no unit; write {found[1]}d for days, or h (hours), m (minutes), s (seconds), w (weeks), y (years)"
        )
    unit = next((unit for unit in UNITS if said in (unit[0], unit, f"{unit}s")), None)
    if unit is None:
        raise click.BadParameter(f"{text!r} is no time; the units are {', '.join(f'{u[0]} ({u}s)' for u in UNITS)}")
    if not number * UNITS[unit] > 0:
        raise click.BadParameter(f"a half-life must be above zero, not {text!r}")
    return number * UNITS[unit], f"{number:,.10g} {unit}{'' if number == 1 else 's'}"


@click.command()
@click.argument("memory")
@click.option(
    "--half-life", required=True, callback=_duration, metavar="TIME",
    help="With its unit: 30d (days), 12h (hours), 90m (minutes), 45s, 2w (weeks), 1y (365.25 days).",
)  # fmt: skip
@output.operation
@output.formatted
@click.pass_context
def decay(
    context: click.Context, memory: str, half_life: tuple[float, str], operation: str | None, form: str | None
) -> None:
    """Forget by elapsed time: every sample's mass halves with each half-life since it was learned or last decayed."""
    seconds, said = half_life
    with output.opened(context) as db:
        output.one({"decayed": db.sequence(memory).decay(seconds, operation=operation), "half_life": said}, form)
