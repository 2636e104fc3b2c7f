"""What `verify` finds, what it refuses, and what becomes of texts that are erased meanwhile (test_laws.py has the rest)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from plasticdb import BadMemory, Forgotten, GraphBehind, PlasticDB, StoreError
from plasticdb.graph.sql import SQLStore
from plasticdb.graph.store import GraphMemory
from plasticdb.memory import verify as comparing
from plasticdb.memory.projection import catch_up
from plasticdb.memory.requests import Asking
from plasticdb.memory.verify import differences
from plasticdb.sequence.learner import SequenceLearner, SequenceStep


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE synapse SET weight = weight + 0.001 WHERE source = (SELECT min(source) FROM synapse)", "weight is"),
        ("UPDATE synapse SET fired = fired + 1 WHERE source = (SELECT max(source) FROM synapse)", "fired is"),
        ("UPDATE concept SET count = count + 1 WHERE text = 'em'", "'em': count is"),
        ("UPDATE concept SET parent = id WHERE text = 'emma␃'", "'emma␃': parent is"),
        ("UPDATE concept SET text = 'emna␃' WHERE text = 'emma␃'", "text is emna␃ here, emma␃ there"),
        ("DELETE FROM concept WHERE text = 'emma␃'", "'emma␃': only there"),
        ("DELETE FROM synapse WHERE source = (SELECT max(source) FROM synapse)", "only there"),
        ("INSERT INTO synapse VALUES ((SELECT min(id) FROM context), 777, 1.0, 1)", "only here"),
        ("DELETE FROM atom WHERE symbol = 'm'", "Atom"),
        ("UPDATE graph_memory SET totals = json_set(totals, '$.samples', 4)", "total samples: 4 here, 3 there"),
    ],
)
def test_verify_finds_what_was_changed_by_hand(statement: str, found: str) -> None:
    with PlasticDB.open(":memory:") as db:
        db.sequence("m").learn_many(["emma", "emily", "ann"])
        assert db.memory("m").verify() == []
        assert isinstance(db._store, SQLStore)
        with db._store.engine.begin() as connection:
            assert connection.execute(text(statement)).rowcount > 0
        assert any(found in line for line in db.memory("m").verify())
        db.memory("m").rebuild()
        assert db.memory("m").verify() == []


def test_a_graph_that_is_behind_is_no_graph_to_verify(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.sequence("m").journal_samples(["emma"], None, None)
        with pytest.raises(BadMemory, match="lacks 1 events of the journal; run `plasticdb sync m` first"):
            db.memory("m").verify()
        assert db.sync() == {"m": 1}
        assert db.memory("m").verify() == []


def test_differences_reads_tables_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both graphs are read a table at a time, and tables of different lengths are lined up."""
    with PlasticDB.open(":memory:") as one, PlasticDB.open(":memory:") as other:
        one.sequence("m").learn_many([f"{i:b}" for i in range(200)])
        other.sequence("m").learn_many([f"{i:b}" for i in range(199)])
        expected = differences(one._store, other._store, "m", most=10_000)
        for store, rows in ((one._store, 7), (other._store, 11)):
            for name in ("scan_nodes", "scan_edges"):
                monkeypatch.setattr(store, name, in_tables_of(getattr(store, name), rows))
        assert sorted(differences(one._store, other._store, "m", most=10_000)) == sorted(expected)
        assert len(expected) > 20


def in_tables_of(scan: Callable[..., object], rows: int) -> Callable[..., object]:
    return lambda *args: scan(*args, rows=rows)


@pytest.mark.parametrize("journal", ["m.db", "another.db"])
def test_what_was_erased_is_nowhere(journal: str, tmp_path: Path) -> None:
    """Not in the files either, nor in their write-ahead logs, while the database is still open."""
    secret = "xylophonquarzbaum"
    with PlasticDB.open(tmp_path / "m.db", tmp_path / journal) as db:
        memory = db.sequence("m")
        memory.learn_many(["emma", secret, "ann"], source="s", ids=["1", "2", "3"])
        assert memory.unlearn(secret, erase=True) == 1
        assert db.memory("m").verify() == []
        db.memory("m").rebuild()
        assert db.memory("m").stats()["samples"] == 2
        assert db.memory("m").verify() == []
        assert memory.learn("zoe").learned == 1
        files = [file for file in tmp_path.rglob("*") if file.is_file()]
        found = [file.name for file in files if secret[3:].encode() in file.read_bytes()]
    assert found == []


def test_an_erasure_that_was_interrupted_is_finished_by_sync(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        memory = db.sequence("m")
        memory.learn_many(["emma", "ann"])
        known = db._journal.memory("m")
        assert known is not None
        from plasticdb.journal.selection import Selection

        db._journal.unlearn(known, Selection(payloads=["emma"]), 0.0, str, erase=True)
        memory.apply()
        db.memory("m").sync()
        after = db._journal.memory("m")
        assert after is not None
        assert after.erased == 3


def test_a_text_erased_while_a_graph_is_begun_is_not_learned(tmp_path: Path) -> None:
    journal = tmp_path / "m.db"
    with PlasticDB.open(journal) as db, PlasticDB.open(tmp_path / "second.db", journal) as second:
        db.sequence("m").learn_many(["emma", "ann"])
        memory, erased = second.sequence("m", batch=2), list[int]()

        class Overtaken(SequenceLearner):
            """Another process erases what the first batch has just read."""

            def step(self, graph: GraphMemory, most: int) -> Asking[SequenceStep | None]:
                learned = yield from super().step(graph, most)
                if not erased:
                    erased.append(db.sequence("m").unlearn("emma", erase=True))
                return learned

        learner = Overtaken(memory._held, memory.options, 2)
        (known,) = second._journal.memories()
        assert catch_up(second._journal, second._store, known, learner)[0] == 3
        assert second.memory("m").verify() == []


def test_a_rebuild_begins_again_where_a_text_is_erased_that_it_has_learned(tmp_path: Path) -> None:
    journal = tmp_path / "m.db"
    with PlasticDB.open(journal) as db, PlasticDB.open(tmp_path / "second.db", journal) as second:
        db.sequence("m").learn_many(["emma", "ann", "zoe"])
        seen: list[int] = []

        def progress(position: int, last: int) -> None:
            if not seen:
                db.sequence("m").unlearn("emma", erase=True)
            seen.append(position)

        assert second.sequence("m", batch=1).rebuild(progress) == 4
        assert seen == [1, 1, 2, 3, 4]
        assert second.memory("m").verify() == []


def test_a_graph_that_is_being_made_again_is_not_taken_for_a_memory_without_samples(tmp_path: Path) -> None:
    with PlasticDB.open(tmp_path / "m.db") as db:
        m = db.sequence("m")
        m.learn_many(["emma", "ann"])
        db._store.clear("m")
        for ask in (m.predict, m.complete, m.explain, m.tree):
            with pytest.raises(GraphBehind, match="lacks 2 events of the journal; run `plasticdb sync m`"):
                ask("em")
        db.memory("m").sync()
        assert db.sequence("m").predict("em")


def test_a_graph_that_must_be_made_again_is_not_taken_for_one_with_nothing_in_it(tmp_path: Path) -> None:
    """As after a migration, which keeps graphs otherwise, or a rebuild that was killed."""
    with PlasticDB.open(tmp_path / "m.db") as db:
        m, other = db.sequence("m"), db.sequence("other")
        m.learn_many(["emma", "ann"])
        other.learn("bob")
        with db._store.engine.begin() as connection:  # type: ignore[attr-defined]
            connection.execute(text("DELETE FROM concept WHERE memory = 'm'"))
            connection.execute(text("UPDATE graph_memory SET position = -1 WHERE name = 'm'"))
        asks: list[Callable[[], object]] = [
            lambda: m.predict("em"),
            lambda: list(db.query("MATCH (c:Concept) RETURN count(*) AS n")),
            lambda: db.export("m", tmp_path / "out", format="csv"),
        ]
        for ask in asks:
            with pytest.raises(
                GraphBehind, match=r"the graph of 'm' must be made again first: .*run `plasticdb sync m`"
            ):
                ask()
        assert other.predict("b")
        db.sync()
        assert m.predict("em")
        assert db.memory("m").verify() == []
        for ask in asks:
            ask()


def test_a_second_graph_that_still_holds_what_was_erased_must_be_rebuilt(tmp_path: Path) -> None:
    journal = tmp_path / "m.db"
    with PlasticDB.open(journal) as db, PlasticDB.open(tmp_path / "second.db", journal) as second:
        db.sequence("m").learn_many(["emma", "ann"])
        second.memory("m").sync()
        db.sequence("m").unlearn("emma", erase=True)
        db.sequence("m").learn("zoe")
        with pytest.raises(Forgotten, match="run `plasticdb rebuild m`"):
            second.memory("m").sync()
        second.memory("m").rebuild()
        assert second.memory("m").verify() == []
        assert differences(db._store, second._store, "m") == []
        with PlasticDB.open(tmp_path / "third.db", journal) as third:
            third.sequence("m", batch=1).sync()
            assert differences(db._store, third._store, "m") == []


def test_what_a_killed_verify_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / "m.db.past" / "making-1"
    with PlasticDB.open(tmp_path / "m.db") as db:
        left.mkdir(parents=True)
        db.sequence("m").learn("emma")
        assert db.memory("m").verify() == []
    assert not left.parent.exists()


def test_a_verify_that_is_killed_leaves_its_texts_where_erasing_finds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []

    def compared(*_: object) -> list[str]:
        made.extend(tmp_path.glob("m.db.past/making-*/scratch.db"))
        return []

    monkeypatch.setattr(comparing, "differences", compared)
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.sequence("m").learn("emma")
        db.memory("m").verify()
    assert len(made) == 1


def test_where_verify_can_make_no_graph_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "m.db.past").write_text("in the way")
    with PlasticDB.open(tmp_path / "m.db") as db:
        db.sequence("m").learn("emma")
        with pytest.raises(StoreError, match=r"cannot be made in .*past \(File exists\)"):
            db.memory("m").verify()
