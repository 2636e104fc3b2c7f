"""Cypher on a graph in SQL: which copy of it (`view.py`), and the process that asks that copy (`process.py`)."""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

from ..errors import StoreError, Unavailable
from . import view
from .check import check
from .process import Child, Ended

__all__ = ["Cypher"]

_TRIES = 5
_IDLE = 4
"""Processes that are kept for the next query: as many as were busy at once, up to this."""


class Cypher:
    """Read-only Cypher on a graph in SQL. Keeps a process alive in which the copy that it asked last is open.

    name: what a copy of the graph is called, as it is now. kept: where copies are. make: copies the graph, before a
    moment of `time.monotonic()` if it is given one, and says where to.
    """

    def __init__(self, name: Callable[[], str], kept: Path, make: Callable[[float | None], Path]) -> None:
        self._name, self._kept, self._make = name, kept, make
        self._file: Path | None = None
        self._turn, self._owner = Lock(), os.getpid()
        # A list, whose methods need no lock: rows that nobody wants any more may be thrown away at any line of any thread.
        self._idle: list[Child] = []
        self._closed = weakref.finalize(self, _end, self._idle)

    def start(self) -> None:
        """Start a process now, which the first query will find ready."""
        self._idle.append(Child())

    def rows(
        self, query: str, parameters: Mapping[str, Any], *, timeout: float | None = None, explain: bool = False
    ) -> Iterator[dict[str, Any]]:
        """The rows of a query, all of one moment; with `explain` how Ladybug would find them.

        Raises BadInput where the query is wrong or does not run on Ladybug, Unavailable where it took too long, StoreError
        where it was too much for Ladybug.
        """
        end = None if timeout is None else time.monotonic() + timeout
        check(query, parameters)
        asked = {"query": query, "parameters": dict(parameters), "explain": explain}
        for fresh in (False, True):
            try:
                yield from self._asked(asked, end, fresh)
                return
            except Ended as ended:
                if ended.late:
                    raise Unavailable(
                        "query: it took longer than --timeout; ask for less (LIMIT), or allow more"
                    ) from None
                if not ended.before:
                    raise StoreError(
                        f"query: it was too much for the engine, which ended ({ended.why}); ask for less at a time"
                    ) from None

    def _asked(self, asked: dict[str, Any], end: float | None, fresh: bool) -> Iterator[dict[str, Any]]:
        with self._child(fresh) as child:
            for _ in range(_TRIES):
                file = self._current(end)
                with child.until(end):
                    left = None if end is None else max(end - time.monotonic(), 0)
                    reply = child.ask("ask", file=str(file), seconds=left, **asked)
                    if "failed" in reply:
                        raise StoreError(f"query: {reply['failed'].partition(chr(10))[0]}")
                    if "gone" not in reply:
                        yield from _rows(child, reply)
                        return
                self._file = None  # another process has just put a newer one in its place, or it is damaged
                with suppress(OSError):
                    file.unlink()
        raise Unavailable("the copy that Cypher runs on is replaced too fast to be read; try again")

    def close(self) -> None:
        """End the processes; the copy's file stays for the next."""
        self._closed()

    @contextmanager
    def _child(self, fresh: bool) -> Iterator[Child]:
        """A process that nobody else is asking; `fresh`: a new one."""
        child = (None if fresh else self._taken()) or Child()
        try:
            yield child
        except (Exception, GeneratorExit):
            raise
        except BaseException:  # in the middle of an answer
            child.close()
            raise
        finally:
            if child.alive and self._closed.alive and len(self._idle) < _IDLE:
                with suppress(Ended):
                    child.rest()
                    self._idle.append(child)
            else:
                child.close()

    def _taken(self) -> Child | None:
        while self._idle:
            with suppress(IndexError):  # another thread was faster
                child = self._idle.pop()
                if child.alive:
                    return child
                child.close()
        return None

    def _current(self, end: float | None) -> Path:
        """The copy of the graph as it is now, made if need be."""
        if self._owner != os.getpid():  # forked: who had the lock then is not here
            self._turn, self._owner = Lock(), os.getpid()
        if not self._turn.acquire(timeout=-1 if end is None else max(end - time.monotonic(), 0)):
            raise Ended(True, "")
        try:
            name = self._name()
            if self._file is None or not self._file.name.startswith(name):
                self._file = view.current(self._kept, name) or self._make(end)
            return self._file
        finally:
            self._turn.release()


def _rows(child: Child, reply: dict[str, Any]) -> Iterator[dict[str, Any]]:
    names = reply["names"]
    while True:
        for row in reply["rows"]:
            yield dict(zip(names, row, strict=True))
        if reply["end"]:
            return
        reply = child.ask("more")


def _end(idle: list[Child]) -> None:
    while idle:
        idle.pop().close()
