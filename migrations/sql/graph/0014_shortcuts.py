"""Traces of engrams that fire apart, and the shortcuts among them."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "apart",
        sa.Column("source", _ID, primary_key=True),
        sa.Column("target", _ID, primary_key=True),
        sa.Column("fired", _ID, nullable=False),
        *(sa.Column(name, sa.Float, nullable=False) for name in ("weight", "importance")),
        *(sa.Column(name, _ID, nullable=False) for name in ("since", "open")),
        sqlite_with_rowid=False,
    )
