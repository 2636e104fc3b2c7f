"""Verbs that keep a memory well: sync, skip, rebuild, verify, migrate, drop, config."""

from __future__ import annotations

import sys

import click

from . import output
from .anywhere import Verbs


@click.command()
@click.argument("memory", required=False)
@output.formatted
@click.pass_context
def sync(context: click.Context, memory: str | None, form: str | None) -> None:
    """Apply what is in the journal and not yet in the graph, of a MEMORY or of all."""
    with output.opened(context) as db, output.progress(context, "applying") as bar:
        done = db.sync(bar) if memory is None else {memory: db.memory(memory).sync(bar)}
    output.rows([{"memory": name, "applied": events} for name, events in done.items()], form, ["memory", "applied"])


@click.command()
@click.argument("memory")
@output.formatted
@click.pass_context
def rebuild(context: click.Context, memory: str, form: str | None) -> None:
    """Throw the graph of a MEMORY away and make it again from the journal."""
    with output.opened(context) as db, output.progress(context, "replaying") as bar:
        done = db.memory(memory).rebuild(bar)
    output.one({"memory": memory, "applied": done}, form)


@click.command()
@click.argument("memory")
@output.formatted
@click.pass_context
def verify(context: click.Context, memory: str, form: str | None) -> int:
    """Replay the journal beside the graph and compare: every node, edge and weight. Exit code 1 where they differ."""
    with output.opened(context) as db:
        found = db.memory(memory).verify()
    if not found:
        output.one({"memory": memory, "verified": True}, form)
        return 0
    output.rows([{"memory": memory, "difference": line} for line in found], form, ["memory", "difference"])
    click.echo(f"plasticdb: error: graph and journal of {memory!r} differ; run `plasticdb rebuild {memory}`", err=True)
    return 1


@click.command()
@click.argument("memory")
@click.argument("position", type=int)
@output.formatted
@click.pass_context
def skip(context: click.Context, memory: str, position: int, form: str | None) -> None:
    """Leave out the event of a MEMORY at a POSITION, which cannot be applied (`sync` names it), and go on.

    It has no effect any more, nor has what is about it, as if it had never been. The skip is an event itself.
    """
    with output.opened(context) as db:
        kind = db.memory(memory).skip(position)
    output.one({"memory": memory, "skipped": position, "kind": kind}, form)


@click.group(cls=Verbs)
def migrate() -> None:
    """The migrations of journal and graph: which there are, and applying them."""


@migrate.command()
@output.formatted
@click.pass_context
def status(context: click.Context, form: str | None) -> None:
    """Every migration, and whether it is applied."""
    with output.migrations(context) as migrations:
        found = [{"migration": name, "applied": applied} for name, applied in migrations.status()]
    output.rows(found, form, ["migration", "applied"])


@migrate.command()
@output.formatted
@click.pass_context
def up(context: click.Context, form: str | None) -> None:
    """Apply the migrations that are missing; on a new server these make the tables."""
    with output.migrations(context) as migrations:
        applied = [{"applied": name} for name in migrations.up()]
    output.rows(applied, form, ["applied"], "every migration is applied already")


@click.command()
@click.argument("memory")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def drop(context: click.Context, memory: str, yes: bool) -> None:
    """Remove a MEMORY: its graph and its journal. It cannot be undone."""
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("dropping a memory cannot be undone: say --yes")
    with output.opened(context) as db:
        sizes = db.memory(memory).stats()
        if not yes:
            has = f"{sizes['samples']:,} samples" if "samples" in sizes else f"{sizes['position']:,} events"
            click.confirm(f"Remove {memory!r} with its {has}?", abort=True, err=True)
        db.drop(memory)


@click.group(cls=Verbs)
def config() -> None:
    """The settings: flag > environment > plasticdb.toml > default."""


@config.command()
@output.formatted
@click.pass_context
def show(context: click.Context, form: str | None) -> None:
    """Each setting, its value, and where that comes from."""
    from plasticdb.config.files import resolve

    found = resolve(context.obj).values()
    output.rows(
        [{"setting": v.setting.name, "value": v.shown, "from": v.origin, "meaning": v.setting.doc} for v in found], form
    )
