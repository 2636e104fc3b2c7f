"""How an operation gets into the journal: in one transaction, once, and under the session of this process."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from threading import RLock

from sqlalchemy import Connection, Engine, delete, update

from ..errors import BadMemory
from ..sql.transactions import read, write
from . import operations
from .operations import Done, Operation
from .pen import Pen, move
from .rows import MemoryRow, locked
from .tables import OPERATION, SESSION

__all__ = ["Recorder"]


class Recorder:
    """Does operations for one process, whose session begins with the first event that it writes."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.dialect = engine.dialect.name
        self._session, self._beginning = 0, RLock()
        self._made: dict[int, str] = {}
        """The last operation of each memory whose id was made here: once there is another, nobody asks for it."""
        self._swept: set[int] = set()

    @property
    def session(self) -> int:
        """The number of this process's session; 0 before its first event."""
        return self._session

    def renew(self) -> None:
        """In a forked process: no session has begun."""
        self._session, self._made, self._beginning = 0, {}, RLock()

    def end_session(self, time: float) -> None:
        """Note that this process stopped writing, and knows what came of all that it did."""
        if not self._session and not self._made:
            return
        ended = update(SESSION).where(SESSION.c.id == self._session).values(ended=time)

        def end(connection: Connection) -> None:
            connection.execute(ended)
            for memory, id in list(self._made.items()):
                connection.execute(delete(OPERATION).where(OPERATION.c.memory == memory, OPERATION.c.id == id))

        write(self.engine, end)
        self._session, self._made = 0, {}

    def write(
        self, memory: MemoryRow, time: float, operation: Operation, part: Callable[[Pen, Done | None], Done | None]
    ) -> Done | None:
        """Do (a part of) an operation in one transaction: `part` gets what is done of it, and gives what is done then."""
        noted, made = operation.noted(self.dialect), set[int]()

        def work(connection: Connection) -> Done | None:
            position = locked(connection, memory)
            if position is None:
                raise BadMemory(f"the memory {memory.name!r} was dropped by another process; open it again")
            before = operations.find(connection, memory.id, operation) if noted else None
            pen = Pen(connection, memory.id, self._session, position, time)
            done = part(pen, before)
            if done is None or done is before:
                return done
            pen.insert()
            done = replace(done, session=pen.session, position=pen.position)
            if noted:
                if memory.id not in self._swept:
                    operations.sweep(connection, memory.id, time)
                if not pen.written:  # who waits for the memory's row must not miss what is noted
                    move(connection, memory.id, position)
                instead = None if operation.given else self._made.get(memory.id)
                operations.note(connection, memory.id, operation, done, time, instead)
            if pen.session != self._session:
                made.add(pen.session)
            return done

        with nullcontext() if self._session else self._beginning:  # or two threads would begin a session each
            done = write(self.engine, work, operation.id if noted else None)
            if done is not None and done.session in made:
                self._session = done.session
        if noted and done is not None:
            self._swept.add(memory.id)
            if not operation.given:
                self._made[memory.id] = operation.id
        return done

    def done(self, memory: MemoryRow, operation: Operation, asked: int) -> Done | None:
        """What came of an operation with an id of the caller's, if it was done before."""
        if not operation.given:
            return None
        found = read(self.engine, lambda connection: operations.find(connection, memory.id, operation))
        return found and operations.agreed(operation, found, lambda _: asked)
