"""What a transform memory keeps from its making."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..errors import BadInput

__all__ = ["BATCH", "LARGEST_DIMENSION", "SIMILARITIES", "Options"]

BATCH = 20_000
"""Events that one graph transaction takes at most."""
LARGEST_DIMENSION = 4_096
SIMILARITIES = ("l2", "cosine")


@dataclass(frozen=True, slots=True)
class Options:
    """How a transform memory was made.

    Parameters
    ----------
    key_dimension, value_dimension
        Numbers in a key, and in a value.
    capacity
        Raw slots that it holds: where another is written, the least used one is archived. None: any number.
    half_life
        Seconds after which a use counts half.
    similarity
        By what keys are near: `l2`, their distance; or `cosine`, their direction alone, so that they are kept at length 1.
    """

    key_dimension: int
    value_dimension: int
    capacity: int | None = None
    half_life: float = 86_400.0
    similarity: str = "l2"

    def __post_init__(self) -> None:
        for name, highest in (
            ("key_dimension", LARGEST_DIMENSION),
            ("value_dimension", LARGEST_DIMENSION),
            ("capacity", 2**40),
        ):
            value = getattr(self, name)
            if value is None and name == "capacity":
                continue
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= highest:
                raise BadInput(f"{name} must be a whole number from 1 to {highest:,}, not {value!r}")
        if self.similarity not in SIMILARITIES:
            raise BadInput(f"similarity must be one of {', '.join(SIMILARITIES)}, not {self.similarity!r}")
        life = self.half_life
        if isinstance(life, bool) or not isinstance(life, int | float) or not (math.isfinite(life) and life > 0):
            raise BadInput(f"half_life must be a number of seconds above 0, not {life!r}")
