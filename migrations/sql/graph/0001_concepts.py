"""The graph: memories, concepts, atoms and synapses."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "graph", sa.Column("id", sa.Integer, primary_key=True), sa.Column("journal", sa.Text, nullable=False)
    )
    op.create_table(
        "graph_memory",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("position", _ID, nullable=False),
        sa.Column("batch", sa.Text, nullable=False),
        sa.Column("totals", sa.Text, nullable=False),
    )
    op.create_table(
        "concept",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("memory", sa.Text, nullable=False),
        sa.Column("parent", _ID),
        sa.Column("chain", sa.Text, nullable=False),
        sa.Column("at", _ID, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("length", _ID, nullable=False),
        sa.Column("r_level", _ID, nullable=False),
        sa.Column("count", _ID, nullable=False),
        sa.Column("mass", sa.Float, nullable=False),
        sa.Column("total", sa.Float, nullable=False),
        sa.Column("slot", _ID),
    )
    has_slot = sa.text("slot IS NOT NULL")
    op.create_index("concept_slot", "concept", ["slot"], unique=True, sqlite_where=has_slot, postgresql_where=has_slot)
    op.create_index("concept_parent", "concept", ["parent"])
    op.create_table(
        "atom",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("memory", sa.Text, nullable=False),
        sa.Column("symbol", sa.Text, nullable=False),
        sa.Column("count", _ID, nullable=False),
    )
    op.create_table(
        "synapse",
        sa.Column("source", _ID, primary_key=True),
        sa.Column("target", _ID, primary_key=True),
        sa.Column("weight", sa.Float, nullable=False),
        sa.Column("fired", _ID, nullable=False),
        sqlite_with_rowid=False,
    )
