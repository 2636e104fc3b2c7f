"""What the classifier is compared with does what it says, and so do the figures of what was forgotten."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # the bench is not installed
from bench.classifiers import Means, Rival, Sgd, Slda
from bench.continual import _by_label, _ended, _permuted, _split


def clouds() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(10), 40)
    return rng.normal(scale=8.0, size=(10, 6))[labels] + rng.normal(size=(400, 6)) + 40.0, labels


@pytest.mark.parametrize("rival", [Means, Slda])
def test_rivals_that_keep_sums_know_all_labels(rival: type[Rival]) -> None:
    samples, labels = clouds()
    one = rival(6, 10)
    for task in range(5):
        some = labels // 2 == task
        one.learn(samples[some], labels[some])
    assert np.mean(one.predict(samples) == labels) > 0.98


def test_the_shared_covariance_is_that_around_the_means() -> None:
    samples, labels = clouds()
    one = Slda(6, 10)
    for part in (slice(0, 100), slice(100, None)):
        one.learn(samples[part], labels[part])
    away = samples - np.array([samples[labels == name].mean(axis=0) for name in range(10)])[labels]
    np.testing.assert_allclose(one.spread, away.T @ away)


def test_gradient_descent_learns() -> None:
    samples, labels = clouds()
    samples -= 40.0
    one = Sgd(6, 10)
    for _ in range(5):
        one.learn(samples[:80][::3], labels[:80][::3])
    assert set(one.predict(samples[:80]).tolist()) == {0, 1}


def test_tasks_have_each_sample_once() -> None:
    run = _by_label(_split(*clouds(), 0.3, 0))
    assert [np.unique(y).tolist() for _, y, _, _ in run] == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]
    assert sum(len(x) for x, _, _, _ in run) == 280
    assert sum(len(held) for _, _, held, _ in run) == 120
    rows = np.concatenate([np.concatenate([x, held]) for x, _, held, _ in run])
    assert len(np.unique(rows, axis=0)) == 400
    first, *others = _permuted(_split(*clouds(), 0.3, 0))
    assert all(np.array_equal(np.sort(x, axis=1), np.sort(first[0], axis=1)) for x, _, _, _ in others)


def test_what_was_forgotten_is_what_tasks_fell_by_from_their_best() -> None:
    right, lost = _ended([[[90.0], [100.0, 80.0], [94.0, 79.0, 97.0]]])
    assert right == pytest.approx(90.0)
    assert lost == pytest.approx((6.0 + 1.0) / 2)
    assert _ended([[[50.0, 70.0]]]) == (60.0, 0.0)
