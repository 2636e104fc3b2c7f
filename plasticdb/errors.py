"""Every error plasticdb raises on purpose: one tree, so that one `except` catches them all.

Each message is one line that says what was wrong and what to do next. The class decides the exit code of the
command line (`exit_code`): 1 an error, 3 some records rejected, 4 the schema is behind, 75 locked or unavailable.
"""

from __future__ import annotations

from .kit.masking import masked

__all__ = [
    "BadInput",
    "BadMemory",
    "Collision",
    "Forgotten",
    "GraphBehind",
    "Interrupted",
    "NeverLearned",
    "NoRoom",
    "NothingLearned",
    "PlasticDBError",
    "SchemaBehind",
    "StoreError",
    "Stuck",
    "Unapplied",
    "Unavailable",
    "Uncertain",
    "UnknownKind",
    "WrongJournal",
]


class PlasticDBError(Exception):
    """The root of the tree. Whatever a message quotes, no password is in it, and it is one line."""

    exit_code = 1

    def __init__(self, *said: object) -> None:
        super().__init__(*(masked(one).replace("\n", "\\n") if isinstance(one, str) else one for one in said))


class BadInput(PlasticDBError):
    """What was given cannot be used: a file, a line, a number, an option."""


class BadMemory(PlasticDBError):
    """No memory of that name, or one that was made with other options."""


class UnknownKind(BadMemory):
    """A memory of a kind that this version does not know. All other memories work."""


class NothingLearned(PlasticDBError):
    """The memory is there but empty, so there is nothing to predict from."""


class NeverLearned(PlasticDBError):
    """Samples that are not in the memory cannot be unlearned or reinforced; nothing was changed."""


class Forgotten(PlasticDBError):
    """The journal no longer has the text that this graph needs (it was erased): the graph must be rebuilt."""


class StoreError(PlasticDBError):
    """The database refused: not a database, read-only, full, wrong credentials."""


class NoRoom(StoreError):
    """The disk is full or failing; what was committed before stays."""


class Unapplied(StoreError):
    """What was asked is in the journal, but the graph refused it; `sync` applies it, and nothing is lost."""


class Stuck(Unapplied):
    """One event of the journal, at `position`, cannot be applied to the graph. `skip` lets the memory go on without it."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.position = position


class WrongJournal(StoreError):
    """The graph was made from another journal."""


class Collision(StoreError):
    """Two different things have the same id. It is an error and never a merge."""


class SchemaBehind(StoreError):
    """The database has an older schema than this version needs."""

    exit_code = 4


class Unavailable(StoreError):
    """Locked, or not answering."""

    exit_code = 75


class Uncertain(StoreError):
    """Nobody knows whether it was done: the answer to COMMIT was lost, and the server does not answer any more.

    `operation`: whoever does the same again under this id does it once in all.
    """

    exit_code = 75

    def __init__(self, message: str, operation: str = "") -> None:
        super().__init__(message)
        self.operation = operation


class GraphBehind(Unavailable):
    """What was asked is in the journal, but the graph did not answer; `sync` applies it, and nothing is lost."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, after what was asked had got into the journal; `sync` applies it. No PlasticDBError, since it is no error."""
