"""The group `transform`: write, read, consolidate, stats, and those of `slots` and `chains`."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from . import output
from .anywhere import Verbs
from .chains import commands as of_chains
from .opening import opened
from .options import as_of, files_or_stdin, operation
from .slots import commands as of_slots
from .transforms import numbers, of_transforms, spans, then_of

__all__ = ["transform"]


@click.group(cls=Verbs)
def transform() -> None:
    """Keys with values, which consolidate into fewer linear transforms.

    What is written comes out as it went in. `consolidate` lets pairs become transforms, which answer for all of them, and also
    between them.
    """


for command in (*of_slots, *of_chains):
    transform.add_command(command)


_mode = click.option("--mode", help="exact: what was written; general: also what was not [what consolidate found].")


@transform.command()
@of_transforms
@click.argument("files", nargs=-1, metavar="[FILE... or -]")
@click.option("--keys", help="A .npy of [m, key_dimension], in place of FILEs.")
@click.option("--values", help="A .npy of [m, value_dimension], beside --keys.")
@click.option("--stream", help="In which they come one after the other.")
@click.option("--source", help="What they are filed under, to take them back by.")
@click.option("--key-dimension", type=int, help="Numbers in a key [of a new memory: those of the first one].")
@click.option("--value-dimension", type=int, help="Numbers in a value [of a new memory: those of the first one].")
@click.option(
    "--capacity", type=int, help="Raw slots that a new memory holds; then the least used goes to the archive [any]."
)
@click.option("--half-life", type=float, help="Of a new memory: seconds after which a use counts half [86400].")
@click.option("--similarity", help="Of a new memory: keys are near by their distance (l2) or direction (cosine) [l2].")
@operation
@click.pass_context
def write(
    context: click.Context, /, memory: str, files: tuple[str, ...], keys: str | None, values: str | None, form: str | None,
    stream: str | None, source: str | None, operation: str | None, **options: Any,
) -> None:  # fmt: skip
    """Take pairs: JSON lines {"key": [...], "value": [...], "payload": ..., "id": ...}, or .npz with keys and values.

    All of them or, where one cannot be read, none. What has an "id" that its source gave before is skipped.
    """
    from plasticdb.transform.files import write as written

    named = () if keys is not None or values is not None else files_or_stdin(files)
    with opened(context, create=True) as db:
        memory_of = partial(db.transforms, memory)
        how = {"stream": stream, "source": source, "operation": operation}
        ids = written(memory_of, named or files, keys, values, options, **how)
    output.one({"written": len(ids), "ids": spans(ids) if output.chosen(form) == "table" else ids}, form)


@transform.command()
@of_transforms
@click.argument("query", default="-", metavar="[QUERY, FILE or -]")
@_mode
@click.option("--to", metavar="FILE.npy", help="Write the values there, as numpy.save does, and print how many.")
@click.option("--use", is_flag=True, help="The slots that answer count as used.")
@operation
@as_of
@click.pass_context
def read(
    context: click.Context, memory: str, query: str, mode: str | None, to: str | None, use: bool, operation: str | None,
    as_of: str | None, form: str | None,
) -> None:  # fmt: skip
    """The value for QUERY (a JSON list), and which slots it came from; or the values for all queries of a FILE.

    FILE has JSON lines, or is a .npy of [m, key_dimension]. Without --use it changes nothing.
    """
    from plasticdb.transform.files import queries, save
    from plasticdb.transform.files import query as parsed

    asked = parsed(query)
    several = asked is None or (bool(asked) and isinstance(asked[0], list))
    if use and (as_of is not None or several or to is not None):
        raise click.UsageError(
            "--use is for one query, asked now; leave it out, or name the slots: plasticdb transform use"
        )
    with opened(context) as db, then_of(db, memory, as_of) as known:
        if not several and to is None:
            return output.one(numbers(known.read(asked, mode=mode, use=use, operation=operation), form), form)
        given = queries(query) if asked is None else asked if several else [asked]
        values = known.read_many(given, mode=mode)
    if to is not None:
        save(to, values)
        return output.one({"values": len(values), "file": to}, form)
    output.rows(({"value": value} for value in values.tolist()), form, ["value"])


@transform.command()
@of_transforms
@click.option("--budget", type=int, help="Slots that there may be afterwards [any number].")
@click.option("--tolerance", type=float, help="How far what is absorbed may come out from how it went in [1e-6].")
@click.option("--mode", help="exact, general, or auto: what fits the pairs better [auto].")
@click.option("--afresh", is_flag=True, help="Plan all pairs anew, as if nothing had been consolidated.")
@operation
@click.pass_context
def consolidate(context: click.Context, /, memory: str, form: str | None, **how: Any) -> None:
    """Let pairs become transforms: fewer slots, which answer as the pairs did, or better."""
    asked = {name: value for name, value in how.items() if value is not None}
    with opened(context) as db:
        done = db.transforms(memory).consolidate(**asked)
    output.one(numbers(done, form), form)


@transform.command()
@of_transforms
@as_of
@click.pass_context
def stats(context: click.Context, memory: str, as_of: str | None, form: str | None) -> None:
    """Sizes of a memory: its slots, raw and transforms, its archive, and the floats that answer."""
    with opened(context) as db, then_of(db, memory, as_of) as known:
        output.one(known.stats(), form)
