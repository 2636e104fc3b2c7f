"""One thread at a time: threads that share a memory take turns, as processes do by the journal's position.

And what a turn leaves behind is whole: where it is broken off (Ctrl-C, no memory left, a fault), whatever is held of the
graph may be half changed, and is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from ..errors import PlasticDBError, StoreError
from ..journal.journal import Journal

__all__ = ["in_turn"]

P = ParamSpec("P")
T = TypeVar("T")


class _Memory(Protocol):
    name: str
    _journal: Journal

    def release(self) -> None:
        """Drop what is held of the graph."""


S = TypeVar("S", bound=_Memory)


def in_turn(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """A method that waits until no other thread is in one of the same memory; it may call others."""

    def whole(self: S, *args: P.args, **named: P.kwargs) -> T:
        try:
            return method(self, *args, **named)
        except BaseException as error:
            if isinstance(error, StoreError) or not isinstance(error, PlasticDBError):
                self.release()
            raise  # what was asked is refused where what is held is whole

    @wraps(method)
    def turned(self: S, /, *args: P.args, **named: P.kwargs) -> T:
        with self._journal.turn(self.name):
            return whole(self, *args, **named)

    return turned
