"""Parts of a graph (a label's nodes, a type's relationships; tables of columns) in the formats that other programs read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any, BinaryIO
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from ..errors import BadInput
from ..kinds import labels, relationships
from ..kit.tables import Column, Table
from ..schema import Node, Property, Relationship

__all__ = ["Part", "columns", "csv_chunks", "graphml_chunks", "stem", "write_parquet"]

What = Node | Relationship
Part = tuple[What, Iterable[Table]]
"""A label or a relationship type, and its rows: `id` and `memory`, or `source` and `target`, and the properties."""

_KEYS = {
    Node: (Property("id", "int", "the key"), Property("memory", "text", "the memory's name")),
    Relationship: (Property("source", "int", "from"), Property("target", "int", "to")),
}


def name(what: What) -> str:
    """A label or a relationship type."""
    return what.label if isinstance(what, Node) else what.type


def stem(what: What) -> str:
    """What the file of a part is called: so, or otherwise where two have one type."""
    return what.label if isinstance(what, Node) else what.table.upper()


def columns(what: What) -> tuple[Property, ...]:
    """The columns of a part, its keys first."""
    return (*_KEYS[type(what)], *what.properties)


_PACKED = {"vector": "<f4", "floats": "<f8"}
"""Types of which a value is the bytes of several numbers, and these."""

# CSV as neo4j-admin imports it: types in the header, texts in quotes, and nothing at all where there is no value.

_CSV_TYPES = {"int": "long", "float": "double", "text": "string", "vector": "float[]", "floats": "double[]"}
_CSV_KEYS = {"id": "id:ID{id-type:long}", "source": ":START_ID{id-type:long}", "target": ":END_ID{id-type:long}"}


def csv_chunks(what: What, tables: Iterable[Table]) -> Iterator[bytes]:
    """A part as CSV with the header of neo4j-admin's import."""
    end = ":LABEL" if isinstance(what, Node) else ":TYPE"
    properties = columns(what)
    heads = [_CSV_KEYS.get(p.name) or f"{p.name}:{_CSV_TYPES[p.type]}" for p in properties]
    yield ",".join([*heads, end]).encode() + b"\n"
    row = ",".join(["%s"] * len(properties)) + f",{name(what)}\n"
    for table in tables:
        cells = [_csv_cells(p, table[p.name].tolist()) for p in properties]
        yield "".join([row % line for line in zip(*cells, strict=True)]).encode()


def _csv_cells(p: Property, values: list[Any]) -> Sequence[Any]:
    if p.type in _PACKED:
        return ["" if v is None else ";".join(map(repr, _floats(p, v))) for v in values]
    if p.type == "text":
        return ["" if v is None else '"' + v.replace('"', '""') + '"' for v in values]
    return ["" if v is None else v for v in values] if p.nullable else values


# GraphML, with the names that Neo4j's own export gives to label and type.

_XML_TYPES = {"int": "long", "float": "double", "text": "string", "vector": "string", "floats": "string"}
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_XML_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
"""


def graphml_chunks(parts: Iterable[Part]) -> Iterator[bytes]:
    """A graph as GraphML. A missing property is left out; a character that XML 1.0 cannot hold is written as \\uXXXX."""
    yield _XML_HEAD.encode()
    for domain, whats, label in (
        ("node", [node for node, _ in labels()], "labels"),
        ("edge", relationships(), "label"),
    ):
        yield _key(label, domain, label, "string")
        seen: set[str] = set()
        for what in whats:
            for p in columns(what):
                key = _key_id(domain, p)
                if p.name not in _CSV_KEYS and key not in seen:
                    seen.add(key)
                    yield _key(key, domain, p.name, _XML_TYPES[p.type])
    yield b'<graph id="G" edgedefault="directed">\n'
    for what, tables in parts:
        yield from _elements(what, tables)
    yield b"</graph>\n</graphml>\n"


def _key(id: str, domain: str, name: str, type: str) -> bytes:
    return f'<key id="{id}" for="{domain}" attr.name={quoteattr(name)} attr.type="{type}"/>\n'.encode()


def _key_id(domain: str, p: Property) -> str:
    # One key for a name wherever it has one type: `count` is the same column for concepts and atoms.
    return f"{domain}.{p.name}.{p.type}"


def _elements(what: What, tables: Iterable[Table]) -> Iterator[bytes]:
    if isinstance(what, Node):
        domain, tail = "node", f'<data key="labels">:{what.label}</data></node>\n'
        head = f'<node id="%s" labels=":{what.label}">'
    else:
        domain, tail = "edge", f'<data key="label">{what.type}</data></edge>\n'
        head = f'<edge source="%s" target="%s" label="{what.type}">'
    data = [p for p in columns(what) if p.name not in _CSV_KEYS]
    keys = [p for p in columns(what) if p.name in _CSV_KEYS]
    plain = [f'<data key="{_key_id(domain, p)}">%s</data>' for p in data]
    # A value that may be missing brings its own element, since that is missing then too.
    row = head + "".join("%s" if p.nullable else one for p, one in zip(data, plain, strict=True)) + tail
    for table in tables:
        cells: list[Sequence[Any]] = [table[p.name].tolist() for p in keys]
        for p, one in zip(data, plain, strict=True):
            values = table[p.name].tolist()
            if p.type == "text":
                values = _xml_texts(values)
            elif p.type in _PACKED:
                values = [None if v is None else str(_floats(p, v)) for v in values]
            cells.append(["" if v is None else one % v for v in values] if p.nullable else values)
        yield "".join([row % line for line in zip(*cells, strict=True)]).encode()


def _floats(p: Property, numbers: bytes) -> list[float]:
    found: list[float] = np.frombuffer(numbers, _PACKED[p.type]).tolist()
    return found


def _xml_texts(values: list[Any]) -> list[Any]:
    known = {v: None if v is None else _xml_text(v) for v in set(values)}
    return [known[v] for v in values]


def _xml_text(text: str) -> str:
    text = _NOT_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return escape(text, {"\r": "&#13;"})  # a reader would make a line feed of it


# Parquet


def _parquet_values(p: Property, column: Column) -> list[Any]:
    values: list[Any] = column.tolist()
    return [None if v is None else _floats(p, v) for v in values] if p.type in _PACKED else values


def write_parquet(stream: BinaryIO, what: What, tables: Iterable[Table]) -> None:
    """A part as Parquet; raises BadInput where pyarrow is not installed."""
    try:
        pyarrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")  # an extra
    except ModuleNotFoundError:
        raise BadInput("Parquet needs pyarrow: pip install 'plasticdb[parquet]', or take --format csv") from None
    types = {"int": pyarrow.int64(), "float": pyarrow.float64(), "text": pyarrow.string()}
    types |= {"vector": pyarrow.list_(pyarrow.float32()), "floats": pyarrow.list_(pyarrow.float64())}
    fields = [pyarrow.field(p.name, types[p.type], nullable=p.nullable) for p in columns(what)]
    schema = pyarrow.schema(fields)
    with parquet.ParquetWriter(stream, schema) as out:
        for table in tables:
            arrays = [pyarrow.array(_parquet_values(p, table[p.name]), types[p.type]) for p in columns(what)]
            out.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
