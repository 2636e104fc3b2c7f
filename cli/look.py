"""Verbs that look around: concepts, tree, memories, stats, sources, sessions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from . import output, terminal
from .given import as_sample

if TYPE_CHECKING:
    from plasticdb.sequence.browse import Branch

SHOWN = 20
"""Concepts in a table, unless more are asked for."""


@click.command()
@click.argument("memory")
@click.argument("prefix", default="")
@click.option("--level", type=click.IntRange(0), help="Only of this r_level.")
@click.option("--min-count", type=click.IntRange(1), default=1, help="Only with at least so many samples below.")
@click.option("--limit", type=click.IntRange(1), help=f"At most so many [{SHOWN} in a table].")
@output.as_of
@output.formatted
@click.pass_context
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
    with output.opened(context) as db:
        found = db.concepts(
            memory, as_sample(db.sequence(memory), prefix), r_level=level, min_count=min_count, as_of=as_of
        )
    most = limit or (SHOWN if output.chosen(form) == "table" else None)
    output.rows([asdict(concept) for concept in found[:most]], form)
    if most and not limit and len(found) > most:
        output.notice(context, f"{len(found) - most:,} more: --limit {len(found)}")


@click.command()
@click.argument("memory")
@click.argument("prefix", default="")
@click.option("--depth", type=click.IntRange(0), default=3, show_default=True, help="Levels to draw.")
@output.formatted
@click.pass_context
def tree(context: click.Context, memory: str, prefix: str, depth: int, form: str | None) -> None:
    """The abstraction tree under PREFIX, drawn; each concept with what it adds and how many samples are below."""
    with output.opened(context) as db:
        found = db.tree(memory, as_sample(db.sequence(memory), prefix), depth=depth)
    if output.chosen(form) == "table":
        output.plain(_drawn(found))
    elif output.chosen(form) == "csv":
        output.rows([asdict(branch.concept) | {"edge": branch.edge} for branch in _all(found)], form)
    else:
        output.one(_nested(found), form)


def _all(branch: Branch) -> Iterator[Branch]:
    yield branch
    for child in branch.children:
        yield from _all(child)


def _nested(branch: Branch) -> dict[str, Any]:
    inner = [_nested(child) for child in branch.children]
    return asdict(branch.concept) | {"edge": branch.edge, "more": branch.more, "children": inner}


def _drawn(branch: Branch, lead: str = "", joint: str = "", below: str = "") -> Iterator[str]:
    more = " ..." if branch.more else ""
    yield f"{lead}{joint}{terminal.inline(branch.edge) or '(root)'}  {branch.concept.count:,}{more}"
    for i, child in enumerate(branch.children):
        last = i + 1 == len(branch.children)
        yield from _drawn(child, lead + below, "└─ " if last else "├─ ", "   " if last else "│  ")


@click.command()
@output.formatted
@click.pass_context
def memories(context: click.Context, form: str | None) -> None:
    """The memories, with the events in their journal and how many of them the graph lacks."""
    with output.opened(context) as db:
        output.rows(db.memories(), form)


@click.command()
@click.argument("memory")
@output.as_of
@output.formatted
@click.pass_context
def stats(context: click.Context, memory: str, as_of: str | None, form: str | None) -> None:
    """Sizes of a memory: samples, symbols, concepts, synapses, and its r_levels, level 0 first."""
    with output.opened(context) as db:
        output.one(db.stats(memory, as_of=as_of), form)


@click.command()
@click.argument("memory")
@output.formatted
@click.pass_context
def sources(context: click.Context, memory: str, form: str | None) -> None:
    """What each source taught and what of it was unlearned."""
    with output.opened(context) as db:
        output.rows(output.dated(db.sources(memory), "first", "last"), form)


@click.command()
@click.argument("memory", required=False)
@output.formatted
@click.pass_context
def sessions(context: click.Context, memory: str | None, form: str | None) -> None:
    """Which sessions wrote to a MEMORY (or any), when, and how many events of each kind."""
    with output.opened(context) as db:
        output.rows(output.dated(db.sessions(memory), "started", "ended"), form)


@click.command()
@click.argument("memory")
@click.option("--from", "since", required=True, metavar="WHEN", help="A position, a time, or session:N (its end).")
@click.option("--to", "until", metavar="WHEN", help="The same; now by default.")
@click.option("--limit", type=click.IntRange(1), help=f"At most so many, the greatest first [{SHOWN} in a table].")
@output.formatted
@click.pass_context
def diff(
    context: click.Context, memory: str, since: str, until: str | None, limit: int | None, form: str | None
) -> None:
    """What came, went, strengthened and weakened: concepts by their count, synapses by their weight."""
    most = limit or (SHOWN if output.chosen(form) == "table" else None)
    with output.opened(context) as db:
        found = (asdict(one) for one in db.diff(memory, since, until))
        if most is None:
            output.rows(found, form)
            return
        listed = list(found)
    listed.sort(key=lambda row: -abs((row["after"] or 0) - (row["before"] or 0)))
    output.rows(listed[:most], form)
    if len(listed) > most and not limit:
        output.notice(context, f"{len(listed) - most:,} more: --limit {len(listed)}")
