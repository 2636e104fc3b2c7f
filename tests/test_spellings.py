"""A sample is its symbols: texts that are spelled otherwise, and cut alike, are one in the graph, whatever is done to them.

What is done to one memory in changing spellings is done to another in one spelling; their graphs must be the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from plasticdb import BadMemory, NeverLearned, PlasticDB
from plasticdb.memory.verify import differences
from plasticdb.sequence.options import Options
from plasticdb.sequence.schema import SESSION

from .effort import times
from .verbs import Clock

KINDS: list[dict[str, Any]] = [
    {"tokenizer": "words"},
    {"tokenizer": "words", "normalize": "NFC", "lower": True},
    {"tokenizer": "words", "normalize": "NFKC"},
    {"tokenizer": "chars"},
    {"tokenizer": "chars", "normalize": "NFKC", "lower": True},
    {"tokenizer": "bytes"},
    {"tokenizer": "symbols", "normalize": "NFC", "lower": True},
]
PIECES = ["a", "A", "b", "é", "e\u0301", "\u0301", "ﬁ", "fi", "'", ".", "Å", "\u212b", "क्षि", "🇩🇪", "\u200d", "👩"]
SPACES = [" ", "  ", "\u00a0", "\u2003", "\t", "\u202f", "\u2028"]
TEXTS = st.lists(st.sampled_from([*PIECES, *SPACES]), max_size=4).map("".join)


def samples(tokenizer: str) -> st.SearchStrategy[Any]:
    match tokenizer:
        case "symbols":
            return st.lists(st.sampled_from([*PIECES, *SPACES, "a b", "a\\"]), max_size=3)
        case "bytes":
            return st.one_of(
                TEXTS, TEXTS.map(str.encode), st.sampled_from([b"\xe9", b"\x00a", "\x00a", "\udce9", b"a"])
            )
        case _:
            return TEXTS


def verbs(sample: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    sources = st.sampled_from(["s", "t"])
    return st.lists(
        st.one_of(
            st.tuples(st.just("learn"), st.lists(sample, min_size=1, max_size=6), st.one_of(st.none(), sources)),
            st.tuples(st.just("learn"), st.lists(sample, min_size=1, max_size=6), st.one_of(st.none(), sources)),
            st.tuples(st.sampled_from(["unlearn", "erase", "every", "reinforce", "weaken"]), sample),
            st.tuples(st.just("mirror"), sources, st.integers(0, 3)),
            st.tuples(st.just("decay")),
        ),
        min_size=2,
        max_size=8,
    )


def do(db: PlasticDB, clock: Clock, name: str, kind: dict[str, Any], batch: int, verb: tuple[Any, ...]) -> None:
    memory = db.sequence(name, batch=batch, **kind)
    clock.now += 1
    try:
        match verb:
            case ("learn", list() as some, source):
                memory.learn_many(
                    some, source=source, ids=None if source is None else [str(i) for i in range(len(some))]
                )
            case ("unlearn", sample):
                memory.unlearn([sample])
            case ("erase", sample):
                memory.unlearn([sample], erase=True)
            case ("every", sample):
                memory.unlearn([sample], all=True)
            case ("reinforce", sample):
                memory.reinforce([sample, sample], all=True)
            case ("weaken", sample):
                memory.weaken([sample], by=0.5)
            case ("mirror", source, first):
                memory.unlearn(source=source, keep=[str(i) for i in range(first)])
            case ("decay",):
                memory.decay(10.0)
    except (NeverLearned, BadMemory):
        pass


@pytest.fixture(params=["sqlite", "postgres", "neo4j"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[PlasticDB, Clock, int]]:
    """A database, its clock, and how many examples it takes."""
    clock, examples = Clock(), {"sqlite": times(8), "postgres": times(3), "neo4j": times(2)}[request.param]
    if request.param == "neo4j":
        server = request.getfixturevalue("neo4j_emptied")
        db = PlasticDB.open(
            server.uri, tmp_path / "j.db", username=server.username, password=server.password, clock=clock
        )
    elif request.param == "postgres":
        db = PlasticDB.open(request.getfixturevalue("postgres_emptied"), clock=clock)
    else:
        db = PlasticDB.open(":memory:", clock=clock)
    with db:
        yield db, clock, examples


def test_spellings_are_one_sample(store: tuple[PlasticDB, Clock, int], tmp_path: Path) -> None:
    db, clock, examples = store
    here = Clock()

    # To shrink an example would take minutes on servers.
    @settings(deadline=None, max_examples=examples, phases=(Phase.reuse, Phase.generate))
    @given(st.sampled_from(KINDS), st.sampled_from([1, 2, 50_000]), st.data())
    def one_in_the_graph(kind: dict[str, Any], batch: int, data: st.DataObject) -> None:
        name, cut = f"m{uuid4()}", Options.new(**kind).cut
        first: dict[str, Any] = {}

        def in_one_spelling(verb: tuple[Any, ...]) -> tuple[Any, ...]:
            def spelled(sample: Any) -> Any:
                return first.setdefault(cut.text(cut.payload(sample)), sample)

            match verb:
                case ("mirror" | "decay", *_):
                    return verb
                case ("learn", some, source):
                    return "learn", [spelled(sample) for sample in some], source
            return verb[0], spelled(verb[1])

        clock.now = here.now = 1000.0
        for verb in data.draw(verbs(samples(kind["tokenizer"]))):
            do(db, clock, name, kind, batch, verb)
            do(twin, here, name, kind, 50_000, in_one_spelling(verb))
        if not db.memories():
            return
        assert db.memory(name).verify() == []
        assert differences(db._store, twin._store, name, but=[SESSION]) == []
        db.sequence(name, batch=3).rebuild()
        assert differences(db._store, twin._store, name, but=[SESSION]) == []
        moved(db, twin, new, name, tmp_path)
        for each in (db, twin, new):
            each.drop(name)

    with PlasticDB.open(":memory:", clock=here) as twin, PlasticDB.open(":memory:") as new:
        one_in_the_graph()


def moved(db: PlasticDB, twin: PlasticDB, new: PlasticDB, name: str, folder: Path) -> None:
    """Copied, taken out and in again, and merged both ways, it is clean everywhere."""
    there, here = folder / "there.jsonl", folder / "here.jsonl"
    db.export(name, there)
    twin.export(name, here)
    twin.copy(new, name)
    assert new.memory(name).verify() == []
    new.drop(name)
    new.import_(there)
    for into, file in ((new, here), (db, here), (twin, there)):
        into.import_(file, merge=True)
        assert into.memory(name).verify() == []
