"""What this process has fetched of a transform memory's graph: how it reads, and its transforms as far as they were needed.

A slot's id is its number from a base of its memory's own, so ids are in the order of age.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..graph.store import GraphMemory
from ..kit.ids import digest
from ..kit.tables import Ints, Table
from ..memory.requests import Asking
from ..memory.working_set import WorkingSet
from .events import MODES
from .reading import Manner
from .schema import SLOT

__all__ = ["COLUMNS", "LAST", "SIZES", "Slot", "TransformWorkingSet", "bounded", "rows_of", "slots_of"]

COLUMNS = tuple(p.name for p in SLOT.properties)
LAST = 2**48
"""No number is as high: so the ids of a memory are between its base and this much more."""
SIZES = ("raw", "transforms", "archived")
_WHOLE = (*SIZES, "mode", "few", "changed")
_FLOATS = ("temperature", "cap", "gain")
_DTYPES = {p.name: np.int64 if p.type == "int" else np.float64 for p in SLOT.properties if p.type in ("int", "float")}
_DTYPES = {p.name: _DTYPES[p.name] for p in SLOT.properties if p.name in _DTYPES and not p.nullable}


@dataclass(slots=True)
class Slot:
    """A slot: see `schema.SLOT`. Key, value, matrix and factor are the bytes of float64s."""

    number: int
    state: int
    key: bytes
    value: bytes
    matrix: bytes | None = None
    factor: bytes | None = None
    n: int = 1
    ridge: float | None = None
    pull: float | None = None
    reach: float | None = None
    usage: float = 0.0
    used_at: float = 0.0
    written: float = 0.0
    payload: str | None = None
    stream: str | None = None
    after: int | None = None
    external_id: str | None = None
    into: int | None = None


def bounded(bound: float) -> float:
    """A bound as the graph keeps it; 0: there is none."""
    return 0.0 if bound == math.inf else bound


def slots_of(table: Table) -> Iterator[Slot]:
    """Rows of the graph, with all columns, as slots."""
    return map(Slot, *(table[name].tolist() for name in COLUMNS))


def rows_of(slots: Sequence[Slot], names: Sequence[str], first: int) -> Table:
    """Slots as rows of the graph, by number."""
    table: Table = {"id": np.array([slot.number for slot in slots], np.int64) + first}
    for name in names:
        column = np.empty(len(slots), _DTYPES.get(name, object))
        column[:] = [getattr(slot, name) for slot in slots]
        table[name] = column
    return table


@dataclass(slots=True)
class TransformWorkingSet(WorkingSet):
    """A coherent cache of one memory: the totals of these names, and the last slot of a stream and how many it has.

    first: what ids count from.
    """

    raw: int = 0
    transforms: int = 0
    archived: int = 0
    mode: int = 0
    few: int = 0
    changed: int = 0
    temperature: float = 0.0
    cap: float = 0.0
    gain: float = 0.0
    streams: dict[str, tuple[int | None, int]] = field(default_factory=dict)
    first: int = field(init=False)

    def __post_init__(self) -> None:
        self.first = digest("\x00".join((self.name, SLOT.label))) >> 2

    def forget(self) -> None:
        WorkingSet.forget(self)
        self.streams = {}

    def _begin(self, graph: GraphMemory) -> Asking[None]:
        for names, plain in ((_WHOLE, int), (_FLOATS, float)):
            for name in names:
                setattr(self, name, plain(graph.totals.get(name, 0)))
        yield from ()

    def sizes(self) -> dict[str, Any]:
        """The totals as the graph keeps them."""
        return {name: getattr(self, name) for name in (*_WHOLE, *_FLOATS)}

    @property
    def manner(self) -> Manner:
        """How the memory reads."""
        cap, gain = (bound or math.inf for bound in (self.cap, self.gain))
        return Manner(MODES[self.mode], max(self.few, 1), self.temperature, cap, gain)

    def ids(self, numbers: Iterable[int]) -> Ints:
        """The ids of slots in the graph, ascending."""
        return np.array(sorted(numbers), np.int64) + self.first
