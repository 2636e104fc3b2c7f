"""What came after what: items of a stream, linked one after the other in the order in which they were written.

The law is one for every kind of memory. Of the items of a stream that are alive each is linked to the next; which ones
they are decides, and not what happened in between. So an item that is taken back leaves no trace.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Chain"]


@dataclass(slots=True)
class Chain:
    """The links of some streams, as far as they are known: of an item the one before it, and the one behind it.

    before, behind: by item; None where there is no such. last: by stream, the last item that is alive.

    >>> chain = Chain()
    >>> for item in (3, 5, 8):
    ...     chain.add("talk", item)
    >>> chain.remove("talk", 5)
    >>> chain.before[8], chain.behind[3], chain.last["talk"]
    (3, 8, 8)
    """

    before: dict[int, int | None] = field(default_factory=dict)
    behind: dict[int, int | None] = field(default_factory=dict)
    last: dict[str, int | None] = field(default_factory=dict)

    def add(self, stream: str, item: int) -> None:
        """Let an item be the last of its stream."""
        last = self.last.get(stream)
        self.before[item], self.behind[item], self.last[stream] = last, None, item
        if last is not None:
            self.behind[last] = item

    def remove(self, stream: str, item: int) -> None:
        """Link what came before an item to what came behind it. All three, and the stream's last, must be known."""
        before, behind = self.before.pop(item), self.behind.pop(item)
        if before is not None:
            self.behind[before] = behind
        if behind is not None:
            self.before[behind] = before
        if self.last.get(stream) == item:
            self.last[stream] = before
