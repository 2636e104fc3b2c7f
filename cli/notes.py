"""Commands of the group `engram` that keep notes: get, list, update, pin, unpin, forget."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from . import output
from .engrams import between, engrams_of, levels, of_engrams, then_of, where
from .opening import opened
from .options import as_of, operation

__all__ = ["commands", "external", "note_id", "note_ids"]


def _json(context: click.Context, parameter: click.Parameter, given: str | None) -> Any:
    if given is None:
        return None
    try:
        return json.loads(given)
    except (ValueError, RecursionError):
        raise click.BadParameter(f"{given[:40]!r} is no JSON; a text needs quotes, such as '\"tea\"'") from None


def _payload(context: click.Context, parameter: click.Parameter, given: str | None) -> Any:
    return ... if given is None else _json(context, parameter, given)


def _ids(context: click.Context, parameter: click.Parameter, given: str | tuple[str, ...]) -> Any:
    ids = [int(one) if one.isdecimal() and not context.meta[_EXTERNAL] else one for one in _listed(given)]
    return ids if isinstance(given, tuple) else ids[0]


def _listed(given: str | tuple[str, ...]) -> Sequence[str]:
    return given if isinstance(given, tuple) else [given]


def _noted(context: click.Context, parameter: click.Parameter, given: bool) -> None:
    context.meta[_EXTERNAL] = given


_EXTERNAL = "plasticdb.cli.notes.external"
external = click.option(
    "--external", is_flag=True, is_eager=True, expose_value=False, callback=_noted, help="IDs of digits are external ids, too."
)  # fmt: skip
note_id = click.argument("id", callback=_ids)
note_ids = click.argument("ids", nargs=-1, metavar="[ID...]", callback=_ids)
_stream = click.option("--stream", help="Only what was remembered in this stream.")


@click.command()
@of_engrams
@note_id
@external
@as_of
@click.pass_context
def get(
    context: click.Context, memory: str, id: int | str, owner: str | None, as_of: str | None, form: str | None
) -> None:  # fmt: skip
    """One note by its number ID, or by the external id that it was given."""
    with opened(context) as db, then_of(db, memory, owner, as_of) as known:
        found = known.get(id)
    output.one(output.dated([output.shallow(found)], "time")[0], form)


@click.command("list")
@of_engrams
@where
@_stream
@levels
@between
@click.option("--limit", type=int, default=100, show_default=True, help="How many at most.")
@click.option("--after", type=int, metavar="ID", help="Only what comes behind this one: the last of the page before.")
@as_of
@click.pass_context
def list_notes(
    context: click.Context, /, memory: str, levels: tuple[str, ...], owner: str | None, as_of: str | None, form: str | None,
    **wanted: Any,
) -> None:  # fmt: skip
    """The notes that are alive, in the order in which they were remembered."""
    from plasticdb.engram.notes import Noted

    with opened(context) as db, then_of(db, memory, owner, as_of) as known:
        found = known.list(levels=levels or None, **wanted)
    rows = output.dated([output.shallow(one) for one in found], "time")
    names = output.names(Noted)
    if output.chosen(form) == "table" and not any(one.copies for one in found):
        names = [name for name in names if name != "copies"]
        rows = [{name: row[name] for name in names} for row in rows]
    output.rows(rows, form, names)


@click.command()
@of_engrams
@note_id
@click.option("--payload", metavar="JSON", callback=_payload, help="Its new payload.")
@click.option("--text", help="Its new text, where the memory has an embedder.")
@external
@operation
@click.pass_context
def update(
    context: click.Context, /, memory: str, id: int | str, owner: str | None, form: str | None, **how: Any
) -> None:  # fmt: skip
    """Give the note ID another payload, or another text."""
    with opened(context) as db:
        done = engrams_of(db, memory, owner).update(id, **how)
    output.one({"updated": done}, form)


def _pinning(verb: str, does: str) -> click.Command:
    """The command of a verb that pins notes, or lets them go."""

    @click.command(verb, help=f"{does}. All of them, or none if one is not alive.")
    @of_engrams
    @click.argument("ids", nargs=-1, required=True, metavar="ID...", callback=_ids)
    @external
    @operation
    @click.pass_context
    def pinning(
        context: click.Context, memory: str, ids: list[int | str], owner: str | None, operation: str | None, form: str | None
    ) -> None:  # fmt: skip
        with opened(context) as db:
            done = getattr(engrams_of(db, memory, owner), verb)(ids, operation=operation)
        output.one({f"{verb}ned": done}, form)

    return pinning


pin = _pinning("pin", "Let notes never die")
unpin = _pinning("unpin", "Let notes die again: each lives as long as a new one does")


@click.command()
@of_engrams
@note_ids
@external
@where
@click.option("--source", help="Every note of this source; or of IDs: whose external ids they are.")
@_stream
@click.option("--erase", is_flag=True, help="Also remove their texts and payloads from the journal and every file.")
@operation
@click.pass_context
def forget(
    context: click.Context, /, memory: str, ids: list[int | str], owner: str | None, form: str | None, **how: Any
) -> None:  # fmt: skip
    """Forget notes, by their IDs or by what they are, and say what is gone. All of them, or none."""
    with opened(context) as db:
        receipt = engrams_of(db, memory, owner).forget(ids or None, **how)
    output.one(output.shallow(receipt), form)


commands = (get, list_notes, update, pin, unpin, forget)
