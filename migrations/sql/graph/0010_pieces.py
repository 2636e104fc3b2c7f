"""Runs of symbols that a context takes in one step."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "piece",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("memory", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("count", _ID, nullable=False),
    )
