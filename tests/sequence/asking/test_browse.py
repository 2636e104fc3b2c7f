"""Looking around in the tree."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest
from plasticdb.cli.drawing import nested as as_json

from plasticdb import NothingLearned, PlasticDB
from plasticdb.sequence.asking.browse import Branch


@pytest.fixture
def db() -> Iterator[PlasticDB]:
    with PlasticDB.open(":memory:") as db:
        db.sequence("m").learn_many(["emma", "emily", "emil", "ann", "anna"])
        yield db


def drawn(branch: Branch, indent: int = 0) -> list[str]:
    line = f"{' ' * indent}{branch.edge} {branch.concept.count}{' ...' if branch.more else ''}"
    return [line, *(row for child in branch.children for row in drawn(child, indent + 1))]


def test_the_tree_shows_what_samples_share(db: PlasticDB) -> None:
    assert drawn(db.sequence("m").tree()) == [
        " 5", " em 3", "  il 2", "   y␃ 1", "   ␃ 1", "  ma␃ 1", " ann 2", "  a␃ 1", "  ␃ 1",
    ]  # fmt: skip


def test_a_tree_can_begin_inside_an_edge_and_end_at_a_depth(db: PlasticDB) -> None:
    assert drawn(db.sequence("m").tree("emi")) == ["emil 2", " y␃ 1", " ␃ 1"]
    assert drawn(db.sequence("m").tree(depth=1)) == [" 5", " em 3 ...", " ann 2 ..."]
    assert drawn(db.sequence("m").tree("emma")) == ["emma␃ 1"]


def test_concepts_begin_with_the_prefix_the_most_counted_first(db: PlasticDB) -> None:
    assert [(c.text, c.r_level, c.count) for c in db.sequence("m").concepts("em", min_count=2)] == [
        ("em", 1, 3),
        ("emil", 2, 2),
    ]
    assert [c.text for c in db.sequence("m").concepts(r_level=1)] == ["em", "ann"]
    assert [c.text for c in db.sequence("m").concepts(limit=1)] == [""]


def test_where_nothing_begins_so(db: PlasticDB) -> None:
    assert db.sequence("m").concepts("x") == []
    with pytest.raises(NothingLearned, match="no learned sample begins with 'x'"):
        db.sequence("m").tree("x")


def test_a_very_deep_tree_is_drawn_too() -> None:
    with PlasticDB.open(":memory:") as db:
        db.sequence("m").learn_many(["a" * i for i in range(1, 1200)])
        assert db.sequence("m").tree().concept.count == 1199
        assert db.memory("m").stats()["concepts"] == 2 * 1199


def test_nothing_that_is_done_with_a_deep_tree_calls_itself(db: PlasticDB) -> None:
    """A chain of 300 concepts where 100 calls may be within each other; the command's JSON is what json.dumps makes."""
    db.sequence("deep").learn_many(["a" * i for i in range(1, 300)])
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 100)
    try:
        found = db.sequence("deep").tree(depth=2000)
        lines, html, said = str(found).split("\n"), found._repr_html_(), repr(found)
        text = ["".join(as_json(found, pretty)) for pretty in (False, True)]
        rows = [branch.concept.text for _, branch in found.drawn()]
    finally:
        sys.setrecursionlimit(before)
    assert lines[0] == "(root)  299"
    assert lines[1] == "└─ a  299"
    assert max(map(len, lines)) > 3 * 298
    assert len(lines) == len(rows) == db.memory("deep").stats()["concepts"]
    assert html.endswith("...</pre>")
    assert said.startswith("<Branch '': 299 samples")
    assert text == [json.dumps(nested(found), ensure_ascii=False, indent=indent) for indent in (None, 2)]


def nested(branch: Branch) -> dict[str, Any]:
    inner = [nested(child) for child in branch.children]
    return asdict(branch.concept) | {"edge": branch.edge, "more": branch.more, "children": inner}
