"""Views: how a set of them is spelled, which contexts each makes, and that the set makes no other difference."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import BadInput, BadMemory, PlasticDB
from plasticdb.memory.verify import differences
from plasticdb.sequence.schema import CONTEXT, HISTORY
from plasticdb.sequence.views import read, spelled, usual

from ..effort import times
from .test_predict import said

words = st.text("ab", max_size=7)
SETS = ["suffix 1", "suffix 6", "suffix 2, position 1", "suffix 3, position 4", "suffix 2, position all"]


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


@pytest.mark.parametrize(
    ("views", "said"),
    [
        ("skip 3", "there is no view 'skip 3'; a set of views is \"suffix 6\", or"),
        ("", "there is no view ''"),
        ("suffix", "there is no view 'suffix'"),
        ("suffix 5 position 16", "there is no view 'suffix 5 position 16'"),
        ("suffix 5,", "there is no view ''"),
        ("suffix \u0665", "there is no view 'suffix \u0665'"),
        ("suffix 0", "the view suffix must be 1 to 64, not 0"),
        ("suffix 65", "the view suffix must be 1 to 64, not 65"),
        ("suffix -1", "the view suffix must be 1 to 64, not -1"),
        ("suffix all", "the view suffix must be 1 to 64, not all"),
        ("suffix 5, position 0", "the view position must be 1 to 64, or all, not 0"),
        ("suffix 5, position 65", "the view position must be 1 to 64, or all, not 65"),
        ("suffix 5, suffix 6", "views name suffix twice; give it once"),
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
    assert usual("chars") == "suffix 5, position 16"
    assert usual("chars", depth=3) == "suffix 3, position 16"
    assert usual("chars", paragraphs=True) == usual("bytes") == "suffix 6"
    assert usual("words", paragraphs=True) == usual("symbols") == "suffix 4"


def test_paragraphs_of_characters_have_a_deeper_suffix(tmp_path: Any) -> None:
    (tmp_path / "a.txt").write_text("emma\nand emily\n\nann\n")
    with PlasticDB.open(":memory:") as db:
        db.sequence("lines").ingest([tmp_path / "a.txt"])
        db.sequence("text").ingest([tmp_path / "a.txt"], input="text")
        db.sequence("asked", views="suffix 2").ingest([tmp_path / "a.txt"], input="text")
        assert [db.memory(name).stats()["views"] for name in ("lines", "text", "asked")] == [
            "suffix 5, position 16",
            "suffix 6",
            "suffix 2",
        ]
        db.sequence("lines").ingest([tmp_path / "a.txt"], input="text", source="again")
        assert db.memory("lines").stats()["views"] == "suffix 5, position 16", "it keeps what it has"


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
