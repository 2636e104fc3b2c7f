"""Copying a graph from SQL into Ladybug: one read transaction, CSV files, COPY, and a new file in the place of the old.

The graph is read here. Ladybug runs in another process, which it ends where the disk is full.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from ..errors import StoreError, Unavailable
from ..files.folders import Gone, making, put
from ..graph.sql import packed
from ..graph.sql.plain import packing
from ..graph.sql.shelf import Shelf, shelf
from ..graph.store import GraphMemory
from ..kinds import hanging, labels, relationships
from ..kit.tables import height
from ..schema import KEYS, MEMORY_PROPERTIES, Node, Property, Relationship
from ..sql.dialects import dialect
from ..sql.transactions import reading
from .process import Child, Ended
from .schema import declared, written
from .view import checksum, full_key

__all__ = ["copy"]

_TYPES = {"int": "INT64", "float": "DOUBLE", "text": "STRING"}
"""Vectors and floats are not copied: they may be most of a database, and no query here can do anything with them."""
_TRIES = 5
_ROWS = 20_000
"""Rows that are read at a time."""
Describe = Callable[[Connection], Sequence[GraphMemory]]


@dataclass(frozen=True, slots=True)
class _Making:
    """The process that makes the copy, and the moment of `time.monotonic()` at which it is given up."""

    child: Child
    end: float | None

    def execute(self, text: str) -> None:
        self.ask("execute", text=text)

    def ask(self, do: str, **more: Any) -> None:
        """Raises RuntimeError where the engine fails, also where it ends its process."""
        self.in_time()
        with self.child.until(self.end):
            try:
                reply = self.child.ask(do, **more)
            except Ended as ended:
                self.in_time()
                raise RuntimeError(f"the engine ended: {ended.why}") from None
        if "failed" in reply:
            raise RuntimeError(reply["failed"])

    def in_time(self) -> None:
        if self.end is not None and time.monotonic() > self.end:
            raise Unavailable(
                "query: the copy that Cypher runs on was not made within --timeout; allow more once: it is kept, and the "
                "next query needs none"
            )


def copy(engine: Engine, kept: Path, describe: Describe, end: float | None = None) -> Path:
    """Copy the graph as it is now; the new file, in the place of all older ones.

    Raises StoreError where there is no room for it, and Unavailable where others erase so often that it cannot be made in
    between, or it is not made before `end` (a moment of `time.monotonic()`). The memories themselves are not touched.
    """
    for _ in range(_TRIES):
        try:
            name = _made(engine, kept, describe, end)
        except Gone:
            continue
        except (OSError, RuntimeError) as error:
            raise StoreError(
                f"the copy that Cypher runs on cannot be made in {kept} ({_reason(error)}); make room "
                "there, or set XDG_CACHE_HOME; the memory is untouched"
            ) from None
        with suppress(OSError):  # another process may be using one, or was faster
            for old in kept.glob("*.lbug"):
                if old != name:
                    old.unlink(missing_ok=True)
        return name
    raise Unavailable("texts are being erased, and the copy that Cypher runs on with them; ask again when that is done")


def _reason(error: Exception) -> str:
    """What the system said: Ladybug tells at length before that which of its files it was."""
    return str(error).partition("\n")[0].rpartition("Error: ")[2]


def _made(engine: Engine, kept: Path, describe: Describe, end: float | None) -> Path:
    with making(kept) as scratch:  # before the graph is read: who erases then throws it away, and what was read with it
        with reading(engine) as connection:
            memories = describe(connection)
            fresh = _copy(connection, scratch, memories, end)
        look = [(memory.name, memory.position, memory.batch) for memory in memories]
        name = kept / f"{full_key(look)}-{checksum(fresh)}.lbug"
        put(fresh, name)
    return name


def _copy(connection: Connection, scratch: Path, memories: Sequence[GraphMemory], end: float | None) -> Path:
    file = scratch / "fresh.lbug"
    with closing(Child()) as child:
        made = _Making(child, end)
        made.ask("make", file=str(file))
        totals = _totals(memories)
        columns = [*MEMORY_PROPERTIES, *totals]
        _fill(made, scratch, "Memory", columns, _memories(memories, [total.name for total in totals]))
        for node, parts in labels():
            columns = [*KEYS, *(p for p in node.properties if p.type in _TYPES)]
            rows = chain.from_iterable(_nodes(connection, memories, part, columns) for part in parts)
            _fill(made, scratch, node.label, columns, rows)
        types: dict[str, list[Relationship]] = {}
        for edge in relationships():
            types.setdefault(edge.type, []).append(edge)
        for type, edges in types.items():
            _relationships(made, connection, memories, scratch, type, edges)
        made.execute(f"COMMENT ON TABLE `Memory` IS '{_escaped(written(declared()))}'")
        made.execute("CHECKPOINT")
        made.ask("finish")
    return file


def _totals(memories: Sequence[GraphMemory]) -> list[Property]:
    """The totals of all memories, in order; one that is a float in any memory is a float."""
    values = [total for memory in memories for total in memory.totals.items()]
    floats = {name for name, value in values if isinstance(value, float)}
    return [Property(name, "float" if name in floats else "int", "") for name in sorted({name for name, _ in values})]


def _memories(memories: Sequence[GraphMemory], totals: Sequence[str]) -> Iterator[Sequence[Any]]:
    for memory in memories:
        yield [memory.name, memory.kind, memory.position, memory.batch, *(memory.totals.get(name) for name in totals)]


def _rows(connection: Connection, asked: str) -> Iterator[Sequence[Any]]:
    # For this statement alone: of the others the rows are taken from the driver's cursor.
    result = connection.exec_driver_sql(asked, execution_options={"yield_per": _ROWS})
    for part in result.partitions():
        yield from part


def _nodes(
    connection: Connection, memories: Sequence[GraphMemory], node: Node, columns: Sequence[Property]
) -> Iterator[Sequence[Any]]:
    if node.packed is None:
        yield from _rows(connection, f'SELECT {_selected(columns, node)} FROM "{node.table}"')
        return
    own = {p.name for p in node.properties} | {"id"}
    names = [p.name for p in columns if p.name in own]
    for memory in memories:
        for table in packed.scan(_shelf(connection, memory, node), names, _ROWS):
            lacked = {p.name: [None] * height(table) for p in columns if p.name not in own}
            whose = {"memory": [memory.name] * height(table)}
            found = {name: table[name].tolist() for name in names} | lacked | whose
            yield from zip(*(found[p.name] for p in columns), strict=True)


def _edges(
    connection: Connection, memories: Sequence[GraphMemory], edge: Relationship, columns: Sequence[Property]
) -> Iterator[Sequence[Any]]:
    values = f", {_selected(columns, edge)}" if columns else ""
    if below := hanging(edge):
        parts = [f'SELECT parent, id{values} FROM "{node.table}" WHERE parent IS NOT NULL' for node in below]
        yield from _rows(connection, " UNION ALL ".join(parts))
    elif (node := packing(edge)) is None:
        yield from _rows(connection, f'SELECT source, target{values} FROM "{edge.table}"')
    else:
        for memory in memories:
            for table in packed.scan_edges(_shelf(connection, memory, node), _ROWS):
                nothing = [None] * height(table)
                others = (table[p.name].tolist() if p.name in table else nothing for p in columns)
                yield from zip(table["source"].tolist(), table["target"].tolist(), *others, strict=True)


def _shelf(connection: Connection, memory: GraphMemory, node: Node) -> Shelf:
    return shelf(connection, dialect(connection.dialect.name), memory.name, node)


def _fill(made: _Making, scratch: Path, name: str, columns: Sequence[Property], rows: Iterable[Sequence[Any]]) -> None:
    """Make a table of nodes and COPY rows into it."""
    made.execute(f"CREATE NODE TABLE `{name}`({_declared(columns)}, PRIMARY KEY(`{columns[0].name}`))")
    _load(made, scratch, name, columns, rows)


def _join(made: _Making, type: str, columns: Sequence[Property], ends: Sequence[tuple[str, str]]) -> None:
    """Make a table of relationships between some labels."""
    between = ", ".join(f"FROM `{source}` TO `{target}`" for source, target in ends)
    declared = f", {_declared(columns)}" if columns else ""
    made.execute(f"CREATE REL TABLE `{type}`({between}{declared})")


def _selected(columns: Sequence[Property], of: Node | Relationship) -> str:
    """The columns of a table, NULL for those that it has not."""
    own = {p.name for p in (*KEYS, *of.properties)}
    return ", ".join(f'"{p.name}"' if p.name in own else "NULL" for p in columns)


def _declared(columns: Sequence[Property]) -> str:
    return ", ".join(f"`{p.name}` {_TYPES[p.type]}" for p in columns)


def _relationships(
    made: _Making,
    connection: Connection,
    memories: Sequence[GraphMemory],
    scratch: Path,
    type: str,
    edges: Sequence[Relationship],
) -> None:
    """One table of a type, between all labels that it is between; each has the properties of all."""
    columns = list({p.name: p for edge in edges for p in edge.properties}.values())
    _join(made, type, columns, [(edge.source, edge.target) for edge in edges])
    for edge in edges:
        rows = _edges(connection, memories, edge, columns)
        _load(made, scratch, type, columns, rows, (edge.source, edge.target))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _load(
    made: _Making,
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
        for i, row in enumerate(rows):
            if i % 10_000 == 0:
                made.in_time()
            cells = ["" if value is None else repr(value) for value in row]
            for text in texts:
                if row[text] is not None:
                    cells[text] = '"' + row[text].replace('"', '""') + '"'
            out.write(",".join(cells) + "\n")
    if file.stat().st_size:
        path = _escaped(str(file).replace("\\", "/"))
        parallel = "false" if texts else "true"  # a text may have line ends in it
        which = f", from='{ends[0]}', to='{ends[1]}'" if ends else ""
        how = f"header=false, escape='\"', auto_detect=false, parallel={parallel}{which}"
        made.execute(f"COPY `{name}` FROM '{path}' ({how})")
    file.unlink()
