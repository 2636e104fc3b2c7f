"""Verbs that ask in Cypher: query, schema, shell."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import click

from . import output
from .opening import opened
from .options import printing

ROWS = 1000
"""Rows in a table, unless more are asked for."""


def _patience(context: click.Context, parameter: click.Parameter, seconds: float | None) -> float | None:
    from plasticdb.waiting import LONGEST_WAIT

    if seconds is not None and not 0 < seconds <= LONGEST_WAIT:
        raise click.BadParameter(f"{seconds} is not a number of seconds above 0")
    return seconds


@click.command()
@click.argument("cypher", required=False)
@click.option(
    "--file", "-f", type=click.Path(dir_okay=False, allow_dash=True), help="Read the query from a file (- is stdin)."
)
@click.option(
    "--param", "-p", "params", multiple=True, metavar="NAME=VALUE", help="A parameter: a JSON value, else a text."
)
@click.option(
    "--limit",
    type=click.IntRange(1, sys.maxsize),
    help=f"Rows at most [{ROWS:,} in a table, else all].",
)
@click.option("--timeout", callback=_patience, type=float, metavar="SECONDS", help="Give up after this long.")
@click.option("--explain", is_flag=True, help="Show how the engine would find the rows, and not the rows.")
@printing
def query(
    context: click.Context,
    cypher: str | None,
    file: str | None,
    params: tuple[str, ...],
    limit: int | None,
    timeout: float | None,
    explain: bool,
    form: str | None,
) -> None:
    """Ask in CYPHER, read-only (- reads it from standard input). What runs on which store: docs/cypher.md."""
    asked = _asked(cypher, file)
    values = dict(_param(param) for param in params)
    most = limit or (ROWS if output.chosen(form) == "table" else None)
    with _asking(context) as ask:
        found = ask(asked, values, timeout=timeout, explain=explain)
        if explain:
            output.plain(row for part in found for row in part.values())
            return
        output.rows(islice(found, most), form, _header(asked), "no rows")
        if next(found, None) is not None:
            output.notice(context, f"there are more rows than {most:,}: --limit shows more")


@contextmanager
def _asking(context: click.Context) -> Iterator[Callable[..., Iterator[dict[str, Any]]]]:
    """What takes a query: the copy of a SQLite graph where that is up to date, otherwise the opened database."""
    from plasticdb.config.files import addresses, resolve
    from plasticdb.cypher.quick import fresh

    graph, journal = addresses(resolve(context.obj))
    copy = fresh(graph) if journal is None else None
    if copy is not None:
        with closing(copy):
            yield copy.rows
    else:
        with opened(context) as db:
            yield db.query


def _header(query: str) -> Iterator[str]:
    """The columns of a query, where it turns out that no row has them."""
    from plasticdb.cypher.dialect import columns

    yield from columns(query)


def _asked(cypher: str | None, file: str | None) -> str:
    if (cypher is None) == (file is None):
        raise click.UsageError("give a query, or --file FILE")
    if cypher not in (None, "-"):
        return str(cypher)
    try:
        with click.open_file(file or "-", encoding="utf-8") as stream:
            return str(stream.read())
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise click.BadParameter(f"{file or '-'} cannot be read: {reason}") from None


def _param(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.BadParameter(f"{text!r} has no name and =; write --param name=value")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


@click.command()
@printing
def schema(context: click.Context, form: str | None) -> None:
    """What is in the graph: labels and relationship types with their counts, and what each property means."""
    with opened(context) as db:
        output.rows(db.schema(), form)


HELP = (
    "Read-only Cypher; a query ends with ; such as MATCH (c:Concept) RETURN c.text LIMIT 5;\n"
    "Ctrl-C drops what is typed, Ctrl-D or exit leaves. What may be asked for: `plasticdb schema`, docs/cypher.md"
)
LEAVING = ("exit", "quit", "q")
"""What people type to leave, in this and in other shells."""


@click.command()
@printing
def shell(context: click.Context, form: str | None) -> int:
    """A prompt for Cypher, with history and completion. A query ends with ; and Ctrl-D or `exit` leaves."""
    from plasticdb.errors import PlasticDBError

    failed = False
    with opened(context) as db:
        if sys.stdin.isatty():
            output.notice(context, HELP)
        for text in _statements(_words(db.schema())):
            try:
                found = db.query(text)
                output.rows(islice(found, ROWS), form, _header(text), "no rows")
                if next(found, None) is not None:
                    output.notice(context, f"there are more rows than {ROWS:,}: add LIMIT, or use `plasticdb query`")
            except PlasticDBError as error:
                failed = True
                click.echo(f"{error}", err=True)
    return 1 if failed and not sys.stdin.isatty() else 0


def _words(schema: list[dict[str, Any]]) -> list[str]:
    """What the prompt completes."""
    keywords = "MATCH OPTIONAL WHERE RETURN WITH UNWIND ORDER BY SKIP LIMIT DISTINCT AND OR NOT count collect".split()
    return sorted({*keywords, *(row["property"] for row in schema), *(row["part"].strip("()-[]:>") for row in schema)})


def _statements(words: list[str]) -> Iterator[str]:
    """What is typed up to each semicolon; from a pipe, what is in it."""
    from plasticdb.cypher.tokens import statements

    if not sys.stdin.isatty():
        found, rest = statements(sys.stdin.read())
        yield from (text for text in (*found, rest) if text.strip())
        return
    try:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.completion import WordCompleter
        from prompt_toolkit.history import FileHistory
    except ModuleNotFoundError:
        raise click.UsageError(
            "the shell needs prompt_toolkit: pip install 'plasticdb[shell]', or use `query`"
        ) from None
    history = Path.home() / ".local" / "state" / "plasticdb" / "history"
    history.parent.mkdir(0o700, parents=True, exist_ok=True)
    history.touch(0o600)  # what was asked for may be as secret as what is in the database
    session: Any = PromptSession(history=FileHistory(str(history)), completer=WordCompleter(words, ignore_case=True))
    typed = ""
    while True:
        try:
            line = session.prompt("   ...> " if typed else "cypher> ")
        except KeyboardInterrupt:
            typed = ""
            continue
        except EOFError:
            return
        word = line.strip(" :;\\").lower()
        if word in LEAVING:
            return
        if word in ("help", "h", "?") and not typed:
            click.echo(HELP)
            continue
        typed += f"{line}\n"
        found, typed = statements(typed)
        yield from (text for text in found if text.strip())
        typed = typed if typed.strip() else ""
