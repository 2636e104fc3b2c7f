"""Real processes on real databases: where they learn, and what an undisturbed memory would be."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from plasticdb import PlasticDB
from plasticdb.memory.verify import differences
from plasticdb.sequence.schema import HISTORY

from .forks import Fork, Forks

LEARNER = Path(__file__).with_name("learner.py")
COPIER = Path(__file__).with_name("copier.py")
EMBEDDER = Path(__file__).with_name("embedder.py")
RIVAL = Path(__file__).with_name("rival.py")
EXAMPLES = Path(__file__).parents[2] / "examples"


@cache
def forks() -> Forks:
    """Where all processes of these tests begin."""
    return Forks()


@pytest.fixture(scope="session", autouse=True)
def _no_more_forks() -> Iterator[None]:
    yield
    if forks.cache_info().currsize:
        forks().close()


@dataclass(frozen=True, slots=True)
class Place:
    """A graph and its journal, to be opened here and by other processes."""

    db: str
    journal: str
    environ: dict[str, str] = field(default_factory=dict, repr=False)

    @contextmanager
    def opened(self) -> Iterator[PlasticDB]:
        with PlasticDB.open(self.db, self.journal, password=self.environ.get("NEO4J_PASSWORD"), timeout=120) as db:
            yield db

    def learner(self, file: Path, source: str, batch: int, *when: str) -> Fork:
        """Start a process that learns a file."""
        return self._start(LEARNER, str(file), source, str(batch), *when)

    def stepper(self, steps: int, seed: int, *when: str) -> Fork:
        """Start a process that takes steps with engrams; it says so when it has taken one."""
        return self._start(LEARNER, str(steps), str(seed), "engrams", *when)

    def embedder(self, dimension: int, when: str) -> Fork:
        """Start a process that lets another embedder take over, and kills itself at its first step into the graph."""
        return self._start(EMBEDDER, str(dimension), when)

    def rival(self, verb: str, seed: int, seconds: float) -> Fork:
        """Start a process that does one verb again and again."""
        return self._start(RIVAL, verb, str(seed), str(seconds))

    def copier(self, original: Path, batch: int, *when: str) -> Fork:
        """Start a process that copies the memory of another database here."""
        words = [str(original), str(original), self.db, self.journal, str(batch), *when]
        return forks().start(COPIER, words, os.environ | self.environ)

    def _start(self, script: Path, *arguments: str) -> Fork:
        return forks().start(script, [self.db, self.journal, *arguments], os.environ | self.environ)


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """On the store that the test names: `sqlite`, `postgres`, `serializable` (PostgreSQL, otherwise set) or `neo4j`."""
    match request.param:
        case "sqlite":
            return Place(str(tmp_path / "m.db"), str(tmp_path / "m.db"))
        case "postgres":
            url = request.getfixturevalue("postgres_emptied")
            return Place(url, url)
        case "serializable":
            url = request.getfixturevalue("postgres_serializable")
            return Place(url, url)
        case _:
            server = request.getfixturevalue("neo4j_emptied")
            environ = {"NEO4J_USERNAME": server.username, "NEO4J_PASSWORD": server.password}
            return Place(server.uri, str(tmp_path / "journal.db"), environ)


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., None]:
    """Compare the memory `m` of a place, weight by weight, with one that learned these files undisturbed."""

    def compare(place: Place, *files: Path) -> None:
        with PlasticDB.open(tmp_path / "undisturbed.db") as quiet, place.opened() as db:
            for file in files:
                quiet.sequence("m").ingest([str(file)])
            assert differences(db._store, quiet._store, "m", but=HISTORY) == []
            assert db.memory("m").stats()["samples"] == quiet.memory("m").stats()["samples"]
            assert db.memory("m").verify() == []

    return compare


@pytest.fixture
def names(tmp_path: Path) -> Callable[[int, int], Path]:
    """A file with some of the example names."""
    lines = (EXAMPLES / "female.txt").read_text().split()

    def write(first: int, last: int) -> Path:
        file = tmp_path / f"names-{first}-{last}.txt"
        file.write_text("\n".join(lines[first:last]) + "\n")
        return file

    return write
