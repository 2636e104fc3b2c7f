"""What the graph says of texts and streams follows from the notes that are alive, whatever happened to them before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plasticdb import PlasticDB
from plasticdb.engram.events import Note, Update, pinning
from plasticdb.engram.memory import EngramMemory
from plasticdb.engram.schema import ENGRAM, MENTIONS, NEXT, STREAM, TERM
from plasticdb.journal.journal import Written
from plasticdb.journal.operations import operation
from plasticdb.journal.pen import Pen
from plasticdb.memory.payloads import noted
from plasticdb.schema import Node, Relationship

TERMS = st.dictionaries(st.sampled_from(["tea", "rain", "café", "茶", "🐝"]), st.integers(1, 3), max_size=3)
NOTES = st.tuples(TERMS, st.sampled_from(["talk", "walk", None]))
DEEDS = st.one_of(
    st.tuples(st.just("remember"), st.lists(NOTES, min_size=1, max_size=3)),
    st.tuples(st.just("update"), st.tuples(st.integers(0, 50), TERMS)),
    st.tuples(st.sampled_from(["unlearn", "pin"]), st.integers(0, 50)),
    st.tuples(st.just("tick"), st.none()),
)


def written(memory: EngramMemory, write: Any) -> None:
    """Write events of the journal as they are, and apply them."""

    def body(pen: Pen) -> None:
        write(pen)

    memory._journal.once(memory._open(), 1.0, operation("test", None), lambda: 0, body)
    memory.sync()


def do(memory: EngramMemory, deed: str, what: Any) -> None:
    if deed == "tick":
        memory.tick()
    elif deed == "remember":
        notes = [Note(np.ones(2, np.float32), noted(None), " ".join(terms), terms, stream) for terms, stream in what]
        memory._journal.append(memory._open(), [Written("learn", note.written()) for note in notes], 1.0)
        memory.sync()
    elif numbers := [row["number"] for row in nodes(memory, ENGRAM)]:
        at = what if isinstance(what, int) else what[0]
        number = numbers[at % len(numbers)]
        if deed == "unlearn":
            written(memory, lambda pen: pen.take_back(number, 1, 1.0))
        elif deed == "pin":
            written(memory, lambda pen: pen.write("pin", 1.0, 1, payload=pinning([number], True)))
        else:
            update = Update(vector=np.zeros(2, np.float32), text=" ".join(what[1]), terms=what[1])
            written(memory, lambda pen: pen.write("update", 1.0, 1, target=number, payload=update.written()))


def nodes(memory: EngramMemory, node: Node) -> list[dict[str, Any]]:
    """All nodes of a label, by id."""
    columns = ["id", *(p.name for p in node.properties)]
    tables = memory.store.scan_nodes(memory.name, node, columns)
    return [
        dict(zip(columns, row, strict=True))
        for table in tables
        for row in zip(*(table[c].tolist() for c in columns), strict=True)
    ]


def edges(memory: EngramMemory, edge: Relationship) -> list[tuple[Any, ...]]:
    """All relationships of a type: source, target, and the property."""
    tables = memory.store.scan_edges(memory.name, edge)
    return [row for table in tables for row in zip(*(column.tolist() for column in table.values()), strict=True)]


def check(db: PlasticDB, deeds: Sequence[tuple[str, Any]]) -> None:
    memory = db.memory("notes", "engram", dimension=2, lifespan=2, capacity=2, capacity_long=3)
    assert isinstance(memory, EngramMemory)
    memory.remember([[1, 0]])
    for deed, what in deeds:
        do(memory, deed, what)
    alive, terms = nodes(memory, ENGRAM), {row["id"]: row for row in nodes(memory, TERM)}
    names = {row["id"]: row["number"] for row in alive}
    mentions = [(names[source], terms[target]["text"], count) for source, target, count in edges(memory, MENTIONS)]
    for row in alive:
        mine = {term: count for number, term, count in mentions if number == row["number"]}
        assert set((row["text"] or "").split()) == mine.keys()
        assert row["terms"] == sum(mine.values())
    assert {row["text"]: row["engrams"] for row in terms.values()} == Counter(term for _, term, _ in mentions)

    streams: dict[str, list[int]] = {}
    for row in alive:
        if row["stream"] is not None:
            assert row["after"] == next(reversed(streams.get(row["stream"], [])), None)
            streams.setdefault(row["stream"], []).append(row["number"])
    links = {(row["after"], row["number"], row["stream"]) for row in alive if row["after"] is not None}
    assert {(names[source], names[target], stream) for source, target, stream in edges(memory, NEXT)} == links
    found = {row["name"]: (row["engrams"], row["last"]) for row in nodes(memory, STREAM)}
    assert found == {name: (len(numbers), numbers[-1]) for name, numbers in streams.items()}

    graph = memory.store.memory("notes")
    assert graph is not None
    assert graph.totals["texts"] == sum(row["text"] is not None for row in alive)
    assert graph.totals["terms"] == sum(count for _, _, count in mentions)
    assert memory.verify() == []


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(DEEDS, max_size=14))
def test_what_is_alive_decides(deeds: list[tuple[str, Any]]) -> None:
    with PlasticDB.open(":memory:") as db:
        check(db, deeds)


LIFE: list[tuple[str, Any]] = [
    ("remember", [({"tea": 2}, "talk"), ({"tea": 1, "茶": 1}, "talk"), ({"rain": 1}, "walk")]),
    ("update", (1, {"café": 3, "tea": 1})),
    ("tick", None),
    ("remember", [({"🐝": 1}, "talk"), ({}, "walk"), ({"tea": 1}, None)]),
    ("pin", 2),
    ("unlearn", 1),
    *[("tick", None)] * 3,
    ("remember", [({"rain": 2}, "talk")]),
]


@pytest.mark.parametrize("store", ["postgres", "neo4j"])
def test_so_it_is_on_servers(request: pytest.FixtureRequest, store: str, tmp_path: Any) -> None:
    if store == "neo4j":
        check(request.getfixturevalue("neo4j_db"), LIFE)
        return
    with PlasticDB.open(request.getfixturevalue("postgres_emptied")) as db:
        check(db, LIFE)
