"""Running a query on the copy of a SQL graph that Ladybug keeps (`view.py`), in the words of Neo4j (`dialect.py`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock, Timer
from typing import Any

import ladybug

from ..errors import BadInput, StoreError, Unavailable
from . import view
from .check import check
from .dialect import TOGETHER, Translation, translate
from .functions import PYTHON
from .tokens import place
from .values import fit, plain

__all__ = ["Cypher"]

_DEEPEST = 1_000_000
"""Steps of a path without an upper bound; Ladybug's own is 30."""
_TRIES = 5
# Ladybug reads a function's annotations and counts its parameters: it gets one that has only the parameters.
_BARE: dict[int, Callable[[Callable[..., Any]], Callable[..., Any]]] = {
    1: lambda f: lambda a: f(a),
    2: lambda f: lambda a, b: f(a, b),
    3: lambda f: lambda a, b, c: f(a, b, c),
}


class Cypher:
    """Read-only Cypher on a graph in SQL. Keeps the copy open that it asked last.

    look: tells the memories that there are now. kept: where copies are. make: copies the graph, and says where to.
    """

    def __init__(self, look: Callable[[], view.Look], kept: Path, make: Callable[[], Path]) -> None:
        self._look, self._kept, self._make = look, kept, make
        self._file: Path | None = None
        self._database: Any = None
        self._taught: set[str] = set()
        self._turn = Lock()

    def rows(
        self, query: str, parameters: Mapping[str, Any], *, timeout: float | None = None, explain: bool = False
    ) -> Iterator[dict[str, Any]]:
        """The rows of a query, all of one moment; with `explain` how Ladybug would find them.

        Raises BadInput where the query is wrong or does not run on Ladybug, Unavailable where it took too long.
        """
        try:
            made = translate(query, check(query, parameters))
        except RecursionError:
            raise BadInput("query: it is nested too deeply; ask for less at a time") from None
        fit(parameters)
        with self._turn:
            database, connection = self._connect()  # held here: it stays open when a later query takes a newer copy
            self._teach(connection, made)
        stopped = Timer(timeout, connection.interrupt) if timeout else None
        if stopped:
            stopped.daemon = True
            stopped.start()
        try:
            yield from _ask(connection, made, dict(parameters), explain)
        except RuntimeError as error:
            raise _explained(error, query, made) from None
        finally:
            if stopped:
                stopped.cancel()
            connection.close()
            del database

    def close(self) -> None:
        """Close the copy; its file stays for the next process."""
        if self._database is not None:
            self._database.close()
            self._database = self._file = None
            self._taught.clear()

    def _connect(self) -> tuple[Any, Any]:
        """The copy of the graph as it is now, and a connection to it."""
        for _ in range(_TRIES):
            name = view.key(self._look())
            if self._file is None or not self._file.name.startswith(name):
                file = view.current(self._kept, name) or self._make()
                try:
                    self._database, self._file = None, None
                    self._database = ladybug.Database(file, read_only=True, max_db_size=view.LARGEST)
                except RuntimeError:  # another process has just put a newer one in its place, or it is damaged
                    with suppress(OSError):
                        file.unlink()
                    continue
                self._file = file
                self._taught.clear()
            # More threads would mix the order of collected lists.
            connection = ladybug.Connection(self._database, num_threads=1)
            connection.execute(f"CALL var_length_extend_max_depth={_DEEPEST}")
            return self._database, connection
        raise Unavailable("the copy that Cypher runs on is replaced too fast to be read; try again")

    def _teach(self, connection: Any, made: Translation) -> None:
        """Give the open copy those of our functions that a query calls."""
        for name in PYTHON.keys() - self._taught:
            if any(name in text for part in made.parts for text in ([part] if isinstance(part, str) else part)):
                compute, taken, given = PYTHON[name]
                connection.create_function(name, _BARE[len(taken)](compute), list(taken), given)
                self._taught.add(name)


def _ask(connection: Any, made: Translation, parameters: dict[str, Any], explain: bool) -> Iterator[dict[str, Any]]:
    chosen = _chosen(connection, made, parameters)
    result = connection.execute(("EXPLAIN " if explain else "") + made.text(chosen), parameters)
    names = result.get_column_names()
    shown = [i for i, name in enumerate(names) if name != TOGETHER]
    if len(made.columns) == len(shown) and not explain:
        names = made.columns
    while result.has_next():
        row = result.get_next()
        yield {names[i]: plain(row[i]) for i in shown}


def _chosen(connection: Any, made: Translation, parameters: dict[str, Any]) -> list[str]:
    """Of each choice the first text that Ladybug binds; the last of them where none does, so that its error is told."""
    chosen: list[str] = []
    for choice in (part for part in made.parts if not isinstance(part, str)):
        fits = (text for text in choice if _binds(connection, made.text([*chosen, text]), parameters))
        chosen.append(next(fits, choice[-1]))
    return chosen


def _binds(connection: Any, text: str, parameters: dict[str, Any]) -> bool:
    try:
        connection.execute(f"EXPLAIN {text}", parameters)
    except RuntimeError:
        return False
    return True


_WHERE = re.compile(r"\(line: (\d+), offset: (\d+)\)")
_NOT_THERE = (
    (
        re.compile(r"Table (\S+) does not exist"),
        "there is no label or relationship type {0}; `plasticdb schema` lists them",
    ),
    (re.compile(r"Cannot find property (\S+) for (\S+)\."), "{1} has no property {0}; `plasticdb schema` lists them"),
    (re.compile(r"Variable (\S+) is not in scope"), "there is no variable {0} here"),
    (
        re.compile(r"Cannot evaluate expression with type"),
        "a value of this query cannot be used there; compare it in a WHERE",
    ),
    (re.compile(r"Non-binary comparison"), "a < b < c does not run on this store; write a < b AND b < c"),
    (
        re.compile(r"Lambda paramName (\S+) cannot found"),
        "{0} of an outer list does not reach into an inner one; use UNWIND",
    ),
    (
        re.compile(r"index=(-?\d+) is out of range"),
        "a list has no place {0} (from 1); leave out short ones: WHERE size(list) > n",
    ),
    (
        re.compile(r"given function (\S+?)\((.*?)\)\. Supported"),
        "{0} does not take ({1}) on this store; make them alike, with toString(x) or [x]",
    ),
    (re.compile(r"BadInput: (.*)"), "{0}"),
    (re.compile(r"vector with ANY type"), "null has no type on this store; leave it out, or write toString(null)"),
    (re.compile(r"Cast failed. Could not convert \"(.*)\" to (\S+)\."), "{0!r} is no {1}"),
)


def _explained(error: RuntimeError, query: str, made: Translation) -> StoreError | BadInput:
    text = str(error)
    if text.startswith("Interrupted"):
        return Unavailable("query: it took longer than --timeout; ask for less (LIMIT), or allow more")
    for pattern, said in _NOT_THERE:
        if match := pattern.search(text):
            return BadInput("query: " + said.format(*match.groups()))
    kind, _, rest = text.partition(": ")
    what = rest.partition("\n")[0]
    if kind == "Parser exception":
        match = _WHERE.search(text)
        where = place(query, _before(made, match)) if match else ""
        near = _near(query, _before(made, match)) if match else ""
        return BadInput(f"query: this is no Cypher that runs here, from {near} {where}; see docs/cypher.md")
    if "Buffer manager" in kind or "memory" in what.lower():
        return StoreError(f"query: it needs more memory than there is ({what}); ask for less")
    return BadInput(f"query: {what or text}")


def _before(made: Translation, match: re.Match[str]) -> int:
    """The place in the query that a place in the rewritten text came from."""
    lines = made.text().split("\n")
    at = sum(len(line) + 1 for line in lines[: int(match[1]) - 1]) + int(match[2])
    return max((start for there, start in made.places if there <= at), default=0)


def _near(query: str, at: int) -> str:
    text = query[at : at + 24].split("\n")[0].strip()
    return repr(text) if text else "its end"
