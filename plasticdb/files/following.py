"""Following a file that grows, or a pipe: lines as they come, until it is told to end."""

from __future__ import annotations

import os
import select
import stat
import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack

from ..errors import BadInput
from .samples import STDIN, opened

__all__ = ["Following"]

_EVERY = 1.0
"""Seconds after which what came is committed at the latest."""
_WAIT = 0.2
_CHUNK = 1 << 16


class Following:
    """Lines of a file as it grows (`samples.Lines`). In a `with` statement.

    A file that was moved away is read to its end, and then the one that took its place; one that was cut short is read
    from its beginning. A last line without its end is read when the end has come, or the file does not grow any more.

    Parameters
    ----------
    idle
        Called every second, and whenever there is nothing more for now.
    anew
        Called before the first line of another file, or of one that was cut short.
    ends
        Whether it is to end.
    """

    def __init__(
        self, file: str, idle: Callable[[], object], anew: Callable[[], object], ends: Callable[[], bool]
    ) -> None:
        self._file, self._idle, self._anew, self._ends = file, idle, anew, ends
        self._lines: deque[bytes] = deque()
        self._rest = b""
        self._next = 0.0
        self._moved: float | None = None
        self._open = ExitStack()
        self._restart = False

    def __enter__(self) -> Following:
        self._reopen()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _reopen(self) -> None:
        self._open.close()
        stream = self._open.enter_context(opened(self._file))
        try:
            self._fd = stream.fileno()
        except OSError:
            raise BadInput(f"{self._file} cannot be followed; give a file that is not compressed, or a pipe") from None
        self._grows = stat.S_ISREG(os.fstat(self._fd).st_mode) and self._file != STDIN
        self._moved = None

    def readline(self, size: int, /) -> bytes:
        while True:
            if time.monotonic() >= self._next:
                self._idle()
                self._next = time.monotonic() + _EVERY
            if self._ends() and (self._grows or not self._lines):  # what is in a file is there the next time, too
                return b"" if self._grows else self._last()
            if self._lines:
                return self._lines.popleft()
            if len(self._rest) >= size:
                line, self._rest = self._rest[:size], self._rest[size:]
                return line
            if self._restart:
                self._restart = False
                self._anew()
            if (found := self._read()) is None:
                return self._last()
            if found:
                *whole, self._rest = (self._rest + found).split(b"\n")
                self._lines.extend(line + b"\n" for line in whole)
            elif self._restart and self._rest:
                return self._last()

    def _last(self) -> bytes:
        line, self._rest = self._rest, b""
        return line

    def _read(self) -> bytes | None:
        """What is there now, after a short wait where that is nothing; None at the end of a pipe."""
        if not self._grows:
            if not select.select([self._fd], [], [], _WAIT)[0]:
                self._next = min(self._next, time.monotonic())
                return b""
            return os.read(self._fd, _CHUNK) or None
        if found := os.read(self._fd, _CHUNK):
            return found
        self._next = min(self._next, time.monotonic())  # what came is committed while nothing comes
        self._look()
        if not self._restart:
            time.sleep(_WAIT)
        return b""

    def _look(self) -> None:
        """Whether another file has taken this one's place, or it was cut short."""
        try:
            there = os.stat(self._file)
        except OSError:  # moved away, and the next one is not there yet
            return
        mine = os.fstat(self._fd)
        if not os.path.samestat(there, mine):
            self._moved = self._moved or time.monotonic()
            if time.monotonic() - self._moved > _EVERY:  # whoever wrote to the old one may not have noticed at once
                self._reopen()
                self._restart = True
        elif mine.st_size < os.lseek(self._fd, 0, os.SEEK_CUR):
            os.lseek(self._fd, 0, os.SEEK_SET)
            self._restart = True
