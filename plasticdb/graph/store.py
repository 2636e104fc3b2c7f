"""What every graph store can do: a small protocol of batch verbs, with columns in and columns out.

A store never computes plasticity. It fetches what a batch will touch, and applies the changes that the learner made
of it in ONE transaction that also moves the memory's `position`, and only if that is still where the batch started
(compare-and-set). Exactly-once learning follows from that alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import GraphBehind
from ..kit.tables import Ints, Table, height
from ..schema import Node, Relationship

__all__ = [
    "CLEARING",
    "Changes",
    "EdgeChanges",
    "GraphMemory",
    "GraphStore",
    "NodeChanges",
    "check_whole",
]

CLEARING = -1
"""The position of a memory whose graph is being thrown away; whoever finds it finishes that first."""


@dataclass(frozen=True, slots=True)
class GraphMemory:
    """A memory's node in the graph. `totals` are numbers that the memory keeps about itself (samples, synapses, ...)."""

    name: str
    kind: str
    position: int
    batch: str
    totals: dict[str, int | float]


def check_whole(memory: str, position: int) -> None:
    """Raise GraphBehind where a memory's graph is thrown away, and not made again yet."""
    if position == CLEARING:
        raise GraphBehind(
            f"the graph of {memory!r} must be made again first: an older version made it, or a rebuild was cut short; "
            f"run `plasticdb sync {memory}`"
        )


@dataclass(frozen=True, slots=True)
class NodeChanges:
    """What happens to the nodes of one label; one row per id in each table, sorted by id.

    Parameters
    ----------
    create
        `id`, all properties and, if the label has a parent relationship, `parent` (None for a root).
    update
        `id` and the properties that change.
    move
        `id`, `parent` (never None) and, if the label has one, its unique second key.
    delete
        Ids; their relationships to a parent and to children go with them.
    """

    node: Node
    create: Table = field(default_factory=dict)
    update: Table = field(default_factory=dict)
    move: Table = field(default_factory=dict)
    delete: Ints = field(default_factory=lambda: np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class EdgeChanges:
    """What happens to the relationships of one type; the key is (`source`, `target`), sorted, one row each.

    create and update: `source`, `target` and the properties. delete: `source`, `target`.
    """

    relationship: Relationship
    create: Table = field(default_factory=dict)
    update: Table = field(default_factory=dict)
    delete: Table = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changes:
    """One batch. Applied in this order: edges deleted, nodes deleted, moved, created, updated, edges created, updated.

    The order matters for the unique second key: a split moves the old child to its new slot before it creates the
    concept that takes the old one.
    """

    nodes: Sequence[NodeChanges] = ()
    edges: Sequence[EdgeChanges] = ()
    totals: Mapping[str, int | float] = field(default_factory=dict)
    """The memory's totals after this batch (absolute)."""

    @property
    def rows(self) -> int:
        """How many nodes and relationships it creates, updates, moves and deletes."""
        nodes = sum(height(n.create) + height(n.update) + height(n.move) + len(n.delete) for n in self.nodes)
        return nodes + sum(height(e.create) + height(e.update) + height(e.delete) for e in self.edges)


class GraphStore(Protocol):
    """The batch verbs. Every verb may raise Unavailable (locked, not answering) or StoreError.

    Attributes
    ----------
    most_rows
        Rows of changes that one `apply` takes at most (but those of a single event), for the sake of the transaction's memory.
    derives
        Whether it keeps the steps of packed nodes (`schema.Packed`), and derives what follows: then what is derived need not
        be given to it. Other stores keep all properties, and no steps.
    """

    most_rows: int
    derives: bool

    def check(self, journal: str, *, patient: bool = True) -> None:
        """Check schema and journal. `journal` is the journal's uuid: a new graph keeps it, another raises WrongJournal.

        Parameters
        ----------
        patient
            Wait for a server that is away.

        Raises
        ------
        SchemaBehind
            A migration is needed.
        """

    def migrations(self) -> list[tuple[str, bool]]:
        """(name, applied) of every migration this version knows, oldest first."""

    def migrate(self) -> list[str]:
        """Apply what is missing, one after the other; the names of what was applied."""

    def memory(self, name: str) -> GraphMemory | None:
        """One look at a memory's node; None if the graph has never seen it."""

    def create(self, name: str, kind: str) -> None:
        """Make a memory's node at position 0, if it is not there. Its batch is a new id, like that of a cleared one."""

    def fetch(self, memory: str, node: Node, by: str, keys: Ints, columns: Sequence[str]) -> Table:
        """Nodes whose `by` (`id`, `parent`, the unique key or another `key`) is among `keys`, in no particular order.

        Like `between`, `strongest` and `nearest` it raises ValueError where the index that it needs is not declared.

        `columns` may name `id`, `parent` (object, None for a root) and any property. `memory` guards against ids of
        another memory: rows of another memory are not returned.
        """

    def edges(self, memory: str, relationship: Relationship, sources: Ints) -> Table:
        """All relationships of a type that go out from `sources`: `source`, `target` and the properties."""

    def subtree(self, memory: str, node: Node, roots: Ints, columns: Sequence[str]) -> Table:
        """All nodes strictly below `roots` along the label's parent relationship (each once)."""

    def scan_nodes(self, memory: str, node: Node, columns: Sequence[str], rows: int = 50_000) -> Iterator[Table]:
        """All nodes of a memory in the order of their ids, in tables of at most `rows` rows."""

    def scan_edges(self, memory: str, relationship: Relationship, rows: int = 50_000) -> Iterator[Table]:
        """All relationships of a memory in the order of (source, target), in tables of about `rows` rows."""

    def between(
        self,
        memory: str,
        node: Node,
        by: str,
        low: float,
        high: float,
        columns: Sequence[str],
        most: int | None = None,
    ) -> Table:
        """Nodes with a property `by` (an indexed number) from `low` to `high`, in the order of (`by`, id); the first `most`."""

    def strongest(self, memory: str, relationship: Relationship, sources: Ints, by: str, most: int) -> Table:
        """Of each source the first `most` relationships in the order of (`by` descending, target), as in `edges`."""

    def pairs(self, memory: str, relationship: Relationship, sources: Ints, targets: Ints) -> Table:
        """The relationships that there are between pairs (source, target), each given once, in no particular order."""

    def nearest(self, memory: str, node: Node, vector: NDArray[np.float32], most: int) -> Ints:
        """Ids of nodes that are about the nearest to a vector, by an index of the store's own; none where it has no such."""

    def counts(self) -> dict[str, int]:
        """How many there are of each label, and of each relationship by its table's name, over all memories."""

    def apply(
        self, memory: str, changes: Changes, expected: int, position: int, batch: str, *, after: str | None = None
    ) -> bool:
        """Apply a batch and move the position from `expected` to `position`, or do nothing and return False.

        With `after`, the batch that led to `expected` must be that one: a graph that was rebuilt meanwhile, or dropped
        and made again, may have come to the same position.

        True also when this very batch (its id `batch`) turns out to be applied already: a retried transaction or a
        lost answer cannot add twice.
        """

    def clear(self, memory: str) -> None:
        """Throw a memory's nodes away and set its position to 0. Killed in between, it stands at CLEARING."""

    def drop(self, memory: str) -> None:
        """Clear a memory and remove its node."""

    def shred(self) -> None:
        """Leave no copy of what was deleted: in SQLite's write-ahead log, in what Cypher runs on."""

    def renew(self) -> object:
        """In a forked process: leave the connections to the parent, and make others.

        What is returned is to be kept: it must not be closed here.
        """

    def close(self) -> None:
        """Give connections back."""
