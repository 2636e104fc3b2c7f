"""What a process holds to recall from is what one would hold that was started a moment ago."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plasticdb import PlasticDB
from plasticdb.engram import index as module
from plasticdb.engram.events import Update
from plasticdb.engram.index import Index
from plasticdb.engram.memory import EngramMemory
from plasticdb.engram.schema import TERM
from plasticdb.journal.journal import Written
from plasticdb.memory.reading import Reading

WORDS = ("red", "green", "house", "cat", "rain", "tea")
TEXT = st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join)
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("remember"), st.lists(TEXT, min_size=1, max_size=3), st.sampled_from(["a", "b", None])),
        st.tuples(st.just("step"), TEXT),
        st.tuples(st.just("tick")),
        st.tuples(st.just("update"), st.integers(0, 30), TEXT),
        st.tuples(st.just("unlearn"), st.integers(0, 30)),
        st.tuples(st.just("recall"), TEXT),
    ),
    max_size=14,
)


def held(memory: EngramMemory) -> Index:
    """What the memory's own index says, caught up."""
    memory._ask(lambda: memory._index.catch_up(memory._held))
    return memory._index


def fresh(memory: EngramMemory) -> Index:
    """What another says, read now."""
    index = Index()
    row, graph = memory._current()
    index.of(row.id, memory.options.embedder is not None)
    reading = Reading(memory.store, memory._journal, memory.name)
    reading.run(memory._held.look(graph))
    reading.run(index.catch_up(memory._held))
    return index


def shown(index: Index, terms: Sequence[int]) -> list[Any]:
    """What an index says of the living, by their numbers."""
    size, alive = index.size, index.alive[: index.size]
    number = index.numbers[:size].tolist()
    rows = np.flatnonzero(alive).tolist()
    ends = [[number[at] if at >= 0 else None for at in ends[:size].tolist()] for ends in (index.before, index.behind)]
    mentioned = []
    for term in terms:
        found, counts = index.postings.of(term)
        mentioned.append(
            sorted((number[r], c) for r, c in zip(found.tolist(), counts.tolist(), strict=True) if alive[r] and c)
        )
    return [
        index.live,
        [(number[r], ends[0][r], ends[1][r], int(index.lengths[r])) for r in rows],
        [(index.vectors[r].tolist(), float(index.norms[r])) for r in rows],
        mentioned,
    ]  # fmt: skip


def made(db: PlasticDB) -> EngramMemory:
    return db.engrams("m", embedder="ngrams", dimension=8, lifespan=5.0, capacity=2)


def do(memory: EngramMemory, deed: tuple[Any, ...]) -> None:
    what, *how = deed
    if what == "remember":
        memory.remember(how[0], stream=how[1])
    elif what == "step":
        memory.step([how[0]])
    elif what == "tick":
        memory.tick()
    elif what == "recall":
        memory.recall(how[0])
    else:
        alive = fresh(memory)
        if alive.live:
            target = int(alive.numbers[alive.alive[: alive.size].nonzero()[0][how[0] % alive.live]])
            payload = None
            if what == "update":
                note = memory._notes([how[1]])[0]
                payload = Update(vector=note.vector, text=note.text, terms=note.terms).written()
            memory._journal.append(memory._open(), [Written(what, payload, target=target)], 0.0)
            memory.apply()


def terms_of(memory: EngramMemory) -> list[int]:
    return [int(n) for table in memory.store.scan_nodes(memory.name, TERM, ["id"]) for n in table["id"]]


def agree(memory: EngramMemory) -> None:
    terms = terms_of(memory)
    assert shown(held(memory), terms) == shown(fresh(memory), terms)


@settings(deadline=None, max_examples=20)
@given(DEEDS, st.sampled_from([0, 1000]))
def test_an_index_that_followed_is_one_that_was_read_now(deeds: list[tuple[Any, ...]], buried: int) -> None:
    with pytest.MonkeyPatch.context() as patch, PlasticDB.open(":memory:") as db:
        patch.setattr(module, "_BURIED", buried)
        memory = made(db)
        memory.remember(["red cat", "green tea"], stream="a")
        held(memory)
        for deed in deeds:
            do(memory, deed)
            agree(memory)


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(st.booleans(), DEEDS.map(lambda deeds: deeds[:3])), max_size=5))
def test_an_index_finds_what_another_process_did(tmp_path_factory: Any, parts: list[Any]) -> None:
    path = tmp_path_factory.mktemp("two") / "m.db"
    with PlasticDB.open(path) as one, PlasticDB.open(path) as other:
        memories = made(one), made(other)
        memories[0].remember(["red cat", "green tea", "rain"], stream="a")
        for mine, deeds in parts:
            for deed in deeds:
                do(memories[not mine], deed)
            agree(memories[0])


def test_what_another_process_updated_is_all_that_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with PlasticDB.open(tmp_path / "m.db") as one, PlasticDB.open(tmp_path / "m.db") as other:
        mine, theirs = one.engrams("m", embedder="ngrams"), other.engrams("m", embedder="ngrams")
        mine.remember(["red cat", "green tea", "rain"])
        theirs.recall("cat")
        mine.update(2, text="black cat", payload={"by": "Ann"})
        with monkeypatch.context() as patch:
            patch.setattr(Index, "forget", lambda index: pytest.fail("all of it is read again"))
            found = theirs.recall("cat", where={"by": "Ann"})
        assert [(one.id, one.text) for one in found] == [(2, "black cat")]
        for asked in ("red cat tea", "green"):
            assert theirs.recall(asked) == mine.recall(asked) == one.engrams("m").recall(asked)
        monkeypatch.setattr(module, "_UPDATES", 2)
        for number in (1, 3):
            mine.update(number, text=f"cat {number}")
        assert theirs.recall("cat tea") == one.engrams("m").recall("cat tea")


def test_what_this_process_did_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with PlasticDB.open(":memory:") as db:
        memory = made(db)
        memory.remember(["red cat", "green tea"])
        held(memory)
        for deed in (
            ("remember", ["rain"], None),
            ("step", "tea"),
            ("update", 0, "green house"),
            ("unlearn", 1),
            ("tick",),
        ):
            do(memory, deed)
            with monkeypatch.context() as patch:
                patch.setattr(Index, "_read", None)
                patch.setattr(Index, "_sift", None)
                assert held(memory).position == memory._held.position
            agree(memory)
        assert memory._index.live == 3


def test_a_memory_that_only_remembers_holds_no_index() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = made(db)
        for _ in range(3):
            memory.step(["red cat"])
        assert memory._index.size == 0


def test_rebuilt_dropped_and_made_again_it_is_another(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as one, PlasticDB.open(tmp_path / "m.db") as other:
        memory, same = made(one), made(other)
        memory.remember(["red cat", "green tea"], stream="a")
        assert [found.text for found in memory.recall("cat")] == ["red cat", "green tea"]
        same.rebuild()
        agree(memory)
        other.drop("m")
        made(other).remember(["house", "rain cat"], stream="a")
        assert [found.text for found in memory.recall("cat")] == ["rain cat", "house"]
        agree(memory)
