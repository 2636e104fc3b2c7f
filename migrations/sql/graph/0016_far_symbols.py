"""Shortcuts between symbols that are far apart in the same samples."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "atom_apart",
        sa.Column("source", _ID, primary_key=True),
        sa.Column("target", _ID, primary_key=True),
        *(sa.Column(name, sa.Float, nullable=False) for name in ("occasions", "expected", "evidence")),
        sqlite_with_rowid=False,
    )
