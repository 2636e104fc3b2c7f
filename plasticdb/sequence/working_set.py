"""What this process has fetched of a sequence memory's graph: vocabulary, contexts and prefixes at one position."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..graph.store import GraphMemory
from ..kit.rows import Rows, Tiers, concatenate
from ..kit.tables import Ints, Table, empty
from ..memory.requests import Asking, Edges, Nodes, Scan, Subtree
from ..memory.working_set import WorkingSet
from . import tree
from .contexts import EMPTY_EDGES, same
from .schema import ATOM, CONCEPT, CONTEXT, SYNAPSE
from .vocabulary import Vocabulary

__all__ = ["SequenceWorkingSet", "bare"]

LIMIT = 500_000
"""Rows of contexts, and of prefixes, that a process holds at most."""

_NATURAL = ("chain", "at", "text")
_COUNTS = ("count", "mass", "total")


@dataclass(slots=True)
class SequenceWorkingSet(WorkingSet):
    """A coherent cache of one memory. `complete`: what is not here is not in the graph (the memory grew up in this process).

    `noted`: rows of the sources and sessions by node id (`provenance.py`).
    """

    vocabulary: Vocabulary = field(init=False)
    contexts: Tiers = field(init=False)
    prefixes: Tiers = field(init=False)
    noted: dict[int, tuple[Any, ...]] = field(init=False)
    complete: bool = False

    def __post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        WorkingSet.forget(self)
        self.vocabulary, self.contexts, self.prefixes = Vocabulary(self.name), Tiers(LIMIT), Tiers(LIMIT)
        self.noted, self.complete = {}, False

    def _begin(self, graph: GraphMemory) -> Asking[None]:
        self.complete = graph.position == 0
        if not self.complete:
            atoms = yield Scan(ATOM, ("id", "symbol", "count"))
            self.vocabulary.load(atoms["symbol"].tolist(), atoms["id"], atoms["count"])

    def get_contexts(self, described: Table) -> Asking[Rows]:
        """The contexts of these descriptions (sorted by id, unique), those that are not there with count 0."""
        held, missing = self.contexts.find(described["id"])
        if len(missing) and not self.complete:
            fetched = yield from self._fetch_contexts(missing)
            if len(fetched):
                self.complete &= self.contexts.add(fetched)
                held = fetched if held is None else concatenate([held, fetched])
                missing = np.setdiff1d(missing, fetched.key, assume_unique=True)
        parts = [] if held is None else [held]
        if held is not None:
            there = {name: described[name][np.searchsorted(described["id"], held.key)] for name in ("id", *_NATURAL)}
            same(there, held.columns)
        if len(missing):
            parts.append(bare(described, np.searchsorted(described["id"], missing)))
        return parts[0] if len(parts) == 1 else concatenate(parts)

    def _fetch_contexts(self, keys: Ints) -> Asking[Rows]:
        table = yield Nodes(CONTEXT, "id", keys, ["id", *_NATURAL, *_COUNTS])
        order = np.argsort(table["id"])
        key = table.pop("id")[order]
        edges = yield Edges(SYNAPSE, key)
        owner = np.searchsorted(key, edges["source"])
        by_owner = np.argsort(owner, kind="stable")
        code = self.vocabulary.codes_of(edges["target"][by_owner])
        return Rows(
            key,
            {name: column[order] for name, column in table.items()},
            np.searchsorted(owner[by_owner], np.arange(len(key) + 1)),
            {"code": code, "weight": edges["weight"][by_owner], "fired": edges["fired"][by_owner]},
        )

    def get_prefixes(self, slots: Ints) -> Asking[Table]:
        """The concepts of the prefix chain in these slots (sorted, unique)."""
        held, missing = self.prefixes.find(slots)
        parts = []
        if held is not None:
            there = held.columns["count"] > 0
            parts.append({name: held.columns[name][there] for name in tree.COLUMNS})
        if len(missing) and not self.complete:
            parts.append((yield Nodes(CONCEPT, "slot", missing, list(tree.COLUMNS))))
            self.keep_prefixes(parts[-1])
        if not parts:
            return empty(tree.COLUMNS)
        return {name: np.concatenate([part[name] for part in parts]) for name in tree.COLUMNS}

    def children(self, ids: Ints) -> Asking[Table]:
        """The concepts right below these, with their `parent`, from the graph."""
        found: Table = yield Nodes(CONCEPT, "parent", ids, [*tree.COLUMNS, "parent"])
        return found

    def below(self, ids: Ints) -> Asking[Table]:
        """The concepts anywhere below these, with their `parent`, from the graph."""
        found: Table = yield Subtree(CONCEPT, ids, [*tree.COLUMNS, "parent"])
        return found

    def keep_contexts(self, rows: Rows) -> None:
        self.complete &= self.contexts.add(rows)

    def keep_prefixes(self, nodes: Table, vacated: Ints | None = None) -> None:
        """Hold these concepts by slot, and that there is none in the vacated slots."""
        slots = nodes["slot"]
        columns = {name: nodes[name] for name in tree.COLUMNS}
        if vacated is not None and len(vacated):
            columns = {
                name: np.concatenate([column, np.zeros(len(vacated), column.dtype)]) for name, column in columns.items()
            }
            slots = np.concatenate([slots, vacated])
        if len(slots):
            order = np.argsort(slots)
            rows = Rows(
                slots[order],
                {name: column[order] for name, column in columns.items()},
                np.zeros(len(slots) + 1, np.int64),
                {},
            )
            self.complete &= self.prefixes.add(rows)


def bare(described: Table, index: Ints) -> Rows:
    """Contexts that are not in the graph (yet): count 0, no synapses."""
    zeros = np.zeros(len(index), np.int64)
    columns = {name: described[name][index] for name in _NATURAL}
    counts = {"count": zeros, "mass": zeros.astype(np.float64), "total": zeros.astype(np.float64)}
    return Rows(described["id"][index], columns | counts, np.zeros(len(index) + 1, np.int64), EMPTY_EDGES)
