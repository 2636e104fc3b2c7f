"""What the laws of plasticity show: two lists in two contexts, pairs far apart, and weights that fade when looked at."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plasticdb import PlasticDB
from plasticdb.engram.memory import EngramMemory
from plasticdb.kit.plasticity import Synapses, faded, mattered, settled

from .report import Figure, tell

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
