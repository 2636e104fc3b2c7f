"""What an engram memory keeps from its making."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..checks import shown
from ..errors import BadInput

__all__ = ["BATCH", "LARGEST_DIMENSION", "LONGEST", "WAYS", "Options", "weighing"]

BATCH = 5_000
"""Events that one graph transaction takes at most."""
LARGEST_DIMENSION = 65_536
_HIGHEST = {
    "dimension": LARGEST_DIMENSION,
    "capacity": 100_000,
    "near": 100_000,
    "far": 100_000,
    "depth": 1_000,
    "seed": 2**62,
    "capacity_long": 2**40,
    "shortcuts": 32,
}
WAYS = ("terms", "vector", "cofired", "time")
"""What speaks for a note when a text is recalled."""
_HEAVIEST = 1_000.0
LONGEST = 2.0**24
"""Ticks; beyond, a float32 can no longer count them one by one."""


def weighing(given: str) -> dict[str, float]:
    """What some ways weigh, by their names; raises BadInput where it says nothing of them.

    >>> weighing("vector 0.5, time 0")
    {'vector': 0.5, 'time': 0.0}
    """
    found: dict[str, float] = {}
    for one in given.split(","):
        way, _, number = one.strip().partition(" ")
        if way not in WAYS or not number:
            raise BadInput(
                f"weights are ways with a number each, such as 'vector 0.5, time 0', not {shown(given)}; the ways are "
                f"{', '.join(WAYS)}"
            )
        try:
            weight = float(number)
        except ValueError:
            weight = math.nan
        if not 0 <= weight <= _HEAVIEST or way in found:
            raise BadInput(f"{way} must have one weight, a number from 0 to {_HEAVIEST:,.0f}, unlike in {shown(given)}")
        found[way] = weight
    return found


def spelled(given: str) -> str:
    """Weights as they are kept, however they were spelled.

    >>> spelled("time 0.0,  vector .50")
    'vector 0.5, time 0'
    """
    found = weighing(given)
    return ", ".join(f"{way} {found[way]:g}" for way in WAYS if way in found)


@dataclass(frozen=True, slots=True)
class Options:
    """How an engram memory was made; the names of the reference are in brackets.

    Parameters
    ----------
    dimension
        Numbers in a vector.
    capacity
        Engrams that short-term memory holds (stm_capacity).
    near
        Short-term engrams that are reminded at a time (num_reminded_stm).
    far
        Long-term ones (num_final_ltms).
    depth
        Steps that a walk through long-term memory takes (ltm_search_depth).
    lifespan
        Ticks that a new engram lives (initial_lifespan); None: until it is forgotten.
    seed
        Of the choices between equals.
    embedder
        What makes vectors of texts, by its name; None: the memory takes vectors.
    embedder_version
        Of which version it was.
    language
        Of the stems of words (see `plasticdb.engram.terms`); None: words are terms as they are.
    stop_words
        Leave out words that are in every text.
    merge_above
        The cosine of a text's vector with that of a note that is alive from which on it is merged into that one, from 0 to
        1; None: never.
    capacity_long
        Engrams that long-term memory holds; beyond, the least useful go. None: any number.
    shortcuts
        How many firings may lie between two engrams that never fire together, and yet are associated where they fire apart
        so again and again (see `plasticdb.engram.apart`); None: no such associations are made.
    weights
        What ways of recalling a text weigh, where not as usual (see `plasticdb.engram.evidence.Weights`): `vector 0.5, time 0`.
    formerly
        What the embedder and the dimension were before: see `plasticdb.memory.options.then`.
    """

    dimension: int
    capacity: int = 32
    near: int = 8
    far: int = 8
    depth: int = 5
    lifespan: float | None = 32.0
    seed: int = 0
    embedder: str | None = None
    embedder_version: str | None = field(default=None, metadata={"asked": False})
    language: str | None = None
    stop_words: bool = False
    capacity_long: int | None = None
    merge_above: float | None = None
    shortcuts: int | None = None
    weights: str | None = field(default=None, metadata={"read": spelled})
    formerly: Sequence[Mapping[str, Any]] = field(default=(), metadata={"asked": False, "shown": False})

    def __post_init__(self) -> None:
        for name, highest in _HIGHEST.items():
            value = getattr(self, name)
            if value is None and name in ("capacity_long", "shortcuts"):
                continue
            lowest = 1 if name in ("dimension", "shortcuts") else 0
            if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
                raise BadInput(f"{name} must be a whole number from {lowest} to {highest:,}, not {value!r}")
        if self.lifespan is not None:
            self._check_lifespan(self.lifespan)
        if self.merge_above is not None:
            self._check_merging(self.merge_above)
        if self.weights is not None:
            weighing(self.weights)
        object.__setattr__(self, "formerly", tuple(self.formerly))
        if [one["until"] for one in self.formerly] != sorted(one["until"] for one in self.formerly):
            raise BadInput("what the options were formerly must be in order")

    def _check_lifespan(self, lifespan: float) -> None:
        if isinstance(lifespan, bool) or not isinstance(lifespan, int | float):
            raise BadInput(f"lifespan must be a number of ticks, not {lifespan!r}")
        if not (math.isfinite(lifespan) and 0 < lifespan <= LONGEST):
            raise BadInput(f"lifespan must be above 0 and at most {int(LONGEST):,} ticks, not {lifespan}")

    def _check_merging(self, cosine: float) -> None:
        if isinstance(cosine, bool) or not isinstance(cosine, int | float) or not 0 < cosine <= 1:
            raise BadInput(f"merge_above must be a cosine above 0, up to 1, not {cosine!r}")

    def then(self, position: int) -> int:
        """The dimension of the vectors that were remembered at a position."""
        return next((int(one["dimension"]) for one in self.formerly if position <= one["until"]), self.dimension)

    @property
    def life(self) -> float:
        """Ticks that a new engram lives."""
        return math.inf if self.lifespan is None else self.lifespan
