"""How long and how much is read from a Neo4j server: no operation waits for ever, and no answer fills the memory.

The driver waits for an answer as long as the connection seems to be there; where an answer was lost on the way, that is
for minutes, or for ever. So what a thread reads has a limit here. A read that comes to it fails like one of a broken
connection: the driver closes the connection, and the server ends the transaction that it carried.

The driver has no public setting for that: `watch` reaches into a connection as it is opened (a test says when a new
driver has none of this any more).
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import neo4j
from neo4j.exceptions import ServiceUnavailable

__all__ = ["Limit", "cut_short", "limited", "watch"]

SHORTEST = 1.0
"""Seconds that a server is given for an answer, whatever the timeout: it may well be busy."""


@dataclass(slots=True)
class Limit:
    """What an operation may read.

    silence: seconds without a byte from the server (None: as long as the server announced that it may be silent).
    until: when it must be over (by `time.monotonic`). room: bytes that may still come.
    silent: whether it was given up for one of the first two. heard: whether anything came. broken_off: by what else it was
    given up (Ctrl-C).
    """

    silence: float | None = None
    until: float | None = None
    room: int | None = None
    silent: bool = False
    heard: bool = False
    broken_off: BaseException | None = None

    def seconds(self, announced: float | None) -> float | None:
        """How long the next read may take; raises TimeoutError where it may not begin any more."""
        wait = announced if self.silence is None else max(self.silence, SHORTEST)
        if self.until is not None:
            left = self.until - time.monotonic()
            if left <= 0:
                self.silent = True
                raise TimeoutError("the time for this operation is over")
            wait = left if wait is None else min(wait, left)
        return wait

    def go_on(self) -> None:
        """Raise again what broke the operation off: an error of the connection that was closed for it may hide it."""
        if self.broken_off is not None:
            raise self.broken_off from None

    def took(self, count: int) -> None:
        """Note that `count` bytes came; raises OSError where that was too much."""
        self.heard = True
        if self.room is not None:
            self.room -= count
            if self.room < 0:
                raise OSError("the answer is too large")


_THREAD = threading.local()


@contextmanager
def limited(limit: Limit) -> Iterator[Limit]:
    """The limit of what this thread reads meanwhile."""
    before = getattr(_THREAD, "limit", None)
    _THREAD.limit = limit
    try:
        yield limit
    finally:
        _THREAD.limit = before


@contextmanager
def cut_short(limit: Limit) -> Iterator[None]:
    """Where this is broken off (Ctrl-C), what the server does at that moment is not waited for."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, Exception | GeneratorExit):
            limit.until, limit.broken_off = 0.0, error
        raise


def watch(driver: neo4j.Driver, usual: float) -> None:
    """Have all connections of a driver keep to the limit of the thread that reads, or to `usual` seconds of silence."""
    pool: Any = driver._pool
    opener = pool.opener

    def opened(*how: Any) -> Any:
        try:
            connection = opener(*how)
        except OSError as error:  # reset between its handshake and its first message: the driver expects none there
            _bury(error)
            raise ServiceUnavailable("the connection was reset while it was opened") from error
        _watch(connection.socket, Limit(silence=usual))
        return connection

    pool.opener = opened


def _bury(error: OSError) -> None:
    """Close a connection that was half made, which the driver would complain of on standard error when it is deleted."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        half = frame.f_locals.get("self")
        if half is not None and hasattr(half, "socket") and hasattr(half, "_closed"):
            half.socket.close()
            half._closed = True


def _watch(socket: Any, usual: Limit) -> None:
    receive, announced = socket.recv_into, socket.get_read_timeout()

    def recv_into(buffer: Any, count: int) -> int:
        limit: Limit = getattr(_THREAD, "limit", None) or usual
        socket.set_read_timeout(limit.seconds(announced))
        try:
            came: int = receive(buffer, count)
        except TimeoutError:
            limit.silent = True
            raise
        limit.took(came)
        return came

    socket.recv_into = recv_into
