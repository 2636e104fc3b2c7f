"""Random mixes of verbs as steps, for the laws of `plasticdb.testing`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from plasticdb import PlasticDB
from plasticdb.testing import Step, verb, wait

from .verbs import MASSES, SOURCES, TICKS, VECTORS, WORDS

__all__ = [
    "ENGRAM_EVERYTHING",
    "ENGRAM_STEPS",
    "FAR",
    "FAR_EVERYTHING",
    "LEARNED_STEPS",
    "SEQUENCE_EVERYTHING",
    "SEQUENCE_STEPS",
    "TRANSFORM_EVERYTHING",
    "TRANSFORM_STEPS",
    "UNDONE_STEPS",
    "VECTOR_EVERYTHING",
    "VECTOR_STEPS",
]


def learning(words: list[str], source: str | None) -> Step:
    ids = None if source is None else [f"{word}{i}" for i, word in enumerate(words)]
    return verb("learn_many", words, source=source, ids=ids)


@dataclass(frozen=True, slots=True)
class Rewarded:
    """Reward one of the engrams that are nearest to the middle."""

    place: int
    ticks: float

    def __call__(self, memory: Any, /, **how: Any) -> object:
        alive = memory.recall([0, 0], k=9)
        deltas = {one.id: self.ticks for one in alive[self.place : self.place + 1]}
        return memory.reward(deltas, **how) if deltas else None


@dataclass(frozen=True, slots=True)
class OfNote:
    """Do a verb to one of the oldest notes."""

    name: str
    place: int
    more: tuple[tuple[str, Any], ...] = ()

    def __call__(self, memory: Any, /, **how: Any) -> object:
        some = [one.id for one in memory.list(limit=9)][self.place : self.place + 1]
        return getattr(memory, self.name)(*some, **dict(self.more), **how) if some else None


@dataclass(frozen=True, slots=True)
class Fired:
    """Let the oldest notes fire together, in a context or in none."""

    many: int
    context: str | None = None

    def __call__(self, memory: Any, /, **how: Any) -> object:
        some = [one.id for one in memory.list(limit=self.many)]
        return memory.fire(some, context=self.context, **how) if some else None


@dataclass(frozen=True, slots=True)
class Predicted:
    """Ask what comes next, to as many digits as do not depend on the order of a sum."""

    word: str

    def __call__(self, memory: Any, /, **how: Any) -> object:
        return {symbol: round(p, 7) for symbol, p in memory.predict(self.word).items()}


def recalled(memory: Any, /, **how: Any) -> object:
    """Ask what is nearest to a place."""
    return memory.recall([1, 1], k=20)


def remembering(vectors: list[list[int]], id: str | None, stream: str | None = None) -> Step:
    ids = None if id is None else [f"{id}{i}" for i in range(len(vectors))]
    return verb("remember", vectors, [{"v": vector} for vector in vectors], ids, stream=stream)


def telling(texts: list[str], id: str | None, stream: str) -> Step:
    ids = None if id is None else [f"{id}{i}" for i in range(len(texts))]
    how = {"source": stream, "stream": stream, "lifespan": 4.0 if stream == "a talk" else None}
    return verb("remember", texts, [{"v": one} for one in texts], ids, **how)


def stepping(given: list[list[int]] | list[str], ticks: float, stream: str | None = None) -> Step:
    return verb("step", given, lambda found: {one.id: ticks for one in found if one.id % 3}, stream=stream)


LEARNED = st.builds(learning, st.lists(WORDS, min_size=1, max_size=6), st.none() | SOURCES)
LEARNED_STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.builds(learning, st.lists(WORDS, min_size=1, max_size=6), st.none()), min_size=1, max_size=6
)
SEQUENCE_STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        LEARNED,
        st.builds(verb, st.just("unlearn"), WORDS),
        SOURCES.map(lambda source: verb("unlearn", source=source)),
        WORDS.map(lambda word: verb("unlearn", word, all=True, erase=True)),
        WORDS.map(Predicted),
        st.tuples(WORDS, MASSES).map(lambda given: verb("reinforce", given[0], by=given[1])),
        st.tuples(WORDS, MASSES).map(lambda given: verb("weaken", given[0], by=given[1])),
        st.builds(verb, st.just("decay"), st.sampled_from([10.0, 1000.0])),
        st.builds(verb, st.just("collapse"), st.sampled_from([12, 40])),
        st.builds(wait, st.sampled_from([1.0, 50.0])),
    ),
    max_size=14,
)
UNDONE_STEPS: st.SearchStrategy[list[tuple[Step, Step]]] = st.lists(
    WORDS.map(lambda word: (learning([word], "taken back"), verb("unlearn", source="taken back"))),
    min_size=1,
    max_size=1,
)


def vector_verbs(streams: st.SearchStrategy[str | None]) -> tuple[st.SearchStrategy[Any], ...]:
    """Verbs of any memory of engrams, in some streams."""
    return (
        st.builds(remembering, VECTORS, st.none() | st.sampled_from(["a", "b", "ß🧠"]), streams),
        st.builds(stepping, VECTORS, TICKS, streams),
        st.builds(stepping, VECTORS, TICKS, streams),
        st.builds(verb, st.just("remind"), context=st.sampled_from([None, "at work", "ß🧠"])),
        st.builds(Fired, st.integers(1, 4), st.sampled_from([None, "at work", "at home"])),
        st.just(recalled),
        st.builds(Rewarded, st.integers(0, 8), TICKS),
        st.builds(verb, st.just("tick")),
        st.builds(OfNote, st.sampled_from(["pin", "unpin"]), st.integers(0, 8)),
        st.builds(OfNote, st.just("update"), st.integers(0, 8), st.sampled_from([(("payload", "another"),)])),
        st.builds(verb, st.just("forget"), st.integers(1, 12), erase=st.booleans()),
        st.builds(verb, st.just("forget"), st.integers(1, 40), erase=st.booleans()),  # many are no engrams, or dead
    )


VECTOR_STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(*vector_verbs(st.none() | st.just("here"))), max_size=25
)
TEXTS = st.lists(
    st.lists(st.sampled_from(["tea", "rain", "teas", "Zürich", "the", ""]), max_size=3).map(" ".join),
    min_size=1,
    max_size=3,
)
ENGRAM_STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        *vector_verbs(st.just("here")),  # that of a session is called otherwise in each database
        st.builds(telling, TEXTS, st.none() | st.just("told"), st.sampled_from(["a talk", "another"])),
        st.builds(stepping, TEXTS, TICKS, st.just("here")),
        st.builds(OfNote, st.just("update"), st.integers(0, 8), st.sampled_from([(("text", "rain at sea"),)])),
        st.sampled_from([verb("forget", stream="a talk"), verb("forget", where={"v": "tea"}, erase=True)]),
    ),
    max_size=25,
)


@dataclass(frozen=True, slots=True)
class OftenReminded:
    """Be reminded so often that the first firings are consolidated into synapses."""

    def __call__(self, memory: Any, /, **how: Any) -> object:
        for i in range(42):
            memory.remind(**({"operation": f"{how['operation']}-{i}"} if how else {}))
        return None


SEQUENCE_EVERYTHING: list[Step] = [
    learning(["emma", "emily", "anna", "em"], "s"),
    learning(["emma", "zoe"], None),
    verb("reinforce", "emma", by=0.5),
    wait(50.0),
    verb("decay", 1000.0),
    verb("consolidate"),
    verb("collapse", 10),
    verb("unlearn", "anna"),
]
FAR = ["emmma", "ohhhy", "ummmi"]
"""Samples whose first symbol and last one are farther apart than a context of two symbols reaches."""
FAR_EVERYTHING: list[Step] = [
    learning(FAR * 8, "far"),
    *SEQUENCE_EVERYTHING,
    verb("consolidate"),
    verb("unlearn", FAR[0]),
    verb("associations", "e"),
]
VECTOR_EVERYTHING: list[Step] = [
    remembering([[1, 0], [0, 1], [2, 2]], "a", "here"),
    verb("tick"),
    stepping([[1, 1], [0, 2]], 9.0, "here"),
    remembering([[3, 1]], None, "here"),
    Fired(6, "at work"),
    Fired(2, "at home"),
    OftenReminded(),
    Fired(2, "at home"),
    verb("remind"),
    Rewarded(1, 3.5),
    OfNote("pin", 0),
    OfNote("update", 1, (("payload", {"v": "another"}),)),
    verb("forget", 3),
    verb("forget", 2, erase=True),
]
ENGRAM_EVERYTHING: list[Step] = [
    *VECTOR_EVERYTHING,
    telling(["Ann drinks tea", "Bob sleeps", "Ann reads"], "told", "a talk"),
    telling(["tea for Bob", "Tea for Bob!"], None, "another"),
    telling(["tea for Bob"], None, "another"),
    stepping(["rain in Zürich", "rain at sea"], 2.0, "here"),
    OfNote("update", 3, (("text", "it rained"),)),
    verb("forget", "told1"),
    OfNote("fire", 0),
    OfNote("fire", 1),
]


def pairing(keys: list[list[int]], source: str | None, stream: str | None, step: int = 1) -> Step:
    """Write keys whose values are linear in them where `step` is 1, and otherwise not."""
    values = [[a + 2 * b + 1 if step == 1 else (a * b * step) % 5] for a, b in keys]
    names = None if source is None else [f"{a} {b}" for a, b in keys]
    return verb("write", keys, values, stream, {"step": step}, external_ids=names, source=source)


@dataclass(frozen=True, slots=True)
class Reading:
    """Read some keys, in each mode."""

    def __call__(self, memory: Any, /, **how: Any) -> object:
        keys = [[0, 0], [1, 2], [-3, 1], [9, 9]]
        return [memory.read_many(keys, mode=mode).round(6).tolist() for mode in (None, "exact", "general")]


@dataclass(frozen=True, slots=True)
class Recalling:
    """Recall what was written before and behind some keys."""

    def __call__(self, memory: Any, /, **how: Any) -> object:
        ways = (memory.recall_forward, memory.recall_backward)
        return [[(one.id, one.value.tolist()) for one in way([1, 2], 3, "here")] for way in ways]


@dataclass(frozen=True, slots=True)
class Using:
    """Read a key, whose slots are used."""

    def __call__(self, memory: Any, /, **how: Any) -> object:
        return memory.read([1, 2], use=True, **how).value.round(6).tolist()


@dataclass(frozen=True, slots=True)
class Merging:
    """Merge a memory that knows a plane, whose keys are far away or among the others."""

    away: float

    def __call__(self, memory: Any, /, **how: Any) -> object:
        keys = np.array([[i % 3, i // 3] for i in range(9)]) + self.away
        with PlasticDB.open(":memory:") as other:
            plane = other.transforms("plane", 2, 1)
            plane.write(keys, keys @ [[1.0], [-2.0]])
            return memory.merge([plane], **how)


KEYS = st.lists(st.lists(st.integers(-3, 3), min_size=2, max_size=2), min_size=1, max_size=6)
TRANSFORM_STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        *[st.builds(pairing, KEYS, st.none() | SOURCES, st.none() | st.just("here"), st.integers(1, 3))] * 3,
        st.builds(verb, st.just("consolidate"), st.none() | st.integers(1, 6), mode=st.sampled_from(["exact", "auto"])),
        st.builds(verb, st.just("consolidate"), mode=st.sampled_from(["general", "auto"]), afresh=st.booleans()),
        st.sampled_from([Reading(), Recalling(), Using(), Merging(0.0), Merging(20.0)]),
        st.builds(verb, st.just("use"), st.lists(st.integers(1, 12), min_size=1, max_size=3)),
        st.builds(verb, st.just("forget"), st.integers(1, 12), erase=st.booleans()),
        st.builds(verb, st.just("unlearn"), SOURCES),
        st.builds(wait, st.sampled_from([1.0, 50.0])),
    ),
    max_size=16,
)
TRANSFORM_EVERYTHING: list[Step] = [
    pairing([[0, 0], [1, 2], [2, 1], [3, 3], [-1, 2]], "s", "here"),
    verb("consolidate"),
    wait(50.0),
    pairing([[0, 2], [1, 1], [2, 2], [-2, 1], [-2, 1]], None, "here", 3),
    verb("consolidate", mode="exact"),
    pairing([[5, 2], [5, 1]], "t", None, 2),
    Merging(20.0),
    verb("forget", 2),
    Reading(),
    Recalling(),
    Using(),
]
