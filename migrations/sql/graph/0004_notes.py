"""Texts, terms and streams of engrams. What engram memories have in the graph is made again from the journal."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _count(name: str) -> sa.Column[Any]:
    return sa.Column(name, _ID, nullable=False)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False)


def _edge(table: str, column: sa.Column[Any]) -> None:
    ends = (sa.Column("source", _ID, primary_key=True), sa.Column("target", _ID, primary_key=True))
    op.create_table(table, *ends, column, sqlite_with_rowid=False)


def upgrade() -> None:
    for name in ("text", "external_id", "stream"):
        op.add_column("engram", sa.Column(name, sa.Text))
    op.add_column("engram", sa.Column("after", _ID))
    for name in ("terms", "pinned"):
        op.add_column("engram", sa.Column(name, _ID, nullable=False, server_default="0"))
    op.add_column("engram", sa.Column("rewarded", sa.Float, nullable=False, server_default="0"))
    for table, text in (("term", "text"), ("stream", "name")):
        counts = ("engrams",) if table == "term" else ("last", "engrams")
        key = sa.Column("id", _ID, primary_key=True, autoincrement=False)
        op.create_table(table, key, _text("memory"), _text(text), *map(_count, counts))
    _edge("mentions", _count("count"))
    _edge("next", _text("stream"))
    op.execute("UPDATE graph_memory SET position = -1 WHERE kind = 'engram'")
