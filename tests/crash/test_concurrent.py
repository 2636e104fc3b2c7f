"""Several processes on one memory at once: nothing lost, nothing doubled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from ..effort import times
from .conftest import Place

Names = Callable[[int, int], Path]
STORES = pytest.mark.parametrize("place", ["sqlite", "postgres", "serializable", "neo4j"], indirect=True)


def learn_at_once(place: Place, work: list[tuple[Path, str]], batch: int) -> None:
    processes = [place.learner(file, source, batch) for file, source in work]
    said = [process.communicate(timeout=300)[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0] * len(work), "\n".join(said)


@STORES
def test_four_processes_learn_different_files(place: Place, names: Names, check: Callable[..., None]) -> None:
    files = [names(i * 120, i * 120 + 120) for i in range(4)]
    learn_at_once(place, [(file, file.name) for file in files], batch=15)
    check(place, *files)


@STORES
def test_four_processes_learn_the_same_file_once(place: Place, names: Names, check: Callable[..., None]) -> None:
    file = names(0, 180)
    learn_at_once(place, [(file, "names")] * 4, batch=15)
    check(place, file)


@STORES
def test_a_reader_always_gets_an_answer_that_adds_up(place: Place, names: Names) -> None:
    learn_at_once(place, [(names(0, 50), "first")], batch=50)
    done = threading.Event()
    sums: list[float] = []

    def read() -> None:
        with place.opened() as db:
            while not done.is_set():
                sums.append(sum(db.sequence("m").predict("ma").values()))
                db.sequence("m").score(["maria", "ann"])
                db.sequence("m").concepts("ma")

    reader = threading.Thread(target=read)
    reader.start()
    try:
        learn_at_once(place, [(names(50, 250), "a"), (names(250, 450), "b")], batch=10)
    finally:
        done.set()
        reader.join()
    assert sums
    assert sums == pytest.approx([1.0] * len(sums))


@STORES
@pytest.mark.parametrize(
    "verbs",
    [
        ("learn", "learn", "unlearn", "read"),
        ("learn", "erase", "rebuild", "verify"),
        ("learn", "drop", "rebuild", "erase"),
    ],
    ids=" ".join,
)
def test_whatever_is_done_at_once_the_graph_and_the_journal_agree(place: Place, verbs: tuple[str, ...]) -> None:
    with place.opened() as db:
        db.sequence("m").learn_many(["abc", "aab"])
        processes = [place.rival(verb, seed, seconds=times(1)) for seed, verb in enumerate(verbs)]
        said = [process.communicate(timeout=120)[1].decode() for process in processes]
        assert [process.returncode for process in processes] == [0] * len(verbs), "\n".join(said)
        db.sequence("m").learn("zz")
        db.sync()
        assert db.memory("m").verify() == []


def test_a_new_database_made_by_four_at_once(tmp_path: Path, names: Names, check: Callable[..., None]) -> None:
    file = names(0, 5)
    for i in range(times(2)):
        place = Place(str(tmp_path / f"{i}.db"), str(tmp_path / f"{i}.db"))
        learn_at_once(place, [(file, "names")] * 4, batch=5)
    check(place, file)
