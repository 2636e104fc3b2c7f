"""What every query must pass before an engine sees it: that it only reads, is one statement, and has its parameters."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import BadInput
from ..kit.texts import is_text
from .tokens import Token, is_name, place, plain_name, tokens, unescaped

__all__ = ["PROCEDURES", "check"]

LONGEST = 1_000_000
"""Characters of a query: with many more the engines are busy for minutes before they look for anything."""
MOST = 50_000
"""Tokens of a query."""
DEEPEST = 50
"""Brackets and CASEs within each other."""

_WRITES = (
    "CREATE MERGE SET DELETE DETACH REMOVE DROP FOREACH ALTER COPY INSERT INSTALL UNINSTALL ATTACH IMPORT EXPORT LOAD GRANT "
    "REVOKE DENY BEGIN COMMIT ROLLBACK CHECKPOINT COMMENT TERMINATE START STOP RENAME ENABLE UPDATE USE"
).split()
_PREFIXES = ("EXPLAIN", "PROFILE", "CYPHER")
PROCEDURES = frozenset(
    (
        "db.labels db.relationshiptypes db.propertykeys db.schema.visualization db.schema.nodetypeproperties "
        "db.schema.reltypeproperties db.index.fulltext.querynodes db.index.fulltext.queryrelationships "
        "db.index.fulltext.listavailableanalyzers db.index.vector.querynodes db.index.vector.queryrelationships"
    ).split()
)
"""Those that read the graph and nothing else, neither files nor addresses, nor the server's own state."""
_LIBRARIES = frozenset("date time datetime localtime localdatetime duration point vector db.namefromelementid".split())
"""What functions with a dot in their name may begin with: Neo4j's own, which compute and read nothing."""
_SHOWN = re.compile(
    "SHOW ((ALL|FULLTEXT|LOOKUP|POINT|RANGE|TEXT|VECTOR|NODE|REL|RELATIONSHIP|UNIQUE|UNIQUENESS|KEY|PROPERTY|EXISTENCE"
    "|EXIST|TYPE) )*(INDEX|INDEXES|CONSTRAINT|CONSTRAINTS)( |$)"
)
_GOES_ON = "IN IS AS AND OR XOR STARTS ENDS CONTAINS WHERE ORDER SKIP LIMIT RETURN WITH MATCH UNWIND UNION".split()
"""What may come behind a variable that is called `call`."""
_BEFORE_A_NAME = (".", ":", "$", "|", "&", "!")


def check(query: str, parameters: Mapping[str, Any]) -> list[Token]:
    """The tokens of a query that may be asked; `unescaped(query)` is the text that they are of, and what an engine gets.

    Raises BadInput where it is empty, too long or too deep, does anything but read the graph, is more than one statement,
    or asks for parameters that are not given (or the other way round).
    """
    if not is_text(query):
        raise BadInput("query: it has half a character, or is not text; write it in UTF-8")
    if len(query) > LONGEST:
        raise BadInput(f"query: it has {len(query):,} characters, and may have {LONGEST:,}; {_SHORTER}")
    query = unescaped(query)
    found = tokens(query)
    while found and found[-1].text == ";":
        found.pop()
    if not found:
        raise BadInput("the query is empty; write for example MATCH (c:Concept) RETURN c.text LIMIT 10")
    if more := next((token for token in found if token.text == ";"), None):
        raise BadInput(f"query: one statement at a time {place(query, more.start)}")
    if len(found) > MOST:
        raise BadInput(f"query: it has {len(found):,} words and signs, and may have {MOST:,}; {_SHORTER}")
    _check_depth(query, found)
    if found[0].text.upper() in _PREFIXES:
        instead = "leave it out" if found[0].text.upper() == "CYPHER" else "use --explain (in Python: explain=True)"
        raise BadInput(f"query: {found[0].text} before a query is not taken here; {instead}")
    for i, token in enumerate(found):
        if token.kind == "name" and token.text.upper() in _WRITES and _is_clause(found, i):
            raise BadInput(
                f"query is read-only, and {token.text.upper()} {place(query, token.start)} is not; "
                "use the other commands to change a memory"
            )
    words = " ".join(token.text.upper() for token in found[:8])
    if words.startswith("SHOW ") and not _SHOWN.match(words):
        raise BadInput(
            "query is read-only, and tells of the graph, not of the server; SHOW INDEXES and SHOW CONSTRAINTS are taken"
        )
    _check_calls(query, found)
    _check_parameters(query, found, parameters)
    return found


def _is_clause(found: Sequence[Token], i: int) -> bool:
    """Whether a word stands where a clause may begin, and is no variable, label, property or function."""
    before = found[i - 1].text if i else ""
    after = found[i + 1].text if i + 1 < len(found) else ""
    return before not in _BEFORE_A_NAME and before.upper() != "AS" and after not in (":", ".", ",", ")", "=", "]", "|")


_SHORTER = "give long lists and texts as parameters (--param NAME=VALUE)"


def _check_depth(query: str, found: Sequence[Token]) -> None:
    """Engines are slow, or end, where much is within each other; so are all recursive rules here."""
    depth = 0
    for i, token in enumerate(found):
        word = token.text.upper() if token.kind == "name" and (not i or found[i - 1].text != ".") else ""
        depth += (token.text in ("(", "[", "{") or word == "CASE") - (token.text in (")", "]", "}") or word == "END")
        if depth > DEEPEST:
            raise BadInput(
                f"query: brackets or CASEs are nested more than {DEEPEST} deep {place(query, token.start)}; "
                "compute the inner ones in a WITH before"
            )


def _check_calls(query: str, found: Sequence[Token]) -> None:
    """Procedures and libraries of functions can do anything on a server: those that only read the graph are known here."""
    for i, token in enumerate(found):
        before = found[i - 1] if i else None
        if not is_name(token) or (before is not None and before.text == "."):
            continue
        name, end = _dotted(found, i)
        called = end < len(found) and found[end].text == "("
        if before is not None and before.kind == "name" and before.text.upper() == "CALL":
            if name.lower() not in PROCEDURES and (called or "." in name or name.upper() not in _GOES_ON):
                raise BadInput(
                    f"query is read-only, and the procedure {name} {place(query, token.start)} may do more than read the "
                    "graph; db.labels, db.schema... and db.index....query... are taken"
                )
        elif called and "." in name and not _known_library(name):
            raise BadInput(
                f"query: the function {name}() {place(query, token.start)} may do more than compute; "
                "take one of Neo4j's own"
            )


def _dotted(found: Sequence[Token], i: int) -> tuple[str, int]:
    """A name with dots in it that begins here, and the place behind it."""
    parts = [plain_name(found[i])]
    i += 1
    while i + 1 < len(found) and found[i].text == "." and is_name(found[i + 1]):
        parts.append(plain_name(found[i + 1]))
        i += 2
    return ".".join(parts), i


def _known_library(name: str) -> bool:
    low = name.lower()
    return low in _LIBRARIES or low.partition(".")[0] in _LIBRARIES


def _check_parameters(query: str, found: Sequence[Token], parameters: Mapping[str, Any]) -> None:
    asked = {plain_name(token): token for token in found if token.kind == "parameter"}
    if missing := [name for name in asked if name not in parameters]:
        where = place(query, asked[missing[0]].start)
        raise BadInput(f"query: ${missing[0]} {where} has no value; give it with --param {missing[0]}=VALUE")
    if unknown := [name for name in parameters if name not in asked]:
        names = ", ".join(f"${name}" for name in asked) or "none"
        raise BadInput(f"query: there is no ${unknown[0]} in it (its parameters: {names})")
    for name, value in parameters.items():
        try:
            json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise BadInput(f"query: the value of ${name} has half a character; write it in UTF-8") from None
        except (TypeError, ValueError, RecursionError):
            raise BadInput(f"query: the value of ${name} is no JSON value ({type(value).__name__})") from None
        if _beyond(value):
            raise BadInput(f"query: the value of ${name} has a whole number beyond 64 bits; give it as a text")


def _beyond(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_beyond, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_beyond, value))
    return isinstance(value, int) and not -(1 << 63) <= value < 1 << 63
