"""Contexts below which nothing opens any more."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "closed",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("memory", sa.Text, nullable=False),
        sa.Column("r_level", _ID, nullable=False),
    )
