"""A memory as it was, and what changed since."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from plasticdb import BadInput, BadMemory, Forgotten, PlasticDB, StoreError, Unavailable
from plasticdb.engram.memory import EngramMemory
from plasticdb.files.leftovers import in_use
from plasticdb.graph.store import GraphStore
from plasticdb.memory import as_of
from plasticdb.memory.verify import differences
from plasticdb.sequence.memory import SequenceMemory
from plasticdb.sequence.schema import HISTORY, TAUGHT_BY

from ..verbs import Clock, past

FIRST, SECOND = ["emma", "emily", "ann", "emma"], ["anna", "bob", "emma", "emil"]
DAY = 86400.0


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A memory with two sessions, on the 1st and the 2nd of January 2026."""
    for day, names in enumerate((FIRST, SECOND)):
        clock = Clock(1767225600.0 + day * DAY)
        with PlasticDB.open(tmp_path / "m.db", clock=clock) as db:
            db.sequence("m").learn_many(names, source=f"day {day + 1}")
    return tmp_path / "m.db"


@pytest.fixture
def db(file: Path) -> Iterator[PlasticDB]:
    with PlasticDB.open(file) as db:
        yield db


@pytest.mark.parametrize("when", [4, "4", "session:1", "2026-01-01T12:00", "2026-01-02T01:00+02:00", "2026-01-01"])
def test_the_end_of_the_first_session_is_a_memory_that_never_saw_the_second(db: PlasticDB, when: int | str) -> None:
    with PlasticDB.open(":memory:") as never:
        never.sequence("m").learn_many(FIRST)
        assert past(db.sequence("m"), when, lambda m: m.predict("em")) == pytest.approx(
            never.sequence("m").predict("em"), abs=1e-12
        )
        assert past(db.sequence("m"), when, lambda m: m.score(SECOND)).nats == pytest.approx(
            never.sequence("m").score(SECOND).nats, abs=1e-9
        )
        assert past(db.sequence("m"), when, lambda m: m.concepts()) == never.sequence("m").concepts()
        assert past(db.memory("m"), when, lambda m: m.stats()) == never.memory("m").stats()
        with db.memory("m").as_of(when) as then:
            assert differences(then.store, never._store, "m", but=HISTORY) == []
        why = past(db.sequence("m"), when, lambda m: m.explain("em", "m"))
        assert why.probability == pytest.approx(never.sequence("m").explain("em", "m").probability)
    assert db.memory("m").stats()["samples"] == 8


def test_samples_of_later_do_not_explain_what_was_expected_then(db: PlasticDB) -> None:
    db.sequence("m").unlearn("emily")
    found = past(db.sequence("m"), 4, lambda m: m.explain("em", samples=10))
    texts = {sample.sample for spoke in found.spoke for sample in spoke.taught_by}
    assert texts == {"emma", "emily"}


def test_what_was_unlearned_later_was_still_taught_then() -> None:
    with PlasticDB.open(":memory:") as db:
        memory = db.sequence("m")
        memory.learn_many(["emma", "emma"])
        memory.unlearn("emma")
        then = taught(db._store)
        memory.unlearn("emma")
        with db.memory("m").as_of(3) as past:
            assert taught(past.store) == then != taught(db._store)


def taught(store: GraphStore) -> list[list[int]]:
    """Who taught what, as rows."""
    columns = [column for table in store.scan_edges("m", TAUGHT_BY) for column in table.values()]
    return [column.tolist() for column in columns]


def test_it_is_made_once(file: Path) -> None:
    with PlasticDB.open(file) as db:
        past(db.sequence("m"), 4, lambda m: m.predict("em"))
    (made,) = Path(f"{file}.past").glob("*.db")
    before = made.stat().st_ino
    with PlasticDB.open(file) as db:
        past(db.sequence("m"), "session:1", lambda m: m.predict("em"))
        assert [path.stat().st_ino for path in Path(f"{file}.past").glob("*.db")] == [before]


def test_the_oldest_make_place_but_none_that_was_made_just_now(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def kept() -> list[Path]:
        return sorted(Path(f"{file}.past").iterdir())

    monkeypatch.setattr(as_of, "KEPT", 4)
    with PlasticDB.open(file) as db:
        for position in range(1, 7):
            past(db.memory("m"), position, lambda m: m.stats())
        made = kept()
        assert len(made) == 6
        for path in made:
            Path(f"{path}-wal").touch()  # what an older version left beside it
            os.utime(path, (0, 0))
        past(db.memory("m"), 7, lambda m: m.stats())
        assert len([path for path in kept() if path.suffix == ".db"]) == 4
        assert len([path for path in kept() if path.name.endswith("-wal")]) == 3


@pytest.mark.parametrize("damage", [b"", b"x", b"\xff" * 5000])
def test_a_damaged_one_is_made_again(file: Path, damage: bytes) -> None:
    for content in (None, damage):
        for made in Path(f"{file}.past").glob("*.db"):
            made.write_bytes(content or b"")
        with PlasticDB.open(file) as db:
            assert past(db.memory("m"), 4, lambda m: m.stats())["samples"] == 4


def test_what_a_killed_process_left_is_removed_and_what_another_makes_is_not(file: Path) -> None:
    left, other = Path(f"{file}.past") / "making-1", Path(f"{file}.past") / "making-2"
    left.mkdir(parents=True)

    def make() -> Path:
        other.mkdir()
        return other

    with PlasticDB.open(file) as db, in_use(make):
        past(db.memory("m"), 4, lambda m: m.stats())
        assert (left.exists(), other.exists()) == (False, True)


def test_where_none_can_be_made_it_says_so(file: Path) -> None:
    Path(f"{file}.past").write_text("in the way")
    with PlasticDB.open(file) as db, pytest.raises(StoreError, match=r"cannot be made in .*past \(File exists\)"):
        past(db.memory("m"), 4, lambda m: m.stats())


def test_what_was_erased_cannot_be_asked_of_and_stays_in_no_copy(file: Path) -> None:
    with PlasticDB.open(file) as db:
        past(db.sequence("m"), 4, lambda m: m.predict("em"))
        list(db.query("RETURN 1"))
        db.sequence("m").unlearn("emily", erase=True)
        with pytest.raises(Forgotten, match="was erased from the journal in part; ask for a later time"):
            past(db.sequence("m"), 4, lambda m: m.predict("em"))
        assert past(db.memory("m"), 9, lambda m: m.stats()) == db.memory("m").stats()
    left = [path for path in file.parent.rglob("*") if path.is_file() and b"emily" in path.read_bytes()]
    assert left == []


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (9, "as of 9: 'm' has the positions 0 to 8"),
        ("-1", "as of -1: 'm' has the positions 0 to 8"),
        ("session:7", "no session:7 wrote to 'm'; `plasticdb sessions m` lists them"),
        ("yesterday", "as of 'yesterday': give a position, a time such as"),
        ("2026-13-01", "give a position, a time"),
    ],
)
def test_a_moment_that_is_none(db: PlasticDB, when: int | str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        past(db.sequence("m"), when, lambda m: m.predict("em"))


def test_what_came_went_and_changed(db: PlasticDB) -> None:
    db.sequence("m").unlearn("ann")
    found = {(d.change, d.what, d.chain, d.text, d.symbol) for d in db.sequence("m").diff("session:1")}
    assert ("came", "concept", "prefix", "bob␃", None) in found
    assert ("went", "concept", "prefix", "ann␃", None) in found
    assert ("strengthened", "concept", "prefix", "emma␃", None) in found
    assert ("came", "synapse", "suffix", "bo", "b") in found
    assert ("strengthened", "synapse", "suffix", "mm", "a") in found
    assert list(db.sequence("m").diff(5, 5)) == []
    back = {(d.what, d.chain, d.at, d.text, d.symbol, d.after, d.before) for d in db.sequence("m").diff(9, "session:1")}
    assert back == {
        (d.what, d.chain, d.at, d.text, d.symbol, d.before, d.after) for d in db.sequence("m").diff("session:1", 9)
    }


def test_it_works_on_neo4j(neo4j_db: PlasticDB) -> None:
    memory = neo4j_db.sequence("m")
    memory.learn_many(FIRST)
    then = neo4j_db.sequence("m").predict("em")
    memory.learn_many(SECOND)
    assert past(neo4j_db.sequence("m"), 4, lambda m: m.predict("em")) == pytest.approx(then, abs=1e-12)
    assert "bob␃" in {d.text for d in neo4j_db.sequence("m").diff(4) if d.change == "came"}


def test_a_graph_that_does_not_answer_is_not_needed(file: Path) -> None:
    with PlasticDB.open("bolt://127.0.0.1:1", journal=file, username="neo4j", password="none", timeout=0.5) as db:
        assert past(db.memory("m"), 4, lambda m: m.stats())["samples"] == 4
        with pytest.raises(BadMemory, match="'m' is a memory of the kind 'sequence', not 'engram'"):
            db.engrams("m").stats()


def test_after_its_with_it_cannot_be_asked(db: PlasticDB) -> None:
    with db.memory("m").as_of(4) as then:
        assert then.stats()["samples"] == 4
    with pytest.raises(BadInput, match="the database was closed; open it again"):
        then.stats()
    assert db.memory("m").stats()["samples"] == 8


def test_an_engram_memory_as_it_was(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        memory = db.engrams("e", dimension=1, lifespan=3.0)
        for value in range(8):
            memory.step([[float(value)]], None, [value])
            if value == 3:
                expected = memory.recall([0.0]), memory.stats(), memory.associations(memory.recall([3.0])[0].id)
        with db.memory("e").as_of(expected[1]["position"]) as then:
            assert isinstance(then, EngramMemory)
            assert (then.recall([0.0]), then.stats(), then.associations(then.recall([3.0])[0].id)) == expected
            for change in (lambda: then.step([[1.0]]), then.tick, lambda: then.remember([[1.0]])):
                with pytest.raises(BadInput, match="'e' as it was can be asked, and not changed"):
                    change()
        assert past(db.memory("e"), expected[1]["position"], lambda m: m.stats()) == expected[1]
        assert db.memory("e").stats()["tick"] == 8
        assert db.memory("e").verify() == []


def test_a_sequence_memory_as_it_was_cannot_be_changed(db: PlasticDB) -> None:
    with db.memory("m").as_of(4) as then:
        assert isinstance(then, SequenceMemory)
        assert then.stats()["samples"] == 4
        for change in (lambda: then.learn_many(["x"]), lambda: then.unlearn("ann"), lambda: then.decay(1.0)):
            with pytest.raises(BadInput, match="can be asked, and not changed"):
                change()
    with db.memory("m").as_of(None) as now:
        assert now.stats()["samples"] == 8


def test_nothing_of_a_dropped_memory_comes_back(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        for text in ("old secret", "new"):
            memory = db.engrams("e", dimension=1)
            memory.remember([[0.0]], [text])
            with db.memory("e").as_of(1) as then:
                assert isinstance(then, EngramMemory)
                assert then.recall([0.0])[0].payload == text
            db.drop("e")
            assert not list(tmp_path.glob("m.db.past/*"))


def test_the_sessions_and_sources_of_then(db: PlasticDB) -> None:
    with db.memory("m").as_of(4) as then:
        assert isinstance(then, SequenceMemory)
        assert [row["learn"] for row in then.sessions()] == [4]
        assert [row["source"] for row in then.sources()] == ["day 1"]


def meanwhile(monkeypatch: pytest.MonkeyPatch, what: Callable[[], object], times: int = 1) -> None:
    """Something that others do when a graph of the past has been filled, and is not in its place yet."""
    real, left = SequenceMemory.replay, [what] * times

    def replay(self: SequenceMemory, *given: object) -> int:
        done = real(self, *given)  # type: ignore[arg-type]
        if isinstance(self._journal, as_of.JournalUntil) and left:
            left.pop()()
        return done

    monkeypatch.setattr(SequenceMemory, "replay", replay)


def test_where_others_delete_the_cache_it_is_made_again(
    db: PlasticDB, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, lambda: as_of.forget(db._journal))
    assert past(db.memory("m"), 4, lambda m: m.stats())["samples"] == 4
    assert [path.suffix for path in Path(f"{file}.past").iterdir()] == [".db"]
    meanwhile(monkeypatch, lambda: as_of.forget(db._journal), times=99)
    with pytest.raises(Unavailable, match="'m' is being written to; ask of then again when that is done"):
        past(db.memory("m"), 3, lambda m: m.stats())


@pytest.mark.parametrize("shredded", [True, False])
def test_what_others_erase_while_it_is_made_stays_in_no_graph_of_then(
    db: PlasticDB, file: Path, monkeypatch: pytest.MonkeyPatch, shredded: bool
) -> None:
    if not shredded:  # as where the folder cannot be renamed, and what is put into it is overlooked
        monkeypatch.setattr(as_of, "forget", lambda journal: None)
    with PlasticDB.open(file) as other:
        meanwhile(monkeypatch, lambda: other.sequence("m").unlearn("emily", erase=True))
        with pytest.raises(Forgotten, match="was erased from the journal in part; ask for a later time"):
            past(db.memory("m"), 4, lambda m: m.stats())
        assert list(file.parent.rglob("*.past*/*")) == []


def test_a_memory_that_others_drop_while_its_graph_of_then_is_made(
    db: PlasticDB, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with PlasticDB.open(file) as other:
        meanwhile(monkeypatch, lambda: other.drop("m"))
        with pytest.raises(BadMemory, match="the memory 'm' was dropped by another process; open it again"):
            past(db.memory("m"), 4, lambda m: m.stats())
    assert list(file.parent.rglob("*.past*/*")) == []


def test_a_graph_of_then_that_is_open_can_be_asked_when_its_file_is_deleted(db: PlasticDB, file: Path) -> None:
    for _ in ("made", "found"):
        with db.memory("m").as_of(4) as then:
            for made in Path(f"{file}.past").glob("*.db"):
                made.unlink()
            found: list[object] = []
            thread = threading.Thread(target=lambda: found.append(then.stats()["samples"]))  # noqa: B023
            thread.start()
            thread.join()
            assert (found, then.stats()["samples"]) == ([4], 4)
            assert list(Path(f"{file}.past").iterdir()) == []
        past(db.memory("m"), 4, lambda m: m.stats())


def test_now_is_one_moment_too_whatever_becomes_of_the_graph(db: PlasticDB) -> None:
    whole = list(db.sequence("m").diff(4))
    part = db.sequence("m").diff(4)
    found = [next(part)]
    db.sequence("m").unlearn("bob")
    assert [*found, *part] == whole
    now = list(db.sequence("m").diff(4))
    db._store.clear("m")  # as in the middle of a rebuild
    assert list(db.sequence("m").diff(4)) == now
