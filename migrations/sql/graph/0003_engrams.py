"""Engrams, their firings, and the synapses into which firings are consolidated."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _count(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, _ID, nullable=nullable)


def _node(table: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        table,
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("memory", sa.Text, nullable=False),
        *columns,
    )


def _edge(table: str, column: sa.Column[Any]) -> None:
    ends = (sa.Column("source", _ID, primary_key=True), sa.Column("target", _ID, primary_key=True))
    op.create_table(table, *ends, column, sqlite_with_rowid=False)


def upgrade() -> None:
    _node(
        "engram",
        *map(_count, ("number", "level")),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        _count("born"),
        sa.Column("expires_at", sa.Float, nullable=False),
        _count("fires"),
        _count("place", nullable=True),
    )
    op.create_index("engram_level", "engram", ["memory", "level", "id"])
    op.create_index("engram_expires_at", "engram", ["memory", "expires_at", "id"])
    op.create_index("engram_place", "engram", ["place"])
    _node("firing", *map(_count, ("number", "tick", "session")))
    _edge("fired", sa.Column("why", sa.Text, nullable=False))
    _edge("engram_synapse", _count("fired"))
    op.create_index("engram_synapse_fired", "engram_synapse", ["source", sa.text("fired DESC"), "target"])
