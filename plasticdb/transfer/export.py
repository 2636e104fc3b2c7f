"""Exporting memories: the journal as JSON lines, or the graph in another program's format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import BadInput, Unavailable
from ..files.folders import permissions
from ..graph.store import GraphMemory, GraphStore
from ..journal.journal import Journal
from ..journal.rows import MemoryRow
from .dump import dump
from .files import written
from .graph import GRAPH_FORMATS, Cut, export_graph

__all__ = ["FORMATS", "export"]

FORMATS = ("jsonl", *GRAPH_FORMATS)


def export(
    journal: Journal,
    store: GraphStore,
    memories: Sequence[MemoryRow],
    to: str,
    format: str,
    cut: Mapping[str, Any],
    time: float,
) -> list[dict[str, Any]]:
    """Write memories; see `PlasticDB.export`."""
    mode = permissions(journal.engine.url)
    if format != "jsonl":
        return export_graph(journal, store, memories, format, to, Cut(**cut), mode)
    if Cut(**cut) != Cut():
        raise BadInput("a jsonl export is complete; to cut, take --format csv, graphml or parquet")
    graphs = _graphs(store, memories)
    with written(to, mode) as stream, dump(journal, memories, graphs, time) as (lines, positions):
        for line in lines:  # what compresses need not have `writelines`
            stream.write(line)
    return [{"memory": name, "position": position, "events": position} for name, position in positions.items()]


def _graphs(store: GraphStore, memories: Sequence[MemoryRow]) -> dict[str, GraphMemory | None]:
    try:
        return {memory.name: store.memory(memory.name) for memory in memories}
    except Unavailable:  # then nothing is known of it; the journal is all that counts
        return {}
