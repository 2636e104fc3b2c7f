"""All errors that plasticdb raises on purpose: one tree, so one `except` catches them all.

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
    """The root of the tree. A message is one line and has no password in it, whatever it quotes."""

    exit_code = 1

    def __init__(self, *said: object) -> None:
        super().__init__(*(masked(one).replace("\n", "\\n") if isinstance(one, str) else one for one in said))


class BadInput(PlasticDBError):
    """An argument cannot be used: a file, a line, a number, an option."""


class BadMemory(PlasticDBError):
    """There is no memory of that name, or it was made with other options."""


class UnknownKind(BadMemory):
    """A memory of a kind that this version does not know. All other memories work."""


class NothingLearned(PlasticDBError):
    """The memory is there but empty, so there is nothing to predict from."""


class NeverLearned(PlasticDBError):
    """Samples that are not in the memory cannot be unlearned or reinforced. Nothing was changed."""


class Forgotten(PlasticDBError):
    """The journal no longer has a text that this graph needs, because it was erased. Rebuild the graph."""


class StoreError(PlasticDBError):
    """The database refused: not a database, read-only, full, wrong credentials."""


class NoRoom(StoreError):
    """The disk is full or failing; what was committed before stays."""


class Unapplied(StoreError):
    """The change is in the journal, but the graph refused it. `sync` applies it; nothing is lost."""


class Stuck(Unapplied):
    """One event of the journal, at `position`, cannot be applied to the graph. `skip` goes on without it."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.position = position


class WrongJournal(StoreError):
    """The graph was made from another journal."""


class Collision(StoreError):
    """Two different things have the same id. That is an error, never a merge."""


class SchemaBehind(StoreError):
    """The database has an older schema than this version needs."""

    exit_code = 4


class Unavailable(StoreError):
    """Locked, or not answering."""

    exit_code = 75


class Uncertain(StoreError):
    """Nobody knows whether it was done: the answer to COMMIT was lost, and the server no longer answers.

    Call the verb again with the id in `operation`: then it is done once in all.
    """

    exit_code = 75

    def __init__(self, message: str, operation: str = "") -> None:
        super().__init__(message)
        self.operation = operation


class GraphBehind(Unavailable):
    """The change is in the journal, but the graph did not answer. `sync` applies it; nothing is lost."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C came when the change was in the journal already; `sync` applies it. It is not an error, so not a PlasticDBError."""
