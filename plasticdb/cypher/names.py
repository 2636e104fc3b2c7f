"""Names in Cypher are case-sensitive, in Ladybug they are not: capitals are written there in signs that have no case.

So `c` and `C` stay two variables, `m.a` and `m.A` two keys, and `c.Text` a property that is not there. Labels and types are
those of the schema, letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..errors import BadInput
from .schema import Schema
from .tokens import Token, is_name, place, plain_name

__all__ = ["KEYWORDS", "cased", "encoded", "named", "read_back"]

KEYWORDS = frozenset(
    (
        "MATCH OPTIONAL WITH RETURN UNWIND UNION WHERE ORDER SKIP LIMIT CALL AND OR XOR NOT IN AS DISTINCT BY ASC ASCENDING "
        "DESC DESCENDING CASE WHEN THEN ELSE END STARTS ENDS CONTAINS IS NULL TRUE FALSE ALL EXISTS COUNT COLLECT OFFSET "
        "YIELD ANY NONE SINGLE SHORTEST TYPED NORMALIZED"
    ).split()
)
_RESERVED = frozenset(
    (
        "ACYCLIC ALL AND ANY ASC ASCENDING CASE CAST COLUMN COMMIT_SKIP_CHECKPOINT CREATE DBTYPE DEFAULT DESC DESCENDING "
        "DISTINCT ELSE END ENDS EXISTS FALSE FOR GLOB GROUP HEADERS HINT IN INDEX INSTALL JOIN MACRO MULTI_JOIN NONE NOT NULL "
        "ON ONLY OPTIONAL OR ORDER PRIMARY PROFILE SHORTEST SINGLE STARTS TABLE THEN TRAIL TRUE UNION UNWIND WHEN WHERE WITH "
        "WSHORTEST XOR"
    ).split()
)
"""What Ladybug takes for no name unless it is quoted."""
_MARK = "ˇ"
_MARKED = re.compile(f"{_MARK}([0-9a-f]+){_MARK}")


def encoded(name: str) -> str:
    """A name without capitals, another one for every name.

    >>> encoded("Text"), encoded("text")
    ('ˇ54ˇext', 'text')
    """
    return "".join(f"{_MARK}{ord(sign):x}{_MARK}" if sign.lower() != sign or sign == _MARK else sign for sign in name)


def read_back(text: str) -> str:
    """A text with the names as they were.

    >>> read_back("Cannot find property ˇ54ˇext")
    'Cannot find property Text'
    """
    return _MARKED.sub(lambda match: chr(int(match[1], 16)), text) if _MARK in text else text


def named(value: Any) -> Any:
    """A parameter for Ladybug, with the keys of its maps as they are in the query."""
    if isinstance(value, Mapping):
        return {encoded(str(key)): named(part) for key, part in value.items()}
    return [named(part) for part in value] if isinstance(value, list | tuple) else value


def cased(query: str, found: Sequence[Token], schema: Schema) -> list[Token]:
    """The tokens with every name written so that Ladybug tells them apart.

    Raises BadInput for a label or type that the schema does not have.
    """
    out: list[Token] = []
    brackets: list[str] = []
    label = key = False  # whether the next name is a label, or a key of a map
    for i, token in enumerate(found):
        before, after = found[i - 1].text if i else "", found[i + 1].text if i + 1 < len(found) else ""
        if token.text in ("(", "[", "{"):
            brackets.append(token.text)
        elif token.text in (")", "]", "}") and brackets:
            brackets.pop()
        key = before in ("{", ",") and brackets[-1:] == ["{"] and after == ":"
        if is_name(token) and not (label and before in (":", "|", "&", "!")):
            label = False
            out.append(_name(token, before, after, key))
        elif is_name(token):
            _check_label(query, token, schema)
            reserved = token.text.upper() in _RESERVED
            out.append(replace(token, kind="quoted", text=f"`{token.text}`") if reserved else token)
        else:
            if token.text == ":":
                label = not _after_key(found, i, brackets)
            elif token.text not in ("|", "&", "!"):
                label = False
            out.append(token)
    return out


def _after_key(found: Sequence[Token], i: int, brackets: Sequence[str]) -> bool:
    return brackets[-1:] == ["{"] and i >= 2 and found[i - 2].text in ("{", ",")


def _name(token: Token, before: str, after: str, key: bool) -> Token:
    free = before != "." and not key
    if token.kind == "name" and free and before.upper() != "AS" and (token.text.upper() in KEYWORDS or after == "("):
        return token
    name = plain_name(token)
    reserved = name.upper() in _RESERVED or (free and name.upper() in KEYWORDS)
    if encoded(name) == name and (token.kind == "quoted" or not reserved):
        return token
    return replace(token, kind="quoted", text="`" + encoded(name).replace("`", "``") + "`")


def _check_label(query: str, token: Token, schema: Schema) -> None:
    name = plain_name(token)
    if name in schema.labels or name in schema.types:
        return
    alike = next((known for known in (*schema.labels, *schema.types) if known.lower() == name.lower()), "")
    hint = f"it is written {alike}" if alike else "`plasticdb schema` lists them"
    raise BadInput(f"query: there is no label or relationship type {name} {place(query, token.start)}; {hint}")
