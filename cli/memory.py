"""The commands that every memory has, whatever its kind: sizes, sources, sessions, sync, skip, rebuild, verify."""

from __future__ import annotations

import click

from . import output
from .opening import opened
from .options import as_of, of_memory, printing


@of_memory
@as_of
@printing
def stats(context: click.Context, memory: str, as_of: str | None, form: str | None) -> None:
    """Sizes of a memory: samples, symbols, concepts, synapses, and its r_levels, level 0 first."""
    with opened(context) as db, db.memory(memory).as_of(as_of) as then:
        found = then.stats()
    output.one(output.dated([found], *(name for name in ("fitted",) if name in found))[0], form)


@of_memory
@printing
def sources(context: click.Context, memory: str, form: str | None) -> None:
    """What each source taught and what of it was unlearned."""
    with opened(context) as db:
        found = db.memory(memory).sources()
    output.rows(output.dated(found, "first", "last"), form, ["source", "learned", "unlearned", "first", "last"])


@click.command()
@click.argument("memory", required=False)
@printing
def sessions(context: click.Context, memory: str | None, form: str | None) -> None:
    """Which sessions wrote to a MEMORY (or any), when, and how many events of each kind."""
    with opened(context) as db:
        found = db.sessions() if memory is None else db.memory(memory).sessions()
    output.rows(output.dated(found, "started", "ended"), form, ["id", "version", "started", "ended"])


@click.command()
@click.argument("memory", required=False)
@printing
def sync(context: click.Context, memory: str | None, form: str | None) -> None:
    """Apply what is in the journal and not yet in the graph, of a MEMORY or of all."""
    with opened(context) as db, output.progress(context, "applying") as bar:
        done = db.sync(bar) if memory is None else {memory: db.memory(memory).sync(bar)}
    output.rows([{"memory": name, "applied": events} for name, events in done.items()], form, ["memory", "applied"])


@of_memory
@printing
def rebuild(context: click.Context, memory: str, form: str | None) -> None:
    """Throw the graph of a MEMORY away and make it again from the journal."""
    with opened(context) as db, output.progress(context, "replaying") as bar:
        done = db.memory(memory).rebuild(bar)
    output.one({"memory": memory, "applied": done}, form)


@of_memory
@printing
def verify(context: click.Context, memory: str, form: str | None) -> int:
    """Replay the journal beside the graph and compare: every node, edge and weight. Exit code 1 where they differ."""
    with opened(context) as db:
        found = db.memory(memory).verify()
    if not found:
        output.one({"memory": memory, "verified": True}, form)
        return 0
    output.rows([{"memory": memory, "difference": line} for line in found], form, ["memory", "difference"])
    click.echo(f"plasticdb: error: graph and journal of {memory!r} differ; run `plasticdb rebuild {memory}`", err=True)
    return 1


@of_memory
@click.argument("position", type=int)
@printing
def skip(context: click.Context, memory: str, position: int, form: str | None) -> None:
    """Leave out the event of a MEMORY at a POSITION, which cannot be applied (`sync` names it), and go on.

    It has no effect any more, nor has what is about it, as if it had never been. The skip is an event itself.
    """
    with opened(context) as db:
        kind = db.memory(memory).skip(position)
    output.one({"memory": memory, "skipped": position, "kind": kind}, form)
