"""Copying a graph from SQL into Ladybug: one read transaction, CSV files, COPY, and a new file in the place of the old."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import ladybug
from sqlalchemy import Connection, Engine

from ..errors import StoreError, Unavailable
from ..folders import Gone, making
from ..query.view import LARGEST, checksum, key
from ..schema import KEYS, MEMORY_PROPERTIES, NODES, RELATIONSHIPS, Property, Relationship
from ..transactions import reading
from .base import GraphMemory
from .dialects import quoted

__all__ = ["copy"]

_TYPES = {"int": "INT64", "float": "DOUBLE", "text": "STRING"}
"""Vectors are not copied: they may be most of a database, and no query here can do anything with them."""
_TRIES = 5
Describe = Callable[[Connection], Sequence[GraphMemory]]


def copy(engine: Engine, kept: Path, describe: Describe) -> Path:
    """Copy the graph as it is now; the new file, in the place of all older ones.

    Raises StoreError where there is no room for it, and Unavailable where others erase so often that it cannot be made in
    between. The memories themselves are not touched.
    """
    for _ in range(_TRIES):
        try:
            name = _made(engine, kept, describe)
        except Gone:
            continue
        except (OSError, RuntimeError) as error:
            raise StoreError(
                f"the copy that Cypher runs on cannot be made in {kept} ({str(error).partition(chr(10))[0]}); make room "
                "there, or set XDG_CACHE_HOME; the memory is untouched"
            ) from None
        with suppress(OSError):  # another process may be using one, or was faster
            for old in kept.glob("*.lbug"):
                if old != name:
                    old.unlink(missing_ok=True)
        return name
    raise Unavailable("texts are being erased, and the copy that Cypher runs on with them; ask again when that is done")


def _made(engine: Engine, kept: Path, describe: Describe) -> Path:
    with making(kept) as scratch:  # before the graph is read: who erases then throws it away, and what was read with it
        with reading(engine) as connection:
            memories = describe(connection)
            fresh = _copy(connection, scratch, memories)
        look = [(memory.name, memory.position, memory.batch) for memory in memories]
        name = kept / f"{key(look)}-{checksum(fresh)}.lbug"
        fresh.replace(name)
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
            columns = [*KEYS, *(p for p in node.properties if p.type in _TYPES)]
            asked = f"SELECT {quoted(p.name for p in columns)} FROM {node.table}"
            _fill(made, scratch, node.label, columns, _rows(connection, asked))
            if node.parent:
                asked = f"SELECT parent, id FROM {node.table} WHERE parent IS NOT NULL"
                ends = (node.label, node.label)
                _join(made, node.parent, (), [ends])
                _load(made, scratch, node.parent, (), _rows(connection, asked), ends)
        for type, edges in _types().items():
            _relationships(made, connection, scratch, type, edges)
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
    made: ladybug.Connection, scratch: Path, name: str, columns: Sequence[Property], rows: Iterable[Sequence[Any]]
) -> None:
    """Make a table of nodes and COPY rows into it."""
    made.execute(f"CREATE NODE TABLE `{name}`({_declared(columns)}, PRIMARY KEY(`{columns[0].name}`))")
    _load(made, scratch, name, columns, rows)


def _join(made: ladybug.Connection, type: str, columns: Sequence[Property], ends: Sequence[tuple[str, str]]) -> None:
    """Make a table of relationships between some labels."""
    between = ", ".join(f"FROM `{source}` TO `{target}`" for source, target in ends)
    declared = f", {_declared(columns)}" if columns else ""
    made.execute(f"CREATE REL TABLE `{type}`({between}{declared})")


def _declared(columns: Sequence[Property]) -> str:
    return ", ".join(f"`{p.name}` {_TYPES[p.type]}" for p in columns)


def _types() -> dict[str, list[Relationship]]:
    """The relationships that have tables, by type."""
    types: dict[str, list[Relationship]] = {}
    for edge in RELATIONSHIPS:
        if edge.properties:
            types.setdefault(edge.type, []).append(edge)
    return types


def _relationships(
    made: ladybug.Connection, connection: Connection, scratch: Path, type: str, edges: Sequence[Relationship]
) -> None:
    """One table of a type, between all labels that it is between; each has the properties of all."""
    columns = list({p.name: p for edge in edges for p in edge.properties}.values())
    _join(made, type, columns, [(edge.source, edge.target) for edge in edges])
    for edge in edges:
        own = {p.name for p in edge.properties}
        values = [f'"{p.name}"' if p.name in own else "NULL" for p in columns]
        asked = f"SELECT {', '.join(['source', 'target', *values])} FROM {edge.table}"
        _load(made, scratch, type, columns, _rows(connection, asked), (edge.source, edge.target))


def _load(
    made: ladybug.Connection,
    scratch: Path,
    name: str,
    columns: Sequence[Property],
    rows: Iterable[Sequence[Any]],
    ends: tuple[str, str] | None = None,
) -> None:
    """COPY rows into a table, by way of a CSV file: that needs no library beside Ladybug's own."""
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
        which = f", from='{ends[0]}', to='{ends[1]}'" if ends else ""
        how = f"header=false, escape='\"', auto_detect=false, parallel={parallel}{which}"
        made.execute(f"COPY `{name}` FROM '{path}' ({how})")
    file.unlink()
