"""A filter over payloads: which values their fields must have. Pure: payloads in, yes or no out.

A filter is values by field, such as `{"speaker": "Ann", "meta.lang": ["en", "de"], "year": {">=": 2020, "<": 2024}}`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from ..checks import plain, shown, text
from ..errors import BadInput

__all__ = ["MISSING", "OPERATORS", "Test", "Where", "key", "looked_up"]

_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
OPERATORS = ("=", "!=", *_COMPARED)
"""What a field can be compared by."""
MISSING = object()
"""The value of a field that a payload does not have."""
_INFINITE = (math.inf, -math.inf)


@dataclass(frozen=True, slots=True)
class Test:
    """What a field must be: equal to one of some values (`=`), to none of them (`!=`), or as compared with one."""

    operator: str
    values: tuple[Any, ...]

    def passes(self, value: Any) -> bool:
        """Whether a field with this value is so; of a list, whether one of its members is (with `!=`: none of them)."""
        found = _members(value)
        if self.operator in ("=", "!="):
            wanted = {key(value) for value in self.values}
            return any(key(one) in wanted for one in found) == (self.operator == "=")
        (bound,) = self.values
        compared = _COMPARED[self.operator]
        return any(_comparable(one, bound) and compared(one, bound) for one in found)


@dataclass(frozen=True, slots=True)
class Where:
    """A filter that was checked: what each of its fields must be. All of them must.

    Examples
    --------
    >>> where = Where.parse({"speaker": ["Ann", "Bob"], "meta.year": {">=": 2020, "<": 2024}})
    >>> where.matches({"speaker": "Ann", "meta": {"year": 2021}})
    True
    >>> where.matches({"speaker": "Ann"})
    False
    """

    tests: Mapping[str, tuple[Test, ...]]

    @classmethod
    def parse(cls, given: Any) -> Where:
        """Check a filter.

        Parameters
        ----------
        given
            By field: a value, a list of values (any of them), or values by operator (`=`, `!=`, `<`, `<=`, `>`, `>=`).
            A dot leads into an object: `meta.lang`. A note without the field does not match, whatever is asked of it.

        Raises
        ------
        BadInput
            It is no filter.
        """
        if not isinstance(given, Mapping):
            raise BadInput(f'a filter is values by field, such as {{"speaker": "Ann"}}, not {shown(given)}')
        if not given:
            raise BadInput('a filter must name a field, such as {"speaker": "Ann"}; leave it out to take every note')
        return cls({text("a filter's field", field): _tests(field, wanted) for field, wanted in given.items()})

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it asks for."""
        return tuple(self.tests)

    def matches(self, payload: Any) -> bool:
        """Whether a payload is so; one that is no object is not."""
        for field, tests in self.tests.items():
            value = looked_up(payload, field)
            if value is MISSING or not all(test.passes(value) for test in tests):
                return False
        return True

    def asked(self) -> list[Any]:
        """All of it as JSON, for the fingerprint of an operation."""
        return [[field, [[one.operator, list(one.values)] for one in tests]] for field, tests in self.tests.items()]


def looked_up(payload: Any, field: str) -> Any:
    """The value of a field, or `MISSING`; a name with a dot that the object has itself comes before the way into an object."""
    if not isinstance(payload, dict):
        return MISSING
    if field in payload:
        return payload[field]
    first, dot, rest = field.partition(".")
    return looked_up(payload.get(first), rest) if dot else MISSING


def _members(value: Any) -> list[Any]:
    """What is compared of a field: each member of a list, or the value itself."""
    return value if isinstance(value, list) else [value]


def key(value: Any) -> Hashable:
    """What equal values have in common, as JSON has it: 1 is 1.0, and neither is true. An object equals nothing."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | dict):
        return (dict,)
    return type(value) if isinstance(value, bool) or value is None else float, value


def _comparable(value: Any, bound: Any) -> bool:
    return _sort(value) is _sort(bound)


def _sort(value: Any) -> type | None:
    if isinstance(value, str):
        return str
    return float if isinstance(value, int | float) and not isinstance(value, bool) else None


def _tests(field: str, wanted: Any) -> tuple[Test, ...]:
    if not isinstance(wanted, Mapping):
        return (Test("=", _values(field, wanted)),)
    unknown = [name for name in wanted if name not in OPERATORS]
    if unknown or not wanted:
        inside = (
            f"; a field in an object is {f'{field}.{unknown[0]}'!r}" if unknown and isinstance(unknown[0], str) else ""
        )
        named = f"{shown(unknown[0])} is no operator" if unknown else "there is no operator"
        raise BadInput(f"the filter's field {shown(field)}: {named}; choose one of {', '.join(OPERATORS)}{inside}")
    return tuple(_test(field, name, value) for name, value in wanted.items())


def _test(field: str, name: str, value: Any) -> Test:
    values = _values(field, value)
    if name in _COMPARED and (isinstance(plain(value), list) or _sort(*values) is None):
        raise BadInput(f"the filter's field {shown(field)}: {name} takes a number or a text, not {shown(value)}")
    return Test(name, values)


def _values(field: str, wanted: Any) -> tuple[Any, ...]:
    try:
        values = _members(plain(list(wanted) if isinstance(wanted, set | frozenset) else wanted))
    except RecursionError:
        values = [wanted]
    for value in values:
        if not (value is None or isinstance(value, str | bool | int | float)) or value != value or value in _INFINITE:
            raise BadInput(
                f"the filter's field {shown(field)} must be a text, a number, true, false, null, or a list of these, "
                f"not {shown(value)}"
            )
    return tuple(str.__str__(value) if isinstance(value, str) else value for value in values)
