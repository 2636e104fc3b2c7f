"""Ctrl-C, or a lack of memory, at any line of any verb: the program goes on, and nothing wrong is ever committed."""

from __future__ import annotations

import gc
import os
import random
import re
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from plasticdb import GraphBehind, PlasticDB, PlasticDBError

from ..effort import times
from ..verbs import Clock
from .interruptions import Line, interrupted, lines_of

ROUNDS = int(os.environ.get("PLASTICDB_SOAK_ROUNDS", "150"))
"""Rounds of the soak, each of which interrupts every verb once, at another line; some 3,000 reach every line."""
ERRORS = (KeyboardInterrupt, MemoryError)
OPTIONS: dict[str, Any] = {"dimension": 2, "lifespan": 4.0, "capacity": 3, "near": 2, "far": 2, "depth": 2}
LINE = [[1, 2], [2, 1], [3, 3], [4, 1], [0, 5], [2, 2]]
FIRST, MORE = ["emma", "emily", "ann"], ["ömer", "zoë", "emmanuel", "anna"]


@dataclass(slots=True)
class World:
    """A database in a folder, and what belongs to it."""

    folder: Path
    clock: Clock = field(default_factory=Clock)
    db: PlasticDB = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        (self.folder / "more.txt").write_text("ines\nemil\n")
        self.db = PlasticDB.open(self.folder / "m.db", clock=self.clock)

    def rows(self, asked: str) -> list[Any]:
        with closing(sqlite3.connect(self.folder / "m.db")) as connection:
            return connection.execute(asked).fetchall()

    def positions(self) -> list[Any]:
        return self.rows("SELECT name, position FROM memory ORDER BY name")

    def events(self) -> list[Any]:
        """All that happened, in the words of the journal."""
        columns = "m.name, e.position, e.kind, e.time, e.external_id, e.payload, e.symbols, e.mass, e.target, e.ended"
        source = "(SELECT name FROM source WHERE id = e.source)"
        return self.rows(f"SELECT {columns}, {source} FROM event e JOIN memory m ON m.id = e.memory ORDER BY 1, 2")

    def unlocked(self) -> None:
        """Nobody holds the database's lock, nor this process's turn."""
        gc.collect()
        with closing(sqlite3.connect(self.folder / "m.db", timeout=0.1, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        with ThreadPoolExecutor(1) as other:
            for turn in self.db._journal._turns.values():
                assert other.submit(turn.acquire, timeout=5).result()
                other.submit(turn.release).result()

    def answers(self) -> list[str]:
        """What the same object says in the end, up to the last digits (sums in another order)."""
        m, e = self.db.sequence("m"), self.db.engrams("e")
        alive = e.recall([0, 0], 20)
        asked: list[Any] = [sorted(m.predict("em").items()), m.score(["emma", "ömer"]), m.explain("a"), m.concepts()]
        asked.append(m.complete("e", 3, seed=4))
        t = self.db.transforms("t")
        c = self.db.classifier("c")
        asked += [c.stats(), c.labels(), c.neurons(), c.explain([3, 3]), c.predict([3, 3])]
        stats = [m.stats(), e.stats(), t.stats(), t.read_many([[0, 1], [1, 2], [7, 7]]).tolist(), t.list()]
        whole = self.db.transforms("whole")
        stats += [whole.stats(), whole.read_many(LINE).tolist(), whole.list()]
        said = [*asked, *stats, alive, [e.associations(one.id) for one in alive], e.remind()]
        return [re.sub(r"\d+\.\d+(e-?\d+)?", lambda number: f"{float(number[0]):.9g}", repr(one)) for one in said]


Verb = Callable[[World], object]


def whole(world: World) -> None:
    list(world.db.query("MATCH (c:Concept) RETURN c.text AS t, c.count AS n ORDER BY t, n"))


def past(world: World) -> None:
    with world.db.memory("m").as_of(2) as then:
        then.predict("em")  # type: ignore[union-attr]


def import_(world: World) -> None:
    if not (world.folder / "out.jsonl").exists():
        world.db.export("m", world.folder / "out.jsonl")
    world.db.import_(world.folder / "out.jsonl", name="copied", merge=True)


def drop(world: World) -> None:
    if world.rows("SELECT 1 FROM memory WHERE name = 'copied'"):
        world.db.drop("copied")


VERBS: dict[str, Verb] = {
    "learn": lambda w: w.db.sequence("m").learn_many(MORE, source="s", ids=["1", "2", "3", "4"]),
    "predict": lambda w: w.db.sequence("m").predict("em"),
    "learn new symbols": lambda w: w.db.sequence("m").learn("Łukasz Ωmega"),
    "complete": lambda w: w.db.sequence("m").complete("q", 2, seed=1),
    "reinforce": lambda w: w.db.sequence("m").reinforce("emma", by=2.5),
    "score": lambda w: w.db.sequence("m").score(["emma", "ŵ"]),
    "surprise": lambda w: w.db.sequence("m").surprise(["emma", "ẃ"], per_symbol=True),
    "features": lambda w: w.db.sequence("m").features(["emma", "ẁ"]),
    "weaken": lambda w: w.db.sequence("m").weaken("zoë"),
    "explain": lambda w: w.db.sequence("m").explain("em"),
    "concepts": lambda w: w.db.sequence("m").concepts("e"),
    "tree": lambda w: w.db.sequence("m").tree(),
    "remember": lambda w: w.db.engrams("e").remember([[1, 2], [2, 1]], ["a", {"b": 1}], ["x", "y"]),
    "step": lambda w: w.db.engrams("e").step([[1, 1]], lambda found: {one.id: 2.0 for one in found}),
    "remind": lambda w: w.db.engrams("e").remind(),
    "reward": lambda w: w.db.engrams("e").reward({1: 1.5}),
    "tick": lambda w: w.db.engrams("e").tick(),
    "recall": lambda w: w.db.engrams("e").recall([1, 2]),
    "associations": lambda w: w.db.engrams("e").associations(1),
    "history": lambda w: w.db.engrams("e").history(1),
    "another step": lambda w: w.db.engrams("e").step([[0, 1], [3, 1]], lambda found: {one.id: 3.0 for one in found}),
    "write": lambda w: w.db.transforms("t").write([[1, 2], [2, 1]], [[1], [4]], "here", ["a", {"b": 1}]),
    "consolidate pairs": lambda w: w.db.transforms("t").consolidate(mode="exact"),
    "write more": lambda w: w.db.transforms("t").write([[3, 2], [5, 1]], [[9], [4]], source="s"),
    "read": lambda w: w.db.transforms("t").read([1, 2]),
    "consolidate afresh": lambda w: w.db.transforms("t").consolidate(mode="general", afresh=True),
    "use": lambda w: w.db.transforms("t").use([1, 2]),
    "recall pairs": lambda w: w.db.transforms("t").recall_backward([2, 1], 2),
    "forget pairs": lambda w: w.db.transforms("t").forget(source="s"),
    "learn labels": lambda w: w.db.classifier("c").learn_many([[9, 9], [1, 0]], ["b", "new"], source="s"),
    "predict a label": lambda w: w.db.classifier("c").predict([1, 0]),
    "explain a label": lambda w: w.db.classifier("c").explain([1, 0]),
    "learn one label": lambda w: w.db.classifier("c").learn_one([8, 9], "b", external_id="i"),
    "forget a label": lambda w: w.db.classifier("c").forget("a", operation=f"forget {w.folder}"),
    "unlearn labels": lambda w: w.db.classifier("c").unlearn("s", erase=True),
    "read and use": lambda w: w.db.transforms("t").read([2, 2], use=True),
    "write a line": lambda w: w.db.transforms("line", 2, 2).write(LINE, LINE, payload={"stop": True}, source="s"),
    "chain": lambda w: w.db.transforms("line").chain([1, 2], ["line", "t"]),
    "chain until a stop": lambda w: w.db.transforms("line").chain([3, 2], until="stop", budget=5),
    "merge": lambda w: w.db.transforms("whole", 2, 2).merge(["line"]),
    "unlearn pairs": lambda w: w.db.transforms("line").unlearn("s"),
    "rebuild pairs": lambda w: w.db.memory("whole").rebuild(),
    "decay": lambda w: w.db.sequence("m").decay(50.0),
    "collapse": lambda w: w.db.sequence("m").collapse(30),
    "consolidate": lambda w: w.db.sequence("m").consolidate(),
    "associations of symbols": lambda w: w.db.sequence("m").associations("e"),
    "unlearn": lambda w: w.db.sequence("m").unlearn("ömer"),
    "past": past,
    "diff": lambda w: list(w.db.sequence("m").diff(w.db.memory("m").stats()["position"] - 1)),
    "erase": lambda w: w.db.sequence("m").unlearn(["Łukasz Ωmega"], erase=True, all=True),
    "ingest": lambda w: w.db.sequence("m").ingest([str(w.folder / "more.txt")], source="f", mirror=True),
    "stats": lambda w: [
        w.db.memory("m").stats(),
        w.db.memory("m").sources(),
        w.db.sessions(),
        w.db.memories(),
        w.db.schema(),
    ],
    "rebuild": lambda w: w.db.memory("m").rebuild(),
    "rebuild engrams": lambda w: w.db.memory("e").rebuild(),
    "rebuild labels": lambda w: w.db.memory("c").rebuild(),
    "import": import_,
    "sync": lambda w: w.db.sync(),
    "verify": lambda w: w.db.memory("m").verify(),
    "query": whole,
    "drop": drop,
    "learn again": lambda w: w.db.sequence("m").learn_many(["emma", "yaël"]),
    "last step": lambda w: w.db.engrams("e").step([[2, 2]], lambda found: {one.id: 3.0 for one in found}),
}


def begun(folder: Path) -> World:
    world = World(folder)
    world.db.sequence("m", shortcuts=16).learn_many(FIRST)
    world.db.engrams("e", **OPTIONS).step([[0, 1], [1, 0]])
    world.db.transforms("t", 2, 1).write([[0, 1], [1, 0], [1, 1]], [[1], [2], [3]])
    world.db.classifier("c").learn_many([[0, 1], [1, 0], [9, 8], [8, 8]], ["a", "a", "b", "b"])
    for name in ("line", "whole"):
        world.db.transforms(name, 2, 2).write([[9, 9]], [[9, 9]])
    return world


@dataclass(slots=True)
class Undisturbed:
    """What came of all verbs where nothing interrupted them, and the lines that each ran."""

    lines: dict[str, list[Line]]
    events: list[Any]
    answers: list[str]


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    world, lines = begun(tmp_path_factory.mktemp("twin") / "w"), {}
    for name, verb in VERBS.items():
        world.clock.now += 10
        lines[name] = lines_of(partial(verb, world))
    found = Undisturbed(lines, world.events(), world.answers())
    world.db.close()
    return found


def attempt(work: Callable[[], object]) -> BaseException | None:
    """What stopped it, if something did; without the traceback, which would keep connections alive."""
    try:
        work()
    except BaseException as error:
        return error.with_traceback(None)
    return None


def disturbed(folder: Path, where: Callable[[str], tuple[Line, int, BaseException] | None]) -> tuple[World, list[str]]:
    """All verbs, each interrupted where it is said and done again unless it was done already; and what was done so."""
    world, told = begun(folder), []
    for name, verb in VERBS.items():
        world.clock.now += 10
        before = world.positions()
        if place := where(name):
            line, times, error = place
            came = attempt(partial(interrupted, partial(verb, world), line, times, error))
            told.append(f"{name}: {type(error).__name__} at {line[0]}:{line[1]} ({times}), {came!r}")
            assert came is None or isinstance(came, (*ERRORS, PlasticDBError)), told
            world.unlocked()
            if came is None or world.positions() != before:
                continue
        came = attempt(partial(verb, world))
        if came is not None:  # the graph lacks what was accepted, or a rebuilding was broken off
            assert isinstance(came, GraphBehind) or "rebuild" in str(came), (name, came, told)
            world.db.sync()
            verb(world)
    return world, told


def check(world: World, told: list[str], twin: Undisturbed) -> None:
    """It is as if nothing had happened, and says so."""
    world.db.sync()
    for name in ("m", "e", "t", "line", "whole", "c"):
        assert world.db.memory(name).verify() == [], told
    assert world.events() == twin.events, told
    assert world.answers() == twin.answers, told
    world.unlocked()
    world.db.close()


def rounds(twin: Undisturbed, errors: tuple[type[BaseException], ...], times: int) -> Iterator[Any]:
    """For each round the place at which each verb is interrupted: in all rounds, every line of every verb has its turn."""
    grid = {name: [(line, error) for line in lines for error in errors] for name, lines in twin.lines.items()}
    most = max(map(len, grid.values()))
    for i in random.Random(times).sample(range(most), min(ROUNDS, most)):

        def where(name: str, i: int = i) -> tuple[Line, int, BaseException] | None:
            if i >= len(grid[name]):
                return None
            line, error = grid[name][i]
            return line, times, error()

        yield where


def test_interrupted_at_some_lines(tmp_path: Path, twin: Undisturbed) -> None:
    rng = random.Random(1)

    def where(_: str) -> tuple[Line, int, BaseException] | None:
        return rng.choice(twin.lines[_]), rng.choice([1, 1, 2, 5]), rng.choice(ERRORS)()

    for i in range(times(1)):
        check(*disturbed(tmp_path / str(i), where), twin)


@pytest.mark.soak
@pytest.mark.parametrize("times", [1, 2])
def test_interrupted_at_many_lines(tmp_path: Path, twin: Undisturbed, times: int) -> None:
    for i, where in enumerate(rounds(twin, ERRORS, times)):
        check(*disturbed(tmp_path / str(i), where), twin)
