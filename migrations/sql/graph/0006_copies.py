"""Notes that were merged into engrams."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _column(name: str, type_: Any, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "engram_copy",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        _column("memory", sa.Text),
        *(_column(name, _ID) for name in ("number", "into")),
        _column("vector", sa.LargeBinary),
        _column("payload", sa.Text),
        _column("born", _ID),
        *(_column(name, sa.Text, nullable=True) for name in ("text", "external_id", "stream")),
    )
    ends = (sa.Column("source", _ID, primary_key=True), sa.Column("target", _ID, primary_key=True))
    op.create_table("answers_for", *ends, sqlite_with_rowid=False)
