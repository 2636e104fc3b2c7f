"""Running a query on the copy of a SQL graph that Ladybug keeps (`view.py`), in the words of Neo4j (`dialect.py`).

It runs in a process of its own (`child.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import ladybug

from ..errors import BadInput, StoreError
from .check import check
from .dialect import TOGETHER, Translation, translate
from .functions import PYTHON
from .limits import opened
from .names import named, read_back
from .schema import Schema, read
from .tokens import place, unescaped
from .values import fit, plain

__all__ = ["Engine"]

_DEEPEST = 1_000_000
"""Steps of a path without an upper bound; Ladybug's own is 30."""
# Ladybug reads a function's annotations and counts its parameters: it gets one that has only the parameters.
_BARE: dict[int, Callable[[Callable[..., Any]], Callable[..., Any]]] = {
    1: lambda f: lambda a: f(a),
    2: lambda f: lambda a, b: f(a, b),
    3: lambda f: lambda a, b, c: f(a, b, c),
}


class Engine:
    """A copy that is open: to be asked, or while it is being made."""

    def __init__(self) -> None:
        self._file = ""
        self._database: Any = None
        self._connection: Any = None
        self._taught: set[str] = set()
        self._schema = Schema((), (), {})

    def open(self, file: str) -> bool:
        """Open a copy to ask it; False where it is not there any more, or damaged."""
        fresh = file != self._file
        if fresh:
            self.close()
            try:
                self._database = opened(file, read_only=True)
            except RuntimeError:
                return False
            self._file = file
        # More threads would mix the order of collected lists.
        self._connection = ladybug.Connection(self._database, num_threads=1)
        self._connection.execute(f"CALL var_length_extend_max_depth={_DEEPEST}")
        if fresh:
            said = self._connection.execute("CALL show_tables() WHERE name = 'Memory' RETURN comment")
            self._schema = read(said.get_next()[0])
        return True

    def make(self, file: str) -> None:
        """Begin a new copy, which `execute` fills and `close` finishes."""
        self.close()
        self._database = opened(file, read_only=False)
        self._connection = ladybug.Connection(self._database)

    def execute(self, text: str) -> None:
        """Run a statement on the copy that is being made."""
        self._connection.execute(text)

    def close(self) -> None:
        if self._database is not None:
            if self._connection is not None:
                self._connection.close()
            self._database.close()
            self._database = self._connection = None
            self._file = ""
            self._taught.clear()

    def ask(
        self, query: str, parameters: dict[str, Any], explain: bool = False
    ) -> tuple[list[str], Iterator[list[Any]]]:
        """The names of the columns of a query, and its rows; with `explain` how Ladybug would find them.

        Raises BadInput where the query is wrong or does not run on Ladybug, StoreError where it needs too much memory.
        """
        query = unescaped(query)
        try:
            made = translate(query, check(query, parameters), parameters, self._schema)
        except RecursionError:
            raise BadInput("query: it is nested too deeply; ask for less at a time") from None
        fit(parameters)
        parameters = {name: named(value) for name, value in parameters.items()}
        self._teach(made)
        try:
            return _ask(self._connection, query, made, parameters, explain)
        except RuntimeError as error:
            raise _explained(error, query, made) from None

    def _teach(self, made: Translation) -> None:
        """Give the open copy those of our functions that a query calls."""
        for name in PYTHON.keys() - self._taught:
            if any(name in text for part in made.parts for text in ([part] if isinstance(part, str) else part)):
                compute, taken, given = PYTHON[name]
                self._connection.create_function(name, _BARE[len(taken)](compute), list(taken), given)
                self._taught.add(name)


def _ask(
    connection: Any, query: str, made: Translation, parameters: dict[str, Any], explain: bool
) -> tuple[list[str], Iterator[list[Any]]]:
    chosen = _chosen(connection, made, parameters)
    result = connection.execute(("EXPLAIN " if explain else "") + made.text(chosen), parameters)
    names = [read_back(name) for name in result.get_column_names()]
    shown = [i for i, name in enumerate(names) if name != TOGETHER]
    if not made.columns and not explain:
        shown.sort(key=names.__getitem__)  # as Neo4j has the columns of *
    elif len(made.columns) == len(shown) and not explain:
        names = made.columns

    def rows() -> Iterator[list[Any]]:
        try:
            while result.has_next():
                row = result.get_next()
                yield [plain(row[i]) for i in shown]
        except RuntimeError as error:
            raise _explained(error, query, made) from None

    return [names[i] for i in shown], rows()


def _chosen(connection: Any, made: Translation, parameters: dict[str, Any]) -> list[str]:
    """Of each choice the first text that Ladybug binds; the last of them where none does, so that its error is told."""
    chosen: list[str] = []
    for choice in (part for part in made.parts if not isinstance(part, str)):
        *texts, _ = choice
        fits = (text for text in texts if _binds(connection, made.text([*chosen, text]), parameters))
        chosen.append(next(fits, texts[-1]))
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
    text = read_back(str(error))
    if "Buffer manager" in text or "bad_alloc" in text or "MemoryError" in text:
        return StoreError("query: it needs more memory than it may take; ask for less")
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
    return BadInput(f"query: {what or text}")


def _before(made: Translation, match: re.Match[str]) -> int:
    """The place in the query that a place in the rewritten text came from."""
    lines = made.text().split("\n")
    at = sum(len(line) + 1 for line in lines[: int(match[1]) - 1]) + int(match[2])
    return max((start for there, start in made.places if there <= at), default=0)


def _near(query: str, at: int) -> str:
    text = query[at : at + 24].split("\n")[0].strip()
    return repr(text) if text else "its end"
