"""Who taught what, and when: sources, sessions, and which source taught which sample.

The graphs that are there have none of it. Each is set back to be cleared, and made again from its journal by the next
process that writes to it, or by `plasticdb sync`.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _node(table: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        table,
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("memory", sa.Text, nullable=False),
        *columns,
    )


def _count(name: str) -> sa.Column[Any]:
    return sa.Column(name, _ID, nullable=False)


def upgrade() -> None:
    _node(
        "graph_source",
        sa.Column("name", sa.Text, nullable=False),
        *map(_count, ("samples", "learned", "unlearned", "first", "last")),
    )
    _node(
        "graph_session",
        _count("number"),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("started", sa.Float, nullable=False),
        *map(_count, ("first", "last", "learned", "unlearned", "reinforced", "weakened", "decayed")),
    )
    op.create_table(
        "taught_by",
        sa.Column("source", _ID, primary_key=True),
        sa.Column("target", _ID, primary_key=True),
        *map(_count, ("samples", "first", "last")),
        sqlite_with_rowid=False,
    )
    op.execute("UPDATE graph_memory SET position = -1, batch = '' WHERE position > 0")
