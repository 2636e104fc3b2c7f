"""The continual classifier: what it still knows after each task, beside rivals that saw the same samples in the same order."""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plasticdb import PlasticDB
from plasticdb.continual.growing import learn
from plasticdb.continual.memory import ContinualClassifier
from plasticdb.continual.state import Settings, empty, label

from .classifiers import RIVALS, Rival
from .data import ROOT
from .report import Figure, tell

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Task = tuple[Floats, Ints, Floats, Ints]
"""Samples to learn with their labels, and held-out ones."""
MNIST = ROOT.parent / "shared" / "data" / "mnist"
TASKS = 5
"""Of two labels each, or of pixels that are permuted."""


def digits(seeds: Sequence[int] = range(3)) -> None:
    """The 8x8 digits: two labels a task, all of them in another order of pixels a task, and labels that change."""
    if (data := _digits()) is None:
        return
    samples, names = data
    splits = [_split(samples, names, 0.3, seed) for seed in seeds]
    _compared("digits, 5 tasks of 2 labels", [_by_label(one) for one in splits], (-99.0, 0.5))
    _compared("permuted digits, 5 tasks", [_permuted(one) for one in splits], (-98.5, 0.3))
    right = []
    for seed in seeds:
        x, y, held, true = _split(samples, names, 0.3, seed)
        half, swap = len(x) // 2, np.random.default_rng(seed).permutation(10)
        with PlasticDB.open(":memory:") as db:
            memory = db.classifier("m", dimension=x.shape[1])
            memory.learn_many(x[:half], y[:half].tolist())
            memory.learn_many(x[half : half + 500], swap[y[half : half + 500]].tolist())
            right.append(_right(memory, held, swap[true]))
    tell(Figure("digits, labels swapped halfway, 500 samples later: right", float(np.mean(right)), "%", -93.0))


def mnist(whole: bool, permuted: bool) -> None:
    """MNIST: two labels a task; `permuted`, too, which takes many minutes. Not `whole`: a tenth of it, without rivals."""
    if (data := _mnist()) is None:
        return
    x, y, held, true = data
    if not whole:
        x, y, held, true = x[:6_000], y[:6_000], held[:1_000], true[:1_000]
    _compared("split-MNIST, 5 tasks of 2 labels", [_by_label((x, y, held, true))], (-97.0, None), rivals=whole)
    if permuted:
        _compared("permuted MNIST, 5 tasks", [_permuted((x, y, held, true))], (None, None), slow=False)


def speed(folder: Path, total: int) -> None:
    """What a sample costs on SQLite, a prediction, and a sample when many were learned under a budget."""
    rng = np.random.default_rng(0)
    centres = rng.normal(scale=3.0, size=(50, 64))

    def some(count: int) -> tuple[Floats, Ints]:
        of = rng.integers(50, size=count)
        return centres[of] + rng.normal(size=(count, 64)), of % 10

    with PlasticDB.open(folder / "classifier.db") as db:
        memory = db.classifier("m", dimension=64)
        memory.learn_many(*_lists(some(2_000)))
        x, y = _lists(some(10_000))
        took = _processor(lambda: memory.learn_many(x, y))
        asked = some(100)[0]
        memory.predict_one(asked[0])
        waited = _processor(lambda: [memory.predict_one(one) for one in asked])
    tell(
        Figure("a batch of 10,000 samples of 64 numbers, SQLite: learned a second", len(x) / took, "/s", -2_000),
        Figure("  predict_one, warm", waited * 10, "ms", 2),
    )
    settings, fired = Settings(budget=100), 0
    state = empty(64, settings.rank)
    for _ in range(10):
        label(state)
    cost = []
    for _ in range(total // 1_000):
        samples, labels = some(1_000)
        began = time.process_time()
        for one, column in zip(samples, labels.tolist(), strict=True):
            fired += len(learn(state, one, column, settings).neurons)
        cost.append(time.process_time() - began)
    early, late = (float(np.median(part)) * 1e3 for part in (cost[1 : len(cost) // 10 + 1], cost[-len(cost) // 10 :]))
    tell(
        Figure(f"a sample at {total:,} learned, a budget of 100 neurons", late, "us"),
        Figure("  beside one at the beginning", late / early, "x", 1.2),
        Figure("  neurons that a sample changes, of those there are", fired / total / state.size * 100, "%"),
    )


def _compared(
    what: str,
    runs: Sequence[Sequence[Task]],
    goals: tuple[float | None, float | None],
    *,
    rivals: bool = True,
    slow: bool = True,
) -> None:
    """Accuracy over all tasks at the end and what was forgotten of earlier ones; beside rivals with the same order."""
    ours, sizes, took = [], [], 0.0
    for run in runs:
        with PlasticDB.open(":memory:") as db:
            memory = db.classifier("m", dimension=run[0][0].shape[1])
            began, table = time.process_time(), []
            for k, (x, y, _, _) in enumerate(run):
                memory.learn_many(x, y.tolist())
                table.append([_right(memory, held, true) for _, _, held, true in run[: k + 1]])
            took += time.process_time() - began
            neurons, rank, size = int(memory.stats()["neurons"]), Settings().rank, run[0][0].shape[1]
            sizes.append((neurons, neurons * (size + min(rank, size - 1) * (size + 1) + 4) * 8))
        ours.append(table)
    right, lost = _ended(ours)
    tell(
        Figure(f"{what}: right at the end", right, "%", goals[0]),
        Figure("  forgotten of earlier tasks", lost, "%", goals[1]),
        Figure("  neurons", float(np.mean([n for n, _ in sizes])), ""),
        Figure("  their numbers", float(np.mean([b for _, b in sizes])) / 1e6, "MB"),
        Figure("  processor time, predictions too", took / len(runs), "s"),
    )
    if len(runs) == 1:
        for k, row in enumerate(ours[0]):
            print(f"    after task {k + 1}: " + "  ".join(f"{one:6.2f}" for one in row), flush=True)
    if not rivals:
        return
    for name, (rival, joint) in RIVALS.items():
        if joint and not slow:
            continue
        right, lost = _ended([_tried(rival, run, joint) for run in runs])
        told = [Figure(f"  {name}: right at the end", right, "%")]
        tell(*told, *([] if joint else [Figure("    forgotten", lost, "%")]))


def _tried(make: type[Rival], run: Sequence[Task], joint: bool) -> list[list[float]]:
    """A rival's accuracy on each task so far after each task; of one that learns all at once, at the end."""
    rival = make(run[0][0].shape[1], 1 + int(max(y.max() for _, y, _, _ in run)))
    if joint:
        x, y = (np.concatenate(parts) for parts in list(zip(*run, strict=True))[:2])
        rival.learn(x, y)
        return [[100.0 * float(np.mean(rival.predict(held) == true)) for _, _, held, true in run]]
    table = []
    for k, (x, y, _, _) in enumerate(run):
        rival.learn(x, y)
        table.append([100.0 * float(np.mean(rival.predict(held) == true)) for _, _, held, true in run[: k + 1]])
    return table


def _ended(tables: Sequence[Sequence[Sequence[float]]]) -> tuple[float, float]:
    """The mean over tasks at the end, and the mean of what tasks fell by from their best; the mean over runs."""
    right = [float(np.mean(table[-1])) for table in tables]
    lost = [
        float(np.mean([max(row[i] for row in table[i:]) - table[-1][i] for i in range(len(table) - 1)] or [0.0]))
        for table in tables
    ]
    return float(np.mean(right)), float(np.mean(lost))


def _right(memory: ContinualClassifier, held: Floats, true: Ints) -> float:
    return 100.0 * float(np.mean(np.array(memory.predict_many(held)) == true))


def _by_label(data: Task) -> list[Task]:
    x, y, held, true = data
    tasks = []
    for k in range(TASKS):
        some, asked = y // 2 == k, true // 2 == k
        tasks.append((x[some], y[some], held[asked], true[asked]))
    return tasks


def _permuted(data: Task) -> list[Task]:
    """Each task has all labels, and the pixels in an order of its own; the first has them as they are."""
    x, y, held, true = data
    rng = np.random.default_rng(0)
    orders = [np.arange(x.shape[1]), *(rng.permutation(x.shape[1]) for _ in range(TASKS - 1))]
    return [(x[:, order], y, held[:, order], true) for order in orders]


def _split(samples: Floats, names: Ints, share: float, seed: int) -> Task:
    """A share of each label held out; what is learned is in random order."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(samples))
    held = np.zeros(len(samples), bool)
    for name in np.unique(names):
        mine = order[names[order] == name]
        held[mine[: round(share * len(mine))]] = True
    kept, out = order[~held[order]], np.flatnonzero(held)
    return samples[kept], names[kept], samples[out], names[out]


def _digits() -> tuple[Floats, Ints] | None:
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        print("NOT MEASURED: digits, and the rivals: pip install 'plasticdb[bench]' has scikit-learn", flush=True)
        return None
    found = load_digits()
    return np.asarray(found.data, np.float64), np.asarray(found.target, np.int64)


def _mnist() -> Task | None:
    folder = Path(os.environ.get("PLASTICDB_MNIST", MNIST))
    if not folder.is_dir():
        print(f"NOT MEASURED: MNIST: {folder} is not there; PLASTICDB_MNIST names a folder with its files", flush=True)
        return None
    parts = []
    for name in ("train", "t10k"):
        for what, skipped in (("images-idx3", 16), ("labels-idx1", 8)):
            with gzip.open(folder / f"{name}-{what}-ubyte.gz") as file:
                parts.append(np.frombuffer(file.read(), np.uint8, offset=skipped))
    x, y, held, true = parts
    return x.reshape(-1, 784) / 1.0, y.astype(np.int64), held.reshape(-1, 784) / 1.0, true.astype(np.int64)


def _lists(pair: tuple[Floats, Ints]) -> tuple[Floats, list[int]]:
    return pair[0], pair[1].tolist()


def _processor(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
