"""Values on their way into Ladybug and out of it: parameters that it takes as they are, and answers without its marks."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import reduce
from typing import Any

from ..errors import BadInput
from .names import read_back

__all__ = ["fit", "plain"]

_Kind = str | tuple[Any, ...] | None
_NULL = "null"


def fit(parameters: Mapping[str, Any]) -> None:
    """Raise BadInput where a parameter has a value that Ladybug does not take, or would change.

    >>> fit({"names": ["em", "an"], "few": 3, "none": None})
    """
    for name, value in parameters.items():
        try:
            fits = value is None or _known(_kind(value))
        except ValueError:
            raise BadInput(
                f"query: ${name} has a list of unlike values, which does not run on this store; make them all of one kind"
            ) from None
        if not fits:
            raise BadInput(
                f"query: ${name} has an empty list or a null of no known kind, which does not run on this store; "
                "write it in the query instead"
            )


def _kind(value: Any) -> _Kind:
    """Of what kind a value is: what Ladybug calls its type. None is that of what is in an empty list."""
    if isinstance(value, list | tuple):
        return ("list", reduce(_both, map(_kind, value), None))
    if isinstance(value, dict):
        return ("map", *((key, _kind(one)) for key, one in value.items()))
    return _NULL if value is None else type(value).__name__


def _both(one: _Kind, other: _Kind) -> _Kind:
    """The kind of two values in one list; raises ValueError where there is none: no null is beside a list or a map."""
    for a, b in ((one, other), (other, one)):
        if a is None or a == b or (a == _NULL and isinstance(b, str)):
            return b
    if not isinstance(one, tuple) or not isinstance(other, tuple) or len(one) != len(other) or one[0] != other[0]:
        raise ValueError
    return (one[0], *(_both(a, b) for a, b in zip(one[1:], other[1:], strict=True)))


def _known(kind: _Kind) -> bool:
    return kind not in (None, _NULL) and all(map(_known, kind[1:] if isinstance(kind, tuple) else ()))


def plain(value: Any) -> Any:
    """A value without Ladybug's own marks: a node is its labels and properties, a relationship its type and properties."""
    if isinstance(value, dict):
        if "_NODES" in value and "_RELS" in value:
            if not value["_NODES"] or value["_NODES"][0] is None or None in value["_RELS"]:
                return None  # an OPTIONAL MATCH that found none
            path: list[Any] = value["_NODES"][:1]
            for relationship, node in zip(value["_RELS"], value["_NODES"][1:], strict=True):
                path += [relationship, node]
            return [plain(part) for part in path]
        if "_LABEL" in value:
            head: dict[str, Any] = {"type": value["_LABEL"]} if "_SRC" in value else {"labels": [value["_LABEL"]]}
            return head | {k: plain(v) for k, v in value.items() if not k.startswith("_") and v is not None}
        if value.keys() == {"offset", "table"}:
            return value["table"] << 40 | value["offset"]
        return {read_back(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, Decimal):
        return int(value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
