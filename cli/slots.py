"""Commands of the group `transform` that keep slots: get, list, forget, unlearn."""

from __future__ import annotations

from typing import Any

import click

from . import output
from .notes import external, note_id, note_ids
from .opening import opened
from .options import as_of, operation
from .transforms import numbers, of_transforms, spans, then_of

__all__ = ["commands", "slot_rows"]

_erase = click.option("--erase", is_flag=True, help="Also remove them from the journal and every file.")


def slot_rows(found: Any, form: str | None) -> list[dict[str, Any]]:
    """Slots as rows; a table has no column in which none of them has anything, nor how much they were used."""
    rows = output.dated([numbers(one, form) for one in found], "written", "used_at")
    if output.chosen(form) == "table":
        given = {name for row in rows for name, value in row.items() if value not in (None, "")}
        rows = [{name: value for name, value in row.items() if name in given - {"usage", "used_at"}} for row in rows]
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
    output.rows(slot_rows(found, form), form, output.names(Slotted))


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


commands = (get, list_slots, forget, unlearn)
