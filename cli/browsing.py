"""Looking around in a sequence memory: the commands concepts and tree, and associations of what is far apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from . import drawing, output
from .opening import opened
from .options import as_of, of_memory, printing

if TYPE_CHECKING:
    from plasticdb.sequence.memory import SequenceMemory

__all__ = ["asked", "associations", "concepts", "tree"]


@contextmanager
def asked(
    context: click.Context, memory: str, when: str | None = None
) -> Iterator[tuple[SequenceMemory, Callable[[str], Any]]]:
    """A memory, now or as it was, and what makes a sample of what was typed."""
    from plasticdb.sequence.teaching.typed import typed

    with opened(context) as db, db.sequence(memory).as_of(when) as then:
        yield then, partial(typed, then)


@of_memory
@click.argument("prefix", default="")
@click.option("--level", type=click.IntRange(0), help="Only of this r_level.")
@click.option("--min-count", type=click.IntRange(1), default=1, help="Only with at least so many samples below.")
@click.option("--limit", type=click.IntRange(1), help=f"At most so many [{output.SHOWN} in a table].")
@as_of
@printing
def concepts(
    context: click.Context,
    memory: str,
    prefix: str,
    level: int | None,
    min_count: int,
    limit: int | None,
    as_of: str | None,
    form: str | None,
) -> None:
    """The concepts that begin with PREFIX: what samples share, the most counted first."""
    from plasticdb.sequence.asking.browse import Concept

    with asked(context, memory, as_of) as (then, typed):
        found = then.concepts(typed(prefix), r_level=level, min_count=min_count)
    most = output.most(limit, form)
    nothing = f"no learned sample begins with {prefix!r}, or none as asked for"
    output.rows([asdict(concept) for concept in found[:most]], form, output.names(Concept), nothing)
    if most and not limit and len(found) > most:
        output.notice(context, f"{len(found) - most:,} more: --limit {len(found)}")


@of_memory
@click.argument("prefix", default="")
@click.option("--depth", type=click.IntRange(0), default=3, show_default=True, help="Levels to draw.")
@printing
def tree(context: click.Context, memory: str, prefix: str, depth: int, form: str | None) -> None:
    """The abstraction tree under PREFIX, drawn; each concept with what it adds and how many samples are below."""
    with asked(context, memory) as (now, typed):
        found = now.tree(typed(prefix), depth=depth)
    if output.chosen(form) == "table":
        output.plain(drawing.tree(found))
    elif output.chosen(form) == "csv":
        output.rows([asdict(branch.concept) | {"edge": branch.edge} for _, branch in found.drawn()], form)
    else:
        output.pieces(drawing.nested(found, output.chosen(form) == "json"))


@of_memory
@click.argument("symbols")
@click.option("-k", "most", type=click.IntRange(1), default=16, show_default=True, help="At most so many.")
@as_of
@printing
def associations(
    context: click.Context, memory: str, symbols: str, most: int, as_of: str | None, form: str | None
) -> None:
    """What is again and again in the same samples as SYMBOLS, farther apart than a context sees (--shortcuts)."""
    from plasticdb.sequence.asking.associating import Association

    with asked(context, memory, as_of) as (then, typed):
        found = then.associations(typed(symbols), most)
    nothing = f"nothing is often far apart from {symbols!r}, as of the last consolidation"
    output.rows([asdict(one) for one in found], form, output.names(Association), nothing)
