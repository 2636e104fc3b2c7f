"""Numbers of any size: what is learned can be asked for, and nothing overflows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from plasticdb import PlasticDB

RNG = np.random.default_rng(0)
SAMPLES: dict[str, Callable[[], np.ndarray]] = {
    "as large as may be": lambda: RNG.choice([1e100, -1e100, 0.0], size=(150, 5)),
    "tiny": lambda: RNG.normal(size=(150, 5)) * 1e-200,
    "denormal": lambda: RNG.normal(size=(150, 5)) * 1e-310,
    "of all sizes": lambda: RNG.choice([1e100, 1e-100, 0, 1, -1e99, 3e-320], size=(150, 5)),
    "all the same": lambda: np.ones((150, 5)),
    "far from the origin": lambda: 1e12 + RNG.normal(size=(150, 5)),
    "in one direction": lambda: np.outer(RNG.normal(size=150), [1, 0, 0, 0, 0]),
    "of one number": lambda: RNG.choice([1e100, -1e100, 0.0], size=(150, 1)),
}


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("how", [{}, {"rank": 0}, {"budget": 3}, {"prior": 1e-6, "ridge": 0}, {"kappa": 0, "rate": 1}])
def test_numbers_of_any_size(name: str, how: dict[str, Any]) -> None:
    samples = SAMPLES[name]()
    labels = RNG.integers(0, 3, len(samples))
    with PlasticDB.open(":memory:") as db:
        memory = db.classifier("m", **how)
        memory.learn_many(samples, labels)
        found = memory.predict_proba_many(samples)
        np.testing.assert_allclose(found.sum(axis=1), 1.0)
        assert all(np.isfinite(one.distance) for one in memory.explain(samples[0], top=50))
        memory.release()
        np.testing.assert_array_equal(memory.predict_proba_many(samples), found)
