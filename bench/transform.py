"""The transform memory: what it keeps exactly, what it learns, that it stays bounded, and what is left when a source goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plasticdb import PlasticDB
from plasticdb.transform.memory import TransformMemory

from .report import Figure, seconds, tell

Floats = NDArray[np.float64]
ITEMS = {256: 1.0, 768: 0.999, 1_024: 0.99}
"""Items that 16 slots keep, and the share of their bits that must come back."""
MAPS = {"a linear map": 1e-8, "ReLU": 0.20, "tanh": 0.29}
REGIMES, WIDTH, NOISE = 24, 16, 0.05


def copied() -> None:
    """The copy task: items of 64 random bits, each under an address, in 16 slots."""
    for items, goal in ITEMS.items():
        rng = np.random.default_rng(0)
        addresses, bits = rng.normal(size=(items, 64)), rng.choice([-1.0, 1.0], size=(items, 64))
        with PlasticDB.open(":memory:") as db:
            memory = _of(db, 64)
            memory.write(addresses, bits)
            memory.consolidate(budget=16)
            right = float(np.mean(np.sign(memory.read_many(addresses)) == bits))
            slots = memory.stats()["slots"]
        tell(
            Figure(f"copy task, {items:,} items: bits that come back", right, "", -goal),
            Figure("  slots", slots, "", 16),
        )


def exact() -> None:
    """4,096 random pairs of 64 numbers: each comes back through a read, from far fewer slots."""
    rng = np.random.default_rng(0)
    keys, values = rng.normal(size=(2, 4_096, 64))
    with PlasticDB.open(":memory:") as db:
        memory = _of(db, 64)
        memory.write(keys, values)
        took = seconds(memory.consolidate)
        error, stats = float(np.abs(memory.read_many(keys) - values).max()), memory.stats()
    tell(
        Figure("4,096 random pairs of 64 numbers: the largest error", error, "", 1e-6),
        Figure("  pairs a slot", 4_096 / stats["slots"], "x", -15),
        Figure("  slots that stayed raw", stats["raw"], ""),
        Figure("  consolidating, a pair", took / 4_096 * 1e6, "us"),
    )


def regimes(total: int) -> None:
    """Pairs of 24 linear regimes with noise, streamed; beside a memory of raw slots alone."""
    rng = np.random.default_rng(0)
    world = _regimes(rng)
    held_keys, held_values = world(5_000)
    spread = float(np.sqrt(np.mean((held_values - held_values.mean(axis=0)) ** 2)))
    with PlasticDB.open(":memory:") as db:
        memory, raw = _of(db, WIDTH), _of(db, WIDTH, "raw")
        writing = consolidating = 0.0
        for part in range(total // 1_000):
            keys, values = world(1_000)
            writing += seconds(lambda: memory.write(keys, values, stream="arm"))  # noqa: B023
            raw.write(keys, values)
            if (part + 1) % (total // 5_000) == 0:
                consolidating += seconds(memory.consolidate)
        errors = [
            float(np.sqrt(np.mean((one.read_many(held_keys) - held_values) ** 2))) / spread for one in (memory, raw)
        ]
        stats = memory.stats()
    tell(
        Figure(f"{REGIMES} noisy linear regimes, {total:,} pairs streamed: held-out nrmse", errors[0], "", 0.10),
        Figure("  raw slots alone, beside that", errors[1] / errors[0], "x", -3),
        Figure("  floats, beside those of the pairs", stats["floats"] / (total * 2 * WIDTH) * 100, "%", 10),
        Figure("  slots", stats["slots"], ""),
        Figure("  writing 1,000 at a time, a second", total / writing, ""),
        Figure("  consolidating five times, a pair", consolidating / total * 1e6, "us"),
    )


def maps() -> None:
    """1,000 pairs of a map from 8 numbers to 8, read in general mode where it was not written; the mean of five maps."""
    for name, goal in MAPS.items():
        errors = []
        for seed in range(5):
            rng = np.random.default_rng(seed)
            keys, held = rng.normal(size=(1_000, 8)), rng.normal(size=(1_000, 8))
            bends = _map(name, rng)
            with PlasticDB.open(":memory:") as db:
                memory = _of(db, 8)
                memory.write(keys, bends(keys))
                memory.consolidate()
                found = memory.read_many(held)
            wanted = bends(held)
            errors.append(float(np.sqrt(np.mean((found - wanted) ** 2) / np.var(wanted))))
        tell(Figure(f"{name}, 1,000 pairs of 8 numbers: held-out nrmse", float(np.mean(errors)), "", goal))


def bounded(total: int) -> None:
    """What was read is written, and its value is the next key: 100 trails at a time, consolidated now and then."""
    rng, size = np.random.default_rng(0), 64
    keys, values = rng.normal(size=(2, 1_000, size))
    with PlasticDB.open(":memory:") as db:
        memory = _of(db, size)
        memory.write(keys, values)
        memory.consolidate()
        at, lengths = keys[:100], []
        for step in range(total // 100):
            read = memory.read_many(at)
            memory.write(at, read)
            lengths.append(np.linalg.norm(read, axis=1))
            at = read + rng.normal(scale=0.1, size=read.shape)
            if (step + 1) % (total // 1_000) == 0:
                memory.consolidate()
        probes = np.linalg.norm(memory.read_many(rng.normal(scale=100, size=(1_000, size))), axis=1)
    early, late = (
        float(np.mean(part)) for part in (lengths[len(lengths) // 4 : len(lengths) // 2], lengths[-len(lengths) // 4 :])
    )
    tell(
        Figure(f"{total:,} writes of what was just read: the longest value", float(np.max(lengths)), "", 4 * size**0.5),
        Figure("  the last quarter beside the second: mean length", late / early, "x", 1.05),
        Figure("  the longest value read far from all keys", float(probes.max()), ""),
    )


def merged() -> None:
    """A chain of ten affine maps, applied one after the other, and merged into one."""
    rng = np.random.default_rng(0)
    with PlasticDB.open(":memory:") as db:
        names, at = [f"step{i}" for i in range(10)], rng.normal(size=(200, 8))
        for name in names:
            turn, move = np.linalg.qr(rng.normal(size=(8, 8)))[0], rng.normal(size=8)
            memory, after = _of(db, 8, name), at @ turn.T + move
            memory.write(at, after)
            memory.consolidate()
            at = after
        whole = _of(db, 8, "whole")
        whole.merge(names)
        first = db.transforms(names[0])
        queries = rng.normal(size=(100, 8))
        chained = np.array([first.chain(one, names).value for one in queries])
        error = float(np.abs(whole.read_many(queries) - chained).max())
        slow = seconds(lambda: [first.chain(one, names) for one in queries])
        fast = seconds(lambda: [whole.read(one) for one in queries])
    tell(
        Figure("ten affine maps merged: the largest error", error, "", 1e-9),
        Figure("  a read beside the chain", slow / fast, "x", -5),
        Figure("  the chain", slow * 10, "ms"),
    )


def taken_back(folder: Path) -> None:
    """A source is unlearned: beside a memory that never saw it. A rebuild: beside what was."""
    rng = np.random.default_rng(0)
    world = _regimes(rng)
    (kept, gone), queries = (world(2_000), world(1_000)), world(1_000)[0]
    with PlasticDB.open(folder / "taken-back.db") as db:
        memory, never = _of(db, WIDTH, "memory"), _of(db, WIDTH, "never")
        for one, parts in ((memory, {"kept": kept, "gone": gone}), (never, {"kept": kept})):
            for source, (keys, values) in parts.items():
                one.write(keys, values, source=source)
            one.consolidate()
        took = seconds(lambda: memory.unlearn("gone"))
        for one in (memory, never):
            one.consolidate(afresh=True)
        before = memory.read_many(queries)
        apart = float(np.abs(before - never.read_many(queries)).max())
        memory.rebuild()
        rebuilt = float(np.abs(memory.read_many(queries) - before).max())
    tell(
        Figure("1,000 of 3,000 pairs unlearned: beside a memory that never saw them", apart, "", 1e-9),
        Figure("  unlearning", took, "s"),
        Figure("a rebuild: the largest difference of what is read", rebuilt, "", 1e-9),
    )


def _of(db: PlasticDB, size: int, name: str = "m") -> TransformMemory:
    return db.transforms(name, key_dimension=size, value_dimension=size)


def _regimes(rng: np.random.Generator) -> Callable[[int], tuple[Floats, Floats]]:
    """A world of clusters of keys, each with a linear map of its own; a call gives so many of its pairs, with noise."""
    centres, offsets = rng.normal(scale=3, size=(2, REGIMES, WIDTH))
    maps = rng.normal(size=(REGIMES, WIDTH, WIDTH)) / WIDTH**0.5

    def pairs(count: int) -> tuple[Floats, Floats]:
        of, away = rng.integers(REGIMES, size=count), rng.normal(size=(count, WIDTH))
        values = offsets[of] + np.einsum("ijk,ik->ij", maps[of], away)
        return centres[of] + away, values + rng.normal(scale=NOISE, size=values.shape)

    return pairs


def _map(name: str, rng: np.random.Generator) -> Callable[[Floats], Floats]:
    weights, biases = rng.normal(size=(8, 8)) / 8**0.5, rng.normal(size=8)
    if name == "ReLU":
        return lambda keys: np.maximum(keys @ weights.T + biases, 0)
    if name == "tanh":
        return lambda keys: np.tanh(2 * keys @ weights.T + biases)
    return lambda keys: keys @ weights.T + biases
