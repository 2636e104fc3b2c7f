"""Memories of engrams that have lived for a while."""

from __future__ import annotations

from typing import Any

import numpy as np

from plasticdb import PlasticDB
from plasticdb.engram.memory import EngramMemory, Reminded


def useful(reminded: list[Reminded]) -> dict[int, float]:
    return {one.id: 1.5 for one in reminded if one.id % 3}


def lived(db: PlasticDB, steps: int = 60, seed: int = 0, **options: Any) -> EngramMemory:
    """A memory `m` with engrams of every level."""
    rng = np.random.default_rng(seed)
    memory = db.engrams("m", dimension=4, **({"lifespan": 8.0, "capacity": 6} | options))
    for _ in range(steps):
        memory.step(rng.normal(size=(2, 4)), useful)
    return memory
