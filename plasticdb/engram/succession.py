"""Streams of engrams: that of a session, and the place in one of an engram that was merged and is there again."""

from __future__ import annotations

from collections.abc import Collection

from ..memory.requests import Asking, Between
from ..memory.succession import Succession
from .schema import ENGRAM
from .working_set import LAST, Engram, EngramWorkingSet

__all__ = ["insert", "of_session"]

_ROWS = 10_000
"""Engrams that are read in one go."""


def insert(
    succession: Succession, cache: EngramWorkingSet, engram: Engram, stream: str, dead: Collection[int]
) -> Asking[set[int]]:
    """Let an engram be in a stream at the place of its number; which others come behind another one now.

    dead: engrams that are in the graph and not alive any more.
    """
    yield from succession.load([stream])
    number, chain = engram.number, succession.chain
    there = [one.number for one in cache.engrams.values() if one.stream == stream]
    low = cache.first
    while True:  # a stream has no index: this is done where an engram is forgotten that answered for another
        rows = yield Between(ENGRAM, "id", low, cache.first + LAST, ["id", "number", "stream"], _ROWS)
        found = zip(rows["number"].tolist(), rows["stream"].tolist(), strict=True)
        there += [n for n, name in found if name == stream and n not in dead]
        if len(rows["id"]) < _ROWS:
            break
        low = int(rows["id"][-1]) + 1
    before = max((n for n in there if n < number), default=None)
    after = min((n for n in there if n > number), default=None)
    yield from cache.load([n for n in (before, after) if n is not None])
    if before is not None and after is not None:
        succession.unlink(before, after)
    if before is not None:
        succession.link(before, number, stream)
        chain.behind[before] = number
    if after is not None:
        succession.link(number, after, stream)
        cache.engrams[after].after = number
    chain.behind[number] = after
    last, engrams = cache.streams[stream]
    engram.stream, engram.after = stream, before
    cache.streams[stream] = number if after is None else last, engrams + 1
    return set() if after is None else {after}


def of_session(session: int) -> str:
    """The stream of what a process remembers without naming one."""
    return f"session {session}"
