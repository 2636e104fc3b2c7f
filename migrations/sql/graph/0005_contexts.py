"""Contexts in a table of their own. What sequence memories have in the graph is made again from the journal."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.drop_table("concept")
    op.drop_table("synapse")
    for table in ("concept", "context"):
        slot = [sa.Column("slot", _ID, nullable=False)] if table == "concept" else []
        op.create_table(
            table,
            sa.Column("id", _ID, primary_key=True, autoincrement=False),
            sa.Column("memory", sa.Text, nullable=False),
            sa.Column("chain", sa.Text, nullable=False),
            sa.Column("at", _ID, nullable=False),
            sa.Column("text", sa.Text, nullable=False),
            sa.Column("length", _ID, nullable=False),
            sa.Column("r_level", _ID, nullable=False),
            sa.Column("count", _ID, nullable=False),
            sa.Column("mass", sa.Float, nullable=False),
            sa.Column("total", sa.Float, nullable=False),
            *slot,
            sa.Column("parent", _ID),
        )
    op.create_index("concept_slot", "concept", ["slot"], unique=True)
    op.create_index("concept_parent", "concept", ["parent"])
    op.create_table(
        "synapse",
        sa.Column("source", _ID, primary_key=True),
        sa.Column("target", _ID, primary_key=True),
        sa.Column("weight", sa.Float, nullable=False),
        sa.Column("fired", _ID, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute("UPDATE graph_memory SET position = -1 WHERE kind = 'sequence'")
