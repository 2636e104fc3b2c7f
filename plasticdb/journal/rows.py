"""The memories that a journal has, each a row: its name, how it was made, and the position of its last event."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select, text, update

from .tables import JOURNAL, MEMORY

__all__ = ["MemoryRow", "identity", "kept_options", "locked", "made_memory", "memory_of"]

# Where two processes do this at the same moment, the first one's stays.
_NEW_JOURNAL = "INSERT INTO journal (id, uuid) VALUES (1, :uuid) ON CONFLICT (id) DO NOTHING"
_NEW_MEMORY = (
    "INSERT INTO memory (id, name, kind, options, position, erased) SELECT memories, :name, :kind, :options, 0, 0 "
    "FROM journal WHERE true ON CONFLICT (name) DO NOTHING"
)

_LOCKED = select(MEMORY.c.position).where(MEMORY.c.id == bindparam("of")).with_for_update()


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """A memory as the journal knows it; `position` is that of its last event, `erased` that of the last unlearning
    whose sample's text was erased."""

    id: int
    name: str
    kind: str
    options: dict[str, Any]
    position: int
    erased: int


def memory_of(row: Any) -> MemoryRow:
    """The memory of a row of the table."""
    return MemoryRow(row.id, row.name, row.kind, json.loads(row.options), row.position, row.erased)


def locked(connection: Connection, memory: MemoryRow) -> int | None:
    """Keep other writers away from a memory until the transaction ends; its position, None where it was dropped."""
    position: int | None = connection.execute(_LOCKED, {"of": memory.id}).scalar()
    return position


def kept_options(connection: Connection, memory: MemoryRow) -> dict[str, Any]:
    """How a memory was made, as the journal has it now."""
    mine = select(MEMORY.c.options).where(MEMORY.c.id == memory.id)
    found: dict[str, Any] = json.loads(connection.execute(mine).scalar_one())
    return found


def identity(connection: Connection) -> str:
    """The journal's uuid, made where there is none."""
    connection.execute(text(_NEW_JOURNAL), {"uuid": str(uuid.uuid4())})
    return str(connection.execute(select(JOURNAL.c.uuid)).scalar_one())


def made_memory(connection: Connection, name: str, kind: str, options: Mapping[str, Any]) -> bool:
    """Make a memory where there is none of its name; whether it was made. Its id is one that no other ever had."""
    identity(connection)
    connection.execute(update(JOURNAL).values(memories=JOURNAL.c.memories + 1))
    values = {"name": name, "kind": kind, "options": json.dumps(dict(options))}
    return connection.execute(text(_NEW_MEMORY), values).rowcount == 1
