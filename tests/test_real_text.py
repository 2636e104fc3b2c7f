"""Texts as the world has them: the sources of Python's library, and any Unicode there is. `make soak` takes all of it."""

from __future__ import annotations

import os
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count, islice
from math import log
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from plasticdb import BadInput, PlasticDB

from .effort import times

SECONDS = float(os.environ.get("PLASTICDB_SOAK_SECONDS", "600"))
"""How long the soak of Unicode takes, over all tokenizers."""

Opened = Callable[[str], Any]


@pytest.fixture
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    """Opens an empty database of a kind."""

    @contextmanager
    def one(store: str) -> Iterator[PlasticDB]:
        where: dict[str, Any] = {}
        url = str(tmp_path / "m.db")
        if store == "postgres":
            url = request.getfixturevalue("postgres_emptied")
        elif store == "neo4j":
            server = request.getfixturevalue("neo4j_emptied")
            url, where = server.uri, {"username": server.username, "password": server.password}
            where["journal"] = tmp_path / "j.db"
        with PlasticDB.open(url, **where) as db:
            yield db

    return one


def sources(folder: Path, lines: int | None) -> tuple[Path, int]:
    """A file of the library's non-empty lines (not of its tests), evenly chosen where not all are asked for."""
    library = Path(sysconfig.get_path("stdlib"))
    skipped = {"site-packages", "test", "tests", "idle_test"}
    files = sorted(file for file in library.rglob("*.py") if not skipped & set(file.relative_to(library).parts))
    found = [line for file in files for line in file.read_bytes().splitlines() if line.strip()]
    if lines is not None:
        found = list(islice(found, 0, None, max(len(found) // lines, 1)))[:lines]
    path = folder / "sources.txt"
    path.write_bytes(b"\n".join(found) + b"\n")
    return path, len(found)


@pytest.mark.parametrize(
    ("store", "lines"),
    [
        ("sqlite", 600),
        ("postgres", 200),
        ("neo4j", 100),
        pytest.param("sqlite", None, marks=pytest.mark.soak),
        pytest.param("postgres", 20_000, marks=pytest.mark.soak),
        pytest.param("neo4j", 20_000, marks=pytest.mark.soak),
    ],
)
def test_the_words_of_real_sources(opened: Opened, tmp_path: Path, store: str, lines: int | None) -> None:
    file, given = sources(tmp_path, lines)
    with opened(store) as db:
        name = f"code{uuid4()}"
        done = db.sequence(name, tokenizer="words").ingest([str(file)])
        assert done.learned + done.rejected == given
        assert done.rejected < given / 500, "lines with a form feed or a byte that is not UTF-8"
        assert db.memory(name).verify() == []
        db.memory(name).rebuild()
        assert db.memory(name).verify() == []
        assert db.sequence(name).ingest([str(file)]).skipped == done.learned
        if lines is not None:
            file.write_bytes(b"\n".join(file.read_bytes().split(b"\n")[::2]))
            assert db.sequence(name).ingest([str(file)], mirror=True).unlearned > 0
            assert db.memory(name).verify() == []
        db.drop(name)


KINDS = [
    *({"tokenizer": name} for name in ("chars", "words", "bytes", "symbols")),
    *({"tokenizer": name, "normalize": "NFKC", "lower": True} for name in ("chars", "words", "symbols")),
    {"tokenizer": "words", "normalize": "NFC"},
]
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
TAKEN = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="␂␃"), max_size=30)


def _feed(db: PlasticDB, kind: dict[str, Any], examples: int, start: int) -> None:
    """Learn what any Unicode there is, take some of it back, and ask."""
    listed = kind["tokenizer"] == "symbols"
    one = st.lists(TAKEN.filter(bool), max_size=5) if listed else ANY if kind["tokenizer"] == "bytes" else TAKEN

    @seed(start)
    @settings(
        deadline=None,
        max_examples=examples,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(one, min_size=1, max_size=8), st.randoms(use_true_random=False), ANY)
    def feed(samples: list[Any], rng: Any, odd: str) -> None:
        name = f"m{uuid4()}"
        memory = db.sequence(name, batch=3, max_symbols=200, **kind)
        memory.learn_many(samples)
        memory.reinforce(rng.choice(samples) if not listed else [rng.choice(samples)], by=0.5)
        sample = rng.choice(samples)
        whole = sum(memory.predict(sample).values())
        if kind["tokenizer"] in ("chars", "bytes"):
            assert whole == pytest.approx(1)
        else:
            assert 0 < whole < 1, "there can be a symbol that was never learned"
        (completed,) = memory.complete(sample, seed=1)
        assert completed[: len(sample)] == sample or kind["tokenizer"] == "bytes"
        explained = memory.explain(sample)
        assert sum(explained.shares.values()) == pytest.approx(log(explained.probability), abs=1e-9)
        assert sum(concept.length == 0 for concept in memory.concepts()) == 1
        memory.tree(sample)
        assert memory.unlearn(samples[::2]) == len(samples[::2])
        with suppress(BadInput):  # a control character, or an empty symbol
            memory.learn([odd, odd] if listed else odd)
        assert db.memory(name).verify() == []
        db.drop(name)

    feed()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(map(str, kind.values())))
def test_any_unicode(opened: Opened, kind: dict[str, Any]) -> None:
    with opened("sqlite") as db:
        _feed(db, kind, times(4), 0)


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(map(str, kind.values())))
def test_any_unicode_for_long(opened: Opened, kind: dict[str, Any]) -> None:
    end = time.monotonic() + SECONDS / len(KINDS)
    with opened("sqlite") as db:
        for start in count(1):
            _feed(db, kind, 20, start)
            if time.monotonic() > end:
                return
