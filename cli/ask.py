"""Verbs that ask what comes next: predict, complete, score, explain."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from . import output, terminal
from .given import as_sample, complain, files_or_stdin, formed

if TYPE_CHECKING:
    from plasticdb.files.samples import Form
    from plasticdb.sequence.explain import Explanation, Spoke


@click.command()
@click.argument("memory")
@click.argument("prompt", default="")
@click.option("--top", type=click.IntRange(1), help="Only the most likely [10 in a table].")
@output.as_of
@output.formatted
@click.pass_context
def predict(
    context: click.Context, memory: str, prompt: str, top: int | None, as_of: str | None, form: str | None
) -> None:
    """The next symbol's distribution after PROMPT, the most likely first; ␃ is the stop."""
    shown = top or (10 if output.chosen(form) == "table" else None)
    with output.opened(context) as db:
        now = db.sequence(memory)
        asked = as_sample(now, prompt)
        with now.as_of(as_of) as then:
            found = then.predict(asked, shown)
            known = then.vocabulary
    show = _visible if output.chosen(form) == "table" else str
    output.rows([{"symbol": show(symbol), "p": p} for symbol, p in found.items()], form, ["symbol", "p"])
    if shown and not top and known > shown:
        output.notice(context, f"{known - shown:,} more: --top {known}")


def _visible(symbol: str) -> str:
    """A symbol as a person sees it: a space in quotes, a joiner by its number."""
    if symbol.strip() and symbol.isprintable():
        return symbol
    return f"'{symbol}'" if symbol.isprintable() else f"'{symbol.encode('unicode_escape').decode()}'"


@click.command()
@click.argument("memory")
@click.argument("prompt", default="")
@click.option("-n", "number", type=click.IntRange(1), default=1, show_default=True, help="How many.")
@click.option("--seed", type=int, help="The same seed and memory give the same samples.")
@click.option("--temperature", type=float, default=1.0, show_default=True, help="Below 1 likelier, above 1 wilder.")
@click.option("--greedy", is_flag=True, help="Always the most likely symbol.")
@output.formatted
@click.pass_context
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
    with output.opened(context) as db:
        known = db.sequence(memory)
        prompted = as_sample(known, prompt)
        found = known.complete(prompted, n=number, seed=seed, temperature=temperature, greedy=greedy)
    if output.chosen(form) == "table":
        output.plain(text if isinstance(text, str) else json.dumps(text, ensure_ascii=False) for text in found)
    else:
        output.rows([{"text" if isinstance(text, str) else "symbols": text} for text in found], form, ["text"])


@click.command()
@click.argument("memory")
@click.argument("files", nargs=-1, metavar="[FILE... or -]")
@formed
@click.option("--each", is_flag=True, help="Also each sample's nats.")
@output.as_of
@output.formatted
@click.pass_context
def score(
    context: click.Context,
    memory: str,
    files: tuple[str, ...],
    form_of: Form,
    each: bool,
    as_of: str | None,
    form: str | None,
) -> int:
    """How well the memory predicts samples: nats per symbol, the stop included. Nothing is learned.

    What cannot be read is named on standard error, the rest is scored, and the exit code is 3.
    """
    from plasticdb.errors import BadInput
    from plasticdb.files.samples import opened
    from plasticdb.sequence.ingest import checked

    rejected, failed = 0, []
    samples: list[Any] = []
    shown: list[str] = []
    with output.opened(context) as db:
        known = db.sequence(memory)
        for file in files_or_stdin(files):
            before = len(samples) + rejected
            try:
                with opened(file) as stream:
                    for record, payload in checked(known, stream, form_of):
                        if record.error is None:
                            samples.append(record.sample)
                            shown.append(known.tokenizer.shown(payload))
                        else:
                            rejected += 1
                            complain("rejected", [f"{file}:{record.line}: {record.error}"])
                if len(samples) + rejected == before:
                    name = "standard input" if file == "-" else file
                    failed.append(f"{name} is empty: there is nothing to score; give a file with a sample a line")
            except BadInput as error:
                failed.append(str(error))
            except OSError as error:
                failed.append(f"{file} cannot be read ({error.strerror})")
        if not samples and not rejected:
            raise BadInput("; ".join(failed))
        complain("not read", failed)
        with known.as_of(as_of) as then:
            found = then.score(samples)
    if each:
        lines = zip(shown, found.nats, found.symbols, strict=True)
        output.rows(
            [{"sample": s, "nats": nats, "symbols": n, "nats_per_symbol": nats / n} for s, nats, n in lines], form
        )
    else:
        sizes = {"samples": len(samples), "symbols": sum(found.symbols), "rejected": rejected}
        output.one(sizes | {"nats_per_symbol": found.nats_per_symbol}, form)
    return 3 if rejected or failed else 0


@click.command()
@click.argument("memory")
@click.argument("prompt")
@click.argument("symbol", required=False)
@click.option(
    "--samples", type=click.IntRange(0), default=3, show_default=True, help="Samples that taught it, a context."
)
@output.as_of
@output.formatted
@click.pass_context
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
    with output.opened(context) as db:
        now = db.sequence(memory)
        asked = as_sample(now, prompt)
        with now.as_of(as_of) as then:
            found = then.explain(asked, symbol, samples=samples)
    if output.chosen(form) == "table":
        output.plain(_drawn(found))
    elif output.chosen(form) == "csv":
        from plasticdb.sequence.explain import Spoke

        output.rows([asdict(context_) for context_ in found.spoke], form, output.names(Spoke))
    else:
        output.one(asdict(found), form)


def _drawn(found: Explanation) -> Iterator[str]:
    chains = " x ".join(f"{chain} {p:.4f}" for chain, p in found.chains.items())
    symbol, prompt = _quoted(found.symbol), _quoted(found.prompt)
    said = f"{symbol} after {prompt}: p = {found.probability:.4f} (the product of the chains: {chains})"
    yield from terminal.hanging("", said)
    names = [_name(spoke) for spoke in found.spoke]
    width = max(16, *map(terminal.width, names))
    for chain in found.chains:
        yield ""
        yield f"{chain + ' chain':<{width + 2}}{'weight':>9}{'fired':>8}  {'p before -> after':<18}{'share':>7}  taught by"
        for spoke, name in zip(found.spoke, names, strict=True):
            if spoke.chain != chain:
                continue
            lessons = ", ".join(f"{lesson.sample} ({lesson.source or 'no source'})" for lesson in spoke.taught_by)
            lessons = terminal.inline(lessons)
            p = f"{spoke.before:.4f} -> {spoke.after:.4f}"
            name = terminal.padded(name, width)
            spoken = f"  {name}{spoke.weight:>9.2f}{spoke.fired:>8,}  {p:<18}{spoke.share:>7.1%}  "
            yield from terminal.hanging(spoken, lessons)


def _name(spoke: Spoke) -> str:
    where = f"at {spoke.at} " if spoke.at else ""
    return (where + (_quoted(spoke.context) if spoke.context else "" if spoke.at else "anything")).strip()


def _quoted(text: str) -> str:
    """A text in quotes; no escapes of its own, which would double those of bytes. A list of symbols has quotes already."""
    return text if text.startswith('["') else terminal.inline(f"'{text}'")
