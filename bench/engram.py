"""Engrams: what a step costs in memories of four sizes, what recall finds and takes, and who lives after many ticks."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plasticdb import PlasticDB
from plasticdb.engram import rules
from plasticdb.engram.memory import EngramMemory, Reminded

from .report import Figure, child, seconds, tell

SIZES = (1_000, 4_000, 16_000, 64_000)
DIMENSION, BORN, MEASURED = 64, 8, 500

RECALL = """
import resource, sys, time
import numpy as np
from plasticdb import PlasticDB
path, made, dimension = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(0)
def timed(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
with PlasticDB.open(path) as db:
    memory = db.engrams("m", dimension=dimension)
    some = lambda: rng.normal(size=(20_000, dimension)).astype(np.float32)
    if made:
        print(timed(lambda: [memory.remember(some()) for _ in range(made // 20_000)] and memory.tick()))
    else:
        cue = some()[0]
        print(timed(lambda: memory.recall(cue, 10)))
        print(sorted(timed(lambda: memory.recall(cue, 10)) for _ in range(5))[2])
        memory.remember(some()[:8])
        print(timed(lambda: memory.recall(cue, 10)))
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def steps_on_sqlite(folder: Path) -> None:
    """Milliseconds and bytes a step (8 are remembered, reminded, rewarded, a tick), in memories in which 8 die a tick."""
    rest = {}
    for size in SIZES:
        with PlasticDB.open(folder / f"steps{size}.db") as db:
            memory = _grown(db, size)
            before = _bytes(db)
            took, near = _steps(memory, MEASURED)
            grown = (_bytes(db) - before) / MEASURED / 1000
        rest[size] = took - near
        tell(
            Figure(f"a step, {size:,} long-term engrams, SQLite", took, "ms", 30 if size <= 16_000 else None),
            Figure("  of that, nearness", near, "ms"),
            Figure("  on disk", grown, "kB"),
        )
    tell(Figure("64,000 beside 1,000, nearness taken off", rest[64_000] / rest[1_000], "x", 2))


def steps_on_neo4j(folder: Path, uri: str, username: str, password: str) -> None:
    """The same on Neo4j, up to 16,000."""
    with PlasticDB.open(uri, folder / "steps-journal.db", username=username, password=password) as db:
        db.migrate()
        for size in SIZES[:3]:
            took, _ = _steps(_grown(db, size), 200)
            tell(Figure(f"a step, {size:,} long-term engrams, Neo4j", took, "ms", 100 if size == 16_000 else None))
            db.drop("steps")


def associations(folder: Path) -> None:
    """500 pairs of unlike vectors, each seen together 5 times among 5,000 others, in steps of two; cue one of a pair."""
    rng = np.random.default_rng(0)
    pairs, others = rng.normal(size=(500, 2, DIMENSION)), rng.normal(size=(2_500, 2, DIMENSION))
    order = rng.permutation(np.concatenate([np.repeat(np.arange(500), 5), -1 - np.arange(2_500)])).tolist()
    with PlasticDB.open(folder / "pairs.db") as db:
        memory = db.engrams("pairs", dimension=DIMENSION, lifespan=1e6)
        for k in order:
            memory.step(pairs[k] if k >= 0 else others[-1 - k], None, [[k, 0], [k, 1]])
        found = [memory.recall(pairs[k, 0], 10) for k in range(500)]
        took = statistics.median(seconds(lambda k=k: memory.recall(pairs[k, 0], 10)) for k in range(500))  # type: ignore[misc]
    hits = sum(any(one.payload == [k, 1] for one in some) for k, some in enumerate(found))
    near = sum(any(one.payload == [k, 1] and one.why == "near" for one in some) for k, some in enumerate(found))
    tell(
        Figure("500 pairs among 5,000 others: recall@10", hits / 500, "", -0.95),
        Figure("  by nearness alone", near / 500, ""),
        Figure("  a recall", took * 1000, "ms"),
    )


def lives(folder: Path, ticks: int = 2_000) -> None:
    """1,000 engrams; 50 of them are rewarded when they are recalled; one tick in two recalls one of the 50."""
    rng = np.random.default_rng(0)
    vectors, live = rng.normal(size=(1_000, DIMENSION)), []
    with PlasticDB.open(folder / "lives.db") as db:
        memory = db.engrams("lives", dimension=DIMENSION, lifespan=200.0)
        ids = memory.remember(vectors).ids
        useful = set(ids[::20])
        for tick in range(ticks):
            if tick % 2 == 0:
                cue = vectors[20 * (tick // 2 % 50)] + rng.normal(scale=0.1, size=DIMENSION)
                found = memory.recall(cue, 5)
                memory.reward({one.id: 200 - one.lifespan for one in found if one.id in useful})
            memory.step(rng.normal(size=(1, DIMENSION)))
            live.append(_live(memory))
        alive = {row["id"] for row in db.query("MATCH (e:Engram) RETURN e.number AS id")}
    others = set(ids) - useful
    tell(
        Figure(f"of 50 that are rewarded, alive after {ticks:,} ticks", len(alive & useful) / 50, "", -0.98),
        Figure("of 950 others, gone", len(others - alive) / 950, "", -0.98),
        Figure("  live engrams at most, in the second half", max(live[ticks // 2 :]), ""),
    )


def endurance(folder: Path, ticks: int) -> None:
    """Many ticks, each a step of 2: the size of the live graph and the time of a step, early and late."""
    rng, file = np.random.default_rng(0), folder / "endurance.db"
    with PlasticDB.open(file) as db:
        memory = db.engrams("steps", dimension=16)
        rows = []
        for part in range(20):
            took = [_step(memory, rng.normal(size=(2, 16))) for _ in range(ticks // 20)]
            edges = db._store.counts()
            rows.append((statistics.median(took) * 1000, _live(memory), edges["fired"], edges["engram_synapse"]))
            if part in (1, 10, 19):
                names = ("a step", "live engrams", "FIRED", "SYNAPSE")
                told = ", ".join(f"{name} {value:,.1f}" for name, value in zip(names, rows[-1], strict=True))
                print(f"  after {(part + 1) * ticks // 20:,} ticks: {told}", flush=True)
    early, late = (np.median([row[0] for row in part]) for part in (rows[1:6], rows[-5:]))
    tell(Figure(f"a step late in {ticks:,} ticks, beside one early", float(late / early), "x", 1.2))


def recall(folder: Path, engrams: int) -> None:
    """Recall by looking at all of very many vectors: of 384 numbers, in a process that was just started, and again."""
    file = str(folder / "recall.db")
    (made,) = child(RECALL, file, str(engrams), "384")
    first, again, after, peak = child(RECALL, file, "0", "384")
    tell(
        Figure(f"remember {engrams:,} vectors of 384, SQLite", made, "s"),
        Figure("  recall, the first of a process", first, "s"),
        Figure("  recall, again", again, "s"),
        Figure("  recall, after 8 more were remembered", after, "s"),
        Figure("  peak memory", peak, "MB"),
        Figure("  the database", sum(f.stat().st_size for f in folder.glob("recall.db*")) / 1e6, "MB"),
    )


def _grown(db: PlasticDB, size: int) -> EngramMemory:
    """A memory that lived until as many engrams die as are born, with `size` of them."""
    memory = db.engrams("steps", dimension=DIMENSION, lifespan=size / BORN)
    _steps(memory, size // BORN + 50)
    return memory


def _steps(memory: EngramMemory, count: int) -> tuple[float, float]:
    """Milliseconds of a step, the median, and how much of it is the search for what is near."""
    rng = np.random.default_rng(memory.options.seed)
    real, near = rules.near, 0.0

    def timed(*arguments: Any) -> NDArray[np.int64]:
        nonlocal near
        found: list[NDArray[np.int64]] = []
        near += seconds(lambda: found.append(real(*arguments)))
        return found[0]

    rules.near = timed
    try:
        centres = rng.normal(size=(500, DIMENSION))
        took = [_step(memory, centres[rng.integers(500)] + rng.normal(size=(BORN, DIMENSION))) for _ in range(count)]
    finally:
        rules.near = real
    return statistics.median(took) * 1000, near / count * 1000


def _step(memory: EngramMemory, vectors: NDArray[np.float64]) -> float:
    return seconds(lambda: memory.step(vectors, _useful))


def _useful(reminded: list[Reminded]) -> dict[int, float]:
    return {one.id: 0.5 for one in reminded if one.id % 2}


def _live(memory: EngramMemory) -> int:
    stats = memory.stats()
    return int(stats["working"] + stats["short"] + stats["long"])


def _bytes(db: PlasticDB) -> int:
    """How much of a SQLite file is in use; what was freed is used again."""
    with db._journal.engine.connect() as connection:
        pages, free, size = (
            int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
            for name in ("page_count", "freelist_count", "page_size")
        )
    return (pages - free) * size
