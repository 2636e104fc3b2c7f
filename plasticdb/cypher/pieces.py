"""What a query is rewritten with: what is known of it, and how its items are cut into parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import BadInput
from .patterns import Names
from .schema import Schema
from .tokens import Item, Token, is_op, is_word, place, plain_name

__all__ = ["WORDS", "Known", "between_commas", "cut", "cut_op", "new", "operand_end"]

WORDS = (
    "MATCH OPTIONAL WITH RETURN UNWIND UNION WHERE ORDER SKIP LIMIT CALL AND OR XOR NOT IN AS DISTINCT BY ASC ASCENDING "
    "DESC DESCENDING CASE WHEN THEN ELSE END STARTS ENDS CONTAINS IS NULL TRUE FALSE ALL EXISTS COUNT OFFSET YIELD"
).split()
_COMPARISONS = ("=", "<>", "<", ">", "<=", ">=", "=~", ",", "|", "..")
_ENDS = tuple({*WORDS} - {"CASE", "END", "NULL", "TRUE", "FALSE", "ALL", "EXISTS", "COUNT"})


@dataclass(slots=True)
class Known:
    """What is known of the query while it is rewritten. `clauses` rewrites the inside of a subquery."""

    text: str
    names: Names
    clauses: Callable[[Known, Sequence[Item]], list[Item]]
    schema: Schema
    parameters: Mapping[str, Any] = field(default_factory=dict)
    choices: list[tuple[str, ...]] = field(default_factory=list)
    walks: set[str] = field(default_factory=set)
    """Relationship variables of variable length: in Neo4j lists."""
    paths: set[str] = field(default_factory=set)

    def text_of(self, item: Item | None) -> str | None:
        """The text that an item is, as far as that is known before the query runs; of a string with its escapes."""
        if isinstance(item, Token) and item.kind == "string":
            return item.text[1:-1]
        if isinstance(item, Token) and item.kind == "parameter":
            value = self.parameters.get(plain_name(item))
            return value if isinstance(value, str) else None
        return None

    def refuse(self, token: Token, what: str, instead: str) -> BadInput:
        return BadInput(f"query: {what} {place(self.text, max(token.start, 0))} does not run on this store; {instead}")


def new(text: str, space: str = " ") -> Token:
    return Token("new", text, space)


def between_commas(items: Sequence[Item]) -> list[list[Item]]:
    """What is between the commas."""
    parts: list[list[Item]] = [[]] if items else []
    for item in items:
        if is_op(item, ","):
            parts.append([])
        else:
            parts[-1].append(item)
    return parts


def cut(items: Sequence[Item], *words: str) -> tuple[list[Item], list[Item]]:
    """The items before the first of some keywords, and from there."""
    for i, item in enumerate(items):
        if is_word(item, *words) and not (i and is_op(items[i - 1], ".")):
            return list(items[:i]), list(items[i:])
    return list(items), []


def cut_op(items: Sequence[Item], op: str) -> tuple[list[Item], list[Item]]:
    for i, item in enumerate(items):
        if is_op(item, op):
            return list(items[:i]), list(items[i + 1 :])
    return list(items), []


def operand_end(items: Sequence[Item], i: int) -> int:
    """Where the right side of a comparison ends that begins here."""
    depth = 0
    for end in range(i, len(items)):
        item = items[end]
        if is_word(item, "CASE", "END") and not is_op(items[end - 1], "."):
            depth += 1 if is_word(item, "CASE") else -1
        if depth < 0 or (depth == 0 and end > i and (is_op(item, *_COMPARISONS) or is_word(item, *_ENDS))):
            return end
    return len(items)
