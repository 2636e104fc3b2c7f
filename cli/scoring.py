"""How well a sequence memory predicts samples, all together and each: the commands score and surprise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from . import output
from .opening import opened
from .options import as_of, files_or_stdin, formed, of_memory, printing

if TYPE_CHECKING:
    from plasticdb.files.samples import Form
    from plasticdb.sequence.asking.scoring import Score
    from plasticdb.sequence.teaching.typed import Samples

__all__ = ["score", "surprise"]


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


def _scored(
    context: click.Context, memory: str, files: tuple[str, ...], form_of: Form, when: str | None
) -> tuple[Samples, Score]:
    """What was read, and how well the memory, now or as it was, predicts it; names what could not be read."""
    from plasticdb.sequence.teaching.typed import samples_in

    named = files_or_stdin(files)
    with opened(context) as db, db.sequence(memory).as_of(when) as then:
        read = samples_in(then, named, form_of)
        output.complain("rejected", read.rejections)
        output.complain("not read", read.failed)
        return read, then.score(read.samples)
