"""How much of the journal one graph transaction takes: so many symbols that it makes no more rows than the store takes.

How many rows a symbol makes is only known when it was learned: a name shares nearly all of its contexts with others, a line
of source code next to none.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import BadInput
from ..kit.sizes import shown_size

__all__ = ["MAX_MEMORY", "MOST_SYMBOLS", "Pace", "Room"]

MOST_SYMBOLS = 2_000_000
"""Symbols that are learned at a time, however few rows they make: a process holds them all."""
AIM = 0.75
"""Of the rows that a transaction takes, so many are aimed at: what makes more than was expected seldom is too much."""
MANY = 15.0
"""Rows that a symbol is taken to make before one has: more than the words of source code do, at the usual depth."""
FEW = 2.0
"""The same where the graph is empty: if it was too much it is learned again, for which nothing has to be fetched."""
MAX_MEMORY = 1_000_000_000
"""Bytes that a process that learns may take, about."""
PROCESS = 160_000_000
"""Of these, what a process takes that learns nothing."""
FOR_BATCH = 0.7
"""Of what is left the batch may have so much, and what is held of the graph the rest, and what the batch leaves."""


@dataclass(frozen=True, slots=True)
class Room:
    """What a process may take for learning: `symbols` at a time, and bytes for what it holds of the graph (`held`).

    Examples
    --------
    >>> Room.of(1_000_000_000, 10_000, 400)
    Room(symbols=1470000, held=252000000)
    >>> Room.of(100_000_000, 10_000, 400)
    Traceback (most recent call last):
    plasticdb.errors.BadInput: a max_memory of 100 MB is too little for one batch; give at least 165.8 MB
    """

    symbols: int
    held: int

    @classmethod
    def of(cls, max_memory: int, longest: int, a_symbol: int) -> Room:
        """The parts of so many bytes; a batch takes at least the `longest` sample that there may be.

        a_symbol: bytes that a symbol takes that is learned: it depends on how much of it is made.

        Raises
        ------
        BadInput
            That is more than there is, and not what a process takes where nobody said how much.
        """
        ample = max_memory - PROCESS
        symbols = min(MOST_SYMBOLS, int(ample * FOR_BATCH / a_symbol))
        if symbols < longest and max_memory != MAX_MEMORY:
            least = shown_size(PROCESS + int(longest * a_symbol / FOR_BATCH) + 10**5)
            raise BadInput(
                f"a max_memory of {shown_size(max_memory)} is too little for one batch; give at least {least}"
            )
        return cls(max(symbols, longest), ample - symbols * a_symbol)


@dataclass(slots=True)
class Pace:
    """The symbols of the next batch, by what those of the last one made.

    Examples
    --------
    >>> pace = Pace.begin(most_rows=400_000, fresh=False)
    >>> pace.symbols
    20000
    >>> pace.made(rows=100_000, symbols=20_000)
    >>> pace.symbols
    60000
    """

    most_rows: int
    rows_a_symbol: float
    most_symbols: int = MOST_SYMBOLS

    @classmethod
    def begin(cls, most_rows: int, *, fresh: bool, most_symbols: int = MOST_SYMBOLS) -> Pace:
        """Begin carefully, unless the graph is empty (`fresh`)."""
        return cls(most_rows, FEW if fresh else MANY, most_symbols)

    @property
    def symbols(self) -> int:
        """How many symbols the next batch may have."""
        return max(1, min(self.most_symbols, int(AIM * self.most_rows / self.rows_a_symbol)))

    def made(self, rows: int, symbols: int) -> None:
        """Note what a batch made; one without symbols or without rows says nothing."""
        if rows and symbols:
            self.rows_a_symbol = rows / symbols
