"""A copy of a SQLite database as it is at one moment, while others go on writing to it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import cast

from sqlalchemy import URL, Engine

from ..errors import BadInput, StoreError
from ..files.folders import forget_caches, permissions
from ..sql.engine import shown_url, spare_open
from ..sql.transactions import reading
from .files import placed

__all__ = ["backup", "refused"]

PAGES = 4096
"""Pages that are copied between two looks at whether to go on."""


def backup(engine: Engine, file: Path, replace: bool, progress: Callable[[int, int], None] | None = None) -> int:
    """Copy a SQLite database to a file, complete or not there; its size in bytes.

    progress: told (pages copied, pages). Raises BadInput where the file is there and not to be replaced, or in use.
    """
    spare_open(file)
    _must_be_free(file, replace)
    with placed(file, permissions(engine.url)) as part:
        with (
            reading(engine) as source,
            closing(sqlite3.connect(part, isolation_level=None)) as copy,
        ):
            source.exec_driver_sql("SELECT 1 FROM sqlite_master").all()  # from here on it is one moment
            copy.execute("PRAGMA journal_mode = OFF")  # until it is in its place nobody needs it
            copy.execute("PRAGMA synchronous = OFF")
            there = cast(sqlite3.Connection, source.connection.driver_connection)

            def told(_: int, left: int, pages: int) -> None:
                if progress is not None:
                    progress(pages - left, pages)

            try:
                there.backup(copy, pages=PAGES, progress=told)
            except sqlite3.OperationalError as error:
                raise StoreError(
                    f"the backup cannot be written to {file} ({error}); make room there, or give another file"
                ) from None
        size = part.stat().st_size
        forget_caches(URL.create("sqlite", database=str(file)))  # of a database that was there before
    return size


def _must_be_free(file: Path, replace: bool) -> None:
    if file.is_dir():
        raise BadInput(f"{file} is a directory; give a file in it")
    if os.path.lexists(file) and not replace:
        raise BadInput(f"{file} is there already; give another name, or say that it is to be replaced (--replace)")
    for part in ("-wal", "-journal"):  # SQLite would take it for the new file's own
        if os.path.exists(f"{file}{part}"):
            raise BadInput(f"{file}{part} belongs to a database that is open, or was; give another name")


def refused(engine: Engine, graph: str) -> BadInput:
    """Why a database cannot be backed up as a file, and what to do."""
    if engine.dialect.name == "sqlite":
        return BadInput(
            f"the graph is in {graph} and not in the journal's file; the journal is all that is needed: "
            f"`plasticdb --db {shown_url(engine.url)} backup FILE`, and `sync` makes the graph again"
        )
    return BadInput(
        f"{shown_url(engine.url)} is not a file; use `plasticdb copy --to backup.db`, `plasticdb export --to FILE`, or pg_dump"
    )
