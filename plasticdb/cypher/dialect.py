"""Neo4j's Cypher in Ladybug's: rewritten where it is certain what is meant, refused with an alternative where it is not.

The rewriting goes over the tree of a query's tokens, clause by clause (here). What is rewritten in them, and why, is in
`patterns.py` (paths: Neo4j never uses a relationship twice in one MATCH, Ladybug does), `expressions.py` and `functions.py`.
`docs/cypher.md` shows what runs; a test runs every row of it on both engines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from ..errors import BadInput
from .expressions import expression, maps
from .functions import AGGREGATES
from .names import cased
from .patterns import Names, match_pattern
from .pieces import Known, between_commas, cut, new
from .refusals import check_cases
from .schema import Schema
from .tokens import Group, Item, Token, flat, grouped, is_name, is_op, is_word, plain_name, tokens, unescaped

__all__ = ["TOGETHER", "Translation", "columns", "translate"]

TOGETHER = "_together"
"""A column that keeps the order of a collected list; it is not shown."""
_MOST = "9223372036854775807"
_LONGEST = 300_000
"""Tokens of a rewritten query: six times what a query may have."""


@dataclass(frozen=True, slots=True)
class Translation:
    """A query for Ladybug. `parts` are texts, and choices of texts (see `functions.py`), each with what stands for it until
    it is made."""

    parts: list[str | tuple[str, ...]]
    places: list[tuple[int, int]]
    """Where in the query each piece of it came from."""
    columns: list[str]
    """The names of the columns, as Neo4j gives them; empty where `RETURN *` leaves them to the engine."""

    def text(self, chosen: Sequence[str] = ()) -> str:
        """The query with what was chosen in place of the first choices, and the last of each for the others."""
        rest = iter(chosen)
        return "".join(part if isinstance(part, str) else next(rest, part[-1]) for part in self.parts)


def translate(query: str, found: Sequence[Token], parameters: Mapping[str, Any], schema: Schema) -> Translation:
    """Rewrite a checked query. Raises BadInput where something in it does not run on Ladybug, or would mean something else."""
    written = cased(query, found, schema)
    names = Names(plain_name(token) for token in written if is_name(token))
    known = Known(query, names, _clauses, schema, parameters)
    check_cases(known, written)
    items = _clauses(known, grouped(query, written))
    if _size(items, {}) > _LONGEST:
        raise BadInput("query: written out for this store it is too long; ask for less at a time")
    parts: list[str | tuple[str, ...]] = []
    places, at = [], 0
    for token in flat(items):
        at += len(token.space)
        if token.start >= 0:
            places.append((at, token.start))
        at += len(known.choices[int(token.text)][-1] if token.kind == "choice" else token.text)
        parts += [token.space, known.choices[int(token.text)] if token.kind == "choice" else token.text]
    as_written = [replace(token, kind=other.kind) for token, other in zip(found, written, strict=True)]
    return Translation(parts, places, _columns(query, grouped(query, as_written)))


def _size(items: Sequence[Item], seen: dict[int, int]) -> int:
    """How many tokens a tree has in all: what is in it several times counts so often, and is looked at once."""
    total = 0
    for item in items:
        if isinstance(item, Group):
            if id(item) not in seen:
                seen[id(item)] = 2 + _size(item.items, seen)
            total += seen[id(item)]
        else:
            total += 1
    return total


def columns(query: str) -> list[str]:
    """What a query calls its columns; nothing where that depends on the graph, as with `RETURN *`.

    >>> columns("MATCH (c:Concept) RETURN c.text, count(*) AS n;")
    ['c.text', 'n']
    """
    query = unescaped(query)
    found = tokens(query)
    while found and found[-1].text == ";":
        found.pop()
    return _columns(query, grouped(query, found))


def _columns(query: str, tree: Sequence[Item]) -> list[str]:
    """What a RETURN calls its columns: the alias, else the expression as it was written."""
    named = [_named(query, clause) for clause in _split(tree) if is_word(clause[0], "RETURN")]
    if any(names != named[0] for names in named):
        raise BadInput("query: both sides of a UNION must have the same columns; name them with AS")
    columns = named[0] if named else []
    if twice := next((name for name in columns if columns.count(name) > 1), None):
        raise BadInput(f"query: two columns are called {twice!r}; name them with AS")
    return columns


def _named(query: str, clause: Sequence[Item]) -> list[str]:
    what, _ = cut(clause[1:], "ORDER", "SKIP", "LIMIT", "OFFSET")
    names = []
    for part in between_commas(what[1:] if is_word(what[0] if what else None, "DISTINCT") else what):
        if not part or is_op(part[0], "*"):
            return []
        words = list(flat(part))
        map_of = len(part) == 2 and isinstance(part[0], Token) and not is_word(part[0], "EXISTS", "COUNT", "COLLECT")
        if map_of and isinstance(part[1], Group) and part[1].kind == "{":
            names.append(plain_name(words[0]))  # a {.b} is called a
            continue
        alias = isinstance(part[-1], Token) and len(part) > 2 and is_word(part[-2], "AS")
        names.append(plain_name(words[-1]) if alias else query[words[0].start : words[-1].start + len(words[-1].text)])
    return names


# Clauses


def _clauses(known: Known, items: Sequence[Item]) -> list[Item]:
    """A query or the inside of a subquery."""
    out: list[Item] = []
    ordered = False
    for clause in _split(items):
        head = clause[0]
        if is_word(head, "CALL"):
            assert isinstance(head, Token)
            raise known.refuse(
                head, "CALL", "use WITH and count(...), EXISTS { MATCH ... } or COUNT { MATCH ... }; no procedures"
            )
        if is_word(head, "MATCH", "OPTIONAL"):
            words = 1 + is_word(head, "OPTIONAL")
            pattern, where = cut(clause[words:], "WHERE")
            made, conditions, walks = match_pattern(pattern, known.names, known.text)
            known.walks |= walks
            known.paths |= {name.text for name, op in pairwise(pattern) if isinstance(name, Token) and is_op(op, "=")}
            out += [*clause[:words], *maps(known, made)]
            parts = [
                condition if isinstance(condition, str) else expression(known, condition) for condition in conditions
            ]
            if where:
                parts.insert(0, expression(known, where[1:]))
            out += _where(parts)
        elif is_word(head, "WITH", "RETURN"):
            made = _projection(known, clause, ordered)
            ordered = False
            if is_word(head, "WITH"):
                ordered = bool(cut(clause, "ORDER")[1])
            out += made
        else:
            out += [clause[0], *expression(known, clause[1:])]
    return out


def _where(parts: Sequence[str | list[Item]]) -> list[Item]:
    out: list[Item] = []
    for i, part in enumerate(parts):
        out.append(new("AND" if i else "WHERE"))
        if isinstance(part, str):
            out.append(new(part))
        else:
            out += [new("("), *part, new(")", "")] if len(parts) > 1 else part
    return out


def _projection(known: Known, clause: Sequence[Item], ordered: bool) -> list[Item]:
    body, where = cut(clause[1:], "WHERE")
    what, order = cut(body, "ORDER", "SKIP", "LIMIT", "OFFSET")
    out = [clause[0], *expression(known, what)]
    if ordered and _only_aggregates(what):
        # Without a key Ladybug forgets the order in which rows come to an aggregate.
        out.append(new(f", 0 AS {TOGETHER}", ""))
    out += expression(known, order)
    if is_word(clause[0], "WITH") and order and not any(is_word(item, "SKIP", "LIMIT", "OFFSET") for item in order):
        out.append(new(f"LIMIT {_MOST}"))  # which Ladybug asks for
    if where:
        out += [where[0], *expression(known, where[1:])]
    return out


def _only_aggregates(items: Sequence[Item]) -> bool:
    """Whether every projected item is an aggregate, so that there is no key to group by."""
    return all(
        any(t.kind == "name" and t.text.lower() in AGGREGATES for t in flat(part)) for part in between_commas(items)
    )


def _split(items: Sequence[Item]) -> list[list[Item]]:
    """The clauses: lists of items, each beginning with its keyword."""
    out: list[list[Item]] = []
    before: Item | None = None
    for item in items:
        begins = is_word(item, "MATCH", "OPTIONAL", "WITH", "RETURN", "UNWIND", "UNION", "CALL") and not is_op(
            before, ".", ":"
        )
        goes_on = (is_word(before, "OPTIONAL") and is_word(item, "MATCH")) or (
            is_word(before, "STARTS", "ENDS") and is_word(item, "WITH")
        )
        if (begins and not goes_on) or not out:
            out.append([])
        out[-1].append(item)
        before = item
    return out
