"""The schema of the SQL databases: which revisions there are, which are applied, and applying the rest by Alembic.

Two parts with a version table each, since the journal and the graph may live in different databases: `journal` and
`graph`. A revision's file is named `<revision>_<what>.py`, so that asking does not import Alembic.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from threading import Lock
from typing import Any, Literal

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from ..errors import SchemaBehind, StoreError
from .engine import shown_url
from .transactions import read, write

__all__ = ["Part", "alone", "check", "migrate", "status"]

_TURN = Lock()
Part = Literal["journal", "graph"]
_FROM_NOTHING: dict[Part, list[tuple[str, Any]]] = {}
"""What the revisions of a part said to a SQLite file without it. The next such file is told the same.

Alembic takes ten times as long, and each `verify` makes a file.
"""


def status(engine: Engine, part: Part) -> list[tuple[str, bool]]:
    """(name, applied) of every revision, oldest first; raises StoreError where the database is newer than this version."""
    return read(engine, lambda connection: _status(connection, part))


def check(engine: Engine, part: Part) -> None:
    """Raise SchemaBehind where a revision is missing; a SQLite file is migrated instead."""
    found = status(engine, part)
    if all(applied for _, applied in found):
        return
    if engine.dialect.name == "sqlite":
        migrate(engine, part)
        return
    if not any(applied for _, applied in found):
        what = f"{shown_url(engine.url)} has no {part} yet; make its tables"
    else:
        what = f"the {part} in {shown_url(engine.url)} has an older schema; bring it up to date"
    raise SchemaBehind(f"{what}: run `plasticdb migrate up` with the same --db and --journal")


def migrate(engine: Engine, part: Part) -> list[str]:
    """Apply what is missing in one transaction; the names of what was applied."""
    from alembic.command import upgrade
    from alembic.config import Config

    def up(connection: Connection) -> list[str]:
        alone(connection)
        found = _status(connection, part)
        missing = [name for name, applied in found if not applied]
        new = connection.dialect.name == "sqlite" and missing == [name for name, _ in found]
        if new and part in _FROM_NOTHING:
            for statement, parameters in _FROM_NOTHING[part]:
                connection.exec_driver_sql(statement, parameters)
        elif missing:
            config = Config()
            config.set_main_option("script_location", str(folder))
            config.set_main_option("version_locations", str(folder / part))
            config.set_main_option("path_separator", "os")
            config.attributes |= {"connection": connection, "version_table": f"{part}_version"}
            with _listened(connection) as said:
                upgrade(config, "head")
            if new:
                _FROM_NOTHING[part] = said
        return missing

    # Alembic's operations are on the connection of whoever called it last in this process.
    with _TURN, as_file(files("plasticdb.migrations") / "sql") as folder:
        return write(engine, up)


@contextmanager
def _listened(connection: Connection) -> Iterator[list[tuple[str, Any]]]:
    """The statements that change something while the block runs, with their parameters."""
    said: list[tuple[str, Any]] = []

    def listen(_: Connection, __: object, statement: str, parameters: Any, ___: object, many: bool) -> None:
        if statement.split(maxsplit=1)[0] in ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE"):
            said.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", listen)
    try:
        yield said
    finally:
        event.remove(connection, "before_cursor_execute", listen)


def alone(connection: Connection) -> None:
    """Let nobody else change the schema in this transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('plasticdb.migrations'))"))


def _status(connection: Connection, part: Part) -> list[tuple[str, bool]]:
    found = sorted(
        file.name[:-3] for file in (files("plasticdb.migrations") / "sql" / part).iterdir() if file.name[:1].isdigit()
    )
    known = [name.split("_")[0] for name in found]
    version = _version(connection, part)
    if version is not None and version not in known:
        raise StoreError(
            f"{shown_url(connection.engine.url)} was made by a newer plasticdb (schema {version}); upgrade plasticdb to use it"
        )
    applied = 0 if version is None else known.index(version) + 1
    return [(f"{part} {name}", i < applied) for i, name in enumerate(found)]


def _version(connection: Connection, part: Part) -> str | None:
    try:
        with connection.begin_nested():
            found = connection.execute(text(f"SELECT version_num FROM {part}_version")).scalar()
    except (OperationalError, ProgrammingError) as error:
        if "no such table" in str(error) or "does not exist" in str(error):
            return None
        raise
    return None if found is None else str(found)
