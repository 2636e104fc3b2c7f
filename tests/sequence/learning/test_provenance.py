"""Who taught what, and when: what the graph says is what the journal's living samples say."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from sqlalchemy import text

from plasticdb import PlasticDB
from plasticdb.sequence.schema import ATOM, CONCEPT, SESSION, SOURCE, TAUGHT_BY

from ...effort import times
from ...verbs import MIXES, Clock, Verb, do


def rows(db: PlasticDB, part: Any) -> list[dict[str, Any]]:
    """All nodes of a label, or relationships of a type, of the memory `m`."""
    names = [p.name for p in part.properties]
    scan = db._store.scan_edges("m", part) if part is TAUGHT_BY else db._store.scan_nodes("m", part, ["id", *names])
    return [dict(zip(table, row, strict=True)) for table in scan for row in zip(*table.values(), strict=True)]


@settings(deadline=None, max_examples=times(20))
@given(MIXES)
def test_after_any_mix_it_is_what_the_living_samples_say(mix: list[Verb]) -> None:
    clock = Clock()
    with PlasticDB.open(":memory:", clock=clock) as db:
        for verb in [("learn", ["a"], None), *mix]:
            do(db, clock, verb, batch=3)
        agree(db)
        db.sequence("m", batch=2).rebuild()  # what is unlearned later in the journal is still alive in a batch
        agree(db)


def agree(db: PlasticDB) -> None:
    """The graph says what the journal says."""
    with db._journal.engine.connect() as connection:
        events = connection.execute(
            text(
                "SELECT e.position, e.kind, e.payload, e.ended, s.name FROM event e LEFT JOIN source s ON s.id = e.source"
            )
        ).all()
    learned = [event for event in events if event.kind == "learn"]
    alive: dict[tuple[str, str], list[int]] = {}
    for event in learned:
        if event.ended is None:
            alive.setdefault((event.payload + "␃", event.name or ""), []).append(event.position)

    texts = {row["id"]: row["text"] for row in rows(db, CONCEPT)}
    names = {row["id"]: row["name"] for row in rows(db, SOURCE)}
    found = {(texts[t["source"]], names[t["target"]]): t for t in rows(db, TAUGHT_BY)}
    assert {k: (t["samples"], t["first"], t["last"]) for k, t in found.items()} == {
        k: (len(p), min(p), max(p)) for k, p in alive.items()
    }
    taught = Counter(event.name or "" for event in learned)
    gone = Counter(event.name or "" for event in learned if event.ended is not None)
    assert {s["name"]: (s["learned"], s["unlearned"], s["samples"]) for s in rows(db, SOURCE)} == {
        name: (taught[name], gone[name], taught[name] - gone[name]) for name in taught
    }
    (session,) = rows(db, SESSION)
    kinds = Counter(event.kind for event in events)
    assert (session["learned"], session["unlearned"], session["decayed"]) == (
        *(kinds["learn"], kinds["unlearn"], kinds["decay"]),
    )
    assert (session["first"], session["last"]) == (1, max(event.position for event in events))
    assert sum(row["count"] for row in rows(db, ATOM) if row["symbol"] == "␃") == len(learned) - sum(gone.values())


def test_a_source_stays_when_all_that_it_taught_is_gone() -> None:
    with PlasticDB.open(":memory:") as db:
        db.sequence("m").learn_many(["emma", "ann"], source="s")
        db.sequence("m").unlearn(source="s")
        assert rows(db, TAUGHT_BY) == rows(db, CONCEPT) == []
        assert [(s["learned"], s["unlearned"], s["samples"]) for s in rows(db, SOURCE)] == [(2, 2, 0)]


def test_each_process_that_writes_is_a_session(tmp_path: Any) -> None:
    for i in range(3):
        with PlasticDB.open(tmp_path / "m.db") as db:
            db.sequence("m").learn(f"name{i}")
    with PlasticDB.open(tmp_path / "m.db") as db:
        found = sorted((s["number"], s["first"], s["last"], s["learned"]) for s in rows(db, SESSION))
        assert found == [(1, 1, 1, 1), (2, 2, 2, 1), (3, 3, 3, 1)]
