"""Neurons grow where nothing fits and adapt where something does, sample by sample."""

from __future__ import annotations

import numpy as np

from plasticdb.continual.answering import scores
from plasticdb.continual.growing import learn
from plasticdb.continual.state import Settings, State, empty, label

SETTINGS = Settings()


def clouds(n: int, dimension: int = 5) -> tuple[np.ndarray, list[int]]:
    """Samples of two labels, one after the other, each around a place of its own."""
    rng = np.random.default_rng(0)
    labels = [0] * n + [1] * n
    return rng.normal(size=(2 * n, dimension)) + 4.0 * np.array(labels)[:, None], labels


def learned(samples: np.ndarray, labels: list[int]) -> State:
    state = empty(samples.shape[1], SETTINGS.rank)
    for x, y in zip(samples, labels, strict=True):
        while state.labels <= y:
            label(state)
        learn(state, x, y, SETTINGS)
    return state


def test_a_label_gets_a_neuron_and_what_was_learned_before_stays() -> None:
    samples, labels = clouds(50)
    state = learned(samples, labels)
    assert state.size >= 2
    assert np.argmax(scores(state, samples, SETTINGS), axis=1).tolist() == labels


def test_a_neuron_knows_the_mean_and_the_variance_of_its_samples() -> None:
    samples = np.random.default_rng(1).normal(size=(100, 5))
    state = learned(samples, [0] * 100)
    assert state.size == 1
    np.testing.assert_allclose(state.mean[0], samples.mean(axis=0))
    np.testing.assert_allclose(state.scatter[0].sum() + state.rest[0], ((samples - samples.mean(axis=0)) ** 2).sum())
