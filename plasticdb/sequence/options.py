"""What a sequence memory keeps from its making, and how much it takes at a time."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import BadInput
from .tokens import Tokenizer, tokenizer

__all__ = ["BATCH", "BATCH_SYMBOLS", "Options"]

BATCH = 50_000
"""Events that one graph transaction takes at most."""
BATCH_SYMBOLS = 500_000
"""Symbols that one graph transaction takes at most (a longer single event excepted)."""


@dataclass(frozen=True, slots=True)
class Options:
    """How samples are cut, how many symbols back a context reaches, and the longest sample that is taken."""

    tokenizer: str = "chars"
    depth: int = 5
    max_symbols: int = 10_000

    def __post_init__(self) -> None:
        tokenizer(self.tokenizer)
        if not 1 <= self.depth <= 20:
            raise BadInput(f"depth must be 1 to 20, not {self.depth}")
        if not 1 <= self.max_symbols <= 1_000_000:
            raise BadInput(f"max_symbols must be 1 to 1,000,000, not {self.max_symbols}")

    @property
    def cut(self) -> Tokenizer:
        """The tokenizer itself."""
        return tokenizer(self.tokenizer)
