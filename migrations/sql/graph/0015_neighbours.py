"""Edges between neurons that are side by side. What classifiers have in the graph is made again, with these."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "beside",
        sa.Column("source", _ID, primary_key=True),
        sa.Column("target", _ID, primary_key=True),
        sa.Column("fired", _ID, nullable=False),
        sa.Column("weight", sa.Float, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute("UPDATE graph_memory SET position = -1 WHERE kind = 'classifier'")
