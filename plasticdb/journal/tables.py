"""The journal's tables. `migrations/sql/journal` makes them; a test holds the two against each other."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.sql.elements import TextClause

from .events import VOID

__all__ = [
    "EVENT",
    "JOURNAL",
    "MEMORY",
    "OPERATION",
    "SESSION",
    "SOURCE",
    "TABLES",
    "VOID",
    "of",
]


TABLES = MetaData()
_ID = BigInteger().with_variant(Integer, "sqlite")

JOURNAL = Table(
    "journal",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("uuid", Text, nullable=False),
    Column("memories", _ID, nullable=False, server_default="0"),  # how many there ever were, for their ids
)
MEMORY = Table(
    "memory",
    TABLES,
    Column("id", _ID, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("options", Text, nullable=False),
    Column("position", _ID, nullable=False),
    Column("erased", _ID, nullable=False),  # the last unlearning whose sample's text was erased
)
SESSION = Table(
    "session",
    TABLES,
    Column("id", _ID, primary_key=True),
    Column("version", Text, nullable=False),
    Column("started", Float, nullable=False),
    Column("ended", Float),
)
SOURCE = Table(
    "source",
    TABLES,
    Column("id", _ID, primary_key=True),
    Column("memory", _ID, ForeignKey("memory.id"), nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("memory", "name"),
)
EVENT = Table(
    "event",
    TABLES,
    Column("memory", _ID, ForeignKey("memory.id"), primary_key=True),
    Column("position", _ID, primary_key=True),
    Column("session", _ID, ForeignKey("session.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("time", Float, nullable=False),
    Column("source", _ID, ForeignKey("source.id")),
    Column("external_id", Text),
    Column("content", _ID),  # a hash of the payload, to find a sample by
    Column("payload", Text),
    Column("symbols", _ID, nullable=False),  # what applying it costs, in symbols of a sample: bounds a batch
    Column("mass", Float),
    Column(
        "target", _ID
    ),  # the position of the sample that a reinforcement or an unlearning is about, or of what is skipped
    Column("ended", _ID),  # the position of the unlearning that took it back; VOID where it is left out
    sqlite_with_rowid=False,
)
OPERATION = Table(
    "operation",
    TABLES,
    Column("memory", _ID, ForeignKey("memory.id"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("verb", Text, nullable=False),
    Column("asked", _ID, nullable=False),  # a fingerprint of what was offered; 0 where a text was erased since
    Column("offered", _ID, nullable=False),  # how many samples of it are done
    Column("result", Text, nullable=False),
    Column("session", _ID, nullable=False),
    Column("position", _ID, nullable=False),
    Column("time", Float, nullable=False),
    sqlite_with_rowid=False,
)


def _index(name: str, where: str, *columns: Column[object], unique: bool = False) -> None:
    condition: TextClause = text(where)
    # The migration also gives PostgreSQL the condition. Here it would import that dialect, for nothing.
    Index(name, *columns, unique=unique, sqlite_where=condition)


# Each index begins with what selects most. SQLite, which keeps no statistics, would take an equality on `memory` for
# the best way into the table and read a memory's whole history: ask `of(memory)` where another index is to be used.
_LIVE = "kind = 'learn' AND ended IS NULL"
_index("event_external_id", _LIVE, EVENT.c.source, EVENT.c.external_id, unique=True)
_index("event_content", _LIVE, EVENT.c.content)
_index("event_target", "target IS NOT NULL", EVENT.c.target)
_index("event_ended", "ended IS NOT NULL", EVENT.c.ended)
_index("event_decay", "kind = 'decay'", EVENT.c.position)


def of(memory: int | BindParameter[int]) -> ColumnElement[bool]:
    """That an event is of a memory, as a condition that no index is chosen by."""
    return EVENT.c.memory + 0 == memory
