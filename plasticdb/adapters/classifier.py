"""A continual classifier as an estimator of scikit-learn, which is imported where one is used first."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..api import PlasticDB
from ..checks import shown
from ..continual.memory import ContinualClassifier
from ..errors import BadInput
from .estimator import Estimator

__all__ = ["Classifier"]

NAME = "samples"


class Classifier(Estimator):
    """A continual classifier as an estimator of scikit-learn: `pip install 'plasticdb[sklearn]'`.

    Without a memory it learns in a database of its own, in memory, and each `fit` begins anew. With one, `partial_fit` learns
    into it: what is learned is durable, and `memory.explain`, `memory.forget` and all else are there, too.

    Parameters
    ----------
    memory
        A memory of any database, as `PlasticDB.classifier` gives it.
    budget, share, rank, prior, novelty
        What a memory of its own is made with: see `PlasticDB.classifier`.

    Attributes
    ----------
    memory_ : ContinualClassifier
        The memory, once it has learned.
    classes_ : ndarray
        The labels, sorted.
    n_features_in_ : int
        Numbers in a sample.
    """

    memory_: ContinualClassifier
    classes_: NDArray[Any]
    _named = ("memory", "budget", "share", "rank", "prior", "novelty")

    def __init__(
        self,
        memory: ContinualClassifier | None = None,
        budget: int | None = None,
        share: int | None = None,
        rank: int | None = None,
        prior: float | None = None,
        novelty: float | None = None,
    ) -> None:
        self.memory = memory
        self.budget = budget
        self.share = share
        self.rank = rank
        self.prior = prior
        self.novelty = novelty

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:  # noqa: N803 (its name there)
        """Learn samples, and forget those of a fit before.

        Parameters
        ----------
        X
            Samples, [n, dimension].
        y
            A label each.

        Returns
        -------
        Self
            This one.

        Raises
        ------
        BadInput
            A memory was given, which `fit` will not empty.
        ValueError
            These are no samples with labels, as scikit-learn says it.
        """
        if self.memory is not None:
            raise BadInput(
                "fit begins anew, and would have to forget all of the memory that was given; use partial_fit"
            )
        return self._learn(*self._checked(X, y, first=True), [], first=True)

    def partial_fit(self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None) -> Self:  # noqa: N803
        """Learn more samples.

        Parameters
        ----------
        X
            Samples, [n, dimension].
        y
            A label each.
        classes
            Labels that will come, for the columns of `predict_proba`; they need not be known.

        Returns
        -------
        Self
            This one.

        Raises
        ------
        ValueError
            These are no samples with labels, as scikit-learn says it.
        """
        first = not hasattr(self, "memory_")
        known = [] if first else [self.classes_]
        known += [] if classes is None else [np.asarray(classes)]
        return self._learn(*self._checked(X, y, first=first), known, first)

    def predict(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """The label of each sample.

        Parameters
        ----------
        X
            Samples, [n, dimension].

        Returns
        -------
        ndarray
            Labels, [n].
        """
        asked = self._asked(X)
        return np.array(self.memory_.predict_many(asked), self.classes_.dtype)

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """How likely each label is for each sample.

        Parameters
        ----------
        X
            Samples, [n, dimension].

        Returns
        -------
        ndarray
            [n, labels], in the order of `classes_`.
        """
        asked = self._asked(X)
        likely = self.memory_.predict_proba_many(asked)
        names = list(self.memory_.labels())
        known = {name: column for column, name in enumerate(_plain(self.classes_))}
        if other := [name for name in names if name not in known]:
            raise BadInput(
                f"the memory learned a label {shown(other[0])} elsewhere; name it in `partial_fit(classes=...)`"
            )
        found = np.zeros((len(likely), len(self.classes_)))
        found[:, [known[name] for name in names]] = likely
        return found

    def score(self, X: ArrayLike, y: ArrayLike) -> float:  # noqa: N803
        """The share of samples whose label is predicted.

        Parameters
        ----------
        X
            Samples, [n, dimension].
        y
            A label each.

        Returns
        -------
        float
            From 0 to 1.
        """
        return float(np.mean(self.predict(X) == np.asarray(y)))

    def _learn(
        self, samples: NDArray[np.float64], labels: NDArray[Any], known: list[NDArray[Any]], first: bool
    ) -> Self:
        memory = self.memory or (self._begun() if first else self.memory_)
        memory.learn_many(samples, _plain(labels))
        self.memory_, self.classes_ = memory, np.unique(np.concatenate([*known, labels]))
        return self

    def _begun(self) -> ContinualClassifier:
        """Make a memory of its own."""
        made = {name: value for name, value in self.get_params().items() if name != "memory" and value is not None}
        self._db = PlasticDB.open(":memory:")
        return self._db.classifier(NAME, **made)

    def _checked(self, samples: ArrayLike, labels: ArrayLike, first: bool) -> tuple[NDArray[np.float64], NDArray[Any]]:
        _installed()
        from sklearn.utils.multiclass import check_classification_targets
        from sklearn.utils.validation import validate_data

        checked, names = validate_data(self, samples, labels, dtype=np.float64, reset=first)
        check_classification_targets(names)
        return checked, names

    def _asked(self, samples: ArrayLike) -> NDArray[np.float64]:
        _installed()
        from sklearn.utils.validation import check_is_fitted, validate_data

        check_is_fitted(self)
        asked: NDArray[np.float64] = validate_data(self, samples, dtype=np.float64, reset=False)
        return asked

    def __sklearn_tags__(self) -> Any:
        _installed()
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags("classifier", TargetTags(required=True), classifier_tags=ClassifierTags(), input_tags=InputTags())

    def __getstate__(self) -> dict[str, Any]:
        """Give what it is pickled as: a memory of its own with all that it learned, another one as its database's address."""
        state = dict(vars(self))
        if (db := state.pop("_db", None)) is not None:
            with TemporaryDirectory() as folder:
                db.export(NAME, Path(folder, "m.jsonl"))
                state["memory_"] = Path(folder, "m.jsonl").read_bytes()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        if isinstance(learned := state.get("memory_"), bytes):
            db = PlasticDB.open(":memory:")
            with TemporaryDirectory() as folder:
                Path(folder, "m.jsonl").write_bytes(learned)
                db.import_(Path(folder, "m.jsonl"))
            state = state | {"memory_": db.classifier(NAME), "_db": db}
        vars(self).update(state)


def _installed() -> None:
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise BadInput("this needs scikit-learn: pip install 'plasticdb[sklearn]'") from None


def _plain(labels: NDArray[Any]) -> list[Any]:
    """Labels as a memory takes them: scikit-learn also has whole numbers that are written as floats."""
    return list((labels.astype(np.int64) if labels.dtype.kind == "f" else labels).tolist())
