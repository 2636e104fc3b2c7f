"""What this process holds of a sequence memory's graph: vocabulary, contexts and prefixes at one position.

Learning and predicting share it. As long as the graph's position is the one held, nothing held is fetched again; when
another writer moved it, all is dropped (`look`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import BadMemory
from ..graph.store import CLEARING, GraphMemory, GraphStore
from ..kit.tables import Ints, Table, empty
from ..kit.working_set import Rows, Tiers, concatenate
from . import tree
from .contexts import EMPTY_EDGES, same
from .schema import ATOM, CONCEPT, SYNAPSE
from .vocabulary import Vocabulary

__all__ = ["Held", "bare"]

LIMIT = 500_000
"""Rows of contexts, and of prefixes, that a process holds at most."""

_NATURAL = ("chain", "at", "text")
_COUNTS = ("count", "mass", "total")


@dataclass(slots=True)
class Held:
    """A coherent cache of one memory. `complete`: what is not held is not there (the memory grew up in this process).

    `noted`: rows of the sources and sessions by node id (`provenance.py`).
    """

    store: GraphStore
    name: str
    position: int = -2
    batch: str = ""
    totals: Mapping[str, int | float] = field(default_factory=dict)
    vocabulary: Vocabulary = field(init=False)
    contexts: Tiers = field(init=False)
    prefixes: Tiers = field(init=False)
    noted: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    complete: bool = False
    fetched: bool = False

    def __post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Hold nothing."""
        self.position, self.batch, self.totals, self.complete = -2, "", {}, False
        self.vocabulary, self.contexts, self.prefixes = Vocabulary(self.name), Tiers(LIMIT), Tiers(LIMIT)
        self.noted = {}

    def look(self, found: GraphMemory) -> None:
        """Hold what is true at the memory's position; where it moved, what is held is dropped."""
        if found.position == CLEARING:
            raise BadMemory(
                f"the graph of {self.name!r} is being rebuilt, or a rebuild was interrupted; run `plasticdb rebuild {self.name}`"
            )
        if (found.position, found.batch) != (
            self.position,
            self.batch,
        ):  # a memory dropped and made again may have come as far
            self.forget()
            if found.position:
                atoms = _all(self.store, self.name)
                self.vocabulary.load(atoms["symbol"].tolist(), atoms["id"], atoms["count"])
            self.position, self.batch, self.totals = found.position, found.batch, found.totals
            self.complete = found.position == 0

    def get_contexts(self, described: Table) -> Rows:
        """The contexts of these descriptions (sorted by id, unique), those that are not there with count 0."""
        held, missing = self.contexts.find(described["id"])
        if len(missing) and not self.complete:
            fetched = self._fetch_contexts(missing)
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

    def _fetch_contexts(self, keys: Ints) -> Rows:
        self.fetched = True
        table = self.store.fetch(self.name, CONCEPT, "id", keys, ["id", *_NATURAL, *_COUNTS])
        order = np.argsort(table["id"])
        key = table.pop("id")[order]
        edges = self.store.edges(self.name, SYNAPSE, key)
        owner = np.searchsorted(key, edges["source"])
        by_owner = np.argsort(owner, kind="stable")
        code = self.vocabulary.codes_of(edges["target"][by_owner])
        return Rows(
            key,
            {name: column[order] for name, column in table.items()},
            np.searchsorted(owner[by_owner], np.arange(len(key) + 1)),
            {"code": code, "weight": edges["weight"][by_owner], "fired": edges["fired"][by_owner]},
        )

    def get_prefixes(self, slots: Ints) -> Table:
        """The concepts of the prefix chain in these slots (sorted, unique)."""
        held, missing = self.prefixes.find(slots)
        parts = []
        if held is not None:
            there = held.columns["count"] > 0
            parts.append({name: held.columns[name][there] for name in tree.COLUMNS})
        if len(missing) and not self.complete:
            self.fetched = True
            parts.append(_slotted(self.store.fetch(self.name, CONCEPT, "slot", missing, list(tree.COLUMNS))))
            self.keep_prefixes(parts[-1])
        if not parts:
            return empty(tree.COLUMNS)
        return {name: np.concatenate([part[name] for part in parts]) for name in tree.COLUMNS}

    def children(self, ids: Ints) -> Table:
        """The concepts right below these, with their `parent`, from the store."""
        self.fetched = True
        return _slotted(self.store.fetch(self.name, CONCEPT, "parent", ids, [*tree.COLUMNS, "parent"]))

    def below(self, ids: Ints) -> Table:
        """The concepts anywhere below these, with their `parent`, from the store."""
        self.fetched = True
        return _slotted(self.store.subtree(self.name, CONCEPT, ids, [*tree.COLUMNS, "parent"]))

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


def _slotted(nodes: Table) -> Table:
    """Concepts of the prefix chain all have a slot; as numbers they are sorted and searched a hundred times faster."""
    return nodes | {"slot": nodes["slot"].astype(np.int64)}


def _all(store: GraphStore, name: str) -> Table:
    columns = ("id", "symbol", "count")
    tables = [empty({"id": "int", "symbol": "text", "count": "int"}), *store.scan_nodes(name, ATOM, columns)]
    return {column: np.concatenate([table[column] for table in tables]) for column in columns}
