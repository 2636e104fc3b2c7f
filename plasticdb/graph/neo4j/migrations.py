"""Versioned migrations of a Neo4j graph: read from files, run one after the other, recorded in the graph.

A migration is a file `V<4 digits>__<name>.cypher`: statements that end with `;` at the end of a line, and comments
(`//`) on lines of their own. What was applied is a node `(:Migration {version, name, checksum, applied})`. Neo4j
does not take schema and data statements in one transaction, so a migration is recorded after its statements ran, and
every statement must stand being run twice (`IF NOT EXISTS`, `MERGE`): a crash in between is repaired by running again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from neo4j import ManagedTransaction, Session

from ...errors import StoreError
from ...kinds import foreign
from .cypher import LOCK_MIGRATIONS, MIGRATIONS_KEY, RECORD_MIGRATION, RECORDED, declared
from .limits import Limit
from .sessions import Sessions

__all__ = ["Migration", "known", "of_kinds", "pending", "run"]

_FILE = re.compile(r"(V(\d{4})__\w+)\.cypher")


@dataclass(frozen=True, slots=True)
class Migration:
    """One file. `name` is its name without the suffix; `checksum` is of its statements, not of its comments.

    What a kind from another package declares is one as well, in no order and with a `version` below 0.
    """

    version: int
    name: str
    statements: tuple[str, ...]
    checksum: str


def known(folder: Traversable | None = None) -> list[Migration]:
    """The migrations in a folder (by default the product's), oldest first.

    Raises
    ------
    StoreError
        A file of another name, a version that is there twice, or one that is missing.
    """
    found = []
    for file in (folder or files("plasticdb.migrations").joinpath("neo4j")).iterdir():
        if not file.name.endswith(".cypher"):
            continue
        if not (match := _FILE.fullmatch(file.name)):
            raise StoreError(f"migration {file.name} is not named V<4 digits>__<name>.cypher; rename it")
        found.append(_read(int(match[2]), match[1], file.read_text(encoding="utf-8")))
    found.sort(key=lambda migration: migration.name)
    for expected, migration in enumerate(found, 1):
        if migration.version != expected:
            raise StoreError(
                f"migration {migration.name} stands where V{expected:04} should be; "
                "number the migrations from V0001 without gaps"
            )
    return found


def _read(version: int, name: str, text: str) -> Migration:
    lines = (line.rstrip() for line in text.splitlines())
    text = "\n".join(line for line in lines if line and not line.lstrip().startswith("//"))
    statements = tuple(part.strip() for part in re.split(r";$", text, flags=re.MULTILINE) if part.strip())
    return Migration(version, name, statements, hashlib.sha256(text.encode()).hexdigest())


def of_kinds() -> list[Migration]:
    """What kinds from other packages declare; another declaration is another migration, and nothing is ever removed."""
    made = []
    for kind in foreign():
        statements = tuple(statement for node in kind.nodes for statement in declared(node))
        checksum = hashlib.sha256(f"{kind.schema} {statements}".encode()).hexdigest()
        made.append(Migration(-1 - int(checksum[:12], 16), kind.schema, statements, checksum))
    return made


def pending(migrations: Sequence[Migration], recorded: Iterable[dict[str, Any]]) -> list[Migration]:
    """Which of the known migrations a graph has not had, given what is recorded in it.

    Raises
    ------
    StoreError
        The graph has had one that is newer than all known ones, one whose file has changed since, or a newer one
        than a missing one.
    """
    applied = {row["version"]: row for row in recorded}
    newest = max(applied, default=0)
    if newest > max((migration.version for migration in migrations), default=0):
        raise StoreError(
            f"the graph was made by a newer plasticdb (it has migration {applied[newest]['name']}); upgrade plasticdb"
        )
    for migration in migrations:
        row = applied.get(migration.version)
        if row and row["checksum"] != migration.checksum:
            raise StoreError(
                f"migration {migration.name} has changed since the graph had it; "
                "restore its file and put the change into a new migration"
            )
        if not row and 0 < migration.version < newest:
            raise StoreError(
                f"the graph has not had migration {migration.name}, but the newer {applied[newest]['name']}; "
                "migrations run in their order only: restore the graph from a backup, or rebuild it in a new database"
            )
    return [migration for migration in migrations if migration.version not in applied]


def run(sessions: Sessions, migrations: Sequence[Migration]) -> list[str]:
    """Apply what is missing and return the names; of two runners at once, one waits and finds nothing to do."""
    done: list[str] = []

    def alone(lock: ManagedTransaction) -> None:
        lock.run(LOCK_MIGRATIONS).consume()
        with sessions.open() as session:
            row = session.execute_read(lambda tx: tx.run(RECORDED).single(strict=True))
            for migration in pending(migrations, row["migrations"]):
                done.append(migration.name)
                for statement in migration.statements:
                    session.execute_write(_execute, statement)
                noted = {"version": migration.version, "name": migration.name, "checksum": migration.checksum}
                session.execute_write(_execute, RECORD_MIGRATION, noted)

    def attempt(session: Session) -> None:
        # The lock is a node, and its key must be unique for it to be one node. It is held by a transaction of its own
        # while the statements run in theirs; it goes with the connection, so a killed runner leaves no lock behind.
        session.execute_write(_execute, MIGRATIONS_KEY)
        session.execute_write(alone)

    # A statement takes as long as the graph is large: only the server's own silence is too long.
    sessions.insist(attempt, limit=Limit())
    return list(dict.fromkeys(done))


def _execute(tx: ManagedTransaction, statement: str, parameters: dict[str, Any] | None = None) -> None:
    tx.run(statement, parameters).consume()
