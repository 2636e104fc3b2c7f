"""An exception at a chosen line of plasticdb, as Ctrl-C, or a `MemoryError`, may come anywhere."""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import plasticdb

__all__ = ["Line", "interrupted", "lines_of"]

Line = tuple[str, int]
"""A file of the package, and a line in it."""
_PACKAGE = str(Path(plasticdb.__file__).parent) + "/"


@cache
def _leaving(code: CodeType) -> frozenset[int]:
    """Where a `with` block that went well is left: instructions that call `__exit__(None, None, None)`.

    CPython looks for signals after calls and at jumps, and there is neither between a block's last line and that call.
    """
    found = list(dis.get_instructions(code))
    places = set()
    for i in range(len(found) - 2):
        if all(one.opname == "LOAD_CONST" and one.argval is None for one in found[i : i + 3]):
            places.add(found[i].offset)
            if i and found[i - 1].opname == "SWAP":  # below the value that is returned
                places.add(found[i - 1].offset)
    return frozenset(places)


@dataclass(slots=True)
class _Tracer:
    """Calls `at` for every line of the package that is about to run, in this thread."""

    at: Callable[[Line], None]
    before: Any = field(default_factory=sys.gettrace)

    def __call__(self, frame: FrameType, event: str, _: object) -> Any:
        return self._line if frame.f_code.co_filename.startswith(_PACKAGE) else None

    def _line(self, frame: FrameType, event: str, _: object) -> Any:
        if event == "line" and frame.f_lasti not in _leaving(frame.f_code):
            self.at((frame.f_code.co_filename.removeprefix(_PACKAGE), frame.f_lineno))
        return self._line

    def run(self, work: Callable[[], object]) -> None:
        sys.settrace(self)
        try:
            work()
        finally:
            sys.settrace(self.before)


def lines_of(work: Callable[[], object]) -> list[Line]:
    """The lines that something runs, each once, in the order in which they come first."""
    found: dict[Line, None] = {}
    _Tracer(lambda line: found.setdefault(line)).run(work)
    return list(found)


def interrupted(work: Callable[[], object], line: Line, times: int, error: BaseException) -> bool:
    """Do something, but raise `error` where a line is about to run for the `times`-th time; whether it came to that."""
    left = times

    def at(here: Line) -> None:
        nonlocal left
        if here == line:
            left -= 1
            if left == 0:
                raise error

    _Tracer(at).run(work)
    return left <= 0
