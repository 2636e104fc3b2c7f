"""The slots of a memory that answer, held as arrays to be read from: it follows what this process writes, and catches up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import StoreError
from ..graph.store import Changes
from ..kit.tables import Ints, Table
from ..memory.requests import Asking, Between
from ..memory.working_set import UNKNOWN
from .echoes import told
from .factors import Factor, Pairs
from .nearest import Keys
from .options import Options
from .planning import Shapes
from .reading import Manner, Raw, Transforms
from .schema import RAW, SLOT, TRANSFORM
from .working_set import LAST, TransformWorkingSet

__all__ = ["Index"]

_RAW = ("id", "number", "state", "key", "value", "n")
_TRANSFORM = ("number", "key", "value", "matrix", "factor", "ridge", "pull", "reach", "n")
_ROWS = 100_000
"""Slots that are read in one go; of more raw ones the archived between them are read, too."""
_ROOM = 256
_ARRAYS = ("numbers", "keys", "values", "rough", "half", "counts", "told")
Floats = NDArray[np.float64]


@dataclass(slots=True)
class Index:
    """The raw slots and the transforms of a memory at a position.

    memory: the memory's number in the journal. size: rows of the arrays that are used. numbers, keys, values: of the raw
    slots, by age; middle, rough, half: as `nearest.Keys` has them. counts: whether each counts. told: of the first `heard` of
    them whether transforms say it, too (`echoes`). columns: of the transforms, by number, the bytes of each column.
    """

    memory: int | None = None
    position: int = UNKNOWN
    size: int = 0
    numbers: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    keys: Floats = field(default_factory=lambda: np.empty((0, 0)))
    values: Floats = field(default_factory=lambda: np.empty((0, 0)))
    middle: Floats = field(default_factory=lambda: np.zeros(0))
    rough: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0), np.float32))
    half: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    counts: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    told: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    heard: int = 0
    columns: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    _transforms: tuple[Ints, Transforms] | None = None

    def of(self, memory: int, options: Options) -> None:
        """Be of this memory; what is known of one of its name that was dropped is forgotten."""
        if memory != self.memory:
            self.forget()
            self.memory = memory
            n, d = options.key_dimension, options.value_dimension
            self.keys, self.values, self.rough = np.empty((0, n)), np.empty((0, d)), np.empty((0, n), np.float32)
            self.middle = np.zeros(n)

    def forget(self) -> None:
        """Know nothing."""
        none = {name: getattr(self, name)[:0].copy() for name in ("keys", "values", "rough")}
        fresh = Index(self.memory, **none, middle=np.zeros_like(self.middle))
        for one in fields(Index):
            setattr(self, one.name, getattr(fresh, one.name))

    # What there is

    def raw(self, manner: Manner) -> Raw:
        """The raw slots, by age, beside transforms that read in a manner."""
        keys = Keys(self.keys[: self.size], self.middle, self.rough[: self.size], self.half[: self.size])
        if not self.columns:
            return Raw(keys, self.values[: self.size])
        more = slice(self.heard, self.size)
        said = told(Pairs(self.keys[more], self.values[more]), self.transforms()[1], manner)
        self.told[more] = said | ~self.counts[more]
        self.heard = self.size
        return Raw(keys, self.values[: self.size], self.told[: self.size])

    def transforms(self) -> tuple[Ints, Transforms]:
        """The numbers of the transforms, by age, and the transforms."""
        if self._transforms is None:
            numbers = sorted(self.columns)
            n, d = self.keys.shape[1], self.values.shape[1]
            rows = [self.columns[number] for number in numbers]
            key, value, matrix, _, _, pull, reach, _ = zip(*rows, strict=True) if rows else ((),) * 8
            shape = np.array(pull, np.float64), np.array(reach, np.float64)
            made = Transforms(_floats(key, (n,)), _floats(matrix, (d, n)), _floats(value, (d,)), *shape)
            self._transforms = np.array(numbers, np.int64), made
        return self._transforms

    def shapes(self) -> Shapes:
        """What was decided of the transforms, by age."""
        numbers, made = self.transforms()
        ridge = np.array([self.columns[number][4] for number in numbers.tolist()], np.float64)
        return Shapes(made.centre, made.pull, made.reach, ridge)

    def factors(self) -> list[Factor]:
        """What the transforms know of the pairs that they absorbed, by age."""
        n, d = self.keys.shape[1], self.values.shape[1]
        return [Factor.read(self.columns[number][3], n, d) for number in sorted(self.columns)]

    def made_of(self) -> Ints:
        """How many pairs the transforms were made from, by age."""
        return np.array([self.columns[number][7] for number in sorted(self.columns)], np.int64)

    # Keeping up

    def catch_up(self, cache: TransformWorkingSet) -> Asking[None]:
        """Be true of the position that the working set is true of.

        Raises
        ------
        StoreError
            There are more or fewer slots than the graph says: it moves while it is read, or was changed by hand.
        """
        if self.position == cache.position:
            return
        if not (cache.changed <= self.position < cache.position):
            self.forget()
            yield from self._read_all(cache)
        else:
            yield from self._read_from(cache, self.position + 1)
        if (self.size, len(self.columns)) != (cache.raw, cache.transforms):
            self.forget()
            raise StoreError(
                f"the graph of {cache.name!r} has not the slots that it says it has: run `plasticdb verify {cache.name}`, then "
                f"`plasticdb rebuild {cache.name}`"
            )
        self.position = cache.position

    def _read_all(self, cache: TransformWorkingSet) -> Asking[None]:
        if cache.transforms:
            self._take_transforms((yield Between(SLOT, "state", TRANSFORM, TRANSFORM, _TRANSFORM)))
        if cache.raw > _ROWS:
            yield from self._read_from(cache, 0)
        elif cache.raw:
            self._append((yield Between(SLOT, "state", RAW, RAW, _RAW)), cache.position)

    def _read_from(self, cache: TransformWorkingSet, number: int) -> Asking[None]:
        low = cache.first + number
        while True:
            rows = yield Between(SLOT, "id", low, cache.first + LAST, _RAW, _ROWS)
            self._append(rows, cache.position)
            if len(rows["id"]) < _ROWS:
                return
            low = int(rows["id"][-1]) + 1

    def follow(self, changes: Changes, since: int, position: int, first: int) -> None:
        """Take in what a batch changed in the graph, from one position to another; `first` is the base of the ids."""
        if self.position == UNKNOWN or self.position != since:
            return
        gone = [nodes.delete - first for nodes in changes.nodes if nodes.node is SLOT]
        for nodes in changes.nodes:
            if nodes.node is not SLOT:
                continue
            if b"" in nodes.create.get("key", np.empty(0)).tolist():  # of erased pairs, which are forgotten soon
                self.forget()
                return
            if "matrix" in nodes.update:
                self._take_transforms(nodes.update | {"number": nodes.update["id"] - first})
            elif "state" in nodes.update:
                if (nodes.update["state"] == RAW).any():  # their keys are not in it
                    self.forget()
                    return
                gone.append(nodes.update["id"] - first)
        self._remove(np.concatenate(gone))
        for nodes in changes.nodes:
            if nodes.node is SLOT and len(nodes.create.get("id", ())):
                self._append(nodes.create, position)
                some = nodes.create["state"] == TRANSFORM
                self._take_transforms({name: nodes.create[name][some] for name in _TRANSFORM})
        self.position = position

    # Rows

    def _append(self, table: Table, last: int) -> None:
        raw = (table["state"] == RAW) & (table["number"] <= last)
        numbers = table["number"][raw]
        if not len(numbers):
            return
        begin, end = self.size, self.size + len(numbers)
        if end > len(self.numbers):
            room = max(_ROOM, end + end // 2)
            for name in _ARRAYS:
                there = getattr(self, name)
                more = np.empty((room, *there.shape[1:]), there.dtype)
                more[:begin] = there[:begin]
                setattr(self, name, more)
        self.numbers[begin:end], self.counts[begin:end] = numbers, table["n"][raw] > 0
        for name, some in (("key", self.keys), ("value", self.values)):
            some[begin:end] = np.frombuffer(b"".join(table[name][raw]), "<f8").reshape(len(numbers), -1)
        self.size = end
        if begin < end // 2:  # most are new: from their middle float32s are most exact
            begin, self.middle = 0, self.keys[:end].mean(axis=0)
        self.rough[begin:end] = self.keys[begin:end] - self.middle
        self.half[begin:end] = np.einsum("pn,pn->p", self.rough[begin:end], self.rough[begin:end]) / 2

    def _remove(self, numbers: Ints) -> None:
        if not len(numbers):
            return
        for number in numbers.tolist() if self.columns else ():
            if self.columns.pop(number, None) is not None:
                self._transforms, self.heard = None, 0
        left = ~np.isin(self.numbers[: self.size], numbers)
        if not left.all():
            size, self.heard = int(left.sum()), int(left[: self.heard].sum())
            for some in (getattr(self, name) for name in _ARRAYS):
                some[:size] = some[: self.size][left]
            self.size = size

    def _take_transforms(self, table: Table) -> None:
        for number, *columns in zip(*(table[name].tolist() for name in _TRANSFORM), strict=True):
            self.columns[number] = tuple(columns)
            self._transforms, self.heard = None, 0


def _floats(rows: Sequence[bytes], shape: tuple[int, ...]) -> Floats:
    return np.frombuffer(b"".join(rows), "<f8").reshape(len(rows), *shape).astype(np.float64)
