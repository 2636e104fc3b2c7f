"""An export into a journal, in one transaction: as a new memory, or merged into one that is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from ..database import writing
from ..engram.memory import EngramMemory
from ..errors import BadInput, BadMemory
from ..journal import Journal
from ..tables import MEMORY
from .check import Contents, events
from .merge import merge_into
from .pen import Pen, open_memory

__all__ = ["Imported", "load", "note_erased"]


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a memory: events that were added, and those that it had already."""

    memory: str
    imported: int
    skipped: int


def load(
    journal: Journal, contents: Contents, stream: BinaryIO, names: Mapping[str, str], merge: bool
) -> tuple[list[Imported], dict[str, int]]:
    """Write the memories of a checked export, `names` saying what each is called here; and what is erased in each.

    Raises BadMemory where one is there (unless `merge`) or has other options; nothing was written then.
    """
    done, erased = [], {}
    with writing(journal.engine) as connection:
        known = set(connection.execute(select(MEMORY.c.name)).scalars())
        there = sorted(known & set(names.values()))
        if there and not merge:
            raise BadMemory(
                f"there is a memory {there[0]!r} already; say --merge to add what it lacks, or --as NAME for another name"
            )
        for dumped in contents.memories:
            name = names[dumped.name]
            memory, made = open_memory(connection, name, dumped.kind, dumped.options)
            pen = Pen(connection, memory.id, contents.sessions)
            try:
                if not made and memory.kind == EngramMemory.kind:
                    raise BadMemory(
                        f"{name!r} is there already, and engram memories cannot be merged: what fired together there did "
                        "not do so here; say --as NAME for another name"
                    )
                if made:
                    added, last = pen.insert(events(stream, dumped)), 0
                    mine = MEMORY.c.id == memory.id
                    connection.execute(update(MEMORY).where(mine).values(erased=dumped.erased))
                else:
                    added, last = merge_into(pen, memory, dumped, stream)
            except IntegrityError as error:
                what = str(error.orig).partition("\n")[0]
                raise BadInput(f"events of {dumped.name!r} exclude each other ({what}); nothing was imported") from None
            done.append(Imported(name, added, dumped.position - added))
            erased[name] = last
    return done, erased


def note_erased(journal: Journal, name: str, erased: int) -> None:
    """Note the last unlearning whose sample's text is gone, once the graph is beyond it."""
    if erased:
        with writing(journal.engine) as connection:
            mine = (MEMORY.c.name == name) & (MEMORY.c.erased < erased) & (MEMORY.c.position >= erased)
            connection.execute(update(MEMORY).where(mine).values(erased=erased))
