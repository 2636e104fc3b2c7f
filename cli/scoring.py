"""What a sequence memory makes of samples that it does not learn: the commands score, surprise and features."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from . import output
from .opening import opened
from .options import as_of, files_or_stdin, formed, of_memory, printing

if TYPE_CHECKING:
    from plasticdb.files.samples import Form
    from plasticdb.sequence.asking.scoring import Score
    from plasticdb.sequence.memory import SequenceMemory
    from plasticdb.sequence.teaching.typed import Samples

__all__ = ["features", "score", "surprise"]


@of_memory
@click.argument("files", nargs=-1, metavar="[FILE... or -]")
@formed
@click.option("--each", is_flag=True, help="Also each sample's nats.")
@as_of
@printing
def score(
    context: click.Context,
    memory: str,
    files: tuple[str, ...],
    form_of: Form,
    each: bool,
    as_of: str | None,
    form: str | None,
) -> int:
    """How well the memory predicts samples: nats per symbol, the stop included. Nothing is learned.

    What cannot be read is named on standard error, the rest is scored, and the exit code is 3.
    """
    read, found = _scored(context, memory, files, form_of, as_of)
    if each:
        lines = zip(read.shown, found.nats, found.symbols, strict=True)
        output.rows(
            [{"sample": s, "nats": nats, "symbols": n, "nats_per_symbol": nats / n} for s, nats, n in lines], form
        )
    else:
        sizes = {"samples": len(read.samples), "symbols": sum(found.symbols), "rejected": len(read.rejections)}
        output.one(sizes | {"nats_per_symbol": found.nats_per_symbol}, form)
    return 3 if read.rejections or read.failed else 0


@of_memory
@click.argument("files", nargs=-1, metavar="[FILE... or -]")
@formed
@click.option("--top", type=click.IntRange(1), help=f"Only the most surprising [{output.SHOWN} in a table].")
@click.option("--per-symbol", is_flag=True, help="By nats per symbol: long samples do not stand out for their length.")
@as_of
@printing
def surprise(
    context: click.Context,
    memory: str,
    files: tuple[str, ...],
    form_of: Form,
    top: int | None,
    per_symbol: bool,
    as_of: str | None,
    form: str | None,
) -> int:
    """How much each sample surprises the memory, in nats, the most first: outliers, and what is to be cleaned.

    Nothing is learned. What cannot be read is named on standard error, the rest is looked at, and the exit code is 3.
    """
    read, found = _scored(context, memory, files, form_of, as_of)
    told = [(nats, nats / n, sample) for sample, nats, n in zip(read.shown, found.nats, found.symbols, strict=True)]
    told.sort(key=lambda one: -(one[1] if per_symbol else one[0]))
    rows = [{"sample": sample, "nats": nats, "nats_per_symbol": each} for nats, each, sample in told]
    most = output.most(top, form)
    output.rows(rows[:most], form, ["sample", "nats", "nats_per_symbol"])
    if most and not top and len(rows) > most:
        output.notice(context, f"{len(rows) - most:,} more: --top {len(rows)}")
    return 3 if read.rejections or read.failed else 0


@of_memory
@click.argument("files", nargs=-1, metavar="[FILE... or -]")
@formed
@click.option("--label", help="What `classifier ingest` is to learn them as.")
@click.option("--min-count", type=int, default=1, show_default=True, help="Only contexts that were learned so often.")
@as_of
@printing
def features(
    context: click.Context,
    memory: str,
    files: tuple[str, ...],
    form_of: Form,
    label: str | None,
    min_count: int,
    as_of: str | None,
    form: str | None,
) -> int:
    """Which contexts each sample fires, and how often: lines of JSON for `classifier ingest` and `classifier predict`.

    What cannot be read is named on standard error, the rest is looked at, and the exit code is 3.
    """
    with _read(context, memory, files, form_of, as_of) as (then, read):
        found = then.features(read.samples, min_count=min_count)
    said = {} if label is None else {"y": label}
    output.rows(({"x": one} | said for one in found), form, ["x", *said])
    return 3 if read.rejections or read.failed else 0


@contextmanager
def _read(
    context: click.Context, memory: str, files: tuple[str, ...], form_of: Form, when: str | None
) -> Iterator[tuple[SequenceMemory, Samples]]:
    """The memory, now or as it was, and what was read; names what could not be read."""
    from plasticdb.sequence.teaching.typed import samples_in

    named = files_or_stdin(files)
    with opened(context) as db, db.sequence(memory).as_of(when) as then:
        read = samples_in(then, named, form_of)
        output.complain("rejected", read.rejections)
        output.complain("not read", read.failed)
        yield then, read


def _scored(
    context: click.Context, memory: str, files: tuple[str, ...], form_of: Form, when: str | None
) -> tuple[Samples, Score]:
    """What was read, and how well the memory predicts it."""
    with _read(context, memory, files, form_of, when) as (then, read):
        return read, then.score(read.samples)
