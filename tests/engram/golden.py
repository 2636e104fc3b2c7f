"""The golden traces of the reference: which there are, and their steps."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .oracle import Parameters

FOLDER = Path(os.environ.get("PLASTICDB_GOLDEN") or Path(__file__).parents[3] / "shared" / "golden" / "memoria")
NAMES = sorted(file.stem for file in FOLDER.glob("*.npz"))
MISSING = f"there are no golden traces in {FOLDER}; set PLASTICDB_GOLDEN to their folder"

Step = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Trace:
    """One run of the reference; `steps` hold its arrays under the names that the traces' own page explains."""

    name: str
    rows: int
    dimension: int
    parameters: Parameters
    steps: list[Step]

    @property
    def clean(self) -> bool:
        """Whether no quirk of the reference ever showed."""
        return not any(step["quirks"].any() for step in self.steps)


@cache
def load(name: str) -> Trace:
    """A trace by name; whoever replays it reads it only."""
    facts = json.loads((FOLDER / f"{name}.json").read_text())
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as arrays:
        steps: list[Step] = [{} for _ in range(facts["steps"])]
        for key in arrays.files:
            step, _, field = key.partition("_")
            steps[int(step[1:])][field] = arrays[key]
    parameters = Parameters(**facts["params"], weight=facts["weight"])
    return Trace(name, facts["batch_size"], facts["hidden_dim"], parameters, steps)
