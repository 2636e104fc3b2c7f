"""A process that learns a file in small batches: what the crash tests start, kill and start again.

    python learner.py DB JOURNAL FILE SOURCE BATCH [before|after|rebuild|unlearn]
    python learner.py DB JOURNAL STEPS SEED engrams [before|after]

The second is a process that takes steps with the engrams of `e`: each of 3 vectors, in one transaction of the journal.

Names and passwords of a Neo4j come from the environment. The last word makes it kill itself at an exact point: before or
after the second batch is applied to the graph, or in the middle of a rebuild's or an unlearning's second batch.
"""

from __future__ import annotations

import os
import signal
import sys

import numpy as np

from plasticdb import PlasticDB
from plasticdb.graph.store import GraphStore


def kill_myself(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(store: GraphStore, when: str, batch: int) -> None:
    """Let the store's apply number `batch` be the process's last deed, done or not."""
    real, calls = store.apply, 0

    def apply(*args: object, **rest: object) -> bool:
        nonlocal calls
        calls += 1
        if calls == batch and when == "before":
            kill_myself()
        won = real(*args, **rest)  # type: ignore[arg-type]
        if calls == batch:
            kill_myself()
        return won

    store.apply = apply  # type: ignore[method-assign]


def steps(db: PlasticDB, times: int, seed: int) -> None:
    """Each engram says in its payload which process remembered it in which step; what is odd is rewarded."""
    rng = np.random.default_rng(seed)
    memory = db.engrams("e", dimension=3, lifespan=6.0, capacity=4, shortcuts=4)
    useful = lambda found: {r.id: 2.0 for r in found if r.id % 2}  # noqa: E731
    for step in range(times):
        memory.step(rng.normal(size=(3, 3)), useful, [[seed, step]] * 3, context=f"process {seed % 2}")
        if step == 0:
            print("one is taken", flush=True)


def main() -> None:
    url, journal, file, source, batch, *when = sys.argv[1:]
    with PlasticDB.open(
        url,
        journal,
        username=os.environ.get("NEO4J_USERNAME", "neo4j"),
        password=os.environ.get("NEO4J_PASSWORD"),
        timeout=120,
    ) as db:
        if when:
            dying(db._store, "before" if when[0] == "before" else "after", 2)
        if batch == "engrams":
            steps(db, int(file), int(source))
            return
        memory = db.sequence("m", batch=int(batch))
        if when == ["rebuild"]:
            memory.rebuild()
        elif when == ["unlearn"]:
            memory.unlearn(source=source)
        else:
            db.sequence("m", batch=int(batch)).ingest([file], source=source)


if __name__ == "__main__":
    main()
