"""Erasing in PostgreSQL: deleted rows stay in a table's file until it is written anew."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from .database import shown
from .errors import StoreError
from .transactions import read, unbound

__all__ = ["Lingering", "vacuum"]

# In PostgreSQL 17 the right to maintain a table can be given; before, it is its owner's.
_MINE = (
    "SELECT relname FROM pg_class WHERE oid = ANY(SELECT to_regclass(name) FROM unnest(CAST(:names AS text[])) AS name) "
    "AND pg_has_role(relowner, 'USAGE')"
)
_UNKNOWN = ("0A000", "42601", "42501")
"""Databases that speak PostgreSQL's language may have no VACUUM."""


class Lingering(StoreError):
    """Rows are deleted, and their bytes stay: only the owner of the tables can have their files written anew."""


def vacuum(engine: Engine, tables: Iterable[str]) -> None:
    """Write tables anew without the rows that were deleted, where the database is PostgreSQL.

    A plain VACUUM leaves the bytes where they were, for later rows to use. Raises Unavailable where other transactions
    hold a table so long that it cannot be done, and Lingering.
    """
    if engine.dialect.name != "postgresql":
        return
    wanted = sorted(tables)
    mine = read(engine, lambda connection: set(connection.execute(text(_MINE), {"names": wanted}).scalars()))
    with unbound(engine) as connection:
        for table in sorted(mine):
            try:
                connection.exec_driver_sql(f'VACUUM FULL "{table}"')
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _UNKNOWN:
                    raise
                mine.remove(table)
    if others := [table for table in wanted if table not in mine]:
        raise Lingering(
            f"the rows are deleted, but their bytes stay in the files of {shown(engine.url)} until the owner of its "
            f"tables runs: VACUUM FULL {', '.join(others)}"
        )
