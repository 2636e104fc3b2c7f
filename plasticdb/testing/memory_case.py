"""A kind of memory under examination: how to open databases, its verbs, and how two graphs of it are compared."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..graph.store import GraphStore
from ..kinds import Kind, labels
from ..memory.verify import differences
from ..schema import Node, Property, Relationship
from .laws import equal
from .verbs import Clock, Step, for_any_mix, outcome

if TYPE_CHECKING:
    from ..api import PlasticDB

__all__ = ["MemoryCase", "Snapshot", "agree", "labelled", "snapshot", "there", "twin", "unlike"]

OpenDatabase = Callable[[Clock], "PlasticDB"]
Snapshot = dict[Node | Relationship, dict[tuple[int, ...], dict[str, Any]]]
"""What a memory has in the graph: of each label and relationship type the rows, by `id` or (`source`, `target`)."""


@dataclass(frozen=True, slots=True)
class MemoryCase:
    """A kind of memory, and what is needed to hold the laws against it.

    Parameters
    ----------
    kind
        The declaration of the kind.
    verbs
        Mixes of its verbs: a hypothesis strategy of lists of steps, or a function that draws such a list from a
        random.Random. Together with `everything` they must make every label and relationship that the kind declares, but
        what is `never` made.
    open_database
        Opens a database with a clock; the same database each time, which others may use, too.
    options
        What a new memory is made with.
    everything
        A mix that makes every label and relationship, where a mix that is drawn does so too seldom.
    commuting
        Mixes of verbs whose order does not matter; needed where `kind.order_free`.
    undone
        Mixes of pairs of steps: a verb, and the verb that takes it back, so that nothing is left but history.
    erased
        Gives, for a text, the step that learns it and the step that erases it.
    apart
        Labels that tell databases or sessions apart, so that they are not compared between databases.
    never
        Labels and relationships that a memory with these options does not make.
    examples
        Mixes that each law is held against.
    """

    kind: Kind
    verbs: Any
    open_database: OpenDatabase
    options: Mapping[str, Any] = field(default_factory=dict)
    everything: Sequence[Step] = ()
    commuting: Any = None
    undone: Any = None
    erased: Callable[[str], tuple[Step, Step]] | None = None
    apart: Sequence[Node | Relationship] = ()
    never: Sequence[Node | Relationship] = ()
    examples: int = 5

    def for_any_mix(self, law: Callable[[list[Step]], None], examples: int | None = None) -> None:
        """Hold a law against mixes of verbs."""
        for_any_mix(self.verbs, examples or self.examples, law)

    def memory(self, db: PlasticDB, name: str, batch: int | None = None) -> Any:
        """Open the memory of a name, or make it."""
        memory = db.memory(name, self.kind.name, **self.options)
        if batch is not None:
            memory.batch = batch
        return memory

    @contextmanager
    def opened(self) -> Iterator[tuple[PlasticDB, str]]:
        """Open the database, and give a new name for a memory, which is dropped afterwards."""
        name = f"law-{uuid.uuid4()}"
        db = self.open_database(Clock())
        try:
            yield db, name
        finally:
            if db.closed:  # by a law that opens it again and again
                db = self.open_database(Clock())
            with db:
                if there(db, name):
                    db.drop(name)

    def do(self, steps: Sequence[Step], memory: Any, twin: Any) -> None:
        """Do steps in two memories; what comes of each must be the same."""
        for step in steps:
            equal(outcome(step, memory), outcome(step, twin), f"what came of {step!r}")

    def do_all(self, steps: Sequence[Step], memory: Any) -> None:
        """Do steps; what the memory refuses it refuses."""
        for step in steps:
            outcome(step, memory)

    def one_mix(self) -> list[Step]:
        """Give one mix of verbs, for laws that need no more: the one that makes everything, or the longest of a few."""
        if self.everything:
            return list(self.everything)
        mixes: list[list[Step]] = []
        for_any_mix(self.verbs, 10, mixes.append)
        return max(mixes, key=len)

    @contextmanager
    def reopened(self) -> Iterator[PlasticDB]:
        """Open the database once more."""
        with self.open_database(Clock()) as db:
            yield db

    def agree(self, one: PlasticDB, other: PlasticDB, name: str, what: str, *, order: bool = True) -> None:
        """Fail unless two databases have the same graph of a memory.

        Parameters
        ----------
        order
            Whether what depends on the order of events must agree, too.
        """
        agree(one._store, other._store, name, what, but=[*self.apart, *(() if order else self.kind.history)])


def agree(
    one: GraphStore, other: GraphStore, name: str, what: str, but: Sequence[Node | Relationship | Property] = ()
) -> None:
    """Fail unless two stores have the same graph of a memory."""
    equal(differences(one, other, name, but=but), [], what)


def there(db: PlasticDB, name: str) -> bool:
    """Whether the journal of a database has a memory of this name."""
    return db._journal.memory(name) is not None


@contextmanager
def twin() -> Iterator[PlasticDB]:
    """A database of its own in memory, in which the same is done, undisturbed."""
    from ..api import PlasticDB

    with PlasticDB.open(":memory:", clock=Clock()) as db:
        yield db


def snapshot(store: GraphStore, name: str, kind: Kind) -> Snapshot:
    """Read all that a memory has in the graph."""
    rows: Snapshot = {}
    for node in kind.nodes:
        columns = ["id", *(["parent"] if node.parent else []), *(p.name for p in node.properties)]
        rows[node] = {(row["id"],): row for row in _rows(store.scan_nodes(name, node, columns))}
    for edge in kind.relationships:
        rows[edge] = {(row["source"], row["target"]): row for row in _rows(store.scan_edges(name, edge))}
    return rows


def labelled(parts: Snapshot) -> Snapshot:
    """A snapshot by labels: where two nodes share one, it has the properties and the rows of both."""
    found: Snapshot = {of: rows for of, rows in parts.items() if not isinstance(of, Node)}
    for label, nodes in labels():
        if nodes[0] in parts:
            lacked = dict.fromkeys(p.name for p in label.properties if p.nullable)
            found[label] = {key: lacked | row for node in nodes for key, row in parts[node].items()}
    return found


def _rows(parts: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for part in parts:
        for values in zip(*(column.tolist() for column in part.values()), strict=True):
            yield dict(zip(part, values, strict=True))


def unlike(one: Snapshot, other: Snapshot, but: Sequence[Node | Relationship | Property] = ()) -> list[str]:
    """What is unlike in two snapshots, in words."""
    said = []
    for of in one.keys() - set(but):
        name = of.label if isinstance(of, Node) else of.type
        said += [f"{name} {key} is in one of them only" for key in one[of].keys() ^ other[of].keys()]
        for key in one[of].keys() & other[of].keys():
            a, b = one[of][key], other[of][key]
            said += [
                f"{name} {key}: {column} is {a[column]}, and {b[column]}"
                for column in a
                if not _same(a[column], b[column])
            ]
    return said


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
    return bool(a == b)
