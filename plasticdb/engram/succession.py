"""What a batch changes in the streams: the engrams of each, linked one after the other (see `plasticdb.kit.streams`)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..graph.store import EdgeChanges, NodeChanges
from ..kit.streams import Chain
from ..kit.tables import Ints
from ..memory.requests import Asking, Between, Edges, Nodes
from .schema import ENGRAM, NEXT, STREAM
from .working_set import LAST, Engram, EngramWorkingSet, key

__all__ = ["Succession"]

_ROWS = 10_000
"""Engrams that are read in one go."""
Link = tuple[int, int]
"""The numbers of an engram and of the one behind it."""


@dataclass(slots=True)
class Succession:
    """The links of engrams that a batch makes or buries.

    cache: the working set. made, cut: links that the graph does not have yet, with their stream, and has no more. was: how
    many engrams a stream had before the batch.
    """

    cache: EngramWorkingSet
    chain: Chain = field(default_factory=Chain)
    made: dict[Link, str] = field(default_factory=dict)
    cut: set[Link] = field(default_factory=set)
    was: dict[str, int] = field(default_factory=dict)

    def add(self, engram: Engram, stream: str) -> Asking[None]:
        """Let an engram be the last of a stream."""
        yield from self._load([stream])
        last, engrams = self.cache.streams[stream]
        self.chain.last[stream] = last
        self.chain.add(stream, engram.number)
        engram.stream, engram.after = stream, last
        self.cache.streams[stream] = engram.number, engrams + 1
        if last is not None:
            self._link(last, engram.number, stream)

    def remove(self, dying: Sequence[Engram]) -> Asking[set[int]]:
        """Take engrams out of their streams; which others come behind another one now."""
        linked = [engram for engram in dying if engram.stream is not None]
        if not linked:
            return set()
        yield from self._load([engram.stream or "" for engram in linked])
        if unknown := [engram.number for engram in linked if engram.number not in self.chain.behind]:
            rows = yield Edges(NEXT, self.cache.ids(unknown))
            self.chain.behind |= dict.fromkeys(unknown)
            for source, target in zip(rows["source"].tolist(), rows["target"].tolist(), strict=True):
                self.chain.behind[source - self.cache.first] = target - self.cache.first
        behind = {n for engram in linked if (n := self.chain.behind[engram.number]) is not None}
        yield from self.cache.load(behind - {engram.number for engram in linked})
        moved: set[int] = set()
        by_number = {engram.number: engram for engram in linked}
        for engram in linked:
            stream, number = engram.stream or "", engram.number
            before, after = engram.after, self.chain.behind[number]
            self.chain.before[number], self.chain.last[stream] = before, self.cache.streams[stream][0]
            self.chain.remove(stream, number)
            if before is not None:
                self._unlink(before, number)
            if after is not None:
                self._unlink(number, after)
                (by_number.get(after) or self.cache.engrams[after]).after = before
                moved.add(after)
            if before is not None and after is not None:
                self._link(before, after, stream)
            self.cache.streams[stream] = self.chain.last[stream], self.cache.streams[stream][1] - 1
        return moved - by_number.keys()

    def insert(self, engram: Engram, stream: str, dead: Collection[int]) -> Asking[set[int]]:
        """Let an engram be in a stream at the place of its number; which others come behind another one now.

        dead: engrams that are in the graph and not alive any more.
        """
        yield from self._load([stream])
        cache, number = self.cache, engram.number
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
            self._unlink(before, after)
        if before is not None:
            self._link(before, number, stream)
            self.chain.behind[before] = number
        if after is not None:
            self._link(number, after, stream)
            cache.engrams[after].after = number
        self.chain.behind[number] = after
        last, engrams = cache.streams[stream]
        engram.stream, engram.after = stream, before
        cache.streams[stream] = number if after is None else last, engrams + 1
        return set() if after is None else {after}

    def changes(self) -> tuple[NodeChanges, EdgeChanges]:
        """What that is in the graph."""
        ids = {key(self.cache.name, STREAM.label, name): name for name in self.was}
        new: list[int] = []
        changed: list[int] = []
        gone: list[int] = []
        for id in sorted(ids):
            before, (_, now) = self.was[ids[id]], self.cache.streams[ids[id]]
            if before or now:
                (new if not before else changed if now else gone).append(id)
        tables = []
        for some in (new, changed):
            rows = [self.cache.streams[ids[id]] for id in some]
            tables.append({"id": _ints(some), "last": _ints([last or 0 for last, _ in rows])})
            tables[-1]["engrams"] = _ints([engrams for _, engrams in rows])
        create = tables[0] | {"name": np.array([ids[id] for id in new], object)}
        made, cut = (
            np.array(sorted(links), np.int64).reshape(-1, 2) + self.cache.first for links in (self.made, self.cut)
        )
        streams: NDArray[np.object_] = np.array([self.made[link] for link in sorted(self.made)], object)
        links = {"source": made[:, 0], "target": made[:, 1], "stream": streams}
        return NodeChanges(STREAM, create, tables[1], delete=_ints(gone)), EdgeChanges(
            NEXT, links, delete={"source": cut[:, 0], "target": cut[:, 1]}
        )

    def _load(self, streams: Sequence[str]) -> Asking[None]:
        """Fetch streams that are not here."""
        known = self.cache.streams
        if unknown := dict.fromkeys(stream for stream in streams if stream not in known):
            ids = sorted(key(self.cache.name, STREAM.label, stream) for stream in unknown)
            rows = yield Nodes(STREAM, "id", _ints(ids), ["name", "last", "engrams"])
            known |= dict.fromkeys(unknown, (None, 0))
            for name, *rest in zip(*(rows[column].tolist() for column in ("name", "last", "engrams")), strict=True):
                known[name] = rest[0], rest[1]
        for stream in streams:
            self.was.setdefault(stream, known[stream][1])

    def _link(self, before: int, behind: int, stream: str) -> None:
        if (before, behind) in self.cut:
            self.cut.remove((before, behind))
        else:
            self.made[before, behind] = stream

    def _unlink(self, before: int, behind: int) -> None:
        if self.made.pop((before, behind), None) is None:
            self.cut.add((before, behind))


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, np.int64)
