"""A fixed list of deeds, with every verb of all memories in it, that a process can be killed in and go on with.

Each deed writes to one memory at most, in one transaction of its journal or so that it can be done again. So where the
journal is says which deeds are done, and a memory that was killed again and again must be that of an undisturbed twin.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from plasticdb import NeverLearned, PlasticDB

__all__ = ["ERASED", "MEMORIES", "Deed", "State", "begun", "deeds", "state"]

MEMORIES = ("m", "e", "t", "line", "whole", "c", "i", "d")
"""A sequence memory, one of engrams and one of transforms; one that is linear, and one that it is merged into; a classifier; a
memory that is imported, and one that is dropped."""
ERASED = "qxz"
"""In what is erased, and in nothing else."""
State = dict[str, int]
"""Where the journal of each memory is; 0 where there is none."""


@dataclass(frozen=True, slots=True)
class Deed:
    """`do` does it to a database, with files in a folder; `parts`: the journal may have the first part of it alone."""

    name: str
    do: Callable[[PlasticDB, Path], object]
    parts: bool = False


def _as_of(db: PlasticDB, when: int) -> object:
    with db.memory("m").as_of(when) as then:
        return then.stats()


def deeds(rounds: int) -> list[Deed]:
    """All verbs, as often as there are rounds, with other words each time."""
    return [deed for number in range(rounds) for deed in _round(number, random.Random(number))]


def _round(number: int, rng: random.Random) -> Iterator[Deed]:
    def some(count: int, least: int = 1) -> list[str]:
        return ["".join(rng.choices("abcd", k=rng.randrange(least, 7))) for _ in range(count)]

    def file(db: PlasticDB, folder: Path, words: list[str], **how: bool) -> None:
        (folder / "words.txt").write_text("\n".join(words) + "\n")
        db.sequence("m", batch=5).ingest([str(folder / "words.txt")], source=f"file {number % 2}", **how)

    def updated(db: PlasticDB, folder: Path) -> None:
        """Records whose ids come again with other texts in the next round."""
        with gzip.open(folder / "records.jsonl.gz", "wt") as out:
            out.writelines(json.dumps({"text": word, "id": str(i)}) + "\n" for i, word in enumerate(words[:12]))
        db.sequence("m", batch=4).ingest(
            [str(folder / "records.jsonl.gz")], input="jsonl", source="records", update=True
        )

    words, more, secrets = some(20), some(15), [ERASED + word for word in some(3)]
    yield Deed("learn", lambda db, _: db.sequence("m", shortcuts=16).learn_many(words, source=f"list {number % 3}"))
    yield Deed("learn ids", lambda db, _: db.sequence("m").learn_many(more, source="ids", ids=more_ids), parts=True)
    more_ids = [f"{number} {i}" for i in range(len(more))]
    yield Deed("ingest", lambda db, folder: file(db, folder, words + more), parts=True)
    yield Deed("ingest --mirror", lambda db, folder: file(db, folder, words[3:] + secrets, mirror=True), parts=True)
    yield Deed("ingest --update", lambda db, folder: updated(db, folder), parts=True)
    yield Deed("reinforce", lambda db, _: db.sequence("m").reinforce(words[:3], by=0.5))
    yield Deed("weaken", lambda db, _: db.sequence("m").weaken(words[3:6], by=1.5))
    yield Deed("decay", lambda db, _: db.sequence("m").decay(500.0))
    yield Deed("collapse", lambda db, _: db.sequence("m").collapse(60))
    yield Deed("consolidate", lambda db, _: db.sequence("m").consolidate())
    yield Deed("unlearn", lambda db, _: db.sequence("m").unlearn(words[6]))
    yield Deed("unlearn --erase", lambda db, _: db.sequence("m").unlearn(secrets, all=True, erase=True))
    yield Deed("unlearn --source", lambda db, _: db.sequence("m").unlearn(source=f"list {(number + 1) % 3}"))
    yield from _engrams(number, rng)
    yield from _transforms(number, rng)
    yield from _labels(number, rng)
    yield from _asked()
    yield Deed("rebuild", lambda db, _: db.memory(("m", "e", "t", "whole", "c")[number % 5]).rebuild())
    yield from _moved(number)
    yield Deed("learn what is dropped", lambda db, _: db.sequence("d").learn_many([ERASED, "d"]))
    yield Deed("drop", lambda db, _: db.drop("d"))


def _engrams(number: int, rng: random.Random) -> Iterator[Deed]:
    made = {"dimension": 2, "lifespan": 6.0, "capacity": 4, "shortcuts": 3}
    vectors = [[[float(rng.randrange(-3, 4)) for _ in range(2)] for _ in range(3)] for _ in range(4)]
    ids = [f"{number} {i}" for i in range(3)]
    yield Deed("remember", lambda db, _: db.engrams("e", **made).remember(vectors[0], [number] * 3, ids))  # type: ignore[arg-type]
    yield Deed(
        "step", lambda db, _: db.engrams("e").step(vectors[1], lambda found: {r.id: 2.0 for r in found if r.id % 2})
    )
    yield Deed("remind", lambda db, _: db.engrams("e").remind())
    yield Deed("tick", lambda db, _: db.engrams("e").tick())
    yield Deed("remember more", lambda db, _: db.engrams("e").remember(vectors[2]))

    def reward(db: PlasticDB, _: Path) -> None:
        memory = db.engrams("e")
        memory.reward({found.id: 3.0 for found in memory.recall(vectors[3][0], k=2)})

    yield Deed("reward", reward)
    secret, other = f"secret {number}", f"{number} 1"
    told = [f"{ERASED} {number}"]
    yield Deed(
        "remember a secret",
        lambda db, _: db.engrams("e").remember(vectors[3][:1], told, [secret], source="s", lifespan=9.0),
    )
    yield Deed("update", lambda db, _: db.engrams("e").update(secret, payload=[*told, "again"]))
    yield Deed("pin", lambda db, _: db.engrams("e").pin([secret, other]))
    yield Deed("fire", lambda db, _: db.engrams("e").fire([secret, other], context="told"))
    yield Deed("fire one", lambda db, _: db.engrams("e").fire(other))
    yield Deed("tick again", lambda db, _: db.engrams("e").tick())
    yield Deed("unpin", lambda db, _: db.engrams("e").unpin(other))
    yield Deed("forget", lambda db, _: db.engrams("e").forget(other))
    yield Deed("forget --erase", lambda db, _: db.engrams("e").forget(source="s", erase=True))


def _transforms(number: int, rng: random.Random) -> Iterator[Deed]:
    def pairs(count: int, noise: float = 0.0) -> tuple[list[list[float]], list[list[float]]]:
        keys = [[float(rng.randrange(-9, 10)) for _ in range(2)] for _ in range(count)]
        return keys, [[2 * a - b + noise * rng.random()] for a, b in keys]

    line, noisy, more, last, secret = pairs(12), pairs(6, 5.0), pairs(4), pairs(5, 5.0), [f"{ERASED} {number}"]
    names = [f"{number} {i}" for i in range(4)]
    yield Deed("write", lambda db, _: db.transforms("t", 2, 1).write(*line, "here", source=f"list {number % 2}"))
    yield Deed("consolidate pairs", lambda db, _: db.transforms("t").consolidate())
    yield Deed("write what nothing explains", lambda db, _: db.transforms("t").write(*noisy))
    yield Deed("consolidate exactly", lambda db, _: db.transforms("t").consolidate(mode="exact"))
    yield Deed(
        "write ids", lambda db, _: db.transforms("t").write(*more, None, secret * 4, external_ids=names, source="s")
    )
    yield Deed("consolidate to few", lambda db, _: db.transforms("t").consolidate(budget=4, mode="exact"))
    yield Deed("forget a pair", lambda db, _: db.transforms("t").forget(names[1], erase=True))
    yield Deed("forget pairs --erase", lambda db, _: db.transforms("t").forget(source="s", erase=True))
    yield Deed("consolidate generally", lambda db, _: db.transforms("t").consolidate(mode="general"))
    yield Deed("write more", lambda db, _: db.transforms("t").write(*last, "here"))
    if number % 2:
        yield Deed("unlearn pairs", lambda db, _: db.transforms("t").unlearn("list 0"))
    yield Deed("read and use", lambda db, _: db.transforms("t").read([3, 1], use=True))
    yield Deed("use", lambda db, _: db.transforms("t").use(db.transforms("t").read([1, 2]).slots))
    yield Deed("consolidate afresh", lambda db, _: db.transforms("t").consolidate(afresh=True))
    beside = [[30.0 + number], [1.0]]
    yield Deed("write a line", lambda db, _: db.transforms("line", 2, 1).write(*pairs(12), "there"))
    yield Deed("write beside a merge", lambda db, _: db.transforms("whole", 2, 1).write([beside[0] * 2], beside[1:]))
    yield Deed("merge", lambda db, _: db.transforms("whole").merge("line"))
    if number % 2:
        yield Deed("unlearn a merge", lambda db, _: db.transforms("whole").unlearn("chain line"))
        yield Deed("merge again", lambda db, _: db.transforms("whole").merge("line"))
    yield Deed("take a merge back", lambda db, _: db.transforms("whole").unlearn("chain line", erase=True))


def _labels(number: int, rng: random.Random) -> Iterator[Deed]:
    def some(count: int, label: str) -> tuple[list[list[float]], list[str]]:
        far = 9 * (label == "far")
        return [[float(far + rng.randrange(5)) for _ in range(2)] for _ in range(count)], [label] * count

    near, far, secret = some(12, "near"), some(8, "far"), some(3, f"{ERASED} {number}")
    ids = [f"{number} {i}" for i in range(8)]
    (one,), (name,) = some(1, "near")
    yield Deed(
        "learn labels", lambda db, _: db.classifier("c", 2, batch=5).learn_many(*near, source=f"list {number % 2}")
    )

    def file(db: PlasticDB, folder: Path) -> None:
        rows = ({"x": x, "y": y, "id": id} for x, y, id in zip(*far, ids, strict=True))
        (folder / "far.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        db.classifier("c").ingest([str(folder / "far.jsonl")], source="file")

    yield Deed("ingest labels", file)
    yield Deed("learn a secret", lambda db, _: db.classifier("c").learn_many(*secret, source="secret"))
    yield Deed("learn one", lambda db, _: db.classifier("c").learn_one(one, name))
    yield Deed("forget a secret --erase", lambda db, _: db.classifier("c").forget(secret[1][0], erase=True))
    yield Deed("forget a label", lambda db, _: db.classifier("c").forget("far", "file"))
    yield Deed(
        "learn again", lambda db, _: db.classifier("c", batch=3).learn_many(*far, external_ids=ids, source="again")
    )
    yield Deed("unlearn labels", lambda db, _: db.classifier("c").unlearn(f"list {(number + 1) % 2}"))


def _asked() -> Iterator[Deed]:
    asked: dict[str, Callable[[PlasticDB], object]] = {
        "predict": lambda db: (
            db.sequence("m").predict("ab"),
            db.sequence("m").complete("a", n=2, seed=1),
            db.sequence("m").explain("a"),
        ),
        "tree": lambda db: (
            db.sequence("m").tree(),
            db.sequence("m").concepts(),
            db.sequence("m").score(["abc"]),
            db.memory("m").stats(),
            db.memory("e").stats(),
        ),
        "as of": lambda db: (_as_of(db, 5), list(db.sequence("m").diff(3, 20))),
        "query": lambda db: list(db.query("MATCH (m:Memory) RETURN m.name, m.position")),
        "notes": lambda db: [db.engrams("e").get(found.id) for found in db.engrams("e").list(limit=3)],
        "recall": lambda db: [db.engrams("e").associations(found.id) for found in db.engrams("e").recall([0, 0], k=2)],
        "read": lambda db: (
            db.transforms("t").read_many([[0, 0], [3, 1]]),
            db.transforms("t").recall_forward([0, 0], 3),
            db.transforms("t").chain([0, 0]),
        ),
        "labels": lambda db: (
            db.classifier("c").predict_many([[0, 0], [9, 9]]),
            db.classifier("c").explain([3, 1]),
            db.classifier("c").neurons(),
        ),
        "history": lambda db: (db.memory("m").sources(), db.sessions(), db.memories(), db.schema(), db.migrate()),
        "verify": lambda db: _must(all(db.memory(name).verify() == [] for name in ("m", "e", "t", "whole", "c"))),
        "sync": lambda db: db.sync(),
    }
    for name, ask in asked.items():
        yield Deed(name, lambda db, _, ask=ask: ask(db))  # type: ignore[misc]


def _moved(number: int) -> Iterator[Deed]:
    yield Deed("export", lambda db, folder: db.export("m", folder / "m.jsonl.gz"))
    yield Deed("export csv", lambda db, folder: db.export("m", folder / "m.zip", format="csv"))

    def imported(db: PlasticDB, folder: Path) -> None:
        db.export("m", folder / "import.jsonl")
        db.import_(folder / "import.jsonl", name="i", merge=True)

    def copied(db: PlasticDB, folder: Path) -> None:
        with PlasticDB.open(folder / "copy.db", clock=db._clock) as other:
            db.copy(other, "m", batch=40)

    yield Deed("import --merge", imported, parts=True)
    yield Deed("copy", copied)
    yield Deed("export pairs", lambda db, folder: db.export("t", folder / "t.jsonl"))
    if number % 2:
        yield Deed("unlearn the import", lambda db, _: db.sequence("i").unlearn(source="file 0"))

    def backed_up(db: PlasticDB, folder: Path) -> None:
        if db._journal.dialect == "sqlite" and getattr(db._store, "engine", None) is db._journal.engine:
            db.backup(folder / "backup.db", replace=True)

    yield Deed("backup", backed_up)


def _must(holds: bool) -> None:
    assert holds


def state(db: PlasticDB) -> State:
    positions = {memory.name: memory.position for memory in db._journal.memories()}
    return {name: positions.get(name, 0) for name in MEMORIES}


def begun(states: list[State], now: State, least: int, what: list[Deed]) -> int:
    """The deed that a journal which is there `now` goes on with; the twin was at states[i] before deed i.

    Raises AssertionError where no beginning of the deeds leads there: something was lost, doubled or half done.
    """
    for number in range(least, len(states)):
        if states[number] == now:
            return number
    for number in range(least, len(what)):
        before, after = states[number], states[number + 1]
        if what[number].parts and all(before[name] <= now[name] <= after[name] for name in MEMORIES):
            return number
    raise AssertionError(f"no deed from {least} ({what[least].name}) leads to {now}: {states[least : least + 3]} ...")


def do(db: PlasticDB, deed: Deed, folder: Path) -> None:
    with suppress(NeverLearned):  # by the twin neither
        deed.do(db, folder)
