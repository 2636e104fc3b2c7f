"""Paths: Neo4j uses a relationship once in a MATCH, and walks as far as there is a way; Ladybug has to be told both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..errors import BadInput
from .tokens import Group, Item, Token, is_name, is_op, is_word, place, plain_name

__all__ = ["Names", "is_pattern", "match_pattern"]


class Names:
    """New names that a query does not use itself."""

    def __init__(self, used: Iterable[str]) -> None:
        self._used = set(used)
        self._next = 0

    def new(self) -> str:
        while (name := f"_r{self._next}") in self._used:
            self._next += 1
        self._used.add(name)
        return name


@dataclass(frozen=True, slots=True)
class _Link:
    """A relationship of a pattern: its variable, its types (none: any), and whether it is of variable length."""

    name: str
    types: frozenset[str]
    long: bool

    def unlike(self, other: _Link) -> str:
        """The condition that two are not the same relationship, and share none."""
        if self.long and other.long:
            return f"NOT list_has_any({_ids(self)}, {_ids(other)})"
        if self.long or other.long:
            walk, step = (self, other) if self.long else (other, self)
            return f"NOT list_contains({_ids(walk)}, id({step.name}))"
        return f"id({self.name}) <> id({other.name})"


def _ids(link: _Link) -> str:
    return f"properties(rels({link.name}), '_id')"


def is_pattern(items: Sequence[Item], i: int) -> bool:
    """Whether a pattern such as (a)-[:T]->() begins here, and no sum."""
    first = items[i] if i < len(items) else None
    if not (isinstance(first, Group) and first.kind == "("):
        return False
    two = [*items[i + 1 : i + 4], None, None, None]
    if is_op(two[0], "<") and is_op(two[1], "-"):
        return True
    return is_op(two[0], "-") and (
        (isinstance(two[1], Group) and two[1].kind == "[" and is_op(two[2], "-")) or is_op(two[1], "-")
    )


def match_pattern(
    items: Sequence[Item], names: Names, query: str
) -> tuple[list[Item], list[str | list[Item]], set[str]]:
    """The patterns of a MATCH for Ladybug, the conditions that its WHERE must have beside its own, and the walks in it.

    A condition is a text for Ladybug, or items of the query that are still to be rewritten. A walk is a relationship
    variable of variable length.
    """
    out: list[Item] = []
    links: list[_Link] = []
    conditions: list[str | list[Item]] = []
    rest, shortest = list(items), ""
    i = 0
    while i < len(rest):
        item, after = rest[i], rest[i + 1] if i + 1 < len(rest) else None
        if is_word(item, "SHORTESTPATH", "ALLSHORTESTPATHS") and isinstance(after, Group):
            shortest = "SHORTEST" if is_word(item, "SHORTESTPATH") else "ALL SHORTEST"
            rest[i : i + 2] = [*after.items, Token("end", "")]
        elif isinstance(item, Token) and item.kind == "end":
            shortest, i = "", i + 1
        elif isinstance(item, Group) and item.kind == "(":
            out.append(_node(item, conditions, query))
            i += 1
        elif is_op(item, "<", "-"):
            arrow, link, i = _relationship(rest, i, names, shortest, conditions, query)
            out += arrow
            links.append(link)
        else:
            if isinstance(item, Token) and is_word(item, "SHORTEST", "ANY", "ALL"):
                raise BadInput(
                    f"query: {item.text} {place(query, item.start)} does not run on this store; use shortestPath((a)-[*]-(b))"
                )
            out.append(item)
            i += 1
    for k, one in enumerate(links):
        for other in links[:k]:
            if one.name != other.name and (not one.types or not other.types or one.types & other.types):
                conditions.append(other.unlike(one))
    return out, conditions, {link.name for link in links if link.long}


def _node(group: Group, conditions: list[str | list[Item]], query: str) -> Group:
    colons = [item for item in group.items if is_op(item, ":", "&", "!", "%")]
    if len(colons) > 1 or any(is_op(item, "%") for item in colons):
        raise BadInput(
            f"query: {_text(colons[-1])} in a node {place(query, _start(colons[-1]))} does not run on this store; each "
            "node has one label: write (n:A), (n:A|B), or (n) and a WHERE"
        )
    return Group(group.opening, _without_where(group, conditions), group.closing)


def _text(item: Item) -> str:
    return item.text if isinstance(item, Token) else item.opening.text


def _start(item: Item) -> int:
    return item.start if isinstance(item, Token) else item.opening.start


def _without_where(group: Group, conditions: list[str | list[Item]]) -> list[Item]:
    for i, item in enumerate(group.items):
        if is_word(item, "WHERE"):
            conditions.append(group.items[i + 1 :])
            return group.items[:i]
    return group.items


def _relationship(
    items: list[Item], i: int, names: Names, shortest: str, conditions: list[str | list[Item]], query: str
) -> tuple[list[Item], _Link, int]:
    """One arrow from its first sign to its last, named; and the place behind it."""
    first = items[i]
    lead: list[Item] = []
    while is_op(items[i] if i < len(items) else None, "<", "-") and not (lead and is_op(lead[-1], "-")):
        lead.append(items[i])
        i += 1
    inside = items[i] if i < len(items) else None
    if isinstance(inside, Group) and inside.kind == "[":
        group, i = inside, i + 1
    else:
        group = Group(Token("op", "["), [], Token("op", "]"))
    tail: list[Item] = []
    while i < len(items) and is_op(items[i], "-", ">"):
        tail.append(items[i])
        i += 1
    span = ""
    quantifier = items[i] if i < len(items) else None
    if isinstance(quantifier, Group) and quantifier.kind == "{":
        low, _, high = "".join(t.text for t in quantifier.items if isinstance(t, Token)).partition(",")
        span = (
            f"{low or 0}..{high}"
            if "," in [t.text for t in quantifier.items if isinstance(t, Token)]
            else f"{low}..{low}"
        )
        i += 1
    elif is_op(quantifier, "+", "*"):
        assert isinstance(quantifier, Token)
        span, i = ("1.." if quantifier.text == "+" else "0.."), i + 1
    assert isinstance(first, Token)
    made, link = _named(group, names, shortest, span, conditions, first, query)
    return [*lead, made, *tail], link, i


def _named(
    group: Group,
    names: Names,
    shortest: str,
    span: str,
    conditions: list[str | list[Item]],
    first: Token,
    query: str,
) -> tuple[Group, _Link]:
    filtered = any(is_word(item, "WHERE") for item in group.items)
    items = list(_without_where(group, conditions))
    head = items[0] if items else None
    if is_name(head):
        name, rest = head.text, items[1:]
    else:
        name, rest = names.new(), items
    types: set[str] = set()
    out: list[Item] = [Token("new", name)]
    long = False
    for k, item in enumerate(rest):
        before = rest[k - 1] if k else None
        if is_name(item) and is_op(before, ":", "|"):
            types.add(plain_name(item))
        if is_op(item, "!", "&", "%"):
            assert isinstance(item, Token)
            raise BadInput(
                f"query: {item.text} in a relationship {place(query, item.start)} does not run on this store; "
                "write -[:A|B]->"
            )
        if is_op(item, "*") and not long:
            long = True
            out.append(Token("new", f"* {shortest or 'TRAIL'} ", " "))
            numbers = [t for t in rest[k + 1 :] if isinstance(t, Token) and (t.kind == "number" or is_op(t, ".."))]
            if shortest and numbers and is_op(numbers[0], ".."):
                out.append(Token("new", "1"))
            continue
        out.append(item)
    if span:
        out.append(Token("new", f"* TRAIL {span}", " "))
        long = True
    if long and filtered:
        raise BadInput(
            f"query: WHERE in a path of variable length {place(query, max(first.start, 0))} does not run on this store; "
            "write WHERE all(r IN relationships(p) WHERE ...)"
        )
    return Group(group.opening, out, group.closing), _Link(name, frozenset(types), long)
