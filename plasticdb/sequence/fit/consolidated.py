"""What comes of a consolidation."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Consolidated"]


@dataclass(frozen=True, slots=True)
class Consolidated:
    """What a memory found out about itself.

    Attributes
    ----------
    samples, symbols
        How many samples were left out and predicted, one by one, and their symbols (stops included).
    nats
        What these cost: each was predicted before anything was fitted to it, by a memory that had not learned it.
    """

    samples: int
    symbols: int
    nats: float

    @property
    def nats_per_symbol(self) -> float:
        """How well the memory predicts what it has not seen."""
        return self.nats / self.symbols
