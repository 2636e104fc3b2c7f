"""What the laws of plasticity show: lists of pairs in two contexts, and weights that fade when they are looked at."""

from __future__ import annotations

from typing import Any

import numpy as np

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
