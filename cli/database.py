"""The commands of the database: its memories, taking them out and in, migrations, settings."""

from __future__ import annotations

import sys

import click
from click.core import ParameterSource

from . import output, terminal
from .anywhere import Verbs
from .opening import migrations, opened, prepare
from .options import of_memory, operation, printing

FORMATS = ("jsonl", "csv", "graphml", "parquet")
ENDINGS = {".csv": "csv", ".graphml": "graphml", ".parquet": "parquet", ".zip": "csv"}
"""How the name of an export ends, and the format that whoever gives it means."""


@click.command()
@printing
def memories(context: click.Context, form: str | None) -> None:
    """The memories, with the events in their journal and how many of them the graph lacks."""
    from plasticdb.kinds import beginnings

    with opened(context) as db:
        nothing = f"no memories yet; begin with {beginnings()}"
        output.rows(db.memories(), form, ["memory", "kind", "position", "behind"], nothing)


@click.command()
@click.argument("memory", required=False)
@click.option(
    "--to", default="-", show_default=True, metavar="FILE",
    help="Where to; - is standard output. csv and parquet make a folder, or a zip if it ends in .zip or is -.",
)  # fmt: skip
@click.option(
    "--format", "kind", type=click.Choice(FORMATS), default="jsonl", show_default=True,
    help="jsonl is complete, for `import`; the others are the graph, for other programs.",
)  # fmt: skip
@click.option("--level", type=click.IntRange(0), help="Only concepts up to this r_level (not jsonl).")
@click.option("--prefix", help="Only concepts whose text begins so (not jsonl).")
@click.option("--min-count", type=click.IntRange(1), help="Only nodes with at least this count (not jsonl).")
@click.pass_context
def export(
    context: click.Context, memory: str | None, to: str, kind: str, level: int | None, prefix: str | None,
    min_count: int | None,
) -> None:  # fmt: skip
    """Write a MEMORY, or all of them, to a file: complete (jsonl), or its graph (csv, graphml, parquet).

    What an export fails to write in full is not left behind; a file that is there is replaced.
    """
    told = context.get_parameter_source("kind") is not ParameterSource.DEFAULT
    meant = next((format for ending, format in ENDINGS.items() if to.lower().endswith(ending)), None)
    if meant and not told:
        raise click.UsageError(f"say --format {meant} for {to}, or --format jsonl for what `import` reads")
    if to == "-" and kind in ("csv", "parquet") and sys.stdout.isatty():
        raise click.UsageError(f"{kind} on standard output is a zip, which is nothing for a terminal: say --to FOLDER")
    with opened(context) as db, terminal.bytes_guarded():
        done = db.export(memory, to, format=kind, level=level, prefix=prefix, min_count=min_count)
    if to != "-":
        output.rows(done, None)


@click.command("import")
@click.argument("file", metavar="FILE or -")
@click.option("--as", "name", metavar="NAME", help="What to call the memory here (of a file that holds one).")
@click.option("--merge", is_flag=True, help="Add to a memory that is there what it lacks.")
@operation
@printing
def import_(
    context: click.Context, file: str, name: str | None, merge: bool, operation: str | None, form: str | None
) -> None:  # fmt: skip
    """Read memories from a FILE that `export` wrote as jsonl. All of it is checked before anything is changed.

    With --merge, what the memory has already is skipped (a copied event, or a sample that the same source has taught
    here too), and the rest follows what is here. Done again, it adds nothing.
    """
    prepare(context)
    with opened(context, create=True) as db, output.progress(context, "applying") as bar:
        done = db.import_(file, name=name, merge=merge, operation=operation, progress=bar)
    output.rows(done, form)


@click.command()
@click.argument("memory", required=False)
@click.option("--to", required=True, metavar="URL", help="The graph to copy to, as for --db.")
@click.option("--to-journal", metavar="URL", help="The journal to copy to, as for --journal.")
@printing
def copy(context: click.Context, memory: str | None, to: str, to_journal: str | None, form: str | None) -> None:
    """Copy a MEMORY, or all of them, to another database. After an interruption, run it again: it goes on."""
    with opened(context):  # what there is to copy, before anything is made
        prepare(context, (to, to_journal))
    with (
        opened(context) as db,
        opened(context, create=True, place=(to, to_journal)) as other,
        output.progress(context, "copying") as bar,
    ):
        done = db.copy(other, memory, progress=bar)
    output.rows([{"memory": name, "copied": events} for name, events in done.items()], form, ["memory", "copied"])


@click.command()
@click.argument("file")
@click.option("--replace", is_flag=True, help="Also where the file is there.")
@printing
def backup(context: click.Context, file: str, replace: bool, form: str | None) -> None:
    """Copy the SQLite database to a FILE, as it is at one moment, while others go on writing to it.

    A file that is open must not be copied with `cp`: what was learned last is in its log.
    """
    with opened(context) as db, output.progress(context, "copying pages") as bar:
        size = db.backup(file, replace=replace, progress=bar)
    output.one({"backup": file, "bytes": size}, form)


@click.group(cls=Verbs)
def migrate() -> None:
    """The migrations of journal and graph: which there are, and applying them."""


@migrate.command()
@printing
def status(context: click.Context, form: str | None) -> None:
    """Every migration, and whether it is applied."""
    with migrations(context) as there:
        found = [{"migration": name, "applied": applied} for name, applied in there.status()]
    output.rows(found, form, ["migration", "applied"])


@migrate.command()
@printing
def up(context: click.Context, form: str | None) -> None:
    """Apply the migrations that are missing; on a new server these make the tables."""
    with migrations(context) as there:
        applied = [{"applied": name} for name in there.up()]
    output.rows(applied, form, ["applied"], "every migration is applied already")


@of_memory
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def drop(context: click.Context, memory: str, yes: bool) -> None:
    """Remove a MEMORY: its graph and its journal. It cannot be undone."""
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("dropping a memory cannot be undone: say --yes")
    with opened(context) as db:
        sizes = db.memory(memory).stats()
        if not yes:
            has = f"{sizes['samples']:,} samples" if "samples" in sizes else f"{sizes['position']:,} events"
            click.confirm(f"Remove {memory!r} with its {has}?", abort=True, err=True)
        db.drop(memory)


@click.group(cls=Verbs)
def config() -> None:
    """The settings: flag > environment > plasticdb.toml > default."""


@config.command()
@printing
def show(context: click.Context, form: str | None) -> None:
    """Each setting, its value, and where that comes from."""
    from plasticdb.config.files import resolve

    found = resolve(context.obj).values()
    output.rows(
        [{"setting": v.setting.name, "value": v.shown, "from": v.origin, "meaning": v.setting.doc} for v in found], form
    )
