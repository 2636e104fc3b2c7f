"""The toy memory: its verbs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from plasticdb.errors import BadInput
from plasticdb.journal.events import Event
from plasticdb.journal.journal import Written
from plasticdb.journal.operations import operation as an_operation
from plasticdb.journal.selection import Selection
from plasticdb.memory.accepted import accepted
from plasticdb.memory.base import Memory
from plasticdb.memory.locking import in_turn
from plasticdb.memory.requests import Asking, Between, Nearest, Nodes

from .kind import KIND, TOPIC, Options
from .learner import ToyLearner, ToyWorkingSet, look

__all__ = ["ToyMemory", "check"]


class ToyMemory(Memory[Options, ToyWorkingSet]):
    """One toy memory, on a journal and a graph store."""

    kind = KIND
    most = 1000

    @in_turn
    def learn(self, paths: Sequence[str], ids: Sequence[str] | None = None, *, operation: str | None = None) -> int:
        """Learn paths; how many were new."""
        if isinstance(paths, str) or not all(is_path(path, self.options) for path in paths):
            raise BadInput("paths must be a list of texts such as 'animals/cats'")
        events = [
            Written("learn", path, external_id=id) for path, id in zip(paths, ids or [None] * len(paths), strict=True)
        ]
        written = self._journal.append(
            self._open(make=True), events, self._clock(), operation=an_operation("learn", operation)
        )
        assert written is not None
        self.apply()
        return int(written[0].result)

    @in_turn
    def unlearn(self, path: str, *, erase: bool = False, operation: str | None = None) -> int:
        """Take the newest learning of a path back; raises NeverLearned where there is none."""
        once, row = an_operation("unlearn", operation), self._open()
        done = self._journal.unlearn(row, Selection(payloads=[path], all=erase), self._clock(), str, erase, once)
        with accepted():
            self.sync() if erase else self.apply()
        return done

    def frequent(self, least: int, most: int | None = None) -> dict[str, int]:
        """Topics with so many samples, the fewest first."""

        def question() -> Asking[dict[str, int]]:
            rows = yield Between(TOPIC, "samples", least, 2**62, ["path", "samples"], most)
            return dict(zip(rows["path"].tolist(), rows["samples"].tolist(), strict=True))

        return self._ask(question)

    def alike(self, name: str, most: int) -> list[str]:
        """Topics whose names look like this one; none where the store has no index for that."""

        def question() -> Asking[list[str]]:
            ids = yield Nearest(TOPIC, look(name), most)
            rows = yield Nodes(TOPIC, "id", np.sort(ids), ["path"])
            return sorted(rows["path"].tolist())

        return self._ask(question)

    def _working_set(self) -> ToyWorkingSet:
        return ToyWorkingSet(self.name)

    def _learner(self) -> ToyLearner:
        return ToyLearner(self._held, self._options, self.batch)


def is_path(path: object, options: Options) -> bool:
    """Whether a text is names with the separator between them."""
    return isinstance(path, str) and all(path.split(options.separator))


def check(event: Event, options: Options) -> bool:
    """That an imported sample is a path."""
    return event.payload is None or is_path(event.payload, options)
