"""The journal: memories, sessions, sources and their events."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "journal", sa.Column("id", sa.Integer, primary_key=True), sa.Column("uuid", sa.Text, nullable=False)
    )
    op.create_table(
        "memory",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("position", _ID, nullable=False),
        sa.Column("erased", _ID, nullable=False),
    )
    op.create_table(
        "session",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("started", sa.Float, nullable=False),
        sa.Column("ended", sa.Float),
    )
    op.create_table(
        "source",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("memory", _ID, sa.ForeignKey("memory.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.UniqueConstraint("memory", "name"),
    )
    op.create_table(
        "event",
        sa.Column("memory", _ID, sa.ForeignKey("memory.id"), primary_key=True),
        sa.Column("position", _ID, primary_key=True),
        sa.Column("session", _ID, sa.ForeignKey("session.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("time", sa.Float, nullable=False),
        sa.Column("source", _ID, sa.ForeignKey("source.id")),
        sa.Column("external_id", sa.Text),
        sa.Column("content", _ID),
        sa.Column("payload", sa.Text),
        sa.Column("symbols", _ID, nullable=False),
        sa.Column("mass", sa.Float),
        sa.Column("target", _ID),
        sa.Column("ended", _ID),
        sqlite_with_rowid=False,
    )
    live = "kind = 'learn' AND ended IS NULL"
    for name, columns, unique, where in (
        ("external_id", ["source", "external_id"], True, live),
        ("content", ["content"], False, live),
        ("target", ["target"], False, "target IS NOT NULL"),
        ("ended", ["ended"], False, "ended IS NOT NULL"),
        ("decay", ["position"], False, "kind = 'decay'"),
    ):
        condition = sa.text(where)
        op.create_index(
            f"event_{name}", "event", columns, unique=unique, sqlite_where=condition, postgresql_where=condition
        )
