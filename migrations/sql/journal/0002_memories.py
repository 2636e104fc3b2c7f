"""How many memories a journal ever had: the id of a dropped one is not given again."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("journal", sa.Column("memories", _ID, nullable=False, server_default="0"))
    op.execute("UPDATE journal SET memories = coalesce((SELECT max(id) FROM memory), 0)")
