"""Views: how a set of them is spelled, which contexts each makes, and that the set makes no other difference."""

from __future__ import annotations

from collections import Counter
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import BadInput, BadMemory, PlasticDB
from plasticdb.memory.verify import differences
from plasticdb.sequence.schema import CONTEXT, HISTORY
from plasticdb.sequence.tokens import tokenizer
from plasticdb.sequence.views import chains, read, spell, spelled, usual
from plasticdb.sequence.vocabulary import Vocabulary, encode

from ...effort import times
from ...plain_views import Key, plainly
from ..prediction.test_predict import said

LARGE = "suffix 1-6 8 12 24, skip 1 of 4, follower, follower 2, follower 4, word, line"
words = st.text("ab", max_size=7)
SETS = [
    *("suffix 1", "suffix 6", "suffix 2, position 1", "suffix 3, position 4", "suffix 2, position all"),
    *("suffix 1, skip 1 of 3", "suffix 2, skip 2 of 5, skip 3 of 4 within 5", "suffix 2, follower"),
    *("suffix 1, follower 3", "suffix 1, follower, follower 2"),
    *("suffix 1-2 4 7", "suffix 1 3, word", "suffix 1, line", "suffix 1-3 5 8, word, line"),
    *("suffix 1, first 1", "suffix 2, first 3"),
]
letters = st.text("ab _.\u00e9", max_size=12)


def contexts(db: PlasticDB) -> set[tuple[str, int, str]]:
    """(chain, at, text) of all contexts."""
    columns = ("chain", "at", "text")
    tables = db._store.scan_nodes("m", CONTEXT, list(columns))
    rows = [row for table in tables for row in zip(*(table[name].tolist() for name in columns), strict=True)]
    return {row for row in rows if row[0] != "prefix"}


def old(db: PlasticDB, **options: Any) -> None:
    """Make a memory as it was made when there was one set of views."""
    db._journal.create("m", "sequence", {"tokenizer": "chars", "depth": 5, "max_symbols": 10_000} | options)


@pytest.mark.parametrize("views", ["position 16,suffix 5", "  suffix   5 ,position 16", "suffix 5, position 16"])
def test_a_set_is_one_however_it_is_spelled(views: str) -> None:
    assert spelled(views) == "suffix 5, position 16"
    assert read(views) == read("suffix 5, position 16")
    assert spelled("suffix 2, follower 3, follower 1") == "suffix 2, follower, follower 3"


@pytest.mark.parametrize(
    ("views", "said"),
    [
        ("jump 3", "there is no view 'jump 3'; a set of views is \"suffix 6\", or"),
        ("sufix 3", r"there is no view 'sufix 3' \(did you mean 'suffix'\?\)"),
        ("larg", "there is no view 'larg'"),
        ("", "there is no view ''"),
        ("suffix", "'suffix' is no view; take \"suffix 6\""),
        ("suffix 5 position 16", "'suffix 5 position 16' is no view; take \"suffix 6\""),
        ("suffix 5,", "there is no view ''"),
        ("suffix \u0665", "'suffix \u0665' is no view; take"),
        ("suffix 0", "the view suffix must be 1 to 64, not 0"),
        ("suffix 65", "the view suffix must be 1 to 64, not 65"),
        ("suffix -1", "the view suffix must be 1 to 64, not -1"),
        ("suffix all", "the view suffix must be 1 to 64, not all"),
        ("suffix 5, position 0", "the view position must be 1 to 64, or all, not 0"),
        ("suffix 5, position 65", "the view position must be 1 to 64, or all, not 65"),
        ("suffix 5, suffix 6", "views name suffix twice; give it once"),
        ("suffix 2-3 5", "the depths of the view suffix must begin with 1: 'suffix 2-3 5'"),
        ("suffix 1 3, word 2", "'word 2' is no view; take \"word\" alone"),
        ("suffix 3-2", "the depths of the view suffix must ascend: 'suffix 3-2'"),
        ("suffix 1-3 3", "the depths of the view suffix must ascend"),
        ("suffix 1-65", "the view suffix must be 1 to 64, not 65"),
        (
            "suffix 2, skip 3",
            'take "skip 2 of 5", which is the last 5 symbols without the 2nd last, or "skip 2 of 5 within 16"',
        ),
        (
            "suffix 2, skip 0 of 3",
            "the view skip leaves out one of the last 8, and looks farther back: not 'skip 0 of 3'",
        ),
        ("suffix 2, skip 3 of 3", "the view skip leaves out one of the last 8, and looks farther back"),
        ("suffix 2, skip 9 of 12", "the view skip leaves out one of the last 8"),
        ("suffix 2, skip 2 of 65", "the view skip must be 1 to 64, not 65"),
        ("suffix 2, skip 2 of 4 within 0", "the view skip must be 1 to 64, not 0"),
        ("suffix 2, skip 2 of 4, skip 2 of 5", "views name skip 2 twice; give it once"),
        ("suffix 2, follower 0", "the view follower must be 1 to 8, not 0"),
        ("suffix 2, follower 9", "the view follower must be 1 to 8, not 9"),
        ("suffix 2, follower a", '\'follower a\' is no view; take "follower", or "follower 3"'),
        ("suffix 2, first", "'first' is no view; take \"first 3\""),
        ("suffix 2, first 0", "the view first must be 1 to 64, not 0"),
        ("suffix 2, follower, follower", "views name follower twice; give it once"),
        ("suffix 2, follower 3, follower 3", "views name follower 3 twice; give it once"),
        ("position 16", 'views need suffix, which alone always speaks: "suffix 5, position 16"'),
    ],
)
def test_what_is_no_set_is_refused_in_one_line(views: str, said: str) -> None:
    with PlasticDB.open(":memory:") as db:
        with pytest.raises(BadInput, match=said) as refused:
            db.sequence("m", views=views)
        assert "\n" not in str(refused.value)
        assert db.memories() == []


def test_a_new_memory_has_the_views_of_its_tokenizer() -> None:
    assert usual("chars") == "suffix 5, position 16, skip 2 of 5 within 16"
    assert usual("chars", size="small") == "suffix 5, position 16"
    assert usual("chars", depth=3) == "suffix 3, position 16, skip 2 of 5 within 16"
    assert usual("chars", size="large") == usual("bytes", size="large") == LARGE
    assert usual("chars", paragraphs=True) == usual("bytes") == "suffix 6"
    assert usual("words", paragraphs=True) == usual("symbols") == "suffix 4, skip 1 of 3, follower"
    assert usual("words", size="small") == "suffix 4"
    assert usual("words", depth=2) == "suffix 2, skip 1 of 3, follower"


def test_paragraphs_of_characters_have_a_deeper_suffix(tmp_path: Any) -> None:
    (tmp_path / "a.txt").write_text("emma\nand emily\n\nann\n")
    with PlasticDB.open(":memory:") as db:
        db.sequence("lines").ingest([tmp_path / "a.txt"])
        db.sequence("text").ingest([tmp_path / "a.txt"], input="text")
        db.sequence("asked", views="suffix 2").ingest([tmp_path / "a.txt"], input="text")
        assert [db.memory(name).stats()["views"] for name in ("lines", "text", "asked")] == [
            "suffix 5, position 16, skip 2 of 5 within 16",
            "suffix 6",
            "suffix 2",
        ]
        db.sequence("lines").ingest([tmp_path / "a.txt"], input="text", source="again")
        assert db.memory("lines").stats()["views"] == usual("chars"), "it keeps what it has"


def test_a_memory_keeps_its_views() -> None:
    with PlasticDB.open(":memory:") as db:
        db.sequence("m", views="position 3, suffix 2").learn("emma")
        assert db.sequence("m", views="suffix 2,position 3", depth=2).options.views == "suffix 2, position 3"
        said = (
            "'m' was made with views 'suffix 2, position 3', not 'suffix 2'; leave the option out, or take another name"
        )
        with pytest.raises(BadMemory, match=said):
            db.sequence("m", views="suffix 2")
        with pytest.raises(BadInput, match="depth 3 does not go with the views 'suffix 2'; leave the depth out"):
            db.sequence("n", views="suffix 2", depth=3)


def test_a_memory_that_kept_none_has_what_there_was() -> None:
    with PlasticDB.open(":memory:") as db, PlasticDB.open(":memory:") as new:
        old(db, depth=3)
        db.sequence("m").learn("emma" * 6)
        assert db.memory("m").stats()["views"] == "suffix 3, position all"
        assert "views" not in db._journal.memory("m").options, "an older version can open it"  # type: ignore[union-attr]
        assert db.sequence("m", views="suffix 3, position all").options.views == "suffix 3, position all"
        with pytest.raises(BadMemory, match="was made with views 'suffix 3, position all', not 'suffix 3'"):
            db.sequence("m", views="suffix 3")
        new.sequence("m", views="suffix 3, position all").learn("emma" * 6)
        assert contexts(db) == contexts(new)
        assert ("position", 25, "mma") in contexts(db)


def test_the_position_is_seen_of_the_first_symbols_alone() -> None:
    with PlasticDB.open(":memory:") as db:
        db.sequence("m", views="suffix 1, position 2").learn("abc")
        assert contexts(db) == {
            *(("suffix", 0, text) for text in ("", "\u2402", "a", "b", "c")),
            ("position", 0, ""),
            *(("position", 1, text) for text in ("", "\u2402")),
            *(("position", 2, text) for text in ("", "a", "\u2402a")),
        }
        root = db._store.scan_nodes("m", CONTEXT, ["chain", "at", "text", "count"])
        counts = {row[:3]: row[3] for table in root for row in zip(*table.values(), strict=True)}
        assert (counts["suffix", 0, ""], counts["position", 0, ""]) == (4, 2), "its root, too"


@settings(deadline=None, max_examples=times(40))
@given(st.sampled_from(SETS), st.lists(letters, min_size=1, max_size=6))
def test_each_view_has_the_contexts_of_a_plain_loop(views: str, some: list[str]) -> None:
    """Each context is there, under its name, and was taught as often."""
    expected: Counter[Key] = Counter()
    for sample in some:
        expected += plainly(views, sample)
    with PlasticDB.open(":memory:") as db:
        db.sequence("m", views=views).learn_many(some)
        found: Counter[Key] = Counter()
        for table in db._store.scan_nodes("m", CONTEXT, ["chain", "at", "text", "count", "r_level", "length"]):
            for chain, at, text, count, r_level, length in zip(
                *(column.tolist() for column in table.values()), strict=True
            ):
                found[chain, at, text] += count
                assert length == len(text)
                assert r_level == len(text) + (at > 0) or "-" in views or " 1 3" in views or "line" in views
    assert found == expected


@settings(deadline=None, max_examples=times(40))
@given(
    st.sampled_from(SETS), st.lists(st.text("abc", max_size=12), min_size=1, max_size=6), st.text("abc", max_size=12)
)
def test_one_history_has_the_contexts_that_it_has_among_many(views: str, some: list[str], prompt: str) -> None:
    vocabulary, characters = Vocabulary("m"), tokenizer("chars")
    many = encode(characters, [prompt, *some], vocabulary)
    one = encode(characters, [prompt], vocabulary)
    target = one.offsets[1:] - 1
    for alone, beside in zip(
        chains(one, vocabulary, read(views), target), chains(many, vocabulary, read(views)), strict=True
    ):
        expected = [
            (level.depth, level.hashes[level.context[at]], spell(many, beside, level.depth, int(level.context[at])))
            for level in beside
            for at in np.flatnonzero(level.target == target)
        ]
        assert [(level.depth, level.hashes[0], spell(one, alone, level.depth, 0)) for level in alone] == expected


def test_a_size_stands_for_the_views_that_a_memory_has() -> None:
    with PlasticDB.open(":memory:") as db:
        db.sequence("m", views="small", tokenizer="words").learn("so it goes")
        assert db.sequence("m", views="small").options.views == "suffix 4"
        with pytest.raises(BadMemory, match="'m' was made with views 'suffix 4', not 'standard'"):
            db.sequence("m", views="standard")
        db.sequence("n", views="small", depth=2).learn("so")
        assert db.sequence("n", views="small", depth=2).options.views == "suffix 2, position 16"


@settings(deadline=None, max_examples=times(20))
@given(st.lists(st.text("ab", max_size=3), min_size=1, max_size=10), st.text("ab", max_size=9))
def test_what_is_silent_does_not_vote(some: list[str], prompt: str) -> None:
    """Where the position view ends, the suffix speaks as if it were alone; before that, as if there were no end."""
    with PlasticDB.open(":memory:") as db:
        for name, views in (("alone", "suffix 3"), ("all", "suffix 3, position all"), ("m", "suffix 3, position 4")):
            db.sequence(name, views=views).learn_many(some)
        other = "all" if len(prompt) < 4 else "alone"
        assert db.sequence("m").predict(prompt) == pytest.approx(db.sequence(other).predict(prompt), abs=1e-12)
        assert set(db.sequence("m").explain(prompt).shares) == set(db.sequence(other).explain(prompt).shares)


@settings(deadline=None, max_examples=times(10))
@given(st.lists(st.text("ab", max_size=30), min_size=1, max_size=6), st.text("ab", max_size=30))
def test_a_position_without_an_end_equals_the_oracle(oracle: ModuleType, some: list[str], prompt: str) -> None:
    reference = oracle.Memory(5)
    for sample in some:
        reference.learn(sample)
    expected = said(oracle, reference, prompt, 99).p
    with PlasticDB.open(":memory:") as db:
        old(db)
        db.sequence("m").learn_many(some)
        found = {symbol.replace("␃", "$"): p for symbol, p in db.sequence("m").predict(prompt).items()}
    assert found == pytest.approx(expected, abs=1e-9)


@settings(deadline=None, max_examples=times(20))
@given(
    st.sampled_from(SETS), st.lists(words, max_size=10), st.lists(words, max_size=5), st.integers(1, 12), st.randoms()
)
def test_every_set_learns_and_unlearns_in_any_order_and_batch(
    views: str, kept: list[str], gone: list[str], batch: int, rng: Any
) -> None:
    with PlasticDB.open(":memory:") as db, PlasticDB.open(":memory:") as never:
        never.sequence("m", views=views).learn_many(kept)
        memory = db.sequence("m", views=views, batch=batch)
        memory.learn_many(gone, source="gone")
        memory.learn_many(rng.sample(kept, len(kept)))
        if gone:
            memory.unlearn(source="gone")
        if kept:
            assert differences(db._store, never._store, "m", but=HISTORY) == []
            assert contexts(db) == contexts(never)
        assert not (kept or gone) or memory.verify() == []
