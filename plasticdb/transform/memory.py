"""The transform memory: keys are written with values, read by what is near, and consolidate into linear transforms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import flag, label, optional, whole
from ..errors import BadMemory
from ..files.samples import check_source
from ..graph.store import GraphMemory
from ..journal.journal import Written
from ..journal.operations import fingerprint
from ..journal.operations import operation as an_operation
from ..journal.rows import MemoryRow
from ..memory import naming
from ..memory.base import Plan
from ..memory.locking import in_turn
from ..memory.options import unknown
from ..memory.requests import Asking
from . import answering, arguments, consolidating
from .answering import Found
from .batch import SlotBatch
from .consolidating import Consolidated
from .events import MODES, written_pairs
from .forgetting import Receipt
from .index import Index
from .kind import KIND
from .learner import TransformLearner, TransformStep, applied
from .linking import Linking
from .options import BATCH, Options
from .past import Past
from .planning import MODES as PLANS
from .slots import Slotted
from .stopping import Stops
from .working_set import TransformWorkingSet

__all__ = ["Consolidated", "Found", "Receipt", "Slotted", "TransformMemory"]

TOLERANCE = 1e-6
"""How far what is absorbed may come out from how it went in."""


class TransformMemory(Linking):
    """One memory of keys and values, on a journal and a graph store. Made by `PlasticDB.transforms`.

    Examples
    --------
    >>> from plasticdb import PlasticDB
    >>> with PlasticDB.open(":memory:") as db:
    ...     arm = db.transforms("arm", key_dimension=2, value_dimension=1)
    ...     ids = arm.write([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [[1.0], [3.0], [0.0]])
    ...     arm.read([1.0, 0.0]).value.tolist()
    ...     done = arm.consolidate()
    ...     arm.read_many([[0.5, 0.5]]).round(9).tolist()
    [3.0]
    [[1.5]]
    """

    kind = KIND
    most = BATCH

    def __init__(self, *how: Any, **by: Any) -> None:
        self._index, self._past, self._stops = Index(), Past(), Stops()
        super().__init__(*how, **by)

    # What happens

    @in_turn
    def write(
        self,
        keys: Any,
        values: Any,
        stream: str | None = None,
        payload: Any = None,
        *,
        external_ids: Sequence[str] | None = None,
        source: str | None = None,
        operation: str | None = None,
    ) -> list[int]:
        """Take keys with their values; durable when it returns. The number of each pair.

        Parameters
        ----------
        keys, values
            Numbers, [m, key_dimension] and [m, value_dimension]; kept as float64. Or one key with its value.
        stream
            In which they come one after the other, behind what was written there last.
        payload
            Any JSON up to 1,000,000 bytes, kept with each pair; a list has one for each.
        external_ids
            One each; what has an id that its source gave before is not written again, and keeps the number that it had.
        source
            What they are filed under, to forget them by; external ids are unique within a source.
        operation
            An id for this call. Done again with it, as after a lost answer, it is done once, and answers the same; so
            it is with every verb that changes the memory.

        Raises
        ------
        BadInput
            Something that cannot be written; nothing was.
        GraphBehind
            The graph did not answer; the pairs are in the journal and `sync` goes on from there.
        """
        once, source = an_operation("write", operation), check_source(source)
        stream = optional(label, "a stream's name", stream)
        ks, vs = arguments.pairs(keys, values, self._dimensions, self.name)
        ks = self._directed(ks)
        names = naming.external_ids(external_ids, len(ks), "pairs")
        written = written_pairs(ks, vs, arguments.payloads(payload, len(ks)), stream)
        events = [Written("learn", pair, 1, name, source) for pair, name in zip(written, names, strict=True)]
        return self._append(self._open(make=True), events, once)[1]

    def consolidate(
        self,
        budget: int | None = None,
        tolerance: float = TOLERANCE,
        *,
        mode: str = "auto",
        afresh: bool = False,
        operation: str | None = None,
    ) -> Consolidated:
        """Let raw pairs become linear transforms: fewer slots, which answer as the pairs did, or better.

        Parameters
        ----------
        budget
            How many slots there may be afterwards, at most; None: as many as the tolerance takes.
        tolerance
            In exact mode, how far what is absorbed may come out from how it went in; what would be farther stays raw.
        mode
            `exact`: what was written comes out. `general`: keys that were never written are answered as well as may be.
            `auto`: general where leaving pairs out says that the map can be learned, exact otherwise.
        afresh
            Dissolve the transforms that are there, and plan all pairs anew: as if nothing had ever been consolidated.
        operation
            An id for this call, as in `write`.
        """
        budget, tolerance = optional(whole, "budget", budget, 1), arguments.tolerance(tolerance)
        mode, afresh = arguments.mode(mode, PLANS) or "auto", flag("afresh", afresh)
        once = an_operation("consolidate", operation)

        def plan(graph: GraphMemory) -> Asking[Plan[Consolidated]]:
            cache = self._held
            planned = consolidating.planned(cache, self._index, mode, tolerance, budget, afresh)
            events, found, absorbed = yield from planned
            now = self._clock()
            step = yield from self._applied(graph, events, now)
            return Plan(events, consolidating.result(cache, found, absorbed), lambda _: step, now)

        def read(noted: Any, _: int) -> Asking[Consolidated]:
            yield from ()
            return Consolidated(*noted)

        asked = fingerprint(budget, tolerance, mode, afresh)
        return self._act(once, asked, plan, lambda found: list(astuple(found)), read)

    # Asking

    def read(self, query: Any, *, mode: str | None = None, use: bool = False, operation: str | None = None) -> Found:
        """The value for a key, and why: which slots it came from, and their shares.

        Parameters
        ----------
        query
            Numbers, [key_dimension].
        mode
            `exact` or `general`, in place of what the last consolidation found to be better.
        use
            Note that these slots were of use, as the verb `use` does. Otherwise a read changes nothing.
        operation
            With `use`, an id for this call, as in `write`.

        Raises
        ------
        BadInput
            It is no such key.
        NothingLearned
            There is no slot: all were forgotten.
        """
        (asked,), how = (
            self._directed(arguments.one(query, self._dimensions[0], self.name)[None, :]),
            arguments.mode(mode),
        )
        if flag("use", use):
            return self._read_and_used(asked, how, operation)
        return self._ask(lambda: answering.found(self._held, self._index, asked, how))

    def read_many(self, queries: Any, *, mode: str | None = None) -> NDArray[np.float64]:
        """The values for many keys, [m, value_dimension].

        Parameters
        ----------
        queries
            Numbers, [m, key_dimension].
        mode
            As in `read`.
        """
        given, how = arguments.rows("queries", queries, self._dimensions[0], self.name), arguments.mode(mode)
        asked = self._directed(given)
        answer, _ = self._ask(lambda: answering.asked(self._held, self._index, asked, how))
        return answer.values

    # What it is

    @in_turn
    def release(self) -> None:
        """Drop what this process holds of the graph; the next question fetches again."""
        super().release()
        self._index.forget()
        self._past.forget()
        self._stops.forget()

    def _directed(self, keys: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give keys as they are kept, or asked for."""
        return arguments.directed(keys, self._options.similarity)

    @property
    def _dimensions(self) -> tuple[int, int]:
        return self._options.key_dimension, self._options.value_dimension

    def _applied(self, graph: GraphMemory, events: Sequence[Written], now: float) -> Asking[TransformStep]:
        """Apply events that are not in the journal yet to the graph as it is."""
        batch = SlotBatch(self._held, self._options)
        yield from applied(batch, [(e.kind, graph.position + i, e.payload, now) for i, e in enumerate(events, 1)])
        return (yield from self._step(batch, graph, len(events)))

    def _step(self, batch: SlotBatch, graph: GraphMemory, events: int) -> Asking[TransformStep]:
        changes = yield from batch.changes()
        return TransformStep(self._held, self._index, graph.position, graph.position + events, changes)

    def _current(self, make: bool = False, as_left: bool = False) -> tuple[MemoryRow, GraphMemory]:
        row, graph = super()._current(make, as_left)
        self._index.of(row.id, self._options)
        self._past.of(row.id, self._options.key_dimension)
        self._stops.of(row.id)
        return row, graph

    def stats(self) -> dict[str, Any]:
        """Sizes of the graph, the memory's options, its `position` in the journal, and how far the graph is `behind`.

        Returns
        -------
        dict[str, Any]
            `slots` that answer: those that are `raw`, and `transforms`. `archived` pairs, which do not. `floats`: all numbers
            that the slots which answer are kept as, a transform's matrix and the statistics that more is added to among them;
            the archive is not counted. `mode`: how the memory reads. `behind` counts events that the graph lacks (see `sync`).
        """
        return super().stats()

    def _sizes(self, totals: Mapping[str, float]) -> dict[str, Any]:
        n, d = self._dimensions
        raw, transforms, archived = (int(totals.get(name, 0)) for name in ("raw", "transforms", "archived"))
        each = n + d + n * d + (n + 2) * (1 + n + d) + 3  # centre, offset, matrix, factor; ridge, pull and reach
        floats = raw * (n + d) + transforms * each
        sizes = {
            "slots": raw + transforms,
            "raw": raw,
            "transforms": transforms,
            "archived": archived,
            "floats": floats,
        }
        return sizes | {"mode": MODES[int(totals.get("mode", 0))]}

    def _shown(self) -> dict[str, float]:
        return {"transforms": self._held.transforms, "raw": self._held.raw}

    def _working_set(self) -> TransformWorkingSet:
        return TransformWorkingSet(self.name)

    def _learner(self) -> TransformLearner:
        return TransformLearner(self._held, self._index, self._options, self.batch)

    def _new_options(self) -> Options:
        if not {"key_dimension", "value_dimension"} <= self._asked.keys():
            raise BadMemory(
                f"{unknown(self.name, self._journal.memories())}; a new one is made by writing, with its key_dimension and "
                "its value_dimension"
            )
        return super()._new_options()
