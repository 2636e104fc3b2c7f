"""A process that does one kind of thing to the memory `m`, again and again, while others do other things.

    python rival.py DB JOURNAL VERB SEED SECONDS

What it may be told is that another process was in the way (see IN_THE_WAY); anything else ends it.
"""

from __future__ import annotations

import os
import random
import sys
import time
from contextlib import suppress

from plasticdb import BadMemory, Forgotten, NeverLearned, PlasticDB, Unavailable

IN_THE_WAY = (BadMemory, Forgotten, NeverLearned, Unavailable)  # Forgotten: the graph is that of a memory just dropped


def once(db: PlasticDB, verb: str, rng: random.Random) -> None:
    memory = db.sequence("m", batch=rng.choice([5, 10, 40]))
    short = "".join(rng.choices("abcd", k=rng.randrange(1, 3)))
    match verb:
        case "learn":
            memory.learn_many(["".join(rng.choices("abcd", k=rng.randrange(1, 6))) for _ in range(20)])
        case "unlearn":
            memory.unlearn(short)
        case "erase":
            memory.unlearn(short, erase=True, all=True)
        case "rebuild":
            db.rebuild("m")
        case "drop":
            db.drop("m")
            time.sleep(0.2 * rng.random())
        case "read":
            assert abs(sum(db.predict("m", "ab").values()) - 1) < 1e-9
            db.score("m", ["abc"])
            assert db.stats("m")["behind"] >= 0
        case "verify":
            assert db.verify("m") == []


def main() -> None:
    url, journal, verb, seed, seconds = sys.argv[1:]
    rng, end = random.Random(seed), time.monotonic() + float(seconds)
    with PlasticDB.open(url, journal, password=os.environ.get("NEO4J_PASSWORD"), timeout=60) as db:
        while time.monotonic() < end:
            with suppress(*IN_THE_WAY):
                once(db, verb, rng)


if __name__ == "__main__":
    main()
