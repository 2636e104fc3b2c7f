"""The kinds of memory, each a declaration: what its events are, what it has in the graph, which class it is.

Everything that serves all kinds (stores, journal, transfer, verify, the docs, the command line) asks here. A kind from
another package registers itself by an entry point of the group `plasticdb.memories`, or by `register`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from .errors import UnknownKind
from .schema import KEYS, MEMORY_PROPERTIES, Node, Property, Relationship, check_schema, fingerprint, united

__all__ = [
    "LEARN",
    "SKIP",
    "UNLEARN",
    "Event",
    "Kind",
    "Verb",
    "beginnings",
    "described",
    "find",
    "foreign",
    "hanging",
    "kind_of",
    "kinds",
    "labels",
    "load",
    "nodes",
    "own",
    "register",
    "registered",
    "relationships",
    "tables",
]

GROUP = "plasticdb.memories"
"""The group of entry points by which other packages bring kinds: each names a `Kind`."""
OWN = tuple(f"plasticdb.{room}.kind:KIND" for room in ("sequence", "engram", "transform", "continual"))
"""The kinds of this package: a line each."""
LEARN, UNLEARN, SKIP = "learn", "unlearn", "skip"
"""Events that the journal itself knows: one brings a sample, one takes the sample at its `target` back, and one, which
every memory has, leaves out the event at its `target`."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event that memories of a kind write to the journal.

    Parameters
    ----------
    name
        What the journal calls it.
    doc
        What it means, in a sentence.
    sample
        It brings a sample, which may have a source and an external id. The journal calls such an event `learn`.
    mass
        The sign of the mass that it adds to a sample; 0: it adds none. A sample itself has the mass 1.
    targeted
        It is about the sample at its `target`, an earlier position.
    written
        It has a payload, which only goes where its sample's text is erased.
    check
        "module:function", called with an event that is imported (`journal.events.Event`) and the memory's options. It
        raises BadInput, or returns False, where no memory writes such an event. Skipped events are not checked.

    Raises
    ------
    ValueError
        An event that brings a sample has another name than `learn`, or the other way round.
    """

    name: str
    doc: str
    sample: bool = False
    mass: int = 0
    targeted: bool = False
    written: bool = False
    check: str = ""

    def __post_init__(self) -> None:
        if self.sample != (self.name == LEARN):
            raise ValueError(f"{self.name!r}: the event that brings a sample is called {LEARN!r}, and no other is")


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb: a public method of a memory or of the database. Its docstring and its signature say the rest.

    Parameters
    ----------
    name
        The method's.
    doc
        What it does, in a line, as `plasticdb --help` shows it.
    changes
        Whether it changes anything.
    command
        Whether the command line has it, under its name.
    """

    name: str
    doc: str
    changes: bool = False
    command: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of memory.

    Parameters
    ----------
    name
        What the journal calls it.
    doc
        What it is, in a sentence.
    memory
        The class of its memories, as "module:Class".
    options
        The frozen dataclass of their options, likewise, whose later fields have defaults.
    events
        The kinds of event that it writes.
    nodes, relationships
        Its part of the graph.
    history
        Those of them, and of the totals, that depend on the order in which things happened.
    totals
        The counts that it keeps about itself, on the memory's node. A name that ends in `*` stands for several.
    wrapper
        The method of `PlasticDB` that opens one, as errors show it.
    take_back
        Which command takes an event back, as errors say it; empty where none does.
    merge
        What `import --merge` adds to a memory, as "module:function" (see `sequence.teaching.merge.merge`); "" where it cannot.
    order_free
        Whether samples make the same graph in any order, but for its `history`.
    verbs
        Its verbs beside those that every memory has.
    commands
        The module that has a click command for each of them, as far as they have one; "" where none is there.
    grouped
        Whether these are called `plasticdb KIND VERB`, not `plasticdb VERB`.
    """

    name: str
    doc: str
    memory: str
    options: str
    events: tuple[Event, ...]
    nodes: tuple[Node, ...]
    relationships: tuple[Relationship, ...]
    totals: tuple[Property, ...] = ()
    history: tuple[Node | Relationship | Property, ...] = ()
    wrapper: str = "memory"
    take_back: str = ""
    merge: str = ""
    order_free: bool = False
    verbs: tuple[Verb, ...] = ()
    commands: str = ""
    grouped: bool = True

    def event(self, name: str) -> Event | None:
        """The declaration of an event; None where memories of this kind have no such event."""
        return next((event for event in self.events if event.name == name), None)

    @property
    def told(self) -> str:
        """Its commands, as errors show them; empty where it has none."""
        if self.grouped:
            return f"the verbs of `plasticdb {self.name}`" if self.commands else ""
        return ", ".join([verb.name for verb in self.verbs if verb.command][:2]) + " and the like"

    @property
    def schema(self) -> str:
        """A name for what it declares in the graph; another declaration has another name."""
        return f"kind_{self.name}_{fingerprint(self.nodes, self.relationships)}"


def load(path: str) -> Any:
    """What "module:name" names."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


_REGISTERED: dict[str, Kind] = {}


@cache
def _found() -> dict[str, Kind]:
    from importlib.metadata import entry_points  # the command's help does without it, and it is slow to import

    found: dict[str, Kind] = {}
    for kind in [*own(), *(entry.load() for entry in entry_points(group=GROUP)), *_REGISTERED.values()]:
        found[kind.name] = kind
    check_schema(
        tuple(dict.fromkeys(node for kind in found.values() for node in kind.nodes)),
        tuple(dict.fromkeys(edge for kind in found.values() for edge in kind.relationships)),
    )
    return found


def _changed() -> None:
    for known in (_found, nodes, labels, relationships, tables, described):
        known.cache_clear()


def register(kind: Kind) -> None:
    """Make a kind known to this process, as an entry point would, before it opens a database."""
    _REGISTERED[kind.name] = kind
    _changed()


@contextmanager
def registered(kind: Kind) -> Iterator[Kind]:
    """Make a kind known in a `with` statement, as tests do."""
    register(kind)
    try:
        yield kind
    finally:
        del _REGISTERED[kind.name]
        _changed()


def own() -> tuple[Kind, ...]:
    """The kinds of this package, without a look at others."""
    return tuple(map(load, OWN))


def foreign() -> tuple[Kind, ...]:
    """The kinds from other packages: this one has no migrations for them."""
    return tuple(kind for kind in kinds() if kind not in own())


def beginnings() -> str:
    """The commands that make a first memory, one a kind, as errors show them."""
    return " or ".join(f"`plasticdb {kind.name + ' ' if kind.grouped else ''}{kind.verbs[0].name}`" for kind in own())


def kinds() -> tuple[Kind, ...]:
    """All kinds that are known here."""
    return tuple(_found().values())


def find(name: str) -> Kind | None:
    """The kind of a name; None where this version does not know it."""
    return _found().get(name)


def kind_of(memory: str, name: str) -> Kind:
    """The kind of a memory; raises UnknownKind where this version does not know it."""
    kind = find(name)
    if kind is None:
        raise UnknownKind(
            f"{memory!r} is a memory of kind {name!r}, which this version of plasticdb does not know; upgrade "
            "plasticdb, or install the package that brings it"
        )
    return kind


@cache
def nodes() -> tuple[Node, ...]:
    """The nodes of all kinds; those that several kinds share are there once."""
    return tuple(dict.fromkeys(node for kind in kinds() for node in kind.nodes))


@cache
def labels() -> tuple[tuple[Node, tuple[Node, ...]], ...]:
    """The labels of all kinds, each as one node (`schema.united`), and the nodes that are its parts: mostly one."""
    parts: dict[str, tuple[Node, ...]] = {}
    for node in nodes():
        parts[node.label] = (*parts.get(node.label, ()), node)
    return tuple((united(part), part) for part in parts.values())


@cache
def relationships() -> tuple[Relationship, ...]:
    """The relationship types of all kinds."""
    return tuple(dict.fromkeys(edge for kind in kinds() for edge in kind.relationships))


def hanging(edge: Relationship) -> tuple[Node, ...]:
    """The nodes that hang under their parents by this relationship; none if it is an ordinary relationship."""
    if edge.source != edge.target:
        return ()
    return tuple(node for node in nodes() if node.label == edge.source and node.parent == edge.type)


@cache
def tables() -> tuple[Relationship, ...]:
    """The relationship types with a table in SQL: all but those to a parent, which are a column of the label's table."""
    return tuple(edge for edge in relationships() if not hanging(edge))


@cache
def described() -> tuple[tuple[str, str, tuple[Property, ...]], ...]:
    """Everything in the graph: its label or table, how Cypher writes it, and its properties."""
    return (
        ("Memory", "(:Memory)", MEMORY_PROPERTIES),
        *((node.label, f"(:{node.label})", (*KEYS, *node.properties)) for node, _ in labels()),
        *(
            (
                edge.table,
                f"(:{edge.source})-[:{edge.type}]->(:{edge.target})",
                edge.properties or (Property("", "text", edge.doc),),
            )
            for edge in relationships()
        ),
    )
