"""The commands of sequence memories: learn, predict, explain, look around, take back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from . import drawing, output
from .browsing import asked
from .browsing import associations as associations
from .browsing import concepts as concepts
from .browsing import tree as tree
from .interruption import until_interrupted
from .making import made
from .opening import opened
from .options import as_of, duration, files_or_stdin, formed, of_memory, operation, printing
from .scoring import features as features
from .scoring import score as score
from .scoring import surprise as surprise

if TYPE_CHECKING:
    from plasticdb.files.samples import Form
    from plasticdb.sequence.memory import SequenceMemory


NOTHING = 1e-6
"""A probability that is not worth a word."""


@of_memory
@click.argument("files", nargs=-1, metavar="[FILE... or -]")
@formed
@click.option(
    "--tokenizer", type=click.Choice(["chars", "words", "bytes", "symbols"]), help="How samples are cut [chars]."
)
@click.option("--normalize", type=click.Choice(["NFC", "NFKC"]), help="Bring texts into this normal form of Unicode.")
@click.option("--lower", is_flag=True, default=None, help="Bring texts into lower case.")
@click.option("--depth", type=int, help="How many symbols back the view suffix reaches [as --views says].")
@click.option(
    "--views",
    metavar="SET",
    help='What contexts are made of: small, standard, large, or a set such as "suffix 5, position 16" [standard; docs/views.md].',
)
@click.option("--max-symbols", type=int, help="Symbols that a sample may have [10,000].")
@click.option(
    "--max-contexts", type=int, help="Contexts that it may have, about: where there are more it collapses [any number]."
)
@click.option(
    "--shortcuts", type=int, help="How far apart two symbols may be that are associated since they often are so [none]."
)
@click.option(
    "--source",
    help="What the samples are filed under [the file's path]; may have {path}, {folder}, {name}, {stem}, {date}, {time} "
    "(of the file's last change), {first} (a hash of its first line) and {today} in it.",
)
@click.option("--batch", type=click.IntRange(1), help="Samples that are applied at a time [50,000].")
@click.option("--max-memory", metavar="SIZE", help="What the process may take, about, such as 500MB [1GB].")
@click.option("--mirror", is_flag=True, help="Also unlearn what left the source.")
@operation
@click.option("--update", is_flag=True, help="Unlearn the old text of an id that comes again, and learn the new one.")
@click.option("--again", is_flag=True, help="Learn whatever is given, also what its source has taught before.")
@click.option(
    "--no-consolidate", "consolidate", is_flag=True, flag_value=False, default=True,
    help="Leave what the memory trusts as it is, also where it has doubled.",
)  # fmt: skip
@click.option("--follow", is_flag=True, help="Go on as the file grows, or the pipe gives more, until Ctrl-C.")
@printing
def ingest(
    context: click.Context,
    /,
    memory: str,
    files: tuple[str, ...],
    form_of: Form,
    follow: bool,
    operation: str | None,
    form: str | None,
    **options: Any,
) -> int:
    """Learn samples from FILEs, each line once however often it is given; durable when the command returns.

    What cannot be learned is named on standard error: lines, files, and records whose id was taught with another text. The
    rest is learned, and the exit code is 3; it is 1 where no file could be read. A pipe without --source has a source of
    its own each time, which the summary tells.
    """
    named, wanted = files_or_stdin(files), made(options)
    with opened(context, create=True) as db, output.progress(context, "learning") as bar:
        done = db.sequence(memory, **wanted).ingest(
            named,
            form=form_of,
            operation=operation,
            follow=until_interrupted() if follow else None,
            progress=lambda samples: bar(samples, None),
            **options,
        )
    if form_of.input == "lines" and (
        plain := [file for file in named if re.search(r"\.(jsonl|ndjson)\b", file.lower())]
    ):
        output.notice(context, f"{plain[0]} was read as plain lines; --input jsonl learns what its records hold")
    output.complain("rejected", done.rejections, done.rejected - len(done.rejections))
    output.complain("not read", done.failed)
    if not (options["update"] or options["mirror"]):
        how = "to take it for the old one, run it with --update"
        output.complain("changed", [f"{line}; {how}" for line in done.changes], done.changed - len(done.changes))
    left = "what left it stays until every line of it can be read"
    output.complain("not mirrored", [f"{source}: {left}" for source in done.unread])
    found: dict[str, Any] = {name: getattr(done, name) for name in ("learned", "skipped")}
    if done.changed or options["update"]:
        found["changed"] = done.changed
    found["rejected"] = done.rejected
    if options["mirror"]:
        found["unlearned"] = done.unlearned
    found |= {"concepts": done.concepts, "synapses": done.synapses}
    if done.nats_per_symbol is not None:
        found["nats_per_symbol"] = done.nats_per_symbol
    found["seconds"] = round(done.seconds, 3)
    output.one(found | ({"source": done.piped[0]} if done.piped else {}), form)
    stale = done.changed and not (options["update"] or options["mirror"])
    return 3 if done.rejected or done.failed or stale else 0


@of_memory
@click.argument("prompt", default="")
@click.option("--top", type=click.IntRange(1), help="Only the most likely [10 in a table].")
@as_of
@printing
def predict(
    context: click.Context, memory: str, prompt: str, top: int | None, as_of: str | None, form: str | None
) -> None:
    """The next symbol's distribution after PROMPT, the most likely first; ␃ is the stop."""
    shown = top or (10 if output.chosen(form) == "table" else None)
    with asked(context, memory, as_of) as (then, typed):
        found = then.predict(typed(prompt), shown)
        known = then.vocabulary
    show = drawing.symbol if output.chosen(form) == "table" else str
    output.rows([{"symbol": show(symbol), "p": p} for symbol, p in found.items()], form, ["symbol", "p"])
    if shown and not top and known > shown:
        output.notice(context, f"{known - shown:,} more: --top {known}")
    if known == len(found) and found.rest > NOTHING:
        output.notice(context, f"what was never learned: {found.rest:.2g}")


@of_memory
@click.argument("prompt", default="")
@click.option("-n", "number", type=click.IntRange(1), default=1, show_default=True, help="How many.")
@click.option("--seed", type=int, help="The same seed and memory give the same samples.")
@click.option("--temperature", type=float, default=1.0, show_default=True, help="Below 1 likelier, above 1 wilder.")
@click.option("--greedy", is_flag=True, help="Always the most likely symbol.")
@printing
def complete(
    context: click.Context,
    memory: str,
    prompt: str,
    number: int,
    seed: int | None,
    temperature: float,
    greedy: bool,
    form: str | None,
) -> None:
    """Continue PROMPT until the stop: whole samples, one a line."""
    with asked(context, memory) as (now, typed):
        found = now.complete(typed(prompt), n=number, seed=seed, temperature=temperature, greedy=greedy)
    if output.chosen(form) == "table":
        output.plain(text if isinstance(text, str) else json.dumps(text, ensure_ascii=False) for text in found)
    else:
        output.rows([{"text" if isinstance(text, str) else "symbols": text} for text in found], form, ["text"])


@of_memory
@click.argument("prompt")
@click.argument("symbol", required=False)
@click.option(
    "--samples", type=click.IntRange(0), default=3, show_default=True, help="Samples that taught it, a context."
)
@as_of
@printing
def explain(
    context: click.Context,
    memory: str,
    prompt: str,
    symbol: str | None,
    samples: int,
    as_of: str | None,
    form: str | None,
) -> None:
    """Why SYMBOL (default: the most likely) is expected after PROMPT: each context that spoke, and what taught it."""
    with asked(context, memory, as_of) as (then, typed):
        found = then.explain(typed(prompt), symbol, samples=samples)
    if output.chosen(form) == "table":
        output.plain(drawing.explanation(found))
    elif output.chosen(form) == "csv":
        from plasticdb.sequence.asking.explain import Spoke

        output.rows([asdict(spoke) for spoke in found.spoke], form, output.names(Spoke))
    else:
        output.one(asdict(found), form)


@of_memory
@click.option("--from", "since", required=True, metavar="WHEN", help="A position, a time, or session:N (its end).")
@click.option("--to", "until", metavar="WHEN", help="The same; now by default.")
@click.option(
    "--limit", type=click.IntRange(1), help=f"At most so many, the greatest first [{output.SHOWN} in a table]."
)
@printing
def diff(
    context: click.Context, memory: str, since: str, until: str | None, limit: int | None, form: str | None
) -> None:
    """What came, went, strengthened and weakened: concepts by their count, synapses by their weight."""
    from plasticdb.sequence.asking.difference import Difference

    most = output.most(limit, form)
    with opened(context) as db:
        found = (asdict(one) for one in db.sequence(memory).diff(since, until))
        if most is None:
            output.rows(found, form, output.names(Difference))
            return
        listed = list(found)
    listed.sort(key=lambda row: -abs((row["after"] or 0) - (row["before"] or 0)))
    output.rows(listed[:most], form, output.names(Difference), "nothing changed between the two")
    if len(listed) > most and not limit:
        output.notice(context, f"{len(listed) - most:,} more: --limit {len(listed)}")


@contextmanager
def _chosen(
    context: click.Context, memory: str, files: tuple[str, ...], form: Form, texts: tuple[str, ...]
) -> Iterator[tuple[SequenceMemory, list[Any] | None]]:
    """A memory, and the samples of it that were named."""
    from plasticdb.sequence.teaching.typed import chosen

    with opened(context) as db:
        found = db.sequence(memory)
        yield found, chosen(found, files, form, texts)


def _selecting(command: Callable[..., Any]) -> Callable[..., Any]:
    """The arguments that choose learned samples."""
    for add in (
        printing,
        operation,
        click.option(
            "--all", "every", is_flag=True, help="Every learning of these samples, not one for each time given."
        ),
        click.option(
            "--sample", "texts", multiple=True, metavar="TEXT", help="One sample (may be given several times)."
        ),
        click.option("--source", help="Only this source; without samples, all of it."),
        formed,
        click.argument("files", nargs=-1, metavar="[FILE... or -]"),
        click.argument("memory"),
    ):
        command = add(command)
    return command


@click.command()
@_selecting
@click.option("--erase", is_flag=True, help="Also remove the texts from the journal.")
def unlearn(
    context: click.Context, memory: str, files: tuple[str, ...], form_of: Form, source: str | None, texts: tuple[str, ...],
    every: bool, operation: str | None, form: str | None, erase: bool,
) -> None:  # fmt: skip
    """Take samples back, exactly: a --source, the lines of FILEs, or --sample TEXT. All of them, or none if one is unknown."""
    with _chosen(context, memory, files, form_of, texts) as (known, samples):
        done = known.unlearn(samples, source=source, all=every, erase=erase, operation=operation)
    output.one({"unlearned": done}, form)


def _potentiation(name: str, doc: str) -> click.Command:
    @_selecting
    @click.option("--by", type=float, default=1.0, show_default=True, help="How much; a new sample weighs 1.")
    def verb(
        context: click.Context, memory: str, files: tuple[str, ...], form_of: Form, source: str | None, texts: tuple[str, ...],
        every: bool, operation: str | None, form: str | None, by: float,
    ) -> None:  # fmt: skip
        with _chosen(context, memory, files, form_of, texts) as (known, samples):
            done = getattr(known, name)(samples, source=source, by=by, all=every, operation=operation)
        output.one({f"{name}d" if name.endswith("e") else f"{name}ed": done}, form)

    return click.command(name, help=doc)(verb)


reinforce = _potentiation(
    "reinforce", "Make learned samples weigh more: a --source, the lines of FILEs, or --sample TEXT."
)
weaken = _potentiation("weaken", "Make learned samples weigh less; below zero they inhibit. Chosen as in reinforce.")


@of_memory
@click.option(
    "--half-life", required=True, callback=duration, metavar="TIME",
    help="With its unit: 30d (days), 12h (hours), 90m (minutes), 45s, 2w (weeks), 1y (365.25 days).",
)  # fmt: skip
@operation
@printing
def decay(
    context: click.Context, memory: str, half_life: tuple[float, str], operation: str | None, form: str | None
) -> None:
    """Forget by elapsed time: every sample's mass halves with each half-life since it was learned or last decayed."""
    seconds, said = half_life
    with opened(context) as db:
        output.one({"decayed": db.sequence(memory).decay(seconds, operation=operation), "half_life": said}, form)


@of_memory
@click.option("--max-contexts", type=int, required=True, help="How many contexts may be left.")
@operation
@printing
def collapse(context: click.Context, memory: str, max_contexts: int, operation: str | None, form: str | None) -> None:
    """Fold the contexts that tell least more than their abstraction, until so many are left; nothing opens there again."""
    with opened(context) as db:
        found = db.sequence(memory)
        left = found.collapse(max_contexts, operation=operation)
        output.one({"contexts": left, "closed": found.stats().get("closed", 0)}, form)


@of_memory
@click.option("--samples", type=int, help="How many samples are left out, one by one [what takes seconds].")
@operation
@printing
def consolidate(
    context: click.Context, memory: str, samples: int | None, operation: str | None, form: str | None
) -> None:
    """Fit how much each view is trusted, and how much contexts leave open, to what the memory holds."""
    with opened(context) as db:
        found = db.sequence(memory).consolidate(samples, operation=operation)
        told = {"samples": found.samples, "symbols": found.symbols, "nats_per_symbol": found.nats_per_symbol}
        output.one(told, form)
