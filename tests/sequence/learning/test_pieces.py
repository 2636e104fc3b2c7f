"""Pieces: what contexts take in one step is a node of its own, counted exactly, and gone when no context has it."""

from __future__ import annotations

from collections import Counter
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import PlasticDB, Stuck
from plasticdb.graph.store import Changes, NodeChanges
from plasticdb.sequence.schema import CONTEXT, PIECE

from ...effort import times

VIEWS = "suffix 1-2 4 7, word, line"
words = st.text("ab _.", max_size=12)


def pieces(db: PlasticDB) -> dict[str, int]:
    tables = db._store.scan_nodes("m", PIECE, ["text", "count"])
    return {text: count for t in tables for text, count in zip(t["text"].tolist(), t["count"].tolist(), strict=True)}


def named(db: PlasticDB, memory: str) -> dict[str, int]:
    """The texts of contexts, and their lengths."""
    tables = db._store.scan_nodes(memory, CONTEXT, ["text", "length"])
    return {text: n for t in tables for text, n in zip(t["text"].tolist(), t["length"].tolist(), strict=True)}


def taken(db: PlasticDB) -> dict[str, int]:
    """What contexts of characters take in one step, by their texts: how often they heard a symbol."""
    columns = ["id", "parent", "text", "count"]
    tables = db._store.scan_nodes("m", CONTEXT, columns)
    rows = {row[0]: row for t in tables for row in zip(*(t[name].tolist() for name in columns), strict=True)}
    found: Counter[str] = Counter()
    for _, parent, text, count in rows.values():
        above = rows[parent][2] if parent is not None else ""
        assert text.endswith(above)
        if len(text) - len(above) > 1:
            found[text[: len(text) - len(above)]] += count
    return dict(found)


@settings(deadline=None, max_examples=times(30))
@given(st.lists(words, max_size=8), st.lists(words, max_size=5), st.integers(1, 12))
def test_a_piece_counts_what_the_contexts_heard_that_take_it(kept: list[str], gone: list[str], batch: int) -> None:
    with PlasticDB.open(":memory:") as db, PlasticDB.open(":memory:") as never:
        memory = db.sequence("m", views=VIEWS, batch=batch)
        memory.learn_many(gone, source="gone")
        memory.learn_many([*kept, "a word or two"])
        if gone:
            memory.reinforce(source="gone")
            assert pieces(db) == taken(db)
            memory.unlearn(source="gone")
        never.sequence("m", views=VIEWS).learn_many([*kept, "a word or two"])
        assert pieces(db) == taken(db) == pieces(never)
        assert memory.store.memory("m").totals["pieces"] == len(pieces(db))  # type: ignore[union-attr]


def test_pieces_go_with_the_last_context_that_takes_them() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", views="suffix 1, word")
        memory.learn("in a word")
        assert pieces(db) == {"in": 8, "wo": 1, "wor": 1, "word": 1}
        memory.unlearn("in a word")
        assert pieces(db) == {}


def test_a_collapse_takes_pieces_away() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", views=VIEWS)
        memory.learn_many(["a word or two", "a word or three", "two words"])
        before = pieces(db)
        memory.collapse(60)
        assert pieces(db) == taken(db)
        assert len(pieces(db)) < len(before)
        memory.learn("a word or four")
        assert pieces(db) == taken(db)
        assert memory.verify() == []


def test_who_predicts_needs_no_pieces() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", views=VIEWS)
        memory.learn_many(["a word or two", "a word or three"])
        expected = memory.predict("a word or t")
        memory.release()
        graph = db._store.memory("m")
        assert graph is not None
        ids = np.sort(np.concatenate([t["id"] for t in db._store.scan_nodes("m", PIECE, ["id"])]))
        changes = Changes([NodeChanges(PIECE, delete=ids)], totals=graph.totals)
        assert db._store.apply("m", changes, graph.position, graph.position, "1:x")
        assert memory.predict("a word or t") == expected
        assert any("\ufffd" in line for line in memory.verify()), "who looks at texts misses them"


def test_two_texts_with_one_id_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m", views="suffix 1, word")
        there = import_module("plasticdb.sequence.views.chains")
        monkeypatch.setattr(there, "running", lambda of, begin, end: np.full(len(of.batch.codes), 5, np.uint64))
        memory.learn("ab")
        with pytest.raises(Stuck, match=r"two pieces have the id .*: 'cd' and 'ab'; rename the memory"):
            memory.learn("cd")


def test_texts_of_all_tokenizers_are_whole() -> None:
    with PlasticDB.open(":memory:") as db:
        db.sequence("w", tokenizer="words", views="suffix 1 3").learn("so it goes")
        db.sequence("b", tokenizer="bytes", views="suffix 1 3, word").learn(b"a\\b\xff")
        found = {name: named(db, name) for name in "wb"}
    assert {"\u2402 so", "\u2402 so it", "so it goes"} <= found["w"].keys()
    assert found["w"]["so it goes"] == 3
    assert {"\u2402a\\\\", "a\\\\b", "\\\\b\\xff"} <= found["b"].keys()
