"""A continual classifier as an estimator of scikit-learn: what that asks of one, and what it is good for there."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plasticdb import BadInput, PlasticDB
from plasticdb.adapters import Classifier

pytest.importorskip("sklearn", reason="NOT TESTED: the estimator; scikit-learn is not here: pip install '.[sklearn]'")

from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.estimator_checks import check_estimator

NOT_HERE = {
    "check_array_api_input": "SCIPY_ARRAY_API is not set",
    "check_classifier_data_not_an_array": "pandas is not installed",
}
"""Checks that scikit-learn leaves out, and why. None is expected to fail."""
NOT_INHERITED = "ignore:Estimator Classifier does not inherit from `sklearn.base.BaseEstimator`"
"""It has what is inherited there; that class would be imported with plasticdb."""


@pytest.mark.filterwarnings(NOT_INHERITED)
@pytest.mark.parametrize("model", [Classifier(), Classifier(budget=30, share=10, rank=2)])
def test_it_is_what_scikit_learn_expects(model: Classifier) -> None:
    found = check_estimator(model, on_skip=None, on_fail=None)
    left = {one["check_name"]: str(one["exception"]) for one in found if one["status"] == "skipped"}
    assert {name: NOT_HERE.get(name, "") in said and name in NOT_HERE for name, said in left.items()} == dict.fromkeys(
        left, True
    )
    assert [(one["check_name"], one["exception"]) for one in found if one["status"] not in ("passed", "skipped")] == []
    assert len(found) > 50


def clouds(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    number = np.arange(n) % 3
    places = np.array([[0.0, 0, 0], [6, 0, 6], [0, 6, 0]])
    return places[number] + rng.normal(size=(n, 3)), np.array(["ann", "bob", "cem"])[number]


def test_it_is_the_last_step_of_pipelines_and_is_searched_for() -> None:
    samples, labels = clouds(150)
    assert is_classifier(Classifier())
    assert cross_val_score(make_pipeline(MinMaxScaler(), Classifier()), samples, labels, cv=3).min() > 0.95
    corners = np.random.default_rng(0).choice([-9.0, 9.0], size=(200, 2))
    same = corners[:, 0] == corners[:, 1]
    search = GridSearchCV(Classifier(rank=0), {"share": [1, 10]}, cv=3).fit(corners + 0.1 * samples[:1, :2], same)
    assert search.best_params_ == {"share": 10}, "each label has two corners"
    assert search.predict([[9, 9], [9, -9]]).tolist() == [True, False]


def test_samples_come_in_parts_and_labels_in_any_of_them() -> None:
    samples, labels = clouds(90)
    once, parts = Classifier().fit(samples, labels), Classifier()
    for some in np.array_split(np.arange(90), 4):
        parts.partial_fit(samples[some], labels[some])
    np.testing.assert_array_equal(once.predict_proba(samples), parts.predict_proba(samples))
    alone = Classifier().partial_fit(samples[labels == "bob"], labels[labels == "bob"], classes=["zoe", "bob"])
    assert alone.classes_.tolist() == ["bob", "zoe"]
    assert alone.predict_proba(samples[:2]).tolist() == [[1.0, 0.0]] * 2
    alone.partial_fit(samples, labels)
    assert alone.classes_.tolist() == ["ann", "bob", "cem", "zoe"]
    assert alone.score(samples, labels) > 0.95


@pytest.mark.parametrize("of", [[0, 1, 2], [0.0, 1.0, 2.0], [True, False, True], ["a", "b", "longer"], [-5, 2**40, 7]])
def test_labels_keep_their_type(of: list[Any]) -> None:
    samples, labels = clouds(60)
    given = np.array(of)[np.searchsorted(["ann", "bob", "cem"], labels)]
    model = Classifier().fit(samples, given)
    assert model.predict(samples).dtype == given.dtype
    assert model.score(samples, given) > 0.9
    assert model.predict_proba(samples).shape == (60, len(set(of)))


def test_a_memory_of_a_database_is_learned_into_and_never_emptied(tmp_path: Path) -> None:
    samples, labels = clouds(90)
    with PlasticDB.open(tmp_path / "m.db") as db:
        model = Classifier(db.classifier("m")).partial_fit(samples[:45], labels[:45])
        with pytest.raises(BadInput, match=r"fit begins anew, and would have to forget all .* use partial_fit"):
            model.fit(samples, labels)
    with PlasticDB.open(tmp_path / "m.db") as db:
        model = Classifier(db.classifier("m")).partial_fit(samples[45:], labels[45:])
        assert model.memory_.stats()["samples"] == 90
        assert model.memory_.explain(samples[0])[0].label == model.predict(samples[:1])[0] == "ann"
        db.classifier("m").learn_one(samples[0], "zoe")
        with pytest.raises(BadInput, match=r"the memory learned a label 'zoe' elsewhere; name it in `partial_fit\(cl"):
            model.predict_proba(samples)


def test_it_is_pickled_with_all_that_it_learned() -> None:
    samples, labels = clouds(90)
    model = Classifier(rank=2).fit(samples[:60], labels[:60])
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(samples), model.predict_proba(samples))
    for one in (model, again):
        one.partial_fit(samples[60:], labels[60:])
    np.testing.assert_array_equal(again.predict_proba(samples), model.predict_proba(samples))
    assert again.memory_.options == model.memory_.options
    assert not hasattr(clone(model), "memory_")


def test_what_it_cannot_do() -> None:
    samples, labels = clouds(30)
    with pytest.raises(NotFittedError):
        Classifier().predict(samples)
    with pytest.raises(BadInput, match="there is no parameter 'width'; choose among memory, budget, share, "):
        Classifier().set_params(width=3)
    with pytest.raises(BadInput, match=r"budget must be a whole number from 1 to .*, not 0"):
        Classifier(budget=0).fit(samples, labels)
    model = Classifier().fit(samples, labels)
    with pytest.raises(ValueError, match="X has 2 features, but Classifier is expecting 3 features"):
        model.partial_fit(samples[:, :2], labels)
    with pytest.raises(BadInput, match="'samples' has labels of type str, and 1 is int; nothing was learned"):
        model.partial_fit(samples[:1], [1])
    assert model.classes_.tolist() == ["ann", "bob", "cem"], "nothing is half-learned"


def test_without_scikit_learn_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(BadInput, match=r"this needs scikit-learn: pip install 'plasticdb\[sklearn\]'"):
        Classifier().fit([[1, 2]], [1])
