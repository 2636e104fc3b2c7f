"""Random mixes of all verbs, for the tests of laws that must hold whatever was done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from hypothesis import strategies as st

from plasticdb import BadMemory, NeverLearned, PlasticDB
from plasticdb.memory.base import Memory

__all__ = ["ENGRAM_MIXES", "MIXES", "Clock", "Verb", "do", "do_engrams", "past"]

T = TypeVar("T")

WORDS = st.text("ab", max_size=4)
SOURCES = st.sampled_from(["s", "t"])
MASSES = st.sampled_from([0.25, 0.5, 1.0, 2.5])

Verb = tuple[object, ...]
MIXES: st.SearchStrategy[list[Verb]] = st.lists(
    st.one_of(
        st.tuples(st.just("learn"), st.lists(WORDS, min_size=1, max_size=6), st.one_of(st.none(), SOURCES)),
        st.tuples(st.just("unlearn"), WORDS),
        st.tuples(st.just("forget source"), SOURCES),
        st.tuples(st.just("erase"), WORDS),
        st.tuples(st.just("reinforce"), WORDS, MASSES),
        st.tuples(st.just("weaken"), WORDS, MASSES),
        st.tuples(st.just("decay"), st.sampled_from([10.0, 1000.0])),
        st.tuples(st.just("wait"), st.sampled_from([1.0, 50.0])),
    ),
    max_size=14,
)


# Small numbers: squared distances are exact, and many are equal.
VECTORS = st.lists(st.lists(st.integers(-3, 3), min_size=2, max_size=2), min_size=1, max_size=3)
TICKS = st.sampled_from([-2.0, 0.1, 1.0, 3.5])
ENGRAM_MIXES: st.SearchStrategy[list[Verb]] = st.lists(
    st.one_of(
        st.tuples(st.just("remember"), VECTORS, st.none() | st.sampled_from(["a", "b", "ß🧠"])),
        st.tuples(st.just("step"), VECTORS, TICKS),
        st.tuples(st.just("step"), VECTORS, TICKS),
        st.tuples(st.just("remind")),
        st.tuples(st.just("reward"), st.integers(0, 8), TICKS),
        st.tuples(st.just("tick")),
    ),
    max_size=25,
)


@dataclass(slots=True)
class Clock:
    """A clock that stands still until a mix of verbs waits."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def do(db: PlasticDB, clock: Clock, verb: Verb, name: str = "m", batch: int = 50_000) -> None:
    """Do one verb of a mix. What was never learned is refused, also by a memory that is not there yet; that is all."""
    memory = db.sequence(name, batch=batch)
    try:
        match verb:
            case ("learn", list() as words, source):
                ids = None if source is None else [f"{word}{i}" for i, word in enumerate(words)]
                memory.learn_many(words, source=source, ids=ids)  # type: ignore[arg-type]
            case ("unlearn", str() as word):
                memory.unlearn(word)
            case ("forget source", str() as source):
                memory.unlearn(source=source)
            case ("erase", str() as word):
                memory.unlearn(word, all=True, erase=True)
            case ("reinforce", str() as word, float() as by):
                memory.reinforce(word, by=by)
            case ("weaken", str() as word, float() as by):
                memory.weaken(word, by=by)
            case ("decay", float() as half_life):
                memory.decay(half_life)
            case ("wait", float() as seconds):
                clock.now += seconds
    except (NeverLearned, BadMemory):
        pass


def do_engrams(db: PlasticDB, verb: Verb, name: str = "e", **options: Any) -> list[Any]:
    """Do one verb of a mix of engrams; what it brought up."""
    memory = db.engrams(
        name, dimension=2, **({"lifespan": 3.0, "capacity": 3, "near": 2, "far": 2, "depth": 2} | options)
    )
    match verb:
        case ("remember", list() as vectors, id):
            ids = None if id is None else [f"{id}{i}" for i in range(len(vectors))]
            memory.remember(vectors, [{"v": vector} for vector in vectors], ids)
        case ("step", list() as vectors, float() as ticks):
            return memory.step(vectors, lambda found: {one.id: ticks for one in found if one.id % 3})
        case ("remind",):
            return memory.remind() if db.memories() else []
        case ("reward", int() as place, float() as ticks):
            alive = memory.recall([0, 0], k=9) if db.memories() else []
            memory.reward({one.id: ticks for one in alive[place : place + 1]}) if alive else None
            return alive
        case ("tick",):
            if db.memories():
                memory.tick()
    return []


def past(memory: Memory[Any, Any], when: Any, ask: Callable[[Any], T]) -> T:
    """What a memory answers as it was."""
    with memory.as_of(when) as then:
        return ask(then)
