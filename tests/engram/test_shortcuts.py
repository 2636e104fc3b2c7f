"""Engrams that fire apart again and again get a shortcut, which recall follows; chance makes none, and disuse ends it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plasticdb import BadInput, PlasticDB
from plasticdb.engram import apart, working_set
from plasticdb.engram import memory as module
from plasticdb.engram import shortcuts as rules
from plasticdb.engram.events import Reminding, consolidating
from plasticdb.engram.memory import EngramMemory
from plasticdb.engram.schema import APART
from plasticdb.journal.journal import Written

ALL, PAIRS, FIRINGS, REACH = 120, 10, 2_400, 8
VECTORS = np.random.default_rng(0).normal(size=(ALL, 8)).astype(np.float32)


def stream(seed: int = 0) -> list[int]:
    """What fires, one after the other: each of 10 pairs (2i, 2i + 1) 15 times, 2 to 7 steps apart, and noise elsewhere."""
    rng = np.random.default_rng(seed)
    fires = np.full(FIRINGS + REACH, -1)
    for _ in range(15):
        for pair in range(PAIRS):
            while True:
                at, behind = int(rng.integers(FIRINGS)), int(rng.integers(2, REACH))
                if fires[at] < 0 and fires[at + behind] < 0:
                    break
            fires[at], fires[at + behind] = 2 * pair, 2 * pair + 1
    noise = fires < 0
    fires[noise] = rng.integers(2 * PAIRS, ALL, noise.sum())
    found: list[int] = fires.tolist()
    return found


def known(db: PlasticDB, **options: Any) -> tuple[EngramMemory, list[int]]:
    memory = db.engrams("m", dimension=8, lifespan=1e6, **options)
    return memory, memory.remember(VECTORS, list(range(ALL))).ids


def fired(memory: EngramMemory, ids: list[int], said: list[list[int]]) -> None:
    """Let engrams fire in one go; it is what `fire` writes, once each."""
    position, open_, events = memory._open().position, sorted(memory._held.firings), []
    for some in said:
        position += 1
        open_.append(position)
        events.append(Written("remind", Reminding(told=[ids[i] for i in some]).written(), len(some)))
        if len(open_) > module.OPEN:
            position += 1
            events.append(Written("consolidate", consolidating(open_[: -module.KEPT]), 1))
            open_ = open_[-module.KEPT :]
    memory._journal.append(memory._open(), events, 0.0)
    memory.sync()


def kept(memory: EngramMemory) -> list[tuple[Any, ...]]:
    """All traces in the graph: who, with whom, and how."""
    tables = list(memory._store.scan_edges(memory.name, APART))
    first, names = memory._held.first, ("fired", "weight", "importance", "since", "open")
    rows = []
    for table in tables:
        ends = ((table[end] - first).tolist() for end in ("source", "target"))
        rows += zip(*ends, *(table[name].tolist() for name in names), strict=True)
    return rows


def shortcuts(memory: EngramMemory, ids: list[int]) -> set[tuple[int, int]]:
    place = {number: i for i, number in enumerate(ids)}
    return {(place[row[0]], place[row[1]]) for row in kept(memory) if row[-1]}


def found(memory: EngramMemory, cue: int, k: int = 10) -> dict[int, str]:
    return {one.payload: one.why for one in memory.recall(VECTORS[cue], k)}


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a memory that has heard the whole stream."""
    file = tmp_path_factory.mktemp("shortcuts") / "m.db"
    with PlasticDB.open(file) as db:
        memory, ids = known(db, shortcuts=REACH)
        fired(memory, ids, [[i] for i in stream()])
    return file


def copy(after: Path, tmp_path: Path) -> Path:
    to = tmp_path / "m.db"
    with PlasticDB.open(after) as db:
        db.backup(to)
    return to


def test_pairs_that_fire_far_apart_are_found_and_no_others(after: Path) -> None:
    with PlasticDB.open(after) as db:
        memory = db.engrams("m")
        ids = [one.id for one in memory.list(limit=ALL)]
        planted = {ends for i in range(PAIRS) for ends in ((2 * i, 2 * i + 1), (2 * i + 1, 2 * i))}
        made = shortcuts(memory, ids)
        assert len(made & planted) >= 0.9 * len(planted)
        assert len(made & planted) >= 0.95 * len(made)
        hits = sum(found(memory, 2 * i).get(2 * i + 1) == "brought" for i in range(PAIRS))
        assert hits >= 0.9 * PAIRS
        (one,) = [a for a in memory.associations(ids[0]) if a.why == "apart"]
        assert (one.payload, one.fired >= 10) == (1, True)


def test_without_the_option_nothing_is_kept_and_nothing_is_found() -> None:
    with PlasticDB.open(":memory:") as db:
        memory, ids = known(db)
        fired(memory, ids, [[i] for i in stream()[:600]])
        assert kept(memory) == []
        assert "brought" not in found(memory, 0).values()


def test_any_batch_makes_the_same_graph_and_so_does_a_rebuild(after: Path, tmp_path: Path) -> None:
    with PlasticDB.open(copy(after, tmp_path)) as db:
        memory = db.engrams("m")
        before = kept(memory)
        assert any(row[-1] for row in before)
        for batch in (7, 500):
            again = db.engrams("m", batch=batch)
            again.rebuild()
            assert kept(again) == before
        assert memory.verify() == []


def test_what_a_batch_cuts_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "SLOTS", 6)
    monkeypatch.setattr(working_set, "_TRACED", 0)  # so each batch reads all that it needs
    with PlasticDB.open(":memory:") as db:
        memory, ids = known(db, shortcuts=REACH)
        fired(memory, ids, [[i % 30] for i in stream()[:300]])
        before = kept(memory)
        for batch in (1, 25):
            again = db.engrams("m", batch=batch)
            again.rebuild()
            assert kept(again) == before


def test_the_verb_and_the_journal_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "SLOTS", 12)
    made = []
    for by_verb in (True, False):
        with PlasticDB.open(":memory:") as db:
            memory, ids = known(db, shortcuts=REACH)
            said = [[i] for i in stream()[:120]] + [[1, 2, 3], [4]]
            if by_verb:
                for some in said:
                    memory.fire([ids[i] for i in some])
            else:
                fired(memory, ids, said)
            made.append(kept(memory))
            counts = {number: sum(row[0] == number and not row[-1] for row in made[-1]) for number in ids}
            assert max(counts.values()) <= 12
            assert memory.verify() == []
    assert made[0] == made[1]


def alternating(times: int, one: int, others: list[int], rest: int = 100) -> list[list[int]]:
    """One fires, and two steps later one of the others; then enough noise that it was another occasion."""
    rng = np.random.default_rng(1)
    noise = lambda many: [[int(i)] for i in rng.integers(60, ALL, many)]  # noqa: E731
    return [some for _ in range(times) for other in others for some in ([one], *noise(1), [other], *noise(rest))]


def test_a_burst_of_firings_is_one_occasion() -> None:
    with PlasticDB.open(":memory:") as db:
        memory, ids = known(db, shortcuts=REACH)
        fired(memory, ids, [[0], [1]] * 4)
        assert [row[2] for row in kept(memory)] == [1, 1]
        fired(memory, ids, [[0], [1]] * 8)
        assert [row[2] for row in kept(memory)] == [3, 3]


def test_none_becomes_a_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST", 3)
    monkeypatch.setattr(apart, "by_chance", lambda fires, others, reach, firings: np.zeros(len(fires)))
    with PlasticDB.open(":memory:") as db:
        memory, ids = known(db, shortcuts=REACH)
        fired(memory, ids, alternating(9, 0, [1, 2, 3, 4, 5], 2 * REACH))
        degrees = [sum(row[0] == number and row[-1] for row in kept(memory)) for number in ids]
        assert max(degrees) == degrees[0] == 3


def test_those_that_fire_together_have_a_synapse_and_no_shortcut() -> None:
    with PlasticDB.open(":memory:") as db:
        memory, ids = known(db, shortcuts=REACH)
        fired(memory, ids, alternating(20, 0, [1]))
        assert shortcuts(memory, ids) == {(0, 1), (1, 0)}
        memory.fire([ids[0], ids[1]])
        assert not shortcuts(memory, ids) & {(0, 1), (1, 0)}
        fired(memory, ids, alternating(40, 0, [1]))
        assert not shortcuts(memory, ids) & {(0, 1), (1, 0)}
        assert [a.why for a in memory.associations(ids[0])] == [None]


def test_one_that_is_not_used_is_followed_no_more_and_goes_when_either_fires(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_HALF_LIFE", 500.0)
    with PlasticDB.open(":memory:") as db:
        memory, ids = known(db, shortcuts=REACH)
        fired(memory, ids, alternating(12, 0, [1]))
        assert found(memory, 0).get(1) == "brought"
        rng = np.random.default_rng(2)
        for _ in range(40):
            if 1 not in found(memory, 0):
                break
            fired(memory, ids, [[int(i)] for i in rng.integers(60, ALL, 500)])
        assert 1 not in found(memory, 0)
        assert (0, 1) in shortcuts(memory, ids)
        memory.fire([ids[0]])
        assert shortcuts(memory, ids) == set()
        assert memory.verify() == []


def test_what_is_forgotten_takes_its_shortcuts_along(after: Path, tmp_path: Path) -> None:
    with PlasticDB.open(copy(after, tmp_path)) as db:
        memory = db.engrams("m")
        numbers = [one.id for one in memory.list(limit=4)]
        assert memory.forget(numbers[1]).left == 0
        assert not [row for row in kept(memory) if numbers[1] in row[:2]]
        assert 1 not in found(memory, 0)
        memory.fire(numbers[0])
        assert memory.verify() == []


def test_a_memory_as_it_was_has_the_shortcuts_that_it_had(after: Path) -> None:
    with PlasticDB.open(after) as db:
        memory = db.engrams("m")
        early, late = (memory.as_of(at) for at in (300, None))
        with early as then, late as now:
            assert found(then, 0).get(1) is None
            assert found(now, 0).get(1) == "brought"


def test_a_wrong_reach_makes_no_memory() -> None:
    with PlasticDB.open(":memory:") as db:
        for reach in (0, 33, True):
            with pytest.raises(BadInput, match="shortcuts must be a whole number"):
                known(db, shortcuts=reach)
        assert db.memories() == []


@pytest.mark.parametrize("store", ["postgres", "neo4j"])
def test_servers_have_the_same(
    store: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "by_chance", lambda fires, others, reach, firings: np.zeros(len(fires)))
    said = [[i] for i in stream()[:60]] + alternating(7, 0, [1], 2 * REACH)
    with PlasticDB.open(":memory:") as db:
        memory, ids = known(db, shortcuts=REACH)
        fired(memory, ids, said)
        expected = kept(memory)
    assert any(row[-1] for row in expected)
    if store == "postgres":
        opened = PlasticDB.open(request.getfixturevalue("postgres_emptied"))
    else:
        server = request.getfixturevalue("neo4j_emptied")
        opened = PlasticDB.open(server.uri, tmp_path / "j.db", username=server.username, password=server.password)
    with opened as db:
        memory, ids = known(db, shortcuts=REACH)
        fired(memory, ids, said)
        assert kept(memory) == expected
        memory.forget(ids[1])
        assert memory.verify() == []
