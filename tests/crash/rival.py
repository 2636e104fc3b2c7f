"""A process that does one kind of thing to the memory `m`, the engrams of `e`, the pairs of `t` or the labels of `c`,
while others do others.

    python rival.py DB JOURNAL VERB SEED SECONDS

What it may be told is that another process was in the way (see IN_THE_WAY); anything else ends it.
"""

from __future__ import annotations

import os
import random
import sys
import time
from contextlib import suppress

from plasticdb import BadInput, BadMemory, Forgotten, NeverLearned, NothingLearned, PlasticDB, Unavailable

ON_LABELS = ("learn labels", "learn names", "predict", "forget labels", "unlearn labels", "rebuild labels")
ON_PAIRS = (
    "write",
    "consolidate",
    "read pairs",
    "use",
    "merge",
    "forget pairs",
    "unlearn pairs",
    "rebuild pairs",
)
ON_ENGRAMS = ("step", "reward", "recall", "forget", "rebuild engrams", "drop engrams")
IN_THE_WAY = (BadMemory, Forgotten, NeverLearned, NothingLearned, Unavailable)  # Forgotten: a rebuild is under way


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
            db.memory("m").rebuild()
        case "drop":
            db.drop("m")
            time.sleep(0.2 * rng.random())
        case "read":
            assert abs(sum(db.sequence("m").predict("ab").values()) - 1) < 1e-9
            db.sequence("m").score(["abc"])
            assert db.memory("m").stats()["behind"] >= 0
        case "verify":
            assert db.memory("m").verify() == []


def on_engrams(db: PlasticDB, verb: str, rng: random.Random) -> None:
    memory = db.engrams("e", dimension=3, lifespan=6.0, capacity=4)
    match verb:
        case "step":
            vectors = [[rng.random() for _ in range(3)] for _ in range(3)]
            memory.step(vectors, lambda found: {one.id: rng.choice([0.5, 2.0]) for one in found})
        case "reward":
            alive = [one.id for one in memory.recall([0.5] * 3, k=4)]
            with suppress(BadInput):  # some may be dead by now
                memory.reward(dict.fromkeys(alive, 1.0))
        case "recall":
            for one in memory.recall([rng.random() for _ in range(3)], k=6):
                with suppress(BadInput):
                    assert all(0 < other.probability <= 1 for other in memory.associations(one.id))
        case "forget":
            alive = [one.id for one in memory.list(limit=5)]
            with suppress(BadInput):
                memory.update(rng.choice(alive or [1]), payload=rng.random())
                memory.forget(rng.sample(alive, min(2, len(alive))), erase=rng.random() < 0.5)
        case "rebuild engrams":
            db.memory("e").rebuild()
        case "drop engrams":
            db.drop("e")
            time.sleep(0.2 * rng.random())


def on_pairs(db: PlasticDB, verb: str, rng: random.Random) -> None:
    memory = db.transforms("t", 2, 1)
    keys = [[rng.random(), rng.random()] for _ in range(5)]
    match verb:
        case "write":
            memory.write(keys, [[a + 2 * b] for a, b in keys], source=rng.choice("ab"), stream="here")
        case "consolidate":
            memory.consolidate(mode=rng.choice(["auto", "exact", "general"]), afresh=rng.random() < 0.2)
        case "read pairs":
            assert all(abs(value) < 99 for (value,) in memory.read_many(keys).tolist())
            for share in memory.read(keys[0]).slots:
                with suppress(BadInput):  # it may be gone by now
                    memory.get(share.id)
        case "forget pairs":
            some = [one.id for one in memory.list(limit=5) if one.state != "transform"]
            with suppress(BadInput):
                memory.forget(rng.sample(some, min(2, len(some))), erase=rng.random() < 0.3)
        case "unlearn pairs":
            with suppress(BadInput):  # all of it may be gone by now
                memory.unlearn(rng.choice("ab"), erase=rng.random() < 0.3)
        case "use":
            with suppress(BadInput, NothingLearned):  # the slots, or all of them, may be gone by now
                memory.use(memory.read(keys[0], use=True).slots)
        case "merge":
            whole = db.transforms("w", 2, 1)
            with suppress(BadInput):  # it has the chain already, or what was written since lies among its keys
                whole.merge("t")
            with suppress(BadInput):  # the other one took it back
                whole.unlearn("chain t", erase=rng.random() < 0.3)
        case "rebuild pairs":
            memory.rebuild()


def on_labels(db: PlasticDB, verb: str, rng: random.Random) -> None:
    memory = db.classifier("c", 2, batch=rng.choice([3, 8, 100]))
    labels = rng.choices(["tea", "rain"], k=6)
    samples = [[rng.random() + 9 * (label == "rain"), rng.random()] for label in labels]
    match verb:
        case "learn labels":
            memory.learn_many(samples, labels, source=rng.choice("ab"))
        case "learn names":  # each is learned once, by whichever process comes first
            memory.learn_one(samples[0], labels[0], external_id=str(rng.randrange(50)), source="ids")
        case "predict":
            assert abs(sum(memory.predict(samples[0]).values()) - 1) < 1e-9
            assert sum(reason.p > 0 for reason in memory.explain(samples[0], top=99)) <= 2
        case "forget labels":
            memory.forget(rng.choice(["tea", "rain"]), rng.choice([None, "a"]), erase=rng.random() < 0.3)
        case "unlearn labels":
            memory.unlearn(rng.choice("ab"))
        case "rebuild labels":
            memory.rebuild()


def main() -> None:
    url, journal, verb, seed, seconds = sys.argv[1:]
    rng, end = random.Random(seed), time.monotonic() + float(seconds)
    with PlasticDB.open(url, journal, password=os.environ.get("NEO4J_PASSWORD"), timeout=60) as db:
        while time.monotonic() < end:
            with suppress(*IN_THE_WAY):
                of = {ON_ENGRAMS: on_engrams, ON_PAIRS: on_pairs, ON_LABELS: on_labels}
                next((do for verbs, do in of.items() if verb in verbs), once)(db, verb, rng)


if __name__ == "__main__":
    main()
