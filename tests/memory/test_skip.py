"""An event that cannot be applied: it is named, and what is before it applied; skipped, it has no effect anywhere."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from plasticdb import BadInput, Forgotten, NeverLearned, PlasticDB, Stuck
from plasticdb.journal.rows import MemoryRow
from plasticdb.journal.selection import Selection
from plasticdb.memory.verify import differences
from plasticdb.sequence.schema import SOURCE
from plasticdb.sequence.teaching.potentiation import decay, potentiate
from plasticdb.transfer.copy import copy_journal

from ..cli.conftest import COMMAND, environ
from ..verbs import Clock, past

WORDS = ["ab", "ac", "abc", "b", "ab", "c"]


@pytest.fixture(params=["sqlite", "postgres", "neo4j"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PlasticDB]:
    """A database on each store, with a clock that stands still."""
    with ExitStack() as stack:
        match request.param:
            case "sqlite":
                made = stack.enter_context(PlasticDB.open(tmp_path / "m.db"))
            case "postgres":
                made = stack.enter_context(PlasticDB.open(request.getfixturevalue("postgres_emptied")))
            case _:
                made = request.getfixturevalue("neo4j_db")
        made._clock = Clock()
        yield made


def corrupt(db: PlasticDB, position: int, payload: str = "no JSON") -> None:
    """Make an event one that cannot be applied."""
    with db._journal.engine.begin() as connection:
        connection.execute(
            text("UPDATE event SET payload = :payload WHERE position = :position"),
            {"payload": payload, "position": position},
        )


def journalled(db: PlasticDB, words: list[str], ids: bool = True, source: str = "s") -> None:
    memory = db.sequence("m", tokenizer="symbols")
    payloads = [memory.payload(list(word)) for word in words]
    memory.journal_samples(payloads, source, [f"{i}" for i in range(len(words))] if ids else None)


def stuck(db: PlasticDB) -> PlasticDB:
    """A memory `m` whose fourth event, of the source `s`, cannot be applied; it is reinforced, and taken back."""
    journalled(db, WORDS)
    memory = db.sequence("m")
    journal, known = db._journal, db._journal.memory("m")
    assert known is not None
    fourth = Selection(payloads=[memory.payload(["b"])])
    potentiate(journal, known, fourth, 2.0, 1001.0, str)
    decay(journal, known, 100.0, 1100.0, 500_000)
    corrupt(db, 4)
    return db


def known(db: PlasticDB) -> MemoryRow:
    memory = db._journal.memory("m")
    assert memory is not None
    return memory


def twin(db: PlasticDB, folder: Path) -> PlasticDB:
    """A memory that never heard of the fourth."""
    clock = Clock()
    other = PlasticDB.open(folder / "twin.db", clock=clock)
    memory = other.sequence("m", tokenizer="symbols")
    for source, words in (("s", WORDS[:3]), ("s", WORDS[4:])):
        memory.learn_many([list(word) for word in words], source=source)
    clock.now = 1100.0
    memory.decay(100.0)
    return other


def test_the_one_event_is_named_and_what_is_before_it_is_applied(db: PlasticDB) -> None:
    stuck(db)
    for _ in range(2):
        with pytest.raises(
            Stuck, match=r"event 4 of 'm' \(learn, source 's'\) cannot be applied.*`plasticdb skip m 4`"
        ) as error:
            db.memory("m").sync()
        assert error.value.position == 4
        assert "\n" not in str(error.value)
        assert [row["behind"] for row in db.memories()] == [len(WORDS) - 3 + 2]


def test_a_skipped_event_and_what_is_about_it_have_no_effect(db: PlasticDB, tmp_path: Path) -> None:
    stuck(db)
    with pytest.raises(Stuck):
        db.sync()
    assert db.memory("m").skip(4) == "learn"
    assert db.memory("m").verify() == []
    with closing(twin(db, tmp_path)) as other:
        unlike = differences(db._store, other._store, "m")
        assert [line for line in unlike if "Session" not in line and "Source" not in line and "TAUGHT" not in line] == [
            "total skipped: 2 here, 0 there"
        ]
        assert db.sequence("m").predict(["a"]) == pytest.approx(other.sequence("m").predict(["a"]))
    assert (
        db.memory("m").sources()[0]["learned"],
        db.memory("m").sessions()[0]["learn"],
        db.memory("m").sessions()[0]["reinforce"],
    ) == (5, 5, 0)
    (source,) = db._store.scan_nodes("m", SOURCE, ["learned", "samples"])
    assert (source["learned"].tolist(), source["samples"].tolist()) == ([5], [5])
    db.memory("m").rebuild()
    assert db.memory("m").verify() == []
    assert past(db.memory("m"), 4, lambda m: m.stats())["samples"] == 3
    assert past(db.memory("m"), 6, lambda m: m.stats())["samples"] == 5
    assert {row.text for row in db.sequence("m").diff(3, 6) if row.what == "concept"}
    with pytest.raises(NeverLearned):
        db.sequence("m").unlearn([["b"]])
    with pytest.raises(NeverLearned):
        db.sequence("m").reinforce([["b"]])
    memory = db.sequence("m")
    assert memory.learn(["b"], source="s", id="3").learned == 1  # its id is free again
    assert db.memory("m").verify() == []


def test_what_cannot_be_skipped(db: PlasticDB) -> None:
    stuck(db)
    with pytest.raises(Stuck):
        db.sync()
    for position in (0, -1, 99):
        with pytest.raises(BadInput, match=f"'m' has no event {position}; its events are 1 to 8"):
            db.memory("m").skip(position)
    with pytest.raises(BadInput, match=r"event 3 of 'm' \(learn\) is in the graph already, .* `plasticdb unlearn`"):
        db.memory("m").skip(3)
    db.memory("m").skip(4)
    for position in (4, 7):  # and the reinforcement of it
        with pytest.raises(BadInput, match="is skipped already"):
            db.memory("m").skip(position)
    with pytest.raises(BadInput, match="is itself a skip"):
        db.memory("m").skip(9)
    assert db.memory("m").verify() == []


def test_a_skipped_event_stays_skipped_wherever_the_memory_goes(db: PlasticDB, tmp_path: Path) -> None:
    stuck(db)
    with pytest.raises(Stuck):
        db.sync()
    with PlasticDB.open(tmp_path / "copy.db") as copy:
        with pytest.raises(Stuck):
            db.copy(copy)
        db.memory("m").skip(4)
        db.copy(copy)
        assert copy.memory("m").verify() == []
        assert differences(db._store, copy._store, "m") == []
        db.export("m", tmp_path / "m.jsonl")
        assert copy.import_(tmp_path / "m.jsonl", merge=True) == [{"memory": "m", "imported": 0, "skipped": 9}]
    with PlasticDB.open(tmp_path / "new.db") as new:
        new.import_(tmp_path / "m.jsonl")
        assert new.memory("m").verify() == []
        assert differences(db._store, new._store, "m") == []
    with PlasticDB.open(tmp_path / "merged.db") as merged:
        merged.sequence("m", tokenizer="symbols").learn(["z"])
        assert merged.import_(tmp_path / "m.jsonl", merge=True)[0]["imported"] == 6
        assert (merged.memory("m").verify(), merged.memory("m").stats()["samples"]) == ([], 6)
        merged.import_(tmp_path / "m.jsonl", merge=True)
        assert merged.memory("m").stats()["samples"] == 6


def test_who_has_the_id_of_a_sample_that_is_there_again_has_it_in_copies_too(tmp_path: Path) -> None:
    def learned_again(db: PlasticDB) -> None:
        memory = db.sequence("m")
        memory.journal_samples(["another"], "s", ["1"], update=True)

    def ids(db: PlasticDB) -> list[tuple[Any, ...]]:
        with db._journal.engine.connect() as connection:
            asked = "SELECT position, kind, payload, external_id, ended FROM event ORDER BY position"
            return [tuple(row) for row in connection.execute(text(asked))]

    with ExitStack() as stack:
        names = ("one", "before", "behind", "elsewhere", "ahead")
        one, *others = (stack.enter_context(PlasticDB.open(tmp_path / f"{name}.db")) for name in names)
        before, behind, elsewhere, ahead = others
        one.sequence("m").learn_many(["first", "x"], source="s", ids=["1", "2"])
        for db in (before, behind, elsewhere):
            one.copy(db)
        learned_again(one)
        copy_journal(one._journal, behind._journal, known(one), 50)  # whose graph has not got it yet
        copy_journal(one._journal, ahead._journal, known(one), 50)
        assert one.memory("m").skip(3) == "unlearn"
        assert [row[2:] for row in ids(one) if row[1] == "learn"] == [
            ("first", None, None),
            ("x", "2", None),
            ("another", "1", None),
        ]
        for db, batch in ((before, 1), (behind, 50)):
            one.copy(db, batch=batch)
            assert ids(db) == ids(one)
            assert differences(one._store, db._store, "m") == []
        one.export("m", tmp_path / "m.jsonl")
        for db, new in ((elsewhere, 1), (ahead, 1)):
            assert db.import_(tmp_path / "m.jsonl", merge=True) == [
                {"memory": "m", "imported": new, "skipped": 5 - new}
            ]
            assert {row[2]: row[3] for row in ids(db) if row[1] == "learn"} == {"first": None, "x": "2", "another": "1"}
            assert db.sequence("m").learn_many(["another"], source="s", ids=["1"]).skipped == 1
            assert (db.memory("m").verify(), db.memory("m").stats()["concepts"]) == (
                [],
                one.memory("m").stats()["concepts"],
            )


def test_a_memory_that_is_stuck_keeps_no_other_from_catching_up(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        stuck(db)
        db.sequence("z").journal_samples(["emma"], None, None)
        for _ in range(2):
            with pytest.raises(Stuck, match="event 4 of 'm'"):
                db.sync()
        assert {row["memory"]: row["behind"] for row in db.memories()} == {"m": 5, "z": 0}
        (tmp_path / "more").write_text('["x"]\n["y"]\n7\n')
        with pytest.raises(
            Stuck, match=r"2 samples were learned into the journal, 1 rejected; not read: none does not exist"
        ):
            db.sequence("m").ingest([str(tmp_path / "more"), "none"], input="jsonl")


def test_a_graph_that_had_it_must_be_made_again(tmp_path: Path) -> None:
    """Another graph of the same journal, which could apply what the first one could not."""
    with PlasticDB.open(tmp_path / "m.db") as db:
        stuck(db)
        with pytest.raises(Stuck):
            db.sync()
        corrupt(db, 4, '["b"]')
        with PlasticDB.open(tmp_path / "other.db", tmp_path / "m.db") as other:
            other.memory("m").sync()
            corrupt(db, 4)
            db.memory("m").skip(4)
            with pytest.raises(Forgotten, match="has an event that was skipped later; run `plasticdb rebuild m`"):
                other.memory("m").sync()
            other.memory("m").rebuild()
            assert other.memory("m").verify() == []


@pytest.mark.parametrize("kind", ["unlearn", "reinforce", "decay"])
def test_any_kind_of_event_can_be_skipped(tmp_path: Path, kind: str) -> None:
    with PlasticDB.open(tmp_path / "m.db", clock=Clock()) as db:
        memory = db.sequence("m")
        memory.learn_many(["ab", "ac"], source="s", ids=["1", "2"])
        with pytest.MonkeyPatch.context() as away:
            away.setattr(type(memory), "apply", lambda *_, **__: 0)
            match kind:
                case "unlearn":
                    memory.unlearn("ab")
                case "reinforce":
                    memory.reinforce("ab")
                case _:
                    memory.decay(10.0)
            memory.learn("ab", source="s", id="1")
        before = db.memory("m").stats()["samples"]
        assert (before, db.memory("m").skip(3)) == (2, kind)
        assert db.memory("m").verify() == []
        assert db.memory("m").stats()["samples"] == (3 if kind == "unlearn" else 2)
        assert db.sequence("m").unlearn("ab", all=True) == (2 if kind == "unlearn" else 1)
        assert db.memory("m").verify() == []
        assert db.memory("m").stats()["samples"] == 1
        db.export("m", tmp_path / "m.jsonl")
        with PlasticDB.open(tmp_path / "new.db") as new:
            new.import_(tmp_path / "m.jsonl")
            assert new.memory("m").verify() == []


def test_engrams_go_on_without_the_one_that_cannot_be_read(db: PlasticDB, tmp_path: Path) -> None:
    memory = db.engrams("e", dimension=2)
    memory.remember([[1, 0], [0, 1]], external_ids=["a", "b"])
    memory.tick()
    with pytest.MonkeyPatch.context() as away:
        away.setattr(type(memory), "apply", lambda *_, **__: 0)
        memory.remember([[1, 1], [2, 1]], external_ids=["c", "d"])
    corrupt(db, 4)
    with pytest.raises(Stuck, match=r"event 4 of 'e' \(learn\) cannot be applied"):
        memory.remind()
    assert memory.skip(4) == "learn"
    assert {one.id for one in memory.recall([1, 1], k=9)} == {1, 2, 5}
    with pytest.raises(BadInput, match="there never was an engram 4"):
        memory.history(4)
    assert memory.remember([[3, 3]], external_ids=["c"]).skipped == 0
    memory.step([[1, 2]], lambda found: {1: 2.0})
    assert db.memory("e").verify() == []
    db.memory("e").rebuild()
    assert db.memory("e").verify() == []
    db.export("e", tmp_path / "e.jsonl")
    with PlasticDB.open(tmp_path / "new.db") as new:
        new.import_(tmp_path / "e.jsonl")
        assert new.memory("e").verify() == []
        assert differences(db._store, new._store, "e") == []


def test_sync_names_it_and_skip_goes_on(tmp_path: Path) -> None:
    def run(*words: str) -> Any:
        return subprocess.run([*COMMAND, *words], cwd=tmp_path, env=environ(), capture_output=True, text=True)

    with PlasticDB.open(tmp_path / "plasticdb.db") as db:
        stuck(db)
    done = run("ingest", "m", "-", "--input", "jsonl", "--source", "more")
    assert done.returncode == 1
    done = run("sync")
    assert (done.returncode, "`plasticdb skip m 4` goes on without it" in done.stderr) == (1, True)
    assert json.loads(run("skip", "m", "4").stdout) == {"memory": "m", "skipped": 4, "kind": "learn"}
    assert json.loads(run("sync").stdout) == {"memory": "m", "applied": 0}
    assert json.loads(run("verify", "m").stdout)["verified"]
