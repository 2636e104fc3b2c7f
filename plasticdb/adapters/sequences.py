"""A sequence memory as River and scikit-learn take a model. It imports neither."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ..api import PlasticDB
from ..errors import BadMemory, NothingLearned
from ..sequence.memory import SequenceMemory
from ..sequence.tokens import Sample
from .estimator import Estimator

__all__ = ["OneByOne", "SampleDensity"]

NOTHING_YET = (BadMemory, NothingLearned)
"""A memory is made when it first learns. One that is there with other options says so then."""


class OneByOne:
    """A memory with the methods of River: it learns one sample, and predicts what comes after a prompt.

    What it learns is in the memory, and durable when `learn_one` returns.

    Parameters
    ----------
    memory
        A memory of any database, with the options that it has.

    Examples
    --------
    >>> from plasticdb import PlasticDB
    >>> with PlasticDB.open(":memory:") as db:
    ...     model = OneByOne(db.sequence("names"))
    ...     for name in ("emma", "emily", "ann"):
    ...         model.learn_one(name)
    ...     model.predict_one("em"), max(model.predict_proba_one("emm").values()) > 0.3
    ('m', True)
    """

    _supervised = False  # River's pipelines ask for it

    def __init__(self, memory: SequenceMemory) -> None:
        self.memory = memory

    def learn_one(self, x: Sample) -> None:
        """Learn one sample.

        Parameters
        ----------
        x
            A text, bytes or a list of symbols, as the memory's tokenizer takes it.

        Raises
        ------
        BadInput
            The memory takes no such sample.
        """
        self.memory.learn(x)

    def predict_proba_one(self, x: Sample) -> dict[str, float]:
        """The probability of each next symbol; `␃` is the stop.

        Parameters
        ----------
        x
            A prompt.

        Returns
        -------
        dict[str, float]
            The most likely first; empty while nothing is learned.
        """
        try:
            return dict(self.memory.predict(x))
        except NOTHING_YET:
            return {}

    def predict_one(self, x: Sample) -> str | None:
        """The most likely next symbol.

        Parameters
        ----------
        x
            A prompt.

        Returns
        -------
        str or None
            The symbol, `␃` for the stop; None while nothing is learned.
        """
        try:
            return next(iter(self.memory.predict(x, top=1)), None)
        except NOTHING_YET:
            return None

    def score_one(self, x: Sample) -> float:
        """How much a sample surprises, as River's detectors of anomalies say it: the higher, the more unlike what was learned.

        Parameters
        ----------
        x
            A sample; it is not learned.

        Returns
        -------
        float
            Nats a symbol; 0 while nothing is learned.
        """
        try:
            return float(self.memory.surprise([x], per_symbol=True)[0])
        except NOTHING_YET:
            return 0.0


class SampleDensity(Estimator):
    """How likely samples are, as an estimator of scikit-learn: the last step of a pipeline, or cross-validated by itself.

    Each `fit` learns in a database of its own, in memory. To keep what is learned, use `PlasticDB`.

    Parameters
    ----------
    tokenizer, views, depth, normalize, lower
        What the memory is made with: see `PlasticDB.sequence`.

    Attributes
    ----------
    memory_ : SequenceMemory
        The memory, once it is fitted.

    Examples
    --------
    >>> density = SampleDensity(views="suffix 3").fit(["emma", "emily", "emil", "ann", "anna"])
    >>> likely, odd = density.score_samples(["emmy", "xqzt"])
    >>> bool(likely > odd)
    True
    """

    _named = ("tokenizer", "views", "depth", "normalize", "lower")

    def __init__(
        self,
        tokenizer: str = "chars",
        views: str | None = None,
        depth: int | None = None,
        normalize: str | None = None,
        lower: bool | None = None,
    ) -> None:
        self.tokenizer = tokenizer
        self.views = views
        self.depth = depth
        self.normalize = normalize
        self.lower = lower

    def fit(self, X: Iterable[Sample], y: object = None) -> Self:  # noqa: N803 (its name there)
        """Learn samples, and forget those of a fit before.

        Parameters
        ----------
        X
            The samples: a list, or a column of NumPy, pandas or Arrow.
        y
            Not looked at.

        Returns
        -------
        Self
            This one.

        Raises
        ------
        BadInput
            An option or a sample cannot be used.
        """
        memory = PlasticDB.open(":memory:").sequence("samples", **self.get_params())
        memory.learn_many(X)
        self.memory_ = memory
        return self

    def score_samples(self, X: Iterable[Sample]) -> NDArray[np.float64]:  # noqa: N803
        """The log-likelihood of each sample.

        Parameters
        ----------
        X
            Samples.

        Returns
        -------
        NDArray[np.float64]
            In nats, at most 0: the lower, the more unlike what was learned.

        Raises
        ------
        NothingLearned
            It is not fitted.
        """
        return -self._fitted.surprise(X)

    def score(self, X: Iterable[Sample], y: object = None) -> float:  # noqa: N803
        """The mean log-likelihood of a symbol, so that parts of any size can be compared.

        Parameters
        ----------
        X
            Samples.
        y
            Not looked at.

        Returns
        -------
        float
            In nats; the higher, the better.

        Raises
        ------
        NothingLearned
            It is not fitted.
        """
        return -self._fitted.score(X).nats_per_symbol

    @property
    def _fitted(self) -> SequenceMemory:
        memory: SequenceMemory | None = getattr(self, "memory_", None)
        if memory is None:
            raise NothingLearned("this density is not fitted; call `fit` with samples first")
        return memory

    def __sklearn_tags__(self) -> SimpleNamespace:
        """What scikit-learn asks an estimator, in the form of its `sklearn.utils.Tags`."""
        return SimpleNamespace(
            estimator_type="density_estimator",
            target_tags=SimpleNamespace(
                required=False, one_d_labels=False, two_d_labels=False, positive_only=False, multi_output=False,
                single_output=True,
            ),
            transformer_tags=None,
            classifier_tags=None,
            regressor_tags=None,
            array_api_support=False,
            no_validation=True,
            non_deterministic=False,
            requires_fit=True,
            input_tags=SimpleNamespace(
                one_d_array=True, two_d_array=False, three_d_array=False, sparse=False, categorical=False, string=True,
                dict=False, positive_only=False, allow_nan=False, pairwise=False,
            ),
            _skip_test=True,
        )  # fmt: skip
