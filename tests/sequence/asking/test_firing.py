"""What a sample fires is said by name, as the graph calls it, however many samples are asked for at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import BadInput, NothingLearned, PlasticDB
from plasticdb.sequence.asking import scoring

from ...effort import times

words = st.text("ab", max_size=7)
SETS = [
    "suffix 3",
    "suffix 2, position 3",
    "suffix 2, skip 2 of 4, follower",
    "suffix 1, word",
    "suffix 1, first 3, line",
]
NAMES = ["emma", "emily", "ann", "anna", "emil"]


@pytest.fixture
def db() -> Iterator[PlasticDB]:
    with PlasticDB.open(":memory:") as db:
        db.sequence("m").learn_many(NAMES)
        yield db


def called(row: dict[str, Any]) -> str:
    return f"{row['chain']} {row['at']}:{row['text']}" if row["at"] else f"{row['chain']}:{row['text']}"


@settings(deadline=None, max_examples=times(15))
@given(st.sampled_from(SETS), st.lists(words, min_size=1, max_size=6), st.lists(words, max_size=5), st.integers(1, 20))
def test_the_only_sample_fires_all_that_the_graph_has_as_often_as_it_was_learned(
    views: str, learned: list[str], beside: list[str], size: int
) -> None:
    asked = (
        "MATCH (c:Concept) WHERE c.chain <> 'prefix' AND c.r_level > 0 "
        "RETURN c.chain AS chain, c.at AS at, c.text AS text, c.count AS count"
    )
    with PlasticDB.open(":memory:") as db:
        db.sequence("m", views=views).learn(learned[0])
        in_graph: dict[str, float] = {}
        for row in db.query(asked):
            in_graph[called(row)] = in_graph.get(called(row), 0.0) + row["count"]
        memory = db.sequence("m")
        assert memory.features([learned[0]]) == [in_graph]
        memory.learn_many(learned[1:])
        alone = [memory.features([sample])[0] for sample in beside]
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(scoring, "CHARACTERS", size)
            assert memory.features(beside) == alone


def test_what_was_never_learned_fires_nothing_and_nothing_is_learned(db: PlasticDB) -> None:
    memory = db.sequence("m")
    before = memory.stats()
    (found,) = memory.features(["xqz"])
    assert {name for name in found if name.startswith("suffix")} == {"suffix:␂"}
    assert not any(symbol in name.split(":")[1] for name in found for symbol in "xqz")
    assert memory.stats() == before
    assert memory.features([]) == []


def test_the_strongest_come_first_and_a_context_must_have_been_learned_often_enough(db: PlasticDB) -> None:
    memory = db.sequence("m")
    (found,) = memory.features(["emma"])
    assert list(found.items()) == sorted(found.items(), key=lambda item: (-item[1], item[0]))
    assert found["suffix:m"] == 2.0
    assert found["suffix:em"] == 1.0
    assert found["position 2:␂e"] == 1.0
    (often,) = memory.features(["emma"], min_count=3)
    assert often == {name: times for name, times in found.items() if name in often}
    assert "suffix:em" in often  # of emma, emily and emil
    assert "suffix:mm" not in often


def test_names_stay_while_the_memory_learns_on_and_go_with_what_is_unlearned(db: PlasticDB) -> None:
    memory = db.sequence("m")
    (before,) = memory.features(["emma"])
    memory.learn_many(["otto", "emmanuel"], source="more")
    (then,) = memory.features(["emma"])
    assert before == then
    assert "suffix:tto" in memory.features(["otto"])[0]
    with memory.as_of(5) as past:
        assert "suffix:tto" not in past.features(["otto"])[0]
    memory.unlearn(source="more")
    assert "suffix:tto" not in memory.features(["otto"])[0]


def test_words_and_symbols_have_features_too(db: PlasticDB) -> None:
    said = db.sequence("said", tokenizer="words", views="suffix 2")
    said.learn("green tea")
    assert said.features(["green tea"]) == [{"suffix:green": 1.0, "suffix:green tea": 1.0, "suffix:tea": 1.0, "suffix:␂": 1.0,
                                             "suffix:␂ green": 1.0}]  # fmt: skip
    events = db.sequence("events", tokenizer="symbols", views="suffix 1")
    events.learn_many([["up", "down"]])
    assert events.features([["down"]]) == [{"suffix:down": 1.0, "suffix:␂": 1.0}]


def test_every_process_says_the_same(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.sequence("m").learn_many(NAMES)
        here = [list(one.items()) for one in db.sequence("m").features(NAMES)]
    with PlasticDB.open(tmp_path / "m.db") as db:
        assert [list(one.items()) for one in db.sequence("m").features(NAMES)] == here


def test_what_is_no_question_is_refused(db: PlasticDB) -> None:
    with pytest.raises(BadInput, match="min_count must be a whole number, 1 or more, not 0"):
        db.sequence("m").features(["emma"], min_count=0)
    with pytest.raises(BadInput, match="sample 2 of 2: a sample must be"):
        db.sequence("m").features(["emma", 7])  # type: ignore[list-item]
    db.sequence("empty").learn("a")
    db.sequence("empty").unlearn(samples="a")
    with pytest.raises(NothingLearned, match="the memory has learned nothing yet"):
        db.sequence("empty").features(["a"])
