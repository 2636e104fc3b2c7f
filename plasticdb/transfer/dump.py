"""A journal as JSON lines: all that there is to know of memories, to be read back on any store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

from sqlalchemy import Connection, Row, select

from ..errors import BadMemory
from ..graph.store import GraphMemory
from ..journal.journal import Journal
from ..journal.rows import MemoryRow
from ..journal.tables import EVENT, MEMORY, SESSION, SOURCE
from ..sql.transactions import reading

__all__ = ["FORMAT", "dump"]

FORMAT = 1
"""The version of the format. A reader takes every format up to its own."""

_EVENT = [column for column in EVENT.c if column.name not in ("memory", "content")]  # content follows from payload


@contextmanager
def dump(
    journal: Journal, memories: Sequence[MemoryRow], graphs: Mapping[str, GraphMemory | None], time: float
) -> Iterator[tuple[Iterator[bytes], dict[str, int]]]:
    """The lines of an export, to be read in one transaction, and the position of each memory in it.

    The last line has their number and the SHA-256 of them all.

    `graphs`: what the graph says of each memory, looked up before (it may be behind the journal, never ahead).

    Raises BadMemory where a memory was dropped since it was looked up.
    """
    head = {"record": "plasticdb", "format": FORMAT, "version": version("plasticdb"), "journal": journal.uuid}
    with reading(journal.engine) as connection:
        mine = select(MEMORY).where(MEMORY.c.id.in_([memory.id for memory in memories]))
        found = connection.execute(mine.order_by(MEMORY.c.name)).all()
        there = {row.id for row in found}
        for memory in memories:
            if memory.id not in there:
                raise BadMemory(f"the memory {memory.name!r} was dropped by another process; nothing was exported")
        records = _records(connection, found, graphs, head | {"exported": time})
        yield _lines(records), {row.name: row.position for row in found}


def _lines(records: Iterator[Mapping[str, Any]]) -> Iterator[bytes]:
    seen, lines = hashlib.sha256(), 0
    for record in records:
        line = _line(record)
        seen.update(line)
        lines += 1
        yield line
    yield _line({"record": "end", "lines": lines, "sha256": seen.hexdigest()})


def _line(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _records(
    connection: Connection,
    memories: Sequence[Row[Any]],
    graphs: Mapping[str, GraphMemory | None],
    head: Mapping[str, Any],
) -> Iterator[Mapping[str, Any]]:
    yield head
    ids = [memory.id for memory in memories]
    wrote = select(EVENT.c.session).where(EVENT.c.memory.in_(ids)).distinct()
    for row in connection.execute(select(SESSION).where(SESSION.c.id.in_(wrote)).order_by(SESSION.c.id)):
        yield {"record": "session"} | dict(row._mapping)
    for row in memories:
        graph = graphs.get(row.name)
        yield {
            "record": "memory",
            "name": row.name,
            "kind": row.kind,
            "options": json.loads(row.options),
            "position": row.position,
            "erased": row.erased,
            "graph": None if graph is None else {"position": graph.position, "totals": graph.totals},
        }
        for source in connection.execute(select(SOURCE).where(SOURCE.c.memory == row.id).order_by(SOURCE.c.id)):
            yield {"record": "source", "id": source.id, "name": source.name}
        asked = select(*_EVENT).where(EVENT.c.memory == row.id, EVENT.c.position <= row.position)
        names = ("record", *(column.name for column in _EVENT))
        for event in connection.execute(asked.order_by(EVENT.c.position), execution_options={"yield_per": 2000}):
            values = zip(names, ("event", *event), strict=True)
            yield {name: value for name, value in values if value is not None}
