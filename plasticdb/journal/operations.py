"""Operations: what one call of a verb asks of a journal. To try again under the same id is the same operation.

The journal notes it in the transaction that does it, with what came of it. So whoever does not know whether it was done
(the answer was lost, the process was killed) does it again, and it is done once. An operation on many samples is done in
parts; trying again goes on behind the last one.

It is noted where the caller gave an id, and otherwise only on a server: an answer of SQLite cannot get lost.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from ..checks import shown
from ..errors import BadInput
from ..kit.ids import digest
from ..kit.texts import is_name
from .rows import MemoryRow
from .tables import OPERATION

__all__ = [
    "KEPT",
    "Done",
    "Offering",
    "Operation",
    "agreed",
    "find",
    "fingerprint",
    "forget_texts",
    "note",
    "operation",
    "sweep",
]

KEPT = 30 * 86400.0
"""Seconds for which a journal knows an operation."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of a verb; `given`: its id is the caller's."""

    id: str
    verb: str
    given: bool

    def noted(self, dialect: str) -> bool:
        """Whether a journal of this dialect notes it."""
        return self.given or dialect != "sqlite"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an operation so far: how much of what was `asked` (a fingerprint) is `offered`, and the `result`, by a
    session, up to a position. `again`: it was there when it was tried."""

    asked: int = 0
    offered: int = 0
    result: Any = None
    session: int = 0
    position: int = 0
    again: bool = False


@dataclass(slots=True)
class Offering:
    """Samples that one operation offers, part by part: how many there were `before`, and what became of them."""

    operation: Operation
    before: int = 0
    learned: int = 0
    changed: list[int] = field(default_factory=list)
    """Which of them have the id of another one."""
    offered: int = 0
    """How many the journal has of this operation: more than `before` where it was tried before."""
    memory: MemoryRow | None = None
    """The memory as the last part left it."""
    _seen: Any = field(default_factory=lambda: hashlib.blake2b(digest_size=8))

    def asked(self, part: Sequence[str], many: int) -> int:
        """A fingerprint of all samples before a part, and the first of that."""
        return int.from_bytes(self._hashed(part[:many]).digest(), "little") >> 1

    def passed(self, part: Sequence[str], done: Done, many: int | None = None) -> None:
        """Go on behind a part; `many`: its samples, where nobody asks what they are since the operation is not noted."""
        self._seen = self._hashed(part)
        self.before += len(part) if many is None else many
        (self.learned, self.changed), self.offered = done.result, done.offered

    def complete(self) -> None:
        """There are no more samples; raises BadInput where there were more when it was tried before."""
        if self.offered > self.before:
            raise _another(self.operation, f"{self.operation.verb} of {self.offered:,} samples")

    def _hashed(self, part: Sequence[str]) -> Any:
        seen = self._seen.copy()
        for sample in part:
            seen.update(f"{len(sample)} {sample}".encode())
        return seen


def operation(verb: str, id: str | None) -> Operation:
    """An operation with the caller's id, or one that is made."""
    if id is None:
        return Operation(uuid.uuid4().hex, verb, given=False)
    if not is_name(id):
        raise BadInput(
            f"an operation's id must be a text of 1 to 200 characters without control characters, not {shown(id)}"
        )
    return Operation(id, verb, given=True)


def fingerprint(*asked: Any) -> int:
    """What was asked as a number, to tell an operation that is tried again from another under its id."""
    return digest(json.dumps(asked)) >> 1


def find(connection: Connection, memory: int, operation: Operation) -> Done | None:
    """What came of an operation, if it was begun before. Raises BadInput where that was another verb's."""
    mine = select(OPERATION).where(OPERATION.c.memory == memory, OPERATION.c.id == operation.id)
    row: Row[Any] | None = connection.execute(mine).one_or_none()
    if row is None:
        return None
    if row.verb != operation.verb:
        raise _another(operation, row.verb)
    return Done(row.asked, row.offered, json.loads(row.result), row.session, row.position, again=True)


def agreed(operation: Operation, done: Done, asked: Callable[[int], int]) -> Done:
    """What was done, if that is what is asked now as far as it was offered; raises BadInput where it is not."""
    if done.asked and asked(done.offered) != done.asked:
        raise _another(operation, f"{operation.verb} of something else")
    return done


def _another(operation: Operation, what: str) -> BadInput:
    return BadInput(
        f"the operation {operation.id!r} was another one ({what}); give each its own id, and the same samples when it is "
        "tried again; nothing was changed"
    )


def note(
    connection: Connection, memory: int, operation: Operation, done: Done, time: float, instead: str | None
) -> None:
    """Note what came of an operation, in the place of one that is not needed any more (`instead`), or of its last part."""
    values = {
        "id": operation.id,
        "verb": operation.verb,
        "asked": done.asked,
        "offered": done.offered,
        "result": json.dumps(done.result),
        "session": done.session,
        "position": done.position,
        "time": time,
    }
    before = operation.id if done.again else instead
    if before is not None:
        mine = update(OPERATION).where(OPERATION.c.memory == memory, OPERATION.c.id == before)
        if connection.execute(mine.values(values)).rowcount:
            return
    connection.execute(insert(OPERATION).values(memory=memory, **values))


def sweep(connection: Connection, memory: int, time: float) -> None:
    """Forget the operations of long ago."""
    old = delete(OPERATION).where(OPERATION.c.memory == memory, OPERATION.c.time < time - KEPT)
    connection.execute(old)


def forget_texts(connection: Connection, memory: int) -> None:
    """Forget the fingerprints: a text that is erased could be guessed from one."""
    connection.execute(update(OPERATION).where(OPERATION.c.memory == memory, OPERATION.c.asked != 0).values(asked=0))
