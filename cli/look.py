"""Verbs that look around: concepts, tree, memories, stats, sources, sessions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

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
    from plasticdb.sequence.browse import Concept

    with output.opened(context) as db:
        now = db.sequence(memory)
        asked = as_sample(now, prefix)
        with now.as_of(as_of) as then:
            found = then.concepts(asked, r_level=level, min_count=min_count)
    most = limit or (SHOWN if output.chosen(form) == "table" else None)
    nothing = f"no learned sample begins with {prefix!r}, or none as asked for"
    output.rows([asdict(concept) for concept in found[:most]], form, output.names(Concept), nothing)
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
        known = db.sequence(memory)
        found = known.tree(as_sample(known, prefix), depth=depth)
    if output.chosen(form) == "table":
        output.plain(_drawn(found))
    elif output.chosen(form) == "csv":
        output.rows([asdict(branch.concept) | {"edge": branch.edge} for _, branch in found.drawn()], form)
    else:
        output.pieces(_nested(found, output.chosen(form) == "json"))


def _nested(top: Branch, pretty: bool) -> Iterator[str]:
    """A tree as JSON, in pieces: as json.dumps would write it, which cannot go as deep as a tree does."""

    def line(level: int) -> str:
        return "\n" + "  " * level if pretty else ""

    left: list[str | tuple[Branch, int]] = [(top, 0)]
    while left:
        part = left.pop()
        if isinstance(part, str):
            yield part
            continue
        branch, level = part
        own = asdict(branch.concept) | {"edge": branch.edge, "more": branch.more}
        comma = f",{line(level + 1) or ' '}"
        fields = [f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in own.items()]
        yield "{" + line(level + 1) + comma.join([*fields, '"children": ['])
        left.append((line(level + 1) if branch.children else "") + "]" + line(level) + "}")
        for child in reversed(branch.children):
            first = child is branch.children[0]
            left += [(child, level + 2), line(level + 2) if first else f",{line(level + 2) or ' '}"]


def _drawn(top: Branch) -> Iterator[str]:
    for before, branch in top.drawn():
        more = " ..." if branch.more else ""
        yield f"{before}{terminal.inline(branch.edge) or '(root)'}  {branch.concept.count:,}{more}"


@click.command()
@output.formatted
@click.pass_context
def memories(context: click.Context, form: str | None) -> None:
    """The memories, with the events in their journal and how many of them the graph lacks."""
    with output.opened(context) as db:
        nothing = "no memories yet; begin with `plasticdb ingest NAME FILE` or `plasticdb engram remember`"
        output.rows(db.memories(), form, ["memory", "kind", "position", "behind"], nothing)


@click.command()
@click.argument("memory")
@output.as_of
@output.formatted
@click.pass_context
def stats(context: click.Context, memory: str, as_of: str | None, form: str | None) -> None:
    """Sizes of a memory: samples, symbols, concepts, synapses, and its r_levels, level 0 first."""
    with output.opened(context) as db, db.memory(memory).as_of(as_of) as then:
        output.one(then.stats(), form)


@click.command()
@click.argument("memory")
@output.formatted
@click.pass_context
def sources(context: click.Context, memory: str, form: str | None) -> None:
    """What each source taught and what of it was unlearned."""
    with output.opened(context) as db:
        output.rows(
            output.dated(db.memory(memory).sources(), "first", "last"),
            form,
            ["source", "learned", "unlearned", "first", "last"],
        )


@click.command()
@click.argument("memory", required=False)
@output.formatted
@click.pass_context
def sessions(context: click.Context, memory: str | None, form: str | None) -> None:
    """Which sessions wrote to a MEMORY (or any), when, and how many events of each kind."""
    with output.opened(context) as db:
        found = db.sessions() if memory is None else db.memory(memory).sessions()
        output.rows(output.dated(found, "started", "ended"), form, ["id", "version", "started", "ended"])


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
    from plasticdb.memory.difference import Difference

    most = limit or (SHOWN if output.chosen(form) == "table" else None)
    with output.opened(context) as db:
        found = (asdict(one) for one in db.sequence(memory).diff(since, until))
        if most is None:
            output.rows(found, form, output.names(Difference))
            return
        listed = list(found)
    listed.sort(key=lambda row: -abs((row["after"] or 0) - (row["before"] or 0)))
    output.rows(listed[:most], form, output.names(Difference), "nothing changed between the two")
    if len(listed) > most and not limit:
        output.notice(context, f"{len(listed) - most:,} more: --limit {len(listed)}")
