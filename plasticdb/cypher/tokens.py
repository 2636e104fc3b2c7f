"""A Cypher query as tokens, and as a tree of them by its brackets. A string, a comment or a `name` is one piece."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeGuard

from ..errors import BadInput

__all__ = [
    "Group",
    "Item",
    "Token",
    "flat",
    "grouped",
    "is_name",
    "is_op",
    "is_word",
    "place",
    "plain_name",
    "statements",
    "tokens",
    "unescaped",
]

_PATTERN = re.compile(
    r"""
      (?P<space>(?:\s|//[^\n\r]*|/\*.*?\*/)+)
    | (?P<string>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")
    | (?P<quoted>`(?:``|[^`])*`)
    | (?P<parameter>\$(?:\w+|`(?:``|[^`])*`))
    | (?P<number>0[xXoO]\w+|(?:\d[\d_]*)?\.\d\w*(?:(?<=[eE])[+-]\d+)?|\d\w*(?:(?<=[eE])[+-]\d+)?)
    | (?P<name>[^\W\d]\w*)
    | (?P<op><>|<=|>=|=~|!=|\.\.|\|\||::|[-+*/%^=<>.,:;|&!?()\[\]{}])
    """,
    re.VERBOSE | re.DOTALL,
)
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_ESCAPE = re.compile(r"\\u([Dd][89ABab]..)\\u([Dd][C-Fc-f]..)|\\u(.{0,4})|\\.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query. `space` is what stood before it; `start` its place, -1 where it was put in."""

    kind: str
    text: str
    space: str = ""
    start: int = -1


@dataclass(frozen=True, slots=True)
class Group:
    """Brackets and what is between them."""

    opening: Token
    items: list[Item] = field(default_factory=list)
    closing: Token = field(default_factory=lambda: Token("op", ""))

    @property
    def kind(self) -> str:
        return self.opening.text


Item = Token | Group


def unescaped(query: str) -> str:
    """A query with the characters that its `\\uXXXX` stand for: Neo4j reads them so wherever they are, before anything else.

    So `\\u0027` ends a string, and one that is not read here would hide from every check what the server runs. A backslash
    that is itself escaped begins none. Raises BadInput where one is no character, or a backslash: who reads the query again
    would take that for the beginning of another.

    >>> unescaped(r"RETURN '\\u0041' // \\\\u0042")
    "RETURN 'A' // \\\\\\\\u0042"
    """

    def read(match: re.Match[str]) -> str:
        if match[3] is None and match[1] is None:
            return match[0]
        codes = [match[1], match[2]] if match[3] is None else [match[3]]
        where = place(query, match.start())
        if not all(re.fullmatch("[0-9A-Fa-f]{4}", code) for code in codes):
            raise BadInput(f"query: \\u {where} needs four hexadecimal digits; for a backslash in a text write \\\\")
        try:
            text = b"".join(int(code, 16).to_bytes(2, "big") for code in codes).decode("utf-16-be")
        except UnicodeDecodeError:
            raise BadInput(f"query: {match[0]} {where} is half a character; write the character itself") from None
        if "\\" in text:
            raise BadInput(f"query: {match[0]} {where} is a backslash; write \\\\ in a text")
        return text

    return _ESCAPE.sub(read, query) if "\\u" in query else query


def tokens(query: str) -> list[Token]:
    """The tokens of a query; comments become spaces. Raises BadInput with the place of what is none."""
    found: list[Token] = []
    at, space = 0, ""
    while at < len(query):
        match = _PATTERN.match(query, at)
        if match is None:
            what = "a string, a comment or a `name` that does not end" if query[at] in "'\"`/" else repr(query[at])
            raise BadInput(f"query: {what} {place(query, at)}")
        kind, text = str(match.lastgroup), match.group()
        if kind == "space":
            space = " " if "/" in text else text
        else:
            found.append(Token(kind, text, space, at))
            space = ""
        at = match.end()
    return found


def statements(text: str) -> tuple[list[str], str]:
    """What is in front of each semicolon, and what is behind the last. A text cut off in a string has none yet."""
    try:
        ends = [token.start for token in tokens(text) if token.text == ";"]
    except BadInput:
        return [], text
    starts = [0, *(end + 1 for end in ends)]
    return [text[a:b] for a, b in zip(starts, ends, strict=False)], text[starts[-1] :]


def grouped(query: str, found: Sequence[Token]) -> list[Item]:
    """The tokens as a tree. Raises BadInput for a bracket without its other half."""
    rest = iter(found)

    def until(closing: str, opened: Token | None) -> tuple[list[Item], Token]:
        items: list[Item] = []
        for token in rest:
            if token.kind == "op" and token.text in _CLOSING:
                inside, end = until(_CLOSING[token.text], token)
                items.append(Group(token, inside, end))
            elif token.kind == "op" and token.text in _CLOSING.values():
                if token.text != closing:
                    raise BadInput(f"query: {token.text!r} closes nothing {place(query, token.start)}")
                return items, token
            else:
                items.append(token)
        if opened is not None:
            raise BadInput(f"query: {opened.text!r} is never closed {place(query, opened.start)}")
        return items, Token("op", "")

    try:
        return until("", None)[0]
    except RecursionError:
        raise BadInput("query: brackets are nested too deep") from None


def flat(items: Sequence[Item]) -> Iterator[Token]:
    """The tokens of a tree in order."""
    for item in items:
        if isinstance(item, Group):
            yield item.opening
            yield from flat(item.items)
            yield item.closing
        else:
            yield item


def is_word(item: Item | None, *words: str) -> bool:
    """Whether an item is one of these keywords (in capitals)."""
    return isinstance(item, Token) and item.kind == "name" and item.text.upper() in words


def is_name(item: Item | None) -> TypeGuard[Token]:
    """Whether it is a name, also one in backticks."""
    return isinstance(item, Token) and item.kind in ("name", "quoted")


def is_op(item: Item | None, *ops: str) -> bool:
    return isinstance(item, Token) and item.kind == "op" and item.text in ops


def plain_name(token: Token) -> str:
    """A name or a parameter without its backticks and its $."""
    text = token.text.removeprefix("$")
    return text[1:-1].replace("``", "`") if text.startswith("`") else text


def place(query: str, at: int) -> str:
    """A place in words: line and column from 1."""
    line = query.count("\n", 0, at) + 1
    return f"(line {line}, column {at - (query.rfind(chr(10), 0, at) + 1) + 1})"
