"""Contexts: those of firings, and what two engrams have in each."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _column(name: str, type_: Any) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=False)


def upgrade() -> None:
    op.add_column("firing", sa.Column("context", sa.Text, nullable=True))
    op.create_table(
        "pairing",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        _column("memory", sa.Text),
        *(_column(name, _ID) for name in ("one", "other")),
        _column("context", sa.Text),
        _column("fired", _ID),
    )
    ends = (sa.Column("source", _ID, primary_key=True), sa.Column("target", _ID, primary_key=True))
    op.create_table("paired", *ends, sqlite_with_rowid=False)
