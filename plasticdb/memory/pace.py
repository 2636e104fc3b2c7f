"""How much of the journal one graph transaction takes: so many symbols that it makes no more rows than the store takes.

How many rows a symbol makes is only known when it was learned: a name shares nearly all of its contexts with others, a line
of source code next to none.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MOST_SYMBOLS", "Pace"]

MOST_SYMBOLS = 2_000_000
"""Symbols that are learned at a time, however few rows they make: a process holds them all."""
AIM = 0.75
"""Of the rows that a transaction takes, so many are aimed at: what makes more than was expected seldom is too much."""
MANY = 15.0
"""Rows that a symbol is taken to make before one has: more than the words of source code do, at the usual depth."""
FEW = 2.0
"""The same where the graph is empty: if it was too much it is learned again, for which nothing has to be fetched."""


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

    @classmethod
    def begin(cls, most_rows: int, *, fresh: bool) -> Pace:
        """Begin carefully, unless the graph is empty (`fresh`)."""
        return cls(most_rows, FEW if fresh else MANY)

    @property
    def symbols(self) -> int:
        """How many symbols the next batch may have."""
        return max(1, min(MOST_SYMBOLS, int(AIM * self.most_rows / self.rows_a_symbol)))

    def made(self, rows: int, symbols: int) -> None:
        """Note what a batch made; one without symbols or without rows says nothing."""
        if rows and symbols:
            self.rows_a_symbol = rows / symbols
