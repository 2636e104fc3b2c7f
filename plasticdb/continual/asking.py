"""A continual classifier as it is asked: labels of samples, how likely they are, why, and what the neurons are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import optional, shown, whole
from ..errors import BadInput, NothingLearned
from ..memory.base import Memory
from ..memory.display import Listing
from ..memory.requests import Asking
from . import arguments, explaining
from .answering import scores, shares
from .events import LabelName
from .explaining import Neuron, Reason
from .features import vectors
from .forgetting import known
from .growing import says
from .options import Options
from .state import State
from .working_set import ClassifierWorkingSet

__all__ = ["Answering"]

Floats = NDArray[np.float64]
_LAST = 2**62


class Answering(Memory[Options, ClassifierWorkingSet]):
    """A continual classifier, as far as it answers."""

    def predict_many(self, samples: Any) -> list[LabelName]:
        """The label of each sample, as labels were given.

        Parameters
        ----------
        samples
            Numbers, [n, dimension]; or mappings from features to numbers, where it was made for these.

        Raises
        ------
        BadInput
            They are no such samples.
        NothingLearned
            Nothing was learned yet.
        """
        found, names = self._scored(self._samples(samples))
        return [names[best] for best in found.argmax(axis=1).tolist()]

    def predict_one(self, sample: Any) -> LabelName:
        """The label of one sample.

        Parameters
        ----------
        sample
            Numbers, [dimension]; or a mapping from features to numbers.
        """
        found, names = self._scored(self._sample(sample))
        return names[int(found[0].argmax())]

    def predict_proba_many(self, samples: Any) -> Floats:
        """How likely each label is for each sample, [n, labels]; the labels are in the order of `labels`.

        Parameters
        ----------
        samples
            Numbers, [n, dimension]; or mappings from features to numbers, where it was made for these.
        """
        return shares(self._scored(self._samples(samples))[0])

    def predict_proba_one(self, sample: Any) -> dict[LabelName, float]:
        """How likely each label is for one sample, the likeliest first.

        Parameters
        ----------
        sample
            Numbers, [dimension]; or a mapping from features to numbers.
        """
        return self.predict(sample)

    def predict(self, sample: Any, top: int | None = None) -> dict[LabelName, float]:
        """How likely the labels are for one sample, the likeliest first.

        Parameters
        ----------
        sample
            Numbers, [dimension]; or a mapping from features to numbers.
        top
            How many labels at most.
        """
        most = optional(whole, "top", top, 1)
        found, names = self._scored(self._sample(sample))
        likely = shares(found)[0]
        return {names[i]: float(likely[i]) for i in np.argsort(-likely, kind="stable").tolist()[:most]}

    def labels(self) -> dict[LabelName, int]:
        """The labels, in the order in which they came, and how many samples were learned of each."""
        self._options_known()

        def question() -> Asking[dict[LabelName, int]]:
            yield from ()
            return dict(zip(self._held.names, self._held.samples, strict=True))

        return self._ask(question)

    def explain(self, sample: Any, top: int = 5) -> Listing[Reason]:
        """Why a sample gets its label: the neurons that fit it best, and how far it is from what each knows.

        The first one decides. A label is as likely as its best neuron fits, so only that one has a `p`.

        Parameters
        ----------
        sample
            Numbers, [dimension]; or a mapping from features to numbers.
        top
            How many neurons at most.
        """
        most, (asked,) = whole("top", top, 1), self._sample(sample)

        def question() -> Asking[list[Reason]]:
            yield from ()
            return explaining.reasons(self._state, self._held.names, asked, self._options.settings, most)

        return Listing(self._ask(question))

    def neurons(self, label: LabelName | None = None, *, limit: int = 100, after: int | None = None) -> Listing[Neuron]:
        """The neurons, in the order in which they grew.

        Parameters
        ----------
        label
            Only those that say this label.
        limit
            How many at most.
        after
            The number of the last neuron of the page before.

        Raises
        ------
        NeverLearned
            There is no such label.
        """
        name = optional(lambda what, value: arguments.one_name(value, what, ""), "a label", label)
        most, behind = whole("limit", limit, 1), optional(whole, "after", after, 0, _LAST)
        self._options_known()

        def question() -> Asking[list[Neuron]]:
            yield from ()
            cache, state = self._held, self._held.state
            column = None if name is None else known(cache, name, "")
            if state is None:
                return []
            size = state.size
            wanted = np.full(size, True) if column is None else says(state) == column
            rows = np.flatnonzero(wanted & (state.number[:size] > (-1 if behind is None else behind)))
            return explaining.neurons(state, cache.names, rows[:most])

        return Listing(self._ask(question))

    def neuron(self, number: int) -> Neuron:
        """One neuron.

        Parameters
        ----------
        number
            What the memory calls it.

        Raises
        ------
        BadInput
            There is none of this number: it never grew, or became part of another one.
        """
        asked = whole("a neuron's number", number)
        self._options_known()

        def question() -> Asking[Neuron]:
            yield from ()
            cache, state = self._held, self._held.state
            rows = (
                np.flatnonzero(state.number[: state.size] == asked) if state is not None and 0 <= asked < _LAST else ()
            )
            if state is None or not len(rows):
                there = f"{0 if state is None else state.size:,}"
                raise BadInput(
                    f"there is no neuron {shown(asked)} in {self.name!r}, which has {there}; `neurons` lists them"
                )
            return explaining.neurons(state, cache.names, np.asarray(rows))[0]

        return self._ask(question)

    # How it works

    def _options_known(self) -> None:
        if self._options.dimension is None:  # it was not there when it was opened
            self._open()

    def _samples(self, samples: Any) -> Floats:
        self._options_known()
        return vectors(arguments.given(samples, self._options, self.name), self._options.dimension or 1)

    def _sample(self, sample: Any) -> Floats:
        self._options_known()
        return vectors(arguments.given_one(sample, self._options, self.name), self._options.dimension or 1)

    def _scored(self, samples: Floats) -> tuple[Floats, list[LabelName]]:
        """How well each label fits each sample, and the labels."""

        def question() -> Asking[tuple[Floats, list[LabelName]]]:
            yield from ()
            return scores(self._state, samples, self._options.settings), list(self._held.names)

        return self._ask(question)

    @property
    def _state(self) -> State:
        if self._held.state is None:
            raise NothingLearned(
                f"{self.name!r} has learned nothing yet, or forgot all; learn samples with labels first"
            )
        return self._held.state
