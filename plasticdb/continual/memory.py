"""The continual classifier: samples are learned with their labels, one after the other, and nothing is forgotten by that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..checks import flag, label, listed, optional, text
from ..files.samples import check_source
from ..graph.store import GraphMemory
from ..journal.journal import Written
from ..journal.operations import Operation, fingerprint
from ..journal.operations import operation as an_operation
from ..memory import naming
from ..memory.base import Plan
from ..memory.locking import in_turn
from ..memory.requests import Alive, Asking
from . import arguments, forgetting
from .asking import Answering
from .batch import SampleBatch
from .events import LabelName, label_type, written
from .features import Samples
from .files import read
from .kind import KIND
from .learner import ClassifierLearner
from .options import BATCH, HASHED
from .working_set import ClassifierWorkingSet

__all__ = ["ContinualClassifier"]


class ContinualClassifier(Answering):
    """One memory of labelled samples, on a journal and a graph store. Made by `PlasticDB.classifier`.

    Examples
    --------
    >>> from plasticdb import PlasticDB
    >>> with PlasticDB.open(":memory:") as db:
    ...     fruit = db.classifier("fruit")
    ...     done = fruit.learn_many([[1.0, 9.0], [1.2, 8.8], [7.0, 1.0], [7.1, 1.3]], ["apple", "apple", "plum", "plum"])
    ...     fruit.predict_many([[1.1, 9.1], [6.8, 1.1]])
    ['apple', 'plum']
    """

    kind = KIND
    most = BATCH

    # What happens

    @in_turn
    def learn_many(
        self,
        samples: Any,
        labels: Any,
        *,
        external_ids: Sequence[str] | None = None,
        source: str | None = None,
        operation: str | None = None,
    ) -> int:
        """Learn samples with their labels, in this order; durable when it returns. How many were learned.

        Parameters
        ----------
        samples
            Numbers, [n, dimension]; or mappings from features to numbers, where it was made for these.
        labels
            One each: whole numbers, texts, or True and False; a memory has labels of one type.
        external_ids
            One each; what has an id that its source gave before is not learned again.
        source
            What they are filed under, to forget them by; external ids are unique within a source.
        operation
            An id for this call. Done again with it, as after a lost answer, it is done once, and answers the same; so
            it is with every verb that changes the memory.

        Raises
        ------
        BadInput
            Something that cannot be learned; nothing was.
        GraphBehind
            The graph did not answer; the samples are in the journal and `sync` goes on from there.
        """
        once, source = an_operation("learn_many", operation), check_source(source)
        so = "; nothing was learned"
        found = arguments.given(samples, self._options, self.name, so)
        return self._learn(found, labels, external_ids, source, once)

    @in_turn
    def learn_one(
        self,
        sample: Any,
        label: LabelName,
        *,
        external_id: str | None = None,
        source: str | None = None,
        operation: str | None = None,
    ) -> int:
        """Learn one sample with its label; how many were learned: 0 where its id was there.

        Parameters
        ----------
        sample
            Numbers, [dimension]; or a mapping from features to numbers.
        label
            A whole number, a text, or True or False.
        external_id, source, operation
            As in `learn_many`.
        """
        once, source = an_operation("learn_one", operation), check_source(source)
        found = arguments.given_one(sample, self._options, self.name, "; nothing was learned")
        return self._learn(found, [label], None if external_id is None else [external_id], source, once)

    @in_turn
    def ingest(
        self,
        files: Sequence[str],
        label: str | None = None,
        *,
        source: str | None = None,
        operation: str | None = None,
    ) -> int:
        """Learn the samples of files: all of them or, where one cannot be read, none. How many were learned.

        Parameters
        ----------
        files
            CSV; JSON lines `{"x": [...], "y": ..., "id": ...}`, where `x` may be a mapping; .npz with `X` and `y`; or .npy,
            whose last column is the label. `-` is standard input.
        label
            Of CSV with a header: the column of the label; by default the last one.
        source, operation
            As in `learn_many`. What has an "id" that its source gave before is not learned again.
        """
        once, source = an_operation("ingest", operation), check_source(source)
        found = read(listed("files", files), optional(text, "label", label), kept=self._options.label_type)
        so = "; nothing was learned"
        samples = arguments.given(found.samples, self._options, self.name, so)
        return self._learn(samples, found.labels, found.ids, source, once)

    @in_turn
    def forget(
        self,
        label: LabelName | None = None,
        source: str | None = None,
        *,
        erase: bool = False,
        operation: str | None = None,
    ) -> int:
        """Forget the samples of a label, or of a source, or of both: as if they had never been learned; how many.

        All others are learned again from the journal, in their order: that takes as long as they took to learn.

        Parameters
        ----------
        label, source
            As they were given when the samples were learned.
        erase
            Also remove them from the journal, and from every file of this database.
        operation
            An id for this call, as in `learn_many`.

        Raises
        ------
        NeverLearned
            There is no such sample; nothing was forgotten.
        GraphBehind
            The graph did not answer; what was asked is in the journal, and `sync` goes on from there.
        """
        return self._forget("forget", *forgetting.asked(label, source), flag("erase", erase), operation)

    @in_turn
    def unlearn(self, source: str, *, erase: bool = False, operation: str | None = None) -> int:
        """Forget all samples of a source, as `forget` does; how many.

        Parameters
        ----------
        source
            Its name, as it was given when they were learned.
        erase, operation
            As in `forget`.
        """
        return self._forget("unlearn", None, label("a source's name", source), flag("erase", erase), operation)

    # How it works

    def _learn(self, found: Samples, labels: Any, ids: Any, source: str | None, once: Operation) -> int:
        given = arguments.names(labels, len(found), self._options.label_type, self.name)
        names = naming.external_ids(ids, len(found), "samples", arguments.SO)
        if not given:
            return 0
        self._decide(found, label_type(given[0]))
        row = self._open(make=True)
        # Another process may have made it meanwhile, of other samples.
        arguments.given(found[:1], self._options, self.name, "; nothing was learned")
        arguments.names(given[:1], 1, self._options.label_type, self.name)
        payloads = written(found, given)
        events = [Written("learn", one, 1, name, source) for one, name in zip(payloads, names, strict=True)]
        return int(self._append(row, events, once)[0].result)

    def _decide(self, found: Samples, label_type: str) -> None:
        """Let the first samples say what a memory is made for that is not there yet."""
        kept = self._options
        dimension = found.shape[1] if isinstance(found, np.ndarray) else HASHED
        self._options = replace(kept, dimension=kept.dimension or dimension, label_type=kept.label_type or label_type)

    def _forget(
        self, verb: str, label: LabelName | None, source: str | None, erase: bool, operation: str | None
    ) -> int:
        def planned(graph: GraphMemory) -> Asking[Plan[int]]:
            positions = yield from forgetting.chosen(self._held, label, source, graph.position)
            events = [Written("unlearn", "erase" if erase else None, target=position) for position in positions]
            alive, _ = yield Alive(graph.position)
            batch = SampleBatch(self._held, self._options)
            yield from batch.afresh(np.setdiff1d(alive, np.array(positions, np.int64)))
            step = batch.step(graph.position + len(events))
            return Plan(events, len(events), lambda _: step)

        done = self._act(an_operation(verb, operation), fingerprint(label, source, erase), planned)
        if erase:
            self._finish_erasing()
        return done

    def _shown(self) -> dict[str, float]:
        state = self._held.state
        return {"neurons": 0 if state is None else state.size, "labels": len(self._held.names)}

    def _working_set(self) -> ClassifierWorkingSet:
        return ClassifierWorkingSet(self.name)

    def _learner(self) -> ClassifierLearner:
        return ClassifierLearner(self._held, self._options, self.batch)
