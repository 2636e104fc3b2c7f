"""What a process has fetched of a memory's graph, and at which position that is true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..graph.store import GraphMemory, check_whole
from .requests import Asking

__all__ = ["UNKNOWN", "WorkingSet"]

UNKNOWN = -2
"""The position of a working set that is true of none."""


@dataclass(slots=True)
class WorkingSet:
    """A coherent cache of one memory: true as long as the graph's position and batch are these.

    A kind adds what it fetches, and says how to forget and how to fetch it. Learning and asking share it: as long as
    nobody else moves the graph, nothing is fetched twice.
    """

    name: str
    position: int = UNKNOWN
    batch: str = ""
    totals: Mapping[str, float] = field(default_factory=dict)

    def forget(self) -> None:
        """Drop everything."""
        self.changing()
        self.batch, self.totals = "", {}

    def changing(self) -> None:
        """From now on it is true of no position, until `applied`: if that does not come, all is fetched again."""
        self.position = UNKNOWN

    def look(self, graph: GraphMemory) -> Asking[None]:
        """Be true of the position at which the graph is now; where another writer moved it, everything is dropped.

        Raises
        ------
        GraphBehind
            The graph is thrown away, and not made again yet.
        """
        check_whole(self.name, graph.position)
        # A memory that was dropped and made again may have come as far: then the batch is another.
        if (graph.position, graph.batch) != (self.position, self.batch):
            self.forget()
            yield from self._begin(graph)
            self.applied(graph.position, graph.batch, graph.totals)

    def applied(self, position: int, batch: str, totals: Mapping[str, float]) -> None:
        """Be true of the position to which a batch moved the graph."""
        self.position, self.batch, self.totals = position, batch, totals

    def _begin(self, graph: GraphMemory) -> Asking[None]:
        """Fetch what is always wanted of a graph."""
        raise NotImplementedError
