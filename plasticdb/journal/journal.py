"""The journal: what happened, event by event, append-only, in SQL. The graph can be made again from it at any time.

`position` numbers the events of a memory without gaps: it is taken from the memory's row, under a lock on it, in the
transaction that inserts. Events are never changed but for two marks: `ended`, the position of the unlearning that took
an event back (`VOID` where it was skipped: it never had any effect), and an erased text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import RLock
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, bindparam, delete, func, select, update

from ..errors import BadInput
from ..kinds import LEARN, SKIP, UNLEARN, find
from ..sql.keysets import among
from ..sql.transactions import read, truncate_log, write
from ..sql.vacuum import vacuum
from . import operations
from .events import Written
from .operations import Done, Offering, Operation, fingerprint, operation
from .pen import Pen, source_id
from .recorder import Recorder
from .rows import MemoryRow, identity, kept_options, locked, made_memory, memory_of
from .selection import Selection, Shown, live, selected
from .skipping import event_at, make_void
from .tables import EVENT, JOURNAL, MEMORY, OPERATION, SOURCE, VOID, of

__all__ = ["Journal", "Written", "asked_of"]


_NAMED = select(MEMORY).where(MEMORY.c.name == bindparam("of"))


class Journal:
    """Events of many memories. Values go in and out; what they mean is up to the memories."""

    def __init__(self, engine: Engine, recorder: Recorder | None = None) -> None:
        self.engine = engine
        self.dialect = engine.dialect.name
        self._turns: dict[str, RLock] = {}
        self._recorder = recorder or Recorder(engine)
        self._uuid: str | None = None

    def renew(self) -> None:
        """In a forked process: nobody has a turn, and no session has begun."""
        self._turns = {}
        self._recorder.renew()

    def turn(self, memory: str) -> RLock:
        """The lock of the threads that use a memory of this name."""
        return self._turns.setdefault(memory, RLock())

    @property
    def uuid(self) -> str:
        """The journal's identity, made at first use."""
        if self._uuid is None:
            self._uuid = read(self.engine, lambda connection: connection.execute(select(JOURNAL.c.uuid)).scalar())
        if self._uuid is None:
            self._uuid = write(self.engine, identity)
        return self._uuid

    # Memories and sessions

    def memories(self) -> list[MemoryRow]:
        """All memories by name."""
        asked = select(MEMORY).order_by(MEMORY.c.name)
        return [memory_of(row) for row in read(self.engine, lambda connection: connection.execute(asked).all())]

    def memory(self, name: str) -> MemoryRow | None:
        """The memory of a name, or None."""
        row = read(self.engine, lambda connection: connection.execute(_NAMED, {"of": name}).one_or_none())
        return None if row is None else memory_of(row)

    def now(self, memory: MemoryRow) -> MemoryRow | None:
        """A memory as it is now; None where it was dropped, also where there is another of its name."""
        found = self.memory(memory.name)
        return found if found is not None and found.id == memory.id else None

    def create(self, name: str, kind: str, options: dict[str, Any]) -> MemoryRow:
        """Make a memory, or return the one that another process made in the meantime."""
        while (memory := self.memory(name)) is None:
            write(self.engine, lambda connection: made_memory(connection, name, kind, options))
        return memory

    def drop(self, memory: MemoryRow) -> None:
        """Remove a memory and all its events."""

        def dropped(connection: Connection) -> None:
            locked(connection, memory)
            for table in (OPERATION, EVENT, SOURCE):
                connection.execute(delete(table).where(table.c.memory == memory.id))
            connection.execute(delete(MEMORY).where(MEMORY.c.id == memory.id))

        write(self.engine, dropped)

    def end_session(self, time: float) -> None:
        """Note that this process stopped writing, and knows what came of all that it did."""
        self._recorder.end_session(time)

    def done(self, memory: MemoryRow, operation: Operation, asked: int) -> Done | None:
        """What came of an operation with an id of the caller's, if it was done before."""
        return self._recorder.done(memory, operation, asked)

    @property
    def session(self) -> int:
        """The number of this process's session; 0 as long as it has written nothing."""
        return self._recorder.session

    # What happens

    def write(
        self, memory: MemoryRow, time: float, operation: Operation, part: Callable[[Pen, Done | None], Done | None]
    ) -> Done | None:
        """Do (a part of) an operation in one transaction, on the locked memory; what is done of it then.

        part: gets the pen that writes the memory's next events, and what is done of the operation already. Where it gives
            that back, or None, nothing is written.
        """
        return self._recorder.write(memory, time, operation, part)

    def once(
        self, memory: MemoryRow, time: float, operation: Operation, asked: Callable[[], int], body: Callable[[Pen], Any]
    ) -> Any:
        """Do an operation that is one transaction, if it was not done before; what came of it.

        asked: gives a fingerprint of what is asked. body: writes the events, and gives what comes of it.
        """
        mark = asked() if operation.noted(self.dialect) else 0

        def part(pen: Pen, before: Done | None) -> Done:
            return Done(mark, 1, body(pen)) if before is None else operations.agreed(operation, before, lambda _: mark)

        done = self.write(memory, time, operation, part)
        assert done is not None
        return done.result

    def append(
        self,
        memory: MemoryRow,
        events: Sequence[Written],
        time: float,
        expected: int | None = None,
        operation: Operation | None = None,
        result: Any = None,
        asked: int | None = None,
        behind: Callable[[Sequence[int]], Sequence[Written]] | None = None,
        made: Mapping[str, Any] | None = None,
    ) -> tuple[Done, list[int]] | None:
        """Append events that need nothing of the journal but their place; what is done, and where each event is.

        With `expected`, only where that is the last position, and with `made` only where these are the memory's options:
        otherwise nothing is appended, and None returned. A
        `learn` event whose source has its external id already is not appended again: where it is, is where it was. What
        came of it is `result`, or how many were appended. asked: a fingerprint of what the caller asked, if not for these
        events. behind: gives what comes behind them, from the positions of those that are new.
        """
        operation = operation or operations.operation("append", None)
        mark = asked if asked is not None else asked_of(events) if operation.noted(self.dialect) else 0
        positions: list[int] = []

        def part(pen: Pen, before: Done | None) -> Done | None:
            positions.clear()
            known = self._taught(pen, events)
            if before is not None:
                operations.agreed(operation, before, lambda _: mark)
                more = len(behind(range(1, len(events) + 1))) if behind is not None else 0
                last = before.position - len(events) - more
                named = (known.get((e.source, e.external_id), last + i) for i, e in enumerate(events, 1))
                positions.extend(named)
                return before
            if expected not in (None, pen.position) or made not in (None, kept_options(pen.connection, memory)):
                return None
            new = []
            for event in events:
                name = None if event.external_id is None else (event.source, event.external_id)
                if name is None or name not in known:
                    new.append(_write(pen, event, time))
                    known |= {} if name is None else {name: new[-1]}
                positions.append(new[-1] if name is None else known[name])
            for event in behind(new) if behind is not None and new else ():
                _write(pen, event, time)
            return Done(mark, 1, len(new) if result is None else result)

        done = self.write(memory, time, operation, part)
        return None if done is None else (done, positions)

    def _taught(self, pen: Pen, events: Sequence[Written]) -> dict[tuple[str | None, str | None], int]:
        """Where the events are that have the sources and external ids of some others."""
        found: dict[tuple[str | None, str | None], int] = {}
        for source in dict.fromkeys(event.source for event in events if event.external_id is not None):
            number = None if source is None else source_id(pen.connection, pen.memory, source)
            if source is not None and number is None:
                continue
            ids = [event.external_id for event in events if event.source == source and event.external_id is not None]
            mine = live(pen.memory).where(EVENT.c.source.is_(number) if number is None else EVENT.c.source == number)
            rows = pen.connection.execute(mine.where(among(self.dialect, EVENT.c.external_id, ids)))
            found |= {(source, row.external_id): row.position for row in rows}
        return found

    def unlearn(
        self,
        memory: MemoryRow,
        selection: Selection,
        time: float,
        shown: Shown,
        erase: bool = False,
        operation: Operation | None = None,
        repeat: str | None = None,
    ) -> int:
        """Append an `unlearn` event for each selected sample and end it and its reinforcements; how many.

        With `erase`, the payload says so; the texts go when the graph has unlearned them (`memory.erase`).

        repeat: a kind of event of which the last one, if there is one, is written again behind them.
        """

        def body(pen: Pen) -> int:
            for position, symbols in selected(pen.connection, memory.id, selection, shown):
                pen.take_back(position, symbols, time, "erase" if erase else None)
            unlearned = pen.written
            asked = select(EVENT.c.payload, EVENT.c.symbols).order_by(EVENT.c.position.desc()).limit(1)
            asked = asked.where(EVENT.c.memory == memory.id, EVENT.c.kind == repeat, EVENT.c.ended.is_(None))
            if repeat and unlearned and (last := pen.connection.execute(asked).one_or_none()) is not None:
                pen.write(repeat, time, last.symbols, payload=last.payload)
            return unlearned

        operation = operation or operations.operation("unlearn", None)
        return int(self.once(memory, time, operation, lambda: fingerprint(selection.asked(), erase), body))

    def skip(self, memory: MemoryRow, position: int, time: float, applied: int) -> str:
        """Append a `skip` event: the one at a position has no effect any more, nor has what is about it; its kind.

        Raises BadInput where there is no such event, it is left out already, or the graph has it (up to `applied`).
        """

        def body(pen: Pen) -> str:
            row = pen.connection.execute(event_at(memory.id, position)).one_or_none()
            if row is None:
                raise BadInput(f"{memory.name!r} has no event {position:,}; its events are 1 to {pen.position:,}")
            if row.kind == SKIP:
                raise BadInput(f"event {position:,} of {memory.name!r} is itself a skip, which cannot be skipped")
            if row.ended == VOID:
                raise BadInput(f"event {position:,} of {memory.name!r} is skipped already; there is nothing to do")
            if position <= applied:
                kind = find(memory.kind)
                instead = f"; {kind.take_back}" if kind is not None and kind.take_back else ""
                raise BadInput(
                    f"event {position:,} of {memory.name!r} ({row.kind}) is in the graph already, so it cannot be skipped"
                    f"{instead}"
                )
            make_void(pen.connection, memory.id, position)
            pen.write(SKIP, time, 1, target=position)
            return str(row.kind)

        return str(self.once(memory, time, operation("skip", None), lambda: position, body))

    def to_erase(self, memory: MemoryRow) -> int | None:
        """The last unlearning that is to erase its sample's text, and has not done so everywhere; None: there is none."""
        asked = select(func.max(EVENT.c.position)).where(_erasing(memory))
        return read(self.engine, lambda connection: connection.execute(asked).scalar())

    def erase(self, memory: MemoryRow, last: int) -> bool:
        """Remove the texts of samples whose erasing `unlearn` is up to there; False where the memory was dropped."""
        asked = select(EVENT.c.target).where(_erasing(memory), EVENT.c.position <= last)
        samples = (EVENT.c.memory == memory.id) & EVENT.c.position.in_(asked)

        def erased(connection: Connection) -> bool:
            if locked(connection, memory) is None:
                return False
            connection.execute(update(EVENT).where(samples).values(payload=None, external_id=None, content=None))
            about = of(memory.id) & EVENT.c.target.in_(asked) & (EVENT.c.kind != UNLEARN)
            connection.execute(update(EVENT).where(about).values(payload=None))
            operations.forget_texts(connection, memory.id)
            mine = (MEMORY.c.id == memory.id) & (MEMORY.c.erased < last)
            connection.execute(update(MEMORY).where(mine).values(erased=last))
            return True

        if not write(self.engine, erased):
            return False
        truncate_log(self.engine)
        return True

    def shred(self) -> None:
        """Leave nothing of what was deleted in the database's own files."""
        vacuum(self.engine, ["event"])
        truncate_log(self.engine)

    def note_shredded(self, memory: MemoryRow, last: int) -> None:
        """Note that nothing is left anywhere of what was to be erased up to there."""
        done = update(EVENT).where(_erasing(memory), EVENT.c.position <= last).values(payload="erased")
        write(self.engine, lambda connection: connection.execute(done))


def _write(pen: Pen, event: Written, time: float) -> int:
    """Write an event; its position."""
    if event.kind == UNLEARN:
        assert event.target is not None
        pen.take_back(event.target, event.symbols, time, event.payload)
        return pen.position
    source = None if event.source is None else pen.source(event.source)
    mass = 1.0 if event.kind == LEARN else None
    pen.write(
        event.kind, time, event.symbols, source=source, external_id=event.external_id, payload=event.payload, mass=mass,
        target=event.target,
    )  # fmt: skip
    return pen.position


def asked_of(events: Sequence[Written]) -> int:
    """A fingerprint of events that are to be appended; of what depends on more than the caller, not."""
    given = [repr((e.external_id, e.payload)) for e in events if e.kind == LEARN]
    return Offering(operation("append", None)).asked(given, len(given))


def _erasing(memory: MemoryRow) -> ColumnElement[bool]:
    return of(memory.id) & EVENT.c.target.is_not(None) & (EVENT.c.payload == "erase")
