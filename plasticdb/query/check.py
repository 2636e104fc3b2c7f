"""What every query must pass before an engine sees it: that it only reads, is one statement, and has its parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import BadInput
from ..texts import is_text
from .tokens import Token, place, plain_name, tokens

__all__ = ["check"]

_WRITES = (
    "CREATE MERGE SET DELETE DETACH REMOVE DROP FOREACH ALTER COPY INSERT INSTALL UNINSTALL ATTACH IMPORT EXPORT LOAD GRANT "
    "REVOKE DENY BEGIN COMMIT ROLLBACK CHECKPOINT COMMENT TERMINATE START STOP RENAME ENABLE UPDATE USE"
).split()
_BEFORE_A_NAME = (".", ":", "$", "|", "&", "!")


def check(query: str, parameters: Mapping[str, Any]) -> list[Token]:
    """The tokens of a query that may be asked.

    Raises BadInput where it is empty, writes, is more than one statement, or asks for parameters that are not given
    (or the other way round).
    """
    if not is_text(query):
        raise BadInput("query: it has half a character, or is no text; write it in UTF-8")
    found = tokens(query)
    while found and found[-1].text == ";":
        found.pop()
    if not found:
        raise BadInput("the query is empty; write for example MATCH (c:Concept) RETURN c.text LIMIT 10")
    if more := next((token for token in found if token.text == ";"), None):
        raise BadInput(f"query: one statement at a time {place(query, more.start)}")
    for i, token in enumerate(found):
        if token.kind == "name" and token.text.upper() in _WRITES and _is_clause(found, i):
            raise BadInput(
                f"query is read-only, and {token.text.upper()} {place(query, token.start)} is not; "
                "use the other commands to change a memory"
            )
    _check_parameters(query, found, parameters)
    return found


def _is_clause(found: Sequence[Token], i: int) -> bool:
    """Whether a word stands where a clause may begin, and is no variable, label, property or function."""
    before = found[i - 1].text if i else ""
    after = found[i + 1].text if i + 1 < len(found) else ""
    return before not in _BEFORE_A_NAME and before.upper() != "AS" and after not in (":", ".", ",", ")", "=", "]", "|")


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
