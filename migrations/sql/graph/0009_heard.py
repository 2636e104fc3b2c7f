"""Memories count the synapses that were heard once or twice. What sequence memories have in the graph is made again."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("UPDATE graph_memory SET position = -1 WHERE kind = 'sequence'")
