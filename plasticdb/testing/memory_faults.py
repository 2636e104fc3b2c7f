"""Laws of memories: what is done is done once, whatever fails, and whoever else writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from ..errors import GraphBehind
from .laws import equal, run_at_once
from .memory_case import MemoryCase, snapshot, there, twin, unlike
from .verbs import Clock, Step, Wait, for_any_mix, outcome

if TYPE_CHECKING:
    from ..api import PlasticDB

__all__ = [
    "check_a_kill_loses_nothing_and_does_nothing_twice",
    "check_an_operation_is_done_once",
    "check_several_writers_lose_nothing",
    "check_what_is_skipped_never_was",
]


class Killed(BaseException):
    """A process that was killed, as far as this process can be: nothing is caught, nothing is tidied."""


def check_an_operation_is_done_once(case: MemoryCase) -> None:
    """A verb that is done again with its operation's id, here or elsewhere, changes nothing and answers the same."""

    def law(steps: list[Step]) -> None:
        clock = Clock()
        with (
            case.opened() as (db, name),
            twin() as other,
            case.open_database(clock) as one,
            case.open_database(clock) as two,
        ):
            memories = [case.memory(handle, name) for handle in (one, two, one)]
            steady = case.memory(other, name)
            for i, step in enumerate(steps):
                expected = outcome(step, steady)
                if isinstance(step, Wait):
                    step(memories[0])
                    continue
                for memory in memories:
                    equal(
                        outcome(step, memory, operation=f"op-{i}"),
                        expected,
                        f"what came of {step!r}, done once or again",
                    )
            if there(db, name):
                case.agree(one, other, name, "the graph of verbs that were done several times")

    case.for_any_mix(law)


def check_a_kill_loses_nothing_and_does_nothing_twice(case: MemoryCase) -> None:
    """Killed before or after it commits to the journal or to the graph, and then done again, a verb is done once."""
    points = ("before the journal", "behind the journal", "before the graph", "behind the graph")

    def law(steps: list[Step]) -> None:
        clock = Clock()
        with case.opened() as (first, name), twin() as other:
            db, steady = case.open_database(clock), case.memory(other, name)
            try:
                for i, step in enumerate(steps):
                    expected = outcome(step, steady)
                    if isinstance(step, Wait):
                        step(case.memory(db, name))
                        continue
                    with killed_at(points[i % len(points)], db), suppress(Killed):
                        outcome(step, case.memory(db, name), operation=f"op-{i}")
                    db._let_go()
                    db = case.open_database(clock)
                    if i % 3 and there(db, name):  # sometimes it is the verb itself that finds what is behind
                        db.memory(name).sync()
                    equal(outcome(step, case.memory(db, name), operation=f"op-{i}"), expected, f"what came of {step!r}")
                if there(first, name):
                    db.memory(name).sync()
                    case.agree(db, other, name, "the graph of verbs that were killed")
                    equal(case.memory(db, name).verify(), [], "what verify says")
            finally:
                db.close()

    case.for_any_mix(law)


def check_what_is_skipped_never_was(case: MemoryCase) -> None:
    """An event that reached the journal only, and is skipped there, leaves no trace, and the memory goes on."""
    clock = Clock()
    with case.opened() as (first, name):
        db = case.open_database(clock)
        try:
            for step in case.one_mix():
                memory = case.memory(db, name)
                before, position = snapshot(memory.store, name, case.kind), _position(first, name)
                with killed_at("before the graph", db), suppress(Killed):
                    outcome(step, memory)
                db._let_go()
                db = case.open_database(clock)
                memory, events = case.memory(db, name), _position(first, name) - position
                if events:
                    memory.skip(position + 1)
                    equal(memory.verify(), [], f"what verify says when an event of {step!r} was skipped")
                if events == 1:
                    after = snapshot(memory.store, name, case.kind)
                    equal(unlike(after, before, case.apart), [], f"the graph when {step!r} was skipped")
                outcome(step, memory)
            before = snapshot(memory.store, name, case.kind)
            memory.rebuild()
            equal(unlike(snapshot(memory.store, name, case.kind), before), [], "the graph after a rebuild")
        finally:
            db.close()


def _position(db: PlasticDB, name: str) -> int:
    row = db._journal.memory(name)
    return 0 if row is None else row.position


@contextmanager
def killed_at(point: str, db: PlasticDB) -> Iterator[None]:
    """Kill what is done in the block, the first time that it comes to a point."""
    subject, verb = (db._journal._recorder, "write") if "journal" in point else (db._store, "apply")
    real: Callable[..., Any] = getattr(subject, verb)

    def killing(*args: Any, **how: Any) -> Any:
        delattr(subject, verb)
        if "before" not in point:
            real(*args, **how)
        raise Killed(point)

    setattr(subject, verb, killing)
    try:
        yield
    finally:
        vars(subject).pop(verb, None)


def check_several_writers_lose_nothing(case: MemoryCase) -> None:
    """Threads of one handle and another handle write at once: nothing is lost, and graph and journal agree."""

    def law(mixes: Any, steps: list[Step]) -> None:
        clock = Clock()
        with (
            case.opened() as (db, name),
            twin() as other,
            case.open_database(clock) as one,
            case.open_database(clock) as two,
        ):
            memories = [case.memory(handle, name) for handle in (one, one, two)]

            def write(memory: Any, share: Sequence[Step]) -> None:
                for step in share:
                    with suppress(GraphBehind):  # asked when samples were journalled, and not learned yet
                        outcome(step, memory)

            run_at_once(*(partial(write, memory, steps[i::3]) for i, memory in enumerate(memories)))
            if not there(db, name):
                return
            one.memory(name).sync()
            equal(memories[0].verify(), [], "what verify says after several writers")
            equal(memories[2].stats(), memories[0].stats(), "the stats of two handles")
            equal(memories[2].stats()["behind"], 0, "the events that the graph lacks")
            if mixes is case.commuting:
                steady = case.memory(other, name)
                for step in steps:
                    outcome(step, steady)
                case.agree(one, other, name, "the graph of several writers", order=False)

    for mixes in (case.verbs, case.commuting):
        if mixes is not None:
            for_any_mix(mixes, case.examples, partial(law, mixes))
