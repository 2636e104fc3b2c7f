"""An export into a journal, in one transaction: as a new memory, or merged into one that is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from ..errors import BadInput, BadMemory
from ..journal.journal import Journal
from ..journal.operations import Done, Operation, agreed, find, fingerprint, note
from ..journal.pen import Pen
from ..journal.tables import MEMORY
from ..kinds import load as import_name
from ..sql.transactions import write
from .check import Contents, Dumped, events
from .writing import open_memory, write_events

__all__ = ["Imported", "load", "note_erased"]


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a memory: events that were added, and those that it had already."""

    memory: str
    imported: int
    skipped: int


def load(
    journal: Journal,
    contents: Contents,
    stream: BinaryIO,
    names: Mapping[str, str],
    merge: bool,
    once: Operation,
    time: float,
) -> tuple[list[Imported], dict[str, int]]:
    """Write the memories of a checked export, `names` saying what each is called here; and what is erased in each.

    `once`: the operation that it is. Raises BadMemory where one is there (unless `merge`) or has other options; nothing
    was written then.
    """
    noted = once.noted(journal.dialect)

    def work(connection: Connection) -> tuple[list[Imported], dict[str, int]]:
        known = {row.name: row.id for row in connection.execute(select(MEMORY.c.name, MEMORY.c.id))}
        there = sorted(known.keys() & set(names.values()))
        before = {name: find(connection, known[name], once) for name in there if noted}
        if there and not merge and not all(before.get(name) for name in there):
            raise BadMemory(
                f"there is a memory {there[0]!r} already; say --merge to add what it lacks, or --as NAME for another name"
            )
        done, erased = [], {}
        for dumped in contents.memories:
            name = names[dumped.name]
            asked = fingerprint(dumped.name, dumped.position, dumped.offset, sorted(contents.sessions.items()))
            found = before.get(name)
            if found is not None:  # it was done, and whoever asked was not told
                added, last = agreed(once, found, lambda _, asked=asked: asked).result  # type: ignore[misc]
            else:
                id, added, last = _written(connection, contents, dumped, stream, name, time)
                if noted:
                    note(connection, id, once, Done(asked, 1, (added, last)), time, None)
            done.append(Imported(name, added, dumped.position - added))
            erased[name] = last
        return done, erased

    return write(journal.engine, work, once.id if noted else None)


def _written(
    connection: Connection, contents: Contents, dumped: Dumped, stream: BinaryIO, name: str, time: float
) -> tuple[int, int, int]:
    """The id of a memory, how many events it was given, and the last unlearning of theirs whose text is gone."""
    memory, made = open_memory(connection, name, dumped.kind.name, dumped.options)
    pen = Pen(connection, memory.id, 0, memory.position, time)
    try:
        if not made and not dumped.kind.merge:
            raise BadMemory(
                f"{name!r} is there already, and {dumped.kind.name} memories cannot be merged; say --as NAME for another "
                "name"
            )
        if not made:
            merge = import_name(dumped.kind.merge)
            lacking, added, erased = merge(pen, lambda: events(stream, dumped), dumped.position, dumped.erased)
            write_events(pen, lacking, contents.sessions)
            return memory.id, added, erased
        added = write_events(pen, events(stream, dumped), contents.sessions)
        mine = MEMORY.c.id == memory.id
        connection.execute(update(MEMORY).where(mine).values(erased=dumped.erased))
        return memory.id, added, 0
    except IntegrityError as error:
        what = str(error.orig).partition("\n")[0]
        raise BadInput(f"events of {dumped.name!r} exclude each other ({what}); nothing was imported") from None


def note_erased(journal: Journal, name: str, erased: int) -> None:
    """Note the last unlearning whose sample's text is gone, once the graph is beyond it."""
    if erased:
        mine = (MEMORY.c.name == name) & (MEMORY.c.erased < erased) & (MEMORY.c.position >= erased)
        noted = update(MEMORY).where(mine).values(erased=erased)
        write(journal.engine, lambda connection: connection.execute(noted))
