"""The verbs of every kind of memory and of the database: one list, which the command line, docs and other front ends loop over.

A kind declares its own verbs (`Kind.verbs`); those that every memory has, and the database's, are declared here. A verb is a
public method: its parameters and its docstring are the method's.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass

from ..kinds import Kind, Verb, load

__all__ = ["DATABASE", "MEMORY", "Method", "of_database", "of_memory"]

MEMORY = (
    Verb("stats", "Sizes of a memory."),
    Verb("sources", "What each source taught."),
    Verb("sessions", "Which sessions wrote, and what."),
    Verb("as_of", "The memory as it was.", command=False),
    Verb("sync", "Apply what is in the journal and not in the graph.", changes=True),
    Verb("skip", "Leave out an event that cannot be applied.", changes=True),
    Verb("rebuild", "Make the graph again from the journal.", changes=True),
    Verb("verify", "Compare graph and journal, weight by weight."),
)
"""What every memory has, whatever its kind."""
DATABASE = (
    Verb("memories", "The memories that are there."),
    Verb("sessions", "Which sessions wrote, and what, in all memories.", command=False),
    Verb("sync", "Apply what is in the journal and not in the graph, of all memories.", changes=True, command=False),
    Verb("query", "Ask in Cypher, read-only."),
    Verb("schema", "What is in the graph, and what it means."),
    Verb("export", "Write memories to a file: complete, or the graph for other programs."),
    Verb("import_", "Read memories from a file that export wrote.", changes=True),
    Verb("copy", "Copy memories to another database.", changes=True),
    Verb("backup", "Copy the SQLite file while it is in use."),
    Verb("drop", "Remove a memory.", changes=True),
    Verb("migrations", "Which migrations there are, and which are applied.", command=False),
    Verb("migrate", "The schema's migrations: status, up.", changes=True),
)
"""What the database has."""
_DATABASE = "plasticdb.api:PlasticDB"


@dataclass(frozen=True, slots=True)
class Method:
    """A verb as it is called.

    Parameters
    ----------
    name
        The method's.
    line
        What it does, in a line.
    changes
        Whether it changes anything.
    parameters
        By name, in order: the type as text, and the default.
    doc
        The method's docstring, in numpydoc.
    """

    name: str
    line: str
    changes: bool
    parameters: tuple[inspect.Parameter, ...]
    doc: str


def of_memory(kind: Kind) -> tuple[Method, ...]:
    """The verbs of memories of a kind: its own, then those that every memory has."""
    return _methods(kind.memory, (*kind.verbs, *MEMORY))


def of_database() -> tuple[Method, ...]:
    """The verbs of the database."""
    return _methods(_DATABASE, DATABASE)


def _methods(path: str, verbs: tuple[Verb, ...]) -> tuple[Method, ...]:
    """The methods of the class at a path that these verbs are."""
    found = []
    for verb in verbs:
        method = getattr(load(path), verb.name)
        _, *parameters = inspect.signature(method).parameters.values()
        found.append(Method(verb.name, verb.doc, verb.changes, tuple(parameters), inspect.getdoc(method) or ""))
    return tuple(found)
