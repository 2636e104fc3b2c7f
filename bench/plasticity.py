"""What the laws of plasticity show: two lists in two contexts, pairs far apart, weights that fade, neurons that even out."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from plasticdb import PlasticDB
from plasticdb.continual import growing
from plasticdb.continual.prototype import Fit, fit, noise
from plasticdb.continual.state import Settings, State, empty, label
from plasticdb.engram.memory import EngramMemory
from plasticdb.kit.plasticity import Synapses, faded, mattered, settled
from plasticdb.kit.shortcuts import by_shares
from plasticdb.kit.sorting import places
from plasticdb.sequence.shortcuts.pairs import Read, Window, apart, far

from . import splits
from .report import Figure, tell

Floats = NDArray[np.float64]

PAIRS, DIMENSION = 100, 64


def lists() -> None:
    """AB-AC: cues are paired with B, and then with C, each pair until it is answered; a context for each list, or none."""
    for named, goals in ((True, (-95.0, -95.0)), (False, (5.0, None))):
        rng = np.random.default_rng(0)
        vectors = rng.normal(size=(3 * PAIRS, DIMENSION))
        contexts = ("the first list", "the second list") if named else (None, None)
        with PlasticDB.open(":memory:") as db:
            memory = db.engrams("lists", dimension=DIMENSION, lifespan=1e6)
            ids = memory.remember(vectors, [[which, i] for which in "ABC" for i in range(PAIRS)]).ids
            for which, context in enumerate(contexts, 1):
                for i in rng.permutation(PAIRS).tolist():
                    while _answer(memory, vectors[i], context) != ["ABC"[which], i]:
                        memory.fire([ids[i], ids[which * PAIRS + i]], context=context)
            right = [
                sum(_answer(memory, vectors[i], context) == ["ABC"[which], i] for i in range(PAIRS))
                for which, context in enumerate(contexts, 1)
            ]
        how = "a synapse for each context" if named else "one synapse"
        tell(
            Figure(f"A-B and then A-C, {how}: of the first list", 100 * right[0] / PAIRS, "%", goals[0]),
            Figure("  of the second list", 100 * right[1] / PAIRS, "%", goals[1]),
        )


def _answer(memory: EngramMemory, cue: Any, context: str | None) -> Any:
    return memory.recall(cue, 2, context=context)[-1].payload


def shortcuts(folder: Path, quick: bool = False) -> None:
    """Pairs of concepts that fire 3 to 14 firings apart, among noise; one concept that fires before each of several others."""
    pairs, spokes, firings = (10, 1, 4_000) if quick else (60, 4, 10_000)
    concepts = firings // 15
    rng = np.random.default_rng(0)
    planted = [(2 * i, 2 * i + 1) for i in range(pairs)] + [(2 * pairs, 2 * pairs + 1 + i) for i in range(spokes)]
    stream = _planted(rng, planted, 20, firings)
    stream[stream < 0] = rng.integers(2 * pairs + spokes + 1, concepts, int((stream < 0).sum()))
    vectors = rng.normal(size=(concepts, DIMENSION))
    with PlasticDB.open(folder / "shortcuts.db") as db:
        memory = db.engrams("m", dimension=DIMENSION, lifespan=1e7, shortcuts=16)
        ids = memory.remember(vectors, list(range(concepts))).ids
        began = time.process_time()
        for i in stream.tolist():
            memory.fire(ids[i])
        took = time.process_time() - began
        found = [{one.payload: one.why for one in memory.recall(vectors[a], 10)} for a, _ in planted[:pairs]]
        far = [{one.payload for one in memory.associations(id) if one.why == "apart"} for id in ids]
    came = [some.get(b) for some, (_, b) in zip(found, planted[:pairs], strict=True)]
    made = [{i, j} for i, others in enumerate(far) for j in others]
    true = sum(set(pair) in made for pair in planted)
    tell(
        Figure(
            f"{pairs} pairs far apart in {firings:,} firings: recall@10", (pairs - came.count(None)) / pairs, "", -0.9
        ),
        Figure("  by nearness alone", came.count("near") / pairs, ""),
        Figure("  precision of the shortcuts", 2 * true / max(len(made), 1), "", -0.95),
        Figure("  most shortcuts of one concept", max(map(len, far)), "", 16),
        Figure("  a firing, durable, CPU", 1000 * took / firings, "ms"),
    )


def _planted(rng: np.random.Generator, pairs: list[tuple[int, int]], times: int, firings: int) -> NDArray[np.int64]:
    """Firings in which each pair is so many times, 3 to 14 apart; -1 where there is nothing yet."""
    fires = np.full(firings, -1)
    for one, other in np.repeat(pairs, times, axis=0).tolist():
        while True:
            at, behind = int(rng.integers(firings - 15)), int(rng.integers(3, 15))
            if fires[at] < 0 and fires[at + behind] < 0:
                break
        fires[at], fires[at + behind] = one, other
    return fires


def symbols(folder: Path, quick: bool = False) -> None:
    """Pairs of symbols 5 to 28 apart in long samples, among noise as words are; one symbol stands before each of 24 others."""
    pairs, spokes, samples = (10, 4, 600) if quick else (60, 24, 2_000)
    rng = np.random.default_rng(0)
    planted = [(f"a {i}", f"b {i}") for i in range(pairs)] + [("hub", f"spoke {i}") for i in range(spokes)]
    logs = _logs(rng, planted, 20, samples)
    took = {}
    for reach in (None, 32):
        with PlasticDB.open(folder / f"symbols {reach}.db") as db:
            memory = db.sequence("m", tokenizer="symbols", views="suffix 4", shortcuts=reach)
            memory.learn_many(logs, consolidate=False)
            began = time.process_time()
            memory.consolidate(100)
            took[reach] = time.process_time() - began
            if reach is None:
                near = [set(memory.predict([one], 10)) for one, _ in planted[:pairs]]
                continue
            found = [{one.symbol for one in memory.associations([a], 10)} for a, _ in planted[:pairs]]
            asked = db.query("MATCH (a:Atom)-[:APART]->(b:Atom) RETURN a.symbol AS one, b.symbol AS other")
            made = [(row["one"], row["other"]) for row in asked]
    degrees = Counter(one for one, _ in made)
    came, told = (sum(b in some for some, (_, b) in zip(sets, planted, strict=False)) for sets in (found, near))
    tell(
        Figure(f"{pairs} pairs of symbols far apart in {samples:,} samples: recall@10", came / pairs, "", -0.9),
        Figure("  by what is predicted next", told / pairs, ""),
        Figure(
            "  precision of the shortcuts", 2 * sum(pair in made for pair in planted) / max(len(made), 1), "", -0.95
        ),
        Figure("  most shortcuts of one symbol", max(degrees.values()), "", 16),
        Figure("  a symbol of a consolidation, CPU", 1e6 * (took[32] - took[None]) / sum(map(len, logs)), "us"),
    )


def _logs(rng: np.random.Generator, pairs: list[tuple[str, str]], times: int, samples: int) -> list[list[str]]:
    """Samples of 40 symbols of noise, a few of which are frequent, in which each pair is so many times, 5 to 28 apart."""
    share = 1.0 / np.arange(3, 603)
    noise = rng.choice(600, (samples, 40), p=share / share.sum())
    logs = [[f"noise {one}" for one in sample] for sample in noise.tolist()]
    taken = np.zeros((samples, 40), bool)
    for one, other in [pair for pair in pairs for _ in range(times)]:
        while True:
            log, at, behind = int(rng.integers(samples)), int(rng.integers(12)), int(rng.integers(5, 29))
            if not taken[log, [at, at + behind]].any() and other not in logs[log]:
                break
        taken[log, [at, at + behind]] = True
        logs[log][at], logs[log][at + behind] = one, other
    return logs


def events() -> None:
    """What symbols are far apart in sessions of events, held against sessions that were not learned."""
    split = splits.events()
    names = sorted({symbol for sample in split.learned for symbol in sample})
    number = {name: i for i, name in enumerate(names)}
    learned, held = (_read(some, number) for some in (split.learned, split.held))
    began = time.process_time()
    found = far(learned, Window(4, 32), len(names))
    took = time.process_time() - began
    key, occasions = apart(held, Window(4, 32), len(names))
    ends = np.divmod(key, len(names))
    met = sum(np.bincount(end, occasions, len(names)) for end in ends)
    chance = by_shares(found.one, found.other, np.asarray(met, float))
    at, there = places(key, found.one * len(names) + found.other)
    came = np.where(there, occasions[at], 0.0)
    tell(
        Figure(
            f"{split.name}, {len(found.one):,} shortcuts: above chance in others", 100 * (came > chance).mean(), "%"
        ),
        Figure("  how many times as often as by chance, there", float(came.sum() / chance.sum()), ""),
        Figure("  the same where they were learned", float(found.occasions.sum() / found.expected.sum()), ""),
        Figure("  a symbol, CPU", 1e6 * took / len(learned.codes), "us"),
    )


def _read(samples: list[list[str]], number: dict[str, int]) -> Read:
    codes = np.array([number.get(symbol, -1) for sample in samples for symbol in sample], np.int64)
    return Read(codes, np.cumsum([0, *map(len, samples)]), np.ones(len(samples)))


def decay(synapses: int = 1_000, looks: int = 1_000) -> None:
    """The most by which weights that fade when they are looked at differ from such that a pass over all of them lets fade."""
    rng = np.random.default_rng(0)
    half_life, kappa = 100.0, 2.0
    start = Synapses(rng.normal(size=synapses), rng.uniform(0, 3, synapses), np.zeros(synapses))
    swept, lazy = start.weight.copy(), start
    importance, now = start.importance.copy(), 0.0
    for _ in range(looks):
        elapsed = float(rng.exponential(1.0))
        now += elapsed
        swept = np.asarray(faded(swept, elapsed, half_life, importance, kappa))
        some = rng.permutation(synapses)[:5]
        prevented = rng.uniform(0, 1, len(some))
        seen = Synapses(lazy.weight[some], lazy.importance[some], lazy.since[some])
        after = mattered(seen, prevented, 0.0, now, half_life, kappa)
        for name in ("weight", "importance", "since"):
            getattr(lazy, name)[some] = getattr(after, name)
        importance[some] += prevented
    difference = np.abs(settled(lazy, now, half_life, kappa).weight - swept).max()
    tell(
        Figure(f"{synapses:,} weights that fade when looked at, against {looks:,} sweeps", float(difference), "", 1e-9)
    )


def homeostasis(seeds: Sequence[int] = range(3)) -> None:
    """What it brings that neurons which fired often fire less easily: of digits, two labels at a time, all ten at the end.

    The logarithm of a density loses so many nats for each time that the neuron's samples are e times as many as others have,
    while it learns and when it answers. Of every second label there are as many samples as of the others, or a tenth.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        print("NOT MEASURED: homeostasis: pip install 'plasticdb[bench]' has scikit-learn", flush=True)
        return
    images, labels = (np.asarray(part) for part in load_digits(return_X_y=True))
    for share, what in ((1.0, "digits, as many of each label"), (0.1, "digits, a tenth of every second label")):
        for nats in (0.0, 3.0, 10.0, 30.0):
            right = [_evened(images, labels, share, nats, seed) for seed in seeds]
            how = f"{what}: right, over labels" if not nats else f"  evened out by {nats:g} nats"
            tell(Figure(how, 100 * float(np.mean(right)), "%"))


def _evened(images: Floats, labels: NDArray[np.int64], share: float, nats: float, seed: int) -> float:
    """The mean over labels of how many held-out samples are right at the end."""
    rng = np.random.default_rng(seed)
    state, settings = empty(images.shape[1], Settings().rank), Settings()
    held: list[tuple[int, Floats]] = []
    by_label = [images[rng.permutation(np.flatnonzero(labels == one))] for one in range(10)]

    def fitted(state: State, rows: NDArray[np.int64], x: Floats, settings: Settings, shared: float) -> Fit:
        found = fit(state, rows, x, settings, shared)
        often = np.log((state.count[rows] + 1) / (state.count[: state.size].mean() + 1))
        return found._replace(density=found.density - nats * often)

    with patch.object(growing, "fit", fitted):
        for first in range(0, 10, 2):
            task: list[tuple[int, Floats]] = []
            for one in (first, first + 1):
                label(state)
                cut = round(0.3 * len(by_label[one]))
                held += [(one, x) for x in by_label[one][:cut]]
                kept = by_label[one][cut:]
                task += [(one, x) for x in kept[: round((share if one % 2 else 1.0) * len(kept))]]
            for i in rng.permutation(len(task)).tolist():
                growing.learn(state, task[i][1], task[i][0], settings)
    rows, said = np.arange(state.size), growing.says(state)
    right = np.zeros((10, 2))
    for one, x in held:
        best = np.argmax(fitted(state, rows, x, settings, noise(state)).density)
        right[one] += (said[best] == one, 1)
    return float((right[:, 0] / right[:, 1]).mean())
