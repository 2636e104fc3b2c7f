"""What a batch changes in the streams: the pairs of each, linked one after the other (see `plasticdb.kit.streams`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..graph.store import EdgeChanges, NodeChanges
from ..kit.ids import digest
from ..kit.streams import Chain
from ..kit.tables import Ints, Table
from ..memory.requests import Asking, Edges, Nodes
from .schema import FOLLOWS, STREAM
from .working_set import Slot, TransformWorkingSet

__all__ = ["Succession"]

_COLUMNS = ("name", "last", "slots")
Link = tuple[int, int]
"""The numbers of a pair and of the one behind it."""


@dataclass(slots=True)
class Succession:
    """The links of pairs that a batch makes or cuts.

    cache: the working set. made: links that the graph does not have yet, each with its stream; cut: those that it has no
    more. was: how many pairs a stream had before the batch.
    """

    cache: TransformWorkingSet
    chain: Chain = field(default_factory=Chain)
    made: dict[Link, str] = field(default_factory=dict)
    cut: set[Link] = field(default_factory=set)
    was: dict[str, int] = field(default_factory=dict)

    def load(self, streams: Iterable[str | None]) -> Asking[None]:
        """Fetch the streams of pairs that are to be added or removed."""
        names, known = dict.fromkeys(name for name in streams if name is not None), self.cache.streams
        if unknown := [name for name in names if name not in known]:
            rows = yield Nodes(STREAM, "id", _ints(sorted(map(self._id, unknown))), _COLUMNS)
            known |= dict.fromkeys(unknown, (None, 0))
            for name, *rest in zip(*(rows[column].tolist() for column in _COLUMNS), strict=True):
                known[name] = rest[0], rest[1]
        for name in names:
            self.was.setdefault(name, known[name][1])

    def add(self, slot: Slot) -> None:
        """Let a pair be the last of its stream, which is loaded."""
        stream = slot.stream or ""
        last, slots = self.cache.streams[stream]
        self.chain.last[stream] = last
        self.chain.add(stream, slot.number)
        slot.after, self.cache.streams[stream] = last, (slot.number, slots + 1)
        if last is not None:
            self.made[last, slot.number] = stream

    def behind(self, leaving: Sequence[Slot]) -> Asking[list[int]]:
        """Which others come right behind some pairs: they are to be here when these are removed."""
        yield from self.load(slot.stream for slot in leaving)
        behind = self.chain.behind
        if unknown := [slot.number for slot in leaving if slot.number not in behind]:
            rows = yield Edges(FOLLOWS, self.cache.ids(unknown))
            behind |= dict.fromkeys(unknown)
            for source, target in zip(rows["source"].tolist(), rows["target"].tolist(), strict=True):
                behind[source - self.cache.first] = target - self.cache.first
        return sorted({n for slot in leaving if (n := behind[slot.number]) is not None})

    def remove(self, leaving: Sequence[Slot], slots: Mapping[int, Slot]) -> set[int]:
        """Take pairs out of their streams; which others come behind another one now. slots: all of them."""
        moved: set[int] = set()
        for slot in leaving:
            stream, number, before = slot.stream or "", slot.number, slot.after
            behind = self.chain.behind[number]
            last, many = self.cache.streams[stream]
            self.chain.before[number], self.chain.last[stream] = before, last
            self.chain.remove(stream, number)
            if before is not None:
                self._unlink(before, number)
            if behind is not None:
                self._unlink(number, behind)
                slots[behind].after = before
                moved.add(behind)
                if before is not None:
                    self._link(before, slots[behind])
            self.cache.streams[stream] = self.chain.last[stream], many - 1
        return moved - {slot.number for slot in leaving}

    def changes(self) -> tuple[NodeChanges, EdgeChanges]:
        """What that is in the graph."""
        now = {self._id(name): (name, was, *self.cache.streams[name]) for name, was in self.was.items()}
        new = [id for id, (_, was, _, many) in now.items() if many and not was]
        changed = [id for id, (_, was, _, many) in now.items() if many and was]
        gone = [id for id, (_, was, _, many) in now.items() if was and not many]
        create, update = (self._rows(sorted(some), now) for some in (new, changed))
        create["name"] = np.array([now[id][0] for id in sorted(new)], object)
        made, cut = (
            np.array(sorted(links), np.int64).reshape(-1, 2) + self.cache.first for links in (self.made, self.cut)
        )
        streams = np.array([self.made[link] for link in sorted(self.made)], object)
        links = {"source": made[:, 0], "target": made[:, 1], "stream": streams, "at": made[:, 1] - self.cache.first}
        return NodeChanges(STREAM, create, update, delete=_ints(sorted(gone))), EdgeChanges(
            FOLLOWS, links, delete={"source": cut[:, 0], "target": cut[:, 1]}
        )

    def _rows(self, ids: Sequence[int], now: Mapping[int, tuple[str, int, int | None, int]]) -> Table:
        rows = [now[id][2:] for id in ids]
        return {
            "id": _ints(ids),
            "last": _ints([last or 0 for last, _ in rows]),
            "slots": _ints([many for _, many in rows]),
        }

    def _id(self, stream: str) -> int:
        return digest("\x00".join((self.cache.name, STREAM.label, stream))) >> 1

    def _link(self, before: int, behind: Slot) -> None:
        link = before, behind.number
        if link in self.cut:
            self.cut.remove(link)
        else:
            self.made[link] = behind.stream or ""

    def _unlink(self, before: int, behind: int) -> None:
        if self.made.pop((before, behind), None) is None:
            self.cut.add((before, behind))


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, np.int64)
