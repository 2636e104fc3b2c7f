"""Neurons grow where nothing fits and adapt where something does, sample by sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from plasticdb.continual.answering import scores
from plasticdb.continual.growing import learn, says
from plasticdb.continual.prototype import join, split
from plasticdb.continual.state import Settings, State, add, empty, label

SETTINGS = Settings()


def clouds(n: int, dimension: int = 5) -> tuple[np.ndarray, list[int]]:
    """Samples of two labels, one after the other, each around a place of its own."""
    rng = np.random.default_rng(0)
    labels = [0] * n + [1] * n
    return rng.normal(size=(2 * n, dimension)) + 4.0 * np.array(labels)[:, None], labels


def learned(samples: np.ndarray, labels: list[int], settings: Settings = SETTINGS) -> State:
    state = empty(samples.shape[1], settings.rank)
    for x, y in zip(samples, labels, strict=True):
        while state.labels <= y:
            label(state)
        learn(state, x, y, settings)
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


def test_labels_that_overlap_both_stay() -> None:
    """One label lies within the other: the second takes nothing of what the first one's neurons say."""
    rng = np.random.default_rng(0)
    wide, narrow = rng.normal(size=(300, 6)), 0.3 * rng.normal(size=(300, 6)) + 0.5
    state = learned(np.concatenate([wide, narrow]), [0] * 300 + [1] * 300)
    said = np.argmax(scores(state, np.concatenate([wide, narrow]), SETTINGS), axis=1)
    assert np.mean(said[:300] == 0) > 0.9
    assert np.mean(said[300:] == 1) > 0.9


def test_labels_that_swap_are_followed() -> None:
    samples, labels = clouds(200)
    order = np.random.default_rng(0).permutation(len(samples))
    samples, labels = samples[order], [labels[i] for i in order]
    state = learned(samples[:200], labels[:200])
    for x, y in zip(samples[200:], labels[200:], strict=True):
        learn(state, x, 1 - y, SETTINGS)
    said = np.argmax(scores(state, samples, SETTINGS), axis=1)
    assert np.mean(said == 1 - np.array(labels)) > 0.97


def test_a_label_has_no_more_neurons_than_its_share_and_all_no_more_than_the_budget() -> None:
    rng = np.random.default_rng(0)
    centres = rng.normal(scale=20.0, size=(30, 4))
    of = rng.integers(30, size=900)
    samples, labels = centres[of] + rng.normal(size=(900, 4)), (of % 3).tolist()
    for most, budget in ((40, 2_000), (4, 2_000), (40, 7), (40, 1), (1, 1)):
        state = learned(samples, labels, replace(SETTINGS, share=most, budget=budget))
        counts = np.bincount(says(state), minlength=3)
        assert counts.max() <= most
        assert state.size <= max(budget, 3), "each label keeps a neuron"
        assert counts.min() >= 1
        assert state.count[: state.size].sum() == 900, "a sample is of one mean"


def test_what_became_one_is_of_the_samples_of_both() -> None:
    samples, _ = clouds(40)
    both = learned(samples, [0] * 40 + [1] * 40, replace(SETTINGS, share=1, inherited=0.0))
    assert both.size == 2
    join(both, 0, 1)
    np.testing.assert_allclose(both.mean[0], samples.mean(axis=0))
    assert both.count[0] == 80
    squares = ((samples - samples.mean(axis=0)) ** 2).sum()
    assert both.scatter[0].sum() + both.rest[0] == pytest.approx(squares)


def test_halves_of_a_neuron_are_what_it_was() -> None:
    samples = np.random.default_rng(0).normal(size=(200, 5)) * [4, 1, 1, 1, 1]
    state = learned(samples, [0] * 200, replace(SETTINGS, novelty=1e9))
    mean, whole = state.mean[0].copy(), state.scatter[0].sum() + state.rest[0]
    new = add(state)
    split(state, 0, new, samples[0])
    np.testing.assert_allclose(state.mean[:2].mean(axis=0), mean)
    assert state.count[:2].tolist() == [100.0, 100.0]
    between = (state.count[:2, None] * (state.mean[:2] - mean) ** 2).sum()
    assert state.scatter[:2].sum() + state.rest[:2].sum() + between == pytest.approx(whole, rel=0.01)
    nearer = np.linalg.norm(samples[0] - state.mean[:2], axis=1).argmin()
    assert nearer == 0, "the row is at the sample's"


@pytest.mark.parametrize("factor", [1 / 16, 1.0, 255.0])
def test_scale_does_not_matter(factor: float) -> None:
    samples, labels = clouds(60)
    samples[60:] -= 2.5
    there = [np.argmax(scores(learned(x, labels), x, SETTINGS), axis=1) for x in (samples, samples * factor)]
    assert np.array_equal(*there)


def test_features_of_unlike_scales_count_alike() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=400)
    samples = rng.normal(size=(400, 6)) * [100, 1, 1, 1, 1, 0.1]
    samples[:, 5] += 0.6 * labels
    state = learned(samples, labels.tolist())
    assert np.mean(np.argmax(scores(state, samples, SETTINGS), axis=1) == labels) > 0.97
