"""Laws of memories: what shows them, what takes samples back, and journals of other versions of the product."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import MISSING, fields
from fnmatch import fnmatch
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from ..errors import BadMemory, PlasticDBError
from ..journal.tables import EVENT, MEMORY
from ..kinds import load
from ..schema import Node
from .laws import equal, refused
from .memory_case import MemoryCase, labelled, snapshot, there, twin, unlike
from .verbs import Step, for_any_mix

if TYPE_CHECKING:
    from ..api import PlasticDB

__all__ = [
    "check_a_memory_is_shown_everywhere",
    "check_a_memory_of_an_unknown_kind_keeps_no_other_from_working",
    "check_cypher_shows_all_of_the_graph",
    "check_options_may_grow",
    "check_what_is_erased_is_nowhere",
    "check_what_is_taken_back_leaves_no_trace",
]


def check_a_memory_is_shown_everywhere(case: MemoryCase) -> None:
    """`memories`, `stats`, `sessions`, `sources` and `schema` show the memory, with what the kind declares."""

    def law(steps: list[Step]) -> None:
        with case.opened() as (db, name):
            memory = case.memory(db, name)
            case.do_all(steps, memory)
            if not there(db, name):
                return
            stats, position = memory.stats(), memory.stats()["position"]
            (row,) = [row for row in db.memories() if row["memory"] == name]
            expected = {"memory": name, "kind": case.kind.name, "position": position, "behind": 0}
            equal({key: row[key] for key in expected}, expected, "the row of `memories`")
            declared = ["erased", "skipped", *(total.name for total in case.kind.totals)]
            undeclared = [n for n in memory.store.memory(name).totals if not any(map(partial(fnmatch, n), declared))]
            equal(undeclared, [], "totals in the graph that the kind does not declare")
            equal({option: stats.get(option) for option in case.options}, dict(case.options), "the options in `stats`")
            names = [event.name for event in case.kind.events]
            counted = sum(session[event] or 0 for session in memory.sessions() for event in names)
            equal(counted, position, "the events that `sessions` counts")
            if any(event.sample for event in case.kind.events):
                learned = sum(session["learn"] for session in memory.sessions())
                equal(sum(source["learned"] for source in memory.sources()), learned, "samples that `sources` counts")
            shown = {(part["part"], part["property"]): part["count"] for part in db.schema()}
            for of, rows in snapshot(memory.store, name, case.kind).items():
                part = _part(of)
                for p in of.properties:
                    assert shown.get((part, p.name), -1) >= len(rows), f"`schema` must count {part} with {p.name}"
                assert any(one == part for one, _ in shown), f"`schema` must show {part}"

    law(case.one_mix())


def _part(of: Any) -> str:
    return f"(:{of.label})" if isinstance(of, Node) else f"(:{of.source})-[:{of.type}]->(:{of.target})"


def check_cypher_shows_all_of_the_graph(case: MemoryCase) -> None:
    """Cypher finds each node and relationship of the memory, with its values, and the memory's own node."""

    def law(steps: list[Step]) -> None:
        with case.opened() as (db, name):
            memory = case.memory(db, name)
            case.do_all(steps, memory)
            if not there(db, name):
                return
            for of, rows in labelled(snapshot(memory.store, name, case.kind)).items():
                names = [p.name for p in of.properties if p.type not in ("vector", "floats")]
                if isinstance(of, Node):
                    match, keys = f"MATCH (n:{of.label} {{memory: $memory}})", ["n.id AS id"]
                else:
                    match = f"MATCH (s:{of.source} {{memory: $memory}})-[n:{of.type}]->(t:{of.target})"
                    keys = ["s.id AS source", "t.id AS target"]
                asked = f"{match} RETURN {', '.join([*keys, *(f'n.{one} AS `{one}`' for one in names)])}"
                found = {tuple(row[key.split()[-1]] for key in keys): row for row in db.query(asked, memory=name)}
                equal(sorted(found), sorted(rows), f"what Cypher finds of {_part(of)}")
                for key, row in rows.items():
                    equal({n: found[key][n] for n in names}, {n: row[n] for n in names}, f"{_part(of)} {key} in Cypher")
            graph = memory.store.memory(name)
            (own,) = db.query("MATCH (m:Memory {name: $memory}) RETURN m", memory=name)
            totals = {total: own["m"].get(total) for total in graph.totals}
            equal(totals, dict(graph.totals), "the totals of the memory's node in Cypher")

    law(case.one_mix())


def check_what_is_taken_back_leaves_no_trace(case: MemoryCase) -> None:
    """What is learned and taken back leaves the graph as if it had never been, but for its history."""
    if case.undone is None:
        return

    def law(pairs: list[Any]) -> None:
        with case.opened() as (db, name), twin() as other:
            memory, steady = case.memory(db, name), case.memory(other, name)
            case.do(case.one_mix(), memory, steady)
            for step, _ in pairs:
                step(memory)
            for _, back in pairs:
                back(memory)
            if there(other, name):
                one, two = (snapshot(db_._store, name, case.kind) for db_ in (db, other))
                equal(unlike(one, two, [*case.kind.history, *case.apart]), [], "what is left of what was taken back")
                graphs = [db_._store.memory(name) for db_ in (db, other)]
                assert graphs[0] is not None, "the graph must be there"
                assert graphs[1] is not None, "the graph must be there"
                for total in case.kind.totals:
                    one_, two_ = (graph.totals.get(total.name, 0) for graph in graphs if graph)
                    assert math.isclose(one_, two_, rel_tol=1e-9, abs_tol=1e-9), (
                        f"total {total.name}: {one_}, not {two_}"
                    )

    for_any_mix(case.undone, case.examples, law)


def check_what_is_erased_is_nowhere(case: MemoryCase) -> None:
    """A text that is erased is not in the journal, not in the graph and in no export; nor after a rebuild."""
    if case.erased is None:
        return
    secret = f"xylophone{uuid.uuid4().hex}"
    learned, erased = case.erased(secret)
    with case.opened() as (db, name):
        memory = case.memory(db, name)
        case.do_all(case.one_mix(), memory)
        learned(memory)
        assert _found(db, name, case, secret), "a text that is learned must be in the journal"
        erased(memory)
        for _ in range(2):
            equal(_found(db, name, case, secret), [], "where an erased text still is")
            equal(memory.verify(), [], "what verify says after an erasure")
            memory.rebuild()


def _found(db: PlasticDB, name: str, case: MemoryCase, text: str) -> list[str]:
    """Where a text is."""
    row = db._journal.memory(name)
    assert row is not None, "a memory must stay"
    with db._journal.engine.connect() as connection:
        events = connection.execute(select(EVENT).where(EVENT.c.memory == row.id)).all()
    found = ["the journal"] if any(text in repr(event) for event in events) else []
    return found + (["the graph"] if text in repr(snapshot(db._store, name, case.kind)) else [])


def check_options_may_grow(case: MemoryCase) -> None:
    """A memory that was made before there was an option has its default, and takes it; one of a newer version is refused."""
    options = load(case.kind.options)
    grown = {option.name: option.default for option in fields(options) if option.default is not MISSING}
    asked = {option.name for option in fields(options) if option.metadata.get("asked", True)}
    with case.opened() as (db, name), twin() as other:
        memory = case.memory(db, name)
        case.do_all(case.one_mix(), memory)
        if not there(db, name):
            return
        made = memory.stats()
        lacking = {option: value for option, value in grown.items() if option in made and made[option] == value}
        for option, default in lacking.items():
            with _made_with(db, name, lambda kept, option=option: {n: v for n, v in kept.items() if n != option}):
                again = db.memory(name)
                equal(getattr(again.options, option), default, f"the option {option} of an older memory")
                equal(again.stats()[option], default, f"the option {option} in the stats of an older memory")
                equal(
                    db.memory(name, case.kind.name, **({option: default} if option in asked else {})).stats(),
                    made,
                    f"stats when {option} is asked for",
                )
                equal(again.verify(), [], "what verify says of an older memory")
                again.rebuild()
                made = again.stats()  # what was fitted is fitted again, and may be rounded in another way
                equal(db.copy(other, name), {name: made["position"]}, "the events that are copied of an older memory")
                equal(db.copy(other, name), {name: 0}, "the events that are copied again")
                case.agree(db, other, name, "the graph of a copy of an older memory")
                other.drop(name)
        newer = _made_with(db, name, lambda kept: kept | {"from_the_future": 1})
        with newer, case.reopened() as later, refused(BadMemory, "from_the_future"):
            later.memory(name).stats()


def check_a_memory_of_an_unknown_kind_keeps_no_other_from_working(case: MemoryCase) -> None:
    """Beside a memory of a kind that this version does not know all others work and sync; what is asked of it says why."""
    with case.opened() as (db, name), case.opened() as (_, strange):
        memory = case.memory(db, name)
        case.do_all(case.one_mix(), memory)
        case.do_all(case.one_mix(), case.memory(db, strange))
        if not (there(db, name) and there(db, strange)):
            return
        with _of_kind(db, strange, "from-the-future"), case.reopened() as later:
            rows = {row["memory"]: row["kind"] for row in later.memories()}
            equal((rows[name], rows[strange]), (case.kind.name, "from-the-future"), "the kinds that `memories` shows")
            later._store.clear(name)
            with refused(PlasticDBError, strange, "from-the-future"):
                later.sync()
            again = case.memory(later, name)
            equal(again.stats()["behind"], 0, "the events that another memory lacks after `sync`")
            equal(again.verify(), [], "what verify says of another memory")
            later.sessions()
            with refused(PlasticDBError, strange, "from-the-future"):
                later.memory(strange)


@contextmanager
def _made_with(db: PlasticDB, name: str, changed: Any) -> Iterator[None]:
    """A memory whose journal says that it was made with other options."""
    yield from _row(
        db,
        name,
        "options",
        lambda kept: json.dumps(changed(json.loads(kept))) if isinstance(kept, str) else changed(kept),
    )


@contextmanager
def _of_kind(db: PlasticDB, name: str, kind: str) -> Iterator[None]:
    """A memory whose journal says that it is of another kind."""
    yield from _row(db, name, "kind", lambda _: kind)


def _row(db: PlasticDB, name: str, column: str, changed: Any) -> Iterator[None]:
    mine, field = MEMORY.c.name == name, MEMORY.c[column]
    with db._journal.engine.begin() as connection:
        before = connection.execute(select(field).where(mine)).scalar_one()
        connection.execute(update(MEMORY).where(mine).values({column: changed(before)}))
    try:
        yield
    finally:
        with db._journal.engine.begin() as connection:
            connection.execute(update(MEMORY).where(mine).values({column: before}))
