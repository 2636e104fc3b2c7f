"""What a sequence memory is made of, and how it is kept small."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..checks import optional, whole
from ..errors import BadInput, NothingLearned, Unavailable
from ..journal.journal import Written
from ..journal.operations import fingerprint
from ..journal.operations import operation as an_operation
from ..journal.pen import Pen
from ..journal.rows import MemoryRow
from ..memory.accepted import accepted
from ..memory.base import Memory, Progress
from ..memory.locking import in_turn
from ..memory.pace import Room
from ..memory.projected import TRIES
from .collapse.collapsing import LEAST, overfull
from .collapse.collapsing import payload as collapsing
from .events import CONSOLIDATE
from .events import payload as consolidating
from .fit.consolidated import Consolidated
from .fit.consolidating import usual
from .kind import KIND
from .learner import SequenceLearner
from .learning.learn import taken
from .options import BATCH, Options
from .tokens import Tokenizer
from .working_set import SequenceWorkingSet

__all__ = ["Kept"]

GROWN = 2
"""How many times as many samples as at the last consolidation a memory has when it is done again by itself."""
MANY = 1_000
"""Samples that are learned at once, from which on a memory may consolidate by itself."""


class Kept(Memory[Options, SequenceWorkingSet]):
    """A sequence memory without what it learns and tells."""

    kind = KIND
    most = BATCH

    @property
    def tokenizer(self) -> Tokenizer:
        """What cuts its samples into symbols."""
        return self._options.cut

    def _working_set(self) -> SequenceWorkingSet:
        return SequenceWorkingSet(self.name, derives=self._store.derives, room=self.room.held)

    @property
    def room(self) -> Room:
        """How much it learns at a time, and holds, in the memory that it may take."""
        options = self.options
        return Room.of(self.max_memory, options.max_symbols, taken(options.tokenizer, options.view_set))

    def _learner(self) -> SequenceLearner:
        return SequenceLearner(self._held, self._options, self.batch)

    def _new_options(self) -> Options:
        return Options.new(**self._asked)

    def prepare(self, paragraphs: bool) -> None:
        """Choose what a memory that is not there yet is made with, by what it will learn first."""
        if self._journal.memory(self.name) is None:
            self._options = Options.new(paragraphs, **self._asked)

    def _kept_options(self) -> dict[str, Any]:
        return self._options.kept

    def _bears(self, totals: Mapping[str, float]) -> bool:
        return "closed" in totals  # which contexts were folded depended on all that it knew then

    @in_turn
    def collapse(self, max_contexts: int, *, operation: str | None = None) -> int:
        """Fold contexts until no more than `max_contexts` are left: those go that tell least more than their abstraction.

        What they heard their abstractions learn. Below these nothing opens any more, whatever is learned later; what is
        unlearned later goes as if it had been learned so.

        Parameters
        ----------
        max_contexts
            How many may be left. Roots, and what is right below them, always stay.
        operation
            An id for this call, as in `learn_many`.

        Returns
        -------
        int
            How many contexts there are then; some less than `max_contexts`, as those go together that are worth the same.

        Examples
        --------
        >>> from plasticdb import PlasticDB
        >>> with PlasticDB.open(":memory:") as db:
        ...     names = db.sequence("names")
        ...     names.learn_many(["emma", "emily", "ann", "anna"])
        ...     before = names.stats()["contexts"]
        ...     names.collapse(30) <= 30 < before
        Taught(learned=4, skipped=0)
        True
        """
        most, once = whole("max_contexts", max_contexts, LEAST), an_operation("collapse", operation)
        self.apply()
        fitted = int(self._found().totals.get("fit_samples", 0))

        def body(pen: Pen) -> int:
            pen.write("collapse", pen.time, 1, payload=collapsing(most))
            if fitted:  # to contexts of which some are gone
                pen.write(CONSOLIDATE, pen.time, 1, payload=consolidating(fitted))
            return most

        self._journal.once(self._open(), self._clock(), once, lambda: fingerprint(most), body)
        self.apply()
        return int(self.stats()["contexts"])

    @in_turn
    def consolidate(self, samples: int | None = None, *, operation: str | None = None) -> Consolidated:
        """Fit what the memory trusts to what it holds: how much each view counts, and how much contexts leave open.

        Some of its samples are left out one by one, predicted by a memory without them, and the parameters moved to where
        they would have been predicted better. What comes out depends on what the memory holds, and not on the order in
        which that came.

        Parameters
        ----------
        samples
            How many samples are left out; by default so many that it takes seconds.
        operation
            An id for this call, as in `learn_many`.

        Raises
        ------
        NothingLearned
            The memory is empty, or has one sample: nothing would be left to predict from.
        BadInput
            `samples` is below 1, or more than the memory has.

        Examples
        --------
        >>> from plasticdb import PlasticDB
        >>> with PlasticDB.open(":memory:") as db:
        ...     names = db.sequence("names")
        ...     names.learn_many(["emma", "emily", "emil", "ann", "anna"])
        ...     names.consolidate().samples
        Taught(learned=5, skipped=0)
        5
        """
        asked, once = optional(whole, "samples", samples, 1), an_operation("consolidate", operation)
        for _ in range(TRIES):
            row, graph = self._current()
            known = int(graph.totals.get("samples", 0))
            if known < 2:
                has = "one sample, and without it nothing is left" if known else "learned nothing yet: there is nothing"
                raise NothingLearned(f"{self.name!r} has {has} to predict from; teach it more, and consolidate it then")
            if asked is not None and asked > known:
                raise BadInput(f"samples must be 1 to {known:,}, which {self.name!r} has, not {asked:,}")
            event = Written(CONSOLIDATE, consolidating(asked or usual(graph.totals, self.tokenizer.spells)))
            mark = fingerprint(asked)
            if self._journal.append(row, [event], self._clock(), graph.position, once, asked=mark) is not None:
                break
        else:
            raise Unavailable(f"{self.name!r} is written to too fast by others; try again")
        with accepted():
            self.apply()
            totals = self._found().totals
        return Consolidated(int(totals["fit_samples"]), int(totals["fit_symbols"]), float(totals["fit_nats"]))

    @in_turn
    def grown(self, learned: int) -> Consolidated | None:
        """Consolidate a memory that learned so many samples at once, where it has doubled by now; what came of it."""
        totals = {} if self._seen is None or learned < MANY else self._seen.totals
        if totals.get("samples", 0) < max(GROWN * totals.get("fit_of", 0), MANY):
            return None
        with accepted():
            return self.consolidate()

    def _sizes(self, totals: Mapping[str, float]) -> dict[str, Any]:
        if not totals.get("fit_samples"):
            return {}
        return {
            "nats_per_symbol": totals["fit_nats"] / totals["fit_symbols"],
            "left_out": totals["fit_samples"],
            "fitted": totals["fit_time"],
        }

    @in_turn
    def take_in(self, progress: Progress | None = None, row: MemoryRow | None = None) -> int:
        """Apply what is in the journal, and collapse where that leaves more contexts than the memory may have."""
        done = self.apply(progress, row=row)
        totals = {} if self._seen is None else self._seen.totals
        if (most := overfull(totals, self.options.max_contexts)) is not None:
            with accepted():
                self.collapse(most)
        return done
