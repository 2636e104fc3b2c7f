"""Erasing in PostgreSQL: deleted rows stay in a table's file until it is written anew."""

from __future__ import annotations

import time
from collections.abc import Iterable

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from ..errors import StoreError, Unavailable
from .engine import shown_url
from .transactions import read, unbound

__all__ = ["Lingering", "vacuum"]

# In PostgreSQL 17 the right to maintain a table can be given; before, it is its owner's.
_MINE = (
    "SELECT relname FROM pg_class WHERE oid = ANY(SELECT to_regclass(name) FROM unnest(CAST(:names AS text[])) AS name) "
    "AND pg_has_role(relowner, 'USAGE')"
)
_OLDER = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend' AND greatest(age(backend_xmin), age(backend_xid)) > age(CAST(:now AS xid))"
)
_UNKNOWN = ("0A000", "42501", "42601", "42883")
"""Databases that speak PostgreSQL's language may have no VACUUM."""


class Lingering(StoreError):
    """Rows are deleted, and their bytes stay: only the owner of the tables can have their files written anew."""


def vacuum(engine: Engine, tables: Iterable[str]) -> None:
    """Write tables anew without the rows that were deleted, where the database is PostgreSQL.

    A plain VACUUM leaves the bytes where they were, for later rows to use. Raises Lingering, and Unavailable where other
    transactions hold a table, or may still read what was deleted, so long that it cannot be done.
    """
    if engine.dialect.name != "postgresql":
        return
    wanted = sorted(tables)
    mine = read(engine, lambda connection: set(connection.execute(text(_MINE), {"names": wanted}).scalars()))

    def work(connection: Connection) -> None:
        try:
            _wait_for_readers(connection, wanted)
            for table in sorted(mine):
                connection.exec_driver_sql(f'VACUUM FULL "{table}"')
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _UNKNOWN:
                raise
            mine.clear()

    unbound(engine, work)
    if others := [table for table in wanted if table not in mine]:
        raise Lingering(
            f"the rows are deleted, but their bytes stay in the files of {shown_url(engine.url)} until the owner of its "
            f"tables runs: VACUUM FULL {', '.join(others)}"
        )


def _wait_for_readers(connection: Connection, tables: list[str]) -> None:
    """Until no transaction is left that began before this: rows that one may still read are kept, without a word."""
    now = connection.execute(text("SELECT CAST(txid_current() % 4294967296 AS text)")).scalar_one()
    patience = connection.execute(text("SELECT setting FROM pg_settings WHERE name = 'lock_timeout'")).scalar_one()
    end = time.monotonic() + int(patience) / 1000
    while connection.execute(text(_OLDER), {"now": now}).scalar_one():
        if time.monotonic() > end:
            raise Unavailable(
                f"another transaction may still read the erased texts in {shown_url(connection.engine.url)}; when it is done, "
                f"run `plasticdb sync`, or VACUUM FULL {', '.join(tables)}"
            )
        time.sleep(0.05)
