"""Laws of memories: the graph follows from the events alone, on any store, in batches of any size, at any time."""

from __future__ import annotations

from typing import Any

from ..errors import Forgotten
from .laws import equal
from .memory_case import MemoryCase, Snapshot, snapshot, there, twin, unlike
from .verbs import Clock, Step, for_any_mix, outcome

__all__ = [
    "check_a_memory_as_it_was",
    "check_a_restart_makes_no_difference",
    "check_any_store_and_any_batch_makes_the_same_graph",
    "check_order_does_not_matter_where_the_kind_promises_it",
]


def check_any_store_and_any_batch_makes_the_same_graph(case: MemoryCase) -> None:
    """A mix makes the same graph here as in SQLite; verify finds nothing, and rebuilding in any batches changes nothing."""

    def law(steps: list[Step]) -> None:
        with case.opened() as (db, name), twin() as other:
            memory = case.memory(db, name, batch=3)
            case.do(steps, memory, case.memory(other, name))
            if not there(db, name):
                return
            case.agree(db, other, name, "the graphs on two stores")
            equal(memory.verify(), [], "what verify says")
            before = memory.stats()
            for batch in (1, 2, 1000):
                memory.batch = batch
                equal(memory.rebuild(), before["position"], "the events of a rebuild")
                case.agree(db, other, name, f"the graph that was rebuilt in batches of {batch}")
                equal(memory.stats(), before, f"stats after a rebuild in batches of {batch}")

    case.for_any_mix(law)


def check_a_restart_makes_no_difference(case: MemoryCase) -> None:
    """A database that is opened again for each verb has the same graph as one that stays open."""

    def law(steps: list[Step]) -> None:
        clock = Clock()
        with case.opened() as (db, name), twin() as other:
            db.close()
            steady = case.memory(other, name)
            for step in steps:
                with case.open_database(clock) as again:
                    equal(outcome(step, case.memory(again, name)), outcome(step, steady), f"what came of {step!r}")
            with case.open_database(clock) as again:
                if there(again, name):
                    case.agree(again, other, name, "the graph of a database that was opened for each verb")

    case.for_any_mix(law)


def check_order_does_not_matter_where_the_kind_promises_it(case: MemoryCase) -> None:
    """Where the kind is `order_free`, verbs that commute make the same graph in any order, but for its history."""
    if not case.kind.order_free:
        return
    assert case.commuting is not None, (
        f"{case.kind.name!r} is order_free: give `commuting`, mixes of verbs that commute"
    )

    def law(steps: list[Step]) -> None:
        with case.opened() as (db, name), twin() as other:
            memory, backwards = case.memory(db, name), case.memory(other, name)
            for step in steps:
                outcome(step, memory)
            for step in reversed(steps):
                outcome(step, backwards)
            if there(db, name):
                case.agree(db, other, name, "the graphs of a mix and of the same mix backwards", order=False)

    for_any_mix(case.commuting, case.examples, law)


def check_a_memory_as_it_was(case: MemoryCase) -> None:
    """As of each position at which a verb ended, the memory is what it was then."""

    def law(steps: list[Step]) -> None:
        with case.opened() as (db, name):
            memory, moments = case.memory(db, name), dict[int, tuple[Snapshot, Any]]()
            for step in steps:
                outcome(step, memory)
                if there(db, name):
                    then = memory.stats()
                    moments[then["position"]] = snapshot(memory.store, name, case.kind), then
            for position, (before, sizes) in moments.items():
                row = db._journal.memory(name)
                assert row is not None, "a memory must stay"
                try:
                    with memory.as_of(position) as past:
                        found = snapshot(past.store, name, case.kind)
                        equal(unlike(found, before), [], f"the graph as of {position}")
                        equal(past.stats(), sizes, f"stats as of {position}")
                except Forgotten:
                    assert row.erased > position, f"as of {position} nothing was erased since, and it must be there"

    case.for_any_mix(law)
