"""The journal: what happened, event by event, append-only, in SQL. The graph can be made again from it at any time.

`position` numbers the events of a memory without gaps: it is taken from the memory's row, under a lock on it, in the
transaction that inserts. Events are never changed but for two marks: `ended`, the position of the unlearning that took
an event back (`VOID` where it was skipped: it never had any effect), and an erased text.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from threading import RLock
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Engine,
    Select,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)

from . import operations
from .errors import BadInput, BadMemory, NeverLearned
from .keysets import among
from .operations import Done, Offering, Operation, fingerprint, operation
from .skipping import event_at, make_void
from .spelling import PLAIN, Spelling, content
from .stores.dialects import dialect
from .tables import EVENT, JOURNAL, MEMORY, OPERATION, SESSION, SKIP, SOURCE, VOID, of
from .texts import did_you_mean
from .transactions import read, truncate_log, write
from .vacuum import vacuum

__all__ = [
    "KINDS",
    "MASSES",
    "Journal",
    "Memory",
    "Selection",
    "Shown",
    "Written",
    "asked_of",
    "content",
    "made_memory",
]

KINDS = {
    "sequence": ("learn", "unlearn", "reinforce", "weaken", "decay"),
    "engram": ("learn", "remind", "reward", "tick", "consolidate"),
}
"""The kinds of event, by the kind of memory."""
MASSES = ("learn", "reinforce", "weaken")
"""The kinds of event that add mass to a sample."""

# Where two processes do this at the same moment, the first one's stays.
_NEW_JOURNAL = "INSERT INTO journal (id, uuid) VALUES (1, :uuid) ON CONFLICT (id) DO NOTHING"
_NEW_MEMORY = (
    "INSERT INTO memory (id, name, kind, options, position, erased) SELECT memories, :name, :kind, :options, 0, 0 "
    "FROM journal WHERE true ON CONFLICT (name) DO NOTHING"
)

Shown = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Memory:
    """A memory as the journal knows it; `position` is that of its last event, `erased` that of the last unlearning
    whose sample's text was erased."""

    id: int
    name: str
    kind: str
    options: dict[str, Any]
    position: int
    erased: int


@dataclass(frozen=True, slots=True)
class Written:
    """An event to be appended as it is."""

    kind: str
    payload: str | None = None
    symbols: int = 1
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Learned samples: all of a source, or those with these payloads (each payload once, the newest first, from any
    source or the one named), or what a source has beside `keep` (external ids)."""

    source: str | None = None
    payloads: Sequence[str] | None = None
    keep: Collection[str] | None = None
    all: bool = False
    """Every sample with such a payload, and not one for each time it is given."""
    spelling: Spelling = PLAIN
    """Which payloads are one sample."""

    def asked(self) -> list[Any]:
        """All of it, in an order, for the fingerprint of an operation."""
        return [self.source, self.payloads, None if self.keep is None else sorted(self.keep), self.all]


_WRITTEN = (
    "memory",
    "position",
    "session",
    "kind",
    "time",
    "source",
    "external_id",
    "content",
    "payload",
    "symbols",
    "mass",
    "target",
)


@dataclass(slots=True)
class _Pen:
    """Writes events of one memory in one transaction."""

    connection: Connection
    memory: int
    session: int
    """0 until something is written, if this process has none yet."""
    position: int
    time: float
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    ends: list[dict[str, int]] = field(default_factory=list)
    inserted: int = 0

    def write(
        self,
        kind: str,
        time: float,
        symbols: int,
        *,
        source: int | None = None,
        external_id: str | None = None,
        payload: str | None = None,
        mass: float | None = None,
        target: int | None = None,
        found_by: int | None = None,
    ) -> None:
        if not self.session:
            values = {"version": version("plasticdb"), "started": self.time}
            self.session = _made(self.connection.execute(insert(SESSION).values(values)))
        self.position += 1
        if kind == "learn" and payload is not None and found_by is None:
            found_by = content(payload)
        own = (self.memory, self.position, self.session, kind, time, source, external_id, found_by, payload)
        self.rows.append((*own, symbols, mass, target))

    def take_back(self, position: int, symbols: int, time: float, payload: str | None = None) -> None:
        """Unlearn a sample, and what reinforced it, that is there or was written and inserted."""
        self.write("unlearn", time, symbols, target=position, payload=payload)
        self.ends.append({"p": position, "u": self.position})

    def insert(self) -> None:
        """Insert what was written: through the driver, since there may be many rows and nothing to convert."""
        if self.ends:  # first: an id that is free then may be in the rows
            itself = (EVENT.c.memory == self.memory) & (EVENT.c.position == bindparam("p"))
            others = of(self.memory) & (EVENT.c.target == bindparam("p")) & (EVENT.c.kind != "unlearn")
            for mine in (itself, others & EVENT.c.ended.is_(None)):
                self.connection.execute(update(EVENT).where(mine).values(ended=bindparam("u")), self.ends)
            self.ends.clear()
        if new := self.rows[self.inserted :]:
            mark = dialect(self.connection.dialect.name).mark
            marks = ", ".join([mark] * len(_WRITTEN))
            self.connection.exec_driver_sql(f"INSERT INTO event ({', '.join(_WRITTEN)}) VALUES ({marks})", new)
            self.inserted = len(self.rows)
            self.move()

    def move(self) -> None:
        moved = update(MEMORY).where(MEMORY.c.id == self.memory).values(position=self.position)
        self.connection.execute(moved)


class Journal:
    """Events of many memories. Values go in and out; what they mean is up to the memories."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.dialect = engine.dialect.name
        self.turn = RLock()  # see `turns`
        self._session = 0
        self._uuid: str | None = None
        self._made: dict[int, str] = {}
        """The last operation of each memory whose id was made here: once there is another, nobody asks for it."""
        self._swept: set[int] = set()

    def renew(self) -> None:
        """In a forked process: nobody has a turn, and no session has begun."""
        self.turn, self._session, self._made = RLock(), 0, {}

    @property
    def uuid(self) -> str:
        """The journal's identity, made at first use."""
        if self._uuid is None:
            self._uuid = read(self.engine, lambda connection: connection.execute(select(JOURNAL.c.uuid)).scalar())
        if self._uuid is None:
            self._uuid = write(self.engine, _identity)
        return self._uuid

    # Memories and sessions

    def memories(self) -> list[Memory]:
        """All memories by name."""
        asked = select(MEMORY).order_by(MEMORY.c.name)
        return [_memory(row) for row in read(self.engine, lambda connection: connection.execute(asked).all())]

    def memory(self, name: str) -> Memory | None:
        """The memory of a name, or None."""
        asked = select(MEMORY).where(MEMORY.c.name == name)
        row = read(self.engine, lambda connection: connection.execute(asked).one_or_none())
        return None if row is None else _memory(row)

    def now(self, memory: Memory) -> Memory | None:
        """A memory as it is now; None where it was dropped, also where there is another of its name."""
        found = self.memory(memory.name)
        return found if found is not None and found.id == memory.id else None

    def create(self, name: str, kind: str, options: dict[str, Any]) -> Memory:
        """Make a memory, or return the one that another process made in the meantime."""
        while (memory := self.memory(name)) is None:
            write(self.engine, lambda connection: made_memory(connection, name, kind, options))
        return memory

    def drop(self, memory: Memory) -> None:
        """Remove a memory and all its events."""

        def dropped(connection: Connection) -> None:
            _lock(connection, memory)
            for table in (OPERATION, EVENT, SOURCE):
                connection.execute(delete(table).where(table.c.memory == memory.id))
            connection.execute(delete(MEMORY).where(MEMORY.c.id == memory.id))

        write(self.engine, dropped)

    def end_session(self, time: float) -> None:
        """Note that this process stopped writing, and knows what came of all that it did."""
        if not self._session and not self._made:
            return
        ended = update(SESSION).where(SESSION.c.id == self._session).values(ended=time)

        def end(connection: Connection) -> None:
            connection.execute(ended)
            for memory, id in self._made.items():
                connection.execute(delete(OPERATION).where(OPERATION.c.memory == memory, OPERATION.c.id == id))

        write(self.engine, end)
        self._session, self._made = 0, {}

    def _write(
        self,
        memory: Memory,
        time: float,
        operation: Operation,
        part: Callable[[_Pen, Done | None], Done | None],
    ) -> Done | None:
        """Do (a part of) an operation in one transaction: `part` gets what is done of it, and gives what is done then."""
        noted, made = operation.noted(self.dialect), set[int]()

        def work(connection: Connection) -> Done | None:
            position = _lock(connection, memory)
            if position is None:
                raise BadMemory(f"the memory {memory.name!r} was dropped by another process; open it again")
            before = operations.find(connection, memory.id, operation) if noted else None
            pen = _Pen(connection, memory.id, self._session, position, time)
            done = part(pen, before)
            if done is None or done is before:
                return done
            pen.insert()
            done = replace(done, session=pen.session, position=pen.position)
            if noted:
                if memory.id not in self._swept:
                    operations.sweep(connection, memory.id, time)
                if not pen.rows:  # who waits for the memory's row must not miss what is noted
                    pen.move()
                instead = None if operation.given else self._made.get(memory.id)
                operations.note(connection, memory.id, operation, done, time, instead)
            if pen.session != self._session:
                made.add(pen.session)
            return done

        done = write(self.engine, work, operation.id if noted else None)
        if done is not None and done.session in made:
            self._session = done.session
        if noted and done is not None:
            self._swept.add(memory.id)
            if not operation.given:
                self._made[memory.id] = operation.id
        return done

    def _once(
        self, memory: Memory, time: float, operation: Operation, asked: Callable[[], int], body: Callable[[_Pen], Any]
    ) -> Any:
        """Do an operation that is one transaction; what came of it."""
        mark = asked() if operation.noted(self.dialect) else 0

        def part(pen: _Pen, before: Done | None) -> Done:
            return Done(mark, 1, body(pen)) if before is None else operations.agreed(operation, before, lambda _: mark)

        done = self._write(memory, time, operation, part)
        assert done is not None
        return done.result

    def done(self, memory: Memory, operation: Operation, asked: int) -> Done | None:
        """What came of an operation with an id of the caller's, if it was done before."""
        if not operation.given:
            return None
        found = read(self.engine, lambda connection: operations.find(connection, memory.id, operation))
        return found and operations.agreed(operation, found, lambda _: asked)

    # What happens

    def append(
        self,
        memory: Memory,
        events: Sequence[Written],
        time: float,
        expected: int | None = None,
        operation: Operation | None = None,
        result: Any = None,
        asked: int | None = None,
    ) -> tuple[Done, list[int]] | None:
        """Append events that need nothing of the journal but their place; what is done, and where each event is.

        With `expected`, only where that is the last position: otherwise nothing is appended, and None returned. A
        `learn` event whose external id is there already is not appended again: where it is, is where it was. What came
        of it is `result`, or how many were appended. asked: a fingerprint of what the caller asked, if not for these events.
        """
        operation = operation or operations.operation("append", None)
        mark = asked if asked is not None else asked_of(events) if operation.noted(self.dialect) else 0
        positions: list[int] = []

        def part(pen: _Pen, before: Done | None) -> Done | None:
            positions.clear()
            known = self._taught(pen, [event.external_id for event in events if event.external_id is not None])
            if before is not None:
                operations.agreed(operation, before, lambda _: mark)
                last = before.position - len(events)
                positions.extend(known.get(e.external_id or "", last + i) for i, e in enumerate(events, 1))
                return before
            if expected not in (None, pen.position):
                return None
            for event in events:
                mass = 1.0 if event.kind == "learn" else None
                if event.external_id is None or event.external_id not in known:
                    pen.write(
                        event.kind, time, event.symbols, external_id=event.external_id, payload=event.payload, mass=mass
                    )
                    if event.external_id is not None:
                        known[event.external_id] = pen.position
                positions.append(pen.position if event.external_id is None else known[event.external_id])
            return Done(mark, 1, len(pen.rows) if result is None else result)

        done = self._write(memory, time, operation, part)
        return None if done is None else (done, positions)

    def _taught(self, pen: _Pen, ids: Sequence[str]) -> dict[str, int]:
        """Where the events without a source are that have these external ids."""
        if not ids:
            return {}
        live = _live(pen.memory).where(EVENT.c.source.is_(None), among(self.dialect, EVENT.c.external_id, ids))
        return {row.external_id: row.position for row in pen.connection.execute(live)}

    def learn(
        self,
        memory: Memory,
        source: str | None,
        payloads: Sequence[str],
        ids: Sequence[str] | None,
        symbols: Sequence[int],
        time: float,
        contents: Sequence[int] | None = None,
        *,
        update: bool = False,
        again: bool = False,
        offering: Offering | None = None,
    ) -> tuple[int, list[int]]:
        """Append a `learn` event for each sample whose id its source has not taught yet; how many those were.

        And which samples have the id of another one: with `update` that is unlearned, and they are learned. With `again`
        what has a known id is learned as well, without one, as is what has none: new experiences, always. contents: the
        hashes by which the samples are found, where these are not those of their payloads (`Spelling`). offering: of which
        operation this is the next part; what of it is there already is passed over, and counts as it did then.
        """
        offering = offering or Offering(operation("learn", None))
        named: list[str] = []
        if offering.operation.noted(self.dialect):
            how = (source, update, again)
            named = [repr((*how, None if ids is None else ids[i], text)) for i, text in enumerate(payloads)]
        start, last = offering.before, offering.before + len(payloads)

        def part(pen: _Pen, before: Done | None) -> Done:
            first, learned, changed = 0, offering.learned, offering.changed
            if before is not None:
                first, (learned, changed) = max(before.offered - start, 0), before.result
                if first <= len(payloads):
                    operations.agreed(offering.operation, before, lambda _: offering.asked(named, first))
                if first >= len(payloads):
                    return before
            new, others = self._learn(pen, source, payloads, ids, symbols, contents, update, again, first)
            result = [learned + new, [*changed, *(start + i for i in others)]]
            return Done(offering.asked(named, len(named)), last, result, again=before is not None)

        done = self._write(memory, time, offering.operation, part)
        assert done is not None
        learned, changed = done.result[0] - offering.learned, [i - start for i in done.result[1] if start <= i < last]
        offering.passed(named or payloads, done)
        return learned, changed

    def _learn(
        self,
        pen: _Pen,
        source: str | None,
        payloads: Sequence[str],
        ids: Sequence[str] | None,
        symbols: Sequence[int],
        contents: Sequence[int] | None,
        update: bool,
        again: bool,
        first: int,
    ) -> tuple[int, list[int]]:
        """Learn samples from the `first` on: how many, and which have the id of another one."""
        source_id = None if source is None else self._source(pen, source, make=True)
        taught: dict[str, tuple[int, int, int]] = {}  # where, its symbols, its content
        if ids is not None:
            live = _live(pen.memory).where(EVENT.c.source == source_id)
            known = live.where(among(self.dialect, EVENT.c.external_id, list(ids))).with_only_columns(
                *(EVENT.c[name] for name in ("external_id", "position", "symbols", "content"))
            )
            taught = {row[0]: (row[1], row[2], row[3]) for row in pen.connection.execute(known)}
        changed: list[int] = []
        for i in range(first, len(payloads)):
            payload, external = payloads[i], None if ids is None else ids[i]
            found_by = content(payload) if contents is None else contents[i]
            if external is not None and (there := taught.get(external)) is not None:
                if again:
                    external = None
                elif there[2] == found_by:
                    continue
                else:
                    changed.append(i)
                    if not update:
                        continue
                    if there[0] > pen.position - len(pen.rows) + pen.inserted:
                        pen.insert()
                    pen.take_back(there[0], there[1], pen.time)
            pen.write(
                "learn",
                pen.time,
                symbols[i],
                source=source_id,
                external_id=external,
                payload=payload,
                mass=1.0,
                found_by=found_by,
            )
            if external is not None:
                taught[external] = (pen.position, symbols[i], found_by)
        return sum(row[3] == "learn" for row in pen.rows) - (len(changed) if update else 0), changed

    def potentiate(
        self,
        memory: Memory,
        selection: Selection,
        mass: float,
        time: float,
        shown: Shown,
        operation: Operation | None = None,
    ) -> int:
        """Append a `reinforce` or `weaken` event for each selected sample; how many."""
        verb = "reinforce" if mass > 0 else "weaken"

        def body(pen: _Pen) -> int:
            for position, symbols in self._select(pen, selection, shown):
                pen.write(verb, time, symbols, target=position, mass=mass)
            return len(pen.rows)

        operation = operation or operations.operation(verb, None)
        return int(self._once(memory, time, operation, lambda: fingerprint(selection.asked(), mass), body))

    def unlearn(
        self,
        memory: Memory,
        selection: Selection,
        time: float,
        shown: Shown,
        erase: bool = False,
        operation: Operation | None = None,
    ) -> int:
        """Append an `unlearn` event for each selected sample and end it and its reinforcements; how many.

        With `erase`, the payload says so; the texts go when the graph has unlearned them (`erasing.erase`).
        """

        def body(pen: _Pen) -> int:
            for position, symbols in self._select(pen, selection, shown):
                pen.take_back(position, symbols, time, "erase" if erase else None)
            return len(pen.rows)

        operation = operation or operations.operation("unlearn", None)
        return int(self._once(memory, time, operation, lambda: fingerprint(selection.asked(), erase), body))

    def skip(self, memory: Memory, position: int, time: float, applied: int) -> str:
        """Append a `skip` event: the one at a position has no effect any more, nor has what is about it; its kind.

        Raises BadInput where there is no such event, it is left out already, or the graph has it (up to `applied`).
        """

        def body(pen: _Pen) -> str:
            row = pen.connection.execute(event_at(memory.id, position)).one_or_none()
            if row is None:
                raise BadInput(f"{memory.name!r} has no event {position:,}; its events are 1 to {pen.position:,}")
            if row.kind == SKIP:
                raise BadInput(f"event {position:,} of {memory.name!r} is itself a skip, which cannot be skipped")
            if row.ended == VOID:
                raise BadInput(f"event {position:,} of {memory.name!r} is skipped already; there is nothing to do")
            if position <= applied:
                raise BadInput(
                    f"event {position:,} of {memory.name!r} ({row.kind}) is in the graph already, and can only be taken back"
                    + (
                        ": `plasticdb unlearn`"
                        if memory.kind == "sequence"
                        else " by its time: `plasticdb engram reward`"
                    )
                )
            make_void(pen.connection, memory.id, position)
            pen.write(SKIP, time, 1, target=position)
            return str(row.kind)

        return str(self._once(memory, time, operation("skip", None), lambda: position, body))

    def decay(
        self, memory: Memory, half_life: float, time: float, batch: int, operation: Operation | None = None
    ) -> int:
        """Append `decay` events that together cover every event so far, each at most `batch` symbols; the samples alive."""

        def body(pen: _Pen) -> int:
            alive = select(EVENT.c.position, EVENT.c.symbols, EVENT.c.kind)
            alive = alive.where(EVENT.c.memory == memory.id, EVENT.c.kind.in_(MASSES), EVENT.c.ended.is_(None))
            rows = pen.connection.execute(alive.order_by(EVENT.c.position)).all()
            first = cost = 0
            for i, row in enumerate(rows):
                cost += row.symbols
                if cost >= batch or i + 1 == len(rows):
                    span = json.dumps({"first": first, "last": row.position, "half_life": half_life})
                    pen.write("decay", time, cost, payload=span)
                    first, cost = row.position + 1, 0
            return sum(row.kind == "learn" for row in rows)

        operation = operation or operations.operation("decay", None)
        return int(self._once(memory, time, operation, lambda: fingerprint(half_life), body))

    def _source(self, pen: _Pen, name: str, make: bool = False) -> int:
        known = select(SOURCE.c.id).where(SOURCE.c.memory == pen.memory, SOURCE.c.name == name)
        found = pen.connection.execute(known).scalar()
        if found is None and not make:
            names = pen.connection.execute(select(SOURCE.c.name).where(SOURCE.c.memory == pen.memory)).scalars().all()
            raise NeverLearned(
                f"nothing was learned from a source {name!r}{did_you_mean(name, names)}; "
                f"the sources are: {', '.join(names) or 'none'}"
            )
        if found is None:
            found = _made(pen.connection.execute(insert(SOURCE).values(memory=pen.memory, name=name)))
        return int(found)

    def _select(self, pen: _Pen, selection: Selection, shown: Shown) -> list[tuple[int, int]]:
        """(position, symbols) of the selected samples; raises NeverLearned, naming those that are not there."""
        live = _live(pen.memory).order_by(EVENT.c.position.desc())
        if selection.source is not None:
            live = live.where(EVENT.c.source == self._source(pen, selection.source))
        if selection.payloads is None:
            rows = pen.connection.execute(live).all()
            if not rows and selection.keep is None:
                raise NeverLearned(
                    f"nothing of the source {selection.source!r} is in the memory now; there is nothing to do"
                )
            keep = selection.keep or ()
            return sorted((row.position, row.symbols) for row in rows if row.external_id not in keep)
        spelling = selection.spelling
        given = {spelling.text(payload): payload for payload in reversed(selection.payloads)}
        wanted = Counter(map(spelling.text, selection.payloads))
        if spelling.everywhere:
            live = live.where(among(self.dialect, EVENT.c.content, [*map(spelling.content, given.values())]))
        chosen, found = [], set()
        for row in pen.connection.execute(live):
            text = spelling.text(row.payload)
            if wanted[text] > 0:
                found.add(text)
                wanted[text] -= 0 if selection.all else 1
                chosen.append((row.position, row.symbols))
        missing = [given[text] for text, left in wanted.items() if left > 0 and not (selection.all and text in found)]
        if missing:
            named = ", ".join(repr(shown(payload))[:80] for payload in missing[:5]) + (
                ", ..." if len(missing) > 5 else ""
            )
            raise NeverLearned(f"never learned, or not as often: {named}; nothing was changed")
        return sorted(chosen)

    def to_erase(self, memory: Memory) -> int | None:
        """The last unlearning that is to erase its sample's text, and has not done so everywhere; None: there is none."""
        asked = select(func.max(EVENT.c.position)).where(_erasing(memory))
        return read(self.engine, lambda connection: connection.execute(asked).scalar())

    def erase(self, memory: Memory, last: int) -> bool:
        """Remove the texts of samples whose erasing `unlearn` is up to there; False where the memory was dropped."""
        asked = select(EVENT.c.target).where(_erasing(memory), EVENT.c.position <= last)
        samples = (EVENT.c.memory == memory.id) & EVENT.c.position.in_(asked)

        def erased(connection: Connection) -> bool:
            if _lock(connection, memory) is None:
                return False
            connection.execute(update(EVENT).where(samples).values(payload=None, external_id=None, content=None))
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

    def note_shredded(self, memory: Memory, last: int) -> None:
        """Note that nothing is left anywhere of what was to be erased up to there."""
        done = update(EVENT).where(_erasing(memory), EVENT.c.position <= last).values(payload="erased")
        write(self.engine, lambda connection: connection.execute(done))


def _memory(row: Any) -> Memory:
    return Memory(row.id, row.name, row.kind, json.loads(row.options), row.position, row.erased)


def asked_of(events: Sequence[Written]) -> int:
    """A fingerprint of events that are to be appended; of what depends on more than the caller, not."""
    given = [repr((e.external_id, e.payload)) for e in events if e.kind == "learn"]
    return Offering(operation("append", None)).asked(given, len(given))


def _erasing(memory: Memory) -> ColumnElement[bool]:
    return of(memory.id) & EVENT.c.target.is_not(None) & (EVENT.c.payload == "erase")


def _lock(connection: Connection, memory: Memory) -> int | None:
    """Keep other writers away from a memory until the transaction ends; its position, None where it was dropped."""
    mine = select(MEMORY.c.position).where(MEMORY.c.id == memory.id)
    position: int | None = connection.execute(mine.with_for_update()).scalar()
    return position


def _identity(connection: Connection) -> str:
    """The journal's uuid, made where there is none."""
    connection.execute(text(_NEW_JOURNAL), {"uuid": str(uuid.uuid4())})
    return str(connection.execute(select(JOURNAL.c.uuid)).scalar_one())


def made_memory(connection: Connection, name: str, kind: str, options: Mapping[str, Any]) -> bool:
    """Make a memory where there is none of its name; whether it was made. Its id is one that no other ever had."""
    _identity(connection)
    connection.execute(update(JOURNAL).values(memories=JOURNAL.c.memories + 1))
    values = {"name": name, "kind": kind, "options": json.dumps(dict(options))}
    return connection.execute(text(_NEW_MEMORY), values).rowcount == 1


def _live(memory: int) -> Select[Any]:
    """The samples of a memory that were learned and not unlearned."""
    columns = (EVENT.c.position, EVENT.c.symbols, EVENT.c.payload, EVENT.c.external_id)
    return select(*columns).where(of(memory), EVENT.c.kind == "learn", EVENT.c.ended.is_(None))


def _made(inserted: CursorResult[Any]) -> int:
    """The key of the row that was inserted."""
    key = inserted.inserted_primary_key
    assert key is not None
    return int(key[0])
