"""What a sequence memory is made of, and how it is kept small."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..checks import whole
from ..journal.operations import fingerprint
from ..journal.operations import operation as an_operation
from ..journal.pen import Pen
from ..journal.rows import MemoryRow
from ..memory.accepted import accepted
from ..memory.base import Memory, Progress
from ..memory.locking import in_turn
from ..memory.pace import Room
from .collapsing import LEAST, overfull
from .collapsing import payload as collapsing
from .kind import KIND
from .learn import taken
from .learner import SequenceLearner
from .options import BATCH, Options
from .tokens import Tokenizer
from .working_set import SequenceWorkingSet

__all__ = ["Kept"]


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
        ...     names.collapse(20) <= 20 < before
        Taught(learned=4, skipped=0)
        True
        """
        most, once = whole("max_contexts", max_contexts, LEAST), an_operation("collapse", operation)
        self.apply()

        def body(pen: Pen) -> int:
            pen.write("collapse", pen.time, 1, payload=collapsing(most))
            return most

        self._journal.once(self._open(), self._clock(), once, lambda: fingerprint(most), body)
        self.apply()
        return int(self.stats()["contexts"])

    @in_turn
    def take_in(self, progress: Progress | None = None, row: MemoryRow | None = None) -> int:
        """Apply what is in the journal, and collapse where that leaves more contexts than the memory may have."""
        done = self.apply(progress, row=row)
        totals = {} if self._seen is None else self._seen.totals
        if (most := overfull(totals, self.options.max_contexts)) is not None:
            with accepted():
                self.collapse(most)
        return done
