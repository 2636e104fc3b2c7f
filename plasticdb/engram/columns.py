"""The payloads of many notes, as columns of values by field: what a filter of 100,000 notes looks at.

A row is a note; each value of a field has a code, and a filter is decided once for each value, not for each note.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import shown
from ..errors import BadInput
from ..kit.texts import did_you_mean
from .where import MISSING, Test, Where, key, looked_up

__all__ = ["Column", "Columns"]

Mask = NDArray[np.bool_]
Codes = NDArray[np.int32]
_NAMES = 1000
"""Names of fields that are known for errors, about, and of how many payloads that are taken in at once."""


@dataclass(slots=True)
class Column:
    """What one field has, row by row: the code of its value, -1 where the row has no such field.

    A list has a code, and so has each of its members; `lists` and `inside` say which code is in which.
    """

    codes: Codes = field(default_factory=lambda: np.empty(0, np.int32))
    values: list[Any] = field(default_factory=list)
    known: dict[Hashable, int] = field(default_factory=dict)
    lists: list[int] = field(default_factory=list)
    inside: list[int] = field(default_factory=list)
    _sorted: dict[type, list[int]] = field(default_factory=dict)
    _sorted_of: int = 0

    def code(self, value: Any) -> int:
        """The code of a value, which it gets where it has none."""
        if (code := self.known.get(value) if isinstance(value, str) else None) is not None:
            return code
        if not isinstance(value, list):
            return self._coded(key(value), value)
        parts = list(dict.fromkeys(map(self.code, ({} if isinstance(one, list) else one for one in value))))
        before = len(self.values)
        code = self._coded((list, *parts), value)
        if code == before:
            self.lists += [code] * len(parts)
            self.inside += parts
        return code

    def _coded(self, known_as: Hashable, value: Any) -> int:
        code = self.known.get(known_as)
        if code is None:
            code = self.known[known_as] = len(self.values)
            self.values.append(value)
        return code

    def mask(self, tests: Iterable[Test]) -> Mask:
        """Which rows have the field, and pass."""
        passed = np.ones(len(self.values) + 1, bool)
        passed[-1] = False  # the code of no value
        for test in tests:
            passed[:-1] &= self._passed(test)
        found: Mask = passed[self.codes]
        return found

    def _passed(self, test: Test) -> Mask:
        passed = np.zeros(len(self.values), bool)
        if test.operator in ("=", "!="):
            passed[[self.known[k] for k in map(key, test.values) if k in self.known]] = True
        else:
            passed[self._between(test)] = True
        if self.lists:
            inside = passed[self.inside]
            passed[np.array(self.lists)[inside]] = True
        return ~passed if test.operator == "!=" else passed

    def _between(self, test: Test) -> list[int]:
        (bound,) = test.values
        self._sort()
        codes = self._sorted[str if isinstance(bound, str) else float]
        bisect = bisect_left if test.operator in ("<", ">=") else bisect_right
        at = bisect(codes, bound, key=self.values.__getitem__)
        return codes[:at] if test.operator in ("<", "<=") else codes[at:]

    def _sort(self) -> None:
        """Take the values that came since into the order of texts, and that of numbers."""
        new: dict[type, list[int]] = {str: [], float: []}
        for code in range(self._sorted_of, len(self.values)):
            value = self.values[code]
            if isinstance(value, str):
                new[str].append(code)
            elif isinstance(value, int | float) and not isinstance(value, bool):
                new[float].append(code)
        for sort, codes in new.items():
            before = self._sorted.setdefault(sort, [])
            if codes:
                before += codes
                before.sort(key=self.values.__getitem__)  # nearly in order, which takes little
        self._sorted_of = len(self.values)


@dataclass(slots=True)
class Columns:
    """The columns of a memory that filters asked for so far, a row for each note that was taken in.

    Parameters
    ----------
    memory
        The memory's name, for errors.
    fields
        A column by field; payloads must be taken in anew where a filter asks for another one (see `lacks`).
    objects
        Which rows have an object as their payload.

    Examples
    --------
    >>> columns = Columns("notes").of(["speaker"])
    >>> columns.take(['{"speaker": "Ann"}', '{"speaker": "Bob"}', '"no object"'])
    >>> columns.mask(Where.parse({"speaker": "Ann"})).tolist()
    [True, False, False]
    """

    memory: str
    fields: dict[str, Column] = field(default_factory=dict)
    objects: Mask = field(default_factory=lambda: np.empty(0, bool))
    names: set[str] = field(default_factory=set)

    def of(self, fields: Iterable[str]) -> Columns:
        """Empty columns of these fields and those that were there."""
        return Columns(self.memory, {name: Column() for name in dict.fromkeys((*self.fields, *fields))})

    def lacks(self, where: Where) -> list[str]:
        """The fields of a filter that have no column."""
        return [name for name in where.fields if name not in self.fields]

    def __len__(self) -> int:
        return len(self.objects)

    def take(self, payloads: Iterable[str]) -> None:
        """Add rows: payloads as JSON."""
        read = [json.loads(payload) for payload in payloads]
        self.objects = np.append(self.objects, np.array([isinstance(one, dict) for one in read], bool))
        for name, column in self.fields.items():
            column.codes = np.append(column.codes, np.array([_code(column, one, name) for one in read], np.int32))
        for payload in read[:_NAMES] if len(self.names) < _NAMES else ():
            self.names.update(_names(payload))

    def put(self, row: int, payload: str) -> None:
        """Let a row have another payload."""
        read = json.loads(payload)
        self.objects[row] = isinstance(read, dict)
        self.names.update(_names(read))
        for name, column in self.fields.items():
            column.codes[row] = _code(column, read, name)

    def keep(self, rows: Any) -> None:
        """Keep these rows, given as numpy's indices or as a mask."""
        self.objects = self.objects[rows]
        for column in self.fields.values():
            column.codes = column.codes[rows]

    def mask(self, where: Where, alive: Mask | None = None) -> Mask:
        """Which rows a filter matches.

        Parameters
        ----------
        alive
            The rows that count; None: all.

        Raises
        ------
        BadInput
            No payload is an object, or none has one of the fields.
        """
        there = np.ones(len(self), bool) if alive is None else alive
        if there.any() and not (self.objects & there).any():
            raise BadInput(
                f"no payload in {self.memory!r} is an object, so there is no field {shown(where.fields[0])} to filter by; "
                'give payloads such as {"speaker": "Ann"}'
            )
        found = there.copy()
        for name, tests in where.tests.items():
            column = self.fields[name]
            if there.any() and not (column.codes[there] >= 0).any():
                like = did_you_mean(name, sorted(self.names))
                raise BadInput(f"no payload in {self.memory!r} has the field {shown(name)}{like}; nothing can match")
            found &= column.mask(tests)
        return found


def _code(column: Column, payload: Any, name: str) -> int:
    value = looked_up(payload, name)
    return -1 if value is MISSING else column.code(value)


def _names(payload: Any, before: str = "") -> Iterator[str]:
    if isinstance(payload, dict):
        for name, value in payload.items():
            yield before + name
            yield from _names(value, f"{before}{name}.")
