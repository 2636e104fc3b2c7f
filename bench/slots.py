"""Slots of a transform memory: what it costs to write, to read and to follow them, in memories of several sizes."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from plasticdb import PlasticDB

from .report import Figure, child, seconds, tell

SIZE, STREAMS, LONG, MOST = 16, 200, 50, 10_000

MANY = """
import resource, sys, time
import numpy as np
from plasticdb import PlasticDB
path, made, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(made)
def timed(work, clock=time.perf_counter):
    began = clock()
    work()
    return clock() - began
with PlasticDB.open(path) as db:
    memory = db.transforms("m", key_dimension=size, value_dimension=size)
    some = lambda: rng.normal(size=(2, 10_000, size))
    if made:
        began = time.perf_counter()
        took = [timed(lambda: memory.write(*some()), time.process_time) for _ in range(made // 10_000)]
        part = max(len(took) // 10, 1)
        print(time.perf_counter() - began, sum(took[:part]) / part * 100, sum(took[-part:]) / part * 100)
    else:
        keys = rng.normal(size=(100, size))
        print(timed(lambda: memory.read(keys[0])))
        print(sorted(timed(lambda: memory.read(key)) for key in keys[1:22])[10] * 1000)
        memory.write(keys[:1], keys[:1])
        print(timed(lambda: memory.read(keys[0])) * 1000)
        print(timed(lambda: memory.read_many(keys)) * 10)
        print(sorted(timed(lambda: memory.write(key[None], key[None])) for key in keys[1:22])[10] * 1000)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def many(folder: Path, slots: int) -> None:
    """Very many raw slots of 16 numbers: writing them, and reading in a process that was just started, and again."""
    file = str(folder / "slots.db")
    made, early, late = child(MANY, file, str(slots), str(SIZE))
    first, again, after, each, one, peak = child(MANY, file, "0", str(SIZE))
    tell(
        Figure(f"writing {slots:,} pairs, 10,000 at a time: a second", slots / made, ""),
        Figure("  a pair among the first tenth, of the processor's time", early, "us"),
        Figure("  among the last, beside that", late / early, "x", 1.2),
        Figure(f"a read among {slots:,} raw slots, SQLite, warm", again, "ms", 20),
        Figure("  the first of a process", first, "s"),
        Figure("  after one more was written", after, "ms"),
        Figure("  of 100 at a time, each", each, "ms"),
        Figure("  writing one more", one, "ms"),
        Figure("  peak memory", peak, "MB"),
        Figure("  the database", sum(f.stat().st_size for f in folder.glob("slots.db*")) / 1e6, "MB"),
    )


def reads(folder: Path) -> None:
    """Reads a second of a memory that was consolidated, one at a time and many; what a pair costs to consolidate."""
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.normal(size=(SIZE, SIZE)))[0]
    keys = rng.normal(size=(MOST, SIZE))
    with PlasticDB.open(folder / "reads.db") as db:
        memory = db.transforms("m", key_dimension=SIZE, value_dimension=SIZE)
        one = statistics.median(seconds(lambda: memory.write(key[None], key[None] @ turn)) for key in keys[:100])  # noqa: B023
        many = seconds(lambda: memory.write(keys[100:], keys[100:] @ turn))
        took = seconds(memory.consolidate)
        single = statistics.median(seconds(lambda: memory.read(key)) for key in keys[:200])  # noqa: B023
        every = seconds(lambda: memory.read_many(keys))
    tell(
        Figure("writes of one pair, SQLite: a second", 1 / one, ""),
        Figure(f"  of {MOST - 100:,} at once", (MOST - 100) / many, ""),
        Figure(f"consolidating {MOST:,} pairs of a linear map, a pair", took / MOST * 1e6, "us"),
        Figure("reads of one query, consolidated: a second", 1 / single, ""),
        Figure(f"  of {MOST:,} at once", MOST / every, ""),
    )


def followed_on_sqlite(folder: Path) -> None:
    """200 sequences of 50, each a stream: from a cue with 20 % noise forward and backward, also after reopening."""

    @contextmanager
    def opened() -> Iterator[PlasticDB]:
        with PlasticDB.open(folder / "followed.db") as db:
            yield db

    _followed(opened, "SQLite")


def followed_on_neo4j(folder: Path, uri: str, username: str, password: str) -> None:
    """The same on Neo4j."""

    @contextmanager
    def opened() -> Iterator[PlasticDB]:
        with PlasticDB.open(uri, folder / "followed-journal.db", username=username, password=password) as db:
            db.migrate()
            yield db

    _followed(opened, "Neo4j")


def _followed(opened: Any, where: str) -> None:
    rng = np.random.default_rng(0)
    items = rng.normal(size=(STREAMS, LONG, SIZE))
    with opened() as db:
        memory = db.transforms("followed", key_dimension=SIZE, value_dimension=SIZE)
        took = seconds(lambda: [memory.write(some, some, stream=f"{i}") for i, some in enumerate(items)])
        before = _found(memory, items, rng)
        memory.consolidate()
        between = _found(memory, items, rng)
    with opened() as db:
        memory = db.transforms("followed")
        after = _found(memory, items, rng)
        step = seconds(lambda: memory.recall_forward(items[0, 0], steps=LONG - 1))
        db.drop("followed")
    tell(
        Figure(f"{STREAMS} sequences of {LONG}, cues with 20 % noise, {where}: recalled", before, "", -0.99),
        Figure("  consolidated", between, "", -0.99),
        Figure("  after reopening", after, "", -0.99),
        Figure("  writing a sequence", took / STREAMS * 1000, "ms"),
        Figure(f"  following {LONG - 1} steps", step * 1000, "ms"),
    )


def _found(memory: Any, items: Any, rng: np.random.Generator) -> float:
    """Of all items the share that comes back in its place, half of it forward from the first, half backward from the last."""
    right = 0
    for some in items:
        first, last = (one + rng.normal(scale=0.2, size=one.shape) for one in (some[0], some[-1]))
        for found, wanted in (
            (memory.recall_forward(first, steps=LONG - 1), some),
            (memory.recall_backward(last, steps=LONG - 1), some[::-1]),
        ):
            right += sum(np.array_equal(one.key, item) for one, item in zip(found, wanted, strict=False))
    return float(right / (2 * items.shape[0] * items.shape[1]))
