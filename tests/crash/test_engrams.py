"""The engram memory under the same: kill -9 at any moment, and several processes at once."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest

from plasticdb import PlasticDB
from plasticdb.engram.events import Note
from plasticdb.journal import history

from ..effort import times
from .conftest import Place
from .forks import Fork

STORES = pytest.mark.parametrize("place", ["sqlite", "postgres", "neo4j"], indirect=True)


def taken(db: PlasticDB) -> Counter[str]:
    """How often each step is in the journal; every step is there whole: 3 engrams, and then a tick."""
    memory = db._journal.memory("e")
    assert memory is not None
    rows = history.after(db._journal, memory, 0, 10**6, 10**6)
    kinds = Counter(row.kind for row in rows)
    assert kinds["learn"] == 3 * kinds["tick"]
    assert kinds["remind"] == kinds["tick"]
    found = Counter(Note.read(row.payload).payload for row in rows if row.kind == "learn")
    assert set(found.values()) <= {3}
    return found


def agreed(db: PlasticDB) -> None:
    """Graph and journal agree, once the graph has caught up; and the memory goes on."""
    db.memory("e").sync()
    assert db.memory("e").verify() == []
    memory = db.engrams("e")
    ticks = memory.stats()["tick"]
    memory.step([[0.0, 0.0, 0.0]] * 3, None, [["after", ticks]] * 3)
    assert memory.stats()["tick"] == ticks + 1
    assert db.memory("e").verify() == []


@STORES
def test_two_processes_step_one_memory_and_no_step_is_lost(place: Place) -> None:
    processes = [place.stepper(25, seed) for seed in range(2)]
    said = [process.communicate(timeout=300)[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0, 0], "\n".join(said)
    with place.opened() as db:
        assert set(taken(db)) == {f"[{seed},{step}]" for seed in range(2) for step in range(25)}
        assert db.memory("e").stats()["tick"] == 50
        agreed(db)


@pytest.mark.parametrize("when", ["before", "after"])
@STORES
def test_killed_between_journal_and_graph(place: Place, when: str) -> None:
    process = place.stepper(5, 1, when)
    process.communicate(timeout=60)
    assert process.returncode == -9
    with place.opened() as db:
        assert set(taken(db)) == {"[1,0]", "[1,1]"}
        assert db.memory("e").stats()["tick"] == (1 if when == "before" else 2)
        agreed(db)


@pytest.mark.parametrize(("place", "kills"), [("sqlite", times(4)), ("neo4j", times(2))], indirect=["place"])
def test_killed_again_and_again(place: Place, kills: int) -> None:
    rng, died = random.Random(1), 0
    for seed in range(kills):
        process = place.stepper(100_000, seed)
        if seed % 2:  # the others die at any moment, perhaps before their first step
            process.stdout.readline()
        time.sleep(rng.uniform(0.0, 1.5))
        process.kill()
        process.communicate()
        died += process.returncode == -9
    assert died == kills
    with place.opened() as db:
        assert len(taken(db)) >= kills // 2
        agreed(db)


@STORES
def test_another_embedder_takes_over_once_wherever_its_process_is_killed(place: Place) -> None:
    texts = [f"note {i} of {'abcdefg'[i]}" for i in range(7)]
    with place.opened() as db:
        db.engrams("n", embedder="ngrams", dimension=16).remember(texts)
    seen: list[int] = []
    while _killed(place.embedder(8, "before" if len(seen) % 2 else "after")):
        with place.opened() as db:
            notes = db.engrams("n")
            seen.append(notes.options.dimension)
            assert [notes.recall(text, k=1)[0].text for text in texts] == texts
    assert seen == [
        16,
        16,
        16,
        16,
        8,
    ]  # four times two vectors, and then they count, which the graph learns in two steps
    with place.opened() as db:
        notes = db.engrams("n")
        assert (notes.options.dimension, len(notes.options.formerly)) == (8, 1)
        rows = history.after(db._journal, notes._open(), 0, 10**6, 10**6)
        assert Counter(row.kind for row in rows) == {"learn": 7, "embed": 7, "reembed": 3}
        assert notes.verify() == []


def _killed(process: Fork) -> bool:
    """Whether a process killed itself; otherwise it was done."""
    said = process.communicate(timeout=120)[1].decode()
    assert process.returncode in (0, -9), said
    return process.returncode == -9


@STORES
@pytest.mark.parametrize(
    "verbs",
    [
        ("step", "step", "reward", "recall"),
        ("step", "step", "forget", "recall"),
        ("step", "forget", "forget", "rebuild engrams"),
        ("step", "reward", "rebuild engrams", "recall"),
        ("step", "step", "drop engrams"),
    ],
    ids=" ".join,
)
def test_whatever_is_done_at_once_the_graph_and_the_journal_agree(place: Place, verbs: tuple[str, ...]) -> None:
    with place.opened() as db:
        memory = db.engrams("e", dimension=3, lifespan=6.0, capacity=4)
        memory.step([[0.0, 0.0, 0.0]] * 3)
        processes = [place.rival(verb, seed, seconds=times(1)) for seed, verb in enumerate(verbs)]
        said = [process.communicate(timeout=120)[1].decode() for process in processes]
        assert [process.returncode for process in processes] == [0] * len(verbs), "\n".join(said)
        memory.step([[0.0, 0.0, 0.0]] * 3)
        agreed(db)
