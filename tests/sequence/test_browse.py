"""Looking around in the tree."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from plasticdb import NothingLearned, PlasticDB
from plasticdb.sequence.browse import Branch


@pytest.fixture
def db() -> Iterator[PlasticDB]:
    with PlasticDB.open(":memory:") as db:
        db.sequence("m").learn_many(["emma", "emily", "emil", "ann", "anna"])
        yield db


def drawn(branch: Branch, indent: int = 0) -> list[str]:
    line = f"{' ' * indent}{branch.edge} {branch.concept.count}{' ...' if branch.more else ''}"
    return [line, *(row for child in branch.children for row in drawn(child, indent + 1))]


def test_the_tree_shows_what_samples_share(db: PlasticDB) -> None:
    assert drawn(db.tree("m")) == [
        " 5", " em 3", "  il 2", "   y␃ 1", "   ␃ 1", "  ma␃ 1", " ann 2", "  a␃ 1", "  ␃ 1",
    ]  # fmt: skip


def test_a_tree_can_begin_inside_an_edge_and_end_at_a_depth(db: PlasticDB) -> None:
    assert drawn(db.tree("m", "emi")) == ["emil 2", " y␃ 1", " ␃ 1"]
    assert drawn(db.tree("m", depth=1)) == [" 5", " em 3 ...", " ann 2 ..."]
    assert drawn(db.tree("m", "emma")) == ["emma␃ 1"]


def test_concepts_begin_with_the_prefix_the_most_counted_first(db: PlasticDB) -> None:
    assert [(c.text, c.r_level, c.count) for c in db.concepts("m", "em", min_count=2)] == [("em", 1, 3), ("emil", 2, 2)]
    assert [c.text for c in db.concepts("m", r_level=1)] == ["em", "ann"]
    assert [c.text for c in db.concepts("m", limit=1)] == [""]


def test_where_nothing_begins_so(db: PlasticDB) -> None:
    assert db.concepts("m", "x") == []
    with pytest.raises(NothingLearned, match="no learned sample begins with 'x'"):
        db.tree("m", "x")


def test_a_very_deep_tree_is_drawn_too() -> None:
    with PlasticDB.open(":memory:") as db:
        db.sequence("m").learn_many(["a" * i for i in range(1, 1200)])
        assert db.tree("m").concept.count == 1199
        assert db.stats("m")["concepts"] == 2 * 1199
