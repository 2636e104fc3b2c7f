"""What this process has fetched of a sequence memory's graph: vocabulary, contexts and prefixes at one position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..graph.store import GraphMemory
from ..kit.rows import Rows, Tiers, concatenate
from ..kit.sorting import places
from ..kit.tables import Ints, Table, empty
from ..memory.requests import Asking, Edges, Nodes, Scan, Subtree
from ..memory.working_set import WorkingSet
from .derived import summed
from .fit import fitted
from .learning import tree
from .learning.contexts import EMPTY_EDGES, NATURAL, Described, same, same_steps, same_text
from .prediction.parameters import Parameters
from .prediction.predict import Ground
from .prediction.strange import Speller, chosen, spelled
from .schema import ATOM, CONCEPT, CONTEXT, SYNAPSE
from .vocabulary import STOP_CODE, Vocabulary

__all__ = ["SequenceWorkingSet", "bare"]

PREFIXES = 4
"""Prefixes may take this part of what contexts may."""
FEW = 1_000
"""Contexts that are not in the graph, up to which a process remembers that they are not."""

_COUNTS = ("count", "mass", "total")


@dataclass(slots=True)
class SequenceWorkingSet(WorkingSet):
    """A coherent cache of one memory. Of one that grew up in this process it knows what is not in the graph, too.

    derives: whether the store derives what contexts are called, and what they heard. room: bytes that its contexts may take,
    about. `noted`: rows of the sources and sessions by node id (`provenance.py`). `spelt`: of which words `speller` was made.
    `parameters`: as they were fitted, if they were; `first`: those before, once they were asked for. `grounds`: the bases that
    were asked for, by how their columns are ordered: a root knows all symbols, which should not be looked through each time.
    """

    derives: bool = False
    room: int = 280_000_000
    vocabulary: Vocabulary = field(init=False)
    contexts: Tiers = field(init=False)
    prefixes: Tiers = field(init=False)
    noted: dict[int, tuple[Any, ...]] = field(init=False)
    spelt: tuple[Ints, Speller] | None = field(init=False)
    parameters: Parameters | None = field(init=False)
    first: Parameters | None = field(init=False)
    grounds: dict[bool, Ground] = field(init=False)

    def __post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        WorkingSet.forget(self)
        self.vocabulary, self.contexts, self.prefixes = (
            Vocabulary(self.name),
            Tiers(self.room),
            Tiers(self.room // PREFIXES),
        )
        self.noted = {}
        self.parameters = self.first = self.spelt = None
        self.grounds = {}

    def applied(self, position: int, batch: str, totals: Mapping[str, float]) -> None:
        WorkingSet.applied(self, position, batch, totals)
        self.first, self.grounds = None, {}  # what was counted may be another

    @property
    def speller(self) -> Speller:
        """How the words that are known are spelled; made when it is asked for, and again where they are others."""
        known = self.vocabulary.known
        if self.spelt is None or not np.array_equal(self.spelt[0], known):
            words = [self.vocabulary.symbols[code] for code in known.tolist() if code != STOP_CODE]
            self.spelt = known, spelled(chosen(words))
        return self.spelt[1]

    def _begin(self, graph: GraphMemory) -> Asking[None]:
        self.contexts.whole = self.prefixes.whole = graph.position == 0
        if graph.position:
            atoms = yield Scan(ATOM, ("id", "symbol", "count"))
            self.vocabulary.load(atoms["symbol"].tolist(), atoms["id"], atoms["count"])
        if graph.position and graph.totals.get("fit_samples"):
            self.parameters = fitted.parameters((yield from fitted.read()), self.vocabulary)

    def get_contexts(self, described: Described, hold: bool = True) -> Asking[Rows]:
        """The contexts of these descriptions, those that are not there with count 0. `hold` what was found out."""
        parts, missing = self.contexts.find(described.id)
        if len(wanted := self.contexts.somewhere(missing)):
            fetched = yield from self._fetch_contexts(described, wanted)
            nowhere = wanted[~places(fetched.key, wanted)[1]]
            if hold and 0 < len(nowhere) <= FEW:  # the same question comes again
                self.contexts.add(bare(described, np.searchsorted(described.id, nowhere)))
            if len(fetched):
                if hold:
                    self.contexts.add(fetched)
                parts.append(fetched)
                missing = missing[~places(fetched.key, missing)[1]]
        if len(missing):
            parts.append(bare(described, np.searchsorted(described.id, missing)))
        columns = ("parent", "symbol", *_COUNTS)
        rows = concatenate([replace(part, columns={name: part.columns[name] for name in columns}) for part in parts])
        same(described, rows)
        return rows

    def _fetch_contexts(self, described: Described, keys: Ints) -> Asking[Rows]:
        told = ("parent", "symbol") if self.derives else (*NATURAL, *_COUNTS)
        table = yield Nodes(CONTEXT, "id", keys, ["id", *told])
        order = np.argsort(table["id"])
        table = {name: column[order] for name, column in table.items()}
        key = table["id"]
        edges = yield Edges(SYNAPSE, key)
        by_end = np.lexsort((edges["target"], edges["source"]))
        edges = {name: column[by_end] for name, column in edges.items()}
        owner = np.searchsorted(key, edges["source"])
        place = np.searchsorted(described.id, key)
        if self.derives:
            same_steps(described, place, table, self.vocabulary.ids)
            table |= summed(owner, edges, len(key))
        else:
            same_text(described, place, table)
        return Rows(
            key,
            {"parent": described.parent[place], "symbol": described.symbol[place]}
            | {name: table[name] for name in _COUNTS},
            np.searchsorted(owner, np.arange(len(key) + 1)),
            {"code": self.vocabulary.codes_of(edges["target"]), "weight": edges["weight"], "fired": edges["fired"]},
        )

    def get_prefixes(self, slots: Ints) -> Asking[Table]:
        """The concepts of the prefix chain in these slots (sorted, unique)."""
        held, missing = self.prefixes.find(slots)
        parts = []
        for some in held:
            there = some.columns["count"] > 0
            parts.append({name: some.columns[name][there] for name in tree.COLUMNS})
        if len(wanted := self.prefixes.somewhere(missing)):
            parts.append((yield Nodes(CONCEPT, "slot", wanted, list(tree.COLUMNS))))
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
        self.contexts.add(rows)

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
            self.prefixes.add(rows)


def bare(described: Described, index: Ints) -> Rows:
    """Contexts that are not in the graph (yet): count 0, no synapses."""
    zeros = np.zeros(len(index), np.int64)
    columns = {"parent": described.parent[index], "symbol": described.symbol[index]}
    counts = {"count": zeros, "mass": zeros.astype(np.float64), "total": zeros.astype(np.float64)}
    return Rows(described.id[index], columns | counts, np.zeros(len(index) + 1, np.int64), EMPTY_EDGES)
