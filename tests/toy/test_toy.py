"""A kind that plasticdb does not know by name shows up wherever a memory shows up, without a change in any of its files."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from plasticdb import BadInput, BadMemory, NeverLearned, PlasticDB
from plasticdb.kinds import registered
from plasticdb.memory.requests import Nodes, drive

from ..cli.conftest import as_ordinary
from ..pages import script
from .kind import KIND, Options
from .learner import ToyLearner, ToyWorkingSet
from .memory import ToyMemory

ROOT = Path(__file__).parents[2]
PATHS = ["animals/cats/tom", "animals/cats", "plants"]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[PlasticDB]:
    with registered(KIND), PlasticDB.open(tmp_path / "m.db") as made:
        yield made


@pytest.fixture
def memory(db: PlasticDB) -> ToyMemory:
    found = db.memory("paths", "toy", step=0.25)
    assert isinstance(found, ToyMemory)
    assert found.learn(PATHS, ["1", "2", "3"]) == 3
    return found


def test_it_learns_and_answers(memory: ToyMemory) -> None:
    assert memory.learn(["animals/cats"], ["2"]) == 0
    assert memory.frequent(2) == {"animals": 2, "animals/cats": 2}
    assert memory.alike("cat", 2) == []
    assert memory.unlearn("animals/cats") == 1
    assert memory.frequent(1) == {"animals": 1, "animals/cats": 1, "animals/cats/tom": 1, "plants": 1}
    with pytest.raises(NeverLearned, match="animals/cows"):
        memory.unlearn("animals/cows")
    with pytest.raises(BadInput, match="such as 'animals/cats'"):
        memory.learn(["animals//cats"])


def test_what_shows_memories_shows_it(db: PlasticDB, memory: ToyMemory) -> None:
    assert db.memories() == [{"memory": "paths", "kind": "toy", "position": 3, "behind": 0}]
    assert "paths (toy, 3 events)" in repr(db)
    assert memory.stats() == {
        "memory": "paths", "samples": 3, "weight": 0.75, "position": 3, "behind": 0, "separator": "/", "step": 0.25,
    }  # fmt: skip
    (session,) = memory.sessions()
    assert (session["learn"], session["unlearn"]) == (3, 0)
    assert memory.sources()[0]["learned"] == 3
    parts = {row["part"]: row["count"] for row in db.schema()}
    assert parts["(:ToyTopic)"] == 4
    assert parts["(:ToyTopic)-[:TOY_UNDER]->(:ToyTopic)"] == 2
    assert parts["(:ToyTopic)-[:TOY_SPELLED]->(:ToyLetter)"] == 4
    assert parts["(:ToyLetter)-[:TOY_SPELLED]->(:ToyTopic)"] == 4


def test_known_after_the_database_was_opened_it_gets_its_tables(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.sequence("names").learn("emma")
        with registered(KIND):
            found = db.memory("paths", "toy")
            assert isinstance(found, ToyMemory)
            assert found.learn(PATHS) == 3
            assert found.verify() == db.sequence("names").verify() == []
        assert [row["memory"] for row in db.memories()] == ["names", "paths"]


def test_a_read_only_file_that_was_made_without_it_says_what_to_do(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.sequence("names").learn("emma")
    code = (
        "import sys\nfrom plasticdb import PlasticDB, kinds\nfrom tests.toy.kind import KIND\nkinds.register(KIND)\n"
        "with PlasticDB.open(sys.argv[1]) as db:\n    db.sequence('names').predict('em')"
    )
    (tmp_path / "m.db").chmod(0o444)
    tmp_path.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "m.db")],
        cwd=ROOT,
        preexec_fn=as_ordinary,
        capture_output=True,
        text=True,
    )
    tmp_path.chmod(0o755)
    said = (
        "the tables of toy memories cannot be made: .*m.db is read-only; make it writable, or copy it and use the copy"
    )
    assert re.search(said, done.stderr), done.stderr


def test_cypher_finds_it(db: PlasticDB, memory: ToyMemory) -> None:
    asked = "MATCH (a:ToyTopic {path: 'animals'})-[:TOY_UNDER*]->(t) RETURN t.path AS path, t.weight AS weight ORDER BY path"
    assert list(db.query(asked)) == [
        {"path": "animals/cats", "weight": 0.5},
        {"path": "animals/cats/tom", "weight": 0.25},
    ]
    asked = "MATCH (t:ToyTopic {path: 'plants'})-[:TOY_SPELLED]->(l)<-[:TOY_NEXT]-(f) RETURN l.begin AS l, f.begin AS f"
    assert list(db.query(asked)) == [{"l": "pl", "f": "p"}]
    asked = "MATCH (m:Memory {name: 'paths'}) RETURN m.weight AS weight"
    assert list(db.query(asked)) == [{"weight": 0.75}]


def test_verify_and_the_past(memory: ToyMemory) -> None:
    memory.unlearn("plants")
    assert memory.verify() == []
    with memory.as_of(3) as then:
        assert then.frequent(1)["plants"] == 1
    with memory.as_of("session:1") as then:
        assert "plants" not in then.frequent(1)


def test_it_is_exported_imported_and_copied(db: PlasticDB, memory: ToyMemory, tmp_path: Path) -> None:
    db.export("paths", tmp_path / "paths.jsonl")
    db.export("paths", tmp_path / "paths", format="csv")
    with (tmp_path / "paths" / "ToyTopic.csv").open(encoding="utf-8", newline="") as file:
        assert {row["path:string"] for row in csv.DictReader(file)} == {*PATHS, "animals"}
    assert (tmp_path / "paths" / "TOY_NAMED.csv").exists()
    with PlasticDB.open(":memory:") as other:
        assert [row["imported"] for row in other.import_(tmp_path / "paths.jsonl")] == [3]
        assert other.memory("paths").stats() == memory.stats()
        assert other.copy(db, "paths") == {"paths": 0}
    damaged = (tmp_path / "paths.jsonl").read_text("utf-8").replace("plants", "plants//")
    (tmp_path / "damaged.jsonl").write_text(damaged, "utf-8")
    with PlasticDB.open(":memory:") as other, pytest.raises(BadInput):
        other.import_(tmp_path / "damaged.jsonl")


def test_its_options_are_checked(db: PlasticDB, memory: ToyMemory) -> None:
    with pytest.raises(BadMemory, match="step"):
        db.memory("paths", "toy", step=0.5)
    with pytest.raises(BadInput, match="unknown option 'stop'"):
        db.memory("paths", "toy", stop=0.5)
    with pytest.raises(BadMemory, match="toy"):
        db.sequence("paths")


def test_the_page_of_the_schema_has_it() -> None:
    module = script("make_schema")
    with registered(KIND):
        page = module.page()
    for part in ("ToyTopic", "TOY_SPELLED", "toy_named", "samples below"):
        assert part in page


def test_its_learner_needs_no_store_and_no_journal() -> None:
    """On plain rows, as on another machine."""
    from plasticdb.graph.store import GraphMemory
    from plasticdb.journal.events import EventRow
    from plasticdb.kit.tables import empty

    rows = [EventRow(i, "learn", 0.0, 1.0, None, None, None, payload=path) for i, path in enumerate(PATHS, 1)]

    def answer(request: object) -> object:
        if isinstance(request, Nodes):
            return empty({"path": "text", "samples": "int", "begin": "text", "topics": "int"})
        return {"EventsAfter": rows, "Taken": [], "Payloads": {}}[type(request).__name__]

    learner = ToyLearner(ToyWorkingSet("m"), Options(), 10)
    step = drive(learner.step(GraphMemory("m", "toy", 0, "", {}), 10), answer)
    assert step is not None
    assert step.changes.totals["samples"] == 3
    assert sorted(step.changes.nodes[0].create["path"]) == ["animals", "animals/cats", "animals/cats/tom", "plants"]
