"""What came of an operation, so that trying again is the same one."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "operation",
        sa.Column("memory", _ID, sa.ForeignKey("memory.id"), primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("asked", _ID, nullable=False),
        sa.Column("offered", _ID, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("session", _ID, nullable=False),
        sa.Column("position", _ID, nullable=False),
        sa.Column("time", sa.Float, nullable=False),
        sqlite_with_rowid=False,
    )
