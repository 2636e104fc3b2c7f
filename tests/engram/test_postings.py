"""Who mentions a term: in one table, and beside it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb.engram import postings as module
from plasticdb.engram.postings import Postings

TERMS = (3, 5, 2**62)
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.dictionaries(st.sampled_from(TERMS), st.integers(1, 4))),
        st.tuples(st.just("put"), st.integers(0, 20), st.sampled_from(TERMS), st.integers(0, 4)),
        st.tuples(st.just("drop"), st.integers(0, 20)),
    ),
    max_size=30,
)


@settings(deadline=None)
@given(DEEDS, st.sampled_from([0, 2, 1000]))
def test_it_says_what_a_dictionary_would(deeds: list[tuple], few: int) -> None:
    postings, plain = Postings(), dict[tuple[int, int], int]()
    rows = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_FEW", few)
        for what, *how in deeds:
            if what == "add":
                plain |= {(rows, term): count for term, count in how[0].items()}
                terms = np.array(sorted(how[0]), np.int64)
                counts = np.array([how[0][term] for term in sorted(how[0])], np.int64)
                postings.add(np.full(len(terms), rows), terms, counts)
                rows += 1
            elif what == "put" and how[0] < rows:
                row, term, count = how
                plain[row, term] = count
                postings.put(row, term, count)
            elif what == "drop" and how[0] < rows:
                now = np.array([-1 if row == how[0] else row - (row > how[0]) for row in range(rows)] + [-1])
                plain = {(now[row], term): count for (row, term), count in plain.items() if now[row] >= 0}
                postings.keep(now)
                rows -= 1
    for term in (*TERMS, 4):
        found = {row: count for row, count in zip(*map(np.ndarray.tolist, postings.of(term)), strict=True) if count}
        assert found == {row: count for (row, of), count in plain.items() if of == term and count}


def test_a_mention_that_comes_back_is_there_once() -> None:
    postings = Postings()
    for count in (2, 0, 3, 0, 0, 1):
        postings.put(0, 7, count)
        assert postings.of(7)[1].sum() == count


def test_each_mention_is_sorted_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    sorted_: list[int] = []
    merge = Postings._merge

    def counted(self: Postings, *how: object, **by: object) -> None:
        merge(self, *how, **by)  # type: ignore[arg-type]
        sorted_.append(len(self.rows))

    monkeypatch.setattr(module, "_FEW", 10)
    monkeypatch.setattr(Postings, "_merge", counted)
    postings = Postings()
    for row in range(5000):
        postings.add(np.array([row]), np.array([row % 7]), np.array([1]))
    assert sum(sorted_) < 15 * 5000
