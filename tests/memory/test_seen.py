"""The graph is where this process left it until the store says otherwise: it is not looked for before each write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plasticdb import PlasticDB

MANY = [[1.0, 0.0], [0.0, 1.0]]


def looks(memory: Any, monkeypatch: pytest.MonkeyPatch, do: Callable[[], object]) -> int:
    """How often a memory's node is looked at meanwhile."""
    asked: list[str] = []
    store = memory.store
    real = store.memory
    with monkeypatch.context() as patched:
        patched.setattr(store, "memory", lambda name: (asked.append(name), real(name))[1])
        do()
    return len(asked)


def test_a_write_after_another_looks_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.engrams("m", dimension=2)
        memory.remember(MANY)
        assert looks(memory, monkeypatch, lambda: memory.remember(MANY)) == 0
        assert looks(memory, monkeypatch, lambda: memory.tick()) == 1  # whether it is what was planned on
        assert memory.verify() == []


@pytest.mark.parametrize("meanwhile", ["remember", "rebuild", "tick", "drop"])
@pytest.mark.parametrize("then", ["remember", "tick", "step"])
def test_what_another_process_did_meanwhile_is_noticed(tmp_path: Path, meanwhile: str, then: str) -> None:
    with PlasticDB.open(tmp_path / "m.db") as one, PlasticDB.open(tmp_path / "m.db") as other:
        memory, theirs = one.engrams("m", dimension=2), other.engrams("m", dimension=2)
        memory.remember(MANY)
        if meanwhile == "drop":
            other.drop("m")
            theirs = other.engrams("m", dimension=2)
            theirs.remember(MANY)
            memory = one.engrams("m", dimension=2)
        else:
            getattr(theirs, meanwhile)(*([MANY] if meanwhile == "remember" else []))
        getattr(memory, then)(*([] if then == "tick" else [MANY]))
        assert memory.verify() == []
        more = 2 * (meanwhile == "remember") + 2 * (then != "tick")
        assert len(memory.list()) == 2 + more
        assert theirs.list() == memory.list()


def test_an_answer_that_was_planned_on_a_graph_that_moved_is_not_given(tmp_path: Path) -> None:
    """Nothing is reminded where working memory is empty; another process has filled it meanwhile."""
    with PlasticDB.open(tmp_path / "m.db") as one, PlasticDB.open(tmp_path / "m.db") as other:
        memory, theirs = one.engrams("m", dimension=2), other.engrams("m", dimension=2)
        memory.remember(MANY)
        memory.tick()
        assert memory.remind() == []
        theirs.remember([[1.0, 0.1]])
        assert [one.payload for one in memory.remind()] == [None, None]
