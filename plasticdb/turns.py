"""One thread at a time: threads that share a PlasticDB take turns, as processes do by the journal's position."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from .journal import Journal

__all__ = ["in_turn"]

P = ParamSpec("P")
T = TypeVar("T")


class _Journalled(Protocol):
    _journal: Journal


S = TypeVar("S", bound=_Journalled)


def in_turn(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """A method that waits until no other thread is in one of the same journal; it may call others."""

    @wraps(method)
    def turned(self: S, /, *args: P.args, **named: P.kwargs) -> T:
        with self._journal.turn:
            return method(self, *args, **named)

    return turned
