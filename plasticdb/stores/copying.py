"""Copying a graph from SQL into Ladybug: one read transaction, CSV files, COPY, and a new file in the place of the old."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import ladybug
from sqlalchemy import Connection, Engine

from ..database import reading
from ..errors import StoreError
from ..query.view import LARGEST, checksum, key
from ..schema import KEYS, MEMORY_PROPERTIES, NODES, RELATIONSHIPS, Property
from .base import GraphMemory
from .dialects import quoted

__all__ = ["copy"]

_TYPES = {"int": "INT64", "float": "DOUBLE", "text": "STRING"}
Describe = Callable[[Connection], Sequence[GraphMemory]]


def copy(engine: Engine, kept: Path, describe: Describe) -> Path:
    """Copy the graph as it is now; the new file, in the place of all older ones.

    Raises StoreError where there is no room for it. The memories themselves are not touched.
    """
    try:
        kept.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="making-", dir=kept) as scratch:
            with reading(engine) as connection:
                memories = describe(connection)
                fresh = _copy(connection, Path(scratch), memories)
            look = [(memory.name, memory.position, memory.batch) for memory in memories]
            name = kept / f"{key(look)}-{checksum(fresh)}.lbug"
            fresh.replace(name)
    except (OSError, RuntimeError) as error:
        raise StoreError(
            f"the copy that Cypher runs on cannot be made in {kept} ({str(error).partition(chr(10))[0]}); make room there, "
            "or set XDG_CACHE_HOME; the memory is untouched"
        ) from None
    for old in kept.glob("*.lbug"):
        if old != name:
            with suppress(OSError):  # another process may be using it, or was faster
                old.unlink()
    return name


def _copy(connection: Connection, scratch: Path, memories: Sequence[GraphMemory]) -> Path:
    file = scratch / "fresh.lbug"
    database = ladybug.Database(file, max_db_size=LARGEST)
    made = ladybug.Connection(database)
    try:
        totals = sorted({name for memory in memories for name in memory.totals})
        columns = [*MEMORY_PROPERTIES, *(Property(name, "int", "") for name in totals)]
        _fill(made, scratch, "Memory", columns, _memories(memories, totals))
        for node in NODES:
            columns = [*KEYS, *node.properties]
            asked = f"SELECT {quoted(p.name for p in columns)} FROM {node.table}"
            _fill(made, scratch, node.label, columns, _rows(connection, asked))
            if node.parent:
                asked = f"SELECT parent, id FROM {node.table} WHERE parent IS NOT NULL"
                _fill(made, scratch, node.parent, (), _rows(connection, asked), (node.label, node.label))
        for edge in RELATIONSHIPS:
            if edge.properties:
                asked = f"SELECT {quoted(['source', 'target', *(p.name for p in edge.properties)])} FROM {edge.table}"
                ends = (edge.source, edge.target)
                _fill(made, scratch, edge.type, edge.properties, _rows(connection, asked), ends)
        made.execute("CHECKPOINT")
    finally:
        made.close()
        database.close()
    return file


def _memories(memories: Sequence[GraphMemory], totals: Sequence[str]) -> Iterator[Sequence[Any]]:
    for memory in memories:
        yield [memory.name, memory.kind, memory.position, memory.batch, *(memory.totals.get(name) for name in totals)]


def _rows(connection: Connection, asked: str) -> Iterator[Sequence[Any]]:
    result = connection.execution_options(yield_per=20_000).exec_driver_sql(asked)
    for part in result.partitions():
        yield from part


def _fill(
    made: ladybug.Connection,
    scratch: Path,
    name: str,
    columns: Sequence[Property],
    rows: Iterable[Sequence[Any]],
    ends: tuple[str, str] | None = None,
) -> None:
    """Make a table and COPY rows into it, by way of a CSV file: that needs no library beside Ladybug's own."""
    declared = "".join(f", `{p.name}` {_TYPES[p.type]}" for p in columns)
    if ends:
        made.execute(f"CREATE REL TABLE `{name}`(FROM `{ends[0]}` TO `{ends[1]}`{declared})")
    else:
        made.execute(f"CREATE NODE TABLE `{name}`({declared[2:]}, PRIMARY KEY(`{columns[0].name}`))")
    file = scratch / f"{name}.csv"
    types = ["int", "int"] * bool(ends) + [p.type for p in columns]
    texts = [i for i, kind in enumerate(types) if kind == "text"]
    with file.open("w", encoding="utf-8", newline="") as out:
        for row in rows:
            cells = ["" if value is None else repr(value) for value in row]
            for i in texts:
                if row[i] is not None:
                    cells[i] = '"' + row[i].replace('"', '""') + '"'
            out.write(",".join(cells) + "\n")
    if file.stat().st_size:
        path = str(file).replace("\\", "/").replace("'", "\\'")
        parallel = "false" if texts else "true"  # a text may have line ends in it
        made.execute(f"COPY `{name}` FROM '{path}' (header=false, escape='\"', auto_detect=false, parallel={parallel})")
    file.unlink()
