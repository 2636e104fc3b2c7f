"""What the continual classifier is compared with: each sees a task's samples once, in order, and no others again."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["RIVALS", "Rival"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
BATCH = 10
MOST = 10_000
"""Samples that the support vector machine gets at most: what it costs grows with their square."""


class Rival(Protocol):
    """Learns one task after the other."""

    def __init__(self, size: int, labels: int) -> None: ...

    def learn(self, x: Floats, y: Ints) -> None:
        """Learn a task's samples, once."""

    def predict(self, x: Floats) -> Ints:
        """The label of each, of all labels that it learned."""


class Sgd:
    """A network of one layer of 256 units by gradient descent, as it goes from task to task: what forgets."""

    def __init__(self, size: int, labels: int) -> None:
        rng = np.random.default_rng(0)
        self.first, self.one = rng.normal(size=(size, 256)) * (2.0 / size) ** 0.5, np.zeros(256)
        self.second, self.two = rng.normal(size=(256, labels)) * (2.0 / 256) ** 0.5, np.zeros(labels)
        self.scale = 0.0

    def learn(self, x: Floats, y: Ints) -> None:
        self.scale = self.scale or float(x.max()) or 1.0
        for start in range(0, len(x), BATCH):
            some, true = x[start : start + BATCH] / self.scale, y[start : start + BATCH]
            hidden = np.maximum(some @ self.first + self.one, 0.0)
            said = hidden @ self.second + self.two
            share = np.exp(said - said.max(axis=1, keepdims=True))
            share /= share.sum(axis=1, keepdims=True)
            share[np.arange(len(true)), true] -= 1.0
            share *= 0.1 / len(true)
            back = (share @ self.second.T) * (hidden > 0.0)
            self.second -= hidden.T @ share
            self.two -= share.sum(axis=0)
            self.first -= some.T @ back
            self.one -= back.sum(axis=0)

    def predict(self, x: Floats) -> Ints:
        hidden = np.maximum(x / (self.scale or 1.0) @ self.first + self.one, 0.0)
        best: Ints = np.argmax(hidden @ self.second + self.two, axis=1)
        return best


class Means:
    """The nearest mean of a label."""

    def __init__(self, size: int, labels: int) -> None:
        self.sums, self.counts = np.zeros((labels, size)), np.zeros(labels)

    def learn(self, x: Floats, y: Ints) -> None:
        np.add.at(self.sums, y, x)
        np.add.at(self.counts, y, 1.0)

    def predict(self, x: Floats) -> Ints:
        means = self.sums / np.maximum(self.counts, 1.0)[:, None]
        away = np.einsum("nd,nd->n", means, means) - 2.0 * x @ means.T
        best: Ints = np.argmin(np.where(self.counts > 0, away, np.inf), axis=1)
        return best


class Slda:
    """Means, and the covariance around them that all labels share, sample by sample (Hayes and Kanan 2020)."""

    def __init__(self, size: int, labels: int) -> None:
        self.means, self.counts = np.zeros((labels, size)), np.zeros(labels)
        self.spread, self.total = np.zeros((size, size)), 0

    def learn(self, x: Floats, y: Ints) -> None:
        for start in range(0, len(x), 256):
            parts = []
            for one, true in zip(x[start : start + 256], y[start : start + 256].tolist(), strict=True):
                away, count = one - self.means[true], self.counts[true]
                parts.append(away * np.sqrt(count / (count + 1.0)))
                self.means[true] += away / (count + 1.0)
                self.counts[true] += 1.0
            some = np.array(parts)
            self.spread += some.T @ some
        self.total += len(x)

    def predict(self, x: Floats) -> Ints:
        covariance = self.spread / max(self.total, 1)
        covariance += 1e-2 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
        turned = np.linalg.solve(covariance, self.means.T)
        said = x @ turned - 0.5 * np.einsum("nd,dn->n", self.means, turned)
        best: Ints = np.argmax(np.where(self.counts > 0, said, -np.inf), axis=1)
        return best


class Ridge:
    """Ridge regression on 5,000 random features that are cut off at 0: its sums do not depend on the order of samples."""

    def __init__(self, size: int, labels: int) -> None:
        rng = np.random.default_rng(0)
        self.weights = (rng.normal(size=(size, 5_000)) / size**0.5).astype(np.float32)
        self.biases = rng.normal(size=5_000).astype(np.float32) * 0.1
        self.inner, self.outer = np.zeros((5_000, 5_000), np.float32), np.zeros((5_000, labels), np.float32)
        self.scale, self.met = 0.0, np.zeros(labels, bool)
        self.solved: NDArray[np.float32] | None = None

    def learn(self, x: Floats, y: Ints) -> None:
        self.scale, self.solved = self.scale or float(np.sqrt(np.mean(x**2))), None
        for start in range(0, len(x), 1_000):
            some = self._features(x[start : start + 1_000])
            self.inner += some.T @ some
            self.outer += some.T @ np.eye(len(self.met), dtype=np.float32)[y[start : start + 1_000]]
        self.met[np.unique(y)] = True

    def predict(self, x: Floats) -> Ints:
        if self.solved is None:
            ridge = 1e-3 * float(np.trace(self.inner)) / len(self.inner)
            self.solved = np.linalg.solve(self.inner + ridge * np.eye(len(self.inner), dtype=np.float32), self.outer)
        said = np.concatenate([self._features(x[i : i + 1_000]) @ self.solved for i in range(0, len(x), 1_000)])
        best: Ints = np.argmax(np.where(self.met, said, -np.inf), axis=1)
        return best

    def _features(self, x: Floats) -> NDArray[np.float32]:
        found: NDArray[np.float32] = (x / (self.scale or 1.0)).astype(np.float32) @ self.weights + self.biases
        return np.maximum(found, np.float32(0.0))


class Svc:
    """A support vector machine that has all samples at once: not continual, what can be had."""

    def __init__(self, size: int, labels: int) -> None:
        from sklearn.svm import SVC

        self.machine = SVC()

    def learn(self, x: Floats, y: Ints) -> None:
        some = np.random.default_rng(0).permutation(len(x))[:MOST]
        self.machine.fit(x[some], y[some])

    def predict(self, x: Floats) -> Ints:
        return np.asarray(self.machine.predict(x), np.int64)


RIVALS: dict[str, tuple[type[Rival], bool]] = {
    "fine-tuned SGD, one hidden layer": (Sgd, False),
    "nearest class mean": (Means, False),
    "streaming LDA": (Slda, False),
    "ridge on 5,000 random features, all at once": (Ridge, True),
    f"SVC, all at once ({MOST:,} of them at most)": (Svc, True),
}
"""Rivals, and whether they get all samples at once: ridge's sums would be the same, and solving takes its time."""
