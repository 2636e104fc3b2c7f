"""Which rows mention a term, and how often: all of a memory's mentions, by term.

Most are in one table, sorted by term; those that came since are kept beside it until they are many. So a note is taken in
at the cost of its own terms. Rows of the dead stay in until `keep` drops them: who asks knows who is alive.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..kit.tables import Ints

__all__ = ["Postings"]

Rows = NDArray[np.int32]

_FRESH = 8
"""The table is made anew when an eighth of it came since, and"""
_FEW = 20_000
"""so many more: so that each mention is sorted a few times only."""


@dataclass(slots=True)
class Postings:
    """Mentions by term.

    Parameters
    ----------
    terms
        The ids of the table's terms, ascending.
    starts
        Where each begins in `rows` and `counts`; one more for the end.
    fresh
        What came since, by term: row by row the count.

    Examples
    --------
    >>> postings = Postings()
    >>> postings.add(np.array([0, 0, 1]), np.array([7, 9, 7]), np.array([1, 2, 3]))
    >>> [part.tolist() for part in postings.of(7)]
    [[0, 1], [1.0, 3.0]]
    """

    terms: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    starts: Ints = field(default_factory=lambda: np.zeros(1, np.int64))
    rows: Rows = field(default_factory=lambda: np.empty(0, np.int32))
    counts: Rows = field(default_factory=lambda: np.empty(0, np.int32))
    fresh: dict[int, dict[int, int]] = field(default_factory=dict)
    more: int = 0

    def of(self, term: int) -> tuple[Ints, NDArray[np.float64]]:
        """The rows that mention a term, and how often; a count of 0 is none."""
        part = self._part(term)
        rows, counts = self.rows[part].astype(np.int64), self.counts[part].astype(np.float64)
        if new := self.fresh.get(term):
            size = len(new)
            rows = np.append(rows, np.fromiter(new.keys(), np.int64, size))
            counts = np.append(counts, np.fromiter(new.values(), np.float64, size))
        return rows, counts

    def add(self, rows: Ints, terms: Ints, counts: Ints) -> None:
        """Take in mentions that are not there yet."""
        if len(rows) > _FEW:
            self._merge(rows, terms, counts)
            return
        for row, term, count in zip(rows.tolist(), terms.tolist(), counts.tolist(), strict=True):
            self.fresh.setdefault(term, {})[row] = count
        self.more += len(rows)
        if self.more > len(self.rows) // _FRESH + _FEW:
            none = np.empty(0, np.int64)
            self._merge(none, none, none)

    def put(self, row: int, term: int, count: int) -> None:
        """Let a row mention a term so often; with 0 it does not any more."""
        part = self._part(term)
        there = np.flatnonzero(self.rows[part] == row)
        if len(there):
            self.counts[part][there] = count
        elif count:
            self.more += row not in self.fresh.setdefault(term, {})
            self.fresh[term][row] = count
        else:
            self.fresh.get(term, {}).pop(row, None)

    def drop(self, rows: Ints) -> None:
        """Let rows mention nothing."""
        self.counts[np.isin(self.rows, rows)] = 0
        gone = set(rows.tolist())
        for new in self.fresh.values():
            for row in gone & new.keys():
                del new[row]

    def keep(self, now: Ints) -> None:
        """Let rows have other numbers: `now` says which, by the old ones; -1: it is gone."""
        self._merge(*(np.empty(0, np.int64),) * 3, now=now)

    def _part(self, term: int) -> slice:
        at = int(np.searchsorted(self.terms, term))
        if at == len(self.terms) or self.terms[at] != term:
            return slice(0, 0)
        return slice(int(self.starts[at]), int(self.starts[at + 1]))

    def _merge(self, rows: Ints, terms: Ints, counts: Ints, now: Ints | None = None) -> None:
        """Make the table anew, with what came since and these."""
        fresh = np.array([(r, t, c) for t, new in self.fresh.items() for r, c in new.items()], np.int64).reshape(-1, 3)
        all_terms = np.concatenate([np.repeat(self.terms, np.diff(self.starts)), fresh[:, 1], terms])
        all_rows = np.concatenate([self.rows.astype(np.int64), fresh[:, 0], rows])
        all_counts = np.concatenate([self.counts.astype(np.int64), fresh[:, 2], counts])
        there = all_counts > 0
        if now is not None:
            all_rows = now[all_rows]
            there &= all_rows >= 0
        order = np.lexsort((all_rows[there], all_terms[there]))
        self.terms, firsts = np.unique(all_terms[there][order], return_index=True)
        self.starts = np.append(firsts, len(order))
        self.rows = all_rows[there][order].astype(np.int32)
        self.counts = np.minimum(all_counts[there][order], 2**31 - 1).astype(np.int32)
        self.fresh, self.more = {}, 0
