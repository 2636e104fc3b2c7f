"""The group `engram`: remember, remind, fire, recall, reward, tick, associations, history, stats, and those of `notes`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from math import inf
from typing import Any

import click

from . import output
from .anywhere import Verbs
from .engrams import between, engrams_of, in_context, levels, of_engrams, owner, then_of, weights, where
from .notes import commands as of_notes
from .notes import external, note_id, note_ids
from .opening import opened
from .options import as_of, files_or_stdin, formatted, operation

__all__ = ["engram"]


@click.group(cls=Verbs)
def engram() -> None:
    """Texts, or vectors, that live, fire together, age and die.

    What is remembered is in working memory. `remind` brings up what is near to it, and what fired together with that;
    `reward` lets engrams live longer; `tick` lets time pass: what is not rewarded dies.
    """


for command in of_notes:
    engram.add_command(command)


def _came(found: Sequence[Any], form: str | None, kind: type[Any]) -> None:
    """Print engrams. A table has no column in which none of them has anything, or all live for ever."""
    rows = [output.shallow(one) for one in found]
    if output.chosen(form) == "table":
        rows = [row | _in_words(row) for row in rows]
        empty = {name for name in output.names(kind) if all(row[name] in (None, "", inf, (), {}) for row in rows)}
        rows = [{name: value for name, value in row.items() if name not in empty} for row in rows]
    output.rows(rows, form, output.names(kind))


def _in_words(row: dict[str, Any]) -> dict[str, Any]:
    """What each way gave, for a person; of vectors that is the distance, or the strength."""
    if "ways" not in row:
        return {}
    if row["distance"] is not None or row["strength"] is not None:
        return {"score": None, "ways": ""}
    ways = ", ".join(f"{way} {gave:.2f}" for way, gave in row["ways"].items() if gave >= 0.005)
    return {"score": round(row["score"], 3) if ways else None, "ways": ways}


_text = click.option("--text", is_flag=True, help="Texts, by the memory's embedder, where there would be vectors.")


@engram.command()
@click.argument("memory")
@click.argument("files", nargs=-1, metavar="[FILE... or -]")
@_text
@click.option("--embedder", help="What makes vectors of texts [of a new memory: ngrams].")
@click.option("--stream", help="In which they come one after the other [of texts: that of this command].")
@owner
@click.option("--dimension", type=int, help="Numbers in a vector [that of the first one, or of the embedder].")
@click.option("--language", help="Of texts: by whose endings words are stemmed, or none [english].")
@click.option("--capacity", type=int, help="Engrams that short-term memory holds [32].")
@click.option("--near", type=int, help="Short-term engrams that are reminded at most [8].")
@click.option("--far", type=int, help="Long-term engrams that are reminded at most [8].")
@click.option("--depth", type=int, help="Steps of a walk through long-term memory [5].")
@click.option("--lifespan", type=float, help="Ticks that a new engram lives [32; texts: for ever].")
@click.option("--capacity-long", type=int, help="Engrams that long-term memory holds; then the least useful go [any].")
@click.option("--merge-above", type=float, help="Of texts: the cosine from which on two are one note [never].")
@click.option(
    "--shortcuts", type=int, help="Firings between two that are associated since they often fire so far apart [none]."
)
@weights
@click.option("--seed", type=int, help="Of choices between equals [0].")
@operation
@formatted
@click.pass_context
def remember(
    context: click.Context, /, memory: str, files: tuple[str, ...], text: bool, embedder: str | None,
    dimension: int | None, stream: str | None, operation: str | None, form: str | None, **options: Any,
) -> None:  # fmt: skip
    """Take vectors of FILEs into working memory: JSON lines {"vector": [...], "payload": ..., "id": ...}, or .npy.

    With --text, a text a line; in a file whose name ends in .jsonl {"text": ..., "payload": ..., "id": ...}.

    All of them or, where one cannot be read, none. What has an "id" that was given before is skipped, also if it has died
    since.
    """
    from plasticdb.engram.files import remember as remembered

    named = files_or_stdin(files)
    with opened(context, create=True) as db:
        memory_of = partial(db.engrams, memory, **options)
        how = {"stream": stream, "operation": operation}
        done = remembered(memory_of, named, text=text, embedder=embedder, dimension=dimension, **how)
    output.one({"remembered": len(done.ids) - done.skipped, "skipped": done.skipped, "ids": done.ids}, form)


@engram.command()
@of_engrams
@in_context
@operation
@click.pass_context
def remind(
    context: click.Context, memory: str, owner: str | None, named: str | None, operation: str | None, form: str | None
) -> None:  # fmt: skip
    """What working memory brings up: what fires together with it, and why each came."""
    from plasticdb.engram.memory import Reminded

    with opened(context) as db:
        found = engrams_of(db, memory, owner).remind(context=named, operation=operation)
    _came(found, form, Reminded)


@engram.command()
@of_engrams
@note_ids
@external
@in_context
@operation
@click.pass_context
def fire(
    context: click.Context, memory: str, ids: list[int | str], owner: str | None, named: str | None,
    operation: str | None, form: str | None,
) -> None:  # fmt: skip
    """Let engrams fire together, as one who teaches says: ID ... All of them, or none if one is not alive."""
    with opened(context) as db:
        done = engrams_of(db, memory, owner).fire(ids, context=named, operation=operation)
    output.one({"fired": done}, form)


@engram.command()
@of_engrams
@_text
@click.argument("cue", default="-", metavar="[CUE or -]")
@click.option("-k", "k", type=int, default=10, show_default=True, help="How many at most.")
@click.option("--offset", type=int, default=0, help="Leave out so many of the first: the next page.")
@where
@between
@levels
@click.option("--min-score", type=float, help="Only with a score as high.")
@weights
@in_context
@click.option("--explain", is_flag=True, help="Also those that were next, and why they were left out.")
@as_of
@click.pass_context
def recall(
    context: click.Context, /, memory: str, cue: str, owner: str | None, text: bool, as_of: str | None, form: str | None,
    levels: tuple[str, ...], named: str | None, **wanted: Any,
) -> None:  # fmt: skip
    """The engrams nearest to CUE (a JSON list), and what these bring along. It changes nothing.

    With --text, CUE is a question, and what most speaks for comes first.
    """
    from plasticdb.engram.ask import Recalled
    from plasticdb.engram.files import cue as parsed

    with opened(context) as db, then_of(db, memory, owner, as_of) as known:
        said = sys.stdin.read() if cue == "-" else cue
        found = known.recall(parsed(said, text=text), levels=levels or None, context=named, **wanted)
    _came(found, form, Recalled)


def _rewards(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[int, float]:
    deltas: dict[int, float] = {}
    for one in given:
        number, _, ticks = one.partition("=")
        try:
            if int(number) in deltas:
                raise click.BadParameter(f"{int(number)} is rewarded twice; add it up")
            deltas[int(number)] = float(ticks)
        except ValueError:
            raise click.BadParameter(f"{one!r} is not ID=TICKS; write it like 17=2.5") from None
    return deltas


@engram.command()
@of_engrams
@click.argument("deltas", nargs=-1, required=True, metavar="ID=TICKS...", callback=_rewards)
@operation
@click.pass_context
def reward(
    context: click.Context, memory: str, deltas: dict[int, float], owner: str | None, operation: str | None, form: str | None
) -> None:  # fmt: skip
    """Give engrams so many ticks more to live: ID=TICKS ... All of them, or none if one is unknown or dead."""
    with opened(context) as db:
        done = engrams_of(db, memory, owner).reward(deltas, operation=operation)
    output.one({"rewarded": done}, form)


@engram.command()
@of_engrams
@operation
@click.pass_context
def tick(context: click.Context, memory: str, owner: str | None, operation: str | None, form: str | None) -> None:
    """Let a tick pass: working memory becomes short-term, what overflows long-term, and some die."""
    with opened(context) as db:
        known = engrams_of(db, memory, owner)
        done = known.tick(operation=operation)
        sizes = known.stats()
    output.one({"tick": done} | {name: sizes[name] for name in ("short", "long")}, form)


@engram.command()
@of_engrams
@click.option("--embedder", required=True, help="What makes vectors of texts from now on.")
@click.option("--dimension", type=int, help="Numbers in a vector [the embedder's].")
@click.pass_context
def reembed(
    context: click.Context, memory: str, owner: str | None, embedder: str, dimension: int | None, form: str | None
) -> None:  # fmt: skip
    """Let another embedder make the vectors of all texts again. It can be stopped, and goes on where it was."""
    with opened(context) as db, output.progress(context, "embedding") as bar:
        known = engrams_of(db, memory, owner)
        done = known.reembed(embedder, dimension=dimension, progress=bar)
        made = known.options
    output.one(
        {"embedded": done, "embedder": made.embedder, "version": made.embedder_version, "dimension": made.dimension},
        form,
    )


@engram.command()
@of_engrams
@click.argument("id", type=int)
@in_context
@as_of
@click.pass_context
def associations(
    context: click.Context, memory: str, id: int, owner: str | None, named: str | None, as_of: str | None,
    form: str | None,
) -> None:  # fmt: skip
    """What fired together with the engram ID: how often, and how likely it is when that fires."""
    from plasticdb.engram.ask import Association

    with opened(context) as db, then_of(db, memory, owner, as_of) as known:
        found = known.associations(id, context=named)
    _came(found, form, Association)


@engram.command()
@of_engrams
@note_id
@external
@as_of
@click.pass_context
def history(
    context: click.Context, memory: str, id: int | str, owner: str | None, as_of: str | None, form: str | None
) -> None:  # fmt: skip
    """What happened to the note ID, whatever became of it: born, updated, fired, rewarded, pinned, died, forgotten."""
    with opened(context) as db, then_of(db, memory, owner, as_of) as known:
        found = known.history(id)
    output.rows(output.dated(found, "time"), form, ["event", "tick", "time"])


@engram.command()
@of_engrams
@as_of
@click.pass_context
def stats(context: click.Context, memory: str, owner: str | None, as_of: str | None, form: str | None) -> None:
    """Sizes of a memory: its tick, the engrams of each level, and the firings that are open."""
    with opened(context) as db, then_of(db, memory, owner, as_of) as known:
        output.one(known.stats(), form)
