"""What a batch changes in the streams: the items of each, linked one after the other (see `plasticdb.kit.streams`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from ..graph.store import EdgeChanges, NodeChanges
from ..kit.ids import digest
from ..kit.streams import Chain
from ..kit.tables import Ints
from ..schema import Node, Relationship
from .requests import Asking, Edges, Nodes

__all__ = ["Link", "Succession"]

Link = tuple[int, int]
"""The numbers of an item and of the one behind it."""


class Item(Protocol):
    """What is written one after the other. after: the number of the item before it in its stream."""

    number: int
    stream: str | None
    after: int | None


class Known(Protocol):
    """A working set. first: what ids of items count from. streams: the last item of a stream and how many it has, by name."""

    name: str
    first: int
    streams: dict[str, tuple[int | None, int]]

    def ids(self, numbers: Iterable[int]) -> Ints:
        """Give the ids of items in the graph, ascending."""


@dataclass(slots=True)
class Succession:
    """The links of items that a batch makes or cuts.

    cache: the working set. node, next: what streams and links are in the graph. counted: the property of a stream that says
    how many items it has. made: links that the graph does not have yet, each with its stream; cut: those that it has no more.
    was: how many items a stream had before the batch.
    """

    cache: Known
    node: Node
    next: Relationship
    counted: str
    chain: Chain = field(default_factory=Chain)
    made: dict[Link, str] = field(default_factory=dict)
    cut: set[Link] = field(default_factory=set)
    was: dict[str, int] = field(default_factory=dict)

    def load(self, streams: Iterable[str | None]) -> Asking[None]:
        """Fetch the streams of items that are to be added or removed."""
        names, known = dict.fromkeys(name for name in streams if name is not None), self.cache.streams
        if unknown := [name for name in names if name not in known]:
            columns = ("name", "last", self.counted)
            rows = yield Nodes(self.node, "id", _ints(sorted(map(self._id, unknown))), columns)
            known |= dict.fromkeys(unknown, (None, 0))
            for name, *rest in zip(*(rows[column].tolist() for column in columns), strict=True):
                known[name] = rest[0], rest[1]
        for name in names:
            self.was.setdefault(name, known[name][1])

    def add(self, item: Item) -> None:
        """Let an item be the last of its stream, which is loaded."""
        stream = item.stream or ""
        last, many = self.cache.streams[stream]
        self.chain.last[stream] = last
        self.chain.add(stream, item.number)
        item.after, self.cache.streams[stream] = last, (item.number, many + 1)
        if last is not None:
            self.link(last, item.number, stream)

    def behind(self, leaving: Sequence[Item]) -> Asking[list[int]]:
        """Which others come right behind some items: they are to be here when these are removed."""
        yield from self.load(item.stream for item in leaving)
        behind = self.chain.behind
        if unknown := [item.number for item in leaving if item.number not in behind]:
            rows = yield Edges(self.next, self.cache.ids(unknown))
            behind |= dict.fromkeys(unknown)
            for source, target in zip(rows["source"].tolist(), rows["target"].tolist(), strict=True):
                behind[source - self.cache.first] = target - self.cache.first
        return sorted({n for item in leaving if (n := behind[item.number]) is not None})

    def remove(self, leaving: Sequence[Item], items: Mapping[int, Item]) -> set[int]:
        """Take items out of their streams; which others come behind another one now. items: all of them, by number."""
        moved: set[int] = set()
        for item in leaving:
            stream, number, before = item.stream or "", item.number, item.after
            behind = self.chain.behind[number]
            last, many = self.cache.streams[stream]
            self.chain.before[number], self.chain.last[stream] = before, last
            self.chain.remove(stream, number)
            if before is not None:
                self.unlink(before, number)
            if behind is not None:
                self.unlink(number, behind)
                items[behind].after = before
                moved.add(behind)
                if before is not None:
                    self.link(before, behind, stream)
            self.cache.streams[stream] = self.chain.last[stream], many - 1
        return moved - {item.number for item in leaving}

    def link(self, before: int, behind: int, stream: str) -> None:
        """Let an item come behind another."""
        if (before, behind) in self.cut:
            self.cut.remove((before, behind))
        else:
            self.made[before, behind] = stream

    def unlink(self, before: int, behind: int) -> None:
        """Let it come behind that no more."""
        if self.made.pop((before, behind), None) is None:
            self.cut.add((before, behind))

    def changes(self) -> tuple[NodeChanges, EdgeChanges]:
        """What that is in the graph."""
        now = {self._id(name): (name, was, *self.cache.streams[name]) for name, was in sorted(self.was.items())}
        new, changed, gone = (
            [id for id in sorted(now) if (bool(now[id][1]), bool(now[id][3])) == how]
            for how in ((False, True), (True, True), (True, False))
        )
        tables = [
            {
                "id": _ints(some),
                "last": _ints([now[id][2] or 0 for id in some]),
                self.counted: _ints([now[id][3] for id in some]),
            }
            for some in (new, changed)
        ]
        create = tables[0] | {"name": np.array([now[id][0] for id in new], object)}
        made, cut = (
            np.array(sorted(links), np.int64).reshape(-1, 2) + self.cache.first for links in (self.made, self.cut)
        )
        links = {"source": made[:, 0], "target": made[:, 1]}
        columns = {
            "stream": np.array([self.made[link] for link in sorted(self.made)], object),
            "at": made[:, 1] - self.cache.first,
        }
        links |= {one.name: columns[one.name] for one in self.next.properties}
        return NodeChanges(self.node, create, tables[1], delete=_ints(gone)), EdgeChanges(
            self.next, links, delete={"source": cut[:, 0], "target": cut[:, 1]}
        )

    def _id(self, stream: str) -> int:
        return digest("\x00".join((self.cache.name, self.node.label, stream))) >> 1


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, np.int64)
