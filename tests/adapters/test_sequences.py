"""A memory as River and scikit-learn take a model: what they do with one is written out, and needs neither."""

from __future__ import annotations

import copy
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plasticdb import BadInput, NothingLearned, PlasticDB
from plasticdb.adapters import OneByOne, SampleDensity

NAMES = ["emma", "emily", "emil", "ann", "anna", "hanna"]


def test_the_page_shows_what_they_say(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "python.md").read_text("utf-8")
    (block,) = [
        code for code in re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE) if "adapters" in code
    ]
    exec(block, {})
    assert capsys.readouterr().out.splitlines() == re.findall(r"print\(.*\)  # (.*)", block)


def test_a_stream_is_predicted_before_it_is_learned() -> None:
    with PlasticDB.open(":memory:") as db:
        model = OneByOne(db.sequence("names"))
        assert model._supervised is False  # a pipeline passes it samples without labels
        assert model.predict_proba_one("em") == {}
        assert model.predict_one("em") is None
        assert model.score_one("emma") == 0
        for name in NAMES:
            assert model.learn_one(name) is None  # type: ignore[func-returns-value]  # River wants nothing back
        assert db.sequence("names").stats()["samples"] == len(NAMES)


def test_it_predicts_what_the_memory_predicts() -> None:
    with PlasticDB.open(":memory:") as db:
        names = db.sequence("names")
        names.learn_many(NAMES)
        model = OneByOne(names)
        said = model.predict_proba_one("em")
        assert said == names.predict("em")
        assert sum(said.values()) == pytest.approx(1)
        assert model.predict_one("em") == max(said, key=said.__getitem__)
        assert model.score_one("xqzt") > model.score_one("emma") > 0


def test_what_it_learns_is_kept(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        OneByOne(db.sequence("doors", tokenizer="symbols")).learn_one(["open", "close"])
    with PlasticDB.open(tmp_path / "m.db") as db:
        assert OneByOne(db.sequence("doors")).predict_one(["open"]) == "close"


def test_a_density_says_how_likely_samples_are() -> None:
    density = SampleDensity(views="suffix 3")
    assert density.fit(NAMES, y=None) is density
    each = density.score_samples(np.array(["emma", "xqzt"]))
    assert each[0] > each[1]
    assert each.tolist() == (-density.memory_.surprise(["emma", "xqzt"])).tolist()
    assert density.score(["emma", "xqzt"]) == pytest.approx(each.sum() / len("emma.xqzt."))


def test_a_fit_forgets_the_one_before() -> None:
    density = SampleDensity().fit(["xqzt"])
    assert density.fit(NAMES).score(["emma"]) == SampleDensity().fit(NAMES).score(["emma"])


def cloned(estimator: Any) -> Any:
    """What `sklearn.base.clone` does: the class again, with the very parameters."""
    parameters = estimator.get_params(deep=False)
    made = type(estimator)(**{name: copy.copy(value) for name, value in parameters.items()})
    assert all(made.get_params(deep=False)[name] is value for name, value in parameters.items())
    return made


def test_folds_are_fitted_and_scored_by_clones() -> None:
    density = SampleDensity(views="suffix 2")
    scores = [cloned(density).fit([x for x in NAMES if x not in held]).score(held) for held in (NAMES[:3], NAMES[3:])]
    assert not density.__sklearn_is_fitted__()
    assert all(score < 0 for score in scores)


def test_parameters_are_read_and_set() -> None:
    density = SampleDensity(depth=2)
    assert density.set_params(depth=None, views="suffix 1", lower=True) is density
    assert density.get_params() == SampleDensity(views="suffix 1", lower=True).get_params()
    assert repr(density) == "SampleDensity(tokenizer='chars', views='suffix 1', lower=True)"
    with pytest.raises(BadInput, match="there is no parameter 'width'; choose among tokenizer, views, "):
        density.set_params(width=3)


def test_what_is_not_fitted_says_so() -> None:
    with pytest.raises(NothingLearned, match="call `fit`"):
        SampleDensity().score(["emma"])


def test_options_are_checked_where_they_are_used() -> None:
    with pytest.raises(BadInput, match="unknown tokenizer 'letters'"):
        SampleDensity(tokenizer="letters").fit(NAMES)


def test_neither_library_is_imported() -> None:
    tags = SampleDensity().__sklearn_tags__()
    assert tags.estimator_type == "density_estimator"
    assert tags.input_tags.string
    asked = (
        "import sys, plasticdb.adapters; plasticdb.adapters.Classifier(); print({'river', 'sklearn'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
