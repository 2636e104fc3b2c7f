"""A transform memory with others of its database: chains of them, and a chain that becomes one transform."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import astuple
from typing import Any

import numpy as np

from ..checks import one_of, optional, shown, whole
from ..errors import BadInput
from ..graph.store import GraphMemory
from ..journal.operations import Operation, fingerprint
from ..journal.operations import operation as an_operation
from ..memory.base import Plan
from ..memory.locking import in_turn
from ..memory.requests import Asking
from . import arguments, chaining, merging, past
from .answering import Found
from .batch import SlotBatch
from .chaining import Chained
from .events import Pair
from .factors import Floats, Pairs
from .learner import applied
from .merging import Merged
from .recalling import Recalling
from .stopping import Stops

__all__ = ["Linking"]

_MOST = 10_000
"""Keys that are sent through a chain to merge it, at most."""
_NEAR = 1e-9


class Linking(Recalling):
    """A transform memory, as far as it is linked with others."""

    _stops: Stops

    @abstractmethod
    def read(self, query: Any) -> Found:
        """Give the value for a key, and why."""

    @abstractmethod
    def read_many(self, queries: Any) -> Floats:
        """Give the values for many keys."""

    def chain(
        self,
        query: Any,
        steps: Any = None,
        *,
        until: str | None = None,
        budget: int = 1_000,
        tolerance: float = 1e-9,
    ) -> Chained:
        """What comes of a key that goes through memories one after the other: each answer is the next one's key.

        Parameters
        ----------
        query
            Numbers, as many as the first memory has in a key.
        steps
            Names of transform memories of this database, in their order; by default this memory alone.
        until
            None: once through all of them. `converged`: again and again, until a round changes the value by no more than the
            tolerance. `stop`: until a slot answers whose payload is `{"stop": true}`, or whose key that is.
        budget
            How many steps there may be, at most: so it always ends, and says so.
        tolerance
            What counts as no change.

        Raises
        ------
        BadInput
            A memory does not take what the one before it gives; or as `read`.
        """
        memories, until = self._steps(steps), optional(one_of, "until", until, chaining.UNTIL)
        budget = whole("budget", budget, 1)
        tolerance = arguments.tolerance(tolerance)
        chaining.checked([(one.name, *_sizes(one)) for one in memories], again=until is not None)
        first = arguments.one(query, memories[0]._options.key_dimension, memories[0].name)
        ends = {one.name: one._ended() for one in memories} if until == "stop" else {}

        def stops(name: str, found: Found, key: Floats) -> bool:
            ids, keys = ends[name]
            there = bool(len(keys)) and bool(
                (np.linalg.norm(keys - key, axis=1) <= _NEAR * (1 + np.linalg.norm(key))).any()
            )
            return there or found.slots[0].id in ids

        chain = [(one.name, one.read) for one in memories]
        return chaining.follow(first, chain, until=until, budget=budget, tolerance=tolerance, stops=stops)

    def merge(self, steps: Any, *, tolerance: float = 1e-6, operation: str | None = None) -> Merged:
        """Make one transform of a chain, here: what the first memory's keys become in the end are its pairs.

        It is made only if it is within the tolerance on pairs that were held out. The pairs are written as any, under the
        source `chain a>b>c`, so `unlearn` takes them back. What this memory has already goes on to answer as before.

        Parameters
        ----------
        steps
            As in `chain`.
        tolerance
            How far off it may be: the length of the difference.
        operation
            An id for this call, as in `write`.

        Raises
        ------
        BadInput
            The chain does not merge, and how far off that would be. Or this memory reads in general mode, has the chain already,
            or has transforms whose cells and one for the chain would overlap.
        """
        memories = self._steps(steps)
        tolerance = arguments.tolerance(tolerance)
        once, names = an_operation("merge", operation), [one.name for one in memories]
        if self.name in names:
            raise BadInput(f"{self.name!r} is in the chain; merge it into a memory of its own")
        chaining.checked([(one.name, *_sizes(one)) for one in memories], again=False)
        wanted = memories[0]._options.key_dimension, memories[-1]._options.value_dimension
        if (self._options.key_dimension, self._options.value_dimension) != wanted:
            raise BadInput(
                f"{self.name!r} does not fit the chain, which has keys of {wanted[0]} and values of {wanted[1]} numbers"
            )
        asked, row = fingerprint(">".join(names), tolerance), self._journal.memory(self.name)
        if row is not None and (done := self._journal.done(row, once, asked)) is not None:
            return Merged(*done.result)  # whatever became of the chain since
        keys = memories[0]._written()
        values = keys
        for one in memories:
            values = one.read_many(values)
        return self._merged(Pairs(keys, values), merging.source(names), tolerance, once, asked)

    def _ended(self) -> tuple[Collection[int], Floats]:
        """Give the stop slots: their numbers and their keys."""
        return self._ask(lambda: self._stops.catch_up(self._held))

    def _asked_of(self, moved: bool) -> None:
        if moved:  # what was read of it may be half of a graph that is made again
            self._stops.forget()

    def _written(self) -> Floats:
        """Give keys that were written: all, or evenly so many."""
        keys = self._ask(lambda: past.keys(self._past, self._held))
        if not len(keys):
            raise BadInput(f"nothing was written to {self.name!r}; a chain is merged on the keys of its first memory")
        return keys if len(keys) <= _MOST else keys[np.linspace(0, len(keys) - 1, _MOST).astype(int)]

    @in_turn
    def _merged(self, pairs: Pairs, chain: str, tolerance: float, once: Operation, asked: int) -> Merged:
        pairs = Pairs(arguments.directed(pairs.keys, self._options.similarity), pairs.values)

        def plan(graph: GraphMemory) -> Asking[Plan[Merged]]:
            held, first = self._held, graph.position + 1
            events, found = yield from merging.planned(held, self._index, pairs, chain, tolerance, graph.position)
            now, batch = self._clock(), SlotBatch(held, self._options)
            written = [Pair.read(event.payload or "") for event in events[: len(pairs)]]
            yield from batch.learn([(n, pair, now, None) for n, pair in enumerate(written, first)])
            after = enumerate(events[len(pairs) :], first + len(pairs))
            yield from applied(batch, [(event.kind, n, event.payload, now) for n, event in after])
            step = yield from self._step(batch, graph, len(events))
            return Plan(events, found, lambda _: step, now)

        def read(noted: Any, _: int) -> Asking[Merged]:
            yield from ()
            return Merged(*noted)

        return self._act(once, asked, plan, lambda found: list(astuple(found)), read, make=True)

    def _steps(self, steps: Any) -> list[Linking]:
        """Give the memories of a chain."""
        names = [self.name] if steps is None else [steps] if isinstance(steps, str) else steps
        if not isinstance(names, Sequence) or not names:
            raise BadInput(f"a chain is names of transform memories, at least one, and not {shown(steps)}")
        found: list[Linking] = []
        for one in names:
            if isinstance(one, Linking):
                found.append(one)
                continue
            if not isinstance(one, str):
                raise BadInput(f"a chain is names of transform memories, and {shown(one)} is none")
            if one != self.name and self._home is None:
                raise BadInput(
                    f"{self.name!r} as it was knows no other memory, such as {shown(one)}; chain it alone, or give memories"
                )
            found.append(self if one == self.name else self._home.transforms(one))  # type: ignore[attr-defined]
        return found


def _sizes(memory: Linking) -> tuple[int, int]:
    return memory._options.key_dimension, memory._options.value_dimension
