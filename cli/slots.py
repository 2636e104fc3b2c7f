"""Commands of the group `transform` about slots: get, list, forget, unlearn, recall_forward, recall_backward, use."""

from __future__ import annotations

import sys
from typing import Any

import click

from . import output
from .notes import external, note_id, note_ids
from .opening import opened
from .options import as_of, operation
from .transforms import numbers, of_transforms, spans, then_of

__all__ = ["commands", "slot_rows"]

_erase = click.option("--erase", is_flag=True, help="Also remove them from the journal and every file.")


def slot_rows(found: Any, form: str | None, *hidden: str) -> list[dict[str, Any]]:
    """Slots as rows; a table has no column in which none of them has anything, nor those that are hidden."""
    rows = output.dated([numbers(one, form) for one in found], "written", "used_at")
    if output.chosen(form) == "table":
        given = {name for row in rows for name, value in row.items() if value not in (None, "")}
        rows = [{name: value for name, value in row.items() if name in given - {*hidden}} for row in rows]
    return rows


@click.command()
@of_transforms
@note_id
@external
@as_of
@click.pass_context
def get(context: click.Context, memory: str, id: int | str, as_of: str | None, form: str | None) -> None:
    """One slot by its number ID, or a pair by the external id that it was given."""
    with opened(context) as db, then_of(db, memory, as_of) as known:
        found = known.get(id)
    output.one(output.dated([numbers(found, form)], "written", "used_at")[0], form)


@click.command("list")
@of_transforms
@click.option("--state", help="Only of this state: raw, transform, archived.")
@click.option("--stream", help="Only what was written in this stream.")
@click.option("--limit", type=int, default=100, show_default=True, help="How many at most.")
@click.option("--after", type=int, metavar="ID", help="Only what comes behind this one: the last of the page before.")
@as_of
@click.pass_context
def list_slots(context: click.Context, /, memory: str, as_of: str | None, form: str | None, **wanted: Any) -> None:
    """The slots, by number: pairs in the order in which they were written."""
    from plasticdb.transform.slots import Slotted

    with opened(context) as db, then_of(db, memory, as_of) as known:
        found = known.list(**wanted)
    output.rows(slot_rows(found, form, "usage", "used_at"), form, output.names(Slotted))


@click.command()
@of_transforms
@note_ids
@external
@click.option("--source", help="Every pair of this source; or of IDs: whose external ids they are.")
@click.option("--stream", help="Every pair of this stream.")
@_erase
@operation
@click.pass_context
def forget(context: click.Context, /, memory: str, ids: list[int | str], form: str | None, **how: Any) -> None:
    """Forget pairs: what absorbed them is fitted again without them. All of them, or none."""
    with opened(context) as db:
        done = numbers(db.transforms(memory).forget(ids or None, **how), None)
    if output.chosen(form) == "table":
        done["ids"] = spans(done["ids"])
    output.one(done, form)


@click.command()
@of_transforms
@click.option("--source", required=True, help="What the pairs are filed under.")
@_erase
@operation
@click.pass_context
def unlearn(
    context: click.Context, /, memory: str, source: str, form: str | None, **how: Any
) -> None:  # fmt: skip
    """Forget all pairs of a source, as forget does."""
    with opened(context) as db:
        done = db.transforms(memory).unlearn(source, **how)
    output.one({"unlearned": done}, form)


def _recalling(verb: str, does: str) -> click.Command:
    """The command of a verb that follows a stream."""

    @click.command(verb, help=f"{does}. KEY is a JSON list, or - for one on standard input.")
    @of_transforms
    @click.argument("key", default="-", metavar="[KEY or -]")
    @click.option("--steps", type=int, default=1, show_default=True, help="How many pairs beside the first one.")
    @click.option("--stream", help="Only in this stream.")
    @as_of
    @click.pass_context
    def recalling(
        context: click.Context, /, memory: str, key: str, as_of: str | None, form: str | None, **how: Any
    ) -> None:
        from plasticdb.transform.files import single
        from plasticdb.transform.slots import Slotted

        asked = single(sys.stdin.read() if key == "-" else key)
        with opened(context) as db, then_of(db, memory, as_of) as known:
            found = getattr(known, verb)(asked, **how)
        output.rows(slot_rows(found, form, "n", "written", "usage", "used_at"), form, output.names(Slotted))

    return recalling


recall_forward = _recalling(
    "recall_forward", "The pair in a stream that is nearest to KEY, and those that came behind it"
)
recall_backward = _recalling(
    "recall_backward", "The pair in a stream that is nearest to KEY, and those that came before it"
)


@click.command()
@of_transforms
@click.argument("numbers", nargs=-1, required=True, type=int, metavar="ID...")
@operation
@click.pass_context
def use(
    context: click.Context, memory: str, numbers: tuple[int, ...], operation: str | None, form: str | None
) -> None:  # fmt: skip
    """Note that the slots ID... were of use: in a memory with a --capacity those that are used least go first."""
    with opened(context) as db:
        done = db.transforms(memory).use(list(numbers), operation=operation)
    output.one({"used": done}, form)


commands = (get, list_slots, forget, unlearn, recall_forward, recall_backward, use)
